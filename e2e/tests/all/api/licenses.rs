//! `GET /api/licenses`.

use e2e::{client::Request, shop::Shop};
use serde_json::json;

use crate::Tested;

#[tokio::test]
async fn the_three_licences_are_offered_with_their_prices() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let offer = shop.call(Request::get("/api/licenses")).await?.expect(200)?;
    assert_eq!((&offer["currency"], &offer["tax_rate"]), (&json!("EUR"), &json!("19")), "{offer}");
    let licenses = offer["licenses"].as_array().cloned().unwrap_or_default();
    let prices: Vec<_> = licenses.iter().map(|one| (one["license"].as_str(), one["gross"].as_i64())).collect();
    assert_eq!(prices, [(Some("basic"), Some(1900)), (Some("pro"), Some(4900)), (Some("enterprise"), Some(19_900))]);
    Ok(())
}
