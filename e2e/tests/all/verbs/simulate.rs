//! `kontor simulate invoices N`.

use e2e::{client::Request, shop::Shop};

use crate::Tested;

#[tokio::test]
async fn an_empty_folder_is_filled_once_and_with_marked_invoices() -> Tested {
    let shop = Shop::new()?.dev(true).seller(false);
    // So that the functions are compiled already.
    shop.open().await?.stop().await?;
    let said = shop.run(&["simulate", "invoices", "40"]).await?;
    assert!(said.starts_with("invoices=40 ") && said.contains("bytes_per_invoice="), "{said}");
    let again = shop.run(&["simulate", "invoices", "1"]).await;
    let refused = again.err().map(|error| format!("{error:#}")).unwrap_or_default();
    assert!(refused.contains("holds invoices already"), "{refused}");

    let _running = shop.open().await?;
    let all = Request::get("/invoices?series=TEST&limit=500").host(&shop.host("invoices"));
    let all = shop.call(all).await?.expect(200)?;
    let all = all["invoices"].as_array().cloned().unwrap_or_default();
    assert_eq!(all.len(), 40);
    for (invoice, sequence) in all.iter().zip(1..) {
        assert_eq!((&invoice["sequence"], &invoice["seller"]["sample"]), (&sequence.into(), &true.into()), "{invoice}");
        assert_eq!(invoice["lines"].as_array().map(Vec::len), Some(5), "{invoice}");
    }
    Ok(())
}
