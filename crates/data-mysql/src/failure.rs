//! What the server's errors mean. Codes: MySQL's "Server Error Message Reference" and MariaDB's "Error Codes".

use kontor_data::SqlError;
use kontor_data_server::{Failure, chain};
use mysql_async::{DriverError, Error, ServerError};

/// A unique key would have been broken.
pub(crate) const DUPLICATE: u16 = 1062;

/// Says what an error of statement number `index` means. `table` is the one that it writes to.
pub(crate) fn of_statement(error: Error, index: usize, table: Option<&str>) -> Failure {
    let server = match error {
        Error::Server(server) => server,
        Error::Driver(DriverError::PacketTooLarge) => return packet_too_large(index),
        error => return of_connection(&error),
    };
    let invalid = |text: String| Failure::Batch(SqlError::Invalid(text));
    match server.code {
        DUPLICATE => Failure::Batch(SqlError::Conflict {
            statement: u32::try_from(index).unwrap_or(u32::MAX),
            constraint: constraint(&server.message, table),
        }),
        1044 | 1045 | 1095 | 1142 | 1143 | 1227 | 1370 => invalid(format!(
            "statement {index} is not allowed: it may read and write rows of the function's own tables, and of append-only \
             ones only insert and read ({})",
            server.message
        )),
        // The statement's own time, or the time that a lock is waited for.
        1969 | 3024 | 1317 | 1205 => Failure::Batch(SqlError::Busy(format!(
            "statement {index} ran longer than it may, or waited for another transaction; make it smaller, or add an index"
        ))),
        1301 | 1436 | 1153 => packet_too_large(index),
        _ if is_the_texts_fault(&server) => invalid(format!("statement {index}: {}", server.message)),
        _ => of_server(&server),
    }
}

/// Whether somebody else's text or values would have done better.
fn is_the_texts_fault(server: &ServerError) -> bool {
    // Of the class "general" (HY000): subqueries on the written table, values without a default, wrong values, checks.
    let general =
        [1093, 1105, 1210, 1221, 1235, 1248, 1267, 1270, 1271, 1292, 1364, 1365, 1366, 1411, 3140, 3141, 3819, 4025];
    let class = server.state.get(..2).unwrap_or_default();
    let is_own = matches!(class, "21" | "22" | "23" | "42" | "0A" | "01" | "44") || general.contains(&server.code);
    is_own && !is_in_the_way(server.code) && server.code != 1203
}

fn is_in_the_way(code: u16) -> bool {
    // Deadlock; lock table full; record changed; a table's definition changed; a savepoint that went with its transaction.
    matches!(code, 1213 | 1206 | 1020 | 1412 | 1305 | 1637)
}

fn packet_too_large(index: usize) -> Failure {
    Failure::Batch(SqlError::TooLarge(format!(
        "statement {index} is larger than the server takes at once; make it smaller, or raise max_allowed_packet"
    )))
}

/// Says what an error of the host's own doing means. A record or an id that another process wrote meanwhile is in the way:
/// the next try finds it.
pub(crate) fn of_host(error: Error) -> Failure {
    match error {
        Error::Server(server) if matches!(server.code, DUPLICATE | 1205) => Failure::Again(said(&server)),
        Error::Server(server) => of_server(&server),
        error => of_connection(&error),
    }
}

fn of_connection(error: &Error) -> Failure {
    Failure::Lost(format!("the connection to MySQL was lost: {}", chain(error)))
}

fn of_server(server: &ServerError) -> Failure {
    match server.code {
        code if is_in_the_way(code) => Failure::Again(said(server)),
        1243 | 1615 => Failure::Stale,
        1021 | 1114 => full(server),
        1026 | 1030 | 3 if server.message.contains("28") => full(server),
        1969 | 3024 | 1317 => Failure::Batch(SqlError::Busy("MySQL took longer than it may".to_owned())),
        // The server fell back to reading alone: a replica took over, or an operator set it so.
        1290 | 1792 | 1836 => Failure::Lost(format!("MySQL takes no writes: {}", server.message)),
        1040 | 1053 | 1077 | 1078 | 1079 | 1080 | 1152 | 1158..=1161 | 1184 | 1203 | 1927 | 4031 => {
            Failure::Lost(said(server))
        }
        _ if server.state.starts_with("08") => Failure::Lost(said(server)),
        _ => Failure::Batch(SqlError::Other(said(server))),
    }
}

fn full(server: &ServerError) -> Failure {
    Failure::Full(format!("the disk of MySQL is full: {}; make room", server.message))
}

fn said(server: &ServerError) -> String {
    format!("MySQL says: {} (code {})", server.message, server.code)
}

/// The key that `Duplicate entry 'x' for key 'NAME'` is about. MySQL writes `TABLE.NAME`, MariaDB `NAME` alone.
fn constraint(message: &str, table: Option<&str>) -> String {
    let named = message.rsplit_once("for key '").and_then(|(_, rest)| rest.strip_suffix('\'')).unwrap_or_default();
    let (of, key) = named.rsplit_once('.').map_or((None, named), |(of, key)| (Some(of), key));
    match (key, of.or(table)) {
        ("PRIMARY", Some(table)) => format!("{table}_pkey"),
        ("", _) | ("PRIMARY", None) => "of an unknown name".to_owned(),
        (key, _) => key.to_owned(),
    }
}

/// Why a connection could not be made, in one line that ends with what to do.
pub(crate) fn of_connecting(error: &Error, where_to: &str) -> String {
    let Error::Server(server) = error else {
        return format!("MySQL at {where_to} cannot be reached: {}; start it, or correct the address", chain(error));
    };
    let advice = match server.code {
        1045 => "the user or the password is wrong; correct it in the address",
        1040 | 1203 | 1226 => "raise max_connections, or lower the pool's size",
        1044 | 1049 => "create the database, or grant the user its rights",
        1130 => "create the user for this host",
        3159 => "this build speaks to MySQL without TLS: turn require_secure_transport off on a network of your own",
        _ => "see the server's log",
    };
    format!("MySQL at {where_to} refuses the connection: {}; {advice}", server.message)
}

#[cfg(test)]
mod tests {
    use super::constraint;

    #[test]
    fn a_key_has_the_name_that_the_migration_gave_it() {
        for (message, table, name) in [
            ("Duplicate entry '1' for key 'PRIMARY'", Some("sales"), "sales_pkey"),
            ("Duplicate entry '1' for key 'sales.PRIMARY'", None, "sales_pkey"),
            ("Duplicate entry 'a' for key 'receipts_source'", Some("receipts"), "receipts_source"),
            ("Duplicate entry 'a' for key 'receipts.receipts_source'", None, "receipts_source"),
            ("Duplicate entry 'for key 'x'' for key 'PRIMARY'", Some("t"), "t_pkey"),
        ] {
            assert_eq!(constraint(message, table), name);
        }
    }
}
