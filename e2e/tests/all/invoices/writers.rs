//! One customer's balance, and 64 that want it at once.

use e2e::{client::Request, shop::Shop};
use serde_json::{Value, json};

use crate::Tested;

const WRITERS: usize = 64;
/// What each of them asks for, minor units.
const EACH: i64 = 700;
/// Enough for ten of them, and for a part of one more.
const BALANCE: i64 = 10 * EACH + 400;

fn post(shop: &Shop, path: &str, token: &str, key: &str, body: &Value) -> Request {
    Request::post(path, body).host(&shop.host("invoices")).bearer(token).header("idempotency-key", key)
}

#[tokio::test]
async fn a_balance_is_never_overdrawn_whoever_asks_at_once() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let deposit = json!({"operation": "deposit", "currency": "EUR", "amount": BALANCE, "why": "voucher"});
    shop.call(post(&shop, "/customers/anna/balance", &token, "d", &deposit)).await?.expect(201)?;

    // Every other one is paid out, the others pay an invoice with it; each has a connection of its own.
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let invoice = json!({
            "login": "anna", "currency": "EUR", "pricing": "gross", "use_balance": EACH, "delivery": {"date": "2026-11-21"},
            "lines": [{"name": "Buch", "quantity": 1, "unit_price": "21.40", "rate": "7"}],
        });
        let pay_out = json!({"operation": "pay_out", "currency": "EUR", "amount": EACH, "why": "asked for"});
        let (path, body) = if writer % 2 == 0 { ("/invoices", invoice) } else { ("/customers/anna/balance", pay_out) };
        let (mut client, request) = (shop.client(), post(&shop, path, &token, &format!("w{writer}"), &body));
        writers.spawn(async move { client.send(request).await.map(|answer| (writer, answer)) });
    }
    let (mut taken, mut sequences) = (0, Vec::new());
    for done in writers.join_all().await {
        let (writer, answer) = done?;
        if answer.status != 201 {
            let problem = answer.problem(409, "balance-too-small")?;
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("the balance is")), "{problem}");
            continue;
        }
        taken += 1;
        sequences.extend(answer.json()?["sequence"].as_i64().filter(|_| writer % 2 == 0));
    }
    assert_eq!(taken, 10, "as many as there is money for");
    sequences.sort_unstable();
    assert!(sequences.iter().copied().eq(1..=sequences.len() as i64), "{sequences:?}");
    let left = Request::get("/customers/anna/balance").host(&shop.host("invoices")).bearer(&token);
    let left = shop.call(left).await?.expect(200)?;
    assert_eq!(left["balances"][0]["amount"], BALANCE - 10 * EACH, "{left}");
    Ok(())
}
