//! One connection to the server: how it is opened, what it may take, and the statements that it keeps prepared.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::TryStreamExt as _;
use kontor_data::{Limits, Outcome, SqlError, Statement as Asked, rules};
use kontor_data_server::Failure;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Row, Statement, prelude::Queryable as _};
use rustc_hash::FxBuildHasher;

use crate::{
    failure::{of_connecting, of_host, of_statement},
    names::{Names, quoted},
    server::Flavor,
    text::{self, Kind},
    values,
};

/// Statements of functions that a connection keeps prepared.
const STATEMENTS_MAX: usize = 256;
/// How much longer than its time limit a statement may stay unanswered before the connection counts as lost.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);

/// What a connection may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What the function may.
    Runtime,
    /// Events and records.
    Host,
}

/// What kind of work a connection is for.
#[derive(Debug, Clone)]
pub(crate) struct Purpose {
    /// Where, and as whom.
    pub(crate) opts: Opts,
    pub(crate) flavor: Flavor,
    /// Said once after connecting.
    pub(crate) settings: String,
    /// Names of the roles: runtime and host; none for setting up, which needs none.
    pub(crate) roles: Option<Arc<Names>>,
    /// How long a statement may run.
    pub(crate) statement_time_max: Duration,
}

impl Purpose {
    /// How the address is used, as somebody with a password.
    pub(crate) fn opts(address: &Opts, login: Option<(&str, &str)>) -> Opts {
        // A proxy on this machine is passed by otherwise: the library would change over to the server's own socket.
        let mut builder = OptsBuilder::from_opts(address.clone()).prefer_socket(false).db_name(None::<String>);
        builder = builder.client_found_rows(true).stmt_cache_size(0).tcp_keepalive(Some(Duration::from_secs(10)));
        if let Some((user, password)) = login {
            builder = builder.user(Some(user)).pass(Some(password));
        }
        builder.into()
    }
}

/// A statement that the server knows.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) statement: Statement,
    /// Which parameter stands at each `?`.
    places: Arc<[usize]>,
    /// The table that it writes to.
    pub(crate) table: Option<Arc<str>>,
}

struct Kept {
    kinds: Vec<Kind>,
    prepared: Prepared,
}

/// One connection.
pub(crate) struct Session {
    conn: Conn,
    purpose: Purpose,
    role: Option<Role>,
    prepared: HashMap<Arc<str>, Vec<Kept>, FxBuildHasher>,
    count: usize,
    own: HashMap<String, Statement, FxBuildHasher>,
    /// True while something runs on it; who finds it so does not use it.
    busy: bool,
    /// The server went away, or did not answer in time: what it would say next belongs to something else.
    lost: bool,
}

impl Session {
    pub(crate) fn flavor(&self) -> Flavor {
        self.purpose.flavor
    }

    /// The connection itself, for setting up.
    pub(crate) fn into_conn(self) -> Conn {
        self.conn
    }

    /// Waits for an answer, but not for ever: a server that hangs without closing the connection counts as lost. What it may
    /// still be doing is ended, since it would keep its locks.
    async fn answered<T>(
        &mut self,
        ask: impl AsyncFnOnce(&mut Conn) -> mysql_async::Result<T>,
    ) -> Result<mysql_async::Result<T>, Failure> {
        let most = self.purpose.statement_time_max + PATIENCE;
        self.lost = true;
        let done = tokio::time::timeout(most, ask(&mut self.conn)).await;
        match done {
            Ok(done) => {
                self.lost = matches!(&done, Err(error) if error.is_fatal()) || self.conn.is_disconnected();
                Ok(done)
            }
            Err(_) => {
                end(self.purpose.opts.clone(), self.conn.id());
                Err(Failure::Lost(format!("MySQL did not answer within {} ms", most.as_millis())))
            }
        }
    }

    /// Texts of the host's own, without rows.
    pub(crate) async fn say(&mut self, texts: &str) -> Result<(), Failure> {
        let role = self.role.take();
        self.answered(async |conn| conn.query_drop(texts).await).await?.map_err(of_host)?;
        self.role = role;
        Ok(())
    }

    /// Rows of a text of the host's own, as whatever role is on.
    pub(crate) async fn rows(&mut self, text: &str) -> Result<Vec<Row>, Failure> {
        self.answered(async |conn| conn.query(text).await).await?.map_err(of_host)
    }

    /// What makes it be in that role; empty if it is. Whoever gets this says it, and nothing else before.
    pub(crate) fn becoming(&mut self, role: Role) -> String {
        let Some(names) = self.purpose.roles.as_ref().filter(|_| self.role != Some(role)) else {
            return String::new();
        };
        self.role = Some(role);
        let name = match role {
            Role::Runtime => &names.runtime,
            Role::Host => &names.host,
        };
        format!("SET ROLE {}; ", quoted(name))
    }

