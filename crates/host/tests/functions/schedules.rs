//! Scheduled runs: once each, made up for by the rule, and seen. The clock is what the test says it is.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use kontor_data::Registry;
use kontor_host::{Limits, MISSED_MAX, Schedules, Version};
use serde_json::{Value, json};

use crate::setup::{House, guest, manifest, notes, until};

/// 2100-01-01T00:00:00Z: what is due then is never over before the test is.
const NEW_YEAR: u64 = 4_102_444_800;
const HOUR: u64 = 3600;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn scheduled(name: &str, cron: &str) -> Value {
    let mut manifest = manifest("sales", "1");
    manifest["schedules"] = json!([{"name": name, "cron": cron, "time_zone": "UTC"}]);
    manifest
}

/// A function with one schedule on a host that keeps everything in `folder`; seen for the first time half an hour before
/// the new year, unless it was before.
struct Office {
    house: House,
    registry: Arc<dyn Registry>,
    schedules: Arc<Schedules>,
    version: Arc<Version>,
}

impl Office {
    async fn open(folder: &Path, name: &str, cron: &str) -> Self {
        let (house, registry) = House::lasting(folder);
        let version = house.put(&scheduled(name, cron)).await;
        let schedules = Schedules::open(house.host.clone(), registry.clone()).await.unwrap();
        schedules.begin_due(at(NEW_YEAR - HOUR / 2)).await.unwrap();
        Self { house, registry, schedules, version }
    }

    async fn notes(&self) -> Vec<String> {
        notes(self.version.database().unwrap()).await
    }

    fn state(&self) -> &'static str {
        self.schedules.states(&self.version)[0].state
    }

    /// Lets the clock show `seconds`, and waits until what that began is over.
    async fn clock(&self, seconds: u64) {
        self.schedules.begin_due(at(seconds)).await.unwrap();
        until("the run is over", || async { self.state() != "running" }).await;
    }

    async fn close(self) {
        self.house.host.stop(Duration::from_secs(10)).await;
    }
}

