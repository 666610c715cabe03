//! What can be written, and who wins.

use std::sync::Arc;

use kontor_data::{
    DocumentError,
    documents::{DocumentEngine, DocumentLimits},
};

use super::{invoice, open, with};
use crate::Stand;

pub async fn the_same_content_is_fine_and_another_is_a_conflict(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let first = shop.insert("invoices", "a", r#"{"customer":{"login":"anna"},"gross":100,"note":1.50}"#).await.unwrap();
    assert!(first.is_new);
    for same in [
        r#"{"customer":{"login":"anna"},"gross":100,"note":1.50}"#,
        r#" { "note": 1.5, "gross": 1e2, "customer": { "login": "\u0061nna" } } "#,
    ] {
        let again = shop.insert("invoices", "a", same).await.unwrap();
        assert_eq!((again.version, again.is_new), (first.version, false), "{same}");
    }
    for other in [
        r#"{"customer":{"login":"anna"},"gross":100}"#,
        r#"{"customer":{"login":"anna"},"gross":100,"note":1.51}"#,
        r#"{"customer":{"login":"anna"},"gross":100,"note":"1.5"}"#,
        r#"{"customer":{"login":"anna"},"gross":100,"note":1.5,"more":null}"#,
    ] {
        let error = shop.insert("invoices", "a", other).await.unwrap_err();
        assert_eq!(error, DocumentError::Conflict { collection: "invoices".into(), id: "a".into() }, "{other}");
    }
    let stored = shop.get("invoices", "a").await.unwrap().unwrap();
    assert_eq!(stored.body, r#"{"customer":{"login":"anna"},"gross":100,"note":1.5}"#);
    assert_eq!((stored.id.as_str(), stored.version), ("a", first.version));
    for other in ["A", "a ", "b", "ä"] {
        assert_eq!(shop.get("invoices", other).await.unwrap(), None, "{other:?}");
    }
}

pub async fn one_of_sixty_four_inserts_wins(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let all: Vec<_> = (0..64)
        .map(|gross| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { (gross, shop.insert("invoices", "a", &invoice("anna", gross)).await) })
        })
        .collect();
    let mut winner = None;
    for one in all {
        match one.await.unwrap() {
            (gross, Ok(inserted)) => {
                assert!(inserted.is_new && winner.replace(gross).is_none(), "two have won");
            }
            (_, Err(error)) => assert!(matches!(error, DocumentError::Conflict { .. }), "{error:?}"),
        }
    }
    let stored = shop.get("invoices", "a").await.unwrap().unwrap();
    assert_eq!(stored.body, invoice("anna", winner.unwrap()));
}

/// Each reads, adds one, and replaces what it read, until nobody came in between.
pub async fn no_replacement_is_lost_among_sixty_four_writers(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    shop.insert("profiles", "counter", r#"{"n":0}"#).await.unwrap();
    let all: Vec<_> = (0..64)
        .map(|_| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move {
                loop {
                    let found = shop.get("profiles", "counter").await.unwrap().unwrap();
                    let value: serde_json::Value = serde_json::from_str(&found.body).unwrap();
                    let next = format!("{{\"n\":{}}}", value["n"].as_i64().unwrap() + 1);
                    match shop.replace("profiles", "counter", found.version, &next).await {
                        Ok(version) => {
                            assert!(version > found.version);
                            return;
                        }
                        Err(error) => assert!(matches!(error, DocumentError::Stale { .. }), "{error:?}"),
                    }
                }
            })
        })
        .collect();
    for one in all {
        one.await.unwrap();
    }
    assert_eq!(shop.get("profiles", "counter").await.unwrap().unwrap().body, r#"{"n":64}"#);
}

