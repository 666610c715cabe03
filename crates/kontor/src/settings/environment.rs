//! `KONTOR_*` variables. A variable's name is its key's path in upper case: `limits.rows_max` is
//! `KONTOR_LIMITS_ROWS_MAX`. What belongs to one function is `KONTOR_FUNCTIONS_SALES_CONFIG_CURRENCY` and
//! `KONTOR_FUNCTIONS_SALES_LIMITS_ROWS_MAX`.

use anyhow::{Result, anyhow};
use serde_json::Value as Json;
use toml::{Table, Value};

use super::{Settings, file, lay_over};

const PREFIX: &str = "KONTOR_";
const OF_FUNCTIONS: &str = "KONTOR_FUNCTIONS_";
/// Read elsewhere: by the command line, when the program is built, by the tests.
const OTHERS: [&str; 5] = ["KONTOR_CONFIG", "KONTOR_TOKEN", "KONTOR_BUNDLE", "KONTOR_TEST_", "KONTOR_PERFMAP"];

/// Reads the variables into a table of the file's shape, and warns of those that nobody knows. Unknown ones are no
/// error: container platforms set variables of their own by a service's name.
pub fn read(variables: &[(String, String)]) -> Result<(Table, Vec<String>)> {
    let known = known();
    let mut table = Table::new();
    let mut warnings = Vec::new();
    for (name, value) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let path = known.iter().find(|(known, _)| known == name).map(|(_, path)| path.clone());
        match path.or_else(|| of_function(name)) {
            Some(path) => lay_over(&mut table, one(name, &path, value)?),
            None if OTHERS.iter().any(|other| name.starts_with(other)) => {}
            None => warnings.push(unknown(name, &known)),
        }
    }
    Ok((table, warnings))
}

fn unknown(name: &str, known: &[(String, Vec<String>)]) -> String {
    match file::nearest(name, known.iter().map(|(name, _)| name.as_str())) {
        Some(near) => format!("the variable {name} is unknown and ignored; did you mean {near}?"),
        None => format!("the variable {name} is unknown and ignored"),
    }
}

/// A table with this one value, in the first reading that fits the key's type: text, TOML, a list with commas.
fn one(name: &str, path: &[String], value: &str) -> Result<Table> {
    let list = value.split(',').map(str::trim).filter(|item| !item.is_empty());
    let text = Value::String(value.to_owned());
    let read = toml::from_str::<Table>(&format!("v = {value}")).ok().and_then(|mut table| table.remove("v"));
    let list = Value::Array(list.map(|item| Value::String(item.to_owned())).collect());
    let mut fault = None;
    for candidate in [Some(text), read, Some(list)].into_iter().flatten() {
        let table = at(path, candidate);
        match Value::Table(table.clone()).try_into::<Settings>() {
            Ok(_) => return Ok(table),
            Err(error) => _ = fault.get_or_insert_with(|| file::explain(&error)),
        }
    }
    Err(anyhow!("the variable {name} is {value:?}: {}", fault.unwrap_or_default()))
}

/// A table that has `value` at `path`.
fn at(path: &[String], value: Value) -> Table {
    let nested = path.iter().rev().fold(value, |inner, key| Value::Table(Table::from_iter([(key.clone(), inner)])));
    match nested {
        Value::Table(table) => table,
        _ => Table::new(),
    }
}

/// Every variable that stands for one key, with the key's path.
fn known() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    leaves(&serde_json::to_value(Settings::default()).unwrap_or_default(), &mut Vec::new(), &mut found);
    let name = |path: &Vec<String>| format!("{PREFIX}{}", path.join("_").to_uppercase());
    // A list of tables does not fit into a variable.
    found
        .into_iter()
        .filter(|path| path != &["mounts"] && path != &["budgets"])
        .map(|path| (name(&path), path))
        .collect()
}

/// The paths of all values that are no tables.
pub fn leaves(value: &Json, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    let Json::Object(map) = value else {
        return found.push(path.clone());
    };
    for (key, value) in map {
        path.push(key.clone());
        leaves(value, path, found);
        path.pop();
    }
}

/// The path of a variable that belongs to one function. Names of functions have hyphens where variables have underscores.
fn of_function(name: &str) -> Option<Vec<String>> {
    let rest = name.strip_prefix(OF_FUNCTIONS)?.to_lowercase();
    let (function, part, key) = ["config", "limits"].into_iter().find_map(|part| {
        let (function, key) = rest.split_once(&format!("_{part}_"))?;
        Some((function.replace('_', "-"), part, key.to_owned()))
    })?;
    Some(vec!["functions".to_owned(), function, part.to_owned(), key])
}
