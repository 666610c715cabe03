//! `invoices` cannot write: sales go on, events wait, and all invoices follow.

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
