//! Functions that the operator put there: their components, and which is to serve. All processes share them.

use kontor_data::{DEPLOYMENTS_KEPT, Deployment, Desired};
use kontor_data_server::ids::{signed, unsigned};
use mysql_async::{Conn, Error, TxOpts, prelude::Queryable as _};

type Result<T> = std::result::Result<T, Error>;

/// Bytes of a component in one row.
const PART_SIZE_BYTES: usize = 1 << 20;

pub(super) async fn desired(conn: &mut Conn) -> Result<Vec<Desired>> {
    let asked = "SELECT name, number, enabled, seen, granted FROM desired ORDER BY name";
    let read =
        |(function, number, enabled, seen, granted): (String, Option<i64>, bool, Option<String>, String)| Desired {
            function,
            number: number.map(unsigned),
            enabled,
            seen,
            grants: granted.split_whitespace().map(ToOwned::to_owned).collect(),
        };
    conn.query_map(asked, read).await
}

pub(super) async fn desire(conn: &mut Conn, desired: &Desired) -> Result<()> {
    let say = "INSERT INTO desired (name, number, enabled, seen, granted) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE \
         number = VALUES(number), enabled = VALUES(enabled), seen = VALUES(seen), granted = VALUES(granted)";
    let Desired { function, number, enabled, seen, grants } = desired;
    conn.exec_drop(say, (function, number.map(signed), enabled, seen, grants.join(" "))).await
}

pub(super) async fn deploy(
    conn: &mut Conn,
    mut new: Deployment,
    component: &[u8],
    seen: Option<String>,
) -> Result<Deployment> {
    let mut transaction = conn.start_transaction(TxOpts::default()).await?;
    // Two processes that deploy at the same time do so one after the other; reading goes on meanwhile.
    transaction.query_drop("INSERT INTO guard (id) VALUES (1) ON DUPLICATE KEY UPDATE id = 1").await?;
    let last = "SELECT COALESCE(MAX(number), 0) FROM deployments WHERE function_name = ?";
    let last: Option<i64> = transaction.exec_first(last, (&new.function,)).await?;
    new.number = unsigned(last.unwrap_or(0)) + 1;
    let known = "SELECT COUNT(*) FROM components WHERE hash = ?";
    if transaction.exec_first::<i64, _, _>(known, (&new.hash,)).await? == Some(0) {
        for (part, bytes) in component.chunks(PART_SIZE_BYTES).enumerate() {
            let add = "INSERT INTO components (hash, part, bytes) VALUES (?, ?, ?)";
            transaction.exec_drop(add, (&new.hash, part, bytes)).await?;
        }
    }
    let add = "INSERT INTO deployments (function_name, number, hash, version, who, deployed_us, signature) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let made = signed(new.number);
    let row = (&new.function, made, &new.hash, &new.version, &new.who, new.deployed_us, &new.signature);
    transaction.exec_drop(add, row).await?;
    let say = "INSERT INTO desired (name, number, enabled, seen, granted) VALUES (?, ?, TRUE, ?, '') ON DUPLICATE KEY UPDATE \
         number = VALUES(number), enabled = TRUE, seen = COALESCE(VALUES(seen), seen)";
    transaction.exec_drop(say, (&new.function, made, seen)).await?;
    // The one just made is to serve, so no other has to stay.
    let sweep = "DELETE FROM deployments WHERE function_name = ? AND hash = ? AND number < ?";
    transaction.exec_drop(sweep, (&new.function, &new.hash, made)).await?;
    // A subquery on the table itself is taken as a table of its own only.
    let sweep = "DELETE FROM deployments WHERE function_name = ? AND number NOT IN (SELECT number FROM \
         (SELECT number FROM deployments WHERE function_name = ? ORDER BY number DESC LIMIT ?) AS kept)";
    transaction.exec_drop(sweep, (&new.function, &new.function, DEPLOYMENTS_KEPT)).await?;
    let sweep = "DELETE FROM components WHERE NOT EXISTS (SELECT 1 FROM deployments d WHERE d.hash = components.hash)";
    transaction.query_drop(sweep).await?;
    transaction.commit().await?;
    Ok(new)
}

pub(super) async fn list(conn: &mut Conn, function: &str) -> Result<Vec<Deployment>> {
    let asked = "SELECT function_name, number, hash, version, who, deployed_us, signature FROM deployments \
         WHERE function_name = ? ORDER BY number DESC";
    let read = |(function, number, hash, version, who, deployed_us, signature)| Deployment {
        function,
        number: unsigned(number),
        hash,
        version,
        who,
        deployed_us,
        signature,
    };
    conn.exec_map(asked, (function,), read).await
}

pub(super) async fn component(conn: &mut Conn, function: &str, wanted: u64) -> Result<Option<Vec<u8>>> {
    let asked = "SELECT c.bytes FROM components c JOIN deployments d ON d.hash = c.hash \
         WHERE d.function_name = ? AND d.number = ? ORDER BY c.part";
    let parts: Vec<Vec<u8>> = conn.exec(asked, (function, signed(wanted))).await?;
    Ok((!parts.is_empty()).then(|| parts.concat()))
}
