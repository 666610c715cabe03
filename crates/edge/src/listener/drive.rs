//! Runs one connection: its requests, its clock, and the listener's stages, in one task and with one timer.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Instant,
};

use tokio::time::sleep_until;

use super::{
    Connection,
    connection::Verdict,
    stages::{Member, Stage},
};

/// Drives `serving` to its end, and says how it ended; none if it was broken off. `finish` makes it take no further
/// request.
pub(super) async fn drive<C: Future>(
    mut serving: Pin<&mut C>,
    finish: impl Fn(Pin<&mut C>),
    connection: &Connection,
    member: &Member,
) -> Option<C::Output> {
    let mut clock = pin!(sleep_until(Instant::now().into()));
    let mut stage = Stage::Serving;
    member.wake_me(&poll_fn(|context| Poll::Ready(context.waker().clone())).await);
    poll_fn(|context| {
        let now = member.stages.now();
        if now != stage {
            stage = now;
            finish(serving.as_mut());
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
                // The reader of the body runs inside `serving`: the next round tells it.
                Verdict::BodyLate => {
                    clock.as_mut().reset((Instant::now() + connection.limits().shortest_wait()).into())
                }
                Verdict::Close => return Poll::Ready(None),
            }
        }
    })
    .await
}
