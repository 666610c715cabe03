//! `kontor deploy` and `kontor functions`.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    client::Request,
    guest::{component, manifest},
    shop::Shop,
};
use serde_json::json;

use super::drop_in::{answers, hello};
use crate::{
    Tested,
    purchase::{dense, invoices, receipt, sold},
};

/// Writes a component beside the shop, and gives its path.
fn written(shop: &Shop, name: &str, bytes: &[u8]) -> Result<String> {
    let path = shop.root().join(name);
    std::fs::write(&path, bytes)?;
    Ok(path.to_str().context("a path that is text")?.to_owned())
}

/// Runs a verb that has to fail, and gives the line that says why.
async fn refused(shop: &Shop, arguments: &[&str]) -> Result<String> {
    let output = shop.command(arguments).await?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success(), "{arguments:?} succeeded");
    ensure!(text.trim().lines().count() == 1, "one line: {text}");
    Ok(text)
}

#[tokio::test]
async fn deployed_shown_rolled_back_switched_off_and_on() -> Tested {
    let shop = Shop::new()?;
    let before = refused(&shop, &["functions", "list"]).await?;
    assert!(before.contains("start `kontor serve`"), "{before}");
    let running = shop.open().await?;
    for version in ["1", "2"] {
        let path = written(&shop, "hello.wasm", &hello(version)?)?;
        let said = shop.run(&["deploy", &path, "--who", "ada"]).await?;
        assert!(said.contains(&format!("hello is live: version {version} ({version})")), "{said}");
        answers(&shop, 200, version).await?;
    }
    let shown = shop.run(&["functions", "show", "hello"]).await?;
    for words in ["hello is live, version 2", "GET", "/version", "memory_max", "ada", "serves"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    shop.run(&["functions", "rollback", "hello"]).await?;
    answers(&shop, 200, "1").await?;
    shop.run(&["functions", "disable", "hello"]).await?;
    answers(&shop, 421, "unknown-host").await?;
    running.stop().await?;

    let _running = shop.open().await?;
    answers(&shop, 421, "unknown-host").await?;
    let listed = shop.run(&["functions", "list"]).await?;
    assert!(listed.lines().any(|line| line.starts_with("hello") && line.contains("off")), "{listed}");
    shop.run(&["functions", "enable", "hello"]).await?;
    answers(&shop, 200, "1").await?;
    shop.run(&["functions", "remove", "hello"]).await?;
    answers(&shop, 421, "unknown-host").await
}

#[tokio::test]
async fn what_does_not_go_live_says_why_in_one_line_and_the_old_version_serves() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let good = written(&shop, "hello.wasm", &hello("1")?)?;
    shop.run(&["deploy", &good]).await?;
    let mut greedy = manifest("hello", "2");
    greedy["sql"] = json!({ "migrations": [] });
    let cases = [
        (hello("2")?.split_off(1000), "no WebAssembly component"),
        (b"hello".to_vec(), "no WebAssembly component"),
        (component(&manifest("Hello", "2"))?, "/name"),
        (component(&greedy)?, "`kontor functions grant hello sql`"),
    ];
    for (bytes, words) in cases {
        let path = written(&shop, "wrong.wasm", &bytes)?;
        let text = refused(&shop, &["deploy", &path]).await?;
        assert!(text.contains(words), "{words}: {text}");
        answers(&shop, 200, "1").await?;
    }
    let missing = refused(&shop, &["deploy", "nowhere.wasm"]).await?;
    assert!(missing.contains("nowhere.wasm"), "{missing}");
    let path = written(&shop, "greedy.wasm", &component(&greedy)?)?;
    shop.run(&["functions", "grant", "hello", "sql"]).await?;
    shop.run(&["deploy", &path]).await?;
    answers(&shop, 200, "2").await?;
    for (arguments, words) in [
        (&["functions", "show", "hallo"][..], "there is no function hallo"),
        (&["functions", "rollback", "sales"], "there is no earlier version of sales"),
        (&["functions", "grant", "hello", "everything"], "events:FUNCTION"),
    ] {
        let text = refused(&shop, arguments).await?;
        assert!(text.contains(words), "{words}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn changes_take_the_admin_key() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for (method, path) in [
        ("POST", "/api/functions"),
        ("POST", "/api/functions/sales/disable"),
        ("POST", "/api/functions/sales/rollback"),
        ("POST", "/api/functions/hello/grants"),
        ("DELETE", "/api/functions/sales"),
    ] {
        let answer = shop.call_admin(Request::new(method, path)).await?;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
    }
    sold(&shop).await.map(drop)
}

#[tokio::test]
async fn without_invoices_sales_go_on_and_all_follow_when_it_is_back() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let mut bought = vec![sold(&shop).await?];
    receipt(&shop, &bought[0]).await?;
    shop.run(&["functions", "disable", "invoices"]).await?;
    for _ in 0..20 {
        bought.push(sold(&shop).await?);
    }
    let ready = shop.call_admin(Request::get("/readyz")).await?;
    assert_eq!(ready.status, 200, "the operator wanted it so: {}", ready.text());
    running.stop().await?;
    let _running = shop.open().await?;
    bought.push(sold(&shop).await?);
    shop.run(&["functions", "enable", "invoices"]).await?;
    for purchase in &bought {
        receipt(&shop, purchase).await?;
    }
    dense(&invoices(&shop).await?, bought.len())
}
