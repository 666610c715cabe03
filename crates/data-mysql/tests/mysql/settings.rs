//! Every setting has a case that fails without it. Those that show in what the ports promise are in `data-conformance`:
//! `CLIENT_FOUND_ROWS`, the collation, `STRICT_ALL_TABLES`, `max_statement_time`, and the depth of recursions.

use std::{sync::Arc, time::Duration};

use kontor_data::{Limits, SqlError, Value, ValueType};
use kontor_data_conformance::shop::{batch, sale, select, total, write};
use mysql_async::prelude::Queryable as _;

use crate::server::Home;

async fn text_of(text: &str) -> Value {
    let shop = Home::make().shop(Limits::default()).await;
    shop.database.query(select(text, vec![], &[ValueType::Text])).await.unwrap().rows.remove(0).remove(0)
}

/// `ANSI`: without it `||` means "or", and a name in double quotes is a text.
#[tokio::test]
async fn texts_are_joined_and_names_are_quoted_as_everywhere() {
    assert_eq!(text_of("SELECT 'a' || 'b'").await, Value::Text("ab".into()));
    assert_eq!(text_of("SELECT \"word\" FROM (SELECT 'x' AS word) AS t").await, Value::Text("x".into()));
}

/// `NO_BACKSLASH_ESCAPES`: without it the text does not end where the parser sees its end.
#[tokio::test]
async fn a_backslash_is_a_character() {
    assert_eq!(text_of("SELECT '\\' || 'n\\n'").await, Value::Text("\\n\\n".into()));
}

/// MariaDB would give 1,000 and no error.
#[tokio::test]
async fn a_long_recursion_is_not_cut() {
    let shop = Home::make().shop(Limits::default()).await;
    let text = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT count(*) FROM n";
    assert_eq!(shop.number(text).await, 5_000);
}

/// A write has a time limit too, and its connection goes on.
#[tokio::test]
async fn an_endless_write_ends() {
    let limits = Limits { statement_time_max: Duration::from_millis(200), ..Limits::default() };
    let shop = Home::make().shop(limits).await;
    let endless = "INSERT INTO sales (id, license, gross) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i FROM n) \
        SELECT count(*), 'pro', 1 FROM n";
    let error = shop.database.execute(batch(vec![sale(1, 1), write(endless, vec![])])).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    shop.database.execute(batch(vec![sale(2, 1)])).await.unwrap();
    assert_eq!(shop.sales().await, 1);
}

/// Error 1205 undoes one statement, and what came before it in the transaction stays: it has to be rolled back by name.
#[tokio::test]
async fn who_waits_too_long_for_a_lock_leaves_nothing_behind() {
    let home = Home::make();
    let shop = home.shop(Limits { statement_time_max: Duration::from_secs(2), ..Limits::default() }).await;
    let mut admin = home.admin().await;
    admin.query_drop("BEGIN").await.unwrap();
    admin.query_drop("SELECT * FROM totals FOR UPDATE").await.unwrap();
    let error = shop.database.execute(batch(vec![sale(1, 100), total(100)])).await.unwrap_err();
    assert!(matches!(error, SqlError::Busy(_)), "{error:?}");
    admin.query_drop("ROLLBACK").await.unwrap();
    shop.database.execute(batch(vec![sale(2, 100), total(100)])).await.unwrap();
    assert_eq!((shop.sales().await, shop.number("SELECT turnover FROM totals").await), (1, 100));
}

/// `READ COMMITTED`: under the server's own default, an update that finds nothing locks the gap where it looked, and another
/// process could not insert there until the transaction ends.
#[tokio::test(flavor = "multi_thread")]
async fn looking_for_what_is_not_there_locks_nobody_out() {
    let home = Home::make();
    let limits = || Limits { statement_time_max: Duration::from_secs(3), ..Limits::default() };
    let (first, second) = (home.shop(limits()).await, Arc::new(home.shop(limits()).await));
    first.database.execute(batch(vec![sale(1, 1), sale(1_000, 1)])).await.unwrap();
    let mut admin = home.admin().await;
    admin.query_drop("BEGIN").await.unwrap();
    admin.query_drop("SELECT * FROM totals FOR UPDATE").await.unwrap();
    // This one has looked for a sale, and waits for the totals.
    let nothing = write("UPDATE sales SET gross = 2 WHERE id = 500", vec![]);
    let waits = first.database.execute(batch(vec![nothing, total(1)]));
    let inserts = async {
        let waiting = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'UPDATE totals%' AND db = ?";
        let mut looking = home.admin().await;
        let database = format!("{}_fn_shop", home.database);
        while looking.exec_first::<i64, _, _>(waiting, (&database,)).await.unwrap() != Some(1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let inserted = second.database.execute(batch(vec![sale(501, 1)])).await;
        admin.query_drop("ROLLBACK").await.unwrap();
        inserted
    };
    let (waited, inserted) = tokio::join!(waits, inserts);
    inserted.unwrap();
    waited.unwrap();
}

/// What a server that loses commits says about itself is seen, and a server that takes too little at once is refused.
#[tokio::test]
async fn an_address_says_what_is_wrong_with_it() {
    use kontor_data_mysql::{MysqlEngine, MysqlSettings};
    for (url, words) in [
        ("nonsense", "cannot be read"),
        ("mysql://root@localhost", "names no user or database"),
        ("mysql://root@localhost/mysql", "cannot be Kontor's"),
        ("mysql://root@localhost/a_name_that_is_far_too_long", "cannot be Kontor's"),
    ] {
        let settings = MysqlSettings { setup_url: url.to_owned(), readers_max: 1 };
        let Err(error) = MysqlEngine::new(&settings) else { panic!("{url} was taken") };
        assert!(error.to_string().contains(words), "{url}: {error}");
    }
}
