//! The file that documents and entries live in.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use super::{
    check_integrity, recorded,
    recorder::{self, Event},
    turn_off_everywhere,
};
use crate::{
    connection::Storage,
    store::{Kind, Store, StoreLimits},
};

const WORDS: Kind = Kind {
    name: "words",
    tables: "CREATE TABLE IF NOT EXISTS words (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT",
    tidy: None,
};

fn open(folder: &Path, storage: Storage) -> Store {
    let limits = StoreLimits { size_max_bytes: 1 << 30, value_size_max_bytes: 1 << 20, queue_max: 100 };
    Store::open(&folder.join("shop.sqlite"), "the words".into(), &limits, storage, WORDS).unwrap()
}

async fn add(store: &Store, id: i64) {
    let add = "INSERT INTO words (id, word) VALUES (?1, ?2)";
    store.write(move |connection| connection.execute(add, (id, format!("{id} ").repeat(2_000)))).await.unwrap();
}

async fn found(folder: &Path) -> BTreeSet<i64> {
    let store = open(folder, Storage::TEMPORARY);
    let whole = "SELECT id FROM words WHERE word LIKE id || ' ' || id || ' %'";
    let read = |connection: &rusqlite::Connection| {
        let ids = connection.prepare(whole)?.query_map([], |row| row.get(0))?.collect::<Result<BTreeSet<i64>, _>>()?;
        Ok((ids, connection.query_row("SELECT count(*) FROM words", [], |row| row.get::<_, i64>(0))?))
    };
    let (ids, count) = store.read(read).unwrap();
    assert_eq!(i64::try_from(ids.len()).unwrap(), count, "a word is there in part");
    add(&store, i64::MAX).await;
    store.close().await;
    check_integrity(&folder.join("shop.sqlite"));
    ids
}

async fn record(words: i64, synchronous: &'static str) -> Vec<Event> {
    let folder = tempfile::tempdir().unwrap();
    recorder::begin(folder.path());
    let store = Arc::new(open(folder.path(), recorded(synchronous)));
    for first in (1..=words).step_by(3) {
        let mut group = tokio::task::JoinSet::new();
        for id in first..(first + 3).min(words + 1) {
            let (store, folder) = (Arc::clone(&store), folder.path().to_owned());
            group.spawn(async move {
                add(&store, id).await;
                recorder::note(&folder, Event::Acknowledged(id));
            });
        }
        group.join_all().await;
    }
    store.close().await;
    recorder::end(folder.path())
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_power_at_every_sync() {
    let outcome = turn_off_everywhere(&record(90, "FULL").await, found).await;
    println!("{outcome:?}");
    assert_eq!((outcome.acknowledged, outcome.lost), (90, 0));
    assert!(outcome.points > 30 && outcome.checkpoints > 1, "too little happened to show anything: {outcome:?}");
}

#[tokio::test]
async fn without_a_sync_at_each_commit_some_of_it_is_lost() {
    let outcome = turn_off_everywhere(&record(90, "NORMAL").await, found).await;
    println!("{outcome:?}");
    assert_eq!(outcome.acknowledged, 90);
    assert!(outcome.lost > 0, "the test does not see what it is for: {outcome:?}");
}