pub async fn a_stale_version_changes_nothing(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let stale = |id: &str, expected, found| DocumentError::Stale { id: id.into(), expected, found };
    let first = shop.insert("profiles", "a", r#"{"n":1}"#).await.unwrap().version;
    let second = shop.replace("profiles", "a", first, r#"{"n":2}"#).await.unwrap();
    let error = shop.replace("profiles", "a", first, r#"{"n":3}"#).await.unwrap_err();
    assert_eq!(error, stale("a", first, Some(second)));
    assert_eq!(shop.delete("profiles", "a", first).await.unwrap_err(), stale("a", first, Some(second)));
    assert_eq!(shop.delete("profiles", "a", second + 1).await.unwrap_err(), stale("a", second + 1, Some(second)));
    assert_eq!(shop.replace("profiles", "b", 1, "{}").await.unwrap_err(), stale("b", 1, None));
    assert_eq!(shop.delete("profiles", "b", 1).await.unwrap_err(), stale("b", 1, None));
    let stored = shop.get("profiles", "a").await.unwrap().unwrap();
    assert_eq!((stored.version, stored.body.as_str()), (second, r#"{"n":2}"#));
    shop.delete("profiles", "a", second).await.unwrap();
    assert_eq!(shop.get("profiles", "a").await.unwrap(), None);
}

pub async fn a_version_from_before_a_deletion_is_stale(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let first = shop.insert("profiles", "a", r#"{"n":1}"#).await.unwrap().version;
    let second = shop.replace("profiles", "a", first, r#"{"n":2}"#).await.unwrap();
    shop.delete("profiles", "a", second).await.unwrap();
    let again = shop.insert("profiles", "a", r#"{"n":3}"#).await.unwrap();
    assert!(again.is_new && again.version > second, "{again:?} after {second}");
    for old in [first, second] {
        let error = shop.replace("profiles", "a", old, "{}").await.unwrap_err();
        assert_eq!(error, DocumentError::Stale { id: "a".into(), expected: old, found: Some(again.version) });
    }
}

pub async fn an_append_only_document_stays(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let version = shop.insert("invoices", "a", &invoice("anna", 1)).await.unwrap().version;
    let immutable = DocumentError::Immutable { collection: "invoices".into() };
    assert_eq!(shop.replace("invoices", "a", version, &invoice("anna", 2)).await.unwrap_err(), immutable);
    assert_eq!(shop.replace("invoices", "a", version, &invoice("anna", 1)).await.unwrap_err(), immutable);
    assert_eq!(shop.delete("invoices", "a", version).await.unwrap_err(), immutable);
    assert_eq!(shop.get("invoices", "a").await.unwrap().unwrap().body, invoice("anna", 1));
}

pub async fn every_fault_against_the_schema_is_told(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let bad = r#"{"customer":{"login":"a secret name that is too long"},"gross":-5}"#;
    let error = shop.insert("invoices", "a", bad).await.unwrap_err();
    let DocumentError::Schema(faults) = &error else { panic!("{error:?}") };
    let mut told: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect();
    told.sort_unstable();
    assert_eq!(told, [("/customer/login", "maxLength"), ("/gross", "minimum")]);
    assert!(!error.to_string().contains("secret"), "what a document holds does not belong into a log: {error}");
    let error = shop.insert("invoices", "a", "{}").await.unwrap_err();
    let DocumentError::Schema(faults) = error else { panic!("{error:?}") };
    assert_eq!(faults.len(), 2);
    assert_eq!(shop.get("invoices", "a").await.unwrap(), None);
}

pub async fn what_cannot_be_stored_is_refused(stand: &Stand<dyn DocumentEngine>) {
    let limits = DocumentLimits { document_size_max_bytes: 1_000, ..DocumentLimits::default() };
    let shop = with(stand, limits).await;
    for body in [
        "",
        "[]",
        "null",
        "{",
        r#"{"a":1,"a":2}"#,
        r#"{"$where":1}"#,
        r#"{"a.b":1}"#,
        r#"{"a":"\u0000"}"#,
        r#"{"n":9223372036854775808}"#,
        r#"{"city":7}"#,
        r#"{"city":["Berlin"]}"#,
    ] {
        let error = shop.insert("profiles", "a", body).await.unwrap_err();
        assert!(matches!(error, DocumentError::Invalid(_)), "{body}: {error:?}");
    }
    for id in ["", "a\0b"] {
        let error = shop.insert("profiles", id, "{}").await.unwrap_err();
        assert!(matches!(error, DocumentError::Invalid(_)), "{id:?}: {error:?}");
    }
    let of_size = |bytes: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8));
    shop.insert("profiles", &"ä".repeat(127), &of_size(1_000)).await.unwrap();
    for (id, body) in [("a".repeat(256), of_size(10)), ("a".into(), of_size(1_001))] {
        let error = shop.insert("profiles", &id, &body).await.unwrap_err();
        assert!(matches!(error, DocumentError::TooLarge(_)), "{error:?}");
    }
    let long_city = format!("{{\"city\":\"{}\"}}", "x".repeat(256));
    assert!(matches!(shop.insert("profiles", "a", &long_city).await, Err(DocumentError::Invalid(_))));
    let unknown = shop.insert("nowhere", "a", "{}").await;
    assert!(
        matches!(&unknown, Err(DocumentError::UnknownCollection { collection }) if collection == "nowhere"),
        "{unknown:?}"
    );
    let numbers = r#"{"a":9223372036854775807,"b":-9223372036854775808,"c":0.1,"d":1e-300,"e":{"f":[[],{}]},"g":"🦀"}"#;
    shop.insert("profiles", "numbers", numbers).await.unwrap();
    assert_eq!(shop.get("profiles", "numbers").await.unwrap().unwrap().body, numbers);
}

pub async fn the_shard_key_is_there_and_stays(stand: &Stand<dyn DocumentEngine>) {
    let engine = stand.engine().await;
    let owned = kontor_contract::Collection { shard_key: Some("city".into()), ..super::profiles() };
    let shop = engine.open("owned", vec![owned], DocumentLimits::default()).await.unwrap();
    for body in ["{}", r#"{"city":null}"#] {
        let error = shop.insert("profiles", "a", body).await.unwrap_err();
        assert!(matches!(error, DocumentError::Invalid(_)), "{body}: {error:?}");
    }
    let version = shop.insert("profiles", "a", r#"{"city":"Berlin"}"#).await.unwrap().version;
    let error = shop.replace("profiles", "a", version, r#"{"city":"Bonn"}"#).await.unwrap_err();
    assert!(matches!(error, DocumentError::Invalid(_)), "{error:?}");
    shop.replace("profiles", "a", version, r#"{"city":"Berlin","n":1}"#).await.unwrap();
}
