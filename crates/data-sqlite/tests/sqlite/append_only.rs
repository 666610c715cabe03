//! What the triggers of an append-only table stop after the batch has written.

use kontor_data::SqlError;

use crate::shop::{self, batch, receipt, write};

#[tokio::test]
async fn an_attack_takes_its_own_batch_down_and_no_other() {
    let shop = shop::open().await;
    let attack = batch(vec![receipt("RE", 1, "a"), write("DELETE FROM receipts", vec![])]);
    let honest = batch(vec![receipt("RE", 2, "b")]);
    let (attacked, honest) = tokio::join!(shop.database.execute(attack), shop.database.execute(honest));
    assert!(matches!(attacked, Err(SqlError::Invalid(_))));
    honest.unwrap();
    assert_eq!(shop.number("SELECT count(*) FROM receipts").await, 1);
}
