//! `kontor doctor` on a server: well, and what it says where something is wrong.

use anyhow::Result;
use e2e::shop::Shop;
use kontor_test_servers::Server;

use super::{begun, configuration, owner};
use crate::{Tested, verbs::doctor::examine};

/// Has to find this, with this to mend it.
fn names(said: &str, wrong: &str, mend: &str) {
    let line = said.lines().skip_while(|line| !(line.starts_with("  wrong") && line.contains(wrong)));
    let lines: Vec<_> = line.take(2).collect();
    assert!(lines.len() == 2 && lines[1].contains("mend: ") && lines[1].contains(mend), "{wrong}; {mend}:\n{said}");
}

async fn of(url: &str) -> Result<(bool, String)> {
    examine(&Shop::new()?.configure(&configuration(url))).await
}

#[tokio::test]
async fn each_thing_that_is_wrong_is_named_with_what_mends_it() -> Tested {
    let server = begun(Server::start).await?;
    let client = owner(&server).await?;
    let shop = Shop::new()?.configure(&configuration(server.url()));
    let (well, said) = examine(&shop).await?;
    assert!(well && said.contains("ok       schema: nothing is there yet"), "{said}");
    shop.open().await?.stop().await?;
    let (well, said) = examine(&shop).await?;
    assert!(well && said.contains("ok       schema of sales: ") && said.contains("ok       fsync: on"), "{said}");

    let (_, address) = server.url().split_once('@').expect("an address has a password");
    let (well, said) = of(&format!("postgres://kontor:wrong@{address}")).await?;
    assert!(!well, "{said}");
    names(&said, "password authentication failed", "correct it in the address");
    let (well, said) = of("postgres://kontor:wrong@127.0.0.1:9/shop").await?;
    assert!(!well, "{said}");
    names(&said, "PostgreSQL at 127.0.0.1:9/shop as kontor cannot be reached", "start it, or correct the address");

    client.batch_execute("CREATE ROLE weak LOGIN PASSWORD 'weak'").await?;
    let (well, said) = of(&format!("postgres://weak:weak@{address}")).await?;
    assert!(!well, "{said}");
    names(&said, "weak may not make roles", "ALTER ROLE weak CREATEROLE;");
    names(&said, "weak may not make schemas in postgres", "GRANT CREATE ON DATABASE postgres TO weak;");

    client.batch_execute("ALTER SYSTEM SET fsync = off").await?;
    client.batch_execute("SELECT pg_reload_conf()").await?;
    let runtime = "SELECT rolname::text FROM pg_roles WHERE rolname ~ '^kontor_.*_sales$'";
    let runtime: String = client.query_one(runtime, &[]).await?.get(0);
    client.batch_execute(&format!("REVOKE SELECT ON fn_sales.sales FROM {runtime}")).await?;
    client.batch_execute(&format!("ALTER ROLE {runtime}_host PASSWORD 'another'")).await?;
    let (well, said) = examine(&shop).await?;
    assert!(!well && said.contains("3 things are wrong"), "{said}");
    names(&said, "fsync: off", "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();");
    names(&said, "schema of sales", &format!("GRANT SELECT, INSERT ON fn_sales.sales TO {runtime};"));
    names(&said, "login of sales", "DELETE FROM kontor.functions WHERE name = 'sales'");

    // What it says is what mends it.
    client.batch_execute("ALTER SYSTEM SET fsync = on").await?;
    client.batch_execute("SELECT pg_reload_conf()").await?;
    client.batch_execute(&format!("GRANT SELECT, INSERT ON fn_sales.sales TO {runtime}")).await?;
    client.batch_execute("DELETE FROM kontor.functions WHERE name = 'sales'").await?;
    shop.open().await?.stop().await?;
    let (well, said) = examine(&shop).await?;
    assert!(well, "{said}");
    Ok(())
}
