//! Two programs on one PostgreSQL.
//!
//! `cargo xtask test` installs PostgreSQL; where it cannot be had, these are skipped by name.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::{client::Request, shop::Shop};
use kontor_test_servers::{POSTGRES, Server};
use serde_json::Value;

use crate::{
    Tested,
    purchase::{basic, buy_with_key, dense, invoices, money, receipt, sold},
};

/// A database of its own on a real server, as a configuration.
async fn on_postgres() -> Result<(Server, String)> {
    let server =
        tokio::task::spawn_blocking(|| Server::find(&POSTGRES)).await?.map_err(|error| anyhow::anyhow!(error))?;
    let toml = format!("[engines.postgres]\nsetup_url = \"{}\"\n", server.url());
    Ok((server, toml))
}

#[tokio::test]
async fn two_programs_share_one_shop_and_one_of_them_is_killed() -> Tested {
    let (_server, toml) = on_postgres().await?;
    let (first, second) = (Shop::new()?.configure(&toml), Shop::new()?.configure(&toml));
    let running = first.open().await?;
    let other = second.open().await?;
    let mut bought = Vec::new();
    for round in 0..10 {
        bought.push(sold(if round % 2 == 0 { &first } else { &second }).await?);
    }
    assert_eq!(money(&first).await?, (10, 19_000));
    assert_eq!(money(&second).await?, (10, 19_000), "both see all sales");
    // The same key, whichever of the two is asked.
    let one = first.call(buy_with_key(&basic(), "order-1")).await?.expect(201)?;
    let again = second.call(buy_with_key(&basic(), "order-1")).await?.expect(201)?;
    assert_eq!(one, again);
    bought.push(one);

    running.kill().await?;
    for _ in 0..5 {
        bought.push(sold(&second).await?);
    }
    for purchase in &bought {
        receipt(&second, purchase).await?;
    }
    dense(&invoices(&second).await?, bought.len())?;
    second.events_delivered(Duration::from_secs(60)).await?;
    let listed: Value = second.call_admin(Request::get("/api/functions")).await?.expect(200)?;
    listed["functions"].as_array().filter(|all| all.len() == 2).context("both functions are live")?;
    other.stop().await
}

#[tokio::test]
async fn two_programs_make_one_chain_and_the_other_goes_on_when_one_is_killed() -> Tested {
    let (server, toml) = on_postgres().await?;
    let (first, second) = (Shop::new()?, Shop::new()?);
    let key = first.root().join("key");
    let with_key = |shop: Shop| {
        let export = shop.root().join("elsewhere");
        shop.configure(&format!("{toml}[seals]\nkey_file = {key:?}\nexport = {export:?}\n"))
    };
    let (first, second) = (with_key(first), with_key(second));
    first.public_key().await?;
    let token = first.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = first.open().await?;
    let other = second.open().await?;
    let mut last = Value::Null;
    for cents in 10_001..=10_020 {
        last = if cents % 2 == 0 { &first } else { &second }.invoice(&token, cents).await?;
    }
    second.proof(&token, last["id"].as_str().unwrap_or_default()).await?;
    running.kill().await?;
    for cents in 10_021..=10_025 {
        last = second.invoice(&token, cents).await?;
    }
    second.proof(&token, last["id"].as_str().unwrap_or_default()).await?;
    // While it serves: a server's store is read itself.
    let (is_right, said) = second.verify(&[]).await?;
    anyhow::ensure!(is_right && said.contains(" invoices=25 unsealed=0 "), "{said}");
    other.stop().await?;
    // Both exported for themselves, and what they have is one chain.
    for place in [first.root(), second.root()] {
        let export = place.join("elsewhere");
        let (is_right, said) = second.verify(&["--against", export.to_str().unwrap_or_default()]).await?;
        anyhow::ensure!(is_right && said.contains(" exported="), "{said}");
    }

    // On a server it is rights that keep rows as they are.
    let database = server.url();
    let grant = "DO $$ DECLARE r text; BEGIN SELECT rolname INTO r FROM pg_roles WHERE rolname LIKE 'kontor_%_invoices'; \
                 EXECUTE format('GRANT UPDATE ON fn_invoices.history TO %I', r); END $$";
    let (client, connection) = tokio_postgres::connect(&database, tokio_postgres::NoTls).await?;
    let driving = tokio::spawn(connection);
    client.batch_execute(grant).await?;
    let (is_right, said) = second.verify(&[]).await?;
    anyhow::ensure!(!is_right && said.contains("the table history is not append-only any more"), "{said}");
    client.batch_execute(&grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM ")).await?;
    client.batch_execute("DELETE FROM fn_invoices.registrations WHERE sequence = 7").await?;
    let (is_right, said) = second.verify(&[]).await?;
    anyhow::ensure!(!is_right && said.contains("has no invoice 7"), "{said}");
    driving.abort();
    Ok(())
}
