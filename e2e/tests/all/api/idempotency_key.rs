//! `Idempotency-Key`: one effect per key, and the same bytes for every repeat.

use e2e::shop::Shop;
use serde_json::json;
use tokio::task::JoinSet;

use crate::{
    Tested,
    purchase::{basic, buy, buy_with_key, dense, invoices, money},
};

#[tokio::test]
async fn a_repeat_gives_the_same_bytes_and_sells_nothing() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    let first = shop.call(buy_with_key(&basic(), "order-1")).await?;
    first.expect(201)?;
    let again = shop.call(buy_with_key(&basic(), "order-1")).await?;
    assert_eq!((again.status, &again.body), (201, &first.body));
    running.stop().await?;
    let _running = shop.open().await?;
    let after_restart = shop.call(buy_with_key(&basic(), "order-1")).await?;
    assert_eq!((after_restart.status, &after_restart.body), (201, &first.body));
    assert_eq!(money(&shop).await?, (1, 1900));
    shop.call(buy_with_key(&basic(), "order-2")).await?.expect(201)?;
    assert_eq!(money(&shop).await?, (2, 3800));
    Ok(())
}

#[tokio::test]
async fn a_repeat_after_the_price_was_raised_tells_what_was_paid() -> Tested {
    let mut shop = Shop::new()?;
    let running = shop.open().await?;
    let first = shop.call(buy_with_key(&basic(), "order-1")).await?;
    running.stop().await?;
    shop = shop.configure("[functions.sales.config]\nlicenses = \"basic=25.00\"\n");
    let _running = shop.open().await?;
    let again = shop.call(buy_with_key(&basic(), "order-1")).await?;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(shop.call(buy(&basic())).await?.expect(201)?["sale"]["gross"], 2500);
    Ok(())
}

#[tokio::test]
async fn a_key_used_again_for_something_else_is_refused() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    shop.call(buy_with_key(&basic(), "order-1")).await?.expect(201)?;
    for order in [json!({ "license": "pro" }), json!({ "license": "basic", "quantity": 2 })] {
        shop.call(buy_with_key(&order, "order-1")).await?.problem(409, "key-reused")?;
    }
    assert_eq!(money(&shop).await?, (1, 1900));
    Ok(())
}

#[tokio::test]
async fn a_refused_purchase_does_not_use_its_key_up() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    shop.call(buy_with_key(&json!({ "license": "gold" }), "order-1")).await?.problem(422, "unknown-license")?;
    shop.call(buy_with_key(&basic(), "order-1")).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    shop.call(buy_with_key(&basic(), &"k".repeat(255))).await?.expect(201)?;
    for key in ["k".repeat(256), String::new()] {
        let answer = shop.call(buy_with_key(&basic(), &key)).await?;
        assert!(answer.status == 400 || answer.status == 422, "{} bytes: {}", key.len(), answer.text());
    }
    assert_eq!(money(&shop).await?, (1, 1900));
    Ok(())
}

#[tokio::test]
async fn a_hundred_at_the_same_moment_are_one_sale() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let mut all = JoinSet::new();
    for _ in 0..100 {
        let mut client = shop.client();
        all.spawn(async move { client.send(buy_with_key(&basic(), "order-1")).await });
    }
    let mut answers = Vec::new();
    while let Some(answer) = all.join_next().await {
        let answer = answer??;
        answer.expect(201)?;
        answers.push(answer.body);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all are told the same: {answers:?}");
    assert_eq!(money(&shop).await?, (1, 1900));
    shop.events_delivered(std::time::Duration::from_secs(30)).await?;
    dense(&invoices(&shop).await?, 1)
}
