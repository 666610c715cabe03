//! What this server would know to do, and does for no function. What every engine refuses is in the suite of every engine.

use kontor_data::{SqlError, ValueType};

use crate::shop::{Shop, select};

#[tokio::test]
async fn nothing_beyond_rows_of_the_functions_own_tables() {
    let shop = Shop::open().await;
    for text in [
        "SELECT count(*) FROM information_schema.tables",
        "SELECT id FROM fn_shop.sales",
        "SELECT name FROM kontor.tokens",
        "SELECT pg_backend_pid()",
        "SELECT count(*) FROM generate_series(1, 9)",
    ] {
        let asked = select(text, vec![], &[ValueType::Integer]);
        let error = shop.database.query(asked).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    for text in [
        "COPY sales TO '/tmp/x'",
        "LISTEN x",
        "NOTIFY x",
        "LOCK TABLE sales",
        "DO $$ BEGIN END $$",
        "CALL x()",
        "SET synchronous_commit = off",
        "SET ROLE NONE",
    ] {
        let error = shop.refused(text).await;
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    assert_eq!(shop.sales().await, 0);
}

/// The server has more types than functions know.
#[tokio::test]
async fn a_result_of_another_type_is_refused() {
    let shop = Shop::open().await;
    for (text, kind) in [
        ("SELECT CAST(1.5 AS double precision)", ValueType::Decimal),
        ("SELECT 'a'", ValueType::Integer),
        ("SELECT 2", ValueType::Boolean),
    ] {
        let error = shop.database.query(select(text, vec![], &[kind])).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
}
