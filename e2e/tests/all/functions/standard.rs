//! A component of the standard world, and functions that call others, in the running program.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    client::{Answer, Request},
    guest::{component, manifest, standard},
    shop::Shop,
};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::drop_in::file;
use crate::Tested;

/// Asks until the status is this one: a file goes live within a moment.
async fn until(shop: &Shop, status: u16, request: impl Fn() -> Request) -> Result<Answer> {
    let begun = Instant::now();
    loop {
        let answer = shop.call(request()).await?;
        if answer.status == status {
            return Ok(answer);
        }
        ensure!(
            begun.elapsed() < Duration::from_secs(60),
            "{} {}; the log:\n{}",
            answer.status,
            answer.text(),
            shop.log()
        );
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_unmodified_component_is_live_by_one_copy_and_streams() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    fs::write(file(&shop, "hello"), standard()?)?;
    let answer = until(&shop, 200, || Request::get("/hello")).await?;
    assert_eq!(answer.text(), "hello from /hello");
    let on_its_host = || Request::get("/hello/a?b=c").host(&shop.host("hello"));
    assert_eq!(until(&shop, 200, on_its_host).await?.text(), "hello from /hello/a");
    let body = "x".repeat(300_000);
    let echoed = shop.call(Request::new("POST", "/hello/echo").body(body.clone())).await?;
    assert_eq!((echoed.status, echoed.text().len()), (200, body.len()));
    let large = shop.call(Request::new("POST", "/hello/count").body("x".repeat(2 << 20))).await?;
    assert_eq!(large.status, 413);
    let long = shop.call(Request::get("/hello/stream?100")).await?;
    assert_eq!(long.text().len(), 100 * (64 << 10));
    assert_eq!(shop.call(Request::get("/hello/fail")).await?.status, 500);
    let forged = Request::get("/hello/request").header("x-kontor-caller", "admin").header("x-kontor-scopes", "*");
    assert!(!shop.call(forged).await?.text().contains("x-kontor"), "nobody is who he says he is");
    let shown = shop.run(&["functions", "show", "hello"]).await?;
    assert!(shown.contains("/hello/{*path}"), "{shown}");

    let upload = shop.root().join("again.wasm");
    fs::write(&upload, standard()?)?;
    let said = shop.run(&["deploy", &upload.to_string_lossy()]).await?;
    assert!(said.starts_with("again is live"), "{said}");
    assert_eq!(shop.call(Request::get("/again/x")).await?.text(), "hello from /again/x");
    running.stop().await
}

#[tokio::test]
async fn a_function_calls_another_as_itself_and_with_its_scopes() -> Tested {
    let scopes = "[functions.front]\ngrants = ['calls:sales', 'calls:nobody']\nscopes = ['sales:reset']\n";
    let shop = Shop::new()?.configure(scopes);
    let running = shop.open().await?;
    let mut front = manifest("front", "1");
    front["calls"] = json!(["sales", "nobody"]);
    let any = json!({ "name": "query", "in": "query", "schema": { "type": "object" } });
    front["openapi"]["paths"]["/fetch"] = json!({
        "get": { "operationId": "get", "parameters": [any] }, "delete": { "operationId": "delete", "parameters": [any] },
    });
    fs::write(file(&shop, "front"), component(&front)?)?;
    let host = shop.host("front");
    let fetch = |method: &str, url: &str| Request::new(method, format!("/fetch?{url}")).host(&host);
    let money = until(&shop, 200, || fetch("GET", "http://sales.internal/api/get_current_money")).await?;
    assert!(money.text().starts_with("200 "), "{}", money.text());
    let reset = shop.call(fetch("DELETE", "http://sales.internal/api/sales")).await?.text();
    assert!(reset.starts_with("20"), "its scope opens what is closed to visitors: {reset}");
    let unknown = shop.call(fetch("GET", "http://sales.internal/api/nothing")).await?.text();
    assert!(unknown.starts_with("404 ") && unknown.contains("unknown-path"), "{unknown}");
    let nobody = shop.call(fetch("GET", "http://nobody.internal/")).await?.text();
    assert!(nobody.starts_with("503 ") && nobody.contains("not-live"), "{nobody}");
    let denied = shop.call(fetch("GET", "http://invoices.internal/invoices")).await?.text();
    assert!(denied.contains("Denied") && denied.contains("calls"), "{denied}");
    let inside = shop.call(fetch("GET", &format!("http://{}/metrics", shop.admin()))).await?.text();
    assert!(inside.contains("Denied"), "{inside}");
    let metrics = shop.call_admin(Request::get("/metrics")).await?.text();
    let line = metrics.lines().find(|line| line.starts_with("kontor_outbound_requests_total{function=\"front\"}"));
    ensure!(line.context("no figures of its requests")?.ends_with(" 6"), "{line:?}");
    running.stop().await
}
