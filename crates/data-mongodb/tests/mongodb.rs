//! What is MongoDB's own: how documents lie there, and addresses that lead nowhere. What every engine does is in the suite of all
//! engines.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "the whole file is a test")]

use std::sync::Arc;

use kontor_contract::{Collection, IndexedPath, PathType, Policy};
use kontor_data::{
    DocumentError, OpenError,
    documents::{DocumentEngine, DocumentLimits, Documents, Filter, Find, Scalar},
};
use kontor_data_mongodb::{MongoDocuments, MongoSettings};
use kontor_test_servers::{MONGODB, Server};
use mongodb::{
    Client,
    bson::{Document, doc},
};

fn profiles() -> Collection {
    Collection {
        name: "profiles".into(),
        policy: Policy::Versioned,
        shard_key: Some("city".into()),
        paths: vec![IndexedPath { path: "city".into(), kind: PathType::Text }],
        indexes: vec![],
        schema: true.into(),
    }
}

async fn open(url: &str) -> Result<Arc<dyn Documents>, OpenError> {
    let engine = MongoDocuments::new(&MongoSettings::new(url)).unwrap();
    engine.open("shop", vec![profiles()], DocumentLimits::default()).await
}

/// So that people find them with their own tools; and what these have written is not found where it does not belong.
#[tokio::test]
async fn documents_lie_there_as_documents() {
    let server = Server::start(&MONGODB).unwrap();
    let shop = open(server.url()).await.unwrap();
    let version = shop.insert("profiles", "a", r#"{"n":1.0,"city":"Ulm"}"#).await.unwrap().version;
    let raw = Client::with_uri_str(server.url()).await.unwrap().database("kontor");
    let all = raw.collection::<Document>("shop.profiles");
    let stored = all.find_one(doc! {"_id": "a"}).await.unwrap().unwrap();
    let version = i64::try_from(version).unwrap();
    assert_eq!(stored, doc! {"_id": "a", "v": version, "b": {"city": "Ulm", "n": 1_i64}});

    for (id, city) in [("b", doc! {"city": ["Ulm"]}), ("c", doc! {"city": 7_i64}), ("d", doc! {"city": "Ulm"})] {
        all.insert_one(doc! {"_id": id, "v": 1_i64, "b": city}).await.unwrap();
    }
    let ulm = vec![Filter::Equal("city".into(), Scalar::Text("Ulm".into()))];
    let found = shop.find("profiles", Find { filters: ulm, limit: 2, ..Find::default() }).await.unwrap();
    let ids: Vec<_> = found.documents.iter().map(|document| document.id.as_str()).collect();
    assert_eq!((ids, found.next), (vec!["a", "d"], None));

    all.insert_one(doc! {"_id": "e", "v": 1_i64, "b": {"at": mongodb::bson::DateTime::now()}}).await.unwrap();
    let foreign = shop.get("profiles", "e").await;
    assert!(matches!(&foreign, Err(DocumentError::Other(text)) if text.contains("who else")), "{foreign:?}");
}

#[tokio::test]
async fn what_is_wrong_with_an_address_is_told_without_its_password() {
    let Err(OpenError::Unreachable(reason)) = open("mongodb://web:secret@127.0.0.1:1/kontor").await else {
        panic!("nobody listens there")
    };
    assert!(reason.contains("127.0.0.1:1") && !reason.contains("secret"), "{reason}");
    let settings = MongoSettings {
        setup_url: "mongodb://127.0.0.1/other".into(),
        ..MongoSettings::new("mongodb://127.0.0.1/kontor")
    };
    assert!(matches!(MongoDocuments::new(&settings), Err(OpenError::Invalid(_))));
}
