//! Each function has its own database.

use kontor_data::{Engine, Limits, OpenError, SqlError};

use crate::{
    Stand,
    shop::{Shop, batch, needs, read_total, sale},
};

pub async fn a_function_reaches_no_other_functions_tables(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let other = shop.engine.open("other", None, Limits::default()).await.unwrap();
    let error = other.query(read_total()).await.unwrap_err();
    assert!(matches!(error, SqlError::Invalid(_)), "{error:?}");
    let error = other.execute(batch(vec![sale(1, 1)])).await.unwrap_err();
    assert!(matches!(error, SqlError::Invalid(_)), "{error:?}");
    assert_eq!(shop.sales().await, 0);
}

pub async fn tables_of_one_name_are_two_in_two_functions(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let twin = shop.engine.open("shop-2", Some(needs()), Limits::default()).await.unwrap();
    twin.execute(batch(vec![sale(1, 1)])).await.unwrap();
    assert_eq!(shop.sales().await, 0);
    shop.database.execute(batch(vec![sale(1, 1)])).await.unwrap();
    assert_eq!(shop.engine.existing().unwrap(), ["shop", "shop-2"]);
}

pub async fn a_name_that_is_no_functions_is_refused(stand: &Stand<dyn Engine>) {
    let engine = stand.engine().await;
    for name in ["", "kontor", "../shop", "Shop", "shop\"", "shop;", "1shop", &"s".repeat(41)] {
        let opened = engine.open(name, None, Limits::default()).await;
        assert!(matches!(opened, Err(OpenError::Invalid(_))), "{name:?}");
    }
}
