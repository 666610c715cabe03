//! `POST /invoices` and what follows: for services with the scope `invoices:write`.

use e2e::{client::Request, shop::Shop};
use serde_json::{Value, json};

use crate::Tested;

fn post(shop: &Shop, path: &str, token: &str, key: &str, body: &Value) -> Request {
    Request::post(path, body).host(&shop.host("invoices")).bearer(token).header("idempotency-key", key)
}

fn draft() -> Value {
    json!({
        "buyer": {
            "login": "anna", "name": "Anna Änderung", "street": "Weg 1", "zip": "10115", "city": "Berlin", "country": "DE",
        },
        "currency": "EUR", "pricing": "net", "delivery": {"date": "2026-11-21"},
        "lines": [{"name": "Beratung", "quantity": 2, "unit": "HUR", "unit_price": "50.00", "rate": "19"}],
    })
}

#[tokio::test]
async fn an_invoice_is_issued_paid_cancelled_and_its_balance_used() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let reader = shop.token("reader", &["invoices:read"]).await?;
    shop.call(post(&shop, "/invoices", &reader, "1", &draft())).await?.problem(403, "forbidden")?;
    let token = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let keyless = Request::post("/invoices", &draft()).host(&shop.host("invoices")).bearer(&token);
    shop.call(keyless).await?.problem(400, "key-missing")?;
    shop.call(post(&shop, "/invoices", &token, "2", &json!({}))).await?.problem(422, "invalid-invoice")?;

    let preview = shop.call(post(&shop, "/invoices?preview=true", &token, "p", &draft())).await?.expect(200)?;
    assert_eq!(preview["due"], 11_900, "{preview}");
    let first = shop.call(post(&shop, "/invoices", &token, "3", &draft())).await?.expect(201)?;
    let again = shop.call(post(&shop, "/invoices", &token, "3", &draft())).await?.expect(201)?;
    assert_eq!((&first, &first["sequence"]), (&again, &json!(1)), "the preview and the refusals took no number");

    let path = format!("/invoices/{}", first["id"].as_str().unwrap_or_default());
    let money = json!({"amount": 11_900, "why": "bank statement"});
    let paid = shop.call(post(&shop, &format!("{path}/payments"), &token, "4", &money)).await?.expect(201)?;
    assert_eq!((&paid["state"], &paid["open"]), (&json!("paid"), &json!(0)), "{paid}");
    let reason = json!({"reason": "returned"});
    let cancelled = shop.call(post(&shop, &format!("{path}/cancellation"), &token, "5", &reason)).await?.expect(201)?;
    assert_eq!((&cancelled["title"], &cancelled["sequence"]), (&json!("Stornorechnung"), &json!(2)), "{cancelled}");

    let mut asked = draft();
    asked["use_balance"] = json!("all");
    let second = shop.call(post(&shop, "/invoices", &token, "6", &asked)).await?.expect(201)?;
    assert_eq!((&second["due"], &second["state"]), (&json!(0), &json!("paid")), "{second}");
    asked["use_balance"] = json!(1);
    shop.call(post(&shop, "/invoices", &token, "7", &asked)).await?.problem(409, "balance-too-small")?;
    let get = |path: String| Request::get(path).host(&shop.host("invoices")).bearer(&token);
    let history = shop.call(get(format!("{path}/history"))).await?.expect(200)?;
    assert_eq!((&history["state"], &history["changes"][2]["by"]), (&json!("cancelled"), &json!("clerk")), "{history}");
    let listed = shop.call(get("/invoices?customer=anna&state=paid".to_owned())).await?.expect(200)?;
    assert_eq!(listed["invoices"][0]["id"], second["id"], "{listed}");
    Ok(())
}
