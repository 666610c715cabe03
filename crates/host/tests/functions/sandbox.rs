//! What a function sees, and what it does not.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use kontor_host::{Answer, Call, Caller, Identity};

use crate::setup::{House, call, house, manifest};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_request_arrives_whole() {
    let (house, version) = house().await;
    let identity = Identity { name: "shop".to_owned(), scopes: vec!["sales:reset".to_owned(), "x".to_owned()] };
    let call = Call {
        operation: "getNote".into(),
        method: "POST".to_owned(),
        path_parameters: vec![("id".to_owned(), "7 ü".to_owned())],
        headers: vec![("accept".to_owned(), "a".to_owned()), ("accept".to_owned(), "b".to_owned())],
        body: Bytes::from_static("körper".as_bytes()),
        caller: Caller::Service(Arc::new(identity)),
        ..call("/echo?a=%20b")
    };
    let Answer::Whole(response) = house.host.handle(&version, call).await.unwrap() else { panic!("whole") };
    assert_eq!(
        String::from_utf8(response.body.into()).unwrap(),
        r#"getNote POST Some("a=%20b") [("id", "7 ü")] [("accept", "a"), ("accept", "b")] körper service shop ["sales:reset", "x"] 07070707070707070707070707070707 true"#
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_environment_and_no_file() {
    let (house, version) = house().await;
    let reached = house.text(&version, "/world").await;
    assert_eq!(reached, "(0, 0, false, false)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn configuration_is_what_the_manifest_names_and_the_operator_set() {
    let set = [("seller", "Anna"), ("secret", "s")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let house = House::configured(BTreeMap::from([("sales".to_owned(), BTreeMap::from(set))]));
    let version = house.put(&manifest("sales", "1")).await;
    for (key, value) in [("currency", "Some(\"EUR\")"), ("seller", "Some(\"Anna\")"), ("secret", "None"), ("", "None")]
    {
        assert_eq!(house.text(&version, &format!("/config?{key}")).await, value, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_the_connection_is_not_the_functions_to_set() {
    let (house, version) = house().await;
    let response = house.whole(&version, "/headers?3").await.unwrap();
    assert_eq!(response.headers, [("x-many".to_owned(), "vvv".to_owned())]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_shows_the_function_its_calls_and_the_engine() {
    let (house, version) = house().await;
    let call = call("/insert?hello");
    let trace = call.trace.clone();
    house.host.handle(&version, call).await.unwrap();
    house.traces.finish(trace, version.name(), &"GET /insert".into(), 200);
    let spans = house.traces.list().remove(0).spans;
    let spans: Vec<(u8, &str)> = spans.iter().map(|span| (span.depth, &*span.name)).collect();
    for expected in [(1, "sales handle"), (2, "sql.execute"), (3, "queue"), (3, "commit")] {
        assert!(spans.contains(&expected), "{expected:?} in {spans:?}");
    }
}
