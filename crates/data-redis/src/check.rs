//! What `kontor doctor` looks at.

use kontor_data::{Finding, OpenError};

use crate::{
    line::{Failure, Line},
    server::Information,
};

/// Looks at the server that was reached.
pub(crate) async fn check(line: &Line) -> Result<Vec<Finding>, OpenError> {
    let Some(known) = line.server() else {
        return Err(OpenError::Unreachable("Redis was reached and lost again".to_owned()));
    };
    // It may have changed since the connection was made. A cluster answers with a list of what its servers say: then the one that
    // was reached first stands for all.
    let now = line.ask::<String>(&redis::cmd("INFO")).await;
    let server = now.map_or_else(|_| Information::clone(&known), |text| Information::new(Some(text)));
    let mut findings = vec![Finding::good("version", server.name()), eviction(&server)];
    findings.push(log(line, &server).await);
    findings.push(failing(&server));
    findings.push(replicas(&server));
    Ok(findings)
}

fn eviction(server: &Information) -> Finding {
    match server.get("maxmemory_policy") {
        Some("noeviction") => {
            Finding::good("maxmemory-policy", "noeviction: where memory is short, changes are refused")
        }
        Some(policy) => Finding::wrong(
            "maxmemory-policy",
            format!("{policy}: where memory is short, Redis throws entries away before their time"),
            "CONFIG SET maxmemory-policy noeviction, then CONFIG REWRITE",
        ),
        None => Finding::unknown("maxmemory-policy", "the user may not ask for INFO; grant +info"),
    }
}

/// Whether a restart finds the entries again.
async fn log(line: &Line, server: &Information) -> Finding {
    let mend = "CONFIG SET appendonly yes, then CONFIG REWRITE";
    match server.get("aof_enabled") {
        Some("1") => {}
        Some(_) => {
            return Finding::wrong(
                "persistence",
                "there is no log of changes (appendonly no): a restart loses minutes",
                mend,
            );
        }
        None => return Finding::unknown("persistence", "the user may not ask for INFO; grant +info"),
    }
    let mut command = redis::cmd("CONFIG");
    command.arg("GET").arg("appendfsync");
    match line.ask::<Vec<String>>(&command).await.as_deref() {
        Ok([_, when]) if when == "no" => Finding::wrong(
            "persistence",
            "the log is written to the disk whenever the system likes (appendfsync no)",
            "CONFIG SET appendfsync everysec, then CONFIG REWRITE",
        ),
        Ok([_, when]) => Finding::good("persistence", format!("appendonly yes, appendfsync {when}")),
        Ok(_) | Err(Failure::Other(_) | Failure::Refused(_) | Failure::NoScript) => {
            Finding::good("persistence", "appendonly yes; how often it is written to the disk the user may not ask")
        }
        Err(Failure::Lost(reason)) => Finding::unknown("persistence", reason.clone()),
    }
}

/// Whether what should be written is written.
fn failing(server: &Information) -> Finding {
    let bad = ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"]
        .into_iter()
        .find_map(|name| server.get(name).filter(|status| *status != "ok").map(|status| format!("{name} is {status}")));
    match bad {
        Some(bad) => Finding::wrong("disk", bad, "make room on the server's disk and look into its log"),
        None if server.get("aof_last_write_status").is_none() => Finding::unknown("disk", "the server does not tell"),
        None => Finding::good("disk", "the last writes went well"),
    }
}

fn replicas(server: &Information) -> Finding {
    match (server.get("role"), server.get("connected_slaves")) {
        (Some("master"), Some(count)) => Finding::good("role", format!("primary with {count} replicas")),
        (Some(role), _) => Finding::wrong(
            "role",
            format!("{role}: it takes no changes"),
            "name the primary in engines.redis.url, or make this one the primary: REPLICAOF NO ONE",
        ),
        _ => Finding::unknown("role", "the server does not tell"),
    }
}
