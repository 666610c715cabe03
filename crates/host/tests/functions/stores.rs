//! Documents and entries of a function.

use std::{sync::Arc, time::Duration};

use kontor_contract::Collection;
use kontor_data::{
    DocumentError, Health, OpenError,
    documents::{DocumentEngine, DocumentLimits},
};
use kontor_data_sqlite::SqliteDocuments;
use kontor_host::{Grants, Limits, LoadError, Origin, Version};
use serde_json::{Value as Json, json};

use crate::setup::{House, call, guest, manifest};

/// A manifest with a versioned and an append-only collection and two buckets.
fn with_stores(name: &str) -> Json {
    let mut manifest = manifest(name, "1");
    let schema = json!({"type": "object", "required": ["login"], "properties": {"login": {"type": "string"}}});
    let collection = |name: &str, policy: &str| json!({"name": name, "policy": policy, "paths": [{"path": "login", "type": "text"}], "schema": schema});
    manifest["collections"] = json!([collection("profiles", "versioned"), collection("receipts", "append-only")]);
    manifest["buckets"] = json!(["sessions", "counters"]);
    manifest
}

async fn house() -> (House, Arc<Version>) {
    let house = House::new(Limits::default());
    let version = house.put(&with_stores("shop")).await;
    (house, version)
}

