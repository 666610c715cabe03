//! `DELETE /api/sales`: only with the scope `sales:reset`; invoices stay.

use e2e::{client::Request, shop::Shop};

use crate::{
    Tested,
    purchase::{dense, invoices, money, receipt, sold},
};

fn reset() -> Request {
    Request::new("DELETE", "/api/sales")
}

#[tokio::test]
async fn it_takes_the_scope() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    sold(&shop).await?;
    let refused = shop.call(reset()).await?;
    refused.problem(401, "unauthorized")?;
    assert!(refused.header("www-authenticate").is_some_and(|scheme| scheme.starts_with("Bearer")));
    shop.call(reset().bearer("kt_wrong")).await?.problem(401, "unauthorized")?;
    let reader = shop.token("reader", &["invoices:read"]).await?;
    let refused = shop.call(reset().bearer(&reader)).await?.problem(403, "forbidden")?;
    assert!(refused.to_string().contains("sales:reset"), "it names what is missing: {refused}");
    assert_eq!(money(&shop).await?, (1, 1900));
    Ok(())
}

#[tokio::test]
async fn it_empties_the_sales_and_leaves_the_invoices() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let first = sold(&shop).await?;
    let second = sold(&shop).await?;
    let invoice = receipt(&shop, &first).await?;
    receipt(&shop, &second).await?;
    let token = shop.token("backoffice", &["sales:reset"]).await?;
    assert_eq!(shop.call(reset().bearer(&token)).await?.expect(200)?["deleted"], 2);
    assert_eq!(money(&shop).await?, (0, 0));
    assert_eq!(shop.call(reset().bearer(&token)).await?.expect(200)?["deleted"], 0);
    assert_eq!(receipt(&shop, &first).await?, invoice);
    let third = sold(&shop).await?;
    receipt(&shop, &third).await?;
    assert_eq!(money(&shop).await?, (1, 1900));
    dense(&invoices(&shop).await?, 3)
}

#[tokio::test]
async fn the_scope_of_all_scopes_is_enough() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let token = shop.token("root", &["*"]).await?;
    assert_eq!(shop.call(reset().bearer(&token)).await?.expect(200)?["deleted"], 0);
    Ok(())
}
