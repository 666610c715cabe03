//! What the roles reach on the server, past every check of Kontor's own.

use kontor_data::Limits;
use kontor_data_conformance::shop::{batch, needs, receipt};
use mysql_async::{Conn, Error, prelude::Queryable as _};

use crate::server::Home;

/// The server says no, and not that it does not understand.
async fn refused(conn: &mut Conn, text: &str) {
    match conn.query_drop(text).await {
        // Denied: a database, a role, a table, a column, a right of the whole server, a role that is not one's own, or a trigger.
        Err(Error::Server(server))
            if matches!(server.code, 1044 | 1045 | 1142 | 1143 | 1227 | 1370 | 1419 | 1959 | 3530) => {}
        other => panic!("{text}: {other:?}"),
    }
}

#[tokio::test]
async fn each_role_reaches_its_own_rows_and_nothing_else() {
    let home = Home::make();
    let shop = home.shop(Limits::default()).await;
    shop.engine.open("other", Some(needs()), Limits::default()).await.unwrap();
    shop.database.execute(batch(vec![receipt("RE", 1, "a")])).await.unwrap();
    let kontor = &home.database;
    let mut admin = home.admin().await;
    let find = format!("SELECT password FROM `{kontor}`.functions WHERE name = 'shop'");
    let password: String = admin.query_first(find).await.unwrap().unwrap();
    let find =
        "SELECT DISTINCT grantee FROM information_schema.table_privileges WHERE table_schema = ? ORDER BY grantee";
    let granted: Vec<String> = admin.exec(find, (format!("{kontor}_fn_shop"),)).await.unwrap();
    let role = |what: &str| {
        let found = granted.iter().find(|name| name.contains(what)).unwrap();
        found.trim_matches('\'').split('\'').next().unwrap().to_owned()
    };
    let (host, runtime) = (role("_host"), role("_run"));
    let login = runtime.replace("_run", "_in");

    // Who logs in is nobody yet.
    let mut conn = home.login(&login, &password).await;
    refused(&mut conn, &format!("SELECT * FROM {kontor}_fn_shop.sales")).await;
    refused(&mut conn, &format!("SELECT * FROM {kontor}_fn_shop.kontor_outbox")).await;

    conn.query_drop(format!("SET ROLE {runtime}; USE {kontor}_fn_shop; SET sql_mode = ''")).await.unwrap();
    conn.query_drop("INSERT INTO sales (id, license, gross) VALUES (1, 'pro', 1); DELETE FROM sales").await.unwrap();
    let foreign = format!("{kontor}_fn_other");
    for text in [
        &format!("SELECT * FROM {foreign}.sales"),
        &format!("INSERT INTO {foreign}.sales (id, license, gross) VALUES (1, 'pro', 1)"),
        &format!("SELECT * FROM {kontor}.tokens"),
        &format!("SELECT * FROM {kontor}.functions"),
        "SELECT * FROM mysql.global_priv",
        "SELECT * FROM kontor_outbox",
        "DELETE FROM kontor_idempotency",
        "UPDATE kontor_migrations SET hash = ''",
        "UPDATE receipts SET source = 'x'",
        "DELETE FROM receipts",
        "TRUNCATE receipts",
        "REPLACE INTO receipts (series, number, source) VALUES ('RE', 1, 'x')",
        "INSERT INTO receipts (series, number, source) VALUES ('RE', 1, 'x') ON DUPLICATE KEY UPDATE source = 'x'",
        "ALTER TABLE receipts ADD COLUMN x INT",
        "DROP TABLE receipts",
        "RENAME TABLE receipts TO old",
        "CREATE TRIGGER mine BEFORE INSERT ON sales FOR EACH ROW SET NEW.gross = 0",
        "LOCK TABLES sales WRITE",
        "CREATE TABLE mine (a INT)",
        "CREATE TEMPORARY TABLE mine (a INT)",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "GRANT UPDATE ON receipts TO PUBLIC",
        "SET GLOBAL innodb_flush_log_at_trx_commit = 0",
        "SELECT * FROM sales INTO OUTFILE '/tmp/kontor-sales'",
    ] {
        refused(&mut conn, text).await;
    }
    let others: Option<String> = admin
        .exec_first(
            "SELECT DISTINCT grantee FROM information_schema.table_privileges WHERE table_schema = ? AND grantee LIKE '%_run%'",
            (&foreign,),
        )
        .await
        .unwrap();
    let other = others.unwrap().trim_matches('\'').split('\'').next().unwrap().to_owned();
    refused(&mut conn, &format!("SET ROLE {other}")).await;

    // The host keeps the host's tables, and has no rights over the function's.
    conn.query_drop(format!("SET ROLE {host}")).await.unwrap();
    for text in [
        "SELECT * FROM receipts",
        "DELETE FROM receipts",
        &format!("SELECT * FROM {foreign}.kontor_outbox"),
        "DROP TABLE kontor_outbox",
        "SELECT * FROM kontor_migrations",
        &format!("SELECT * FROM {kontor}.functions"),
    ] {
        refused(&mut conn, text).await;
    }
    assert_eq!(shop.number("SELECT count(*) FROM receipts").await, 1);
}
