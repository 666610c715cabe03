//! What the roles reach on the server, past every check of Kontor's own.

use tokio_postgres::{Client, Config, NoTls};

use kontor_data::{Engine, Limits};

use crate::shop::{Shop, batch, receipt};

/// The function's host role, logged in as Kontor does, and then acting as the runtime role.
async fn as_runtime(shop: &Shop, function: &str) -> Client {
    let setup = shop.home.client().await;
    // The roles' names hold a hash of the database's name; the schema's rights name them.
    let asked = "SELECT grantee::regrole::text FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'fn_' || $1 \
        AND grantee::regrole::text LIKE '%\\_host'";
    let host: String = setup.query_one(asked, &[&function]).await.unwrap().get(0);
    let password: String =
        setup.query_one("SELECT password FROM kontor.functions WHERE name = $1", &[&function]).await.unwrap().get(0);
    let mut config: Config = shop.home.url.parse().unwrap();
    config.user(host.as_str()).password(password);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let runtime = host.strip_suffix("_host").unwrap().to_owned();
    client.batch_execute(&format!("SET ROLE {runtime}; SET search_path = fn_{function}")).await.unwrap();
    client
}

async fn refused(client: &Client, text: &str) {
    let error = client.batch_execute(text).await.expect_err(text);
    let code = error.as_db_error().unwrap().code().code().to_owned();
    assert_eq!(code, "42501", "{text}: {error:?}");
}

#[tokio::test]
async fn the_runtime_role_reaches_its_own_rows_and_nothing_else() {
    let shop = Shop::open().await;
    shop.engine.open("other", Some(crate::shop::needs()), Limits::default()).await.unwrap();
    shop.database.execute(batch(vec![receipt("RE", 1, "a")])).await.unwrap();
    let client = as_runtime(&shop, "shop").await;
    client
        .batch_execute("INSERT INTO sales (id, license, gross) VALUES (1, 'pro', 1); DELETE FROM sales")
        .await
        .unwrap();
    // The server only warns that nothing was granted; what follows shows that nothing was.
    client.batch_execute("GRANT UPDATE, DELETE ON receipts TO PUBLIC").await.unwrap();
    for text in [
        "SELECT * FROM fn_other.sales",
        "INSERT INTO fn_other.sales (id, license, gross) VALUES (1, 'pro', 1)",
        "SELECT * FROM kontor_outbox",
        "DELETE FROM kontor_idempotency",
        "UPDATE kontor_migrations SET hash = ''",
        "SELECT * FROM kontor.tokens",
        "SELECT * FROM kontor.functions",
        "UPDATE receipts SET source = 'x'",
        "DELETE FROM receipts",
        "TRUNCATE receipts",
        "INSERT INTO receipts (series, number, source) VALUES ('RE', 1, 'x') ON CONFLICT (series, number) DO UPDATE SET source = 'x'",
        "ALTER TABLE receipts ADD COLUMN x int",
        "DROP TABLE receipts",
        "ALTER TABLE sales DISABLE TRIGGER ALL",
        "CREATE TABLE mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY sales TO '/tmp/kontor-sales'",
        "COPY sales TO PROGRAM 'true'",
    ] {
        refused(&client, text).await;
    }
    // Becoming somebody else is no way out: not the setup role, and not another function's.
    let setup: String = shop.home.client().await.query_one("SELECT current_user::text", &[]).await.unwrap().get(0);
    refused(&client, &format!("SET ROLE {setup}")).await;
    // Its host role keeps the host's tables, and has no more rights over receipts than the function.
    client.batch_execute("RESET ROLE").await.unwrap();
    for text in [
        "DELETE FROM receipts",
        "SELECT * FROM fn_other.kontor_outbox",
        "DROP TABLE kontor_outbox",
        "SELECT * FROM kontor.functions",
    ] {
        refused(&client, text).await;
    }
    assert_eq!(shop.number("SELECT count(*) FROM receipts").await, 1);
}
