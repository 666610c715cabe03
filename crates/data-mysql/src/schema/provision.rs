//! Databases, users, roles and the host's own tables.
//!
//! A function has a database, two roles and a user. Kontor logs in as the user, who is nothing by himself, and becomes the
//! *host* role, which keeps events and records in the function's database, or for the function's statements the *runtime*
//! role, which reads and writes rows of the function's tables. All rights are on single tables: nothing reaches outside, and
//! nobody can change a schema. The user's password is random, made once, and kept in Kontor's own database, which only the
//! setup identity can read.

use kontor_data::OpenError;
use mysql_async::{Conn, Error, prelude::Queryable as _};

use super::{lock, refused, unlock};
use crate::{
    names::{Names, literal, quoted},
    server::Flavor,
};

/// Which form of the host's tables this program knows; rises whenever they change.
const LAYOUT: i64 = 1;

/// Kontor's own tables, shared by all its processes.
const SHARED_TABLES: [&str; 9] = [
    "functions (name VARCHAR(40) PRIMARY KEY, password VARCHAR(64) NOT NULL, layout BIGINT NOT NULL DEFAULT 0)",
    "used_hours (hour_number BIGINT NOT NULL, function_name VARCHAR(40) NOT NULL, operation VARCHAR(255) NOT NULL, \
     requests BIGINT NOT NULL, errors BIGINT NOT NULL, calls BIGINT NOT NULL, cpu_ns BIGINT NOT NULL, \
     memory_page_us BIGINT NOT NULL, received_bytes BIGINT NOT NULL, sent_bytes BIGINT NOT NULL, touched BIGINT NOT NULL, \
     PRIMARY KEY (hour_number, function_name, operation))",
    "spent (budget VARCHAR(500) PRIMARY KEY, window_number BIGINT NOT NULL, requests BIGINT NOT NULL, \
     calls BIGINT NOT NULL, memory_page_us BIGINT NOT NULL, sent_bytes BIGINT NOT NULL)",
    "runs (function_name VARCHAR(40) NOT NULL, schedule_name VARCHAR(255) NOT NULL, due_us BIGINT NOT NULL, \
     ended_us BIGINT, reason TEXT, PRIMARY KEY (function_name, schedule_name))",
    "tokens (name VARCHAR(255) PRIMARY KEY, hash BINARY(32) NOT NULL, scopes TEXT NOT NULL, created_us BIGINT NOT NULL, \
     revoked_us BIGINT)",
    "desired (name VARCHAR(40) PRIMARY KEY, number BIGINT, enabled BOOLEAN NOT NULL, seen VARCHAR(255), \
     granted TEXT NOT NULL)",
    "deployments (function_name VARCHAR(40) NOT NULL, number BIGINT NOT NULL, hash VARCHAR(64) NOT NULL, \
     version VARCHAR(255) NOT NULL, who VARCHAR(255) NOT NULL, deployed_us BIGINT NOT NULL, signature TEXT, \
     PRIMARY KEY (function_name, number), KEY deployments_hash (hash))",
    // In parts, since the server takes no more at once than max_allowed_packet.
    "components (hash VARCHAR(64) NOT NULL, part BIGINT NOT NULL, bytes LONGBLOB NOT NULL, PRIMARY KEY (hash, part))",
    "guard (id BIGINT PRIMARY KEY)",
];

/// The host's tables in a function's database. `head` marks the oldest event of each key: only it may be handed out. It is
/// due from `due_us` on, which is its making, the end of its lease, or its next try.
const HOST_TABLES: [&str; 9] = [
    "kontor_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, hash VARCHAR(64) NOT NULL, \
     ran TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    "kontor_migration_steps (place BIGINT PRIMARY KEY, number BIGINT NOT NULL, body LONGTEXT NOT NULL, \
     done BOOLEAN NOT NULL)",
    "kontor_subscribers (name VARCHAR(100) PRIMARY KEY)",
    "kontor_subscriptions (subscriber VARCHAR(100) NOT NULL, name VARCHAR(100) NOT NULL, PRIMARY KEY (subscriber, name))",
    "kontor_outbox (subscriber VARCHAR(100) NOT NULL, id BIGINT NOT NULL, name VARCHAR(100) NOT NULL, \
     event_key VARCHAR(255) NOT NULL, payload LONGTEXT NOT NULL, time_us BIGINT NOT NULL, trace_id VARCHAR(255) NOT NULL, \
     head BOOLEAN NOT NULL, due_us BIGINT NOT NULL, failed BIGINT NOT NULL DEFAULT 0, dead BOOLEAN NOT NULL DEFAULT FALSE, \
     error TEXT, owner CHAR(36), token CHAR(36), PRIMARY KEY (subscriber, id), \
     KEY kontor_outbox_key (event_key, subscriber, id), KEY kontor_outbox_due (subscriber, head, dead, due_us, id), \
     KEY kontor_outbox_owner (owner), KEY kontor_outbox_failed (failed, time_us, id))",
    "kontor_outbox_state (id BIGINT PRIMARY KEY, next_id BIGINT NOT NULL, event_count BIGINT NOT NULL, \
     byte_count BIGINT NOT NULL, dead_count BIGINT NOT NULL)",
    "kontor_processes (id CHAR(36) PRIMARY KEY, seen_us BIGINT NOT NULL)",
    "kontor_commits (id CHAR(36) PRIMARY KEY)",
    "kontor_idempotency (id BINARY(32) PRIMARY KEY, made_us BIGINT NOT NULL, fingerprint LONGBLOB NOT NULL, \
     outcome LONGBLOB NOT NULL, KEY kontor_idempotency_made (made_us))",
];

