//! Every type comes back as it went in, and nothing else goes in.

use kontor_data::{SqlError, Value, ValueType};

use crate::shop::{Shop, batch, select, write};

const ID: &str = "0191f0de-0000-7000-8000-00000000000a";
const ADD: &str = "INSERT INTO everything (id, yes, number, amount, word, words, raw, at, body) VALUES ($9, $1, $2, $3, $4, $5, $6, $7, $8)";
const TYPES: [ValueType; 9] = [
    ValueType::Boolean,
    ValueType::Integer,
    ValueType::Decimal,
    ValueType::Text,
    ValueType::Text,
    ValueType::Bytes,
    ValueType::Timestamp,
    ValueType::Json,
    ValueType::Uuid,
];

fn values() -> Vec<Value> {
    vec![
        Value::Boolean(true),
        Value::Integer(i64::MIN),
        Value::Decimal("-12.50".into()),
        Value::Text("Äpfel".into()),
        Value::Text("it's $1 and -- no comment".into()),
        Value::Bytes(vec![0, 255]),
        Value::Timestamp(1_795_000_000_000_000),
        Value::Json("{\"a\": [1, 2]}".into()),
        Value::Uuid(ID.into()),
    ]
}

#[tokio::test]
async fn types_round_trip_and_parameters_go_by_number() {
    let shop = Shop::open().await;
    shop.database.execute(batch(vec![write(ADD, values())])).await.unwrap();
    let text = "SELECT yes, number, amount, word, words, raw, at, body, id FROM everything WHERE id = $1";
    let asked = select(text, vec![Value::Uuid(ID.into())], &TYPES);
    assert_eq!(shop.database.query(asked).await.unwrap().rows, vec![values()]);
    let mut nulls = vec![Value::Null; 8];
    nulls.push(Value::Uuid(ID.replace('a', "b")));
    shop.database.execute(batch(vec![write(ADD, nulls.clone())])).await.unwrap();
    let asked = select(text, vec![nulls[8].clone()], &TYPES);
    assert_eq!(shop.database.query(asked).await.unwrap().rows, vec![nulls]);
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let shop = Shop::open().await;
    let changed = |place: usize, value: Value| {
        let mut values = values();
        values[place] = value;
        values
    };
    for bad in [
        changed(2, Value::Decimal("1e5".into())),
        changed(3, Value::Text("longer than ten bytes".into())),
        changed(4, Value::Text("a\0b".into())),
        changed(7, Value::Json("{".into())),
        changed(8, Value::Uuid(ID.to_uppercase())),
        changed(1, Value::Text("seven".into())),
        values()[..8].to_vec(),
    ] {
        let error = shop.database.execute(batch(vec![write(ADD, bad)])).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{error:?}");
    }
    for (text, kind) in [
        ("SELECT CAST(1.5 AS double precision)", ValueType::Decimal),
        ("SELECT 'a'", ValueType::Integer),
        ("SELECT 2", ValueType::Boolean),
    ] {
        let error = shop.database.query(select(text, vec![], &[kind])).await.unwrap_err();
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
}
