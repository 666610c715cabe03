//! The main job, and that a second start finds what the first one did.

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{ada, buy, invoices, money, receipt},
};

#[tokio::test]
async fn a_licence_is_sold_its_invoice_follows_and_a_second_start_finds_both() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let order = serde_json::json!({ "license": "pro", "quantity": 2, "customer": ada() });
    let bought = shop.call(buy(&order)).await?.expect(201)?;
    let sale = &bought["sale"];
    assert_eq!((&sale["license"], &sale["quantity"]), (&"pro".into(), &2.into()), "{bought}");
    assert_eq!((&sale["unit_gross"], &sale["gross"]), (&4900.into(), &9800.into()), "{bought}");
    let invoice = receipt(&shop, &bought).await?;
    assert_eq!(invoice["gross"], 9800, "the invoice's gross is what was paid: {invoice}");
    assert_eq!(invoice["id"], bought["invoice"]["id"], "the sale names its invoice: {invoice}");
    let number = invoice["number"].as_str().unwrap_or_default();
    assert!(number.starts_with("RE-2") && number.ends_with("-000001") && number.len() == 14, "{number}");
    assert_eq!(invoice["buyer"]["name"], "Ada Käufer", "{invoice}");
    assert_eq!(money(&shop).await?, (1, 9800));
    running.stop().await?;

    let running = shop.open().await?;
    assert_eq!(money(&shop).await?, (1, 9800));
    assert_eq!(receipt(&shop, &bought).await?, invoice);
    assert_eq!(invoices(&shop).await?, [(number.to_owned(), 9800)]);
    let next = shop.call(buy(&serde_json::json!({ "license": "basic" }))).await?.expect(201)?;
    assert!(receipt(&shop, &next).await?["number"].as_str().is_some_and(|number| number.ends_with("-000002")));
    running.stop().await
}

#[tokio::test]
async fn a_receipts_full_address_is_that_of_the_function() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let bought = crate::purchase::sold(&shop).await?;
    receipt(&shop, &bought).await?;
    let path = bought["receipt"].as_str().unwrap_or_default();
    assert_eq!(bought["receipt_url"], format!("http://{}{path}", shop.host("invoices")), "{bought}");
    let there = Request::get(path).host(&shop.host("invoices")).header("accept", "application/json");
    shop.call(there).await?.expect(200)?;
    Ok(())
}
