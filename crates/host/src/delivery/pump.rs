//! One task for each source and subscriber.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use kontor_data::{Database, Delivery, DeliveryId, SqlError};
use kontor_telemetry::Trace;
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use super::retry::{backoff, is_dead};
use crate::{Live, Version, host::Shared, serve::deliver::Verdict};

/// Events that are leased at once.
const LEASED_MAX: usize = 256;
/// Calls of `on-event` at once.
const CALLS_MAX: usize = 64;
/// Events that are leased at once while HTTP calls are under way: as many as share a commit, so that each costs little,
/// and no more, so that nobody waits long behind them.
const LEASED_WHILE_BUSY: usize = CALLS_MAX;
/// While HTTP calls are under way, a round is followed by a rest so many times as long as itself.
const RESTS_PER_ROUND: u32 = 12;
/// A rest is over then at the latest.
const REST_MAX: Duration = Duration::from_millis(250);
/// From this share of the outbox's limit on (one in so many), nobody rests any more: a full outbox would refuse sales.
const NO_REST_FROM: u64 = 2;
/// Acknowledgements that are collected, if calls are still under way.
const ACKNOWLEDGED_AT_ONCE: usize = 64;
/// A lease outlives every call that it is for; what a killed process leased is due again after it.
const LEASE: Duration = Duration::from_secs(60);
/// Without any other reason one looks this often: another process may have made events, or may
/// have died with them: then they are taken over within ten seconds, of which a store engine needs some itself.
const IDLE: Duration = Duration::from_secs(2);

/// All tasks.
pub(crate) struct Deliveries {
    shared: Arc<Shared>,
    tasks: Mutex<Tasks>,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Tasks {
    running: JoinSet<()>,
    begun: BTreeSet<(String, String)>,
}

impl Deliveries {
    /// None yet.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, tasks: Mutex::default(), stop: watch::Sender::default() }
    }

    /// Sees to it that what `version` subscribes to is delivered, from now on, whatever version is live then.
    pub(crate) fn begin(&self, version: &Arc<Version>) {
        let databases = self.shared.sources.databases();
        let mut tasks = self.tasks.lock();
        for subscription in &version.manifest().subscriptions {
            let Some(database) = databases.get(&subscription.source) else { continue };
            let pair = (subscription.source.clone(), version.name().to_string());
            if !tasks.begun.insert(pair) {
                continue;
            }
            let pump = Pump {
                shared: self.shared.clone(),
                committed: self.shared.sources.wakeups(&subscription.source).add(),
                source: subscription.source.as_str().into(),
                subscriber: version.name().clone(),
                database: database.clone(),
                stop: self.stop.subscribe(),
                names: BTreeMap::new(),
                pauses: 0,
            };
            tasks.running.spawn(pump.run());
        }
    }

    /// Lets every task finish what it has begun.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut running = std::mem::take(&mut self.tasks.lock().running);
        while running.join_next().await.is_some() {}
    }

    /// Ends every task where it is. What it had leased is due again when the lease is over.
    pub(crate) fn abort(&self) {
        self.tasks.lock().running.abort_all();
    }
}

struct Pump {
    shared: Arc<Shared>,
    source: Arc<str>,
    subscriber: Arc<str>,
    database: Arc<dyn Database>,
    committed: Arc<Notify>,
    stop: watch::Receiver<bool>,
    /// `event NAME` for traces, made once for each name.
    names: BTreeMap<String, Arc<str>>,
    /// Pauses in a row, since the subscriber was last able to take something.
    pauses: u32,
}

/// What came of a lease.
#[derive(Default)]
struct Round {
    done: Vec<DeliveryId>,
    /// Could not be tried, or not be dealt with for now.
    released: Vec<DeliveryId>,
    unavailable: Option<String>,
    succeeded: bool,
}

impl Pump {
    async fn run(mut self) {
        let mut live = self.shared.live.subscribe();
        while !*self.stop.borrow() {
            let version = live.borrow_and_update().functions.get(&self.subscriber).cloned();
            let Some(version) = version else {
                self.wait(&mut live, None).await;
                continue;
            };
            let is_busy = self.shared.in_flight.get() > 0;
            let leased_max = if is_busy { LEASED_WHILE_BUSY } else { LEASED_MAX };
            match self.database.lease(&self.subscriber, leased_max, LEASE).await {
                Ok(leased) if leased.is_empty() => {
                    drop(version);
                    let due = self.database.next_due(&self.subscriber).unwrap_or(IDLE);
                    self.wait(&mut live, Some(due.min(IDLE))).await;
                }
                Ok(leased) => {
                    let began = Instant::now();
                    let pause = self.round(&version, leased).await;
                    drop(version);
                    match pause {
                        Some(pause) => self.pause(pause).await,
                        None if is_busy => self.rest(began.elapsed()).await,
                        None => {}
                    }
                }
                Err(error) => {
                    drop(version);
                    self.trouble("lease", &error);
                    self.pauses = self.pauses.saturating_add(1);
                    self.pause(backoff(self.pauses)).await;
                }
            }
        }
    }

