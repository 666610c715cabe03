//! What `kontor doctor` looks at. Nothing here changes anything.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kontor_data::{
    Async, Finding, OpenError,
    doctor::{Check, or_unreachable},
};
use mysql_async::{Conn, prelude::Queryable as _};

use crate::{MysqlEngine, server, session::address};

/// How far the server's clock may be from this machine's.
const CLOCK_OFF_MAX: Duration = Duration::from_secs(5);

/// What has to be set so that an acknowledged commit outlives a loss of power: the variable, its value, and what it is for.
const DURABLE: [(&str, &str, &str); 3] = [
    ("innodb_flush_log_at_trx_commit", "1", "each commit is on the disk before it is acknowledged"),
    ("innodb_doublewrite", "ON", "a page that was half written is repaired"),
    ("sync_binlog", "1", "replicas and restores have what was acknowledged"),
];

impl Check for MysqlEngine {
    fn subject(&self) -> String {
        format!("MySQL at {}", address(self.address()))
    }

    fn check(&self) -> Async<'_, Vec<Finding>> {
        Box::pin(async { or_unreachable(self.findings().await) })
    }
}

impl MysqlEngine {
    async fn findings(&self) -> Result<Vec<Finding>, OpenError> {
        let mut conn = self.setup_connection().await?;
        let mut found = vec![Finding::good("reachable", "it answers the setup user")];
        match server::look(&mut conn, &address(self.address())).await {
            Ok((_, name)) => found.push(Finding::good("version", name)),
            Err(error) => found.push(Finding::wrong("version", error.to_string(), "what the message says")),
        }
        for (variable, wanted, meaning) in DURABLE {
            found.push(durable(&mut conn, variable, wanted, meaning).await);
        }
        found.push(clock(&mut conn).await);
        let _ = conn.disconnect().await;
        Ok(found)
    }
}

async fn durable(conn: &mut Conn, variable: &str, wanted: &str, meaning: &str) -> Finding {
    // MariaDB tells it as a number, MySQL as a word.
    let read = format!("SELECT CAST(@@GLOBAL.{variable} AS CHAR)");
    let found: Option<String> = match conn.query_first(read).await {
        Ok(found) => found,
        Err(error) => return Finding::unknown(variable, format!("the server does not tell: {error}")),
    };
    let found = found.unwrap_or_default();
    let is_right = found == wanted || (wanted == "ON" && !matches!(found.as_str(), "0" | "OFF" | ""));
    if is_right {
        return Finding::good(variable, format!("{found}: {meaning}"));
    }
    let set = if wanted == "ON" { "[mysqld] in the server's configuration, and restart it" } else { "the server" };
    let mend = match wanted {
        "ON" => format!("set {variable} = ON in {set}"),
        _ => format!(
            "SET GLOBAL {variable} = {wanted}, and {variable} = {wanted} under [mysqld] in the server's configuration"
        ),
    };
    Finding::wrong(variable, format!("it is {found}, and only with {wanted} {meaning}"), mend)
}

async fn clock(conn: &mut Conn) -> Finding {
    let asked = "SELECT CAST(UNIX_TIMESTAMP(UTC_TIMESTAMP(6)) * 1000000 AS SIGNED)";
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // The connection's time zone is UTC, so that the function reads what it is given as such.
    let there: Result<Option<i64>, _> = conn.query_first(asked).await;
    let Ok(Some(there)) = there else { return Finding::unknown("clock", "the server does not tell its time") };
    let here = i64::try_from(before.as_micros()).unwrap_or(i64::MAX);
    let off = Duration::from_micros(here.abs_diff(there));
    if off <= CLOCK_OFF_MAX {
        return Finding::good("clock", "the server's is as this machine's");
    }
    Finding::wrong(
        "clock",
        format!("the server's clock is {} s from this machine's", off.as_secs()),
        "let both follow one time service (chrony, systemd-timesyncd)",
    )
}
