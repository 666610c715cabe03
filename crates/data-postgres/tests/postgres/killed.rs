//! Real processes on one database, of which one is killed with SIGKILL again and again. Each is this test program itself,
//! started once more with an address.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead as _,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_data::{Batch, Database, Engine, Limits, SqlError, Value, ValueType};
use kontor_data_postgres::{PostgresEngine, PostgresSettings};
use parking_lot::Mutex;

use crate::server::Home;
use crate::shop::{batch, event, guarded, key, needs, select, total, write};

const URL: &str = "KONTOR_TEST_PROCESS_URL";
const LONG: Duration = Duration::from_secs(600);

/// Sells receipt after receipt with the next number, which the database computes. What it says, it says after the answer.
fn sell(id: &str) -> Batch {
    let raise = guarded("UPDATE totals SET sales = sales + 1, turnover = turnover + 100 WHERE id = 1", vec![], 1);
    let add = "INSERT INTO receipts (series, number, source) SELECT 'RE', sales, $1 FROM totals WHERE id = 1";
    let add = write(add, vec![Value::Text(id.to_owned())]);
    let read = select(
        "SELECT number FROM receipts WHERE source = $1",
        vec![Value::Text(id.to_owned())],
        &[ValueType::Integer],
    );
    let events = vec![event("sale.made", &format!("customer {}", id.len() % 3)), event("sale.made", id)];
    Batch { events, idempotency: Some(key(id, b"f")), ..batch(vec![raise, add, read]) }
}

/// What every process does: sell, lease, deliver, acknowledge.
async fn till(database: Arc<dyn Database>, name: String, stop: Arc<AtomicBool>, say: impl Fn(String) + Send + Sync) {
    for round in 0.. {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let id = format!("{name}-{round}");
        let done = database.execute(sell(&id)).await.unwrap();
        let Value::Integer(number) = done.outcomes[2].rows[0][0] else { panic!("no number") };
        say(format!("sold {number} {id}"));
        deliver(database.as_ref(), &say).await;
    }
}

async fn deliver(database: &dyn Database, say: &(impl Fn(String) + Send + Sync)) {
    let leased = database.lease("invoices", 4, LONG).await.unwrap();
    for delivery in &leased {
        say(format!("got {} {}", delivery.id, delivery.key));
    }
    let ids = leased.iter().map(|delivery| delivery.id).collect();
    database.acknowledge("invoices", ids).await.unwrap();
}

/// The process that is killed.
async fn doomed(setup_url: String) {
    let engine = PostgresEngine::new(&PostgresSettings { setup_url, readers_max: 2, ca_file: None }).unwrap();
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    let tills = (0..4).map(|number| {
        let name = format!("{}-{number}", std::process::id());
        till(Arc::clone(&database), name, Arc::default(), |line| println!("\n{line}"))
    });
    futures_util::future::join_all(tills).await;
}

/// What processes said.
#[derive(Default)]
struct Notes {
    sold: BTreeMap<i64, String>,
    got: BTreeMap<String, Vec<u64>>,
}

fn note(notes: &Mutex<Notes>, line: &str) {
    let mut words = line.splitn(3, ' ');
    let (Some(what), Some(number), Some(name)) = (words.next(), words.next(), words.next()) else { return };
    let mut notes = notes.lock();
    match (what, number.parse::<u64>()) {
        ("sold", Ok(number)) => {
            let before = notes.sold.insert(number as i64, name.to_owned());
            assert!(before.is_none(), "number {number} was given to {before:?} and to {name}");
        }
        ("got", Ok(id)) => notes.got.entry(name.to_owned()).or_default().push(id),
        _ => {}
    }
}

fn start(url: &str, notes: &Arc<Mutex<Notes>>) -> (Child, std::thread::JoinHandle<()>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "killed::numbers_sums_and_events_are_right_while_a_process_is_killed_again_and_again",
            "--nocapture",
        ])
        .env(URL, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = std::io::BufReader::new(child.stdout.take().unwrap());
    let notes = Arc::clone(notes);
    let reader = std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| note(&notes, &line)));
    (child, reader)
}

