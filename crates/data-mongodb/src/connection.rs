//! Clients of the server: one for functions, one for setting things up.

use std::{fmt, time::Duration};

use kontor_data::{DocumentError, OpenError};
use mongodb::{
    Client, Database,
    error::Error,
    options::{
        ClientOptions, ConnectionString, ReadConcern, ReadPreference, SelectionCriteria, ServerAddress, WriteConcern,
    },
};
use tokio::sync::OnceCell;

use crate::{failure, layout::DATABASE, server::Server};

/// Whoever asks is told within this.
pub(crate) const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
/// How long a server is looked for, and a connection may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);
/// Indexes of collections that are full already take their time.
pub(crate) const SETUP_TIME_MAX: Duration = Duration::from_secs(600);

/// An address, and the client for it, made when it is first used, since it needs a runtime.
pub(crate) struct Connection {
    address: ConnectionString,
    hosts: String,
    connections_max: u32,
    client: OnceCell<Client>,
}

impl Connection {
    /// Reads the address.
    pub(crate) fn new(url: &str, connections_max: u32) -> Result<Self, OpenError> {
        // The address holds a password and is not told.
        let wrong = |error: Error| {
            OpenError::Invalid(format!(
                "the address of MongoDB cannot be read: {error}; write it like mongodb://user:password@host:27017/kontor?authSource=admin"
            ))
        };
        let address = ConnectionString::parse(url).map_err(wrong)?;
        let hosts = match &address.host_info {
            mongodb::options::HostInfo::HostIdentifiers(hosts) => {
                hosts.iter().map(ServerAddress::to_string).collect::<Vec<_>>().join(", ")
            }
            mongodb::options::HostInfo::DnsRecord(name) => name.clone(),
            _ => String::new(),
        };
        Ok(Self { address, hosts, connections_max, client: OnceCell::new() })
    }

    /// The database of functions' collections.
    pub(crate) fn database_name(&self) -> &str {
        self.address.default_database.as_deref().unwrap_or(DATABASE)
    }

    /// The user's name and where it is known, if the address has one.
    pub(crate) fn user(&self) -> Option<(String, String)> {
        let credential = self.address.credential.as_ref()?;
        let source = credential.source.clone().unwrap_or_else(|| "admin".to_owned());
        Some((credential.username.clone()?, source))
    }

    pub(crate) async fn client(&self) -> Result<&Client, OpenError> {
        self.client.get_or_try_init(|| self.connect()).await.map_err(|error| failure::open(&self.to_string(), &error))
    }

    pub(crate) async fn database(&self) -> Result<Database, OpenError> {
        Ok(self.client().await?.database(self.database_name()))
    }

    async fn connect(&self) -> Result<Client, Error> {
        let mut options = ClientOptions::parse(self.address.clone()).await?;
        options.app_name.get_or_insert_with(|| "kontor".to_owned());
        options.server_selection_timeout = Some(CONNECT_TIME_MAX);
        options.connect_timeout = Some(CONNECT_TIME_MAX);
        options.max_pool_size = Some(self.connections_max);
        // An address may ask for less than that; documents are promised to stay.
        let mut majority = WriteConcern::majority();
        majority.journal = Some(true);
        majority.w_timeout = Some(ANSWER_TIME_MAX);
        options.write_concern = Some(majority);
        options.read_concern = Some(ReadConcern::majority());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        Client::with_options(options)
    }

    /// Looks at the server.
    pub(crate) async fn server(&self) -> Result<Server, OpenError> {
        let server = self.within(ANSWER_TIME_MAX, Server::ask(self.client().await?)).await?;
        match server.too_old() {
            Some(reason) => Err(OpenError::Store(format!("{self}: {reason}"))),
            None => Ok(server),
        }
    }

    /// Waits for an answer at an opening.
    pub(crate) async fn within<T>(
        &self,
        time_max: Duration,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, OpenError> {
        match tokio::time::timeout(time_max, answer).await {
            Ok(done) => done.map_err(|error| failure::open(&self.to_string(), &error)),
            Err(_) => Err(OpenError::Unreachable(format!("{self} does not answer"))),
        }
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MongoDB at {}", self.hosts)
    }
}

/// Waits for the answer to a call of a function. A call that is given up closes its connection, so nobody gets its answer.
pub(crate) async fn answered<T>(
    place: &str,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<Result<T, Error>, DocumentError> {
    let waited = tokio::time::timeout(ANSWER_TIME_MAX, answer).await;
    waited.map_err(|_| DocumentError::Unavailable(format!("{place} does not answer")))
}

#[cfg(test)]
mod tests {
    use super::Connection;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let several = Connection::new("mongodb://kontor:secret@one:27017,two:27018/shop?authSource=admin", 8).unwrap();
        assert_eq!(
            (several.to_string().as_str(), several.database_name()),
            ("MongoDB at one:27017, two:27018", "shop")
        );
        assert_eq!(several.user(), Some(("kontor".into(), "admin".into())));
        let plain = Connection::new("mongodb://127.0.0.1", 8).unwrap();
        assert_eq!((plain.database_name(), plain.user()), ("kontor", None));
        let error = Connection::new("postgres://kontor:secret@one", 8).err().unwrap().to_string();
        assert!(error.contains("mongodb://") && !error.contains("secret"), "{error}");
    }
}