    /// Waits for events, for a change of what is live, for `due`, or for the end.
    async fn wait(&mut self, live: &mut watch::Receiver<Arc<Live>>, due: Option<Duration>) {
        let due = async {
            match due {
                Some(due) => tokio::time::sleep(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.committed.notified() => {}
            _ = live.changed() => {}
            _ = self.stop.changed() => {}
            () = due => {}
        }
    }

    /// Waits, unless the end comes.
    async fn pause(&mut self, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.stop.changed()).await;
    }

    /// Yields to HTTP calls after a round: never for long, and not at all once the outbox fills up.
    async fn rest(&mut self, round: Duration) {
        let limit = self.shared.settings.limits.data.outbox_rows_max;
        if self.shared.in_flight.get() > 0 && self.database.backlog().rows < limit / NO_REST_FROM {
            self.pause((round * RESTS_PER_ROUND).min(REST_MAX)).await;
        }
    }

    /// Delivers what was leased. Gives a pause if the subscriber is not able to take anything now.
    async fn round(&mut self, version: &Arc<Version>, leased: Vec<Delivery>) -> Option<Duration> {
        let mut waiting = leased.into_iter();
        let mut calls = FuturesUnordered::new();
        let mut round = Round::default();
        loop {
            while calls.len() < CALLS_MAX && round.unavailable.is_none() && !*self.stop.borrow() {
                let Some(delivery) = waiting.next() else { break };
                calls.push(call(version.clone(), self.source.clone(), delivery));
            }
            let Some((delivery, trace, verdict)) = calls.next().await else { break };
            self.note(&mut round, delivery, trace, verdict).await;
            // Take what else is done already, then acknowledge together.
            while let Some(Some((delivery, trace, verdict))) = calls.next().now_or_never() {
                self.note(&mut round, delivery, trace, verdict).await;
            }
            if round.done.len() >= ACKNOWLEDGED_AT_ONCE {
                self.acknowledge(&mut round).await;
            }
        }
        drop(calls);
        self.acknowledge(&mut round).await;
        self.finish(round, waiting.map(|delivery| delivery.id)).await
    }

    async fn note(&mut self, round: &mut Round, delivery: Delivery, trace: Arc<Trace>, verdict: Verdict) {
        let status = if verdict == Verdict::Done { 200 } else { 500 };
        if !self.names.contains_key(&delivery.name) {
            self.names.insert(delivery.name.clone(), format!("event {}", delivery.name).into());
        }
        if let Some(name) = self.names.get(&delivery.name) {
            self.shared.settings.traces.finish(trace, &self.subscriber, name, status);
        }
        match verdict {
            Verdict::Done => {
                round.succeeded = true;
                round.done.push(delivery.id);
            }
            Verdict::Unavailable(why) => {
                round.released.push(delivery.id);
                round.unavailable = Some(why);
            }
            Verdict::Failed(why) => self.fail(delivery, why).await,
        }
    }

    async fn fail(&self, delivery: Delivery, why: String) {
        let dead = is_dead(delivery.failed);
        let (source, subscriber, id) = (&self.source, &self.subscriber, delivery.id);
        tracing::warn!(
            %source, %subscriber, id, name = delivery.name, attempt = delivery.failed + 1, dead, error = why,
            "an event was not dealt with"
        );
        let pause = backoff(delivery.failed.saturating_add(1));
        if let Err(error) = self.database.fail(&self.subscriber, id, why, pause, dead).await {
            self.trouble("fail", &error);
        }
    }

    async fn acknowledge(&self, round: &mut Round) {
        if round.done.is_empty() {
            return;
        }
        let done = std::mem::take(&mut round.done);
        if let Err(error) = self.database.acknowledge(&self.subscriber, done).await {
            // They come again when their lease is over: at least once is what is promised.
            self.trouble("acknowledge", &error);
        }
    }

    /// Gives back what was not tried. If something is away, the whole subscriber pauses: the next event would find the
    /// same.
    async fn finish(&mut self, mut round: Round, untried: impl Iterator<Item = DeliveryId>) -> Option<Duration> {
        round.released.extend(untried);
        if round.succeeded {
            self.pauses = 0;
        }
        if round.unavailable.is_none() {
            self.shared.pauses.over(&self.source, &self.subscriber);
        }
        let pause = round.unavailable.map(|why| {
            self.pauses = self.pauses.saturating_add(1);
            let pause = backoff(self.pauses);
            self.shared.pauses.begun(&self.source, &self.subscriber, &why);
            tracing::warn!(source = %self.source, subscriber = %self.subscriber, why, ?pause, "deliveries pause");
            pause
        });
        if !round.released.is_empty() {
            let after = pause.unwrap_or_default();
            if let Err(error) = self.database.release(&self.subscriber, round.released, after).await {
                self.trouble("release", &error);
            }
        }
        pause
    }

    fn trouble(&self, what: &'static str, error: &SqlError) {
        tracing::error!(source = %self.source, subscriber = %self.subscriber, what, %error, "the outbox failed; trying again");
    }
}

async fn call(version: Arc<Version>, source: Arc<str>, delivery: Delivery) -> (Delivery, Arc<Trace>, Verdict) {
    let (trace, verdict) = version.deliver(&source, &delivery).await;
    (delivery, trace, verdict)
}
