//! The public listener: what it knows, and how it follows what is live.

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use kontor_host::Host;
use tokio::{
    net::TcpListener,
    sync::{Mutex, watch},
};

use crate::{
    figures::Figures, functions::Functions, identity::Identities, listener, routes::Routes, settings::Settings,
};

/// Making a table takes milliseconds.
const SETTLED_MAX: Duration = Duration::from_secs(5);

/// HTTP in: from a connection to a function's answer or a page.
pub struct Edge<F: Functions = Host> {
    pub(crate) settings: Settings<F>,
    pub(crate) identities: Identities,
    pub(crate) routes: ArcSwap<Routes<F::Version>>,
    /// What `routes` was made from.
    routed: watch::Sender<Arc<F::Live>>,
    /// What is live, seen up to the state that `routes` was made from. One listener at a time follows it.
    live: Mutex<watch::Receiver<Arc<F::Live>>>,
}

impl<F: Functions> Edge<F> {
    /// Makes an edge for what is live now; while it serves, it follows what becomes live.
    #[must_use]
    pub fn new(settings: Settings<F>) -> Arc<Self> {
        let identities = Identities::new(settings.tokens.clone(), settings.dev);
        let mut live = settings.host.live();
        let (made_from, table) = routes(&settings, &mut live);
        let (routes, routed) = (ArcSwap::from_pointee(table), watch::Sender::new(made_from));
        Arc::new(Self { identities, routes, routed, live: Mutex::new(live), settings })
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

    /// Waits until requests are routed to what is live when this is called, or to something newer; not for ever, since
    /// nobody follows what is live any more while the program stops.
    pub async fn settled(&self) {
        let live = self.settings.host.live();
        let is_current = |routed: &Arc<F::Live>| Arc::ptr_eq(routed, &live.borrow());
        let mut routed = self.routed.subscribe();
        let _ = tokio::time::timeout(SETTLED_MAX, routed.wait_for(is_current)).await;
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
            let (made_from, table) = routes(&self.settings, &mut live);
            self.routes.store(Arc::new(table));
            self.routed.send_replace(made_from);
        }
        // The host is gone; what it has still under way is answered.
        std::future::pending().await
    }
}

/// The table, and what it was made from.
fn routes<F: Functions>(
    settings: &Settings<F>,
    live: &mut watch::Receiver<Arc<F::Live>>,
) -> (Arc<F::Live>, Routes<F::Version>) {
    let made_from = live.borrow_and_update().clone();
    let versions = F::versions(&made_from);
    let routes = Routes::build(&versions, &settings.address, &settings.mounts, |path| settings.pages.has_below(path));
    for fault in &routes.faults {
        tracing::error!("{fault}");
    }
    (made_from, routes)
}
