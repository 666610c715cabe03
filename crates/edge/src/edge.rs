//! The public listener: what it knows, and how it follows what is live.

use std::{convert::Infallible, future::Future, sync::Arc};

use arc_swap::ArcSwap;
use kontor_host::Host;
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
};

use crate::{
    figures::Figures, functions::Functions, identity::Identities, listener, routes::Routes, settings::Settings,
};

/// HTTP in: from a connection to a function's answer or a page.
pub struct Edge<F: Functions = Host> {
    pub(crate) settings: Settings<F>,
    pub(crate) identities: Identities,
    pub(crate) routes: ArcSwap<Routes<F::Version>>,
    /// What is live, seen up to the state that `routes` was made from. One listener at a time follows it.
    live: Mutex<watch::Receiver<Arc<F::Live>>>,
}

impl<F: Functions> Edge<F> {
    /// Makes an edge for what is live now; while it serves, it follows what becomes live.
    #[must_use]
    pub fn new(settings: Settings<F>) -> Arc<Self> {
        let identities = Identities::new(settings.tokens.clone(), settings.dev);
        let mut live = settings.host.live();
        let routes = ArcSwap::from_pointee(routes(&settings, &mut live));
        Arc::new(Self { identities, routes, live: Mutex::new(live), settings })
    }

    /// What it counts.
    #[must_use]
    pub fn figures(&self) -> &Arc<Figures> {
        &self.settings.figures
    }

    /// What is wrong with the routes of what is live, for the operator.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.routes.load().faults.clone()
    }

    /// Serves `listener` until `shutdown` is done, then drains. Returns how many connections had to be broken off.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: impl Future<Output = ()>) -> usize {
        let (limits, figures) = (self.settings.limits.clone(), self.settings.figures.clone());
        tokio::select! {
            broken = listener::serve(listener, self.clone(), limits, figures, shutdown) => broken,
            never = self.follow() => match never {},
        }
    }

    /// Makes a new route table for each change of what is live.
    async fn follow(&self) -> Infallible {
        let mut live = self.live.lock().await;
        while live.changed().await.is_ok() {
            self.routes.store(Arc::new(routes(&self.settings, &mut live)));
        }
        // The host is gone; what it has still under way is answered.
        std::future::pending().await
    }
}

fn routes<F: Functions>(settings: &Settings<F>, live: &mut watch::Receiver<Arc<F::Live>>) -> Routes<F::Version> {
    let versions = F::versions(&live.borrow_and_update());
    let routes = Routes::build(&versions, &settings.address, &settings.mounts, |path| settings.pages.has_below(path));
    for fault in &routes.faults {
        tracing::error!("{fault}");
    }
    routes
}
