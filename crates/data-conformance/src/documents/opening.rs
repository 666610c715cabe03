//! What a later process finds, and how collections change.

use kontor_contract::{Collection, IndexedPath, PathType, Policy};
use kontor_data::{
    OpenError,
    documents::{DocumentEngine, DocumentLimits, Filter, Find, Order, Scalar},
};

use super::{invoice, invoices, open, path, profiles};
use crate::Stand;

pub async fn what_was_acknowledged_is_there_after_a_restart(stand: &Stand<dyn DocumentEngine>) {
    let mut shop = open(stand).await;
    let mut version = shop.insert("profiles", "a", "{}").await.unwrap().version;
    for number in 0..5 {
        shop.insert("invoices", &format!("i{number}"), &invoice("anna", number)).await.unwrap();
        version = shop.replace("profiles", "a", version, &format!("{{\"n\":{number}}}")).await.unwrap();
        shop.close().await;
        drop(shop);
        shop = open(stand).await;
    }
    let found = shop.find("invoices", Find { limit: 10, ..Find::default() }).await.unwrap();
    assert_eq!(found.documents.len(), 5);
    let profile = shop.get("profiles", "a").await.unwrap().unwrap();
    assert_eq!((profile.version, profile.body.as_str()), (version, r#"{"n":4}"#));
}

pub async fn functions_have_their_own_documents(stand: &Stand<dyn DocumentEngine>) {
    let engine = stand.engine().await;
    let shop = engine.open("shop", vec![profiles()], DocumentLimits::default()).await.unwrap();
    let twin = engine.open("shop-2", vec![profiles()], DocumentLimits::default()).await.unwrap();
    shop.insert("profiles", "a", r#"{"n":1}"#).await.unwrap();
    assert_eq!(twin.get("profiles", "a").await.unwrap(), None);
    twin.insert("profiles", "a", r#"{"n":2}"#).await.unwrap();
    assert_eq!(shop.get("profiles", "a").await.unwrap().unwrap().body, r#"{"n":1}"#);
    for name in ["", "../shop", "Shop", "shop\"", "1shop"] {
        let opened = engine.open(name, vec![profiles()], DocumentLimits::default()).await;
        assert!(matches!(opened, Err(OpenError::Invalid(_))), "{name:?}");
    }
}

fn found_by_name(name: &str) -> Find {
    Find { filters: vec![Filter::Equal("name".into(), Scalar::Text(name.into()))], limit: 10, ..Find::default() }
}

pub async fn a_path_added_later_finds_older_documents(stand: &Stand<dyn DocumentEngine>) {
    let old = open(stand).await;
    old.insert("profiles", "a", r#"{"name":"Anna"}"#).await.unwrap();
    old.insert("profiles", "b", r#"{"name":7}"#).await.unwrap();
    old.close().await;
    drop(old);
    let mut more = profiles();
    more.paths.insert(0, path("name", PathType::Text));
    more.indexes.push(vec!["city".into(), "name".into()]);
    let engine = stand.engine().await;
    let shop = engine.open("shop", vec![more], DocumentLimits::default()).await.unwrap();
    let found = shop.find("profiles", found_by_name("Anna")).await.unwrap();
    assert_eq!(found.documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["a"]);
    // The function's older version runs on, and does not know the path.
    let old = engine.open("shop", vec![profiles()], DocumentLimits::default()).await.unwrap();
    for (id, body) in [("c", r#"{"name":"Anna"}"#), ("d", r#"{"name":["Anna"]}"#), ("e", r#"{"name":true}"#)] {
        old.insert("profiles", id, body).await.unwrap();
    }
    let named = Find { order: Order { path: Some("name".into()), descending: false }, limit: 10, ..Find::default() };
    for question in [found_by_name("Anna"), named] {
        let found = shop.find("profiles", question).await.unwrap();
        assert_eq!(found.documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    }
}

pub async fn what_must_never_change_is_refused(stand: &Stand<dyn DocumentEngine>) {
    let engine = stand.engine().await;
    engine.open("shop", vec![invoices()], DocumentLimits::default()).await.unwrap();
    let at_text = IndexedPath { kind: PathType::Text, ..invoices().paths[1].clone() };
    let changed = [
        Collection { policy: Policy::Versioned, ..invoices() },
        Collection { shard_key: None, ..invoices() },
        Collection { paths: vec![invoices().paths[0].clone(), at_text], indexes: vec![], ..invoices() },
    ];
    for changed in changed {
        let opened = engine.open("shop", vec![changed.clone()], DocumentLimits::default()).await;
        assert!(matches!(opened, Err(OpenError::Invalid(_))), "{changed:?}");
    }
    let fewer = Collection { paths: vec![invoices().paths[0].clone()], indexes: vec![], ..invoices() };
    engine.open("shop", vec![fewer], DocumentLimits::default()).await.unwrap();
    engine.open("shop", vec![invoices()], DocumentLimits::default()).await.unwrap();
}
