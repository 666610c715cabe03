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

#[tokio::test]
async fn the_first_request_after_a_deployment_meets_the_new_version() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let mut client = shop.client();
    let host = shop.host("hello");
    let version = Request::get("/version").host(&host);
    for number in 1..=8 {
        let number = number.to_string();
        let path = written(&shop, "hello.wasm", &hello(&number)?)?;
        shop.run(&["deploy", &path]).await?;
        assert_eq!(client.send(version.clone()).await?.text(), number);
    }
    shop.run(&["functions", "disable", "hello"]).await?;
    client.send(version.clone()).await?.problem(421, "unknown-host")?;
    shop.run(&["functions", "enable", "hello"]).await?;
    assert_eq!(client.send(version).await?.text(), "8");
    Ok(())
}

#[tokio::test]
async fn a_grant_is_shown_with_where_it_comes_from_and_taken_back() -> Tested {
    let shop = Shop::new()?.configure("[functions.hello]\ngrants = [\"reuse\"]\n");
    let _running = shop.open().await?;
    let mut asking = manifest("hello", "1");
    asking["sql"] = json!({ "migrations": [] });
    let path = written(&shop, "hello.wasm", &component(&asking)?)?;
    shop.run(&["functions", "grant", "hello", "sql"]).await?;
    shop.run(&["deploy", &path]).await?;
    let shown = shop.run(&["functions", "show", "hello"]).await?;
    for line in ["configured  reuse", "by command  sql"] {
        assert!(shown.lines().any(|found| found == line), "{line}: {shown}");
    }
    let text = refused(&shop, &["functions", "revoke", "hello", "reuse"]).await?;
    assert!(text.contains("the configuration grants it"), "{text}");
    let said = shop.run(&["functions", "revoke", "hello", "sql"]).await?;
    assert!(said.contains("serves no longer"), "{said}");
    let request = Request::get("/version").host(&shop.host("hello"));
    shop.call(request).await?.problem(421, "unknown-host")?;
    Ok(())
}

#[tokio::test]
async fn logs_are_shown_and_followed_by_who_may() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let mut logging = manifest("hello", "1");
    logging["openapi"]["paths"]["/log"] = json!({ "get": {
        "operationId": "log", "parameters": [{ "name": "3", "in": "query", "schema": { "type": "string" } }],
    } });
    let path = written(&shop, "hello.wasm", &component(&logging)?)?;
    shop.run(&["deploy", &path]).await?;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let log = Request::get("/log?3").host(&shop.host("hello"));
    let log = log.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let mut following = shop.follow(&["functions", "logs", "hello", "-f"])?;
    assert_eq!(shop.call(log.clone()).await?.status, 200);
    for _ in 0..3 {
        let line = following.line().await?;
        assert!(line.contains(trace), "{line}");
    }
    assert_eq!(shop.call(log).await?.status, 200);
    following.line().await?;
    let last = shop.run(&["functions", "logs", "hello", "--tail", "1", "--trace", trace]).await?;
    assert_eq!(last.lines().count(), 1, "{last}");
    let unread = shop.call_admin(Request::get("/api/functions/hello/logs")).await?;
    unread.problem(401, "unauthorized")?;
    let text = refused(&shop, &["functions", "logs", "nobody"]).await?;
    assert!(text.contains("nobody"), "{text}");
    Ok(())
}

#[tokio::test]
async fn who_has_read_enough_ends_a_command_quietly() -> Tested {
    let shop = Shop::new()?;
    let program = std::env::var("KONTOR_BIN").context("KONTOR_BIN names the program under test")?;
    let script = format!("{program} --data {} openapi | head -n 1", shop.data().display());
    let run = move || std::process::Command::new("bash").args(["-o", "pipefail", "-c", script.as_str()]).output();
    let output = tokio::task::spawn_blocking(run).await??;
    assert!(output.status.success(), "{output:?}");
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"{\n"[..], &b""[..]));
    Ok(())
}
