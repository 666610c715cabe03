//! A port on a server that can be lost, and what its cases share.

use std::{sync::Arc, time::Duration};

use crate::proxy::{Line, Proxy};

/// Whoever asks is told within this, whatever the network does.
pub const DEADLINE: Duration = Duration::from_secs(30);
/// Once the network is back, work goes on within this.
pub const BACK: Duration = Duration::from_secs(30);

/// A port on a server, reached through a proxy alone.
pub struct Remote<P: ?Sized> {
    /// What the engine opened.
    pub port: Arc<P>,
    /// The way to the server.
    pub proxy: Proxy,
}

/// A port on a server of its own, and what kills that with SIGKILL and starts it again on its data.
pub struct Mortal<P: ?Sized> {
    /// What the engine opened.
    pub port: Arc<P>,
    /// Kills it.
    pub kill: Box<dyn Fn() + Send + Sync>,
    /// Starts it again.
    pub start_again: Box<dyn Fn() + Send + Sync>,
}

/// An answer, or the end of the test's patience.
pub async fn told<T>(answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, answer).await.expect("nobody is told")
}

/// Asks again and again until `answer` gives something; after each time that it does not, the line is mended.
pub async fn until_done<T>(proxy: Option<&Proxy>, mut answer: impl AsyncFnMut() -> Option<T>) -> T {
    let done = async {
        loop {
            if let Some(done) = answer().await {
                return done;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            if let Some(proxy) = proxy {
                proxy.set(Line::Open);
            }
        }
    };
    tokio::time::timeout(BACK, done).await.expect("it does not come back")
}

/// Polls all of them until all are done; they borrow, so they cannot be tasks.
pub async fn at_once(futures: Vec<impl Future<Output = ()>>) {
    let mut running: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    std::future::poll_fn(|context| {
        for slot in &mut running {
            if slot.as_mut().is_some_and(|future| future.as_mut().poll(context).is_ready()) {
                *slot = None;
            }
        }
        if running.iter().all(Option::is_none) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
