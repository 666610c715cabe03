//! What `kontor doctor` looks at. Nothing here changes anything.

mod roles;

use std::time::{Duration, SystemTime};

use kontor_data::{Async, Finding, doctor::Check};
use tokio_postgres::{Client, Error, Row};

use crate::{
    PostgresEngine,
    engine::VERSION_MIN,
    failure::Refused,
    names::quoted,
    session::{Purpose, Session, address},
};

/// How far the server's clock may be from this machine's.
const CLOCK_OFF_MAX: Duration = Duration::from_secs(5);
/// A question of the doctor's.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

impl Check for PostgresEngine {
    fn subject(&self) -> String {
        format!("PostgreSQL at {}", address(&self.setup().0.config))
    }

    fn check(&self) -> Async<'_, Vec<Finding>> {
        Box::pin(async move {
            let purpose = Purpose { statement_time_max: ANSWER_TIME_MAX, ..self.setup().0.clone() };
            let session = match Session::try_to_connect(&purpose).await {
                Ok(session) => session,
                Err(Refused { what, mend }) => return vec![Finding::wrong("reachable", what, mend)],
            };
            let asking = look(self, &session.client);
            match tokio::time::timeout(ANSWER_TIME_MAX, asking).await {
                Ok(Ok(findings)) => findings,
                Ok(Err(error)) => vec![Finding::wrong(
                    "reachable",
                    format!("PostgreSQL does not answer what it is asked: {}", kontor_data_server::chain(&error)),
                    "see the server's log",
                )],
                Err(_) => vec![Finding::wrong(
                    "reachable",
                    format!("PostgreSQL did not answer within {} s", ANSWER_TIME_MAX.as_secs()),
                    "see whether it is overloaded, or whether somebody holds a lock: SELECT * FROM pg_stat_activity",
                )],
            }
        })
    }
}

/// What the server says of itself, in one question.
const ASKED: &str = "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version, \
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes, \
    current_setting('synchronous_commit') AS synchronous_commit, pg_is_in_recovery() AS standby, \
    current_setting('server_encoding') AS encoding, \
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted, \
    coalesce(host(inet_client_addr()) NOT IN ('127.0.0.1', '::1'), false) AS remote, \
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS clock_us";

async fn look(engine: &PostgresEngine, client: &Client) -> Result<Vec<Finding>, Error> {
    let before = SystemTime::now();
    let server = client.query_one(ASKED, &[]).await?;
    let after = SystemTime::now();
    let mut findings = vec![
        Finding::good("reachable", "the address and the setup role's password are right"),
        version(server.try_get("number")?, server.try_get("version")?),
        encryption(&server, engine.setup().0.tls.is_none())?,
        primary(&server)?,
        encoding(&server)?,
    ];
    for (setting, loses) in [
        ("fsync", "acknowledged sales are lost, and files damaged, when the power fails"),
        ("full_page_writes", "files are damaged when the power fails while a page is written"),
        ("synchronous_commit", "tokens and deployments that were acknowledged can be lost when the server dies"),
    ] {
        findings.push(durability(&server, setting, loses)?);
    }
    findings.push(clock(server.try_get("clock_us")?, before, after));
    findings.extend(roles::look(engine, client).await?);
    Ok(findings)
}

fn version(number: i32, version: &str) -> Finding {
    if number < VERSION_MIN {
        Finding::wrong("version", format!("PostgreSQL {version}, and Kontor needs 14 or newer"), "upgrade the server")
    } else {
        Finding::good("version", format!("PostgreSQL {version}"))
    }
}

fn encryption(server: &Row, is_unwanted: bool) -> Result<Finding, Error> {
    Ok(match (server.try_get("encrypted")?, server.try_get("remote")?) {
        (true, _) => Finding::good("encryption", "connections are encrypted"),
        (false, true) if is_unwanted => Finding::good("encryption", "connections are plain, as sslmode=disable says"),
        (false, false) => Finding::good("encryption", "connections are plain, and do not leave this machine"),
        (false, true) => Finding::wrong(
            "encryption",
            "connections are plain: who listens on the network reads everything",
            "ssl = on in postgresql.conf, and sslmode=verify-full in engines.postgres.setup_url; or sslmode=disable, if \
             the network is your own",
        ),
    })
}

fn primary(server: &Row) -> Result<Finding, Error> {
    Ok(if server.try_get("standby")? {
        Finding::wrong(
            "primary",
            "the server is a standby and takes no changes",
            "name the primary in engines.postgres.setup_url, or make this one the primary: SELECT pg_promote()",
        )
    } else {
        Finding::good("primary", "the server takes changes")
    })
}

fn encoding(server: &Row) -> Result<Finding, Error> {
    let encoding: String = server.try_get("encoding")?;
    Ok(if encoding == "UTF8" {
        Finding::good("encoding", encoding)
    } else {
        Finding::wrong(
            "encoding",
            format!("{encoding}: it cannot keep every text"),
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name that one in engines.postgres.setup_url",
        )
    })
}

fn durability(server: &Row, setting: &str, loses: &str) -> Result<Finding, Error> {
    let value: String = server.try_get(setting)?;
    Ok(if value == "off" {
        let mend = format!("ALTER SYSTEM SET {setting} = on; SELECT pg_reload_conf();");
        Finding::wrong(setting, format!("off: {loses}"), mend)
    } else {
        Finding::good(setting, value)
    })
}

/// The server's clock was read between two looks at this machine's.
fn clock(there_us: i64, before: SystemTime, after: SystemTime) -> Finding {
    let us = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
    let here = i64::try_from(us(before).midpoint(us(after))).unwrap_or(i64::MAX);
    let off = Duration::from_micros(there_us.abs_diff(here));
    if off > CLOCK_OFF_MAX {
        Finding::wrong(
            "clock",
            format!("the server's clock and this machine's are {:.1} s apart", off.as_secs_f64()),
            "let both follow a time server: timedatectl set-ntp true",
        )
    } else {
        Finding::good("clock", format!("{} ms apart", off.as_millis()))
    }
}

/// A name for a command that a person types.
fn shown(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{clock, version};

    #[test]
    fn a_clock_may_be_five_seconds_off() {
        let here = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        for (there_us, is_wrong) in [(94_999_999, true), (95_000_000, false), (105_000_000, false), (105_000_001, true)]
        {
            assert_eq!(clock(there_us, here, here).is_wrong(), is_wrong, "{there_us}");
        }
    }

    #[test]
    fn an_old_server_is_named() {
        assert!(version(130_014, "13.14").detail.contains("13.14, and Kontor needs 14"));
        assert!(!version(140_000, "14.0").is_wrong());
    }
}
