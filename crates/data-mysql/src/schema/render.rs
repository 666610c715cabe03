//! Portable tables as DDL of these servers. What is wrong with a step was found by `kontor_data::migration::check`.

use kontor_contract::schema::{Column, ColumnType, Index, Step, Table};

use crate::names::{Names, literal, quoted};

/// The statements of one step, rights included.
pub(super) fn render(step: &Step, names: &Names) -> Vec<String> {
    match step {
        Step::CreateTable(table) => create_table(table, names),
        Step::AddColumn { table, column: added } => {
            vec![format!("ALTER TABLE {} ADD COLUMN {}", within(names, table), column(added))]
        }
        Step::CreateIndex { table, index: added } => {
            let unique = if added.unique { "UNIQUE " } else { "" };
            let (name, columns) = (quoted(&added.name), list(&added.columns));
            vec![format!("CREATE {unique}INDEX {name} ON {} ({columns})", within(names, table))]
        }
        Step::InsertRow { table, values } => {
            let columns = list(values.iter().map(|(column, _)| column));
            let values = values.iter().map(|(_, value)| scalar(value)).collect::<Vec<_>>().join(", ");
            vec![format!("INSERT INTO {} ({columns}) VALUES ({values})", within(names, table))]
        }
    }
}

/// What takes a step back whose own doing is there.
pub(super) fn undo(step: &Step, names: &Names) -> String {
    match step {
        Step::CreateTable(table) => format!("DROP TABLE {}", within(names, &table.name)),
        Step::AddColumn { table, column } => {
            format!("ALTER TABLE {} DROP COLUMN {}", within(names, table), quoted(&column.name))
        }
        Step::CreateIndex { table, index } => format!("DROP INDEX {} ON {}", quoted(&index.name), within(names, table)),
        Step::InsertRow { table, values } => {
            let same =
                |(column, value): &(String, serde_json::Value)| format!("{} <=> {}", quoted(column), scalar(value));
            let same = values.iter().map(same).collect::<Vec<_>>().join(" AND ");
            format!("DELETE FROM {} WHERE {same} LIMIT 1", within(names, table))
        }
    }
}

/// Counts what the step makes: 1 if it is there. None for a row, which is no part of the schema.
pub(super) fn is_there(step: &Step, names: &Names) -> Option<String> {
    let database = literal(&names.database);
    let (of, what) = match step {
        Step::CreateTable(table) => ("tables", format!("table_name = {}", literal(&table.name))),
        Step::AddColumn { table, column } => {
            ("columns", format!("table_name = {} AND column_name = {}", literal(table), literal(&column.name)))
        }
        Step::CreateIndex { table, index } => {
            let name = literal(&index.name);
            ("statistics", format!("table_name = {} AND index_name = {name} AND seq_in_index = 1", literal(table)))
        }
        Step::InsertRow { .. } => return None,
    };
    Some(format!("SELECT COUNT(*) FROM information_schema.{of} WHERE table_schema = {database} AND {what}"))
}

fn within(names: &Names, table: &str) -> String {
    format!("{}.{}", quoted(&names.database), quoted(table))
}

fn create_table(table: &Table, names: &Names) -> Vec<String> {
    let name = within(names, &table.name);
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    parts.push(format!("PRIMARY KEY ({})", list(&table.primary_key)));
    parts.extend(table.indexes.iter().map(|added| index(&added.name, added)));
    // Append-only is a matter of rights: who may not update, delete or drop cannot by any statement, REPLACE and INSERT … ON
    // DUPLICATE KEY UPDATE included.
    let rights = if table.append_only { "SELECT, INSERT" } else { "SELECT, INSERT, UPDATE, DELETE" };
    vec![
        format!("CREATE TABLE {name} ({}) ENGINE = InnoDB ROW_FORMAT = DYNAMIC", parts.join(", ")),
        format!("GRANT {rights} ON {name} TO {}", quoted(&names.runtime)),
    ]
}

fn index(name: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("{unique}KEY {} ({})", quoted(name), list(&index.columns))
}

fn column(column: &Column) -> String {
    let name = quoted(&column.name);
    let null = if column.nullable { "" } else { " NOT NULL" };
    // In parentheses: MySQL takes a default for a text of any length as an expression alone.
    let default = column.default.as_ref().map_or(String::new(), |value| format!(" DEFAULT ({})", scalar(value)));
    // Lengths of texts are in characters here, and a key's is in bytes.
    let (kind, check) = match column.kind {
        ColumnType::KeyText(most) => (format!("VARCHAR({most})"), format!(" CHECK (OCTET_LENGTH({name}) <= {most})")),
        ColumnType::Text => ("LONGTEXT".to_owned(), String::new()),
        ColumnType::Json => ("JSON".to_owned(), String::new()),
        ColumnType::Decimal(digits, scale) => (format!("DECIMAL({digits}, {scale})"), String::new()),
        ColumnType::Bytes => ("LONGBLOB".to_owned(), String::new()),
        ColumnType::Boolean => ("BOOLEAN".to_owned(), format!(" CHECK ({name} IN (0, 1))")),
        ColumnType::Integer | ColumnType::Timestamp => ("BIGINT".to_owned(), String::new()),
        ColumnType::Uuid => ("CHAR(36)".to_owned(), format!(" CHECK (OCTET_LENGTH({name}) = 36)")),
    };
    format!("{name} {kind}{null}{default}{check}")
}

fn scalar(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => literal(text),
        serde_json::Value::Null => "NULL".to_owned(),
        other => other.to_string(),
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}
