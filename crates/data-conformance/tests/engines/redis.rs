//! Redis or Valkey, on a server that the tests start, or on the one that `KONTOR_TEST_REDIS_URL` names; and a cluster.

use std::{
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kontor_data::keyvalue::{KeyValue, KeyValueEngine, KeyValueLimits};
use kontor_data_conformance::{
    Stand, keyvalue as cases,
    outage::{Mortal, Remote},
    proxy::Proxy,
};
use kontor_data_redis::{RedisKeyValue, RedisSettings};
use kontor_test_servers::{REDIS, REDIS_CLUSTER, Recipe, Server};

static SERVER: OnceLock<Server> = OnceLock::new();
static CLUSTER: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

fn server(place: &'static OnceLock<Server>, recipe: &'static Recipe) -> &'static Server {
    place.get_or_init(|| Server::find(recipe).unwrap_or_else(|error| panic!("{error}")))
}

/// Keys of its own on the server that all cases share.
fn settings(url: &str) -> RedisSettings {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    RedisSettings { url: url.to_owned(), prefix: format!("kontor-test-{}-{number}", std::process::id()) }
}

fn stand(server: &'static Server) -> Stand<dyn KeyValueEngine> {
    let settings = settings(server.url());
    Stand::new(move || std::future::ready(Arc::new(RedisKeyValue::new(&settings).unwrap()) as Arc<dyn KeyValueEngine>))
}

async fn open(settings: &RedisSettings) -> Arc<dyn KeyValue> {
    let engine = RedisKeyValue::new(settings).unwrap();
    engine.open("shop", vec!["sessions".into(), "counters".into()], KeyValueLimits::default()).await.unwrap()
}

async fn remote() -> Remote<dyn KeyValue> {
    let url = server(&SERVER, &REDIS).url();
    let (before, host) = url.rsplit_once('@').unwrap();
    let (host, database) = host.split_once('/').unwrap_or((host, "0"));
    let host: SocketAddr = tokio::net::lookup_host(host).await.unwrap().next().unwrap();
    let proxy = Proxy::start(host).await;
    let settings = settings(&format!("{before}@{}/{database}", proxy.address()));
    Remote { port: open(&settings).await, proxy }
}

mod keyvalue {
    use super::{REDIS, SERVER, server, stand};

    kontor_data_conformance::keyvalue!(stand(server(&SERVER, &REDIS)));
}

mod keyvalue_on_a_cluster {
    use super::{CLUSTER, REDIS_CLUSTER, server, stand};

    kontor_data_conformance::keyvalue!(stand(server(&CLUSTER, &REDIS_CLUSTER)));
}

mod keyvalue_over_a_network {
    use super::remote;

    kontor_data_conformance::keyvalue_over_a_network!(remote().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_outlives_a_kill() {
    let Some(server) = super::own(&REDIS) else { return };
    let port = open(&settings(server.url())).await;
    let again = Arc::clone(&server);
    let mortal = Mortal {
        port,
        kill: Box::new(move || server.kill()),
        start_again: Box::new(move || again.start_again().unwrap()),
    };
    cases::network::what_was_acknowledged_outlives_a_kill(&mortal).await;
}

#[tokio::test]
async fn what_an_operator_should_mend_is_named() {
    let Some(server) = super::own(&REDIS) else { return };
    let engine = RedisKeyValue::new(&settings(server.url())).unwrap();
    let good = engine.check().await.unwrap();
    assert!(good.iter().all(|finding| !finding.is_wrong()), "{good:?}");
    let address = server.url().rsplit_once('@').unwrap().1.split('/').next().unwrap();
    let password = server.url().split(['/', '@']).nth(2).unwrap().trim_start_matches(':');
    let mut line = std::net::TcpStream::connect(address).unwrap();
    let orders =
        format!("AUTH {password}\r\nCONFIG SET maxmemory-policy allkeys-lru\r\nCONFIG SET appendonly no\r\nPING\r\n");
    std::io::Write::write_all(&mut line, orders.as_bytes()).unwrap();
    std::io::Read::read_exact(&mut line, &mut [0; 22]).unwrap();
    let bad: Vec<_> = engine.check().await.unwrap().into_iter().filter(kontor_data::Finding::is_wrong).collect();
    let subjects: Vec<_> = bad.iter().map(|finding| finding.subject.as_str()).collect();
    assert_eq!(subjects, ["maxmemory-policy", "persistence"], "{bad:?}");
}
