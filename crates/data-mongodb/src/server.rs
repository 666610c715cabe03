//! What the server says of itself. What it has is found out here, once for each connection, and nowhere by its name.

use mongodb::{
    Client, Database,
    bson::{Document, doc},
    error::{Error, ErrorKind},
};

/// The oldest wire version: that of MongoDB 5.0.
const WIRE_VERSION_MIN: i32 = 13;

/// How servers are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Shards behind `mongos`.
    Sharded,
    ReplicaSet,
    Alone,
}

/// What the server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) version: String,
    wire_version: i32,
    /// Whether it knows sessions, on which retryable writes rest.
    pub(crate) has_sessions: bool,
}

impl Server {
    pub(crate) async fn ask(client: &Client) -> Result<Self, Error> {
        let admin = client.database("admin");
        let hello = match run(&admin, doc! {"hello": 1}).await? {
            Some(hello) => hello,
            // Before MongoDB 4.4.2.
            None => admin.run_command(doc! {"isMaster": 1}).await?,
        };
        let build = run(&admin, doc! {"buildInfo": 1}).await?.unwrap_or_default();
        Ok(Self::read(&hello, &build))
    }

    fn read(hello: &Document, build: &Document) -> Self {
        let kind = match (hello.get_str("msg"), hello.get_str("setName")) {
            (Ok("isdbgrid"), _) => Kind::Sharded,
            (_, Ok(_)) => Kind::ReplicaSet,
            _ => Kind::Alone,
        };
        Self {
            kind,
            version: build.get_str("version").unwrap_or("of unknown version").to_owned(),
            wire_version: hello.get_i32("maxWireVersion").unwrap_or_default(),
            has_sessions: hello.contains_key("logicalSessionTimeoutMinutes"),
        }
    }

    /// Name, version and arrangement.
    pub(crate) fn name(&self) -> String {
        let kind = match self.kind {
            Kind::Sharded => "sharded cluster",
            Kind::ReplicaSet => "replica set",
            // Every MongoDB since 3.6 has them.
            Kind::Alone if !self.has_sessions => "a stand-in: no sessions",
            Kind::Alone => "single server",
        };
        format!("MongoDB {} ({kind})", self.version)
    }

    /// Why this server cannot be used, if so.
    pub(crate) fn too_old(&self) -> Option<String> {
        (self.wire_version < WIRE_VERSION_MIN).then(|| format!("{} is too old; 5.0 or newer is needed", self.name()))
    }
}

/// Runs a command that not every server knows; nothing if this one does not.
pub(crate) async fn run(database: &Database, command: Document) -> Result<Option<Document>, Error> {
    match database.run_command(command).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error) == Some(COMMAND_NOT_FOUND) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The server's number of an error, if it comes from there.
pub(crate) fn code(error: &Error) -> Option<i32> {
    use mongodb::error::WriteFailure;
    match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
        _ => None,
    }
}

pub(crate) const UNAUTHORIZED: i32 = 13;
pub(crate) const NAMESPACE_EXISTS: i32 = 48;
pub(crate) const COMMAND_NOT_FOUND: i32 = 59;
pub(crate) const DUPLICATE_KEY: i32 = 11_000;

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::{Kind, Server};

    #[test]
    fn a_server_is_known_by_what_it_says() {
        let sessions = 30_i32;
        for (hello, kind, name, is_old) in [
            (
                doc! {"msg": "isdbgrid", "maxWireVersion": 25, "logicalSessionTimeoutMinutes": sessions},
                Kind::Sharded,
                "sharded cluster",
                false,
            ),
            (
                doc! {"setName": "rs0", "maxWireVersion": 21, "logicalSessionTimeoutMinutes": sessions},
                Kind::ReplicaSet,
                "replica set",
                false,
            ),
            (
                doc! {"maxWireVersion": 21, "logicalSessionTimeoutMinutes": sessions},
                Kind::Alone,
                "single server",
                false,
            ),
            (doc! {"maxWireVersion": 13}, Kind::Alone, "a stand-in: no sessions", false),
            (
                doc! {"setName": "rs0", "maxWireVersion": 9, "logicalSessionTimeoutMinutes": sessions},
                Kind::ReplicaSet,
                "replica set",
                true,
            ),
        ] {
            let server = Server::read(&hello, &doc! {"version": "8.0.4"});
            assert_eq!((server.kind, server.too_old().is_some()), (kind, is_old), "{hello}");
            assert_eq!(server.name(), format!("MongoDB 8.0.4 ({name})"));
        }
    }
}