    /// Changes the role, if it is another one.
    pub(crate) async fn become_role(&mut self, role: Role) -> Result<(), Failure> {
        let text = self.becoming(role);
        let text = text.trim_end_matches("; ");
        if text.is_empty() { Ok(()) } else { self.say(text).await }
    }

    /// A statement of the host's own: prepared at its first use, run as the host role. Gives rows and how many it touched.
    pub(crate) async fn own(&mut self, text: &str, given: Vec<mysql_async::Value>) -> Result<(Vec<Row>, u64), Failure> {
        self.become_role(Role::Host).await?;
        let statement = match self.own.get(text) {
            Some(known) => known.clone(),
            None => {
                let made = self.answered(async |conn| conn.prep(text).await).await?.map_err(of_host)?;
                self.own.insert(text.to_owned(), made.clone());
                made
            }
        };
        let given = if given.is_empty() { Params::Empty } else { Params::Positional(given) };
        let asked = async |conn: &mut Conn| {
            let mut result = conn.exec_iter(statement, given).await?;
            let rows = result.collect::<Row>().await?;
            let touched = result.affected_rows();
            result.drop_result().await?;
            Ok((rows, touched))
        };
        self.answered(asked).await?.map_err(of_host)
    }

    /// The same for one that gives no rows: how many it touched.
    pub(crate) async fn touch(&mut self, text: &str, given: Vec<mysql_async::Value>) -> Result<u64, Failure> {
        self.own(text, given).await.map(|(_, touched)| touched)
    }

    /// Runs statement number `index`; reads its rows within the limits.
    pub(crate) async fn ask(
        &mut self,
        prepared: &Prepared,
        asked: &Asked,
        index: usize,
        limits: &Limits,
    ) -> Result<Outcome, Failure> {
        let given: Vec<_> =
            prepared.places.iter().filter_map(|place| asked.parameters.get(*place)).map(values::parameter).collect();
        let given = if given.is_empty() { Params::Empty } else { Params::Positional(given) };
        let statement = prepared.statement.clone();
        let run = async |conn: &mut Conn| run(conn, statement, given, asked, limits).await;
        match self.answered(run).await? {
            Ok(outcome) => outcome.map_err(|error| Failure::Batch(numbered(error, index))),
            Err(error) => Err(of_statement(error, index, prepared.table.as_deref())),
        }
    }

    async fn prepare_text(
        &mut self,
        asked: &Asked,
        index: usize,
        kinds: &[Kind],
        parameters: usize,
    ) -> Result<Prepared, Failure> {
        let read = text::rewrite(&asked.text, kinds).map_err(|error| Failure::Batch(numbered(error, index)))?;
        if (0..parameters).any(|place| !read.places.contains(&place)) {
            let what = "has parameters that cannot be told for sure; simplify it";
            return Err(Failure::Batch(SqlError::Invalid(format!("statement {index} {what}"))));
        }
        self.become_role(Role::Runtime).await?;
        let made = self.answered(async |conn| conn.prep(read.sql).await).await?;
        let statement = made.map_err(|error| of_statement(error, index, read.table.as_deref()))?;
        Ok(Prepared { statement, places: read.places.into(), table: read.table.map(Into::into) })
    }

    /// Makes room for statements, between groups: what a group has prepared must not go before it ran.
    pub(crate) async fn make_room(&mut self) -> Result<(), Failure> {
        if self.count < STATEMENTS_MAX {
            return Ok(());
        }
        self.count = 0;
        let all: Vec<Kept> = self.prepared.drain().flat_map(|(_, kept)| kept).collect();
        for kept in all {
            self.answered(async |conn| conn.close(kept.prepared.statement).await).await?.map_err(of_host)?;
        }
        Ok(())
    }
}

/// Reads an answer; what is wrong with its rows is no fault of the connection.
async fn run(
    conn: &mut Conn,
    statement: Statement,
    given: Params,
    asked: &Asked,
    limits: &Limits,
) -> mysql_async::Result<Result<Outcome, SqlError>> {
    let mut result = conn.exec_iter(statement, given).await?;
    let (mut rows, mut size_bytes) = (Vec::new(), 0);
    if let Some(mut stream) = result.stream::<Row>().await? {
        while let Some(row) = stream.try_next().await? {
            let row = match values::decode(row, &asked.results) {
                Ok(row) => row,
                Err(what) => return Ok(Err(SqlError::Invalid(what))),
            };
            size_bytes += row.iter().map(rules::value_size_bytes).sum::<usize>();
            if rows.len() >= limits.rows_max {
                return Ok(Err(too_large("rows in a result", limits.rows_max)));
            }
            if size_bytes > limits.result_size_max_bytes {
                return Ok(Err(too_large("bytes in a result", limits.result_size_max_bytes)));
            }
            rows.push(row);
        }
    }
    let touched = result.affected_rows();
    let rows_affected = if asked.results.is_empty() { touched } else { rows.len() as u64 };
    Ok(Ok(Outcome { rows_affected, rows }))
}