fn said_by(notes: &Mutex<Notes>, process: u32) -> usize {
    notes.lock().sold.values().filter(|id| id.starts_with(&format!("{process}-"))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn numbers_sums_and_events_are_right_while_a_process_is_killed_again_and_again() {
    if let Ok(url) = std::env::var(URL) {
        return doomed(url).await;
    }
    let home = Home::make().await;
    let engine = home.engine();
    let database = engine.open("shop", Some(needs()), Limits::default()).await.unwrap();
    database.subscribe("invoices", vec!["sale.made".into()]).await.unwrap();
    let (notes, stop) = (Arc::new(Mutex::new(Notes::default())), Arc::new(AtomicBool::new(false)));
    let own = {
        let notes = Arc::clone(&notes);
        tokio::spawn(till(Arc::clone(&database), "own".into(), Arc::clone(&stop), move |line| note(&notes, &line)))
    };
    for _ in 0..4 {
        let (mut child, reader) = start(&home.url, &notes);
        let started = Instant::now();
        while said_by(&notes, child.id()) < 25 {
            assert!(started.elapsed() < Duration::from_secs(60), "the other process sells nothing");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
    }
    let died = Instant::now();
    stop.store(true, Ordering::SeqCst);
    own.await.unwrap();
    // What the killed ones had leased for ten minutes is taken over by the one that lives.
    while database.backlog().rows > 0 {
        deliver(database.as_ref(), &|line| note(&notes, &line)).await;
        assert!(died.elapsed() < Duration::from_secs(60), "{} events are left over", database.backlog().rows);
    }
    let notes = std::mem::take(&mut *notes.lock());
    check(database.as_ref(), &notes).await;
}

async fn check(database: &dyn Database, notes: &Notes) {
    let asked =
        select("SELECT number, source FROM receipts ORDER BY number", vec![], &[ValueType::Integer, ValueType::Text]);
    let rows = database.query(asked).await.unwrap().rows;
    let stored: BTreeMap<i64, String> = rows
        .into_iter()
        .map(|row| match row.as_slice() {
            [Value::Integer(number), Value::Text(source)] => (*number, source.clone()),
            _ => panic!("{row:?}"),
        })
        .collect();
    let count = i64::try_from(stored.len()).unwrap();
    assert_eq!((stored.keys().next(), stored.keys().last()), (Some(&1), Some(&count)), "a gap in the numbers");
    for (number, id) in &notes.sold {
        assert_eq!(stored.get(number), Some(id), "an acknowledged sale is lost");
    }
    let asked = select("SELECT turnover FROM totals WHERE id = 1", vec![], &[ValueType::Integer]);
    assert_eq!(database.query(asked).await.unwrap().rows[0][0], Value::Integer(count * 100));
    // An event may come twice, since whoever got it may have died before it could say so. None is missing.
    for id in stored.values() {
        assert!(notes.got.contains_key(id), "the event of {id} never came");
    }
    let customers: usize = (0..3)
        .map(|customer| {
            notes.got.get(&format!("customer {customer}")).map_or(0, |ids| ids.iter().collect::<BTreeSet<_>>().len())
        })
        .sum();
    assert_eq!(customers, stored.len(), "an event of a busy key is missing");
}

#[tokio::test]
async fn another_process_is_no_error_at_all() {
    let home = Home::make().await;
    let (one, two) = (home.engine(), home.engine());
    let first = one.open("shop", Some(needs()), Limits::default()).await.unwrap();
    let second = two.open("shop", Some(needs()), Limits::default()).await.unwrap();
    first.execute(batch(vec![total(1)])).await.unwrap();
    second.execute(batch(vec![total(1)])).await.unwrap();
    first.close().await;
    second.execute(batch(vec![total(1)])).await.unwrap();
    assert!(matches!(first.execute(batch(vec![total(1)])).await, Err(SqlError::Unavailable(_))));
}
