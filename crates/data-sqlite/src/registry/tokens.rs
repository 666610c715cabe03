//! Tokens of services, without their secrets.

use kontor_data::Token;
use rusqlite::{Connection, OptionalExtension};

pub(super) const TABLES: &str = "CREATE TABLE IF NOT EXISTS tokens \
    (name TEXT PRIMARY KEY, hash BLOB NOT NULL, scopes TEXT NOT NULL, created_us INTEGER NOT NULL, revoked_us INTEGER) STRICT;";

type Result<T> = std::result::Result<T, rusqlite::Error>;

pub(super) fn all(connection: &Connection) -> Result<Vec<Token>> {
    let mut select =
        connection.prepare("SELECT name, hash, scopes, created_us, revoked_us FROM tokens ORDER BY name")?;
    let tokens = select.query_map([], |row| {
        let scopes: String = row.get(2)?;
        Ok(Token {
            name: row.get(0)?,
            hash: row.get(1)?,
            scopes: scopes.split_whitespace().map(ToOwned::to_owned).collect(),
            created_us: row.get(3)?,
            revoked_us: row.get(4)?,
        })
    })?;
    tokens.collect()
}

/// False if a good one has that name.
pub(super) fn add(connection: &Connection, token: &Token) -> Result<bool> {
    let transaction = connection.unchecked_transaction()?;
    let good: Option<Option<i64>> = transaction
        .query_row("SELECT revoked_us FROM tokens WHERE name = ?1", [&token.name], |row| row.get(0))
        .optional()?;
    if good == Some(None) {
        return Ok(false);
    }
    transaction.execute(
        "INSERT OR REPLACE INTO tokens (name, hash, scopes, created_us, revoked_us) VALUES (?1, ?2, ?3, ?4, ?5)",
        (&token.name, token.hash, token.scopes.join(" "), token.created_us, token.revoked_us),
    )?;
    transaction.commit()?;
    Ok(true)
}

/// False if no good one has that name.
pub(super) fn revoke(connection: &Connection, name: &str, at_us: i64) -> Result<bool> {
    let revoke = "UPDATE tokens SET revoked_us = ?2 WHERE name = ?1 AND revoked_us IS NULL";
    Ok(connection.execute(revoke, (name, at_us))? == 1)
}
