//! Scheduled runs: what a function's manifest asks for is due at the moments of its calendar.
//!
//! The rules: A moment is begun once, over all processes and restarts: the registry notes it before the function is
//! called. Runs of one schedule never overlap. If moments were missed (nobody served, the function was away, the run before
//! took long), the last of them is made up for if it is no longer ago than [`MISSED_MAX`]; the others are not. A run that
//! asks for another try gets it, until the next moment. A run that was under way when the program was killed is not
//! repeated, and is shown as interrupted.

mod calendar;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use kontor_contract::manifest::Schedule;
use kontor_data::{Registry, RegistryError, Run};
use parking_lot::Mutex;

use crate::{
    Host, Version,
    delivery::retry::{backoff, is_dead},
    host::Entered,
    serve::deliver::Verdict,
};
pub(crate) use calendar::Calendar;

/// A missed run is made up for if it was due within this time.
pub const MISSED_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// One looks this often at least: somebody may set the clock.
const LOOK_MAX: Duration = Duration::from_secs(30);
/// No pause between tries is longer.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Function and schedule.
type Key = (String, String);

/// Calls functions when their schedules are due.
pub struct Schedules {
    host: Arc<Host>,
    registry: Arc<dyn Registry>,
    /// The last run of each, as the registry has it.
    last: Mutex<BTreeMap<Key, Run>>,
    /// What is under way in this process.
    running: Mutex<BTreeSet<Key>>,
    /// Told when a run ends: its schedule may be due again.
    ended: Arc<tokio::sync::Notify>,
}

/// A schedule as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ScheduleState {
    /// The schedule's name.
    pub name: String,
    /// Its cron expression.
    pub cron: String,
    /// Its time zone, an IANA name.
    pub time_zone: String,
    /// ms since 1970 UTC: when it is due next.
    pub next_ms: Option<i64>,
    /// `none` so far, `running`, `done`, `failed`, or `interrupted` if the program ended meanwhile.
    pub state: &'static str,
    /// ms since 1970 UTC: when the last run was due; none if there was none.
    pub due_ms: Option<i64>,
    /// Why the last run failed, if it did.
    pub error: Option<String>,
}

impl Schedules {
    /// Reads which runs there were.
    ///
    /// # Errors
    /// The registry cannot be read.
    pub async fn open(host: Arc<Host>, registry: Arc<dyn Registry>) -> Result<Arc<Self>, RegistryError> {
        let schedules =
            Self { host, registry, last: Mutex::default(), running: Mutex::default(), ended: Arc::default() };
        schedules.read().await?;
        Ok(Arc::new(schedules))
    }

    async fn read(&self) -> Result<(), RegistryError> {
        let runs = self.registry.runs().await?.into_iter();
        *self.last.lock() = runs.map(|run| ((run.function.clone(), run.schedule.clone()), run)).collect();
        Ok(())
    }

