//! `GET /api/sales_per_hour`.

use e2e::{client::Request, shop::Shop};

use crate::{Tested, purchase::sold};

#[tokio::test]
async fn only_hours_with_sales_are_shown() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let empty = shop.call(Request::get("/api/sales_per_hour")).await?.expect(200)?;
    assert_eq!(empty["hours"], serde_json::json!([]), "{empty}");
    sold(&shop).await?;
    sold(&shop).await?;
    for path in ["/api/sales_per_hour", "/api/sales_per_hour?hours=1", "/api/sales_per_hour?hours=168"] {
        let shown = shop.call(Request::get(path)).await?.expect(200)?;
        let hours = shown["hours"].as_array().cloned().unwrap_or_default();
        let sum = |name: &str| hours.iter().filter_map(|hour| hour[name].as_i64()).sum::<i64>();
        // The two can lie in two hours, of which the last hour alone may show one.
        assert!(path.ends_with("=1") || (sum("sales"), sum("turnover")) == (2, 3800), "{path}: {shown}");
        let full = |hour: &serde_json::Value| hour["hour"].as_str().is_some_and(|hour| hour.ends_with(":00:00Z"));
        assert!(!hours.is_empty() && hours.iter().all(full), "{path}: {shown}");
    }
    Ok(())
}

#[tokio::test]
async fn a_number_of_hours_that_makes_no_sense_is_refused() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for hours in ["0", "169", "-1", "many", "", "1.5", "99999999999999999999"] {
        let answer = shop.call(Request::get(format!("/api/sales_per_hour?hours={hours}"))).await?;
        let refused = answer.problem(422, "invalid-parameters")?;
        assert_eq!(refused["errors"][0]["pointer"], "#/query/hours", "{hours:?}: {refused}");
    }
    Ok(())
}
