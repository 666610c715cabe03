//! A start while the server is away, or refuses: one clear line, in the log and on `/readyz`, and it goes on by itself.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{client::Request, shop::Shop};
use kontor_test_servers::{POSTGRES_TLS, Server};
use tokio::time::{Instant, sleep};

use super::{begun, configuration, owner};
use crate::{Tested, purchase::sold};

const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until `/readyz` gives this one reason, and looks that the log says it once, in one line.
async fn not_ready(shop: &Shop, reason: &str) -> Result<()> {
    let begun = Instant::now();
    let mut last = String::new();
    while begun.elapsed() < PATIENCE {
        if let Ok(answer) = shop.call_admin(Request::get("/readyz")).await {
            last = answer.json()?["reasons"][0].as_str().unwrap_or_default().to_owned();
            if answer.status == 503 && last.contains(reason) {
                let log = shop.log();
                let lines = log.lines().filter(|line| line.contains(reason)).count();
                ensure!(lines == 1, "{lines} lines of the log say {reason:?}:\n{log}");
                return Ok(());
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
    anyhow::bail!("/readyz never says {reason:?}, but {last}; the log:\n{}", shop.log())
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() -> Tested {
    let server = begun(Server::start).await?;
    server.kill();
    let shop = Shop::new()?.configure(&configuration(server.url()));
    let mut running = shop.spawn()?;
    not_ready(&shop, "cannot be reached").await?;
    let answer = shop.call(Request::get("/")).await?;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.text());
    assert_eq!(shop.call_admin(Request::get("/healthz")).await?.status, 200);
    let health = shop.command(&["health"]).await?;
    let said = String::from_utf8_lossy(&health.stderr).into_owned();
    assert!(!health.status.success() && said.contains("cannot be reached"), "{said}");
    let _server = tokio::task::spawn_blocking(move || server.start_again().map(|()| server)).await??;
    running.ready().await?;
    sold(&shop).await?;
    running.stop().await
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_right_are_one_clear_line_until_they_are_mended() -> Tested {
    let server = begun(Server::start).await?;
    let client = owner(&server).await?;
    client.batch_execute("CREATE ROLE weak LOGIN PASSWORD 'another'").await?;
    client.batch_execute("CREATE DATABASE shop").await?;
    let (_, address) = server.url().split_once('@').expect("an address has a password");
    let url = format!("postgres://weak:weak@{}", address.replace("/postgres", "/shop"));
    let shop = Shop::new()?.configure(&configuration(&url));
    let mut running = shop.spawn()?;
    not_ready(
        &shop,
        "password authentication failed for user \"weak\"; the password is wrong; correct it in the address",
    )
    .await?;
    assert!(!shop.log().contains("weak:weak"), "the address with its password is in the log:\n{}", shop.log());
    client.batch_execute("ALTER ROLE weak PASSWORD 'weak'").await?;
    not_ready(&shop, "may not make roles for functions; ALTER ROLE … CREATEROLE").await?;
    client.batch_execute("ALTER ROLE weak CREATEROLE").await?;
    not_ready(&shop, "GRANT CREATE ON DATABASE … TO it").await?;
    client.batch_execute("GRANT CREATE ON DATABASE shop TO weak").await?;
    running.ready().await?;
    sold(&shop).await?;
    running.stop().await
}

#[tokio::test]
async fn a_server_that_wants_encryption_gets_it_or_a_clear_line() -> Tested {
    let started = tokio::task::spawn_blocking(|| Server::start(&POSTGRES_TLS)).await?;
    let server = started.map_err(|error| anyhow::anyhow!(error))?;
    let plain = Shop::new()?.configure(&configuration(&format!("{}?sslmode=disable", server.url())));
    let waiting = plain.spawn()?;
    not_ready(&plain, "write sslmode=require or verify-full in the address").await?;
    waiting.stop().await?;

    let authority = server.folder().map(|folder| folder.join("server.crt")).unwrap_or_default();
    let url = server.url().replace("127.0.0.1", "localhost");
    let toml = configuration(&format!("{url}?sslmode=verify-full"));
    let shop = Shop::new()?.configure(&format!("{toml}ca_file = {authority:?}\n"));
    let running = shop.open().await?;
    sold(&shop).await?;
    let (well, said) = crate::verbs::doctor::examine(&shop).await?;
    assert!(well && said.contains("ok       encryption: connections are encrypted"), "{said}");
    running.stop().await
}
