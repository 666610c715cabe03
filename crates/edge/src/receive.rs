//! Reads a request's body whole, within limits, before anybody sees a byte of it.

mod streamed;

use std::{
    future::poll_fn,
    pin::Pin,
    sync::Arc,
    task::{Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use hyper::body::{Body, Frame, Incoming};
use kontor_contract::Problem;

pub(crate) use streamed::streamed;

use crate::{listener::Connection, problem::Refusal, room::Taken};

/// Why there is no body.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// More bytes than allowed: 413.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// Too many large bodies at once: 503.
    #[error("too many large bodies at once")]
    NoRoom,
    /// It did not come in time: 408.
    #[error("the body did not come in time")]
    Late,
    /// The client went away or broke the framing: 400, if anybody still listens.
    #[error("the body broke off: {0}")]
    Broken(hyper::Error),
}

impl ReceiveError {
    /// What the client is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::TooLarge(max_bytes) => Problem::new(413, "body-too-large", "The body is too large")
                .detail(format!("At most {max_bytes} bytes are taken."))
                .hint("Send less in one request."),
            Self::NoRoom => Problem::new(503, "overloaded", "Too many large bodies at once")
                .hint("Nothing was done. Try again in a moment."),
            Self::Late => Problem::new(408, "body-too-slow", "The body did not come in time")
                .hint("Nothing was done. Try again on a better connection."),
            Self::Broken(_) => Problem::new(400, "body-broken", "The body ended early or is not framed properly")
                .hint("Send exactly Content-Length bytes, or proper chunks."),
        }
    }
}

impl From<ReceiveError> for Refusal {
    fn from(error: ReceiveError) -> Self {
        if matches!(error, ReceiveError::NoRoom) {
            return Self::retry(error.problem());
        }
        // What is left of the body is not read, so nothing else can follow on this connection.
        Self::with(error.problem(), header::CONNECTION, HeaderValue::from_static("close"))
    }
}

/// What is still read of a body that was refused, so that the client gets to read why instead of a reset.
const DISCARD_MAX_BYTES: usize = 16 << 20;
/// How long that may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the body.
///
/// # Errors
/// It is too large, too slow or broken.
pub async fn whole(
    headers: &HeaderMap,
    mut body: Incoming,
    max_bytes: usize,
    connection: &Arc<Connection>,
) -> Result<Bytes, ReceiveError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > max_bytes as u64 {
        discard(headers, body);
        return Err(ReceiveError::TooLarge(max_bytes));
    }
    connection.reading_body();
    let received = collect(&mut body, max_bytes, connection).await;
    connection.working();
    if matches!(received, Err(ReceiveError::TooLarge(_) | ReceiveError::NoRoom)) {
        discard(headers, body);
    }
    received
}

/// Most bodies come in one piece, and that piece is the body: nothing is copied.
async fn collect(body: &mut Incoming, max_bytes: usize, connection: &Connection) -> Result<Bytes, ReceiveError> {
    let announced = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    let most = announced.unwrap_or(max_bytes).min(max_bytes);
    let mut first = Bytes::new();
    let mut all: Option<Vec<u8>> = None;
    let mut size = 0;
    let mut taken = connection.room().enter();
    while let Some(frame) = next(body, connection).await? {
        let Ok(data) = frame.into_data() else { continue };
        size += data.len();
        if size > max_bytes {
            return Err(ReceiveError::TooLarge(max_bytes));
        }
        match &mut all {
            None if first.is_empty() => {
                if !taken.grow_to(size) {
                    return Err(ReceiveError::NoRoom);
                }
                first = data;
            }
            None => {
                let mut joined = Vec::new();
                append(&mut joined, &first, size, most, &mut taken)?;
                joined.extend_from_slice(&data);
                first = Bytes::new();
                all = Some(joined);
            }
            Some(all) => append(all, &data, size, most, &mut taken)?,
        }
    }
    Ok(all.map_or(first, Bytes::from))
}

/// Adds a piece to a body that will soon have `size` bytes and never more than `most`. Memory doubles, and the room is
/// charged for all of it before it is asked for. It never doubles past what the client announced, and an announcement
/// alone takes nothing: a client that promises much and sends nothing keeps nobody out.
fn append(all: &mut Vec<u8>, data: &[u8], size: usize, most: usize, taken: &mut Taken<'_>) -> Result<(), ReceiveError> {
    if size > all.capacity() {
        let capacity = size.saturating_mul(2).min(most).max(size);
        if !taken.grow_to(capacity) {
            return Err(ReceiveError::NoRoom);
        }
        all.reserve_exact(capacity - all.len());
    }
    all.extend_from_slice(data);
    Ok(())
}

/// The next frame. The connection's task runs this too, and polls it again when the clock says that the body is late.
async fn next(body: &mut Incoming, connection: &Connection) -> Result<Option<Frame<Bytes>>, ReceiveError> {
    poll_fn(|context| {
        if connection.body_is_late() {
            return Poll::Ready(Err(ReceiveError::Late));
        }
        match ready!(Pin::new(&mut *body).poll_frame(context)) {
            None => Poll::Ready(Ok(None)),
            Some(Ok(frame)) => Poll::Ready(Ok(Some(frame))),
            Some(Err(error)) => Poll::Ready(Err(ReceiveError::Broken(error))),
        }
    })
    .await
}

/// Reads the rest of a refused body and throws it away, within limits. A client that waits for `100 Continue` has not
/// sent it, and shall not.
pub(crate) fn discard(headers: &HeaderMap, body: Incoming) {
    discard_unless(headers.contains_key(header::EXPECT), body);
}

fn discard_unless(awaited: bool, mut body: Incoming) {
    if awaited || body.is_end_stream() {
        return;
    }
    tokio::spawn(tokio::time::timeout(DISCARD_TIMEOUT, async move {
        let mut size = 0;
        while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            size += frame.data_ref().map_or(0, Bytes::len);
            if size > DISCARD_MAX_BYTES {
                return;
            }
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Room;

    #[test]
    fn the_room_is_charged_for_memory_and_not_for_what_came() {
        // Pieces, what was announced, the room, and how much of it is taken in the end; none if it does not do.
        let cases: [(&[usize], usize, usize, Option<usize>); 5] = [
            (&[100_000, 1], 1_000_000, 1_000_000, Some(200_002)),
            (&[100_000, 1], 100_001, 1_000_000, Some(100_001)),
            (&[100_000, 50_000, 200_000], 1_000_000, 1_000_000, Some(700_000)),
            (&[100_000, 1], 1_000_000, 200_001, None),
            (&[20_000, 1], 1_000_000, 0, Some(0)),
        ];
        for (pieces, announced, bytes, expected) in cases {
            let room = Room::new(bytes);
            let mut taken = room.enter();
            let (mut all, mut size) = (Vec::new(), 0);
            // The first two pieces come together, as they do when a body turns out to have more than one.
            let fits = pieces.iter().enumerate().all(|(index, piece)| {
                size += piece;
                let soon = if index == 0 { size + pieces[1] } else { size };
                append(&mut all, &vec![0; *piece], soon, announced, &mut taken).is_ok()
            });
            assert_eq!(fits.then(|| bytes - room.left_bytes()), expected, "{pieces:?}");
            if expected.is_some_and(|taken| taken > 0) {
                assert!(all.capacity() <= bytes - room.left_bytes(), "{pieces:?}");
            }
        }
    }
}
