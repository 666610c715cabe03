//! Calls between functions take the way of requests, and standard components read bodies while they come.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use kontor_host::{Answer, Caller, Identity, InternalCall, Response, Router};
use kontor_telemetry::{Trace, TraceId};
use serde_json::Value;

use super::fake::Running;

fn call(line: &str, scopes: &[&str]) -> InternalCall {
    let (method, target) = line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let identity =
        Identity { name: "hello.internal".into(), scopes: scopes.iter().map(|&scope| scope.into()).collect() };
    let header = |name: &str| (name.to_owned(), "forged".to_owned());
    InternalCall {
        function: "sales".to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: ["x-kontor-caller", "authorization", "cookie", "x-forwarded-for", "idempotency-key"]
            .map(header)
            .to_vec(),
        body: Bytes::from_static(b"body"),
        caller: Caller::Service(Arc::new(identity)),
        trace: Trace::begin(TraceId([7; 16])),
        depth: 1,
        deadline: tokio::time::Instant::now() + Duration::from_secs(60),
    }
}

async fn ask(running: &Running, call: InternalCall) -> (Response, Value) {
    let Answer::Whole(answer) = running.edge.clone().route(call).await else { panic!("whole") };
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer, body)
}

#[tokio::test]
async fn a_call_is_routed_and_judged_like_a_request() {
    let running = Running::start(|_| {}).await;
    for (line, scopes, status, code) in [
        ("GET /api/items/a%20b", &[][..], 200, ""),
        ("GET /api/echo?a=1", &[], 200, ""),
        ("GET /api/echo?b=1", &[], 422, "invalid-parameters"),
        ("DELETE /api/echo", &[], 405, "method-not-allowed"),
        ("GET /nowhere", &[], 404, "unknown-path"),
        ("GET /api/items/%zz", &[], 400, "bad-path"),
        ("DELETE /api/reset", &[], 403, "forbidden"),
        ("DELETE /api/reset", &["sales:reset"], 200, ""),
        ("GET /api/fail/trap", &[], 500, "function-failed"),
        ("GET /api/fail/overloaded", &[], 503, "overloaded"),
        ("GET /api/fail/deadline", &[], 504, "deadline"),
        ("GET /api/fail/used-up", &[], 429, "budget-used-up"),
    ] {
        let (answer, body) = ask(&running, call(line, scopes)).await;
        assert_eq!((answer.status, body["code"].as_str().unwrap_or_default()), (status, code), "{line}");
        if status >= 400 {
            assert_eq!(body["request_id"], "07070707070707070707070707070707", "{line}");
        }
    }
    let nobody = InternalCall { function: "nobody".to_owned(), ..call("GET /", &[]) };
    let (answer, body) = ask(&running, nobody).await;
    assert_eq!((answer.status, &body["code"]), (503, &"not-live".into()));
    let large = InternalCall { body: vec![0; (128 << 10) + 1].into(), ..call("POST /api/echo", &[]) };
    assert_eq!(ask(&running, large).await.0.status, 413);
}

#[tokio::test]
async fn the_callee_sees_its_caller_and_no_forged_headers() {
    let running = Running::start(|_| {}).await;
    let (_, seen) = ask(&running, call("POST /api/echo", &["a"])).await;
    assert_eq!((&seen["caller"], &seen["body"]), (&"hello.internal".into(), &"body".into()));
    assert_eq!(
        seen["headers"],
        serde_json::json!([["idempotency-key", "forged"]]),
        "that one is the caller's own to choose"
    );
    assert_eq!(seen["trace"], "07070707070707070707070707070707");
}

#[tokio::test]
async fn a_standard_component_reads_the_body_while_it_comes() {
    let running = Running::start(|_| {}).await;
    let mut client = running.connect().await;
    client
        .send(
            "POST /standard/echo HTTP/1.1\r\nhost: localhost:8000\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n",
        )
        .await;
    running.wait_for_calls(1).await;
    client.send("6\r\nsecond\r\n0\r\n\r\n").await;
    let answer = client.reply(true).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "firstsecond"), "it began before the body was there");
    let answer = client.ask("GET /standard HTTP/1.1\r\nhost: standard.localhost:8000\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""), "and without a body, on its own host");
}

#[tokio::test]
async fn a_body_that_streams_has_the_limit_of_every_other() {
    let running = Running::start(|_| {}).await;
    let head = "POST /standard/echo HTTP/1.1\r\nhost: localhost:8000\r\n";
    let mut announced = running.connect().await;
    announced.send(&format!("{head}content-length: {}\r\n\r\n", (128 << 10) + 1)).await;
    assert_eq!(announced.reply(true).await.json()["code"], "body-too-large");
    let mut chunked = running.connect().await;
    chunked.send(&format!("{head}transfer-encoding: chunked\r\n\r\n")).await;
    for _ in 0..3 {
        chunked.try_send(format!("10000\r\n{}\r\n", "x".repeat(64 << 10)).as_bytes()).await;
    }
    let answer = chunked.reply(true).await;
    assert_eq!((answer.status, &answer.json()["code"]), (413, &"body-too-large".into()));
}
