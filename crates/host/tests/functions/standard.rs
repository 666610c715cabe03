//! Components of the standard world `wasi:http/proxy`, as they are.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use kontor_host::{Answer, BodyFault, Call, CallError, Caller, Grants, Identity, Limits, Origin, Streaming, Version};
use tokio::sync::mpsc;

use crate::{
    server::Server,
    setup::{House, body, call, standard, until},
};

async fn house_with(limits: Limits) -> (House, Arc<Version>) {
    let house = House::new(limits);
    let version = house.put_standard("hello", &[]).await;
    (house, version)
}

async fn house() -> (House, Arc<Version>) {
    house_with(Limits::default()).await
}

async fn streaming(house: &House, version: &Arc<Version>, call: Call) -> Streaming {
    match house.host.handle(version, call).await.unwrap() {
        Answer::Streaming(streaming) => streaming,
        Answer::Whole(whole) => panic!("{whole:?} is whole"),
    }
}

/// A request whose body comes as somebody sends it.
fn sending(path: &str) -> (Call, mpsc::Sender<Result<Bytes, BodyFault>>) {
    let (sender, receiver) = mpsc::channel(1);
    let body = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    (Call { method: "POST".to_owned(), stream: Some(Box::pin(body)), ..call(path) }, sender)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_called_like_its_file_and_asks_for_nothing() {
    let (house, version) = house().await;
    assert_eq!((&**version.name(), version.origin()), ("hello", Origin::Dropped));
    assert!(version.manifest().openapi["paths"]["/hello"]["get"].is_object());
    assert!(house.host.databases().is_empty(), "it gets no data");
    assert_eq!(house.said(&version, "/hello").await, "hello from /hello");
    assert_eq!(house.said(&version, "/hello/a/b").await, "hello from /hello/a/b");
    let nobody =
        house.host.prepare(standard(), Origin::Dropped, None, &Grants::Everything).await.map(drop).unwrap_err();
    assert!(nobody.to_string().contains("NAME.wasm"), "{nobody}");
    // What comes without a place of its own is called as it was where it came from.
    let checked = house.host.check(standard(), Origin::Dropped, None, Some("elsewhere")).await.unwrap();
    assert_eq!(checked.manifest().name, "elsewhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_sees_the_request_and_who_asks_from_the_host() {
    let (house, version) = house().await;
    let identity = Identity { name: "shop".to_owned(), scopes: vec!["a".to_owned(), "b".to_owned()] };
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let call = Call {
        method: "PUT".to_owned(),
        headers: vec![header("host", "hello.localhost:8000"), header("accept", "a"), header("accept", "b")],
        caller: Caller::Service(Arc::new(identity)),
        ..call("/hello/request?x=%20y")
    };
    let text = body(house.host.handle(&version, call).await.unwrap()).await;
    for line in ["PUT /hello/request?x=%20y", "accept: a", "accept: b", "x-kontor-caller: shop", "x-kontor-scopes: a b"]
    {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(text.contains("traceparent: 00-07070707070707070707070707070707-"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_stream_both_ways_at_once() {
    let (house, version) = house().await;
    let (call, sender) = sending("/hello/echo");
    sender.send(Ok("first".into())).await.unwrap();
    let mut answer = streaming(&house, &version, call).await;
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "first", "it is there while the request goes on");
    sender.send(Ok("second".into())).await.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "second");
    drop(sender);
    assert!(answer.body.next().await.is_none(), "ended properly");
    until("the call is over", || async { version.pool().in_flight == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_larger_than_its_memory_passes_through() {
    let (house, version) = house_with(Limits { memory_max_bytes: 8 << 20, ..Limits::default() }).await;
    let (call, sender) = sending("/hello/count");
    let sent = tokio::spawn(async move {
        for _ in 0..400 {
            sender.send(Ok(vec![b'x'; 64 << 10].into())).await.unwrap();
        }
    });
    let counted = body(house.host.handle(&version, call).await.unwrap()).await;
    assert_eq!(counted, (400 * (64 << 10)).to_string());
    sent.await.unwrap();
    let answer = streaming(&house, &version, self::call("/hello/stream?400")).await;
    let bytes = answer.body.fold(0, |bytes, chunk| async move { bytes + chunk.unwrap().len() }).await;
    assert_eq!(bytes, 400 * (64 << 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_ends_early_is_seen_as_such() {
    let (house, version) = house().await;
    for fault in [BodyFault::Broken, BodyFault::TooLarge(5)] {
        let (call, sender) = sending("/hello/count");
        sender.send(Ok("piece".into())).await.unwrap();
        let feeding = tokio::spawn(async move { drop(sender.send(Err(fault)).await) });
        // The component notices, gives up, and says so with an error instead of an answer.
        let error = house.host.handle(&version, call).await.map(drop).unwrap_err();
        assert!(matches!(error, CallError::BadResponse(_)), "{fault:?}: {error}");
        feeding.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_limits_are_everybodys() {
    let limits = Limits {
        cpu: Duration::from_millis(100),
        deadline: Duration::from_millis(1500),
        memory_max_bytes: 16 << 20,
        ..Limits::default()
    };
    let (house, version) = house_with(limits).await;
    let fails = |error: &CallError, path: &str| match path {
        "/hello/loop" => matches!(error, CallError::Cpu(_)),
        "/hello/sleep?600000" => matches!(error, CallError::Deadline(_)),
        "/hello/fail" => matches!(error, CallError::BadResponse(_)),
        _ => matches!(error, CallError::Trap(_)),
    };
    for path in [
        "/hello/loop",
        "/hello/sleep?600000",
        "/hello/trap",
        "/hello/handles?100000",
        "/hello/fail",
        "/hello/large-headers?70000",
    ] {
        let error = house.call(&version, path).await.map(drop).unwrap_err();
        assert!(fails(&error, path), "{path}: {error}");
    }
    let grown: usize = house.said(&version, "/hello/grow?100").await.parse().unwrap();
    assert!(grown < 16, "{grown} MiB of 16");
    assert_eq!(house.said(&version, "/hello/world").await, "0 false");
    assert_eq!(house.said(&version, "/hello").await, "hello from /hello");
    assert_eq!((version.pool().in_flight, version.pool().idle), (0, 0), "each request has an instance of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_end_ends_with_the_deadline_and_a_broken_one_is_broken_off() {
    let (house, version) = house_with(Limits { deadline: Duration::from_millis(400), ..Limits::default() }).await;
    let mut answer = streaming(&house, &version, call("/hello/endless")).await;
    let end = loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        match answer.body.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(end, CallError::Deadline(_) | CallError::Cpu(_)), "{end}");
    // The library behind this component gives up when its body fails; that may be before or after the head went out.
    match house.call(&version, "/hello/body-fails").await {
        Ok(Answer::Streaming(broken)) => {
            let items: Vec<_> = broken.body.collect().await;
            assert!(items.last().unwrap().is_err(), "the client can tell");
        }
        Ok(Answer::Whole(whole)) => panic!("{whole:?} is whole"),
        Err(error) => assert!(matches!(error, CallError::Trap(_)), "{error}"),
    }
    until("the calls are over", || async { version.pool().in_flight == 0 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_sends_goes_the_way_of_everybodys_requests() {
    let (house, server) =
        (House::new(Limits { outbound_response_max_bytes: 100_000, ..Limits::default() }), Server::start().await);
    let denied = house.put_standard("denied", &[]).await;
    let url = server.url("/echo");
    let answer = house.said(&denied, &format!("/denied/fetch?{url}")).await;
    assert!(answer.contains("HttpRequestDenied"), "{answer}");
    assert_eq!(server.requests(), 0);
    let granted = house.put_standard("granted", &[&server.grant()]).await;
    let answer = house.said(&granted, &format!("/granted/fetch?{url}")).await;
    assert!(answer.starts_with("200 GET ") && answer.contains("accept=\"text/plain\""), "{answer}");
    assert!(answer.contains("00-07070707070707070707070707070707-") && !answer.contains("forged"), "{answer}");
    for target in ["http://169.254.169.254/", "http://sales.internal/ok", "http://[::1]:1/"] {
        let answer = house.said(&granted, &format!("/granted/fetch?{target}")).await;
        assert!(answer.contains("HttpRequestDenied"), "{target}: {answer}");
    }
    let answer = house.said(&granted, &format!("/granted/fetch?{}", server.url("/large?2"))).await;
    assert!(answer.starts_with("200 and then"), "{}", &answer[..answer.len().min(300)]);
    let figures = house.host.outbound_figures();
    let of = |name: &str| figures.iter().find(|(found, _)| found == name).unwrap().1.clone();
    assert_eq!((of("denied").failures.get(), of("granted").requests.get(), of("granted").failures.get()), (1, 5, 3));
}