const ANNA: &str = r#"{"login":"anna"}"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_are_inserted_found_replaced_and_deleted() {
    let (house, version) = house().await;
    let ask = async |path: &str| house.text(&version, path).await;
    let inserted = ask(&format!("/documents/insert?profiles|a|{ANNA}")).await;
    assert!(inserted.contains("is-new: true"), "{inserted}");
    let again = ask(&format!("/documents/insert?profiles|a|{ANNA}")).await;
    assert!(again.contains("is-new: false"), "{again}");
    let other = ask(r#"/documents/insert?profiles|a|{"login":"berta"}"#).await;
    assert_eq!(other, "Err(Error::Conflict)");
    assert_eq!(ask("/documents/get?profiles|a").await, format!("Ok(Some({ANNA:?}))"));
    assert_eq!(ask("/documents/get?profiles|b").await, "Ok(None)");
    for id in ["b", "c"] {
        ask(&format!("/documents/insert?profiles|{id}|{ANNA}")).await;
    }
    assert_eq!(ask("/documents/find?profiles|login|anna|2|").await, r#"Ok((["a", "b"], Some("[\"b\"]")))"#);
    assert_eq!(ask(r#"/documents/find?profiles|login|anna|2|["b"]"#).await, r#"Ok((["c"], None))"#);
    assert_eq!(ask(r#"/documents/replace-latest?profiles|a|{"login":"carla"}"#).await, "Ok(true)");
    assert_eq!(ask("/documents/find?profiles|login|anna|9|").await, r#"Ok((["b", "c"], None))"#);
    let stale = ask("/documents/delete?profiles|a|1").await;
    assert!(stale.starts_with("Err(Error::Stale(") && stale.contains("expected: 1, found: Some("), "{stale}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_of_documents_has_its_own_name() {
    let (house, version) = house().await;
    let large = format!("/documents/insert?profiles|large|{{\"login\":\"{}\"}}", "x".repeat(1 << 20));
    let cases = [
        ("/documents/insert?nowhere|a|{}", "Err(Error::UnknownCollection)"),
        ("/documents/get?nowhere|a", "Err(Error::UnknownCollection)"),
        ("/documents/find?nowhere|a|b|1|", "Err(Error::UnknownCollection)"),
        ("/documents/find?profiles|colour|red|1|", "Err(Error::NotIndexed("),
        ("/documents/find?profiles|later|x|1|", "Err(Error::Invalid("),
        ("/documents/find?profiles|login|x|501|", "Err(Error::TooLarge("),
        ("/documents/find?profiles|login|x|0|", "Err(Error::TooLarge("),
        ("/documents/insert?profiles|a|[]", "Err(Error::Invalid("),
        ("/documents/insert?profiles|a|{}", r#"Err(Error::Schema([Fault { code: "required", pointer: "","#),
        ("/documents/replace?receipts|a|1|{\"login\":\"anna\"}", "Err(Error::Immutable)"),
        ("/documents/delete?receipts|a|1", "Err(Error::Immutable)"),
        ("/documents/delete?profiles|a|1", "found: None"),
        (&large, "Err(Error::TooLarge("),
    ];
    for (path, expected) in cases {
        let said = house.text(&version, path).await;
        assert!(said.contains(expected), "{}: {said}", path.get(..50).unwrap_or(path));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_are_set_counted_compared_and_listed() {
    let (house, version) = house().await;
    for (path, expected) in [
        ("/keyvalue/set?sessions|a|one||", "Ok(true)"),
        ("/keyvalue/set?sessions|a|two||absent", "Ok(false)"),
        ("/keyvalue/get?sessions|a", r#"Ok(Some("one"))"#),
        ("/keyvalue/get?counters|a", "Ok(None)"),
        ("/keyvalue/increment?counters|n|5", "Ok(5)"),
        ("/keyvalue/increment?counters|n|-7", "Ok(-2)"),
        ("/keyvalue/increment?sessions|a|1", "Err(Error::NotInteger)"),
        ("/keyvalue/compare-and-set?sessions|a|two|three", "Ok(Compared::Differs(Some([111, 110, 101])))"),
        ("/keyvalue/compare-and-set?sessions|a|one|three", "Ok(Compared::Set)"),
        ("/keyvalue/compare-and-set?sessions|b||new", "Ok(Compared::Set)"),
        ("/keyvalue/set?sessions|c|late|600000|", "Ok(true)"),
        ("/keyvalue/list?sessions||2|", r#"Ok((Some("b"), ["a", "b"]))"#),
        ("/keyvalue/list?sessions||2|b", r#"Ok((None, ["c"]))"#),
        ("/keyvalue/list?sessions|b|9|", r#"Ok((None, ["b"]))"#),
        ("/keyvalue/delete?sessions|a", "Ok(true)"),
        ("/keyvalue/delete?sessions|a", "Ok(false)"),
    ] {
        assert_eq!(house.text(&version, path).await, expected, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refusal_of_entries_has_its_own_name() {
    let (house, version) = house().await;
    for (path, expected) in [
        ("/keyvalue/get?nowhere|a", "Err(Error::UnknownBucket)"),
        ("/keyvalue/list?nowhere||1|", "Err(Error::UnknownBucket)"),
        ("/keyvalue/set-bytes?sessions|a|65536", "Ok(true)"),
        ("/keyvalue/set-bytes?sessions|a|65537", "Err(Error::TooLarge("),
        ("/keyvalue/list?sessions||501|", "Err(Error::TooLarge("),
        ("/keyvalue/list?sessions||0|", "Err(Error::TooLarge("),
        ("/keyvalue/set?sessions|a|b|0|", "Err(Error::Invalid("),
        ("/keyvalue/set?sessions||b||", "Err(Error::Invalid("),
    ] {
        let said = house.text(&version, path).await;
        assert!(said.starts_with(expected), "{path}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_see_their_own_collections_and_buckets_alone() {
    let (house, shop) = house().await;
    let other = house.put(&with_stores("other")).await;
    house.text(&shop, &format!("/documents/insert?profiles|a|{ANNA}")).await;
    house.text(&shop, "/keyvalue/set?sessions|a|secret||").await;
    assert_eq!(house.text(&other, "/documents/get?profiles|a").await, "Ok(None)");
    assert_eq!(house.text(&other, "/documents/find?profiles|login|anna|9|").await, "Ok(([], None))");
    assert_eq!(house.text(&other, "/keyvalue/get?sessions|a").await, "Ok(None)");
    assert_eq!(house.text(&other, "/keyvalue/list?sessions||9|").await, "Ok((None, []))");
    let none = house.put(&manifest("plain", "1")).await;
    assert_eq!(house.text(&none, "/documents/get?profiles|a").await, "Err(Error::UnknownCollection)");
    assert_eq!(house.text(&none, "/keyvalue/get?sessions|a").await, "Err(Error::UnknownBucket)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_version_has_what_the_earlier_one_kept() {
    let (house, version) = house().await;
    house.text(&version, &format!("/documents/insert?profiles|a|{ANNA}")).await;
    house.text(&version, "/keyvalue/set?sessions|a|one||").await;
    let mut next = with_stores("shop");
    next["version"] = json!("2");
    next["buckets"] = json!(["sessions", "carts"]);
    let next = house.put(&next).await;
    assert_eq!(house.text(&next, "/documents/get?profiles|a").await, format!("Ok(Some({ANNA:?}))"));
    assert_eq!(house.text(&next, "/keyvalue/get?sessions|a").await, r#"Ok(Some("one"))"#);
    assert_eq!(house.text(&next, "/keyvalue/get?counters|a").await, "Err(Error::UnknownBucket)");
    assert_eq!(house.text(&version, "/keyvalue/get?counters|a").await, "Ok(None)", "calls under way keep theirs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_granted_or_makes_no_sense_keeps_it_dark() {
    let (house, version) = house().await;
    let refusal = async |manifest: &Json, grants: &[&str]| {
        let component = guest(&manifest.to_string());
        let grants = Grants::these(grants.iter().copied());
        house.host.prepare(component, Origin::Dropped, None, &grants).await.err().unwrap()
    };
    let error = refusal(&with_stores("shop"), &["sql"]).await;
    assert!(
        matches!(&error, LoadError::NotGranted(text) if text.contains("grant shop documents keyvalue`")),
        "{error}"
    );
    let mut changed = with_stores("shop");
    changed["collections"][0]["policy"] = json!("append-only");
    let error = refusal(&changed, &["sql", "documents", "keyvalue"]).await;
    assert!(
        matches!(&error, LoadError::Data(OpenError::Invalid(text)) if text.contains("its policy has changed")),
        "{error}"
    );
    changed["collections"][0]["schema"] = json!({"type": 7});
    let error = refusal(&changed, &["sql", "documents", "keyvalue"]).await;
    assert!(matches!(&error, LoadError::BadManifest(text) if text.contains("/collections/0: ")), "{error}");
    assert_eq!(house.text(&version, "/documents/get?profiles|a").await, "Ok(None)", "what was live is");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_of_stores_are_spans_and_rows() {
    let (house, version) = house().await;
    let call = call(&format!("/documents/insert?profiles|a|{ANNA}"));
    let trace = call.trace.clone();
    house.host.handle(&version, call).await.unwrap();
    house.traces.finish(trace, version.name(), &"GET /".into(), 200);
    let spans = house.traces.list().remove(0).spans;
    assert!(spans.iter().any(|span| span.depth == 2 && &*span.name == "documents.insert"), "{spans:?}");
    house.text(&version, "/keyvalue/increment?counters|n|1").await;
    house.text(&version, "/documents/find?profiles|login|anna|9|").await;
    assert_eq!(version.endpoint("ok").work.rows.get(), 3, "an insertion, an increment, and what was found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_close_with_the_host() {
    let documents = Arc::new(SqliteDocuments::in_memory().unwrap());
    let house = House::with_documents(documents.clone());
    let manifest = with_stores("shop");
    let version = house.put(&manifest).await;
    house.text(&version, &format!("/documents/insert?profiles|a|{ANNA}")).await;
    let states = house.host.stores_health();
    assert_eq!(states.iter().map(|store| store.what).collect::<Vec<_>>(), ["documents", "entries"]);
    assert!(states.iter().all(|store| store.health == Health::Ok), "{states:?}");
    // The same file, which is closed for everybody who opened it.
    let collections: Vec<Collection> = serde_json::from_value(manifest["collections"].clone()).unwrap();
    let same = documents.open("shop", collections, DocumentLimits::default()).await.unwrap();
    assert!(same.get("profiles", "a").await.unwrap().is_some());
    house.host.stop(Duration::from_secs(10)).await;
    let late = same.get("profiles", "a").await;
    assert!(matches!(late, Err(DocumentError::Unavailable(_))), "{late:?}");
}
