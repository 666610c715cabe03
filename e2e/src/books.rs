//! What is stored, read past the program, from its files.

use std::path::Path;

use anyhow::{Context as _, Result};
use rusqlite::{Connection, OpenFlags};

/// A stored sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// As the API shows it.
    pub id: String,
    /// What was sold.
    pub license: String,
    /// What was paid, minor units.
    pub gross: i64,
}

/// A stored invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The id of the sale that it is of.
    pub sale: String,
    /// Its series: numbers are dense within one.
    pub series: String,
    /// Its place in the series, from 1.
    pub sequence: i64,
    /// As it is printed.
    pub number: String,
    /// Its total, minor units.
    pub gross: i64,
}

/// Sales and invoices of one data folder.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// All sales, in no order.
    pub sales: Vec<Sale>,
    /// All invoices, in no order.
    pub invoices: Vec<Invoice>,
}

impl Books {
    /// Reads them. Nobody may be serving the folder.
    ///
    /// # Errors
    /// If a file is missing, damaged, or has other tables.
    pub fn read(data: &Path) -> Result<Self> {
        let sales = all(&data.join("sql/sales.sqlite"), SALES, |row| {
            Ok(Sale { id: row.get(0)?, license: row.get(1)?, gross: row.get(2)? })
        })?;
        let invoices = all(&data.join("sql/invoices.sqlite"), INVOICES, |row| {
            Ok(Invoice {
                sale: row.get(0)?,
                series: row.get(1)?,
                sequence: row.get(2)?,
                number: row.get(3)?,
                gross: row.get(4)?,
            })
        })?;
        Ok(Self { sales, invoices })
    }
}

const SALES: &str = "SELECT id, license, gross FROM sales";
/// An invoice's source is the function and the sale that made it; a series begins anew with each period.
const INVOICES: &str = "SELECT substr(source, instr(source, '/') + 1), seller || ' ' || series || ' ' || period, \
                        sequence, number, gross FROM registrations";

fn all<T>(file: &Path, query: &str, read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    let rows = || -> Result<Vec<T>> {
        // Not read-only: after a kill the file's log has to be brought in first.
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let damage: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        anyhow::ensure!(damage == "ok", "damaged: {damage}");
        let mut statement = connection.prepare(query)?;
        Ok(statement.query_map([], &read)?.collect::<Result<_, _>>()?)
    };
    rows().with_context(|| format!("cannot read {}", file.display()))
}
