//! What `kontor doctor` looks at.

mod collections;
mod rights;

use kontor_data::{Finding, OpenError};
use mongodb::{
    Database,
    bson::{Document, doc},
    error::Error,
};

use crate::{
    connection::{ANSWER_TIME_MAX, Connection},
    server::{Kind, Server, run},
};

/// Looks at the server, and at every collection that was declared in the database.
pub(crate) async fn check(
    server: &Server,
    setup: &Connection,
    runtime: &Connection,
    is_apart: bool,
) -> Result<Vec<Finding>, OpenError> {
    let database = setup.database().await?;
    let mut findings = vec![Finding::good("version", server.name()), arrangement(server)];
    if server.kind == Kind::Sharded {
        findings.push(setup.within(ANSWER_TIME_MAX, balancer(&database)).await?);
    }
    let declared = collections::declared(setup, &database).await?;
    for (name, declared) in &declared {
        let looked = collections::look(server, &database, name, declared);
        findings.extend(setup.within(ANSWER_TIME_MAX, looked).await?);
    }
    findings.extend(rights::look(runtime, is_apart, &declared).await?);
    Ok(findings)
}

fn arrangement(server: &Server) -> Finding {
    match server.kind {
        Kind::Sharded => Finding::good("arrangement", "sharded cluster; majority and journal, retryable writes"),
        Kind::ReplicaSet => Finding::good("arrangement", "replica set; majority and journal, retryable writes"),
        Kind::Alone if !server.has_sessions => {
            Finding::unknown("arrangement", "a stand-in for MongoDB without sessions, roles and shards: for tests")
        }
        Kind::Alone => Finding::wrong(
            "arrangement",
            "a single server: what it loses, nobody else has, and writes are not tried again after a lost answer",
            "start it with --replSet rs0, then rs.initiate()",
        ),
    }
}

/// New chunks stay where they are if it is off.
async fn balancer(database: &Database) -> Result<Finding, Error> {
    let status: Option<Document> = run(&database.client().database("admin"), doc! {"balancerStatus": 1}).await?;
    Ok(match status.as_ref().map(|status| status.get_str("mode")) {
        Some(Ok("full")) => Finding::good("balancer", "on"),
        Some(Ok(mode)) => {
            Finding::wrong("balancer", format!("{mode}: documents stay where they are"), "sh.startBalancer()")
        }
        _ => Finding::unknown("balancer", "the server does not tell"),
    })
}
