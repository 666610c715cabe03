//! What other engines take for granted and these servers do in their own way.

use kontor_contract::{
    SqlNeeds,
    schema::{Column, ColumnType, Index, Migration, Step, Table},
};
use kontor_data::{Engine, Limits, SqlError, Value, ValueType};
use kontor_data_conformance::shop::{Shop, batch, column, guarded, sale, select, write};

use crate::server::Home;

async fn one(shop: &Shop, text: &str, given: Vec<Value>, asked: ValueType) -> Result<Value, SqlError> {
    shop.database.query(select(text, given, &[asked])).await.map(|mut rows| rows.rows.remove(0).remove(0))
}

/// A decimal that came as a text would be computed with as a float.
#[tokio::test]
async fn decimals_are_exact() {
    let shop = Home::make().shop(Limits::default()).await;
    let decimal = |text: &str| Value::Decimal(text.into());
    let given = vec![decimal("90071992547409931.23"), decimal("-0.01")];
    assert_eq!(one(&shop, "SELECT $1 + $2", given, ValueType::Decimal).await.unwrap(), decimal("90071992547409931.22"));
    let given = vec![Value::Uuid("00000000-0000-0000-0000-000000000001".into()), decimal("9999999999.98")];
    shop.database
        .execute(batch(vec![write("INSERT INTO everything (id, amount) VALUES ($1, $2)", given)]))
        .await
        .unwrap();
    let raise = guarded(
        "UPDATE everything SET amount = amount + $1 WHERE amount = $2",
        vec![decimal("0.01"), decimal("9999999999.98")],
        1,
    );
    shop.database.execute(batch(vec![raise])).await.unwrap();
    assert_eq!(
        one(&shop, "SELECT amount FROM everything", vec![], ValueType::Decimal).await.unwrap(),
        decimal("9999999999.99")
    );
    let float = one(&shop, "SELECT 1e0 / 3", vec![], ValueType::Decimal).await.unwrap_err();
    assert!(matches!(float, SqlError::Invalid(_)), "{float:?}");
}

/// Sums come as decimals, comparisons as integers; bytes are no text and text is no bytes.
#[tokio::test]
async fn results_are_what_was_asked_for() {
    let shop = Home::make().shop(Limits::default()).await;
    shop.database.execute(batch(vec![sale(1, i64::MAX - 1), sale(2, 1)])).await.unwrap();
    for (text, given, asked, found) in [
        ("SELECT sum(gross) FROM sales", vec![], ValueType::Integer, Value::Integer(i64::MAX)),
        ("SELECT count(*) = 2 FROM sales", vec![], ValueType::Boolean, Value::Boolean(true)),
        ("SELECT $1", vec![Value::Bytes(vec![0, 255])], ValueType::Bytes, Value::Bytes(vec![0, 255])),
        (
            "SELECT CASE WHEN $1 = 1 THEN $2 ELSE $3 END",
            vec![Value::Integer(1), Value::Text("ä".into()), Value::Text("b".into())],
            ValueType::Text,
            Value::Text("ä".into()),
        ),
        ("SELECT max(id) FROM sales WHERE id > 5", vec![], ValueType::Integer, Value::Null),
    ] {
        assert_eq!(one(&shop, text, given, asked).await.unwrap(), found, "{text}");
    }
    for (text, given, asked) in [
        ("SELECT $1", vec![Value::Bytes(vec![1])], ValueType::Text),
        ("SELECT $1", vec![Value::Text("a".into())], ValueType::Bytes),
        ("SELECT sum(gross) + 1 FROM sales", vec![], ValueType::Integer),
        ("SELECT 2", vec![], ValueType::Boolean),
    ] {
        let error = one(&shop, text, given, asked).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
}

/// The server runs what stands in such a comment, where the parser that checks texts sees none; and it has variables.
#[tokio::test]
async fn nothing_is_run_that_was_not_checked() {
    let shop = Home::make().shop(Limits::default()).await;
    assert_eq!(shop.number("SELECT 1 /*! + 1 */ /*M! + 1 */ -- + 1").await, 1);
    for text in ["SELECT @@version", "SELECT @a", "SELECT 1 # + 1"] {
        let error = shop.database.query(select(text, vec![], &[ValueType::Integer])).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
}

/// What does not fit a column is refused and not cut: too long in bytes, no boolean, no UUID, out of range.
#[tokio::test]
async fn columns_hold_what_they_say() {
    let shop = Home::make().shop(Limits::default()).await;
    let id = || Value::Uuid("00000000-0000-0000-0000-000000000001".into());
    for (name, value) in [
        ("yes", Value::Integer(7)),
        ("word", Value::Text("äääääö".into())),
        ("amount", Value::Decimal("99999999999.00".into())),
        ("number", Value::Decimal("9223372036854775808".into())),
        ("body", Value::Text("{".into())),
    ] {
        let text = format!("INSERT INTO everything (id, {name}) VALUES ($1, $2)");
        let error = shop.database.execute(batch(vec![write(&text, vec![id(), value])])).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{name}: {error:?}");
    }
    let text = "INSERT INTO everything (id) VALUES ($1)";
    let error = shop.database.execute(batch(vec![write(text, vec![Value::Text("x".into())])])).await.unwrap_err();
    assert!(matches!(error, SqlError::Invalid(_)), "{error:?}");
}

/// A connection keeps some hundred texts prepared; who has more of them has them prepared again.
#[tokio::test]
async fn a_function_may_have_more_texts_than_a_connection_keeps() {
    let shop = Home::make().shop(Limits::default()).await;
    for number in 0..600_i64 {
        let text = format!("INSERT INTO sales (id, license, gross) VALUES ($1, 'pro', {number})");
        shop.database.execute(batch(vec![write(&text, vec![Value::Integer(number)])])).await.unwrap();
        assert_eq!(shop.number(&format!("SELECT gross FROM sales WHERE id = {number}")).await, number);
    }
}

/// Words that these servers keep for themselves are names like others in a migration, and in double quotes in a text.
#[tokio::test]
async fn names_of_the_servers_own_words_are_names() {
    let text = Column { default: Some("it's".into()), ..column("groups", ColumnType::Text) };
    let key = Column { default: Some("k".into()), ..column("key", ColumnType::KeyText(255)) };
    let rank = Column { default: Some("1.50".into()), ..column("rank", ColumnType::Decimal(5, 2)) };
    let table = Table {
        name: "order".into(),
        columns: vec![column("system", ColumnType::Integer), text, key, rank],
        primary_key: vec!["system".into()],
        indexes: vec![Index { name: "order_key".into(), columns: vec!["key".into()], unique: true }],
        append_only: false,
    };
    let migration = Migration { number: 1, name: "words".into(), steps: vec![Step::CreateTable(table)] };
    let engine = Home::make().engine();
    let needs = SqlNeeds { migrations: vec![migration] };
    let database = engine.open("shop", Some(needs), Limits::default()).await.unwrap();
    let add = || batch(vec![write("INSERT INTO \"order\" (\"system\") VALUES ($1)", vec![Value::Integer(1)])]);
    database.execute(add()).await.unwrap();
    let types = [ValueType::Text, ValueType::Text, ValueType::Decimal];
    let read = select("SELECT \"groups\", \"key\", \"rank\" FROM \"order\"", vec![], &types);
    let row = vec![Value::Text("it's".into()), Value::Text("k".into()), Value::Decimal("1.50".into())];
    assert_eq!(database.query(read).await.unwrap().rows, [row]);
    let error = database.execute(add()).await.unwrap_err();
    assert_eq!(error, SqlError::Conflict { statement: 0, constraint: "order_pkey".into() });
}
