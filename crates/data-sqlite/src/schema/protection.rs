//! Whether append-only tables still have the triggers that make them so.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::append_only;

/// Of these tables, those that are not there or whose triggers are not the ones that a migration makes: one that is gone
/// and one that does something else are the same.
pub(crate) fn unprotected(connection: &Connection, tables: Vec<String>) -> Result<Vec<String>, rusqlite::Error> {
    let mut asked = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")?;
    let found = asked.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)))?;
    let found: BTreeMap<String, Option<String>> = found.collect::<Result<_, _>>()?;
    let is_kept = |table: &String| {
        append_only(table).iter().zip(["update", "delete"]).all(|(wanted, action)| {
            let name = format!("kontor_{table}_no_{action}");
            // SQLite keeps the text from the name on.
            let kept = found.get(&name).and_then(Option::as_deref);
            wanted.split_once("EXISTS ").zip(kept).is_some_and(|((_, wanted), kept)| kept.ends_with(wanted))
        })
    };
    Ok(tables.into_iter().filter(|table| !is_kept(table)).collect())
}
