//! A shop's database. Every sale is a batch of two statements, an event and an idempotency record.

use std::{collections::BTreeSet, ffi::c_int, path::Path, sync::Arc};

use kontor_contract::{
    SqlNeeds,
    schema::{Column, ColumnType, Migration, Step, Table},
};
use kontor_data::{
    Batch, Database, Engine, Health, Idempotency, Limits, NewEvent, SqlError, Statement, Value, ValueType,
};

use super::{
    check_integrity,
    image::{Disk, Unsynced},
    lost, recorded,
    recorder::{self, Event, Fault},
    turn_off_everywhere,
};
use crate::{SqliteEngine, connection::Storage};

fn needs() -> SqlNeeds {
    let column = |name: &str, kind| Column { name: name.into(), kind, nullable: false, default: None };
    let table = |name: &str, columns: Vec<Column>| {
        let primary_key = vec!["id".to_owned()];
        Step::CreateTable(Table { name: name.into(), columns, primary_key, indexes: vec![], append_only: false })
    };
    let id = || column("id", ColumnType::Integer);
    let steps = vec![
        table("sales", vec![id(), column("note", ColumnType::Text)]),
        table("totals", vec![id(), column("sales", ColumnType::Integer)]),
        Step::InsertRow { table: "totals".into(), values: vec![("id".into(), 1.into()), ("sales".into(), 0.into())] },
    ];
    SqlNeeds { migrations: vec![Migration { number: 1, name: "the shop".into(), steps }] }
}

fn statement(text: &str, parameters: Vec<Value>) -> Statement {
    Statement { text: text.into(), parameters, results: vec![], expect_rows: Some(1) }
}

/// A sale over several pages, so that a commit can be torn.
fn sale(id: i64) -> Batch {
    let note = Value::Text(format!("{id} ").repeat(2_000));
    Batch {
        statements: vec![
            statement("INSERT INTO sales (id, note) VALUES ($1, $2)", vec![Value::Integer(id), note]),
            statement("UPDATE totals SET sales = sales + 1 WHERE id = 1", vec![]),
        ],
        idempotency: Some(Idempotency {
            operation: "buy".into(),
            caller: "anna".into(),
            key: id.to_string(),
            fingerprint: vec![1],
        }),
        events: vec![NewEvent { name: "sale.made".into(), key: id.to_string(), payload: "{}".into() }],
        trace_id: String::new(),
    }
}

async fn open(folder: &Path, storage: Storage) -> Result<Arc<dyn Database>, kontor_data::OpenError> {
    let engine = SqliteEngine::new(folder.to_owned(), None, storage)?;
    let database = engine.open("shop", Some(needs()), Limits::default()).await?;
    database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    Ok(database)
}

/// Opens on what the power left, checks that everything that is there is there as a whole, and gives the sales.
async fn found(folder: &Path) -> BTreeSet<i64> {
    // What this opening writes need not outlive anything.
    let database = open(folder, Storage::TEMPORARY).await.unwrap_or_else(|error| panic!("it does not open: {error}"));
    let integers = |text: &str| {
        let asked = Statement { results: vec![ValueType::Integer], expect_rows: None, ..statement(text, vec![]) };
        let database = Arc::clone(&database);
        async move {
            let rows = database.query(asked).await.unwrap().rows;
            rows.iter()
                .map(|row| if let Value::Integer(number) = row[0] { number } else { panic!() })
                .collect::<Vec<_>>()
        }
    };
    let sales: BTreeSet<i64> = integers("SELECT id FROM sales").await.into_iter().collect();
    let notes = integers("SELECT count(*) FROM sales WHERE note LIKE id || ' ' || id || ' %'").await[0];
    let counted = i64::try_from(sales.len()).unwrap();
    assert_eq!((integers("SELECT sales FROM totals").await, notes), (vec![counted], counted), "a half batch");
    assert_eq!(
        database.backlog().rows,
        counted.unsigned_abs(),
        "events without their sale, or sales without their event"
    );
    if let Some(last) = sales.last() {
        assert!(database.execute(sale(*last)).await.unwrap().replayed, "its idempotency record is missing");
    }
    database.execute(sale(i64::MAX)).await.unwrap();
    database.close().await;
    check_integrity(&folder.join("shop.sqlite"));
    sales
}

