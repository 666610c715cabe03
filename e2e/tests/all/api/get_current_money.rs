//! `GET /api/get_current_money`.

use e2e::{client::Request, shop::Shop};
use serde_json::json;

use crate::{
    Tested,
    purchase::{buy, money},
};

#[tokio::test]
async fn it_counts_sales_and_turnover() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    assert_eq!(money(&shop).await?, (0, 0));
    for (license, so_far) in [("basic", (1, 1900)), ("pro", (2, 6800)), ("enterprise", (3, 26_700))] {
        shop.call(buy(&json!({ "license": license }))).await?.expect(201)?;
        assert_eq!(money(&shop).await?, so_far, "a buyer reads its own purchase");
    }
    Ok(())
}

#[tokio::test]
async fn it_is_there_on_the_functions_own_host_too() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let there = Request::get("/api/get_current_money").host(&shop.host("sales"));
    assert_eq!(shop.call(there).await?.expect(200)?["sales"], 0);
    Ok(())
}
