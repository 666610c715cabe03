//! What is Redis' own: keys of entries that are over, memory that runs out, addresses that lead nowhere. What every engine does is
//! in the suite of all engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "the whole file is a test")]

use std::{sync::Arc, time::Duration};

use kontor_data::{
    KeyValueError, OpenError,
    keyvalue::{KeyValue, KeyValueEngine, KeyValueLimits, Setting},
};
use kontor_data_redis::{RedisKeyValue, RedisSettings};
use kontor_test_servers::{REDIS, Server};
use redis::aio::MultiplexedConnection;

async fn open(url: &str) -> Result<Arc<dyn KeyValue>, OpenError> {
    let engine = RedisKeyValue::new(&RedisSettings::new(url)).unwrap();
    engine.open("shop", vec!["sessions".into()], KeyValueLimits::default()).await
}

async fn raw(server: &Server) -> MultiplexedConnection {
    redis::Client::open(server.url()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

fn living(time: Duration) -> Setting {
    Setting { time_to_live: Some(time), only_if_absent: false }
}

/// Sessions that are over do not stay in the bucket's order until somebody happens to list them.
#[tokio::test]
async fn each_change_takes_some_keys_of_entries_that_are_over() {
    let server = Server::start(&REDIS).unwrap();
    let (shop, mut raw) = (open(server.url()).await.unwrap(), raw(&server).await);
    for number in 0..40 {
        shop.set("sessions", &format!("s{number:02}"), vec![7], living(Duration::from_millis(1))).await.unwrap();
    }
    let gone = async { while shop.get("sessions", "s39").await.unwrap().is_some() {} };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    for _ in 0..10 {
        shop.set("sessions", "stays", vec![7], living(Duration::from_secs(60))).await.unwrap();
    }
    for set in ["kontor:{shop:sessions}", "kontor:{shop:sessions}:ends"] {
        let keys: Vec<String> = redis::cmd("ZRANGE").arg(set).arg(0).arg(-1).query_async(&mut raw).await.unwrap();
        assert_eq!(keys, ["stays"], "{set}");
    }
}

/// Many more than are looked at in one call, in front of the one that is there.
#[tokio::test]
async fn a_list_finds_its_way_past_thousands_that_are_over() {
    let server = Server::start(&REDIS).unwrap();
    let (shop, mut raw) = (open(server.url()).await.unwrap(), raw(&server).await);
    shop.set("sessions", "z", vec![7], Setting::default()).await.unwrap();
    let mut dead = redis::cmd("ZADD");
    dead.arg("kontor:{shop:sessions}");
    for number in 0..5_000 {
        dead.arg(0).arg(format!("a{number:04}"));
    }
    dead.query_async::<()>(&mut raw).await.unwrap();
    let listed = shop.list("sessions", "", None, 3).await.unwrap();
    assert_eq!((listed.entries.len(), listed.next), (1, None));
    let left: usize = redis::cmd("ZCARD").arg("kontor:{shop:sessions}").query_async(&mut raw).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn without_memory_nothing_is_set_and_all_can_be_read_and_deleted() {
    let server = Server::start(&REDIS).unwrap();
    let (shop, mut raw) = (open(server.url()).await.unwrap(), raw(&server).await);
    shop.set("sessions", "a", vec![7], Setting::default()).await.unwrap();
    let memory = |bytes: &str| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(bytes);
        set
    };
    memory("1").query_async::<()>(&mut raw).await.unwrap();
    let full = shop.set("sessions", "b", vec![7], Setting::default()).await;
    assert!(matches!(&full, Err(KeyValueError::Unavailable(text)) if text.contains("maxmemory")), "{full:?}");
    let full = shop.increment("sessions", "c", 1, None).await;
    assert!(matches!(full, Err(KeyValueError::Unavailable(_))), "{full:?}");
    assert_eq!(shop.get("sessions", "a").await.unwrap(), Some(vec![7]));
    assert!(shop.delete("sessions", "a").await.unwrap());
    memory("0").query_async::<()>(&mut raw).await.unwrap();
    shop.set("sessions", "b", vec![7], Setting::default()).await.unwrap();
    assert_eq!(shop.list("sessions", "", None, 9).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_an_address_is_told_without_its_password() {
    let server = Server::start(&REDIS).unwrap();
    let host = server.url().rsplit_once('@').unwrap().1;
    for (url, word) in
        [("redis://:secret@127.0.0.1:1/0".to_owned(), "127.0.0.1:1"), (format!("redis://:secret@{host}"), "assword")]
    {
        let Err(OpenError::Unreachable(reason)) = open(&url).await else { panic!("{url} is taken") };
        assert!(reason.contains(word) && !reason.contains("secret"), "{reason}");
    }
    let wrong = RedisSettings { prefix: "a{b}".into(), ..RedisSettings::new(server.url()) };
    assert!(matches!(RedisKeyValue::new(&wrong), Err(OpenError::Invalid(_))));
}
