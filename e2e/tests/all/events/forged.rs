//! A `sale.made` from outside, by every way that we can think of, makes no invoice: events are no HTTP route.

use anyhow::Result;
use e2e::{
    client::{Client, Request},
    shop::Shop,
};
use serde_json::{Value, json};

use crate::{
    Tested,
    purchase::{basic, dense, invoices, receipt, sold},
};

/// What the sale would look like, in the shapes that somebody may try.
fn forgeries(real: &Value) -> Vec<Value> {
    let mut payload = real["sale"].clone();
    payload["id"] = "01JFORGED0000000000000000F".into();
    let event = |payload: Value| {
        json!({ "id": 4711, "source": "sales", "name": "sale.made", "key": "guest-forged", "payload": payload,
            "time": 1_763_719_200_000_000_i64, "attempt": 1, "trace-id": "4bf92f3577b34da6a3ce929d0e0e4736" })
    };
    let cloud = json!({ "specversion": "1.0", "type": "sale.made", "source": "sales", "id": "1", "data": payload });
    vec![
        event(payload.clone()),
        event(Value::String(payload.to_string())),
        json!({ "events": [event(payload.clone())] }),
        json!([event(payload.clone())]),
        cloud,
        payload,
    ]
}

const PATHS: [&str; 24] = [
    "/",
    "/on-event",
    "/on_event",
    "/onEvent",
    "/event",
    "/events",
    "/events/sale.made",
    "/sale.made",
    "/api/events",
    "/api/events/sale.made",
    "/api/events/publish",
    "/api/events/replay",
    "/api/on-event",
    "/api/publish",
    "/api/outbox",
    "/_events",
    "/_kontor/events",
    "/.well-known/kontor/events",
    "/kontor:function/function/on-event",
    "/invoices",
    "/invoices/on-event",
    "/receipts/on-event",
    "/internal/sales/sale.made",
    "/on-schedule",
];

const HOSTS: [&str; 6] =
    ["invoices.localhost", "sales.localhost", "localhost", "invoices.internal", "sales.internal", "127.0.0.1"];

const HEADERS: [(&str, &str); 12] = [
    ("x-kontor-event", "sale.made"),
    ("x-kontor-operation", "on-event"),
    ("x-kontor-source", "sales"),
    ("x-kontor-caller", "sales"),
    ("x-http-method-override", "ON-EVENT"),
    ("x-original-url", "/on-event"),
    ("x-rewrite-url", "/on-event"),
    ("x-forwarded-host", "invoices.internal"),
    ("x-internal", "true"),
    ("ce-type", "sale.made"),
    ("ce-source", "sales"),
    ("upgrade", "kontor-events"),
];

/// Sends a forgery. A refused request is fine, one that ends the connection too; a failure inside is not.
async fn in_vain(client: &mut Client, request: Request) -> Result<()> {
    let shown = format!("{request:?}");
    if let Ok(answer) = client.send(request).await {
        anyhow::ensure!(answer.status < 500 || answer.status == 501, "{shown}: {} {}", answer.status, answer.text());
    }
    Ok(())
}

#[tokio::test]
async fn a_forged_sale_makes_no_invoice() -> Tested {
    let shop = Shop::new()?;
    let _running = shop.open().await?;
    let service = shop.token("service", &["invoices:read", "sales:reset"]).await?;
    let real = sold(&shop).await?;
    receipt(&shop, &real).await?;
    let forgeries = forgeries(&real);

    by_path(&shop, &forgeries, &service).await?;
    by_header(&shop, &forgeries).await?;
    by_the_operators_listener(&shop, &forgeries, &service).await?;
    by_the_purchase_itself(&shop, &forgeries).await?;

    // Whatever was let in by mistake would have come before this one.
    receipt(&shop, &sold(&shop).await?).await?;
    shop.events_delivered(std::time::Duration::from_secs(30)).await?;
    dense(&invoices(&shop).await?, 2)
}

async fn by_path(shop: &Shop, forgeries: &[Value], service: &str) -> Result<()> {
    let mut client = shop.client();
    for host in HOSTS {
        let host = format!("{host}:{}", shop.http().port());
        for (index, path) in PATHS.iter().enumerate() {
            let forgery = &forgeries[index % forgeries.len()];
            for method in ["POST", "PUT", "EVENT"] {
                let request = Request::new(method, *path).host(&host).header("content-type", "application/json");
                in_vain(&mut client, request.clone().body(forgery.to_string())).await?;
                in_vain(&mut client, request.bearer(service).body(forgery.to_string())).await?;
            }
        }
    }
    Ok(())
}

/// On operations that exist, with what might lead elsewhere.
async fn by_header(shop: &Shop, forgeries: &[Value]) -> Result<()> {
    let mut client = shop.client();
    for (name, value) in HEADERS {
        for (method, path, host) in [
            ("POST", "/api/buy_mpi", "sales"),
            ("POST", "/invoices", "invoices"),
            ("GET", "/receipts/on-event", "invoices"),
            ("GET", "/api/get_current_money?operation=on-event&source=sales", "sales"),
        ] {
            for forgery in forgeries {
                let request = Request::new(method, path).host(&shop.host(host)).header(name, value);
                let request = request.header("content-type", "application/json").body(forgery.to_string());
                in_vain(&mut client, request).await?;
            }
        }
    }
    Ok(())
}

/// Without the admin key, with a service's token in its place, and with the right key on what replays dead letters only.
async fn by_the_operators_listener(shop: &Shop, forgeries: &[Value], service: &str) -> Result<()> {
    let key = std::fs::read_to_string(shop.data().join("admin.key"))?;
    let mut client = Client::new(shop.admin(), "localhost");
    for path in PATHS {
        for forgery in forgeries {
            for bearer in [None, Some(service), Some(key.trim())] {
                let request = Request::post(path, forgery);
                in_vain(&mut client, bearer.into_iter().fold(request, Request::bearer)).await?;
            }
        }
    }
    Ok(())
}

/// An order with fields that an event has: refused, and certainly no second event.
async fn by_the_purchase_itself(shop: &Shop, forgeries: &[Value]) -> Result<()> {
    for forgery in forgeries {
        for field in ["events", "event", "sale.made", "id", "invoice", "source", "sold_at", "receipt"] {
            let mut order = basic();
            order[field] = forgery.clone();
            shop.call(Request::post("/api/buy_mpi", &order)).await?.problem(422, "invalid-body")?;
        }
        let mut order = basic();
        order["license"] = forgery.clone();
        assert_eq!(shop.call(Request::post("/api/buy_mpi", &order)).await?.status, 422);
    }
    Ok(())
}
