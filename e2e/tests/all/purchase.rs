//! Steps that many tests take: buying, and waiting for what follows.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use e2e::{client::Request, shop::Shop};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// An invoice follows within a moment; a busy machine gets more of it.
const FOLLOWS_MAX: Duration = Duration::from_secs(30);

/// A purchase as the shop page sends it.
pub fn buy(body: &Value) -> Request {
    Request::post("/api/buy_mpi", body)
}

/// A purchase that is safe to repeat.
pub fn buy_with_key(body: &Value, key: &str) -> Request {
    buy(body).header("idempotency-key", key)
}

/// The simplest purchase.
pub fn basic() -> Value {
    json!({ "license": "basic" })
}

/// A buyer as `customer` has to be.
pub fn ada() -> Value {
    json!({ "login": "ada", "name": "Ada Käufer", "street": "Marktstraße 1", "zip": "12345", "city": "Musterstadt",
        "country": "DE", "email": "ada@example.com" })
}

/// Number of sales and turnover.
pub async fn money(shop: &Shop) -> Result<(i64, i64)> {
    let money = shop.call(Request::get("/api/get_current_money")).await?.expect(200)?;
    let sales = money["sales"].as_i64().with_context(|| format!("no number of sales: {money}"))?;
    let turnover = money["turnover"].as_i64().with_context(|| format!("no turnover: {money}"))?;
    anyhow::ensure!(money["currency"] == "EUR", "{money}");
    Ok((sales, turnover))
}

/// Buys one basic licence, and gives the answer.
pub async fn sold(shop: &Shop) -> Result<Value> {
    shop.call(buy(&basic())).await?.expect(201)
}

/// The receipt of a purchase as JSON, once its invoice is written.
pub async fn receipt(shop: &Shop, purchase: &Value) -> Result<Value> {
    let path = purchase["receipt"].as_str().context("a purchase without a receipt's address")?;
    let mut client = shop.client();
    let begun = Instant::now();
    loop {
        let answer = client.send(Request::get(path).header("accept", "application/json")).await?;
        if answer.status == 200 {
            return answer.json();
        }
        answer.problem(404, "unknown-receipt")?;
        if begun.elapsed() > FOLLOWS_MAX {
            bail!("no invoice followed within {FOLLOWS_MAX:?}; the log:\n{}", shop.log());
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// Every invoice's number and gross, read with a token made for it.
pub async fn invoices(shop: &Shop) -> Result<Vec<(String, i64)>> {
    let name = format!("reader-{}", fastrand::u32(..));
    let token = shop.token(&name, &["invoices:read"]).await?;
    let mut all = e2e::kills::all_invoices(shop, &token).await?;
    all.sort_unstable();
    Ok(all)
}

/// Fails unless these are the numbers 1 to `count` of one series.
pub fn dense(invoices: &[(String, i64)], count: usize) -> Result<()> {
    let last = |number: &str| number.rsplit('-').next().and_then(|last| last.parse::<usize>().ok());
    let mut numbers: Vec<_> = invoices.iter().map(|(number, _)| last(number)).collect();
    numbers.sort_unstable();
    let expected: Vec<_> = (1..=count).map(Some).collect();
    anyhow::ensure!(numbers == expected, "expected the numbers 1 to {count}: {invoices:?}");
    Ok(())
}
