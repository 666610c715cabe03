//! What is in the database: which tables are the function's, and what its keys are called.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;

/// SQLite names the columns of a broken key, the port names the key: this is the way from one to the other.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    /// `TABLE.COLUMN, TABLE.COLUMN` to the key's name.
    constraints: HashMap<String, String>,
    /// The function's own tables.
    pub(crate) tables: HashSet<String>,
}

impl Catalogue {
    /// Reads it from the schema.
    pub(crate) fn read(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut catalogue = Self::default();
        let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        for name in tables.query_map([], |row| row.get::<_, String>(0))? {
            let name = name?;
            if !name.starts_with("kontor_") && !name.starts_with("sqlite_") {
                catalogue.add(connection, &name)?;
                catalogue.tables.insert(name);
            }
        }
        Ok(catalogue)
    }

    fn add(&mut self, connection: &Connection, table: &str) -> Result<(), rusqlite::Error> {
        let mut indexes = connection.prepare("SELECT name, origin FROM pragma_index_list(?1) WHERE \"unique\" = 1")?;
        let found = indexes.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for index in found {
            let (name, origin) = index?;
            let columns = columns(connection, "SELECT name FROM pragma_index_info(?1) ORDER BY seqno", &name)?;
            let name = if origin == "pk" { format!("{table}_pkey") } else { name };
            self.constraints.entry(key(table, &columns)).or_insert(name);
        }
        let primary = columns(connection, "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk", table)?;
        self.constraints.entry(key(table, &primary)).or_insert_with(|| format!("{table}_pkey"));
        Ok(())
    }

    /// The name of the key that SQLite's message is about.
    pub(crate) fn constraint(&self, message: &str) -> String {
        let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(message);
        self.constraints.get(columns).cloned().unwrap_or_else(|| columns.to_owned())
    }
}

fn key(table: &str, columns: &[String]) -> String {
    columns.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}

fn columns(connection: &Connection, text: &str, of: &str) -> Result<Vec<String>, rusqlite::Error> {
    connection.prepare_cached(text)?.query_map([of], |row| row.get(0))?.collect()
}
