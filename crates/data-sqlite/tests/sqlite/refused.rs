//! What the engine refuses, over and above what `kontor_data::statement` sees.

use kontor_data::{SqlError, ValueType};

use crate::shop::{self, select};

#[tokio::test]
async fn only_rows_of_the_functions_own_tables() {
    let shop = shop::open().await;
    for text in [
        "SELECT id FROM kontor_outbox",
        "SELECT name FROM sqlite_schema",
        "SELECT name FROM dbstat",
        "SELECT name FROM pragma_table_list",
        "SELECT id FROM main.sales",
        "SELECT load_extension('x')",
        "SELECT sqlite_version()",
        "SELECT last_insert_rowid()",
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
        "ATTACH 'x' AS y",
        "CREATE TABLE x (a INTEGER)",
        "CREATE TEMP TABLE x (a INTEGER)",
        "PRAGMA synchronous = OFF",
        "INSERT INTO kontor_outbox (id) VALUES (1)",
        "UPDATE kontor_migrations SET hash = ''",
    ] {
        let error = shop.refused(text).await;
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    assert_eq!(shop.sales().await, 0);
}
