//! Portable tables as PostgreSQL's DDL. What is wrong with a step was found by `kontor_data::migration::check`.

use kontor_contract::schema::{Column, ColumnType, Index, Step, Table};

use crate::names::{Names, literal, quoted};

/// The statements of one step, rights included.
pub(super) fn render(step: &Step, names: &Names) -> Vec<String> {
    match step {
        Step::CreateTable(table) => create_table(table, names),
        Step::AddColumn { table, column: added } => {
            vec![format!("ALTER TABLE {} ADD COLUMN {}", quoted(table), column(added))]
        }
        Step::CreateIndex { table, index: added } => vec![index(table, added)],
        Step::InsertRow { table, values } => {
            let columns = list(values.iter().map(|(column, _)| column));
            let values = values.iter().map(|(_, value)| scalar(value)).collect::<Vec<_>>().join(", ");
            vec![format!("INSERT INTO {} ({columns}) VALUES ({values})", quoted(table))]
        }
    }
}

fn create_table(table: &Table, names: &Names) -> Vec<String> {
    let name = quoted(&table.name);
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    let key = quoted(&format!("{}_pkey", table.name));
    parts.push(format!("CONSTRAINT {key} PRIMARY KEY ({})", list(&table.primary_key)));
    let mut all = vec![format!("CREATE TABLE {name} ({})", parts.join(", "))];
    all.extend(table.indexes.iter().map(|added| index(&table.name, added)));
    // Append-only is a matter of rights: who may not update, delete or truncate cannot by any statement, an
    // INSERT … ON CONFLICT DO UPDATE included.
    let rights = if table.append_only { "SELECT, INSERT" } else { "SELECT, INSERT, UPDATE, DELETE" };
    all.push(format!("GRANT {rights} ON {name} TO {}", quoted(&names.runtime)));
    all
}

fn index(table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} ({})", quoted(&index.name), quoted(table), list(&index.columns))
}

fn column(column: &Column) -> String {
    let name = quoted(&column.name);
    let null = if column.nullable { "" } else { " NOT NULL" };
    let default = column.default.as_ref().map_or(String::new(), |value| format!(" DEFAULT {}", scalar(value)));
    // Text is compared byte by byte, whatever the database's own order of letters is.
    let (kind, check) = match column.kind {
        ColumnType::KeyText(most) => {
            ("text COLLATE \"C\"".to_owned(), format!(" CHECK (octet_length({name}) <= {most})"))
        }
        ColumnType::Text => ("text COLLATE \"C\"".to_owned(), String::new()),
        ColumnType::Json => ("jsonb".to_owned(), String::new()),
        ColumnType::Decimal(digits, scale) => (format!("numeric({digits}, {scale})"), String::new()),
        ColumnType::Bytes => ("bytea".to_owned(), String::new()),
        ColumnType::Boolean => ("boolean".to_owned(), String::new()),
        ColumnType::Integer | ColumnType::Timestamp => ("bigint".to_owned(), String::new()),
        ColumnType::Uuid => ("uuid".to_owned(), String::new()),
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

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn a_text_cannot_end_its_quotes() {
        assert_eq!(scalar(&"it's \\'; DROP".into()), "'it''s \\''; DROP'");
        assert_eq!(scalar(&true.into()), "true");
    }
}
