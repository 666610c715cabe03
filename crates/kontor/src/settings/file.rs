//! The file: read whole, and told precisely what is wrong with it.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use toml::Table;

use super::Settings;

/// Reads the named file, or the usual one if it is there.
pub fn read(named: Option<&Path>, usual: &Path) -> Result<Table> {
    let path = match named {
        Some(path) => path,
        None if usual.exists() => usual,
        None => return Ok(Table::new()),
    };
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("cannot read the configuration {}; name another with --config FILE", path.display())
    })?;
    parse(&text).map_err(|(position, message)| anyhow!("{}:{position}: {message}", path.display()))
}

/// The file's table, if it is a right one; otherwise `LINE:COLUMN` and what is wrong there.
fn parse(text: &str) -> Result<Table, (String, String)> {
    let fault = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        (position(text, at), with_key(explain(&error), key_at(text, at)))
    };
    // Read as what it should be first: those errors know their place in the text.
    let _: Settings = toml::from_str(text).map_err(fault)?;
    toml::from_str(text).map_err(fault)
}

/// Line and column, both from 1, of a byte offset.
fn position(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}")
}

/// The key whose value begins at a byte offset, if the line has it.
fn key_at(text: &str, at: usize) -> Option<&str> {
    let line = text.get(..at)?.rsplit('\n').next()?;
    let (key, _) = line.split_once('=')?;
    Some(key.trim())
}

/// Says which key it is about, unless the message does.
fn with_key(message: String, key: Option<&str>) -> String {
    match key {
        Some(key) if !message.contains(&format!("`{key}`")) => format!("`{key}`: {message}"),
        _ => message,
    }
}

/// What is wrong in one line, and for an unknown key the nearest known one.
pub fn explain(error: &toml::de::Error) -> String {
    let message = error.message().replace('\n', " ");
    let mut names = message.split('`').skip(1).step_by(2);
    match names.next() {
        Some(unknown) if message.starts_with("unknown field") => match nearest(unknown, names) {
            Some(near) => format!("unknown key `{unknown}`; did you mean `{near}`?"),
            None => format!("unknown key `{unknown}`; take it out (`kontor config check` shows the known ones)"),
        },
        _ => message,
    }
}

/// The known name that is most like an unknown one, if any is near.
pub fn nearest<'a>(unknown: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_is_explained_with_its_place() {
        for (text, position, words) in [
            ("lissen = 1", "1:1", "unknown key `lissen`; did you mean `listen`?"),
            ("domain = 'a'\n\n[limits]\nrows_maxx = 1", "4:1", "did you mean `rows_max`?"),
            ("[functions.sales.limits]\nqux = 1", "2:1", "unknown key `qux`; take it out"),
            ("[limits]\nmemory_max = 'much'", "2:14", "\"much\" is no size"),
            ("[limits]\nrows_max = 'many'", "2:12", "`rows_max`: invalid type: string \"many\", expected u32"),
            ("drain_deadline = 'soon'", "1:18", "\"soon\" is no time"),
            ("domain = ", "1:", ""),
            ("[[mounts]]\npath = '/x'", "1:1", "function"),
        ] {
            let (at, message) = parse(text).unwrap_err();
            assert!(at.starts_with(position), "{text:?} at {at}: {message}");
            assert!(message.contains(words) && !message.contains('\n'), "{text:?}: {message}");
        }
    }
}
