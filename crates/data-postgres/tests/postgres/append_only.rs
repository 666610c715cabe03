//! Every way around an append-only table, in vain.

use kontor_data::SqlError;

use crate::shop::{Shop, batch, receipt, write};

#[tokio::test]
async fn nobody_changes_a_receipt() {
    let shop = Shop::open().await;
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
        "DROP TRIGGER kontor_receipts_no_delete ON receipts",
        "ALTER TABLE receipts DISABLE TRIGGER ALL",
        "GRANT UPDATE ON receipts TO PUBLIC",
        "SET ROLE NONE",
        "DROP TABLE receipts",
        "ALTER TABLE receipts RENAME TO old",
        "DELETE FROM pg_class",
        "RESET ROLE",
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

#[tokio::test]
async fn an_attack_takes_its_own_batch_down_and_no_other() {
    let shop = Shop::open().await;
    let attack = batch(vec![receipt("RE", 1, "a"), write("DELETE FROM receipts", vec![])]);
    let honest = batch(vec![receipt("RE", 2, "b")]);
    let (attacked, honest) = tokio::join!(shop.database.execute(attack), shop.database.execute(honest));
    assert!(matches!(attacked, Err(SqlError::Invalid(_))));
    honest.unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM receipts").await, 1);
}
