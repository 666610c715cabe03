//! `kontor functions usage`, and what a budget does to callers.

use e2e::{client::Request, shop::Shop};
use serde_json::Value;

use crate::{Tested, purchase::sold};

/// What `kontor functions usage --json` says of an operation.
async fn used(shop: &Shop, function: &str, operation: &str) -> anyhow::Result<Value> {
    let shown: Value = serde_json::from_str(&shop.run(&["functions", "usage", "--json"]).await?)?;
    let find = |list: &Value, key: &str, name: &str| {
        list.as_array().into_iter().flatten().find(|of| of[key] == name).cloned().unwrap_or_default()
    };
    Ok(find(&find(&shown["functions"], "function", function)["operations"], "operation", operation))
}

#[tokio::test]
async fn purchases_are_charged_and_stay_charged_after_a_restart() -> Tested {
    let shop = Shop::new()?;
    let running = shop.open().await?;
    for _ in 0..3 {
        sold(&shop).await?;
    }
    let before = used(&shop, "sales", "buyLicense").await?;
    assert_eq!((&before["requests"], &before["calls"]), (&3.into(), &3.into()), "{before}");
    assert_eq!(before["cost"], "0.000001", "three calls at 0.2 a million, rounded: {before}");
    for figure in ["cpu_ms", "gb_seconds", "received_bytes", "sent_bytes", "rows"] {
        assert!(before[figure].as_f64().is_some_and(|value| value > 0.0), "{figure}: {before}");
    }
    running.stop().await?;
    let _running = shop.open().await?;
    sold(&shop).await?;
    let after = used(&shop, "sales", "buyLicense").await?;
    assert_eq!(after["calls"], 4, "{after}");
    let table = shop.run(&["functions", "usage", "--since", "30d"]).await?;
    assert!(table.contains("buyLicense") && table.contains("COST EUR"), "{table}");
    Ok(())
}

#[tokio::test]
async fn a_budget_ends_with_429_and_the_time_of_the_next_one() -> Tested {
    let shop = Shop::new()?.configure("[[budgets]]\nfunction = \"sales\"\nper = \"day\"\nrequests = 5\n");
    let _running = shop.open().await?;
    for _ in 0..5 {
        shop.call(Request::get("/api/get_current_money")).await?.expect(200)?;
    }
    let refused = shop.call(Request::get("/api/get_current_money")).await?;
    let problem = refused.problem(429, "budget-used-up")?;
    let seconds: u64 = refused.header("retry-after").unwrap_or_default().parse()?;
    assert!((1..=86_400).contains(&seconds), "{seconds}");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("5 requests to sales for this day") && detail.contains("T00:00:00Z"), "{detail}");
    let overview = shop.call_admin(Request::get("/api/overview")).await?.expect(200)?;
    assert!(overview["warnings"].to_string().contains("the budget of sales is used to 100 %"), "{overview}");
    assert!(shop.log().contains("the budget of sales is used to 80 %"), "{}", shop.log());
    shop.call(Request::get("/receipts/nothing")).await?.expect(404)?;
    Ok(())
}
