//! What the engine refuses, over and above what `kontor_data::statement` sees.

use kontor_data::{SqlError, ValueType};

use crate::shop::{Shop, select};

#[tokio::test]
async fn only_rows_of_the_functions_own_tables() {
    let shop = Shop::open().await;
    for text in [
        "SELECT id FROM kontor_outbox",
        "SELECT oid FROM pg_class",
        "SELECT count(*) FROM information_schema.tables",
        "SELECT id FROM fn_shop.sales",
        "SELECT name FROM kontor.tokens",
        "SELECT pg_backend_pid()",
        "SELECT pg_sleep(1)",
        "SELECT count(*) FROM generate_series(1, 9)",
        "SELECT id FROM nowhere",
        "SELECT nothing FROM sales",
        "SELECT id FROM sales; SELECT id FROM sales",
        "DELETE FROM sales",
        "SELEC id FROM sales",
        "",
    ] {
        let asked = select(text, vec![], &[ValueType::Integer]);
        let error = shop.database.query(asked).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    for text in [
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT a",
        "VACUUM",
        "COPY sales TO '/tmp/x'",
        "LISTEN x",
        "NOTIFY x",
        "LOCK TABLE sales",
        "DO $$ BEGIN END $$",
        "CALL x()",
        "CREATE TABLE x (a INTEGER)",
        "CREATE TEMP TABLE x (a INTEGER)",
        "SET synchronous_commit = off",
        "SET ROLE NONE",
        "INSERT INTO kontor_outbox (id) VALUES (1)",
        "UPDATE kontor_migrations SET hash = ''",
    ] {
        let error = shop.refused(text).await;
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    assert_eq!(shop.sales().await, 0);
}
