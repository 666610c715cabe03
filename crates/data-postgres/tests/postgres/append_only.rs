//! Ways around an append-only table that only this server knows, in vain. The others are in the suite of every engine.

use kontor_data::SqlError;

use crate::shop::{Shop, batch, receipt};

#[tokio::test]
async fn nobody_changes_a_receipt_by_this_servers_own_means() {
    let shop = Shop::open().await;
    shop.database.execute(batch(vec![receipt("RE", 1, "a"), receipt("RE", 2, "b")])).await.unwrap();
    for attack in [
        "DROP TRIGGER kontor_receipts_no_delete ON receipts",
        "ALTER TABLE receipts DISABLE TRIGGER ALL",
        "GRANT UPDATE ON receipts TO PUBLIC",
        "SET ROLE NONE",
        "RESET ROLE",
        "DELETE FROM pg_class",
    ] {
        let error = shop.refused(attack).await;
        assert!(matches!(error, SqlError::Invalid(_)), "{attack}: {error:?}");
    }
    let left = shop
        .number("SELECT count(*) FROM receipts WHERE (number = 1 AND source = 'a') OR (number = 2 AND source = 'b')")
        .await;
    assert_eq!((left, shop.number("SELECT count(*) FROM receipts").await), (2, 2));
}
