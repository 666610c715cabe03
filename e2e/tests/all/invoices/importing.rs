//! `POST /invoices/imports`: for services with the scope `invoices:import`.

use e2e::{client::Request, shop::Shop};
use serde_json::json;

use crate::Tested;

#[tokio::test]
async fn an_invoice_from_elsewhere_is_taken_over_by_who_may() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let clerk = shop.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let mover = shop.token("mover", &["invoices:import"]).await?;
    let import = json!({
        "number": "2019/117", "issued_on": "2025-03-14", "paid": true,
        "invoice": {
            "login": "anna", "currency": "EUR", "pricing": "gross", "delivery": {"date": "2025-03-14"},
            "lines": [{"name": "Buch", "quantity": 1, "unit_price": "21.40", "rate": "7"}],
        },
    });
    let send = |token: &str, key: &str| {
        let request = Request::post("/invoices/imports", &import).host(&shop.host("invoices")).bearer(token);
        shop.call(request.header("idempotency-key", key))
    };
    send(&clerk, "1").await?.problem(403, "forbidden")?;
    let taken = send(&mover, "1").await?.expect(201)?;
    assert_eq!((&taken["number"], &taken["keep_until"]), (&json!("2019/117"), &json!("2033-12-31")), "{taken}");
    assert_eq!(send(&mover, "1").await?.expect(201)?, taken, "a repeat is answered the same");
    send(&mover, "2").await?.problem(409, "number-taken")?;
    let found = Request::get("/invoices?number=2019/117").host(&shop.host("invoices")).bearer(&clerk);
    let found = shop.call(found).await?.expect(200)?;
    assert_eq!(found["invoices"][0]["id"], taken["id"], "{found}");
    Ok(())
}
