//! What all functions' requests share, and how they went.

use std::{collections::BTreeMap, sync::Arc};

use kontor_telemetry::Counter;
use parking_lot::Mutex;

use super::{Neighbours, connecting};
use crate::{LoadError, runtime::memory::Budget};

/// How a function's requests went, over all its versions.
#[derive(Debug, Default)]
pub struct OutboundFigures {
    /// Requests to other servers and to functions.
    pub requests: Counter,
    /// Those among them that got no answer.
    pub failures: Counter,
    /// Bodies of whole requests, bytes.
    pub sent_bytes: Counter,
    /// Bodies of whole answers, bytes.
    pub received_bytes: Counter,
}

/// What all functions' requests share.
pub(crate) struct Network {
    pub(super) tls: Arc<rustls::ClientConfig>,
    pub(crate) neighbours: Arc<Neighbours>,
    pub(super) budget: Arc<Budget>,
    figures: Mutex<BTreeMap<String, Arc<OutboundFigures>>>,
}

impl Network {
    /// Trusts these certificates (DER) beside the usual ones.
    ///
    /// # Errors
    /// One of them is none.
    pub(crate) fn new(trusted: &[Vec<u8>], budget: Arc<Budget>) -> Result<Self, LoadError> {
        Ok(Self { tls: connecting::tls(trusted)?, neighbours: Arc::default(), budget, figures: Mutex::default() })
    }

    /// A function's figures, old ones where there are any.
    pub(crate) fn figures(&self, function: &str) -> Arc<OutboundFigures> {
        self.figures.lock().entry(function.to_owned()).or_default().clone()
    }

    /// Everybody's.
    pub(crate) fn all_figures(&self) -> Vec<(String, Arc<OutboundFigures>)> {
        self.figures.lock().iter().map(|(name, figures)| (name.clone(), figures.clone())).collect()
    }
}
