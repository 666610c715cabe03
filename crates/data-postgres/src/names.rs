//! What things are called on the server: schemas, roles, and the names that stand in texts.

use sha2::{Digest, Sha256};

/// Names that belong to one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Names {
    /// Its schema: `fn_NAME`.
    pub(crate) schema: String,
    /// What its statements run as: reads and writes rows of its own tables, and may not log in.
    pub(crate) runtime: String,
    /// What Kontor logs in as to serve it: may become `runtime`, and keeps events and records of its own schema.
    pub(crate) host: String,
}

impl Names {
    /// Names for a function whose own name was checked. Roles belong to a whole server and not to one of its databases,
    /// so their names begin with a hash of the database's name: two Kontors on one server do not meet.
    pub(crate) fn of(database: &str, function: &str) -> Self {
        let digest = Sha256::digest(database.as_bytes());
        let hash = digest.iter().take(4).fold(0_u32, |all, byte| (all << 8) | u32::from(*byte));
        let function = function.replace('-', "_");
        Self {
            schema: format!("fn_{function}"),
            runtime: format!("kontor_{hash:08x}_{function}"),
            host: format!("kontor_{hash:08x}_{function}_host"),
        }
    }
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL writes it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_fit_and_differ_between_databases() {
        let longest = "a".repeat(40);
        let one = Names::of("shop", &longest);
        assert!(one.host.len() <= 63, "PostgreSQL would cut it");
        assert_ne!(one.host, Names::of("other", &longest).host);
        assert_ne!(Names::of("shop", "a-b"), Names::of("shop", "a-c"));
        assert_eq!(Names::of("shop", "a-b").schema, "fn_a_b");
    }
}
