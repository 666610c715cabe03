//! What things are called on the server: databases, roles, users, and the names that stand in texts.

use kontor_data::OpenError;
use sha2::{Digest, Sha256};

/// Names of databases have at most 64 characters, and a function's is `KONTOR_fn_NAME`.
const DATABASE_SIZE_MAX: usize = 20;

/// Names that belong to one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// Its database.
    pub(crate) database: String,
    /// What its statements run as: reads and writes rows of its own tables.
    pub(crate) runtime: String,
    /// What keeps events and records in its database.
    pub(crate) host: String,
    /// Whom Kontor logs in as to serve it: may become either of the two, and is nothing by itself.
    pub(crate) login: String,
}

impl Names {
    /// Names for a function whose own name was checked. Users and roles belong to a whole server, and MySQL's have at most
    /// 32 characters: so they end with a hash of Kontor's database and of the function.
    pub(crate) fn of(kontor: &str, function: &str) -> Self {
        let digest = Sha256::new_with_prefix(kontor).chain_update([0]).chain_update(function).finalize();
        let hash = digest.iter().take(6).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        let plain = function.replace('-', "_");
        let short: String = plain.chars().take(14).collect();
        let named = |what: &str| format!("{short}_{hash:012x}_{what}");
        Self {
            database: format!("{kontor}_fn_{plain}"),
            runtime: named("run"),
            host: named("host"),
            login: named("in"),
        }
    }
}

/// Whether Kontor's own database can be called so.
///
/// # Errors
/// What to do, for a person.
pub(crate) fn check_database(name: &str) -> Result<(), OpenError> {
    let good = !name.is_empty()
        && name.len() <= DATABASE_SIZE_MAX
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let own = ["mysql", "sys", "information_schema", "performance_schema"].contains(&name);
    if good && !own {
        return Ok(());
    }
    Err(OpenError::Invalid(format!(
        "the database {name:?} in the address of MySQL cannot be Kontor's: name one of [a-z0-9_]{{1,{DATABASE_SIZE_MAX}}} \
         that is not the server's own; it is made if it is not there, and functions get databases beside it"
    )))
}

/// A name as every server reads it, whatever its `sql_mode`.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text as SQL writes it, where a backslash means itself.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{Names, check_database};

    #[test]
    fn names_fit_and_differ_between_databases() {
        let longest = "a".repeat(40);
        let one = Names::of("kontor", &longest);
        assert!(one.host.len() <= 32 && one.database.len() <= 64, "{one:?}");
        assert_ne!(one.host, Names::of("other", &longest).host);
        assert_ne!(one.host, Names::of("kontor", &format!("{}b", &longest[1..])).host);
        assert_eq!(Names::of("kontor", "a-b").database, "kontor_fn_a_b");
    }

    #[test]
    fn the_servers_own_databases_are_not_kontors() {
        check_database("kontor").unwrap();
        for name in ["", "mysql", "sys", "Kontor", "a`b", &"k".repeat(21)] {
            check_database(name).unwrap_err();
        }
    }
}
