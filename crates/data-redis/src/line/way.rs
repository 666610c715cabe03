//! Connections to one server or to a cluster.

use std::fmt;

use kontor_data::OpenError;
use redis::{
    AsyncConnectionConfig, Client, Cmd, RedisError, Value,
    aio::{ConnectionLike as _, MultiplexedConnection},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
};

use super::{ANSWER_TIME_MAX, CONNECT_TIME_MAX};
use crate::server::Information;

/// Where the server is, or servers of one cluster.
pub(crate) struct Addresses {
    urls: Vec<String>,
    clients: Vec<Client>,
}

impl Addresses {
    /// Reads one address, or several joined by commas.
    pub(crate) fn read(text: &str) -> Result<Self, OpenError> {
        let urls: Vec<String> = text.split(',').map(|url| url.trim().to_owned()).collect();
        let clients = urls.iter().map(|url| Client::open(url.as_str())).collect::<Result<Vec<_>, _>>();
        let clients = clients.map_err(|error| {
            // The address itself holds a password and is not told.
            OpenError::Invalid(format!(
                "the address of Redis cannot be read: {error}; write it like redis://user:password@host:6379/0"
            ))
        })?;
        Ok(Self { urls, clients })
    }

    /// What is told when there is no answer.
    pub(crate) fn silent(&self) -> String {
        format!("{self} does not answer")
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Redis at ")?;
        for (index, client) in self.clients.iter().enumerate() {
            write!(out, "{}{}", if index == 0 { "" } else { ", " }, client.get_connection_info().addr())?;
        }
        Ok(())
    }
}

/// A connection that many share.
#[derive(Clone)]
pub(super) enum Way {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Way {
    /// Connects to the first that answers, and to all of them if it belongs to a cluster.
    pub(super) async fn open(addresses: &Addresses) -> Result<(Self, Information), String> {
        let mut failed = String::new();
        for client in &addresses.clients {
            match Self::one(client).await {
                Ok((way, server)) if !server.is_cluster() => return Ok((way, server)),
                Ok((_, server)) => {
                    let cluster = Self::cluster(addresses).await.map_err(|error| format!("{addresses}: {error}"))?;
                    return Ok((cluster, server));
                }
                Err(error) => {
                    failed = format!("Redis at {} cannot be reached: {error}", client.get_connection_info().addr())
                }
            }
        }
        Err(failed)
    }

    async fn one(client: &Client) -> Result<(Self, Information), RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIME_MAX))
            .set_response_timeout(Some(ANSWER_TIME_MAX));
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let server = match redis::cmd("INFO").query_async::<String>(&mut connection).await {
            Ok(text) => Information::new(Some(text)),
            Err(error) if error.code() == Some("NOPERM") => Information::default(),
            Err(error) => return Err(error),
        };
        Ok((Self::One(connection), server))
    }

    async fn cluster(addresses: &Addresses) -> Result<Self, RedisError> {
        let client = ClusterClient::builder(addresses.urls.iter().map(String::as_str))
            .connection_timeout(CONNECT_TIME_MAX)
            .response_timeout(ANSWER_TIME_MAX)
            .build()?;
        client.get_async_connection().await.map(Self::Cluster)
    }

    pub(super) async fn send(&mut self, command: &Cmd) -> Result<Value, RedisError> {
        match self {
            Self::One(connection) => connection.req_packed_command(command).await,
            Self::Cluster(connection) => connection.req_packed_command(command).await,
        }
        .and_then(Value::extract_error)
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let addresses =
            Addresses::read("redis://kontor:secret@127.0.0.1:7000, redis://:secret@127.0.0.1:7001/0").unwrap();
        assert_eq!(addresses.to_string(), "Redis at 127.0.0.1:7000, 127.0.0.1:7001");
        let error = Addresses::read("mysql://kontor:secret@127.0.0.1").err().unwrap().to_string();
        assert!(error.contains("redis://") && !error.contains("secret"), "{error}");
    }
}
