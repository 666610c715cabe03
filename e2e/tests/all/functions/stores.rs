//! A function with documents and entries: copied into the folder, granted, used over HTTP, and there again after a kill.

use std::fs;

use anyhow::{Context as _, Result};
use e2e::{client::Request, guest::example, shop::Shop};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::drop_in::{failed, file};
use crate::Tested;

const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the function answers at all.
pub async fn live(shop: &Shop) -> Result<()> {
    let begun = Instant::now();
    loop {
        let answer = shop.call(Request::get("/wishlists?owner=nobody").host(&shop.host("wishlists"))).await?;
        if answer.status == 200 {
            return Ok(());
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "{} {}; the log:\n{}", answer.status, answer.text(), shop.log());
        sleep(Duration::from_millis(10)).await;
    }
}

pub async fn create(shop: &Shop, owner: &str, title: &str) -> Result<Value> {
    let list = json!({ "owner": owner, "title": title, "wishes": [{ "item": "pro", "quantity": 1 }] });
    shop.call(Request::post("/wishlists", &list).host(&shop.host("wishlists"))).await?.expect(201)
}

fn path(list: &Value) -> Result<String> {
    Ok(format!("/wishlists/{}", list["id"].as_str().context("a list has an id")?))
}

pub async fn show(shop: &Shop, list: &Value) -> Result<Value> {
    shop.call(Request::get(path(list)?).host(&shop.host("wishlists"))).await?.expect(200)
}

#[tokio::test]
async fn a_dropped_in_function_keeps_documents_and_counts_over_a_kill() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    fs::write(file(&shop, "wishlists"), example()?)?;
    let reason = failed(&shop, "wishlists").await?;
    assert!(reason.contains("`kontor functions grant wishlists documents keyvalue`"), "{reason}");
    shop.run(&["functions", "grant", "wishlists", "documents", "keyvalue"]).await?;
    live(&shop).await?;
    let host = shop.host("wishlists");

    let (birthday, wedding) = (create(&shop, "anna", "Birthday").await?, create(&shop, "anna", "Wedding").await?);
    create(&shop, "berta", "Other").await?;
    let page = shop.call(Request::get("/wishlists?owner=anna&limit=1").host(&host)).await?.expect(200)?;
    assert_eq!(page["lists"], json!([{ "id": wedding["id"], "title": "Wedding" }]));
    let next = page["next"].as_str().context("there is another page")?;
    let next: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let page = shop
        .call(Request::get(format!("/wishlists?owner=anna&limit=1&after={next}")).host(&host))
        .await?
        .expect(200)?;
    assert_eq!((page["lists"][0]["title"].as_str(), page["next"].as_str()), (Some("Birthday"), None));

    let change = |version: &Value| json!({ "version": version, "title": "Birthday party", "wishes": [] });
    let asked = |version: &Value| anyhow::Ok(Request::post(path(&birthday)?, &change(version)).host(&host));
    let changed = shop.call(asked(&birthday["version"])?).await?.expect(200)?;
    shop.call(asked(&birthday["version"])?).await?.problem(409, "changed-meanwhile")?;
    assert_eq!(show(&shop, &birthday).await?["views"], 1);
    running.kill().await?;

    let running = shop.open().await?;
    live(&shop).await?;
    let shown = show(&shop, &birthday).await?;
    assert_eq!((&shown["views"], &shown["version"]), (&json!(2), &changed["version"]));
    assert_eq!(shown["list"]["title"], "Birthday party");
    running.stop().await
}
