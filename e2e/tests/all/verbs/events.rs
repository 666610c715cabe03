//! `kontor events list|replay|skip`: what an operator does about a dead letter.

use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::shop::Shop;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    Tested,
    purchase::{ada, buy, dense, invoices, receipt},
};

/// Two purchases of one customer, whose events wait; the first is damaged and has one try left.
async fn with_a_damaged_event(shop: Shop) -> Result<(Shop, Value)> {
    let running = shop.open().await?;
    let order = json!({ "license": "basic", "customer": ada() });
    shop.call(buy(&order)).await?.expect(201)?;
    let second = shop.call(buy(&order)).await?.expect(201)?;
    running.stop().await?;
    let sales = Connection::open(shop.data().join("sql/sales.sqlite"))?;
    let id: i64 = sales.query_row("SELECT min(id) FROM kontor_outbox", [], |row| row.get(0))?;
    // As long as before: the sizes of all events together are counted.
    sales.execute("UPDATE kontor_outbox SET payload = replace(payload, '\"', '!') WHERE id = ?1", [id])?;
    sales.execute(
        "INSERT OR REPLACE INTO kontor_outbox_failed (id, failed, next_us, error, dead) VALUES (?1, 19, 0, 'tried', 0)",
        [id],
    )?;
    Ok((shop.seller(true), second))
}

/// The first listed event, once it is given up, or once it is not.
async fn listed(shop: &Shop, dead: bool) -> Result<Value> {
    let shown = async {
        loop {
            let listed: Value = serde_json::from_str(&shop.run(&["events", "list", "--json"]).await?)?;
            let listed = &listed["failed"];
            if listed[0]["dead"] == dead {
                return anyhow::Ok(listed[0].clone());
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), shown).await.with_context(|| format!("no event is listed with dead={dead}"))?
}

#[tokio::test]
async fn a_dead_letter_blocks_its_key_until_it_is_skipped() -> Tested {
    let (shop, _) = with_a_damaged_event(Shop::new()?.seller(false)).await?;
    let _running = shop.open().await?;
    let dead = listed(&shop, true).await?;
    assert_eq!((&dead["source"], &dead["subscriber"]), (&json!("sales"), &json!("invoices")), "{dead}");
    assert_eq!((&dead["name"], &dead["failed"]), (&json!("sale.made"), &json!(20)), "{dead}");
    assert!(dead["error"].as_str().is_some_and(|error| !error.is_empty()), "it says why: {dead}");
    let others = crate::purchase::sold(&shop).await?;
    receipt(&shop, &others).await?;
    assert_eq!(invoices(&shop).await?.len(), 1, "another customer's invoice does not wait, the same one's does");

    let id = dead["id"].to_string();
    shop.run(&["events", "replay", "sales", "invoices", &id]).await?;
    let again = listed(&shop, false).await?;
    assert!(again["failed"].as_u64().is_some_and(|failed| failed < 20), "it is tried from the start: {again}");
    let unskippable = shop.command(&["events", "skip", "sales", "invoices", &id]).await?;
    assert!(!unskippable.status.success(), "only dead letters are thrown away");
    Ok(())
}

#[tokio::test]
async fn after_a_skip_the_key_goes_on() -> Tested {
    let (shop, second) = with_a_damaged_event(Shop::new()?.seller(false)).await?;
    let _running = shop.open().await?;
    let id = listed(&shop, true).await?["id"].to_string();
    shop.run(&["events", "skip", "sales", "invoices", &id]).await?;
    receipt(&shop, &second).await?;
    dense(&invoices(&shop).await?, 1)?;
    assert!(shop.log().contains("dead letter"), "an operator's deed is in the log:\n{}", shop.log());
    let gone = shop.command(&["events", "skip", "sales", "invoices", &id]).await?;
    let said = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert!(!gone.status.success() && said.contains(&id), "{said}");
    Ok(())
}

#[tokio::test]
async fn what_waits_is_counted_and_why_is_said() -> Tested {
    let shop = Shop::new()?.seller(false);
    let running = shop.open().await?;
    for _ in 0..3 {
        crate::purchase::sold(&shop).await?;
    }
    let paused = async |why: &str| {
        let shown = async {
            loop {
                let listed: Value = serde_json::from_str(&shop.run(&["events", "list", "--json"]).await?)?;
                let waiting = listed["waiting"][0].clone();
                if waiting["paused"].as_str().is_some_and(|paused| paused.contains(why)) {
                    return anyhow::Ok(waiting);
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(30), shown).await.with_context(|| format!("nothing pauses because of {why}"))?
    };
    let waiting = paused("seller_name").await?;
    assert_eq!((&waiting["source"], &waiting["subscriber"]), (&json!("sales"), &json!("invoices")), "{waiting}");
    assert_eq!(waiting["events"], 3, "{waiting}");
    assert!(waiting["oldest_ms"].is_i64(), "{waiting}");
    let shown = shop.run(&["events", "list"]).await?;
    assert!(
        shown.contains("WAITING") && shown.contains("seller_name") && shown.contains("No event has failed"),
        "{shown}"
    );
    running.stop().await?;
    assert_eq!(paused("not serving").await?["events"], 3);
    Ok(())
}