fn note(name: &str, seconds: u64) -> String {
    format!("{name}@{}", seconds * 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_moment_is_done_once_also_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "hourly", "0 * * * *").await;
    assert_eq!((office.state(), office.notes().await.len()), ("none", 0));
    for second in [0, 0, 1, HOUR - 1] {
        office.clock(NEW_YEAR + second).await;
        assert_eq!(office.notes().await, [note("hourly", NEW_YEAR)]);
    }
    assert_eq!(office.state(), "done");
    office.close().await;
    let office = Office::open(folder.path(), "hourly", "0 * * * *").await;
    office.clock(NEW_YEAR + HOUR - 1).await;
    assert_eq!(office.notes().await.len(), 1, "it was done before the restart");
    assert_eq!(office.state(), "done", "and that is still known");
    office.clock(NEW_YEAR + HOUR + 1).await;
    assert_eq!(office.notes().await, [note("hourly", NEW_YEAR), note("hourly", NEW_YEAR + HOUR)]);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_do_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "hourly", "0 * * * *").await;
    let other = Schedules::open(office.house.host.clone(), office.registry.clone()).await.unwrap();
    let (one, two) = tokio::join!(office.schedules.begin_due(at(NEW_YEAR)), other.begin_due(at(NEW_YEAR)));
    one.unwrap();
    two.unwrap();
    until("it is done", || async { !office.notes().await.is_empty() }).await;
    until("all is over", || async { office.house.host.in_flight().get() == 0 }).await;
    assert_eq!(office.notes().await, [note("hourly", NEW_YEAR)]);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_missed_moments_the_last_is_made_up_for_unless_it_is_too_old() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "hourly", "0 * * * *").await;
    // Nobody looked for more than five hours.
    office.clock(NEW_YEAR + 5 * HOUR + 7).await;
    assert_eq!(office.notes().await, [note("hourly", NEW_YEAR + 5 * HOUR)]);
    office.close().await;

    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "yearly", "0 0 1 1 *").await;
    office.clock(NEW_YEAR + MISSED_MAX.as_secs() + 1).await;
    assert_eq!((office.notes().await.len(), office.state()), (0, "failed"));
    let state = office.schedules.states(&office.version).remove(0);
    assert!(state.error.unwrap().starts_with("missed"));
    assert_eq!(state.due_ms, Some(i64::try_from(NEW_YEAR).unwrap() * 1000));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_due_before_it_was_there_is_not_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let (house, registry) = House::lasting(folder.path());
    let version = house.put(&scheduled("hourly", "0 * * * *")).await;
    let schedules = Schedules::open(house.host.clone(), registry).await.unwrap();
    let next = schedules.begin_due(at(NEW_YEAR + 1)).await.unwrap();
    assert_eq!(next, Some(at(NEW_YEAR + HOUR)));
    assert_eq!(house.host.in_flight().get(), 0);
    assert_eq!(schedules.states(&version)[0].state, "none");
    house.host.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_fails_is_tried_again_and_one_that_never_works_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "fails-once", "0 0 1 1 *").await;
    office.clock(NEW_YEAR).await;
    assert_eq!((office.notes().await.len(), office.state()), (2, "done"), "one try and one more");
    office.close().await;

    // The next moment is over long ago by the real clock, so there is no time for another try.
    let folder = tempfile::tempdir().unwrap();
    let (house, registry) = House::lasting(folder.path());
    let version = house.put(&scheduled("traps", "0 * * * *")).await;
    let schedules = Schedules::open(house.host.clone(), registry).await.unwrap();
    for second in [1, HOUR] {
        schedules.begin_due(at(HOUR * 24 * 365 + second)).await.unwrap();
    }
    until("it failed", || async { schedules.states(&version)[0].state == "failed" }).await;
    assert!(schedules.states(&version)[0].error.as_ref().unwrap().contains("trap"));
    house.host.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_cut_off_is_seen_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "hourly", "0 * * * *").await;
    // As a process leaves it that was killed between the two.
    let run = kontor_data::Run {
        function: "sales".to_owned(),
        schedule: "hourly".to_owned(),
        due_us: i64::try_from(NEW_YEAR).unwrap() * 1_000_000,
        ..kontor_data::Run::default()
    };
    assert!(office.registry.begin_run(run).await.unwrap());
    office.close().await;
    let office = Office::open(folder.path(), "hourly", "0 * * * *").await;
    office.clock(NEW_YEAR + 60).await;
    assert_eq!((office.state(), office.notes().await.len()), ("interrupted", 0));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_one_schedule_do_not_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open(folder.path(), "waits", "0 * * * *").await;
    office.schedules.begin_due(at(NEW_YEAR)).await.unwrap();
    until("it waits", || async { office.notes().await.len() == 1 }).await;
    office.schedules.begin_due(at(NEW_YEAR + HOUR)).await.unwrap();
    assert_eq!((office.notes().await.len(), office.state()), (1, "running"));
    assert_eq!(office.house.host.in_flight().get(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_the_real_clock_it_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let (house, registry) = House::lasting(folder.path());
    let schedules = Schedules::open(house.host.clone(), registry.clone()).await.unwrap();
    // It was seen an hour ago, so the last minute is due at once.
    let hour_ago = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(HOUR);
    let due_us = i64::try_from(hour_ago.as_micros()).unwrap();
    let first = kontor_data::Run {
        function: "sales".to_owned(),
        schedule: "often".to_owned(),
        due_us,
        ended_us: Some(due_us),
        error: None,
    };
    registry.begin_run(first).await.unwrap();
    let schedules = {
        drop(schedules);
        Schedules::open(house.host.clone(), registry).await.unwrap()
    };
    schedules.follow();
    let version = house.put(&scheduled("often", "* * * * *")).await;
    until("it is called", || async { !notes(version.database().unwrap()).await.is_empty() }).await;
    house.host.stop(Duration::from_secs(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_that_makes_no_sense_does_not_go_live() {
    let house = House::new(Limits::default());
    let error = house.host.put_live(guest(&scheduled("n", "0 25 * * *").to_string())).await.unwrap_err().to_string();
    assert!(error.contains("/schedules/0") && error.contains("0 25 * * *"), "{error}");
}
