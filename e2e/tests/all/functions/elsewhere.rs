//! Deploying from elsewhere: with a token, and never in the open.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use e2e::{
    client::{Request, raw},
    shop::Shop,
};

use super::drop_in::{answers, hello};
use crate::Tested;

async fn refused(shop: &Shop, arguments: &[&str]) -> Result<String> {
    let output = shop.command(arguments).await?;
    ensure!(!output.status.success(), "{arguments:?} succeeded");
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test]
async fn a_token_deploys_what_its_scope_allows_and_is_named_with_it() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    // Another machine, as far as the command can tell: another folder, and nothing but the address.
    let elsewhere = Shop::new()?;
    let path = elsewhere.root().join("hello.wasm");
    std::fs::write(&path, hello("1")?)?;
    let path = path.to_str().context("a path that is text")?;
    let to = format!("http://localhost:{}", shop.admin().port());
    let deploy = shop.token("ci", &["functions:deploy"]).await?;
    let all = shop.token("all", &["*"]).await?;
    for (token, words) in [("kt_wrong", "--scope functions:deploy"), (all.as_str(), "functions:deploy")] {
        let text = refused(&elsewhere, &["deploy", path, "--to", &to, "--token", token]).await?;
        assert!(text.contains(words), "{words}: {text}");
    }
    let text = refused(&elsewhere, &["deploy", path, "--to", &to]).await?;
    assert!(text.contains("KONTOR_TOKEN"), "{text}");
    let text = refused(&elsewhere, &["deploy", path, "--to", "http://shop.example", "--token", &deploy]).await?;
    assert!(text.contains("in the open"), "{text}");

    let said = elsewhere.run_with(&["deploy", path, "--to", &to], &[("KONTOR_TOKEN", deploy.as_str())]).await?;
    assert!(said.contains("hello is live: version 1"), "{said}");
    answers(&shop, 200, "1").await?;
    let shown = shop.run(&["functions", "show", "hello"]).await?;
    assert!(shown.contains("token:ci"), "{shown}");
    let token = ["--at", &to, "--token", &deploy];
    elsewhere.run(&[&["functions", "disable", "hello"][..], &token].concat()).await?;
    answers(&shop, 421, "unknown-host").await?;
    let text = refused(&elsewhere, &[&["functions", "grant", "hello", "sql"][..], &token].concat()).await?;
    assert!(text.contains("No token does this"), "who may deploy may not grant: {text}");
    shop.run(&["tokens", "revoke", "ci"]).await?;
    refused(&elsewhere, &[&["functions", "enable", "hello"][..], &token].concat()).await.map(drop)
}

#[tokio::test]
async fn under_its_name_the_admin_listener_answers_to_tokens_alone() -> Tested {
    let shop = Shop::new()?.configure("listen.admin_name = \"admin.shop.example\"\n");
    let _running = shop.open().await?;
    let read = shop.token("dashboard", &["functions:read"]).await?;
    let named = |path: &str| Request::get(path).host("admin.shop.example");
    shop.call_admin(named("/api/overview")).await?.problem(401, "unauthorized")?;
    shop.call_admin(named("/api/overview").bearer(&read)).await?.expect(200)?;
    shop.call_admin(Request::get("/api/overview").header("x-forwarded-for", "10.0.0.7"))
        .await?
        .problem(401, "unauthorized")?;
    assert_eq!(shop.call_admin(named("/healthz")).await?.status, 200);
    shop.call_admin(named("/healthz").host("other.example")).await.map(drop)
}

#[tokio::test]
async fn sixty_four_mebibytes_of_a_stranger_are_not_read() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let head = format!(
        "POST /api/functions HTTP/1.1\r\nhost: localhost:{}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        shop.admin().port(),
        64 << 20
    );
    // Nothing of the body is sent: whoever waited for it would wait for ever.
    let answer = raw(shop.admin(), head.as_bytes(), Duration::from_secs(20)).await?;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    Ok(())
}
