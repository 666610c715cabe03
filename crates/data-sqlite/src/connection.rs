//! How connections are opened, and the second defence: what SQLite itself lets a function's statement do.

use std::{
    collections::HashSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use kontor_data::Limits;
use parking_lot::RwLock;
use rusqlite::{
    Connection, OpenFlags,
    config::DbConfig,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};

/// Bytes of a page, by which the size limit is counted.
const PAGE_SIZE_BYTES: u64 = 4096;
/// Instructions between two looks at the clock: some tens of microseconds.
const PROGRESS_INSTRUCTIONS: i32 = 1_000;
/// Statements kept prepared by each connection.
pub(crate) const STATEMENTS_MAX: usize = 256;

/// Names of the function's own tables; the authorizer knows no others.
pub(crate) type Tables = Arc<RwLock<HashSet<String>>>;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Writes; one per file.
    Writer,
    /// Reads only.
    Reader,
}

/// What a connection may do right now. Shared with SQLite's callbacks, which run on the connection's own thread; the
/// atomics are there because callbacks must be `Send`, and cost nothing when uncontended.
pub(crate) struct Guard {
    /// Whether the host's own statements run: everything is allowed, and no time limit holds.
    host: AtomicBool,
    /// Rises with each statement, so that the time limit needs no clock for short ones.
    statement: AtomicU64,
    /// How often the progress handler may be called for a statement; past it the statement is interrupted.
    calls_max: AtomicU32,
    /// Whether the last interrupt came from here.
    interrupted: AtomicBool,
}

impl Guard {
    /// Runs what follows as the host's until [`Guard::function`].
    pub(crate) fn host(&self) {
        self.host.store(true, Ordering::Relaxed);
    }

    /// A statement of the function begins.
    pub(crate) fn function(&self) {
        self.host.store(false, Ordering::Relaxed);
        let next = self.statement.load(Ordering::Relaxed).wrapping_add(1);
        self.statement.store(next, Ordering::Relaxed);
    }

    /// Bounds each statement's instructions, in thousands.
    pub(crate) fn set_calls_max(&self, calls: u32) {
        self.calls_max.store(calls, Ordering::Relaxed);
    }

    /// Whether a statement was interrupted since the last question.
    pub(crate) fn take_interrupted(&self) -> bool {
        self.interrupted.swap(false, Ordering::Relaxed)
    }
}

/// How a file is reached and when it is synced.
#[derive(Clone, Copy)]
pub(crate) struct Storage {
    /// The name of SQLite's access to files.
    pub(crate) access: &'static str,
    /// SQLite's `synchronous`.
    pub(crate) synchronous: &'static str,
}

impl Storage {
    /// Synced at every commit. SQLite's own access to files for one process locks a file once and for all, and keeps the
    /// index of its log in memory: the folder belongs to this process anyway, and a query no longer asks the system for two
    /// locks. SQLite has no such thing but on Unix.
    pub(crate) const DURABLE: Self =
        Self { access: if cfg!(windows) { "win32" } else { "unix-excl" }, synchronous: "FULL" };
    /// Never synced: for files that live as long as the process.
    pub(crate) const TEMPORARY: Self = Self { synchronous: "OFF", ..Self::DURABLE };
}

