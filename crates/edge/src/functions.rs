//! What the edge needs of the host: a stand-in can take its place in tests.

use std::{future::Future, sync::Arc};

use kontor_host::{Answer, Call, CallError, Host, Live, Version};
use kontor_telemetry::Endpoint;
use serde_json::Value;
use tokio::sync::watch;

/// Runs functions.
pub trait Functions: Send + Sync + 'static {
    /// One version of one function.
    type Version: Published;
    /// All versions that are live.
    type Live: Send + Sync + 'static;

    /// What is live now, and a signal for each change.
    fn live(&self) -> watch::Receiver<Arc<Self::Live>>;

    /// The versions among it.
    fn versions(live: &Self::Live) -> Vec<Arc<Self::Version>>;

    /// Calls a version.
    ///
    /// # Errors
    /// There is no answer.
    fn handle(
        &self,
        version: &Arc<Self::Version>,
        call: Call,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;
}

/// What the edge has to know of a function to route to it.
pub trait Published: Send + Sync + 'static {
    /// Its name.
    fn name(&self) -> &Arc<str>;
    /// Its OpenAPI document.
    fn document(&self) -> &Value;
    /// The largest request body it takes, bytes.
    fn request_max_bytes(&self) -> usize;
    /// Figures of one operation.
    fn endpoint(&self, operation: &str) -> Arc<Endpoint>;
    /// Whether it is a component of the standard world: it reads bodies while they come, and its paths, which all begin
    /// with its name, are served on the root host too.
    fn is_standard(&self) -> bool {
        false
    }
}

impl Functions for Host {
    type Version = Version;
    type Live = Live;

    fn live(&self) -> watch::Receiver<Arc<Live>> {
        Self::live(self)
    }

    fn versions(live: &Live) -> Vec<Arc<Version>> {
        live.functions.values().cloned().collect()
    }

    fn handle(&self, version: &Arc<Version>, call: Call) -> impl Future<Output = Result<Answer, CallError>> + Send {
        Self::handle(self, version, call)
    }
}

impl Published for Version {
    fn name(&self) -> &Arc<str> {
        Self::name(self)
    }

    fn document(&self) -> &Value {
        &self.manifest().openapi
    }

    fn request_max_bytes(&self) -> usize {
        self.limits().request_max_bytes
    }

    fn endpoint(&self, operation: &str) -> Arc<Endpoint> {
        Self::endpoint(self, operation)
    }

    fn is_standard(&self) -> bool {
        Self::is_standard(self)
    }
}
