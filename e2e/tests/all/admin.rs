//! The operator's listener: health, figures, traces, and who may do what.

use e2e::{client::Request, shop::Shop};
use serde_json::Value;

use crate::{
    Tested,
    purchase::{basic, buy, receipt, sold},
};

#[tokio::test]
async fn health_readiness_and_figures_are_told() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    receipt(&shop, &sold(&shop).await?).await?;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(shop.call_admin(Request::get(path)).await?.status, 200, "{path}");
    }
    let figures = shop.call_admin(Request::get("/metrics")).await?;
    assert!(
        figures.header("content-type").is_some_and(|media_type| media_type.starts_with("text/plain; version=0.0.4"))
    );
    let text = figures.text();
    for line in [
        "kontor_requests_total{function=\"sales\",operation=\"buyLicense\",class=\"2xx\"} 1",
        "kontor_ready 1",
        "kontor_events_waiting{source=\"sales\"} ",
        "# TYPE kontor_request_duration_seconds histogram",
    ] {
        assert!(text.contains(line), "no {line} in:\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let value = line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
        assert!(line.starts_with("kontor_") || line.starts_with("process_"), "{line}");
        assert!(value.is_some(), "no number: {line}");
    }
    Ok(())
}

#[tokio::test]
async fn the_overview_names_functions_operations_and_events() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    receipt(&shop, &sold(&shop).await?).await?;
    shop.events_delivered(std::time::Duration::from_secs(30)).await?;
    let overview = shop.call_admin(Request::get("/api/overview")).await?.expect(200)?;
    assert_eq!((&overview["dev"], &overview["ready"]), (&false.into(), &true.into()), "{overview}");
    let sales = named(&overview["functions"], "name", "sales");
    assert_eq!(sales["host"], format!("http://{}", shop.host("sales")), "{overview}");
    assert_eq!(sales["database"]["state"], "ok");
    assert_eq!(named(&sales["operations"], "operation", "buyLicense")["requests"], 1, "{sales}");
    let invoices = named(&overview["functions"], "name", "invoices");
    assert!(invoices["subscriptions"].to_string().contains("sale.made"), "{invoices}");
    assert_eq!(named(&overview["events"], "source", "sales")["rows"], 0, "{overview}");
    Ok(())
}

fn named(list: &Value, field: &str, name: &str) -> Value {
    let found = list.as_array().into_iter().flatten().find(|one| one[field] == name);
    found.cloned().unwrap_or_default()
}

#[tokio::test]
async fn a_purchase_is_traced_from_the_edge_into_the_database() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = buy(&basic()).header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let bought = shop.call(traced).await?.expect(201)?;
    receipt(&shop, &bought).await?;
    let traces = shop.call_admin(Request::get("/api/traces")).await?.expect(200)?;
    let spans = |name: &str| -> Vec<String> {
        let of_trace = |one: &&Value| one["id"] == trace && one["name"] == name;
        let found = traces.as_array().into_iter().flatten().find(of_trace).cloned().unwrap_or_default();
        let spans = found["spans"].as_array().cloned().unwrap_or_default();
        spans.iter().filter_map(|span| span["name"].as_str().map(ToOwned::to_owned)).collect()
    };
    // An hour's first purchase asks the database more often than the others.
    let purchase = spans("POST /api/buy_mpi");
    assert!(purchase.starts_with(&["edge", "sales handle"].map(str::to_owned)), "{traces}");
    assert!(purchase.ends_with(&["sql.execute", "queue", "commit"].map(str::to_owned)), "{traces}");
    let event = spans("event sale.made");
    assert!(event.iter().any(|span| span == "invoices on-event"), "its event goes on in the same trace: {traces}");
    Ok(())
}

#[tokio::test]
async fn a_dashboard_is_shown() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let page = shop.call_admin(Request::get("/")).await?;
    assert_eq!(page.status, 200);
    assert!(
        page.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html")),
        "{}",
        page.text()
    );
    assert!(page.header("content-security-policy").is_some());
    Ok(())
}

#[tokio::test]
async fn foreign_names_and_foreign_pages_reach_nothing() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    for path in ["/", "/api/overview", "/metrics", "/api/tokens"] {
        shop.call_admin(Request::get(path).host("evil.example")).await?.problem(421, "unknown-host")?;
        let foreign = Request::get(path).header("sec-fetch-site", "cross-site");
        shop.call_admin(foreign).await?.problem(403, "cross-site")?;
    }
    Ok(())
}

#[tokio::test]
async fn what_changes_anything_takes_the_admin_key() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let service = shop.token("root", &["*"]).await?;
    let target = serde_json::json!({ "source": "sales", "subscriber": "invoices", "id": 1 });
    let token = serde_json::json!({ "name": "mine", "scopes": ["*"] });
    let requests = [
        Request::post("/api/events/replay", &target),
        Request::post("/api/events/skip", &target),
        Request::post("/api/tokens", &token),
        Request::get("/api/tokens"),
        Request::new("DELETE", "/api/tokens/root"),
    ];
    for request in requests {
        shop.call_admin(request.clone()).await?.problem(401, "unauthorized")?;
        shop.call_admin(request.clone().bearer(&service)).await?.problem(401, "unauthorized")?;
        // Nor is any of it on the listener that everybody reaches.
        assert_ne!(shop.call(request).await?.status / 100, 2);
    }
    let key = std::fs::read_to_string(shop.data().join("admin.key"))?;
    shop.call_admin(Request::get("/api/tokens").bearer(key.trim())).await?.expect(200)?;
    Ok(())
}
