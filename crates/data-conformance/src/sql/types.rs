//! Every type comes back as it went in, and nothing else goes in.

use kontor_data::{Engine, SqlError, Value, ValueType};

use crate::{
    Stand,
    shop::{Shop, batch, receipt, select, write},
};

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
        Value::Integer(-7),
        Value::Decimal("-12.50".into()),
        Value::Text("Äpfel".into()),
        Value::Text("it's $1 and -- no comment".into()),
        Value::Bytes(vec![0, 255]),
        Value::Timestamp(1_795_000_000_000_001),
        Value::Json("{\"a\": [1, 2.5, null, \"ä\"]}".into()),
        Value::Uuid(ID.into()),
    ]
}

/// Writes a row and reads it back. JSON is the same if it is by value.
async fn round_trip(shop: &Shop, row: Vec<Value>) {
    shop.database.execute(batch(vec![write(ADD, row.clone())])).await.unwrap();
    let text = "SELECT yes, number, amount, word, words, raw, at, body, id FROM everything WHERE id = $1";
    let found = shop.database.query(select(text, vec![row[8].clone()], &TYPES)).await.unwrap().rows.remove(0);
    for (found, given) in found.iter().zip(&row) {
        match (found, given) {
            (Value::Json(found), Value::Json(given)) => {
                let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                assert_eq!(value(found), value(given));
            }
            _ => assert_eq!(found, given),
        }
    }
}

/// Parameters go by their number and not by where they stand in the text.
pub async fn values_come_back_as_they_went_in(stand: &Stand<dyn Engine>) {
    round_trip(&Shop::open(stand).await, values()).await;
}

pub async fn the_ends_of_every_range_come_back(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let least = vec![
        Value::Boolean(false),
        Value::Integer(i64::MIN),
        Value::Decimal("-9999999999.99".into()),
        Value::Text(String::new()),
        Value::Text(String::new()),
        Value::Bytes(vec![]),
        Value::Timestamp(-62_135_596_800_000_000),
        Value::Json("null".into()),
        Value::Uuid("00000000-0000-0000-0000-000000000000".into()),
    ];
    let most = vec![
        Value::Boolean(true),
        Value::Integer(i64::MAX),
        Value::Decimal("9999999999.99".into()),
        Value::Text("ten bytes!".into()),
        Value::Text("🦀".repeat(50_000)),
        Value::Bytes((0..=255).cycle().take(500_000).collect()),
        Value::Timestamp(253_402_300_799_999_999),
        Value::Json(format!("[\"{}\"]", "x".repeat(100_000))),
        Value::Uuid("ffffffff-ffff-ffff-ffff-ffffffffffff".into()),
    ];
    for row in [least, most] {
        round_trip(&shop, row).await;
    }
}

pub async fn nothing_comes_back_as_nothing(stand: &Stand<dyn Engine>) {
    let mut row = vec![Value::Null; 8];
    row.push(Value::Uuid(ID.into()));
    round_trip(&Shop::open(stand).await, row).await;
}

pub async fn what_does_not_fit_is_refused(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let changed = |place: usize, value: Value| {
        let mut values = values();
        values[place] = value;
        values
    };
    for bad in [
        changed(1, Value::Text("seven".into())),
        changed(2, Value::Decimal("1e5".into())),
        changed(3, Value::Text("longer than ten bytes".into())),
        changed(3, Value::Text("Ääääää".into())),
        changed(4, Value::Text("a\0b".into())),
        changed(7, Value::Json("{".into())),
        changed(8, Value::Uuid(ID.to_uppercase())),
        changed(8, Value::Null),
        values()[..8].to_vec(),
    ] {
        let error = shop.database.execute(batch(vec![write(ADD, bad.clone())])).await.expect_err("it was taken");
        assert!(matches!(error, SqlError::Invalid(_)), "{bad:?}: {error:?}");
    }
    assert_eq!(shop.number("SELECT count(*) FROM everything").await, 0);
    let wrong = select("SELECT license FROM sales WHERE id = $1", vec![Value::Integer(1)], &[ValueType::Integer]);
    shop.database.execute(batch(vec![crate::shop::sale(1, 1)])).await.unwrap();
    let error = shop.database.query(wrong).await.unwrap_err();
    assert!(matches!(error, SqlError::Invalid(_)), "{error:?}");
}

/// Neither case nor accents nor blanks at the end make two texts one, and the order is that of the bytes.
pub async fn text_is_compared_byte_by_byte(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let sources = ["ANNA", "Anna", "anna", "anna ", "annä", "ånna"];
    for (number, source) in sources.into_iter().enumerate() {
        shop.database.execute(batch(vec![receipt("RE", number as i64, source)])).await.unwrap();
    }
    let all = select("SELECT source FROM receipts ORDER BY source", vec![], &[ValueType::Text]);
    let found = shop.database.query(all).await.unwrap().rows;
    let mut expected = sources.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected.into_iter().map(|source| vec![Value::Text(source.into())]).collect::<Vec<_>>());
    let one = "SELECT count(*) FROM receipts WHERE source = 'anna'";
    assert_eq!(shop.number(one).await, 1);
}