/// What the host role changes rows of.
const KEPT_BY_HOST: [&str; 7] = [
    "kontor_subscribers",
    "kontor_subscriptions",
    "kontor_outbox",
    "kontor_outbox_state",
    "kontor_processes",
    "kontor_commits",
    "kontor_idempotency",
];

/// Makes Kontor's own database.
pub(crate) async fn prepare_database(conn: &mut Conn, flavor: Flavor, database: &str) -> Result<(), OpenError> {
    let failed = |error: Error| refused("Kontor's own database", &error);
    let name = quoted(database);
    // Usually it is all there, and looking costs nothing.
    let there = format!(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = {} AND table_name = 'guard'",
        literal(database)
    );
    if conn.query_first::<i64, _>(there).await.map_err(failed)? == Some(1) {
        return Ok(());
    }
    lock(conn, database).await?;
    conn.query_drop(make_database(&name, flavor)).await.map_err(failed)?;
    for table in SHARED_TABLES {
        conn.query_drop(format!("CREATE TABLE IF NOT EXISTS {name}.{table}")).await.map_err(failed)?;
    }
    unlock(conn, database).await
}

fn make_database(name: &str, flavor: Flavor) -> String {
    format!("CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4 COLLATE {}", flavor.collation())
}

/// Makes a function's database, its roles and its user, and the host's tables, unless they are there. Gives the user's
/// password.
pub(crate) async fn provision(
    conn: &mut Conn,
    flavor: Flavor,
    kontor: &str,
    names: &Names,
    function: &str,
) -> Result<String, OpenError> {
    let fresh = random_password()?;
    lock(conn, &names.database).await?;
    let made = make(conn, flavor, &quoted(kontor), names, function, &fresh).await;
    let password = made.map_err(|error| refused(&format!("the database of {function}"), &error))?;
    unlock(conn, &names.database).await?;
    Ok(password)
}

fn random_password() -> Result<String, OpenError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| OpenError::Store(format!("the system gives no random numbers: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn make(
    conn: &mut Conn,
    flavor: Flavor,
    kontor: &str,
    names: &Names,
    function: &str,
    fresh: &str,
) -> Result<String, Error> {
    let find = format!("SELECT password, layout FROM {kontor}.functions WHERE name = ?");
    if let Some((password, LAYOUT)) = conn.exec_first::<(String, i64), _, _>(&find, (function,)).await? {
        return Ok(password);
    }
    let add = format!("INSERT IGNORE INTO {kontor}.functions (name, password) VALUES (?, ?)");
    conn.exec_drop(add, (function, fresh)).await?;
    let known: Option<(String, i64)> = conn.exec_first(&find, (function,)).await?;
    let (password, _) = known.unwrap_or_else(|| (fresh.to_owned(), 0));
    make_users(conn, names, &password).await?;
    conn.query_drop(make_database(&quoted(&names.database), flavor)).await?;
    make_tables(conn, names).await?;
    let made = format!("UPDATE {kontor}.functions SET layout = ? WHERE name = ?");
    conn.exec_drop(made, (LAYOUT, function)).await?;
    Ok(password)
}

async fn make_users(conn: &mut Conn, names: &Names, password: &str) -> Result<(), Error> {
    let (runtime, host) = (quoted(&names.runtime), quoted(&names.host));
    let (login, password) = (format!("{}@'%'", quoted(&names.login)), literal(password));
    for text in [
        format!("CREATE ROLE IF NOT EXISTS {runtime}"),
        format!("CREATE ROLE IF NOT EXISTS {host}"),
        format!("CREATE USER IF NOT EXISTS {login} IDENTIFIED BY {password}"),
        // One that is left over from a database of the same name has another password.
        format!("ALTER USER {login} IDENTIFIED BY {password}"),
        format!("GRANT {runtime} TO {login}"),
        format!("GRANT {host} TO {login}"),
    ] {
        conn.query_drop(text).await?;
    }
    Ok(())
}

async fn make_tables(conn: &mut Conn, names: &Names) -> Result<(), Error> {
    let (database, host) = (quoted(&names.database), quoted(&names.host));
    for table in HOST_TABLES {
        conn.query_drop(format!("CREATE TABLE IF NOT EXISTS {database}.{table}")).await?;
    }
    for table in KEPT_BY_HOST {
        conn.query_drop(format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.{table} TO {host}")).await?;
    }
    let state = format!("INSERT IGNORE INTO {database}.kontor_outbox_state VALUES (1, 1, 0, 0, 0)");
    conn.query_drop(state).await
}
