//! What is asked and what is answered.

use std::sync::Arc;

use super::fake::Running;
use crate::{routes::tests::Paper, settings::Settings};

/// A request line, further headers, and a body.
struct Asked(&'static str, &'static [&'static str], &'static str);

/// The request as it goes over the wire; the host is the root's unless a header says otherwise.
fn wire(Asked(line, headers, body): &Asked) -> String {
    let mut text = format!("{line} HTTP/1.1\r\n");
    if !headers.iter().any(|header| header.starts_with("host:") || *header == "no host") {
        text.push_str("host: localhost:8000\r\n");
    }
    for header in headers.iter().filter(|header| **header != "no host") {
        text.push_str(&format!("{header}\r\n"));
    }
    if !body.is_empty() && !headers.iter().any(|header| header.starts_with("transfer-encoding:")) {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text + "\r\n" + body
}

const SALES: &str = "host: sales.localhost:8000";

#[tokio::test]
async fn every_request_has_its_answer() {
    // Status, and a code or a piece of the body, and a header as `name: value`.
    let cases: [(Asked, u16, &str, &str); 73] = [
        (Asked("GET /", &[], ""), 200, "<h1>Shop</h1>", "content-type: text/html; charset=utf-8"),
        (Asked("GET /index.html", &[], ""), 200, "<h1>Shop</h1>", "cache-control: no-cache"),
        (Asked("GET /sales.html", &[], ""), 200, "<h1>Sales</h1>", "etag: \"h1\""),
        (Asked("GET /sales.html", &["accept-language: de-AT, en"], ""), 200, "Verkäufe", "etag: \"h2\""),
        (Asked("GET /sales", &["accept-language: de"], ""), 200, "Verkäufe", "content-language: de"),
        (Asked("GET /sales", &["accept-language: de"], ""), 200, "Verkäufe", "vary: accept-encoding, accept-language"),
        (Asked("GET /sales.html", &[], ""), 200, "<h1>Sales</h1>", "vary: accept-encoding, accept-language"),
        (Asked("GET /sales.de.html", &[], ""), 404, "unknown-path", "content-type: application/problem+json"),
        (Asked("HEAD /", &[], ""), 200, "", "content-length: 13"),
        (Asked("GET /", &["host: 127.0.0.1:8000"], ""), 200, "Shop", "x-frame-options: DENY"),
        (Asked("GET /", &["host: [::1]:8000"], ""), 200, "Shop", "vary: accept-encoding"),
        (Asked("GET /", &["if-none-match: \"h1\""], ""), 304, "", "etag: \"h1\""),
        (Asked("GET /", &["if-none-match: \"h0\""], ""), 200, "Shop", "etag: \"h1\""),
        (Asked("POST /", &[], ""), 405, "method-not-allowed", "allow: GET, HEAD, OPTIONS"),
        (Asked("OPTIONS /", &[], ""), 204, "", "allow: GET, HEAD, OPTIONS"),
        (Asked("OPTIONS *", &[], ""), 204, "", "x-content-type-options: nosniff"),
        (Asked("GET /docs.html", &[], ""), 404, "unknown-path", "content-type: application/problem+json"),
        (Asked("GET /dashboard.html", &[], ""), 404, "unknown-path", "content-type: application/problem+json"),
        (Asked("GET /dashboard", &[], ""), 404, "unknown-path", "content-type: application/problem+json"),
        (
            Asked("GET /assets/shop-abc.js", &[], ""),
            200,
            "let x = 1",
            "cache-control: public, max-age=31536000, immutable",
        ),
        (Asked("GET /assets/shop-abc.js", &["accept-encoding: gzip, br"], ""), 200, "brotli!", "content-encoding: br"),
        (Asked("GET /assets/shop-abc.js", &["accept-encoding: gzip"], ""), 200, "gzip!", "etag: \"h1-gz\""),
        (
            Asked("GET /assets/shop-abc.js", &["accept-encoding: br", "if-none-match: \"h1-br\""], ""),
            304,
            "",
            "etag: \"h1-br\"",
        ),
        (
            Asked("GET /assets/shop-abc.js", &["accept-encoding: br", "if-none-match: \"h1\""], ""),
            200,
            "brotli!",
            "etag: \"h1-br\"",
        ),
        // Hosts.
        (Asked("GET /", &["host: evil.example"], ""), 421, "unknown-host", "x-content-type-options: nosniff"),
        (Asked("GET /", &["no host"], ""), 400, "bad-host", "content-type: application/problem+json"),
        (Asked("GET /", &["host: a b"], ""), 400, "bad-host", "content-type: application/problem+json"),
        (
            Asked("GET /", &["host: localhost", "host: localhost"], ""),
            400,
            "bad-host",
            "cross-origin-resource-policy: same-origin",
        ),
        (Asked("GET http://sales.localhost/docs", &[], ""), 200, "Docs", "content-type: text/html; charset=utf-8"),
        // A function's host.
        (Asked("GET /", &[SALES], ""), 302, "", "location: /docs"),
        (Asked("GET /docs", &[SALES], ""), 200, "<h1>Docs</h1>", "content-type: text/html; charset=utf-8"),
        (
            Asked("GET /openapi.json", &[SALES], ""),
            200,
            "http://sales.localhost:8000",
            "content-type: application/json",
        ),
        (Asked("GET /assets/shop-abc.js", &[SALES], ""), 200, "let x", "content-type: text/javascript; charset=utf-8"),
        (Asked("GET /sales.html", &[SALES], ""), 404, "unknown-path", "content-type: application/problem+json"),
        // Operations.
        (Asked("GET /api/echo?a=1", &[SALES], ""), 200, "\"query\":\"a=1\"", "content-type: text/plain"),
        (
            Asked("GET /api/echo?b=1", &[SALES], ""),
            422,
            "no query parameter \\\"b\\\"",
            "content-type: application/problem+json",
        ),
        (Asked("GET /api/items/1?a=1", &[], ""), 422, "takes no query", "content-type: application/problem+json"),
        (Asked("GET /api/problem", &[], ""), 422, "\"left\":0", "content-type: application/problem+json"),
        (Asked("GET /api/problem", &["x-request-id: r2"], ""), 422, "\"request_id\":\"r2\"", "x-request-id: r2"),
        (Asked("HEAD /api/echo", &[], ""), 200, "", "content-type: text/plain"),
        (Asked("POST /api/echo", &[], "hello"), 200, "\"body\":\"hello\"", "content-type: text/plain"),
        (Asked("POST /api/echo", &["content-encoding: identity"], "x"), 200, "echo", "content-type: text/plain"),
        (
            Asked("POST /api/echo", &["content-encoding: gzip"], "x"),
            415,
            "unsupported-content-encoding",
            "accept-encoding: identity",
        ),
        (
            Asked("POST /api/echo", &["transfer-encoding: chunked"], "0\r\n\r\n"),
            200,
            "echo",
            "content-type: text/plain",
        ),
        (
            Asked("POST /api/echo", &["transfer-encoding: gzip, chunked"], "0\r\n\r\n"),
            501,
            "unsupported-transfer-encoding",
            "content-type: application/problem+json",
        ),
        (Asked("GET /api/selfish", &[], ""), 200, "mine", "x-frame-options: DENY"),
        (Asked("GET /api/items/a%20b", &[], ""), 200, "[\"item\",\"a b\"]", "content-type: text/plain"),
        (Asked("GET /api/items/%zz", &[], ""), 400, "bad-path", "content-type: application/problem+json"),
        (Asked("PUT /api/echo", &[], ""), 405, "method-not-allowed", "allow: GET, HEAD, OPTIONS, POST"),
        (Asked("OPTIONS /api/echo", &[], ""), 204, "", "allow: GET, HEAD, OPTIONS, POST"),
        (Asked("GET /api/ecko", &[], ""), 404, "Near it: /api/echo", "content-type: application/problem+json"),
        (Asked("GET /sale.html", &[], ""), 404, "Near it: /sales.html", "content-type: application/problem+json"),
        (Asked("GET /docs", &[], ""), 200, "Docs", "content-type: text/html; charset=utf-8"),
        (
            Asked("GET /openapi.json", &[], ""),
            200,
            "\"document\":\"/openapi/sales.json\"",
            "content-type: application/json",
        ),
        (
            Asked("GET /openapi/sales.json", &[], ""),
            200,
            "http://sales.localhost:8000",
            "content-type: application/json",
        ),
        (Asked("GET /openapi/nobody.json", &[], ""), 404, "unknown-path", "content-type: application/problem+json"),
        (
            Asked("GET /internl", &[], ""),
            404,
            "Near it: http://sales.localhost:8000/internal",
            "content-type: application/problem+json",
        ),
        (Asked("GET /receipts/x", &[], ""), 503, "not-live", "retry-after: 1"),
        (Asked("DELETE /api/reset", &[], ""), 401, "unauthorized", "www-authenticate: Bearer realm=\"kontor\""),
        (
            Asked("DELETE /api/reset", &["authorization: Bearer no"], ""),
            401,
            "unknown or was revoked",
            "x-content-type-options: nosniff",
        ),
        (
            Asked("DELETE /api/reset", &["authorization: Bearer weak"], ""),
            403,
            "sales:reset",
            "x-content-type-options: nosniff",
        ),
        (
            Asked("DELETE /api/reset", &["authorization: Bearer good"], ""),
            200,
            "\"caller\":\"shop\"",
            "x-content-type-options: nosniff",
        ),
        (
            Asked("POST /api/echo", &["sec-fetch-site: cross-site"], "x"),
            403,
            "cross-site",
            "x-content-type-options: nosniff",
        ),
        (
            Asked("POST /api/echo", &["origin: http://evil.example"], "x"),
            403,
            "cross-site",
            "x-content-type-options: nosniff",
        ),
        (
            Asked("POST /api/echo", &["origin: http://localhost:8000"], "x"),
            200,
            "echo",
            "x-content-type-options: nosniff",
        ),
        (Asked("GET /api/fail/trap", &["x-request-id: r1"], ""), 500, "request id r1", "x-request-id: r1"),
        (Asked("GET /api/fail/deadline", &[], ""), 504, "deadline", "content-type: application/problem+json"),
        (Asked("GET /api/fail/cpu", &[], ""), 504, "deadline", "content-type: application/problem+json"),
        (Asked("GET /api/fail/overloaded", &[], ""), 503, "overloaded", "retry-after: 1"),
        (Asked("GET /api/fail/used-up", &[], ""), 429, "begins at 1970-01-01T01:00:00Z", "retry-after: 2"),
        (Asked("GET /api/fail/no-instance", &[], ""), 503, "overloaded", "retry-after: 1"),
        (Asked("GET /api/fail/stopping", &[], ""), 503, "stopping", "retry-after: 1"),
        (Asked("GET /api/fail/status", &[], ""), 500, "function-failed", "content-type: application/problem+json"),
    ];
    let running = Running::start(|_| {}).await;
    for (asked, status, piece, header) in &cases {
        let name = wire(asked);
        let reply = running.connect().await.ask(&name).await;
        assert_eq!(reply.status, *status, "{name}{reply:?}");
        assert!(reply.body.contains(piece), "{name}{reply:?}");
        assert!(!reply.body.contains("guest's secret"), "{name}{reply:?}");
        let (header, value) = header.split_once(": ").unwrap();
        assert_eq!(reply.header(header), Some(value), "{name}{reply:?}");
        for never in ["set-cookie", "access-control-allow-origin", "service-worker-allowed"] {
            assert_eq!(reply.header(never), None, "{name}{reply:?}");
        }
        for always in ["x-request-id", "traceparent", "x-content-type-options", "content-security-policy"] {
            assert!(reply.header(always).is_some(), "{always} is missing: {name}{reply:?}");
        }
        if reply.header("content-type") == Some("application/problem+json") && !name.starts_with("HEAD") {
            let problem = reply.json();
            assert_eq!(problem["status"], *status);
            assert_eq!(problem["type"], format!("urn:kontor:problem:{}", problem["code"].as_str().unwrap()));
            assert_eq!(problem["request_id"].as_str(), reply.header("x-request-id"));
        }
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let running = Running::start(|settings| settings.limits.headers_max_bytes = 16 << 10).await;
    let cases = [(8 << 10, 200, true), (20 << 10, 431, true), (100 << 10, 431, false)];
    for (bytes, status, whole) in cases {
        let large = format!("GET /api/echo HTTP/1.1\r\nhost: localhost\r\nx-large: {}\r\n\r\n", "x".repeat(bytes));
        let reply = running.connect().await.ask(&large).await;
        assert_eq!(reply.status, status, "{bytes}");
        assert_eq!(!reply.body.is_empty(), whole, "far too large heads get no more than a status");
    }
}

#[tokio::test]
async fn under_dev_this_machine_may_do_everything_unless_a_proxy_is_between() {
    let running = Running::start(|settings| settings.dev = true).await;
    let mut client = running.connect().await;
    let mut reset =
        async |headers: &'static [&'static str]| client.ask(&wire(&Asked("DELETE /api/reset", headers, ""))).await;
    assert_eq!(reset(&[]).await.json()["caller"], "developer");
    for header in [&["x-forwarded-for: 8.8.8.8"], &["forwarded: for=8.8.8.8"], &["x-real-ip: 127.0.0.1"]] {
        assert_eq!(reset(header).await.status, 401, "{header:?}");
    }
    assert_eq!(reset(&["sec-fetch-site: cross-site"]).await.status, 403, "a foreign page is not the developer");
}

#[tokio::test]
async fn transport_security_is_said_behind_a_trusted_proxy() {
    let https = wire(&Asked("GET /", &["x-forwarded-proto: https"], ""));
    for trusted in [false, true] {
        let trust = |settings: &mut Settings<_>| {
            settings.trusted_proxies = trusted.then(|| "127.0.0.0/8".parse().unwrap()).into_iter().collect();
        };
        let reply = Running::start(trust).await.connect().await.ask(&https).await;
        assert_eq!(reply.header("strict-transport-security").is_some(), trusted);
    }
}

#[tokio::test]
async fn a_function_sees_what_it_should_and_no_more() {
    let running = Running::start(|_| {}).await;
    let parent = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers: &[&str] =
        &[parent, "authorization: Bearer good", "cookie: a=b", "x-kontor-caller: root", "accept: text/html"];
    let text = format!("GET /api/echo HTTP/1.1\r\nhost: localhost\r\n{}\r\n\r\n", headers.join("\r\n"));
    let reply = running.connect().await.ask(&text).await;
    let seen = reply.json();
    assert_eq!(seen["trace"], "0af7651916cd43dd8448eb211c80319c");
    assert!(reply.header("traceparent").unwrap().starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
    assert_eq!((seen["operation"].as_str(), seen["caller"].as_str()), (Some("look"), Some("shop")));
    let names: Vec<&str> =
        seen["headers"].as_array().unwrap().iter().map(|header| header[0].as_str().unwrap()).collect();
    assert_eq!(names, ["host", "traceparent", "accept"]);
}

#[tokio::test]
async fn every_request_is_counted_once() {
    let running = Running::start(|_| {}).await;
    let mut client = running.connect().await;
    for asked in [
        Asked("POST /api/echo", &[], "hello"),
        Asked("GET /api/fail/trap", &[], ""),
        Asked("GET /", &[], ""),
        Asked("GET /nowhere", &[], ""),
    ] {
        client.ask(&wire(&asked)).await;
    }
    let live = running.functions.live.borrow().clone();
    let endpoint = |operation| crate::functions::Published::endpoint(&*live[0], operation);
    assert_eq!((endpoint("echo").requests(), endpoint("echo").received_bytes.get()), (1, 5));
    assert_eq!((endpoint("fail").requests(), endpoint("fail").errors()), (1, 1));
    let figures = running.edge.figures();
    assert_eq!((figures.pages.requests(), figures.unmatched.requests()), (1, 1));
    let names: Vec<String> = running.edge.settings.traces.list().into_iter().map(|trace| trace.name).collect();
    assert!(names.contains(&"GET /api/fail/{how}".to_owned()), "{names:?}");
}

#[tokio::test]
async fn what_is_settled_is_what_the_next_request_meets() {
    let running = Running::start(|_| {}).await;
    let mut client = running.connect().await;
    for round in 0..50 {
        let gone = round % 2 == 0;
        let live = if gone { Vec::new() } else { vec![Paper::of("sales", &["GET /api/echo"])] };
        running.functions.live.send_replace(Arc::new(live));
        running.edge.settled().await;
        let status = client.ask(&wire(&Asked("GET http://sales.localhost/api/echo", &[], ""))).await.status;
        assert_eq!(status == 200, !gone, "round {round}: {status}");
    }
}
