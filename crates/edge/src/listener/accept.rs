//! The accept loop and what happens with each connection.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{sleep, sleep_until, timeout},
};

use super::{
    Connection,
    connection::Verdict,
    stages::{Member, Stage, Stages},
    watched::Watched,
};
use crate::{figures::Figures, limits::EdgeLimits, problem};

/// Something that answers requests.
pub trait Answering: Send + Sync + 'static {
    /// The body of its answers.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static;

    /// Answers one request that came in on `connection`.
    fn answer(
        &self,
        request: Request<Incoming>,
        connection: &Arc<Connection>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// After a failed `accept` (mostly: out of file descriptors) the next try has to wait, or it spins.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Refused connections that are told so at the same time; further ones are just closed.
const REFUSING_MAX: usize = 64;
/// How long a refused client may take to read why.
const REFUSING_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves `listener` until `shutdown` is done, then drains: no new connections, idle ones close, requests under way
/// finish and are told `Connection: close`. What is not done by the drain deadline is broken off. Returns how many
/// connections that were.
pub async fn serve<A: Answering>(
    listener: TcpListener,
    answering: Arc<A>,
    limits: EdgeLimits,
    figures: Arc<Figures>,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let stages = Arc::new(Stages::default());
    let refusing = Arc::new(tokio::sync::Semaphore::new(REFUSING_MAX));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection; is the limit of open files too low?");
                sleep(ACCEPT_PAUSE).await;
            }
            Ok((stream, _)) if stages.open() >= limits.connections_max => {
                figures.connections_refused.add(1);
                if let Ok(permit) = refusing.clone().try_acquire_owned() {
                    tokio::spawn(async move {
                        refuse(stream).await;
                        drop(permit);
                    });
                }
            }
            Ok((stream, peer)) => {
                let member = Member::join(&stages, &figures);
                tokio::spawn(keep(stream, peer, answering.clone(), limits.clone(), member));
            }
        }
    }
    drop(listener);
    stages.enter(Stage::Draining);
    if timeout(limits.drain_deadline, stages.emptied()).await.is_ok() {
        return 0;
    }
    let broken = stages.open();
    stages.enter(Stage::Breaking);
    stages.emptied().await;
    broken
}

/// Tells a client that there is no room, without ever letting it hold anything up.
async fn refuse(mut stream: TcpStream) {
    let telling = async {
        stream.write_all(problem::no_room().as_bytes()).await?;
        stream.shutdown().await?;
        // Closing with unread bytes would reset the connection, and the answer with it.
        let mut unread = [0; 1024];
        while stream.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    if timeout(REFUSING_TIMEOUT, telling).await.is_err() {
        tracing::debug!("a refused client did not read why");
    }
}

/// Serves one connection to its end.
async fn keep<A: Answering>(
    stream: TcpStream,
    peer: SocketAddr,
    answering: Arc<A>,
    limits: EdgeLimits,
    member: Member,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone already");
        return;
    }
    let header_max = limits.headers_max_bytes;
    let connection = Arc::new(Connection::new(peer, limits));
    let io = TokioIo::new(Watched { stream, connection: connection.clone() });
    let service = {
        let connection = connection.clone();
        service_fn(move |request| {
            let (answering, connection) = (answering.clone(), connection.clone());
            async move {
                connection.working();
                let answer = answering.answer(request, &connection).await;
                connection.answered(answer.body().size_hint().exact().is_some());
                Ok::<_, Infallible>(answer)
            }
        })
    };
    // Twice the limit: heads that are somewhat too large get a proper problem from `answer`, larger ones hyper's 431.
    let mut serving = pin!(http1::Builder::new().max_buf_size(header_max * 2).serve_connection(io, service));
    let mut clock = pin!(sleep_until(Instant::now().into()));
    let mut stage = Stage::Serving;
    member.wake_me(&poll_fn(|context: &mut Context<'_>| Poll::Ready(context.waker().clone())).await);
    let ended = poll_fn(|context| {
        let now = member.stages.now();
        if now != stage {
            stage = now;
            serving.as_mut().graceful_shutdown();
        }
        if stage == Stage::Breaking {
            return Poll::Ready(None);
        }
        loop {
            if let Poll::Ready(ended) = serving.as_mut().poll(context) {
                return Poll::Ready(Some(ended));
            }
            if clock.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            match connection.check(Instant::now()) {
                Verdict::Wait(until) => clock.as_mut().reset(until.into()),
                Verdict::BodyLate => clock.as_mut().reset((Instant::now() + ACCEPT_PAUSE).into()),
                Verdict::Close => return Poll::Ready(None),
            }
        }
    })
    .await;
    if let Some(Err(error)) = ended {
        tracing::debug!(%peer, %error, "the connection ended early");
    }
}
