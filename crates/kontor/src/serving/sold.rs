//! Whether anything was ever sold or invoiced with a data folder.

use anyhow::Result;
use kontor_data::{Limits, Statement, Value, ValueType};

use crate::{engine, folder::Folder, settings::Settings};

/// For each function with such records: a query that has a row with something above zero once there are any.
const RECORDS: [(&str, &str); 2] =
    [("sales", "SELECT sales FROM totals WHERE id = 1"), ("invoices", "SELECT 1 FROM registrations LIMIT 1")];

/// Whether anything was. What cannot be found out may be.
pub async fn anything(settings: &Settings, folder: &Folder) -> bool {
    look(settings, folder).await.unwrap_or_else(|error| {
        tracing::warn!(error = format!("{error:#}"), "nobody can say whether anything was sold with this data folder");
        true
    })
}

async fn look(settings: &Settings, folder: &Folder) -> Result<bool> {
    let engine = engine::sql(settings, folder)?;
    let there = engine.existing()?;
    let mut found = false;
    for (function, text) in RECORDS.iter().filter(|(function, _)| there.iter().any(|name| name == function)) {
        let database = engine.open(function, None, Limits::default()).await?;
        let query = Statement {
            text: (*text).into(),
            parameters: Vec::new(),
            results: vec![ValueType::Integer],
            expect_rows: None,
        };
        let rows = database.query(query).await.map(|result| result.rows);
        // A sale whose event is still on its way is one too.
        found |= database.backlog().rows > 0;
        database.close().await;
        found |= rows?.into_iter().flatten().any(|value| matches!(value, Value::Integer(count) if count > 0));
    }
    Ok(found)
}
