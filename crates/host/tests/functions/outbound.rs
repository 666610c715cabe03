//! Requests to other servers: only where the manifest and the operator say, and within limits.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use bytes::Bytes;
use kontor_host::{Answer, Call, CallError, Grants, Limits, Origin, Outbound, Version};
use serde_json::{Value as Json, json};

use crate::{
    server::{Server, certificate},
    setup::{House, call, guest, manifest, until},
};

/// A manifest that asks for these hosts and nothing else.
fn asking(name: &str, hosts: &[&str]) -> Json {
    let mut manifest = manifest(name, "1");
    manifest.as_object_mut().unwrap().remove("sql");
    manifest["http"] = json!(hosts);
    manifest
}

/// A function that may reach this server.
async fn reaching(house: &House, name: &str, server: &Server) -> Arc<Version> {
    house.drop_in(&asking(name, &[&server.address.to_string()]), &[&server.grant()]).await
}

async fn fetch(house: &House, version: &Arc<Version>, url: &str) -> String {
    house.text(version, &format!("/fetch?{url}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_reaches_what_it_asked_for_and_was_granted() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let version = reaching(&house, "asks", &server).await;
    assert!(fetch(&house, &version, &server.url("/ok")).await.ends_with(" ok"));
    assert_eq!(server.requests(), 1);
    let figures = house.host.outbound_figures();
    assert_eq!((figures[0].0.as_str(), figures[0].1.requests.get(), figures[0].1.failures.get()), ("asks", 1, 0));
    assert_eq!(figures[0].1.received_bytes.get(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_grant_it_stays_dark_also_where_everything_else_is_granted() {
    let house = House::new(Limits::default());
    let component = guest(&asking("asks", &["api.example"]).to_string());
    for grants in [Grants::these(["sql", "http:other.example"]), Grants::AllButHosts(["sql".to_owned()].into())] {
        let refused =
            house.host.prepare(component.clone(), Origin::Dropped, None, &grants).await.map(drop).unwrap_err();
        assert!(refused.to_string().contains("`kontor functions grant asks http:api.example`"), "{refused}");
    }
    let granted = Grants::AllButHosts(["http:api.example".to_owned()].into());
    assert!(house.host.prepare(component, Origin::Dropped, None, &granted).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_else_is_denied() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let (own, other) = (server.address.to_string(), Server::start().await);
    let version = house.drop_in(&asking("asks", &[&own]), &[&server.grant(), &other.grant()]).await;
    for url in
        [other.url("/"), format!("http://localhost:{}/", server.address.port()), "http://api.example/".to_owned()]
    {
        let answer = fetch(&house, &version, &url).await;
        assert!(answer.contains("Denied") && answer.contains("its manifest has to name it"), "{url}: {answer}");
    }
    assert_eq!((server.requests(), other.requests()), (0, 0));
    let silent = house.drop_in(&asking("silent", &[]), &[&server.grant()]).await;
    assert!(fetch(&house, &silent, &server.url("/")).await.contains("Denied"), "granted, but not asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_does_not_lead_into_the_inside() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let name = format!("localhost:{}", server.address.port());
    let by_name = house.drop_in(&asking("by-name", &[&name]), &[&format!("http:{name}")]).await;
    let answer = fetch(&house, &by_name, &format!("http://{name}/ok")).await;
    assert!(answer.contains("Denied") && answer.contains("the operator grants http:"), "{answer}");
    assert_eq!(server.seen.connections.load(Relaxed), 0, "not even a connection");
    let both = house.drop_in(&asking("both", &[&name]), &[&format!("http:{name}"), &server.grant()]).await;
    assert!(fetch(&house, &both, &format!("http://{name}/ok")).await.ends_with(" ok"), "granted by address as well");
    let answer = fetch(&house, &by_name, &format!("http://{name}/ok")).await;
    assert!(answer.contains("Denied"), "the other function's connection is not its: {answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_forges_headers_and_the_trace_goes_on() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let version = reaching(&house, "asks", &server).await;
    let sent = [
        ("accept", "text/plain"),
        ("authorization", "Bearer key"),
        ("host", "inside"),
        ("connection", "x-y"),
        ("content-length", "1"),
        ("transfer-encoding", "chunked"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-kontor-caller", "admin"),
        ("traceparent", "00-forged"),
        ("forwarded", "for=1"),
    ];
    let call = Call {
        method: "POST".to_owned(),
        headers: sent.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: Bytes::from_static(b"the body"),
        ..call(&format!("/fetch?{}", server.url("/echo")))
    };
    let trace = call.trace.clone();
    let Answer::Whole(answer) = house.host.handle(&version, call).await.unwrap() else { panic!("whole") };
    let text = String::from_utf8(answer.body.into()).unwrap();
    for expected in [
        "POST ",
        "accept=\"text/plain\"",
        "authorization=\"Bearer key\"",
        "content-length=\"8\"",
        "the body",
        &format!("host=\"{}\"", server.address),
        "traceparent=\"00-07070707070707070707070707070707-",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    for forged in ["inside", "x-y", "10.0.0.1", "admin", "forged", "for=1", "chunked"] {
        assert!(!text.contains(forged), "{forged} in {text}");
    }
    house.traces.finish(trace, version.name(), &"GET /fetch".into(), 200);
    let spans = house.traces.list().remove(0).spans;
    assert!(spans.iter().any(|span| span.depth == 2 && &*span.name == "POST 127.0.0.1"), "{spans:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_an_answer_and_leads_nowhere() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let version = reaching(&house, "asks", &server).await;
    for target in ["http://169.254.169.254/latest", "http://127.0.0.1:1/", "http://sales.internal/"] {
        let answer = fetch(&house, &version, &server.url(&format!("/redirect?{target}"))).await;
        assert!(answer.starts_with("302 ") && answer.contains(target), "{answer}");
        assert!(fetch(&house, &version, target).await.contains("Denied"), "followed by hand it is checked again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_have_limits_both_ways() {
    let limits = Limits { outbound_request_max_bytes: 1000, outbound_response_max_bytes: 100_000, ..Limits::default() };
    let (house, server) = (House::new(limits), Server::start().await);
    let version = reaching(&house, "asks", &server).await;
    assert!(fetch(&house, &version, &server.url("/large?1")).await.starts_with("200 "));
    // The last one would never end.
    for path in ["/large?2", "/large?1000000000"] {
        let answer = fetch(&house, &version, &server.url(path)).await;
        assert!(answer.contains("TooLarge") && answer.contains("100000"), "{path}: {answer}");
    }
    for (bytes, expected) in [(1000, "200 "), (1001, "TooLarge")] {
        let call = Call {
            method: "POST".to_owned(),
            body: vec![b'x'; bytes].into(),
            ..call(&format!("/fetch?{}", server.url("/echo")))
        };
        let Answer::Whole(answer) = house.host.handle(&version, call).await.unwrap() else { panic!("whole") };
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(text.contains(expected), "{bytes}: {text}");
    }
    // More than twice the limit: what is past it may come with the same read.
    let answer = fetch(&house, &version, &server.url("/headers?400000")).await;
    assert!(answer.contains("Unreachable"), "{}", &answer[..answer.len().min(300)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_answer_is_waited_for_as_long_as_the_call_may_take() {
    let limits = Limits { deadline: Duration::from_millis(400), ..Limits::default() };
    let (house, server) = (House::new(limits), Server::start().await);
    let version = reaching(&house, "asks", &server).await;
    let url = format!("/fetch?{}", server.url("/never"));
    let patient = Call { headers: vec![("x-patience-ms".to_owned(), "20".to_owned())], ..call(&url) };
    let Answer::Whole(answer) = house.host.handle(&version, patient).await.unwrap() else { panic!("whole") };
    assert_eq!(answer.body, "Error::Timeout");
    // The request's time is the call's: which of both ends first is the clock's choice.
    match house.whole(&version, &url).await {
        Ok(answer) => assert_eq!(answer.body, "Error::Timeout"),
        Err(error) => assert!(matches!(error, CallError::Deadline(_)), "{error}"),
    }
    until("nothing is left of it", || async { version.pool().in_flight == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_used_again_and_each_function_has_its_own() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let version = reaching(&house, "one", &server).await;
    let often = format!("/fetch-often?20:{}", server.url("/ok"));
    assert_eq!(house.text(&version, &often).await, "Ok(200)");
    let own = server.seen.connections.load(Relaxed);
    // One comes back to the pool a moment after its answer was read: the next request may be quicker.
    assert!(server.requests() == 20 && own <= 5, "{own} connections");
    let other = reaching(&house, "other", &server).await;
    assert_eq!(house.text(&other, &often).await, "Ok(200)");
    assert!(server.seen.connections.load(Relaxed) > own);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn https_is_spoken_with_whom_is_trusted() {
    let server = Server::with_tls().await;
    let port = server.address.port();
    let (name, local) = (format!("localhost:{port}"), format!("http:127.0.0.1:{port}"));
    let ask = asking("asks", &[&name, &server.address.to_string()]);
    let grants = [&*format!("http:{name}"), &local];
    let strict = House::new(Limits::default());
    let version = strict.drop_in(&ask, &grants).await;
    let answer = fetch(&strict, &version, &format!("https://{name}/ok")).await;
    assert!(answer.contains("Unreachable") && answer.contains("certificate"), "{answer}");
    let trusting = House::reaching(Outbound { trusted_certificates: vec![certificate()], ..Outbound::default() });
    let version = trusting.drop_in(&ask, &grants).await;
    assert!(fetch(&trusting, &version, &format!("https://{name}/ok")).await.ends_with(" ok"));
    let other = fetch(&trusting, &version, &format!("https://{}/ok", server.address)).await;
    assert!(other.contains("Unreachable"), "the certificate is for another name: {other}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_or_breaks_off_is_told_apart() {
    let (house, server) = (House::new(Limits::default()), Server::start().await);
    let version = reaching(&house, "asks", &server).await;
    assert!(fetch(&house, &version, &server.url("/breaks?1")).await.contains("Unreachable"));
    let url = server.url("/ok");
    drop(server);
    until("nobody listens", || async { fetch(&house, &version, &url).await.contains("Unreachable") }).await;
    let unknown = house.drop_in(&asking("unknown", &["no-such-host.invalid"]), &["http:no-such-host.invalid"]).await;
    assert!(fetch(&house, &unknown, "http://no-such-host.invalid/").await.contains("leads nowhere"));
}
