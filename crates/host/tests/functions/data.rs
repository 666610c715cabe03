//! What a function keeps.

use serde_json::json;

use crate::setup::{House, house, manifest, notes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_read_back() {
    let (house, version) = house().await;
    assert!(house.text(&version, "/insert?one").await.starts_with("Ok("));
    assert!(house.text(&version, "/insert?two").await.starts_with("Ok("));
    assert_eq!(house.text(&version, "/notes").await, r#"Ok(["one", "two"])"#);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_do_not_see_each_others_data() {
    let (house, sales) = house().await;
    let invoices = house.put(&manifest("invoices", "1")).await;
    house.text(&sales, "/insert?secret").await;
    assert_eq!(house.text(&invoices, "/notes").await, "Ok([])");
    assert_eq!(notes(invoices.database().unwrap()).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_no_sql_has_none() {
    let house = House::new(kontor_host::Limits::default());
    let mut manifest = manifest("plain", "1");
    manifest["sql"] = json!(null);
    let version = house.put(&manifest).await;
    assert!(
        house.text(&version, "/insert?x").await.contains("no sql"),
        "it can publish, so it has a database for that"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_closed_is_unavailable_and_not_the_end() {
    let (house, version) = house().await;
    version.database().unwrap().close().await;
    assert_eq!(house.text(&version, "/insert?x").await, "Err(Error::Unavailable)");
    assert_eq!(house.text(&version, "/ok").await, "ok");
}
