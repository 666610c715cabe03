//! Every way around an append-only table, in vain.

use kontor_data::{Engine, SqlError};

use crate::{
    Stand,
    shop::{Shop, batch, receipt},
};

pub async fn nobody_changes_a_receipt(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    shop.database.execute(batch(vec![receipt("RE", 1, "a"), receipt("RE", 2, "b")])).await.unwrap();
    for attack in [
        "UPDATE receipts SET source = 'x'",
        "UPDATE receipts SET number = 3 WHERE number = 1",
        "UPDATE OR REPLACE receipts SET number = 2 WHERE number = 1",
        "UPDATE OR IGNORE receipts SET source = 'x'",
        "DELETE FROM receipts",
        "DELETE FROM receipts WHERE number = 1",
        "REPLACE INTO receipts (series, number, source) VALUES ('RE', 1, 'x')",
        "INSERT OR REPLACE INTO receipts (series, number, source) VALUES ('RE', 1, 'x')",
        "INSERT OR REPLACE INTO receipts (series, number, source) VALUES ('RE', 9, 'a')",
        "INSERT INTO receipts (series, number, source) VALUES ('RE', 1, 'x') ON CONFLICT (series, number) DO UPDATE SET source = 'x'",
        "WITH gone AS (SELECT 1) DELETE FROM receipts",
        "DROP TRIGGER kontor_receipts_no_delete",
        "DROP TABLE receipts",
        "ALTER TABLE receipts RENAME TO old",
        "PRAGMA recursive_triggers = off",
        "PRAGMA writable_schema = on",
        "DELETE FROM sqlite_schema",
        "TRUNCATE TABLE receipts",
    ] {
        let error = shop.refused(attack).await;
        assert!(matches!(error, SqlError::Invalid(_)), "{attack}: {error:?}");
    }
    let left = shop
        .number("SELECT count(*) FROM receipts WHERE (number = 1 AND source = 'a') OR (number = 2 AND source = 'b')")
        .await;
    assert_eq!((left, shop.number("SELECT count(*) FROM receipts").await), (2, 2));
}

pub async fn a_table_that_can_be_changed_is_named(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let tables = ["receipts", "sales", "nothing"].map(str::to_owned).to_vec();
    assert_eq!(shop.database.unprotected(tables).await.map(sorted), Ok(vec!["nothing".to_owned(), "sales".to_owned()]));
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
