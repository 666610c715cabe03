//! What one function does must not hurt the others: `invoices` that traps or hangs instead of writing invoices.

use std::{fs, time::Duration};

use e2e::{
    client::Request,
    guest::{component, manifest},
    shop::Shop,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::drop_in::file;
use crate::{
    Tested,
    purchase::{dense, invoices, money, receipt, sold},
};

/// So long a hanging call may hold its place, so that the test sees several of them.
const DEADLINE: &str = "[functions.invoices.limits]\ndeadline = \"300ms\"\n";

/// `invoices` as `kind` says, until the file is taken away; buys meanwhile.
async fn instead_of_invoices(kind: &str) -> Tested {
    let shop = Shop::new()?.dev(true).seller(false).configure(DEADLINE);
    let _running = shop.open().await?;
    let mut bought = vec![sold(&shop).await?];
    receipt(&shop, &bought[0]).await?;
    let mut bad = manifest("invoices", kind);
    bad["subscriptions"] = json!([{ "source": "sales", "name": "sale.made" }]);
    fs::write(file(&shop, "invoices"), component(&bad)?)?;
    serves(&shop, "version", kind).await?;
    for _ in 0..20 {
        bought.push(sold(&shop).await?);
    }
    // At least one of them was tried and failed.
    let begun = Instant::now();
    loop {
        let failed = shop.call_admin(Request::get("/api/events")).await?.expect(200)?;
        if failed.as_array().is_some_and(|failed| !failed.is_empty()) {
            break;
        }
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(60), "no event failed; the log:\n{}", shop.log());
        sleep(Duration::from_millis(20)).await;
    }
    bought.push(sold(&shop).await?);
    assert_eq!(money(&shop).await?.0, i64::try_from(bought.len())?, "sales go on");
    fs::remove_file(file(&shop, "invoices"))?;
    serves(&shop, "origin", "bundled").await?;
    for purchase in &bought {
        assert_eq!(receipt(&shop, purchase).await?["gross"], purchase["sale"]["gross"]);
    }
    dense(&invoices(&shop).await?, bought.len())
}

/// Waits until what serves as `invoices` is of this version or origin.
async fn serves(shop: &Shop, key: &str, value: &str) -> Tested {
    let begun = Instant::now();
    loop {
        let listed = shop.call_admin(Request::get("/api/functions")).await?.expect(200)?;
        let all = listed["functions"].as_array().into_iter().flatten();
        if all.clone().any(|function| function["name"] == "invoices" && function[key] == value) {
            return Ok(());
        }
        anyhow::ensure!(begun.elapsed() < Duration::from_secs(60), "it never serves: {listed}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn invoices_that_trap_follow_when_it_is_mended() -> Tested {
    instead_of_invoices("traps").await
}

#[tokio::test]
async fn invoices_that_hang_follow_when_it_is_mended() -> Tested {
    instead_of_invoices("hangs").await
}
