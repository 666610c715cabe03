//! `invoices` cannot do its work: sales go on, events wait, and all invoices follow.
//!
//! Another component that traps or hangs in its place: see `functions/neighbours.rs`.

use std::time::Duration;

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{dense, invoices, money, receipt, sold},
};

#[tokio::test]
async fn without_a_seller_sales_go_on_and_all_invoices_follow_once_there_is_one() -> Tested {
    let shop = Shop::new()?.seller(false);
    let running = shop.open().await?;
    let mut bought = Vec::new();
    for _ in 0..20 {
        bought.push(sold(&shop).await?);
    }
    assert_eq!(money(&shop).await?.0, 20);
    let path = bought[0]["receipt"].as_str().unwrap_or_default();
    let missing = shop.call(Request::get(path).header("accept", "application/json")).await?;
    missing.problem(404, "unknown-receipt")?;
    assert_eq!(missing.header("retry-after"), Some("1"));
    let overview = shop.call_admin(Request::get("/api/overview")).await?.expect(200)?;
    let waiting = overview["events"].as_array().into_iter().flatten().find(|events| events["source"] == "sales");
    assert!(waiting.is_some_and(|events| events["rows"] == 20 && events["dead"] == 0), "{overview}");
    assert_eq!(overview["ready"], true, "the shop is open: {overview}");
    running.stop().await?;

    let shop = shop.seller(true);
    let _running = shop.open().await?;
    for purchase in &bought {
        assert_eq!(receipt(&shop, purchase).await?["gross"], purchase["sale"]["gross"]);
    }
    shop.events_delivered(Duration::from_secs(30)).await?;
    dense(&invoices(&shop).await?, 20)
}

#[tokio::test]
async fn invoices_that_are_cut_off_in_the_middle_follow_once_they_are_let_finish() -> Tested {
    let shop = Shop::new()?;
    // As long as this is in force, the host ends every call of invoices that waits for its commit.
    let hurried = "[functions.invoices.limits]\ndeadline = \"1ms\"\n";
    let shop = shop.configure(hurried);
    let running = shop.open().await?;
    let mut bought = Vec::new();
    for _ in 0..20 {
        bought.push(sold(&shop).await?);
    }
    assert_eq!(money(&shop).await?, (20, 38_000), "sales go on");
    running.stop().await?;

    let shop = shop.forget_configuration();
    let _running = shop.open().await?;
    for purchase in &bought {
        receipt(&shop, purchase).await?;
    }
    shop.events_delivered(Duration::from_secs(60)).await?;
    dense(&invoices(&shop).await?, 20)
}
