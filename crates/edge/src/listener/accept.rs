//! The accept loop and what happens with each connection.

use std::{convert::Infallible, future::Future, io, pin::pin, sync::Arc, time::Duration};

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
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    Connection,
    drive::drive,
    stages::{Member, Stage, Stages},
    watched::Watched,
};
use crate::{
    figures::Figures,
    limits::EdgeLimits,
    problem,
    room::{BODIES_MAX_BYTES, Room},
};

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

/// Hyper refuses to work with less.
const HYPER_BUFFER_MIN_BYTES: usize = 8 << 10;
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
    serve_in(Arc::new(Room::new(BODIES_MAX_BYTES)), listener, answering, limits, figures, shutdown).await
}

/// The same with other room for large bodies.
pub(crate) async fn serve_in<A: Answering>(
    room: Arc<Room>,
    listener: TcpListener,
    answering: Arc<A>,
    limits: EdgeLimits,
    figures: Arc<Figures>,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let stages = Arc::new(Stages::default());
    let refusing = Arc::new(Semaphore::new(REFUSING_MAX));
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
                turn_away(stream, &refusing);
            }
            Ok((stream, peer)) => {
                let member = Member::join(&stages, &figures);
                let connection = Arc::new(Connection::new(peer, limits.clone(), room.clone()));
                tokio::spawn(keep(stream, connection, answering.clone(), member));
            }
        }
    }
    drop(listener);
    drain(&stages, limits.drain_deadline).await
}

/// Lets requests finish, and breaks off what is not done by the deadline. Returns how many connections that were.
async fn drain(stages: &Stages, deadline: Duration) -> usize {
    stages.enter(Stage::Draining);
    if timeout(deadline, stages.emptied()).await.is_ok() {
        return 0;
    }
    let broken = stages.open();
    stages.enter(Stage::Breaking);
    stages.emptied().await;
    broken
}

/// Tells a client that there is no room, if not too many are being told already.
fn turn_away(stream: TcpStream, refusing: &Arc<Semaphore>) {
    if let Ok(permit) = refusing.clone().try_acquire_owned() {
        tokio::spawn(async move {
            refuse(stream).await;
            drop(permit);
        });
    }
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
async fn keep<A: Answering>(stream: TcpStream, connection: Arc<Connection>, answering: Arc<A>, member: Member) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone already");
        return;
    }
    let io = TokioIo::new(Watched { stream, connection: connection.clone() });
    let service = service_fn({
        let connection = connection.clone();
        move |request| answer(answering.clone(), connection.clone(), request)
    });
    // Twice the limit: heads that are somewhat too large get a proper problem from `answer`, larger ones hyper's 431.
    let buffer_max = (connection.limits().headers_max_bytes * 2).max(HYPER_BUFFER_MIN_BYTES);
    let serving = pin!(http1::Builder::new().max_buf_size(buffer_max).serve_connection(io, service));
    if let Some(Err(error)) = drive(serving, |serving| serving.graceful_shutdown(), &connection, &member).await {
        tracing::debug!(peer = %connection.peer(), %error, "the connection ended early");
    }
}

/// Answers one request, and tells the connection's clock.
async fn answer<A: Answering>(
    answering: Arc<A>,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<A::Body>, Infallible> {
    connection.working();
    let answer = answering.answer(request, &connection).await;
    connection.answered(answer.body().size_hint().exact().is_some());
    Ok(answer)
}
