//! Seals of two programs on one PostgreSQL.

use e2e::shop::Shop;
use serde_json::Value;

use super::postgres::on_postgres;
use crate::Tested;

#[tokio::test]
async fn two_programs_make_one_chain_and_the_other_goes_on_when_one_is_killed() -> Tested {
    let (server, toml) = on_postgres().await?;
    let (first, second) = (Shop::new()?, Shop::new()?);
    let key = first.root().join("key");
    let with_key = |shop: Shop| {
        let export = shop.root().join("elsewhere");
        shop.configure(&format!("{toml}[seals]\nkey_file = {key:?}\nexport = {export:?}\n"))
    };
    let (first, second) = (with_key(first), with_key(second));
    first.public_key().await?;
    let token = first.token("clerk", &["invoices:read", "invoices:write"]).await?;
    let running = first.open().await?;
    let other = second.open().await?;
    let mut last = Value::Null;
    for cents in 10_001..=10_020 {
        last = if cents % 2 == 0 { &first } else { &second }.invoice(&token, cents).await?;
    }
    second.proof(&token, last["id"].as_str().unwrap_or_default()).await?;
    running.kill().await?;
    for cents in 10_021..=10_025 {
        last = second.invoice(&token, cents).await?;
    }
    second.proof(&token, last["id"].as_str().unwrap_or_default()).await?;
    // While it serves: a server's store is read itself.
    let (is_right, said) = second.verify(&[]).await?;
    anyhow::ensure!(is_right && said.contains(" invoices=25 unsealed=0 "), "{said}");
    other.stop().await?;
    // Both exported for themselves, and what they have is one chain.
    for place in [first.root(), second.root()] {
        let export = place.join("elsewhere");
        let (is_right, said) = second.verify(&["--against", export.to_str().unwrap_or_default()]).await?;
        anyhow::ensure!(is_right && said.contains(" exported="), "{said}");
    }

    // On a server it is rights that keep rows as they are.
    let database = server.url();
    let grant = "DO $$ DECLARE r text; BEGIN SELECT rolname INTO r FROM pg_roles WHERE rolname LIKE 'kontor_%_invoices'; \
                 EXECUTE format('GRANT UPDATE ON fn_invoices.history TO %I', r); END $$";
    let (client, connection) = tokio_postgres::connect(database, tokio_postgres::NoTls).await?;
    let driving = tokio::spawn(connection);
    client.batch_execute(grant).await?;
    let (is_right, said) = second.verify(&[]).await?;
    anyhow::ensure!(!is_right && said.contains("the table history is not append-only any more"), "{said}");
    client.batch_execute(&grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM ")).await?;
    client.batch_execute("DELETE FROM fn_invoices.registrations WHERE sequence = 7").await?;
    let (is_right, said) = second.verify(&[]).await?;
    anyhow::ensure!(!is_right && said.contains("has no invoice 7"), "{said}");
    driving.abort();
    Ok(())
}
