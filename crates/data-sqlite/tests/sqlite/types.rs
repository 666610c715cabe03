//! What SQLite would give as another type.

use kontor_data::{SqlError, ValueType};

use crate::shop::{self, select};

/// A float above all: money would lose its last digit without anybody noticing.
#[tokio::test]
async fn a_value_is_never_given_as_another_type() {
    let shop = shop::open().await;
    for (text, kind) in
        [("SELECT 1.5", ValueType::Decimal), ("SELECT 'a'", ValueType::Integer), ("SELECT 2", ValueType::Boolean)]
    {
        let error = shop.database.query(select(text, vec![], &[kind])).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
}
