//! Cases of the port `documents`, about invoices that stay and profiles that change.

pub mod finding;
pub mod network;
pub mod opening;
pub mod writing;

use std::sync::Arc;

use kontor_contract::{Collection, IndexedPath, PathType, Policy};
use kontor_data::documents::{DocumentEngine, DocumentLimits, Documents};
use serde_json::json;

use crate::Stand;

fn path(path: &str, kind: PathType) -> IndexedPath {
    IndexedPath { path: path.into(), kind }
}

/// Invoices of customers: never changed, found by customer and time.
fn invoices() -> Collection {
    Collection {
        name: "invoices".into(),
        policy: Policy::AppendOnly,
        shard_key: Some("customer.login".into()),
        paths: vec![
            path("customer.login", PathType::Text),
            path("at", PathType::Integer),
            path("paid", PathType::Boolean),
        ],
        indexes: vec![
            vec!["customer.login".into(), "at".into()],
            vec!["paid".into(), "customer.login".into(), "at".into()],
        ],
        schema: json!({
            "type": "object",
            "required": ["customer", "gross"],
            "properties": {
                "customer": {"type": "object", "required": ["login"], "properties": {"login": {"type": "string", "maxLength": 20}}},
                "gross": {"type": "integer", "minimum": 0},
            },
        }),
    }
}

/// Profiles: any object.
fn profiles() -> Collection {
    Collection {
        name: "profiles".into(),
        policy: Policy::Versioned,
        shard_key: None,
        paths: vec![path("city", PathType::Text)],
        indexes: vec![],
        schema: json!({"type": "object"}),
    }
}

async fn open(stand: &Stand<dyn DocumentEngine>) -> Arc<dyn Documents> {
    with(stand, DocumentLimits::default()).await
}

async fn with(stand: &Stand<dyn DocumentEngine>, limits: DocumentLimits) -> Arc<dyn Documents> {
    stand.engine().await.open("shop", vec![invoices(), profiles()], limits).await.unwrap()
}

fn invoice(customer: &str, gross: i64) -> String {
    json!({"customer": {"login": customer}, "gross": gross}).to_string()
}
