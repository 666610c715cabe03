//! The public listener.

use std::{future::Future, sync::Arc};

use http::{Request, Response};
use hyper::body::Incoming;
use kontor_host::Host;
use tokio::net::TcpListener;

use crate::{
    body::Body,
    figures::Figures,
    listener::{self, Answering, Connection},
    settings::Settings,
};

/// HTTP in: from a connection to a function's answer or a page.
pub struct Edge<F = Host> {
    settings: Settings<F>,
}

impl<F: Send + Sync + 'static> Edge<F> {
    /// Makes an edge; it routes to whatever is live, now and later.
    #[must_use]
    pub fn new(settings: Settings<F>) -> Arc<Self> {
        Arc::new(Self { settings })
    }

    /// What it counts.
    #[must_use]
    pub fn figures(&self) -> &Arc<Figures> {
        &self.settings.figures
    }

    /// What is wrong with the routes of what is live, for the operator.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        Vec::new()
    }

    /// Serves `listener` until `shutdown` is done, then drains. Returns how many connections had to be broken off.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, shutdown: impl Future<Output = ()>) -> usize {
        let (limits, figures) = (self.settings.limits.clone(), self.settings.figures.clone());
        listener::serve(listener, self, limits, figures, shutdown).await
    }
}

impl<F: Send + Sync + 'static> Answering for Edge<F> {
    type Body = Body;

    async fn answer(&self, _request: Request<Incoming>, _connection: &Arc<Connection>) -> Response<Body> {
        Response::new(Body::empty())
    }
}
