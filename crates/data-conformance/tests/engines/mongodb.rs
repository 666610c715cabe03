//! MongoDB: the stand-in that the tests start, or the server or cluster that `KONTOR_TEST_MONGODB_URL` names.

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use kontor_data::documents::{DocumentEngine, DocumentLimits, Documents};
use kontor_data_conformance::{
    Stand, documents as cases,
    outage::{Mortal, Remote},
    proxy::Proxy,
};
use kontor_data_mongodb::{MongoDocuments, MongoSettings};
use kontor_test_servers::{MONGODB, Server};

static SERVER: OnceLock<Server> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

fn server() -> &'static Server {
    SERVER.get_or_init(|| Server::find(&MONGODB).unwrap_or_else(|error| panic!("{error}")))
}

/// A database of its own on the server that all cases share.
fn database(url: &str) -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("kontor_test_{}_{number}", std::process::id());
    let (address, options) =
        url.split_once('?').map_or((url, String::new()), |(address, options)| (address, format!("?{options}")));
    let (scheme, rest) = address.split_once("://").unwrap();
    let hosts = rest.split('/').next().unwrap();
    format!("{scheme}://{hosts}/{name}{options}")
}

fn documents() -> Stand<dyn DocumentEngine> {
    let settings = MongoSettings::new(database(server().url()));
    Stand::new(move || std::future::ready(Arc::new(MongoDocuments::new(&settings).unwrap()) as Arc<dyn DocumentEngine>))
}

async fn open(url: String) -> Arc<dyn Documents> {
    let engine = MongoDocuments::new(&MongoSettings::new(url)).unwrap();
    engine.open("shop", cases::network::collections(), DocumentLimits::default()).await.unwrap()
}

/// Through a proxy to the first of the servers that the address names, and to no other.
async fn remote() -> Remote<dyn Documents> {
    let url = database(server().url());
    let (scheme, rest) = url.split_once("://").unwrap();
    let (hosts, rest) = rest.split_once('/').unwrap();
    let (user, hosts) =
        hosts.rsplit_once('@').map_or((String::new(), hosts), |(user, hosts)| (format!("{user}@"), hosts));
    let first = hosts.split(',').next().unwrap();
    let host: SocketAddr = tokio::net::lookup_host(first).await.unwrap().next().unwrap();
    let proxy = Proxy::start(host).await;
    let joint = if rest.contains('?') { '&' } else { '?' };
    let url = format!("{scheme}://{user}{}/{rest}{joint}directConnection=true", proxy.address());
    Remote { port: open(url).await, proxy }
}

mod documents_on_mongodb {
    use super::documents;

    kontor_data_conformance::documents!(documents());
}

mod documents_over_a_network {
    use super::remote;

    kontor_data_conformance::documents_over_a_network!(remote().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_outlives_a_kill() {
    let Some(server) = super::own(&MONGODB) else { return };
    let port = open(database(server.url())).await;
    let again = Arc::clone(&server);
    let mortal = Mortal {
        port,
        kill: Box::new(move || server.kill()),
        start_again: Box::new(move || again.start_again().unwrap()),
    };
    cases::network::what_was_acknowledged_outlives_a_kill(&mortal).await;
}

/// `cargo xtask test` shows what is noted in this file.
fn note(name: &str) {
    if let Some(file) = std::env::var_os("KONTOR_SERVERS_FILE") {
        let mut file = std::fs::File::options().append(true).open(file).unwrap();
        writeln!(file, "mongodb: {name}").unwrap();
    }
}

/// Which server the cases ran on, for the summary; and nothing that a look finds is wrong with what an opening made.
#[tokio::test]
async fn a_look_finds_what_an_opening_made() {
    let settings = MongoSettings::new(database(server().url()));
    let engine = MongoDocuments::new(&settings).unwrap();
    engine.open("shop", cases::network::collections(), DocumentLimits::default()).await.unwrap();
    note(&engine.name());
    let findings = engine.check().await.unwrap();
    for name in ["indexes of shop.invoices", "indexes of shop.profiles"] {
        let found = findings.iter().find(|finding| finding.subject == name);
        assert!(found.is_some_and(|it| it.condition == kontor_data::Condition::Good), "{name}: {findings:?}");
    }
    // Users and arrangement are the operator's; collections are Kontor's.
    let wrong = findings.iter().filter(|it| it.is_wrong() && it.subject.contains(" of "));
    assert_eq!(wrong.count(), 0, "{findings:?}");
}