/// Opens a connection, with its limits, its authorizer and its time limit.
pub(crate) fn open(
    path: &Path,
    role: Role,
    limits: &Limits,
    storage: Storage,
    tables: &Tables,
) -> Result<(Connection, Arc<Guard>), rusqlite::Error> {
    let access = match role {
        Role::Writer => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let mut connection =
        Connection::open_with_flags_and_vfs(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX, storage.access)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    configure(&connection, role, limits, storage)?;
    harden(&connection, limits)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    let guard = Arc::new(Guard {
        host: AtomicBool::new(true),
        statement: AtomicU64::new(0),
        calls_max: AtomicU32::new(u32::MAX),
        interrupted: AtomicBool::new(false),
    });
    limit_time(&mut connection, &guard, limits.statement_time_max)?;
    let (asked, known) = (Arc::clone(&guard), Arc::clone(tables));
    connection.authorizer(Some(move |context: AuthContext<'_>| authorize(&asked, role, &known, &context)))?;
    Ok((connection, guard))
}

fn configure(connection: &Connection, role: Role, limits: &Limits, storage: Storage) -> Result<(), rusqlite::Error> {
    if role == Role::Writer {
        connection.pragma_update(None, "page_size", 4_096)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", storage.synchronous)?;
        // Checkpoints are the writer's own business, after the answers (see writer/checkpoint.rs).
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        connection.pragma_update(None, "max_page_count", pages_max(limits))?;
        connection.pragma_update(None, "cache_size", -32_768)?;
    } else {
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -4_096)?;
    }
    // Without it INSERT OR REPLACE deletes rows and the append-only triggers never hear of it.
    connection.pragma_update(None, "recursive_triggers", true)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cell_size_check", true)
}

fn pages_max(limits: &Limits) -> i64 {
    i64::try_from((limits.database_size_max_bytes / PAGE_SIZE_BYTES).max(64)).unwrap_or(i64::MAX)
}

fn harden(connection: &Connection, limits: &Limits) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // "text" in double quotes is a name and nothing else, as on the other engines.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    let value_size_max = limits.result_size_max_bytes.max(limits.batch_size_max_bytes).saturating_add(1 << 20);
    let value_size_max = i32::try_from(value_size_max).unwrap_or(i32::MAX);
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, value_size_max),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
        (Limit::SQLITE_LIMIT_COLUMN, 200),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (Limit::SQLITE_LIMIT_VDBE_OP, 250_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 16),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 256),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 999),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 4),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    Ok(())
}

fn limit_time(connection: &mut Connection, guard: &Arc<Guard>, most: Duration) -> Result<(), rusqlite::Error> {
    let guard = Arc::clone(guard);
    let (mut seen, mut started, mut calls) = (0, Instant::now(), 0_u32);
    let handler = move || {
        if guard.host.load(Ordering::Relaxed) {
            return false;
        }
        let statement = guard.statement.load(Ordering::Relaxed);
        if statement != seen {
            (seen, started, calls) = (statement, Instant::now(), 0);
        }
        calls = calls.saturating_add(1);
        let over = calls > guard.calls_max.load(Ordering::Relaxed) || started.elapsed() > most;
        if over {
            guard.interrupted.store(true, Ordering::Relaxed);
        }
        over
    };
    connection.progress_handler(PROGRESS_INSTRUCTIONS, Some(handler))
}

/// A function's statement reads and writes the rows of its own tables, and nothing else.
fn authorize(guard: &Guard, role: Role, tables: &Tables, context: &AuthContext<'_>) -> Authorization {
    if guard.host.load(Ordering::Relaxed) {
        return Authorization::Allow;
    }
    let own = |name: &str| tables.read().contains(name);
    let allowed = match context.action {
        AuthAction::Select | AuthAction::Recursive => true,
        // SQLite asks with an empty column for what a query only counts, and then also for its own WITH.
        AuthAction::Read { table_name, column_name } => {
            own(table_name) || (column_name.is_empty() && !is_internal(table_name))
        }
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => role == Role::Writer && own(table_name),
        AuthAction::Function { function_name } => function_is_harmless(function_name),
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

fn is_internal(table: &str) -> bool {
    let table = table.to_ascii_lowercase();
    ["kontor_", "sqlite_", "pragma_", "json", "dbstat", "fts", "rtree", "bytecode", "tables_used"]
        .iter()
        .any(|prefix| table.starts_with(prefix))
}

fn function_is_harmless(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let prefixes = ["sqlite_", "fts", "rtree", "geopoly", "match", "load_"];
    let names = ["readfile", "writefile", "edit", "changes", "total_changes", "last_insert_rowid", "zeroblob"];
    !prefixes.iter().any(|prefix| name.starts_with(prefix)) && !names.contains(&name.as_str())
}
