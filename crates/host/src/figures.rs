//! Figures of operations. They belong to the function, not to a version: a new version goes on counting.

use std::{collections::BTreeMap, sync::Arc};

use kontor_telemetry::Endpoint;
use parking_lot::Mutex;

/// By function and operation.
#[derive(Debug, Default)]
pub(crate) struct Figures(Mutex<BTreeMap<(String, String), Arc<Endpoint>>>);

impl Figures {
    /// The figures of these operations of a function, old ones where there are any.
    pub(crate) fn of<'a>(
        &self,
        function: &str,
        operations: impl Iterator<Item = &'a str>,
    ) -> BTreeMap<String, Arc<Endpoint>> {
        let mut all = self.0.lock();
        let mut figures = |operation: &str| all.entry((function.to_owned(), operation.to_owned())).or_default().clone();
        operations.map(|operation| (operation.to_owned(), figures(operation))).collect()
    }

    /// The figures of one operation.
    pub(crate) fn one(&self, function: &str, operation: &str) -> Arc<Endpoint> {
        self.0.lock().entry((function.to_owned(), operation.to_owned())).or_default().clone()
    }

    /// All of them, also of functions that are not live any more.
    pub(crate) fn all(&self) -> Vec<((String, String), Arc<Endpoint>)> {
        self.0.lock().iter().map(|(name, figures)| (name.clone(), figures.clone())).collect()
    }
}