fn too_large(what: &str, most: usize) -> SqlError {
    SqlError::TooLarge(format!("{what}: at most {most} are allowed; ask for a page of them"))
}

fn numbered(error: SqlError, index: usize) -> SqlError {
    match error {
        SqlError::Invalid(text) => SqlError::Invalid(format!("statement {index}: {text}")),
        other => other,
    }
}

/// Ends what a connection is doing, from another one. If the server cannot be reached, it ends by itself: the server finds
/// out that nobody is there.
fn end(opts: Opts, connection: u32) {
    tokio::spawn(async move {
        let ending = async {
            let mut conn = Conn::new(opts).await?;
            conn.query_drop(format!("KILL {connection}")).await?;
            conn.disconnect().await
        };
        if let Ok(Err(error)) = tokio::time::timeout(CONNECT_TIME_MAX, ending).await {
            tracing::debug!(%error, "a connection that did not answer could not be ended");
        }
    });
}

impl kontor_data_server::Session for Session {
    type Purpose = Purpose;
    type Names = Arc<Names>;
    type Prepared = Prepared;

    const SERVER: &'static str = "MySQL";
    const MAKE_ROOM: &'static str = "delete rows and OPTIMIZE their tables";

    async fn connect(purpose: &Purpose) -> Result<Self, String> {
        let where_to = address(&purpose.opts);
        let connecting = async {
            let mut conn = Conn::new(purpose.opts.clone()).await?;
            conn.query_drop(purpose.settings.as_str()).await?;
            Ok(conn)
        };
        let conn = match tokio::time::timeout(CONNECT_TIME_MAX, connecting).await {
            Ok(done) => done.map_err(|error: mysql_async::Error| of_connecting(&error, &where_to))?,
            Err(_) => {
                return Err(format!(
                    "MySQL at {where_to} does not answer within {} s; see whether it is overloaded or the network is cut",
                    CONNECT_TIME_MAX.as_secs()
                ));
            }
        };
        Ok(Self {
            conn,
            purpose: purpose.clone(),
            // Where there are roles, the settings end with that of the host.
            role: Some(Role::Host),
            prepared: HashMap::default(),
            count: 0,
            own: HashMap::default(),
            busy: false,
            lost: false,
        })
    }

    fn for_queries(purpose: &Purpose, _: &Arc<Names>) -> Purpose {
        let settings = format!("{}; SET SESSION TRANSACTION READ ONLY", purpose.settings);
        Purpose { settings, ..purpose.clone() }
    }

    fn is_broken(&self) -> bool {
        self.busy || self.lost || self.conn.is_disconnected()
    }

    fn set_busy(&mut self, busy: bool) {
        self.busy = busy;
    }

    fn forget(&mut self) {
        // What is prepared stays so on the server until the connection ends, so this one does.
        self.lost = true;
    }

    async fn prepare(&mut self, asked: &Asked, index: usize, parameters: usize) -> Result<Prepared, Failure> {
        let kinds: Vec<Kind> = asked.parameters.iter().map(Kind::of).collect();
        let known = self.prepared.get(&asked.text).and_then(|all| all.iter().find(|kept| kept.kinds == kinds));
        let prepared = match known {
            Some(kept) => kept.prepared.clone(),
            None => {
                let prepared = self.prepare_text(asked, index, &kinds, parameters).await?;
                let kept = Kept { kinds, prepared: prepared.clone() };
                self.prepared.entry(Arc::clone(&asked.text)).or_default().push(kept);
                self.count += 1;
                prepared
            }
        };
        let (has, given) = (prepared.statement.num_columns() as usize, asked.results.len());
        if has != given {
            let what = format!("statement {index} returns {has} columns, and {given} types were given");
            return Err(Failure::Batch(SqlError::Invalid(what)));
        }
        Ok(prepared)
    }
}

/// Where an address leads, without the password.
pub(crate) fn address(opts: &Opts) -> String {
    format!("{}:{} as {}", opts.ip_or_hostname(), opts.tcp_port(), opts.user().unwrap_or("?"))
}
