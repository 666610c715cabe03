//! One connection to the server: how it is opened, what it may take, and the statements that it keeps prepared.

use std::{collections::HashMap, future::Future, sync::Arc, time::Duration};

use kontor_data::{SqlError, Statement as Asked, Value};
use kontor_data_server::Failure;
use rustc_hash::FxBuildHasher;
use rustls::ClientConfig;
use tokio_postgres::{Client, Config, Connection, Error, NoTls, Socket, Statement, tls::TlsStream, types::Type};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    failure::{self, Refused, of_connecting, of_statement},
    names::Names,
    values,
};

/// Statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 256;
/// Statements of the host's own that it keeps; questions to documents have as many shapes as there are indexes, some times over.
const OWN_MAX: usize = 1024;
/// How much longer than its time limit a statement may stay unanswered before the connection counts as lost.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);

/// What kind of work a connection is for.
#[derive(Debug, Clone)]
pub(crate) struct Purpose {
    /// Where, and as whom.
    pub(crate) config: Config,
    /// How it is encrypted; none if it never is.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// Run once after connecting.
    pub(crate) settings: String,
    /// How long a statement may run.
    pub(crate) statement_time_max: Duration,
}

/// A statement that the server knows.
#[derive(Clone)]
struct Prepared {
    statement: Statement,
    /// The types it was announced with.
    announced: Vec<Type>,
    used: u64,
}

/// One connection.
pub(crate) struct Session {
    pub(crate) client: Client,
    answer_time_max: Duration,
    prepared: HashMap<Arc<str>, Vec<Prepared>, FxBuildHasher>,
    count: usize,
    clock: u64,
    own: HashMap<Box<str>, Statement, FxBuildHasher>,
    /// True while something runs on it; who finds it so does not use it.
    busy: bool,
}

impl Session {
    /// Waits for an answer, but not for ever: a server that hangs without closing the connection counts as lost.
    pub(crate) async fn answered<T>(&self, answer: impl Future<Output = T>) -> Result<T, Failure> {
        within(self.answer_time_max, answer).await
    }

    /// How long an answer is waited for.
    pub(crate) fn answer_time_max(&self) -> Duration {
        self.answer_time_max
    }

    /// A statement of the host's own, prepared at its first use.
    pub(crate) async fn own(&mut self, text: &str) -> Result<Statement, Failure> {
        if let Some(known) = self.own.get(text) {
            return Ok(known.clone());
        }
        if self.own.len() >= OWN_MAX {
            self.own.clear();
        }
        let prepared = host(self.answered(self.client.prepare(text)).await?)?;
        self.own.insert(text.into(), prepared.clone());
        Ok(prepared)
    }

    fn keep(&mut self, text: &Arc<str>, prepared: Prepared) {
        if self.count >= STATEMENTS_MAX {
            let oldest = self.prepared.values().flatten().map(|one| one.used).min().unwrap_or(0);
            self.prepared.retain(|_, known| {
                known.retain(|one| one.used > oldest);
                !known.is_empty()
            });
            self.count = self.prepared.values().map(Vec::len).sum();
        }
        self.prepared.entry(Arc::clone(text)).or_default().push(prepared);
        self.count += 1;
    }

    /// Connects, and says apart what is wrong and what to do.
    pub(crate) async fn try_to_connect(purpose: &Purpose) -> Result<Self, Refused> {
        let where_to = address(&purpose.config);
        let connecting = async {
            let client = match &purpose.tls {
                None => attended(purpose.config.connect(NoTls).await?),
                Some(tls) => attended(purpose.config.connect(MakeRustlsConnect::new(ClientConfig::clone(tls))).await?),
            };
            client.batch_execute(&purpose.settings).await?;
            Ok(client)
        };
        let client = match tokio::time::timeout(CONNECT_TIME_MAX, connecting).await {
            Ok(done) => done.map_err(|error: Error| of_connecting(&error, &where_to))?,
            Err(_) => {
                let most = CONNECT_TIME_MAX.as_secs();
                return Err(Refused {
                    what: format!("PostgreSQL at {where_to} does not answer within {most} s"),
                    mend: "see whether it is overloaded or the network is cut".to_owned(),
                });
            }
        };
        Ok(Self {
            client,
            answer_time_max: purpose.statement_time_max + PATIENCE,
            prepared: HashMap::default(),
            count: 0,
            clock: 0,
            own: HashMap::default(),
            busy: false,
        })
    }
}

impl kontor_data_server::Session for Session {
    type Purpose = Purpose;
    type Names = Names;
    type Prepared = Statement;

    const SERVER: &'static str = "PostgreSQL";
    const MAKE_ROOM: &'static str = "delete rows and VACUUM their tables";

