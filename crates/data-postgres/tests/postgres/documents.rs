//! What only PostgreSQL can show of documents: that the roles keep what is append-only.

use kontor_contract::{Collection, IndexedPath, PathType, Policy};
use kontor_data::documents::{DocumentEngine as _, DocumentLimits};
use kontor_data_postgres::{PostgresDocuments, PostgresSettings};
use tokio_postgres::error::SqlState;

use crate::server::Home;

fn collection(name: &str, policy: Policy) -> Collection {
    Collection {
        name: name.into(),
        policy,
        shard_key: None,
        paths: vec![IndexedPath { path: "at".into(), kind: PathType::Integer }],
        indexes: vec![],
        schema: true.into(),
    }
}

#[tokio::test]
async fn the_roles_keep_append_only_documents() {
    let home = Home::make().await;
    let settings = PostgresSettings { setup_url: home.url.clone(), readers_max: 2, ca_file: None };
    let engine = PostgresDocuments::new(&settings).unwrap();
    let collections = vec![collection("invoices", Policy::AppendOnly), collection("profiles", Policy::Versioned)];
    let shop = engine.open("shop", collections, DocumentLimits::default()).await.unwrap();
    shop.insert("invoices", "a", r#"{"at":1}"#).await.unwrap();
    shop.insert("profiles", "a", r#"{"at":1}"#).await.unwrap();

    let client = home.client().await;
    let of_this = "SELECT pg_get_userbyid(grantee)::text FROM (SELECT (aclexplode(relacl)).grantee FROM pg_class \
        WHERE oid = 'fn_shop.kontor_doc_invoices'::regclass) rights WHERE pg_get_userbyid(grantee) LIKE '%_host' LIMIT 1";
    let host: String = client.query_one(of_this, &[]).await.unwrap().get(0);
    let runtime = host.trim_end_matches("_host").to_owned();
    for (role, attack) in [
        (&host, "UPDATE fn_shop.kontor_doc_invoices SET body = '{}'"),
        (&host, "DELETE FROM fn_shop.kontor_doc_invoices"),
        (&host, "TRUNCATE fn_shop.kontor_doc_invoices"),
        (
            &host,
            "INSERT INTO fn_shop.kontor_doc_invoices VALUES ('a', 1, '{}') ON CONFLICT (id) DO UPDATE SET body = '{}'",
        ),
        (&host, "DROP INDEX fn_shop.kontor_doc_invoices_pkey"),
        (&host, "UPDATE fn_shop.kontor_collections SET declared = ''"),
        // What a function writes itself reaches no documents at all.
        (&runtime, "SELECT * FROM fn_shop.kontor_doc_invoices"),
        (&runtime, "SELECT * FROM fn_shop.kontor_doc_profiles"),
    ] {
        let error = client.batch_execute(&format!("SET ROLE {role}; {attack}")).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{role}: {attack}: {error:?}");
        client.batch_execute("RESET ROLE").await.unwrap();
    }
    assert_eq!(shop.get("invoices", "a").await.unwrap().unwrap().body, r#"{"at":1}"#);
}
