//! Clients that are slow, many, or there at the wrong time.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::net::TcpListener;

use super::{
    client::{Client, in_time},
    fake::Running,
};
use crate::{EdgeLimits, listener::serve_in, room::Room};

const GET: &str = "GET /api/echo HTTP/1.1\r\nhost: localhost\r\n\r\n";
const WAIT: &str = "GET /api/wait HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Short enough to wait for, and only the named one.
fn short(change: impl FnOnce(&mut EdgeLimits, Duration)) -> EdgeLimits {
    let mut limits = EdgeLimits::default();
    change(&mut limits, Duration::from_millis(100));
    limits
}

#[tokio::test]
async fn who_says_nothing_or_only_half_is_let_go() {
    let running = Running::with_limits(short(|limits, soon| limits.header_read_timeout = soon)).await;
    for half in ["", "GET", "GET / HTTP/1.1\r\nhost: loc"] {
        let mut client = running.connect().await;
        client.send(half).await;
        assert_eq!(client.rest().await, "", "{half:?}");
    }
}

#[tokio::test]
async fn who_has_asked_and_asks_no_more_is_let_go() {
    let running = Running::with_limits(short(|limits, soon| limits.idle_timeout = soon)).await;
    let mut client = running.connect().await;
    assert_eq!(client.ask(GET).await.status, 200);
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_408() {
    let running = Running::with_limits(short(|limits, soon| limits.body_read_timeout = soon)).await;
    for body in ["content-length: 10\r\n\r\nhalf", "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"] {
        let mut client = running.connect().await;
        let reply = client.ask(&format!("POST /api/echo HTTP/1.1\r\nhost: localhost\r\n{body}")).await;
        assert_eq!((reply.status, reply.json()["code"].as_str().unwrap()), (408, "body-too-slow"), "{body:?}");
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(client.rest().await, "");
    }
}

#[tokio::test]
async fn who_does_not_read_its_answer_is_let_go() {
    let running = Running::with_limits(short(|limits, soon| limits.write_timeout = soon)).await;
    let mut client = running.connect().await;
    client.send("GET /api/large HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let figures = running.edge.figures().clone();
    // More than fits into any socket's buffers waits for the client, until the server gives up.
    for connections in [1, 0] {
        in_time(async {
            while figures.connections.get() != connections {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    assert!(client.rest().await.len() < 8 << 20);
}

#[tokio::test]
async fn a_function_may_take_longer_than_clients() {
    let running = Running::with_limits(short(|limits, soon| {
        limits.header_read_timeout = soon;
        limits.body_read_timeout = soon;
        limits.idle_timeout = soon;
    }))
    .await;
    let mut client = running.connect().await;
    client.send(WAIT).await;
    running.wait_for_calls(1).await;
    // Another connection runs into its timeout meanwhile, so at least that long has passed.
    assert_eq!(running.connect().await.rest().await, "");
    running.functions.gate.add_permits(1);
    assert_eq!(client.reply(true).await.body, "waited");
}

#[tokio::test]
async fn requests_sent_at_once_are_answered_in_order() {
    let running = Running::start(|_| {}).await;
    let mut client = running.connect().await;
    let post = |body: &str| {
        format!("POST /api/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    client
        .send(&format!(
            "{}{}GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n{}",
            post("one"),
            post("two"),
            post("three")
        ))
        .await;
    let mut bodies = Vec::new();
    for _ in 0..4 {
        let reply = client.reply(true).await;
        bodies.push(reply.json()["body"].as_str().unwrap_or("none").to_owned());
    }
    assert_eq!(bodies, ["one", "two", "none", "three"]);
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let running = Running::with_limits(short(|limits, _| limits.connections_max = 1)).await;
    let mut first = running.connect().await;
    assert_eq!(first.ask(GET).await.status, 200);
    let mut second = running.connect().await;
    let reply = second.ask(GET).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
    assert_eq!(reply.json()["code"], "overloaded");
    assert_eq!(second.rest().await, "");
    assert_eq!(running.edge.figures().connections_refused.get(), 1);
    assert_eq!(first.ask(GET).await.status, 200, "who was there before stays");
}

#[tokio::test]
async fn stopping_lets_requests_finish_and_takes_no_more() {
    let mut running = Running::start(|_| {}).await;
    let mut idle = running.connect().await;
    assert_eq!(idle.ask(GET).await.status, 200);
    let mut busy = running.connect().await;
    busy.send(WAIT).await;
    running.wait_for_calls(1).await;
    running.begin_to_stop();
    assert_eq!(idle.rest().await, "", "an idle connection is closed");
    running.functions.gate.add_permits(1);
    let reply = busy.reply(true).await;
    assert_eq!((&*reply.body, reply.header("connection")), ("waited", Some("close")));
    let address = running.address;
    assert_eq!(in_time(running.stopped()).await, 0);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn what_never_finishes_is_broken_off() {
    let mut running = Running::with_limits(short(|limits, soon| limits.drain_deadline = soon)).await;
    let mut busy = running.connect().await;
    busy.send(WAIT).await;
    running.wait_for_calls(1).await;
    running.begin_to_stop();
    assert_eq!(in_time(running.stopped()).await, 1);
    assert_eq!(busy.rest().await, "");
}

#[tokio::test]
async fn a_client_that_waits_for_permission_gets_it_or_the_answer() {
    let running = Running::start(|_| {}).await;
    let ask = |length: usize| {
        format!(
            "POST /api/echo HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let mut client = running.connect().await;
    assert_eq!(client.ask(&ask(3)).await.status, 100);
    assert_eq!(client.ask("yes").await.json()["body"], "yes");
    let reply = client.ask(&ask(500_000)).await;
    assert_eq!(reply.status, 413, "nothing of a body that is too large has to be sent");
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn who_sends_too_much_still_gets_to_read_why() {
    let running = Running::start(|_| {}).await;
    let megabyte = vec![b'x'; 1 << 20];
    for head in ["content-length: 4194304\r\n\r\n", "transfer-encoding: chunked\r\n\r\n400000\r\n"] {
        let mut client = running.connect().await;
        client.send(&format!("POST /api/echo HTTP/1.1\r\nhost: localhost\r\n{head}")).await;
        for _ in 0..4 {
            assert!(client.try_send(&megabyte).await, "{head:?}");
        }
        let reply = client.reply(true).await;
        assert_eq!((reply.status, reply.json()["code"].as_str().unwrap()), (413, "body-too-large"), "{head:?}");
    }
}

#[tokio::test]
async fn large_bodies_share_what_room_there_is() {
    let running = Running::start(|_| {}).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let figures = running.edge.figures().clone();
    let room = Arc::new(Room::new(150_000));
    let serving = serve_in(room.clone(), listener, running.edge.clone(), EdgeLimits::default(), figures, pending());
    tokio::spawn(serving);
    let head = "POST /api/echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n";
    let (most, all) = (format!("{head}{}", "x".repeat(99_999)), format!("{head}{}", "x".repeat(100_000)));
    let mut first = Client::connect(address).await;
    first.send(&most).await;
    let taken = async {
        while room.left_bytes() > 50_001 {
            tokio::task::yield_now().await;
        }
    };
    in_time(taken).await;
    let reply = Client::connect(address).await.ask(&all).await;
    assert_eq!((reply.json()["code"].as_str().unwrap(), reply.header("retry-after")), ("overloaded", Some("1")));
    assert_eq!(first.ask("x").await.status, 200);
    assert_eq!(Client::connect(address).await.ask(&all).await.status, 200, "room comes back");
}

#[tokio::test]
async fn an_answer_that_breaks_off_can_be_told_from_one_that_ends() {
    let running = Running::start(|_| {}).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut client = running.connect().await;
    let whole = client.ask(&get("/api/stream")).await;
    assert_eq!((&*whole.body, whole.complete), ("one,two", true));
    let broken = client.ask(&get("/api/broken")).await;
    assert_eq!((&*broken.body, broken.complete), ("one,", false));
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn what_becomes_live_is_served() {
    use crate::routes::tests::Paper;
    let running = Running::start(|_| {}).await;
    let get = "GET /hello HTTP/1.1\r\nhost: hello.localhost\r\n\r\n";
    let mut client: Client = running.connect().await;
    assert_eq!(client.ask(get).await.status, 421);
    running.functions.live.send_modify(|live| {
        let mut all = live.to_vec();
        all.push(Paper::of("hello", &["GET /hello"]));
        *live = all.into();
    });
    in_time(async { while client.ask(get).await.status != 200 {} }).await;
    running.functions.live.send_replace(std::sync::Arc::default());
    in_time(async { while client.ask(get).await.status != 421 {} }).await;
}
