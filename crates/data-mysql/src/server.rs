//! Which server it is, and how a connection to it is set up.

use std::time::Duration;

use kontor_data::{Limits, OpenError};
use mysql_async::{Conn, prelude::Queryable as _};

use crate::names::{Names, quoted};

/// The oldest versions with everything that is used: `SKIP LOCKED`, checks, roles, DDL that survives a crash whole.
const MARIADB_MIN: (u16, u16, u16) = (10, 6, 0);
const MYSQL_MIN: (u16, u16, u16) = (8, 0, 16);

/// What the server takes at once: a result and a batch as large as they may be, and what is said around them.
const PACKET_SIZE_MIN_BYTES: u64 = 16 << 20;

/// A transaction is never left alone for longer than a flight takes. If its process is cut off without the server being
/// told, its locks are free after so long.
const IDLE_MAX_S: u64 = 5;

/// MariaDB ends a recursion after a thousand rounds and gives what it has, as if that were all. Time is what limits it here.
const ITERATIONS_MAX: u32 = u32::MAX;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    MariaDb,
    MySql,
}

impl Flavor {
    /// Texts are compared byte by byte, blanks at the end included; what is called `…_bin` alone ignores these.
    pub(crate) fn collation(self) -> &'static str {
        match self {
            Self::MariaDb => "utf8mb4_nopad_bin",
            Self::MySql => "utf8mb4_0900_bin",
        }
    }

    /// Said first on every connection. Names are case-sensitive words, blanks included, and texts end where the parser that
    /// checked them says.
    pub(crate) fn manners(self) -> String {
        format!(
            "SET NAMES utf8mb4 COLLATE {}; \
             SET SESSION sql_mode = 'ANSI,STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES', time_zone = '+00:00', autocommit = 1; \
             SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
            self.collation()
        )
    }

    /// The same for serving a function, within its limits. The time for a lock ends before that of the statement, so that
    /// the server says which of the two it was.
    pub(crate) fn serving(self, names: &Names, limits: &Limits) -> String {
        let most = limits.statement_time_max;
        let lock_s = most.as_secs().saturating_sub(1).max(1);
        let own = match self {
            Self::MariaDb => {
                let most_s = most.as_secs_f64().max(0.001);
                format!(
                    "max_statement_time = {most_s:.3}, max_recursive_iterations = {ITERATIONS_MAX}, \
                     idle_transaction_timeout = {IDLE_MAX_S}"
                )
            }
            // Of writes it limits none; those end with their connection, see `Session::answered`.
            Self::MySql => {
                format!(
                    "max_execution_time = {}, cte_max_recursion_depth = {ITERATIONS_MAX}, \
                     information_schema_stats_expiry = 0",
                    most.as_millis().max(1)
                )
            }
        };
        format!(
            "{}; SET SESSION innodb_lock_wait_timeout = {lock_s}, {own}; SET ROLE {}; USE {}",
            self.manners(),
            quoted(&names.host),
            quoted(&names.database)
        )
    }

    /// Begins a transaction. MySQL has no limit for one that is left alone, so its connection gets one while it is open.
    pub(crate) fn begin(self) -> String {
        match self {
            Self::MariaDb => "START TRANSACTION READ WRITE".to_owned(),
            Self::MySql => format!("SET SESSION wait_timeout = {IDLE_MAX_S}; START TRANSACTION READ WRITE"),
        }
    }

    /// Said after a transaction's end, in the same flight.
    pub(crate) fn after(self) -> &'static str {
        match self {
            Self::MariaDb => "",
            Self::MySql => "; SET SESSION wait_timeout = 28800",
        }
    }
}

/// A server that was reached.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    /// For people: `MariaDB 10.11.6`.
    pub(crate) name: String,
    /// Functions that have a database there.
    pub(crate) functions: Vec<String>,
}

/// Which server it is, whether it will do, and whether it keeps what it says it keeps.
pub(crate) async fn look(conn: &mut Conn, where_to: &str) -> Result<(Flavor, String), OpenError> {
    let asked = "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@log_bin, @@sync_binlog, @@innodb_doublewrite, \
         @@max_allowed_packet";
    let row: Option<(String, i64, i64, i64, String, u64)> =
        conn.query_first(asked).await.map_err(|error| lost(&error))?;
    let Some((version, flush, binlog, sync_binlog, doublewrite, packet)) = row else {
        return Err(OpenError::Unreachable("MySQL answered without a row".to_owned()));
    };
    let flavor = if version.contains("MariaDB") { Flavor::MariaDb } else { Flavor::MySql };
    let (name, least) = match flavor {
        Flavor::MariaDb => ("MariaDB", MARIADB_MIN),
        Flavor::MySql => ("MySQL", MYSQL_MIN),
    };
    let plain = version.split('-').next().unwrap_or_default();
    if conn.server_version() < least {
        let (major, minor, patch) = least;
        return Err(OpenError::Store(format!(
            "the server at {where_to} is {name} {plain}, and Kontor needs {major}.{minor}.{patch} or newer; upgrade it"
        )));
    }
    if packet < PACKET_SIZE_MIN_BYTES {
        return Err(OpenError::Store(format!(
            "{name} at {where_to} takes {packet} bytes at once, and Kontor needs {PACKET_SIZE_MIN_BYTES}; raise \
             max_allowed_packet"
        )));
    }
    if flush != 1 || (binlog == 1 && sync_binlog != 1) || matches!(doublewrite.as_str(), "0" | "OFF") {
        tracing::error!(
            "{name} runs with innodb_flush_log_at_trx_commit={flush}, sync_binlog={sync_binlog} and \
             innodb_doublewrite={doublewrite}: acknowledged sales can be lost when the power fails; set the first two to 1 \
             and the last to ON"
        );
    }
    Ok((flavor, format!("{name} {plain}")))
}

fn lost(error: &mysql_async::Error) -> OpenError {
    OpenError::Unreachable(format!("MySQL was lost: {}", kontor_data_server::chain(error)))
}

/// How long setting up may take; building an index over a large table takes its time.
pub(crate) const SETUP_TIME_MAX: Duration = Duration::from_secs(3600);
