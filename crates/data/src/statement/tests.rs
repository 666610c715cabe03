//! What is taken, and what is not.

use super::{Checked, check};
use crate::SqlError;

#[test]
fn data_statements_are_taken() {
    for (text, query, parameters) in [
        ("SELECT id FROM sales WHERE id = $1", true, 1),
        ("SELECT count(*), coalesce(sum(gross), 0) FROM sales;", true, 0),
        ("WITH a AS (SELECT 1 AS n) SELECT n FROM a UNION ALL SELECT $1", true, 1),
        ("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n", true, 1),
        ("INSERT INTO sales (id, gross) VALUES ($1, $2)", false, 2),
        ("INSERT INTO hours (hour) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM hours WHERE hour = $1)", false, 1),
        ("UPDATE totals SET sales = sales + 1, turnover = turnover + $1 WHERE id = 1", false, 1),
        ("UPDATE a SET m = n, n = n + 1, o = CASE WHEN p > $1 THEN p ELSE $1 END", false, 1),
        ("SELECT id FROM a WHERE id IN (SELECT p.id FROM (SELECT id FROM b LIMIT 1) p)", true, 0),
        ("DELETE FROM sales", false, 0),
        ("WITH old AS (SELECT id FROM sales) DELETE FROM sales WHERE id IN (SELECT id FROM old)", false, 0),
        ("SELECT 'sleep(1); DROP TABLE x -- $7'", true, 0),
    ] {
        assert_eq!(check(text), Ok(Checked { query, parameters }), "{text}");
    }
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        ";",
        "BEGIN",
        "START TRANSACTION",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT a",
        "RELEASE a",
        "SET x = 1",
        "SHOW TABLES",
        "PRAGMA user_version",
        "ATTACH DATABASE 'x' AS y",
        "DETACH DATABASE y",
        "VACUUM",
        "ANALYZE",
        "EXPLAIN SELECT 1",
        "CREATE TABLE x (a INT)",
        "DROP TABLE x",
        "ALTER TABLE x ADD COLUMN a INT",
        "TRUNCATE TABLE x",
        "GRANT SELECT ON x TO y",
        "COPY x FROM STDIN",
        "CALL x()",
        "LOCK TABLES x READ",
        "SELECT 1; SELECT 2",
        "SELECT pg_advisory_lock(1)",
        "SELECT GET_LOCK('a', 1)",
        "SELECT pg_sleep(9)",
        "SELECT SLEEP(9)",
        "SELECT benchmark(9, 1)",
        "SELECT repeat('x', 1000000000)",
        "SELECT lpad('x', 1000000000)",
        "SELECT load_extension('x')",
        "SELECT readfile('x')",
        "SELECT writefile('x', 'y')",
        "SELECT edit('x')",
        "SELECT LOAD_FILE('x')",
        "SELECT pg_read_file('x')",
        "SELECT 1 FROM (SELECT pg_sleep(9)) a",
        "INSERT INTO a (b) VALUES (pg_sleep(1))",
        "UPDATE a SET b = sleep(1)",
        "SELECT * FROM kontor_outbox",
        "SELECT * FROM \"kontor_outbox\"",
        "SELECT * FROM KONTOR_outbox",
        "SELECT * FROM sqlite_schema",
        "SELECT * FROM pg_class",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM main.sales",
        "SELECT * FROM other.sales",
        "DELETE FROM kontor_migrations",
        "INSERT INTO kontor_outbox (id) VALUES (1)",
        "UPDATE kontor_outbox SET id = 1",
        "SELECT id FROM sales FOR UPDATE",
        "SELECT * INTO x FROM sales",
        "SELECT * FROM json_each('[]')",
        "WITH a AS (DELETE FROM sales RETURNING id) SELECT id FROM a",
        "SELECT ?",
        "SELECT :a",
        "SELECT $0",
        "SELECT $2",
        "SELECT $1, $3",
        "SELECT $1000",
        "SELECT id FROM a WHERE id IN (SELECT id FROM b LIMIT 1)",
        "UPDATE a SET n = n + 1, m = n",
        "UPDATE a SET n = 1, m = 1 + (SELECT max(a.N) FROM a)",
        "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE",
        "SELEC 1",
    ] {
        assert!(matches!(check(text), Err(SqlError::Invalid(_))), "{text}: {:?}", check(text));
    }
}

#[test]
fn deep_and_long_texts_end_with_an_error() {
    for text in [
        format!("SELECT {}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("SELECT 1{}", "+1".repeat(30_000)),
        format!("SELECT {}1", "-".to_owned() + &" -".repeat(20_000)),
        format!("SELECT {}1", "NOT ".repeat(15_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(4_000)),
        format!("SELECT 1 WHERE 1{}", " AND 1".repeat(10_000)),
        format!("SELECT a{}", "[1]".repeat(20_000)),
    ] {
        assert!(check(&text).is_err());
    }
}