    /// Begins what is due, as long as somebody holds this.
    pub fn follow(self: &Arc<Self>) {
        let (schedules, ended, mut live) = (Arc::downgrade(self), self.ended.clone(), self.host.live());
        tokio::spawn(async move {
            loop {
                let Some(strong) = schedules.upgrade() else { return };
                live.mark_unchanged();
                let next = match strong.begin_due(SystemTime::now()).await {
                    Ok(next) => next.and_then(|next| next.duration_since(SystemTime::now()).ok()),
                    Err(error) => {
                        tracing::warn!(%error, "schedules wait: the registry cannot be used; trying again");
                        Some(Duration::from_secs(1))
                    }
                };
                drop(strong);
                let pause = next.map_or(LOOK_MAX, |next| next.min(LOOK_MAX));
                tokio::select! {
                    changed = live.changed() => if changed.is_err() { return },
                    () = ended.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
    }

    /// Begins what is due at `now`; gives when something is due next. The runs go on by themselves.
    ///
    /// # Errors
    /// The registry cannot be used; nothing that is due is lost by that.
    pub async fn begin_due(self: &Arc<Self>, now: SystemTime) -> Result<Option<SystemTime>, RegistryError> {
        let Ok(now) = Timestamp::try_from(now) else { return Ok(None) };
        let live = self.host.live().borrow().clone();
        let mut next: Option<Timestamp> = None;
        for version in live.functions.values() {
            for (schedule, calendar) in version.schedules() {
                if let Some(due) = self.due(version, schedule, calendar, now).await? {
                    self.clone().start(schedule.name.clone(), version.clone(), due);
                }
                let after = calendar.after(now);
                next = next.into_iter().chain(after).min();
            }
        }
        Ok(next.map(SystemTime::from))
    }

    /// The moment that has to be done now, noted as begun.
    async fn due(
        &self,
        version: &Version,
        schedule: &Schedule,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, RegistryError> {
        let key: Key = (version.name().to_string(), schedule.name.clone());
        if self.host.shared.is_stopping() || self.running.lock().contains(&key) {
            return Ok(None);
        }
        let last = self.last.lock().get(&key).cloned();
        let run = |due: Timestamp| Run {
            function: key.0.clone(),
            schedule: key.1.clone(),
            due_us: due.as_microsecond(),
            ..Run::default()
        };
        let Some(last) = last else {
            // What was due before it was there is not made up for.
            self.note(&key, Run { ended_us: Some(now.as_microsecond()), ..run(now) }).await?;
            return Ok(None);
        };
        let Some(due) = calendar.until(now).filter(|due| due.as_microsecond() > last.due_us) else { return Ok(None) };
        let late = now.duration_since(due).unsigned_abs();
        if late > MISSED_MAX {
            let error = "missed: it was due more than 24 hours before it could be called".to_owned();
            tracing::warn!(function = key.0, schedule = key.1, %due, "a scheduled run was missed and is too old to be made up for");
            self.note(&key, Run { ended_us: Some(now.as_microsecond()), error: Some(error), ..run(due) }).await?;
            return Ok(None);
        }
        if !self.note(&key, run(due)).await? {
            return Ok(None);
        }
        self.running.lock().insert(key);
        Ok(Some(due))
    }

    /// Notes a run; false if another process did so before.
    async fn note(&self, key: &Key, run: Run) -> Result<bool, RegistryError> {
        if self.registry.begin_run(run.clone()).await? {
            self.last.lock().insert(key.clone(), run);
            return Ok(true);
        }
        self.read().await.map(|()| false)
    }

    fn start(self: Arc<Self>, schedule: String, version: Arc<Version>, due: Timestamp) {
        tokio::spawn(async move {
            let key = (version.name().to_string(), schedule);
            drop(version);
            let (error, under_way) = self.run(&key, due).await;
            let (function, schedule) = &key;
            match &error {
                None => tracing::info!(function, schedule, %due, "a scheduled run is done"),
                Some(error) => tracing::error!(function, schedule, %due, error, "a scheduled run failed"),
            }
            let run = Run {
                function: function.clone(),
                schedule: schedule.clone(),
                due_us: due.as_microsecond(),
                ended_us: Some(Timestamp::now().as_microsecond()),
                error,
            };
            if let Err(error) = self.registry.end_run(run.clone()).await {
                tracing::warn!(function, schedule, %error, "the end of a scheduled run could not be noted");
            }
            self.last.lock().insert(key.clone(), run);
            self.running.lock().remove(&key);
            drop(under_way);
            self.ended.notify_one();
        });
    }

    /// Calls the function, again if it asks for that. Gives why it failed, if it did; and what keeps the program from
    /// ending before that is noted.
    async fn run(&self, key: &Key, due: Timestamp) -> (Option<String>, Entered) {
        let (function, schedule) = key;
        let (mut failed, mut tries) = (0, 0_u32);
        loop {
            let under_way = self.host.shared.enter();
            let live = self.host.live().borrow().clone();
            let Some(version) = live.functions.get(function.as_str()) else {
                return (Some(format!("the function {function} is not live any more")), under_way);
            };
            let Some((_, calendar)) = version.schedules().iter().find(|(known, _)| known.name == *schedule) else {
                return (Some(format!("the function {function} has no such schedule any more")), under_way);
            };
            let (trace, verdict) = version.on_schedule(schedule, due.as_microsecond()).await;
            let span = &version.schedule_span;
            self.host.shared.settings.traces.finish(trace, version.name(), span, verdict.status());
            let why = match verdict {
                Verdict::Done => return (None, under_way),
                Verdict::Unavailable(why) => why,
                Verdict::Failed(why) if is_dead(failed) => return (Some(why), under_way),
                Verdict::Failed(why) => {
                    failed += 1;
                    why
                }
            };
            tries = tries.saturating_add(1);
            let pause = backoff(tries).min(PAUSE_MAX);
            let is_over = calendar.after(due).is_some_and(|next| next <= Timestamp::now());
            if is_over || self.host.shared.is_stopping() {
                return (Some(why), under_way);
            }
            // Pauses are not waited for: neither by the end of the program nor by the delivery of events.
            drop(under_way);
            tracing::warn!(function, schedule, %due, why, tries, ?pause, "a scheduled run asks for another try");
            let mut stopping = self.host.shared.stopped.subscribe();
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                _ = stopping.wait_for(|stopping| *stopping) => return (Some(why), self.host.shared.enter()),
            }
        }
    }

    /// How the schedules of a function stand.
    #[must_use]
    pub fn states(&self, version: &Version) -> Vec<ScheduleState> {
        let now = Timestamp::now();
        version.schedules().iter().map(|(schedule, calendar)| self.state(version, schedule, calendar, now)).collect()
    }

    fn state(&self, version: &Version, schedule: &Schedule, calendar: &Calendar, now: Timestamp) -> ScheduleState {
        let key = (version.name().to_string(), schedule.name.clone());
        let last = self.last.lock().get(&key).cloned();
        // What was noted when the schedule was first seen is no run: it began and ended in one moment.
        let last = last.filter(|run| run.ended_us != Some(run.due_us));
        let state = match &last {
            _ if self.running.lock().contains(&key) => "running",
            None => "none",
            Some(Run { error: Some(_), .. }) => "failed",
            Some(Run { ended_us: None, .. }) => "interrupted",
            Some(_) => "done",
        };
        ScheduleState {
            name: schedule.name.clone(),
            cron: schedule.cron.clone(),
            time_zone: schedule.time_zone.clone(),
            next_ms: calendar.after(now).map(Timestamp::as_millisecond),
            state,
            due_ms: last.as_ref().map(|run| run.due_us / 1000),
            error: last.and_then(|run| run.error),
        }
    }
}
