//! Functions that the operator put there: their components, and which is to serve. All processes share them.

use kontor_data::{DEPLOYMENTS_KEPT, Deployment, Desired};
use tokio_postgres::{Client, Error, Row};

type Result<T> = std::result::Result<T, Error>;

fn deployment(row: &Row) -> Result<Deployment> {
    Ok(Deployment {
        function: row.try_get(0)?,
        number: row.try_get::<_, i64>(1)?.unsigned_abs(),
        hash: row.try_get(2)?,
        version: row.try_get(3)?,
        who: row.try_get(4)?,
        deployed_us: row.try_get(5)?,
        signature: row.try_get(6)?,
    })
}

/// PostgreSQL's integers are signed.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What is to serve, for [`desired`].
pub(super) const DESIRED: &str = "SELECT name, number, enabled, seen, grants FROM kontor.desired ORDER BY name";

pub(super) fn desired(row: &Row) -> Result<Desired> {
    let grants: String = row.try_get(4)?;
    Ok(Desired {
        function: row.try_get(0)?,
        number: row.try_get::<_, Option<i64>>(1)?.map(i64::unsigned_abs),
        enabled: row.try_get(2)?,
        seen: row.try_get(3)?,
        grants: grants.split_whitespace().map(ToOwned::to_owned).collect(),
    })
}

pub(super) async fn desire(client: &Client, desired: &Desired) -> Result<()> {
    let say = "INSERT INTO kontor.desired (name, number, enabled, seen, grants) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (name) DO UPDATE SET number = excluded.number, enabled = excluded.enabled, seen = excluded.seen, \
         grants = excluded.grants";
    let (wanted, grants) = (desired.number.map(number), desired.grants.join(" "));
    client.execute(say, &[&desired.function, &wanted, &desired.enabled, &desired.seen, &grants]).await.map(|_| ())
}

pub(super) async fn deploy(
    client: &mut Client,
    mut new: Deployment,
    component: &[u8],
    seen: Option<String>,
) -> Result<Deployment> {
    let transaction = client.transaction().await?;
    // Two processes that deploy at the same time do so one after the other; reading goes on meanwhile.
    transaction.batch_execute("LOCK TABLE kontor.deployments IN SHARE ROW EXCLUSIVE MODE").await?;
    let last = "SELECT coalesce(max(number), 0) FROM kontor.deployments WHERE function = $1";
    let last: i64 = transaction.query_one(last, &[&new.function]).await?.try_get(0)?;
    new.number = last.unsigned_abs() + 1;
    let add = "INSERT INTO kontor.components (hash, component) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    transaction.execute(add, &[&new.hash, &component]).await?;
    let add = "INSERT INTO kontor.deployments (function, number, hash, version, who, deployed_us, signature) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let made = number(new.number);
    let row: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
        [&new.function, &made, &new.hash, &new.version, &new.who, &new.deployed_us, &new.signature];
    transaction.execute(add, &row).await?;
    let say = "INSERT INTO kontor.desired AS d (name, number, enabled, seen, grants) VALUES ($1, $2, true, $3, '') \
         ON CONFLICT (name) DO UPDATE SET number = excluded.number, enabled = true, seen = coalesce(excluded.seen, d.seen)";
    transaction.execute(say, &[&new.function, &made, &seen]).await?;
    // The one just made is to serve, so no other has to stay.
    let sweep = "DELETE FROM kontor.deployments WHERE function = $1 AND hash = $2 AND number < $3";
    transaction.execute(sweep, &[&new.function, &new.hash, &made]).await?;
    let sweep = "DELETE FROM kontor.deployments WHERE function = $1 AND number NOT IN \
         (SELECT number FROM kontor.deployments WHERE function = $1 ORDER BY number DESC LIMIT $2)";
    transaction.execute(sweep, &[&new.function, &i64::try_from(DEPLOYMENTS_KEPT).unwrap_or(i64::MAX)]).await?;
    let sweep =
        "DELETE FROM kontor.components c WHERE NOT EXISTS (SELECT 1 FROM kontor.deployments d WHERE d.hash = c.hash)";
    transaction.execute(sweep, &[]).await?;
    transaction.commit().await?;
    Ok(new)
}

pub(super) async fn list(client: &Client, function: &str) -> Result<Vec<Deployment>> {
    let asked = "SELECT function, number, hash, version, who, deployed_us, signature FROM kontor.deployments WHERE function = $1 \
         ORDER BY number DESC";
    client.query(asked, &[&function]).await?.iter().map(deployment).collect()
}

pub(super) async fn component(client: &Client, function: &str, wanted: u64) -> Result<Option<Vec<u8>>> {
    let asked = "SELECT component FROM kontor.components JOIN kontor.deployments USING (hash) \
         WHERE function = $1 AND number = $2";
    let row = client.query_opt(asked, &[&function, &number(wanted)]).await?;
    row.map(|row| row.try_get(0)).transpose()
}
