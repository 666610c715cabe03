//! How the public listener is set up.

use std::sync::Arc;

use kontor_host::Host;
use kontor_telemetry::Traces;

use crate::{address::Address, figures::Figures, limits::EdgeLimits, network::Network, pages::Pages, tokens::Tokens};

/// Everything the edge needs. `F` is what runs functions: the host, or a stand-in for tests.
pub struct Settings<F = Host> {
    /// Runs functions.
    pub host: Arc<F>,
    /// The public address; its domain is the root host, and `NAME.domain` is function NAME's.
    pub address: Address,
    /// Functions that the root host serves too.
    pub mounts: Vec<Mount>,
    /// Embedded pages.
    pub pages: Arc<Pages>,
    /// Service tokens.
    pub tokens: Arc<Tokens>,
    /// Where done traces go.
    pub traces: Arc<Traces>,
    /// Whether callers on loopback may do everything. Such a server must listen on loopback alone.
    pub dev: bool,
    /// Limits.
    pub limits: EdgeLimits,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<Network>,
    /// What the listener counts.
    pub figures: Arc<Figures>,
}

/// A path of the root host that a function serves. The path stays as it is: the function's own paths that begin with it
/// are reachable there, the others are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// For example `/api`. Whole segments: `/api` is not a beginning of `/apis`.
    pub path: String,
    /// For example `sales`.
    pub function: String,
}

impl Mount {
    /// Whether a path lies below.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let prefix = self.path.trim_end_matches('/');
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl<F> Settings<F> {
    /// The defaults: `http://localhost:8000`, `/api` from sales, `/receipts` from invoices, nothing granted.
    #[must_use]
    pub fn new(host: Arc<F>, pages: Arc<Pages>) -> Self {
        let mount = |path: &str, function: &str| Mount { path: path.into(), function: function.into() };
        Self {
            host,
            address: Address { https: false, domain: "localhost".into(), port: 8000 },
            mounts: vec![mount("/api", "sales"), mount("/receipts", "invoices")],
            pages,
            tokens: Arc::default(),
            traces: Arc::default(),
            dev: false,
            limits: EdgeLimits::default(),
            trusted_proxies: Vec::new(),
            figures: Arc::default(),
        }
    }
}
