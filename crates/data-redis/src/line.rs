//! The way to the server: one connection that all calls share, made again whenever it breaks.

mod way;

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use kontor_data::KeyValueError;
use redis::{Cmd, FromRedisValue, RedisError, from_redis_value};
use tokio::sync::{Notify, watch};

use crate::{scripts::Text, server::Information};
pub(crate) use way::Addresses;
use way::Way;

/// Whoever asks is told within this.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(3);
/// How long a new connection may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);
/// Between two tries to connect: the first and the longest pause.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Why something was not done.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// There was no answer. What was asked for may have been done.
    Lost(String),
    /// The server refuses for now, and nothing was done.
    Refused(String),
    /// The server does not know the script.
    NoScript,
    /// Anything else that the server says.
    Other(String),
}

impl From<Failure> for KeyValueError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost(reason) | Failure::Refused(reason) => Self::Unavailable(reason),
            Failure::NoScript => Self::Other("Redis forgets its scripts as soon as it has them".to_owned()),
            Failure::Other(reason) => Self::Other(reason),
        }
    }
}

#[derive(Clone)]
enum State {
    /// Somebody is at it; it is worth waiting a moment.
    Connecting,
    Up(Connected),
    /// The last try failed. Whoever asks is told so at once, so that nobody piles up.
    Down(String),
}

#[derive(Clone)]
struct Connected {
    way: Way,
    /// Tells this connection from later ones.
    number: u64,
    server: Arc<Information>,
}

/// The way to the server.
pub(crate) struct Line {
    addresses: Addresses,
    state: watch::Sender<State>,
    broken: Arc<Notify>,
}

impl Line {
    /// Where it leads, without a password.
    pub(crate) fn place(&self) -> String {
        self.addresses.to_string()
    }

    /// Begins to connect, in a task that ends with the line.
    pub(crate) fn start(addresses: Addresses) -> Arc<Self> {
        let broken = Arc::new(Notify::new());
        let line = Arc::new(Self { addresses, state: watch::Sender::new(State::Connecting), broken });
        tokio::spawn(keep(Arc::downgrade(&line), Arc::clone(&line.broken)));
        line
    }

    /// What the server said of itself, if it was ever reached and is there now.
    pub(crate) fn server(&self) -> Option<Arc<Information>> {
        match &*self.state.borrow() {
            State::Up(connected) => Some(Arc::clone(&connected.server)),
            _ => None,
        }
    }

    async fn connected(&self) -> Result<Connected, Failure> {
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| !matches!(state, State::Connecting));
        let settled = match tokio::time::timeout(CONNECT_TIME_MAX, settled).await {
            Ok(Ok(state)) => state.clone(),
            _ => State::Down(self.addresses.silent()),
        };
        match settled {
            State::Up(connected) => Ok(connected),
            State::Down(reason) => Err(Failure::Lost(reason)),
            State::Connecting => Err(Failure::Lost(self.addresses.silent())),
        }
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, Failure> {
        let mut connected = self.connected().await?;
        let answer = match tokio::time::timeout(ANSWER_TIME_MAX, connected.way.send(command)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(self.failed(&error, connected.number)),
            Err(_) => {
                self.give_up(connected.number);
                return Err(Failure::Lost(self.addresses.silent()));
            }
        };
        from_redis_value(answer).map_err(|error| Failure::Other(format!("Redis answers something else: {error}")))
    }

    /// Calls a script by its hash, and tells its text where the server does not know it.
    pub(crate) async fn call<T: FromRedisValue>(
        &self,
        script: &Text,
        keys: &[&str],
        given: &[&[u8]],
    ) -> Result<T, Failure> {
        let command = |verb: &str, what: &str| {
            let mut command = redis::cmd(verb);
            command.arg(what).arg(keys.len()).arg(keys).arg(given);
            command
        };
        match self.ask(&command("EVALSHA", &script.hash)).await {
            Err(Failure::NoScript) => self.ask(&command("EVAL", &script.text)).await,
            answer => answer,
        }
    }

    fn failed(&self, error: &RedisError, number: u64) -> Failure {
        let place = &self.addresses;
        match error.code() {
            Some("NOSCRIPT") => Failure::NoScript,
            Some("OOM") => {
                Failure::Refused(format!("{place} has no memory left: raise its maxmemory, or delete entries"))
            }
            Some("READONLY") => {
                // A replica: another server is the primary now, and a new connection may find it.
                self.give_up(number);
                Failure::Refused(format!("{place} takes no changes: it is a replica"))
            }
            Some(
                "LOADING" | "MASTERDOWN" | "CLUSTERDOWN" | "TRYAGAIN" | "BUSY" | "MISCONF" | "NOREPLICAS" | "MOVED"
                | "ASK",
            ) => Failure::Refused(format!("{place} refuses for now: {error}")),
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => Failure::Refused(format!(
                "{place} does not let Kontor do this; check user, password and rights: {error}"
            )),
            Some(_) => Failure::Other(format!("{place}: {error}")),
            None => {
                self.give_up(number);
                Failure::Lost(format!("{place} was lost: {error}"))
            }
        }
    }

    /// Throws a connection away, unless there is another already.
    fn give_up(&self, number: u64) {
        let is_current = |state: &State| matches!(state, State::Up(connected) if connected.number == number);
        let gone = self.state.send_if_modified(|state| {
            let is_current = is_current(state);
            if is_current {
                *state = State::Connecting;
            }
            is_current
        });
        if gone {
            self.broken.notify_one();
        }
    }

    async fn connect(&self, number: u64) -> State {
        let done = tokio::time::timeout(CONNECT_TIME_MAX, Way::open(&self.addresses)).await;
        match done.unwrap_or_else(|_| Err(self.addresses.silent())) {
            Ok((way, server)) => match server.too_old() {
                Some(reason) => State::Down(format!("{}: {reason}", self.addresses)),
                None => State::Up(Connected { way, number, server: Arc::new(server) }),
            },
            Err(reason) => State::Down(reason),
        }
    }
}

/// Connects, again and again where it fails, and anew when told that the connection broke.
async fn keep(line: Weak<Line>, broken: Arc<Notify>) {
    let (mut number, mut pause) = (0, PAUSE.0);
    loop {
        let Some(held) = line.upgrade() else { return };
        number += 1;
        let state = held.connect(number).await;
        let is_up = matches!(state, State::Up(_));
        if let State::Down(reason) = &state
            && !matches!(&*held.state.borrow(), State::Down(_))
        {
            tracing::error!(%reason, "Redis cannot be reached; it is tried again and again");
        }
        held.state.send_replace(state);
        drop(held);
        if is_up {
            pause = PAUSE.0;
            broken.notified().await;
        } else {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Wakes the task, which then finds nobody.
        self.broken.notify_one();
    }
}
