//! The server goes away in the middle of something, and comes back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use kontor_data::{Batch, Sql, SqlError, Value};

use crate::{
    outage::at_once,
    proxy::{Direction, Line, Proxy},
    random::Random,
    shop::{batch, key, read_total, sale, total},
};

/// Whoever asks is told within this, whatever the network does.
const DEADLINE: Duration = Duration::from_secs(30);
/// Once the network is back, work goes on within this.
const BACK: Duration = Duration::from_secs(10);

/// The shop's database on a server, reached through a proxy alone.
pub struct Remote {
    /// With the tables of [`crate::shop::needs`].
    pub sql: Arc<dyn Sql>,
    /// The way to the server.
    pub proxy: Proxy,
    /// What stands in the request that commits, for a line that breaks right behind it. Where the answers are all alike,
    /// cutting anywhere meets that often enough.
    pub commit: Option<&'static [u8]>,
}

fn buy(id: i64) -> Batch {
    Batch { idempotency: Some(key(&format!("k{id}"), b"f")), ..batch(vec![sale(id, 100), total(100)]) }
}

/// Done again over a mended line, with the same key, until it is done; whether it had been done before.
async fn until_done(remote: &Remote, id: i64) -> bool {
    let done = async {
        loop {
            // Others may have cut it meanwhile.
            remote.proxy.set(Line::Open);
            match remote.sql.execute(buy(id)).await {
                Ok(done) => return done.replayed,
                Err(SqlError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    tokio::time::timeout(BACK, done).await.expect("it does not come back")
}

async fn sold(sql: &dyn Sql) -> (Value, Value) {
    let mut row = sql.query(read_total()).await.unwrap().rows.remove(0);
    (row.remove(0), row.remove(0))
}

pub async fn a_server_that_is_away_is_unavailable_and_back_without_a_restart(remote: &Remote) {
    let sql = remote.sql.as_ref();
    assert!(!until_done(remote, 0).await);
    for (id, line) in [(1, Line::Cut), (2, Line::Stalled), (3, Line::Cut)] {
        remote.proxy.set(line);
        let written = tokio::time::timeout(DEADLINE, sql.execute(buy(id))).await.expect("nobody is told");
        assert!(matches!(written, Err(SqlError::Unavailable(_))), "{line:?}: {written:?}");
        let read = tokio::time::timeout(DEADLINE, sql.query(read_total())).await.expect("nobody is told");
        assert!(matches!(read, Err(SqlError::Unavailable(_))), "{line:?}: {read:?}");
        until_done(remote, id).await;
        assert_eq!(sold(sql).await, (Value::Integer(id + 1), Value::Integer((id + 1) * 100)));
    }
}

/// Eight clients, while the line is cut again and again: before a request, in the middle of one, after the commit and before
/// its answer. Each repeats with its key until it is told; then everything was done once.
pub async fn nothing_is_half_done_or_done_twice_when_the_line_is_cut_anywhere(remote: &Remote) {
    const CLIENTS: i64 = 8;
    const EACH: i64 = 40;
    let mut random = Random::seeded();
    let (cut, replayed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let client = |number: i64, mut random: Random| {
        let (cut, replayed) = (&cut, &replayed);
        async move {
            for id in number * EACH..(number + 1) * EACH {
                if let Some(commit) = remote.commit.filter(|_| random.below(40) == 0) {
                    remote.proxy.cut_the_answer_to(commit);
                } else if random.below(4) == 0 {
                    let direction = *random.one_of(&[Direction::Requests, Direction::Answers]);
                    remote.proxy.cut_after(direction, usize::try_from(random.below(3_000)).unwrap());
                }
                match tokio::time::timeout(DEADLINE, remote.sql.execute(buy(id))).await.expect("nobody is told") {
                    Ok(_) => {}
                    Err(SqlError::Unavailable(_)) => {
                        cut.fetch_add(1, Ordering::Relaxed);
                        let again = until_done(remote, id).await;
                        replayed.fetch_add(usize::from(again), Ordering::Relaxed);
                    }
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    };
    let clients: Vec<_> = (0..CLIENTS).map(|number| client(number, random.branch())).collect();
    at_once(clients).await;
    let all = CLIENTS * EACH;
    until_done(remote, all).await;
    assert_eq!(sold(remote.sql.as_ref()).await, (Value::Integer(all + 1), Value::Integer((all + 1) * 100)));
    let (cut, replayed) = (cut.into_inner(), replayed.into_inner());
    println!("{cut} batches were cut, {replayed} of them after their commit");
    assert!(cut > 10 && replayed > 0, "too little was cut to show anything: {cut}, {replayed}");
}