/// Sells one after the other, a few at once, and records it.
async fn record(sales: i64, synchronous: &'static str) -> Vec<Event> {
    let folder = tempfile::tempdir().unwrap();
    recorder::begin(folder.path());
    let database = open(folder.path(), recorded(synchronous)).await.unwrap();
    let mut first = 1;
    while first <= sales {
        let group: Vec<_> = (first..=sales).take(1 + usize::try_from(first % 4).unwrap()).collect();
        first += i64::try_from(group.len()).unwrap();
        let mut running = tokio::task::JoinSet::new();
        for id in group {
            let (database, folder) = (Arc::clone(&database), folder.path().to_owned());
            running.spawn(async move {
                database.execute(sale(id)).await.unwrap();
                recorder::note(&folder, Event::Acknowledged(id));
            });
        }
        running.join_all().await;
    }
    database.close().await;
    recorder::end(folder.path())
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_power_at_every_sync() {
    let outcome = turn_off_everywhere(&record(60, "FULL").await, found).await;
    println!("{outcome:?}");
    assert_eq!((outcome.acknowledged, outcome.lost), (60, 0));
    assert!(outcome.points > 30 && outcome.checkpoints > 1, "too little happened to show anything: {outcome:?}");
}

/// SQLite in its usual way for logs does not sync at a commit. If this lost nothing, the test above would show nothing.
#[tokio::test]
async fn without_a_sync_at_each_commit_some_of_it_is_lost() {
    let outcome = turn_off_everywhere(&record(60, "NORMAL").await, found).await;
    println!("{outcome:?}");
    assert_eq!(outcome.acknowledged, 60);
    assert!(outcome.lost > 0, "the test does not see what it is for: {outcome:?}");
}

/// Sales of a run in which one call fails: enough for a checkpoint.
const SALES_WITH_FAULT: i64 = 10;

/// What came of such a run.
struct Failed {
    events: Vec<Event>,
    acknowledged: BTreeSet<i64>,
    /// Whether the call came at all.
    came: bool,
}

/// Sells with one call failing, and goes on selling afterwards.
async fn sell_with(fault: Fault) -> Failed {
    let folder = tempfile::tempdir().unwrap();
    recorder::begin(folder.path());
    let database = open(folder.path(), recorded("FULL")).await.unwrap();
    recorder::fail(folder.path(), fault);
    let (mut acknowledged, mut refused) = (BTreeSet::new(), Vec::new());
    for id in 1..=SALES_WITH_FAULT {
        match database.execute(sale(id)).await {
            Ok(_) => {
                acknowledged.insert(id);
            }
            Err(SqlError::Unavailable(_)) => refused.push(id),
            Err(error) => panic!("{fault:?}: {error:?}"),
        }
    }
    let code = recorder::failed_with(folder.path());
    check_refused(database.health(), &refused, code);
    // The process dies here; what a close would still write is not counted on.
    let events = recorder::end(folder.path());
    database.close().await;
    Failed { events, acknowledged, came: code.is_some() }
}

/// Without room the one sale is refused, and the next is taken. After anything else all that follow are refused.
fn check_refused(health: Health, refused: &[i64], code: Option<c_int>) {
    let is_full = code == Some(rusqlite::ffi::SQLITE_FULL);
    match (health, refused) {
        // Nothing failed, or it was a checkpoint's: what that copies stays in the log.
        (Health::Ok, []) => {}
        (Health::Ok, [_]) if is_full => {}
        (Health::ReadOnly(_), [SALES_WITH_FAULT]) if is_full => {}
        (Health::Stopped(_), [first, ..]) if !is_full => {
            let rest: Vec<_> = (*first..=SALES_WITH_FAULT).collect();
            assert_eq!(refused, rest, "{code:?}: a sale was acknowledged after the disk had failed");
        }
        (health, _) => panic!("{code:?}: {health:?} after {refused:?} were refused"),
    }
}

/// Every call fails once, as a broken disk's or a full one's.
async fn fail_everywhere(full: bool) {
    let (mut stopped, mut harmless) = (0, 0);
    for call in 1.. {
        let fault = Fault { call, full };
        let failed = sell_with(fault).await;
        if !failed.came {
            break;
        }
        let whole = failed.acknowledged.len() == usize::try_from(SALES_WITH_FAULT).unwrap();
        *if whole { &mut harmless } else { &mut stopped } += 1;
        let mut disk = Disk::default();
        failed.events.iter().for_each(|event| disk.take(event));
        for unsynced in [Unsynced::Dropped, Unsynced::Torn(call as u64)] {
            assert_eq!(lost(&disk, unsynced, &failed.acknowledged, found).await, 0, "{fault:?} {unsynced:?}");
        }
    }
    println!("{stopped} calls stopped a sale, {harmless} a checkpoint");
    assert!(stopped > 50 && harmless > 5, "too little failed to show anything: {stopped}, {harmless}");
}

#[tokio::test]
async fn a_disk_that_fails_at_any_call_loses_nothing_acknowledged() {
    fail_everywhere(false).await;
}

#[tokio::test]
async fn a_disk_that_is_full_at_any_call_loses_nothing_acknowledged() {
    fail_everywhere(true).await;
}
