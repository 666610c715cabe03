//! Only data, and only one's own.

use kontor_data::{Engine, SqlError, ValueType};

use crate::{
    Stand,
    shop::{Shop, batch, sale, select, write},
};

pub async fn only_data_statements_on_own_tables_are_taken(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    for text in [
        "SELECT id FROM kontor_outbox",
        "SELECT name FROM sqlite_schema",
        "SELECT oid FROM pg_class",
        "SELECT table_name FROM information_schema.tables",
        "SELECT user FROM mysql.user",
        "SELECT id FROM main.sales",
        "SELECT id FROM public.sales",
        "SELECT load_extension('x')",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT load_file('/etc/passwd')",
        "SELECT pg_sleep(1)",
        "SELECT sleep(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT get_lock('a', 1)",
        "SELECT set_config('a', 'b', false)",
        "SELECT id FROM nowhere",
        "SELECT nothing FROM sales",
        "SELECT id FROM sales FOR UPDATE",
        "SELECT id FROM sales; SELECT id FROM sales",
        "DELETE FROM sales",
        "SELEC id FROM sales",
        "",
    ] {
        let asked = select(text, vec![], &[ValueType::Integer]);
        let error = shop.database.query(asked).await.expect_err(text);
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    for text in [
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT a",
        "SET search_path = public",
        "VACUUM",
        "ATTACH 'x' AS y",
        "CREATE TABLE x (a INTEGER)",
        "CREATE TEMP TABLE x (a INTEGER)",
        "ALTER TABLE sales ADD COLUMN x INTEGER",
        "DROP TABLE sales",
        "TRUNCATE TABLE sales",
        "PRAGMA synchronous = OFF",
        "COPY sales FROM '/etc/passwd'",
        "GRANT ALL ON sales TO public",
        "UPDATE totals SET sales = sales + 1, turnover = sales",
        "INSERT INTO kontor_outbox (id) VALUES (1)",
        "UPDATE kontor_migrations SET hash = ''",
    ] {
        let error = shop.refused(text).await;
        assert!(matches!(error, SqlError::Invalid(_)), "{text}: {error:?}");
    }
    assert_eq!(shop.sales().await, 0);
}

pub async fn a_refused_statement_takes_its_batch_down_and_no_other(stand: &Stand<dyn Engine>) {
    let shop = Shop::open(stand).await;
    let attack = batch(vec![sale(1, 1), write("DROP TABLE sales", vec![])]);
    let honest = batch(vec![sale(2, 1)]);
    let (attacked, honest) = tokio::join!(shop.database.execute(attack), shop.database.execute(honest));
    assert!(matches!(attacked, Err(SqlError::Invalid(_))), "{attacked:?}");
    honest.unwrap();
    assert_eq!((shop.sales().await, shop.number("SELECT max(id) FROM sales").await), (1, 2));
}