    async fn connect(purpose: &Purpose) -> Result<Self, String> {
        Self::try_to_connect(purpose).await.map_err(|refused| refused.to_string())
    }

    /// Reading as the function's runtime role.
    fn for_queries(purpose: &Purpose, names: &Names) -> Purpose {
        let settings =
            format!("{}; SET default_transaction_read_only = on; SET ROLE {}", purpose.settings, names.runtime);
        Purpose { settings, ..purpose.clone() }
    }

    fn is_broken(&self) -> bool {
        self.busy || self.client.is_closed()
    }

    fn set_busy(&mut self, busy: bool) {
        self.busy = busy;
    }

    fn forget(&mut self) {
        self.prepared.clear();
        self.count = 0;
    }

    async fn prepare(&mut self, asked: &Asked, index: usize, parameters: usize) -> Result<Statement, Failure> {
        self.clock += 1;
        if let Some(known) = self.prepared.get_mut(&asked.text)
            && let Some(found) = known.iter_mut().find(|one| one.takes(&asked.parameters))
        {
            found.used = self.clock;
            let statement = found.statement.clone();
            return fitting(&statement, asked, index, parameters).map(|()| statement);
        }
        let announced: Vec<Type> = asked.parameters.iter().map(values::announced).collect();
        let first = self.answered(self.client.prepare_typed(&asked.text, &announced)).await?;
        let (statement, announced) = match first {
            Ok(statement) => (statement, announced),
            Err(error) if is_about_types(&error) => {
                // The text wants other types than the values have, for example a UUID in a text column: the server is
                // asked which, and the values are sent as those where that is exact.
                let unknown = vec![Type::UNKNOWN; announced.len()];
                let second = self.answered(self.client.prepare_typed(&asked.text, &unknown)).await?;
                (second.map_err(|_| of_statement(&error, index))?, announced)
            }
            Err(error) => return Err(of_statement(&error, index)),
        };
        fitting(&statement, asked, index, parameters)?;
        self.keep(&asked.text, Prepared { statement: statement.clone(), announced, used: self.clock });
        Ok(statement)
    }
}

impl Prepared {
    /// A null goes with every type, so that it needs no statement of its own.
    fn takes(&self, parameters: &[Value]) -> bool {
        self.announced.len() == parameters.len()
            && self.announced.iter().zip(parameters).all(|(kind, value)| match value {
                Value::Null => true,
                value => *kind == values::announced(value),
            })
    }
}

/// Drives a connection until it ends.
fn attended<S>((client, connection): (Client, Connection<Socket, S>)) -> Client
where
    S: TlsStream + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL ended");
        }
    });
    client
}

/// Waits at most so long; past it the connection counts as lost.
pub(crate) async fn within<T>(most: Duration, answer: impl Future<Output = T>) -> Result<T, Failure> {
    tokio::time::timeout(most, answer)
        .await
        .map_err(|_| Failure::Lost(format!("PostgreSQL did not answer within {} ms", most.as_millis())))
}

fn is_about_types(error: &Error) -> bool {
    let code = error.as_db_error().map(|db| db.code().code());
    matches!(code, Some("42804" | "42883" | "42P18" | "42846" | "42725"))
}

fn fitting(statement: &Statement, asked: &Asked, index: usize, parameters: usize) -> Result<(), Failure> {
    let invalid = |text: String| Err(Failure::Batch(SqlError::Invalid(format!("statement {index} {text}"))));
    // The server and the checking parser must have read the same text.
    if statement.params().len() != parameters {
        return invalid("has parameters that cannot be told for sure; simplify it".to_owned());
    }
    if asked.results.len() != statement.columns().len() {
        let (has, given) = (statement.columns().len(), asked.results.len());
        return invalid(format!("returns {has} columns, and {given} types were given"));
    }
    let unfit = asked.parameters.iter().zip(statement.params()).position(|(value, kind)| !values::fits(value, kind));
    match unfit.and_then(|place| Some((place, asked.parameters.get(place)?, statement.params().get(place)?))) {
        None => Ok(()),
        Some((place, value, kind)) => {
            let given = values::announced(value);
            invalid(format!("takes {kind} as ${}, and the value given is {given} or does not fit", place + 1))
        }
    }
}

/// Where a configuration leads, without the password.
pub(crate) fn address(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
    });
    let ports = config.get_ports();
    let with_port = hosts.enumerate().map(|(place, host)| match ports.get(place).or(ports.first()) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    });
    let hosts = with_port.collect::<Vec<_>>().join(",");
    format!("{hosts}/{} as {}", config.get_dbname().unwrap_or("?"), config.get_user().unwrap_or("?"))
}

/// An error of the host's own SQL, as what it means.
pub(crate) fn host<T>(done: Result<T, Error>) -> Result<T, Failure> {
    done.map_err(|error| failure::of_host(&error))
}
