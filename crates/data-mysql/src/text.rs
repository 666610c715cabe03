//! Texts of statements as these servers read them.
//!
//! `$n` becomes `?`, once for each place it stands in. Everything that the server would read otherwise than the parser that
//! checked the text goes or is refused: comments (the server runs what stands in `/*! … */`, and ends `#` at the line's
//! end), user variables, and strings with a prefix.

use std::fmt::Write as _;

use kontor_data::{SqlError, Value};

/// A text for the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// With `?`.
    pub(crate) sql: String,
    /// Which parameter stands at each `?`, from 0.
    pub(crate) places: Vec<usize>,
    /// The table that it inserts into or updates: the server does not name it when a primary key is broken.
    pub(crate) table: Option<String>,
}

/// What has to be said about a parameter so that the server takes it exactly as what it is: it knows texts and integers, and
/// a decimal that comes as a text would be computed with as a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// Nothing.
    Plain,
    /// A decimal with so many digits behind the point.
    Decimal(u8),
    /// Bytes and no text.
    Bytes,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Decimal(text) => {
                let behind = text.split_once('.').map_or(0, |(_, behind)| behind.len());
                Self::Decimal(u8::try_from(behind).unwrap_or(u8::MAX))
            }
            Value::Bytes(_) => Self::Bytes,
            _ => Self::Plain,
        }
    }
}

/// Rewrites a text that `kontor_data::statement` has found good.
pub(crate) fn rewrite(text: &str, kinds: &[Kind]) -> Result<Text, SqlError> {
    let mut writer = Writer {
        rest: text,
        kinds,
        out: String::with_capacity(text.len()),
        places: Vec::new(),
        words: Words::default(),
    };
    while let Some(next) = writer.rest.chars().next() {
        writer.token(next)?;
    }
    let sql = writer.out.trim_end().trim_end_matches(';').to_owned();
    Ok(Text { sql, places: writer.places, table: writer.words.table })
}

struct Writer<'a> {
    rest: &'a str,
    kinds: &'a [Kind],
    out: String,
    places: Vec<usize>,
    words: Words,
}

/// Looks for `INSERT INTO table` and `UPDATE table`.
#[derive(Default)]
struct Words {
    expects_table: bool,
    table: Option<String>,
}

impl Words {
    fn see(&mut self, word: &str) {
        if self.table.is_some() {
            return;
        }
        if self.expects_table {
            self.table = Some(word.to_owned());
        }
        self.expects_table = word.eq_ignore_ascii_case("INTO") || word.eq_ignore_ascii_case("UPDATE");
    }
}

impl<'a> Writer<'a> {
    fn token(&mut self, next: char) -> Result<(), SqlError> {
        match next {
            '\'' | '"' | '`' => self.quoted(next),
            '-' if self.rest.starts_with("--") => self.skip_to('\n'),
            '/' if self.rest.starts_with("/*") => self.comment(),
            '$' => self.parameter(),
            '#' | '@' | ':' | '\\' | '?' => Err(unreadable(next)),
            _ if next.is_alphanumeric() || next == '_' => self.word(),
            _ => {
                let taken = self.take(next.len_utf8());
                self.out.push_str(taken);
                Ok(())
            }
        }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn word(&mut self) -> Result<(), SqlError> {
        let end = self.rest.find(|one: char| !(one.is_alphanumeric() || one == '_')).unwrap_or(self.rest.len());
        let word = self.take(end);
        if self.rest.starts_with('\'') && !word.eq_ignore_ascii_case("X") {
            return Err(SqlError::Invalid(format!(
                "{word}'…' is not portable; write strings as '…' and bytes as X'…'"
            )));
        }
        self.words.see(word);
        self.out.push_str(word);
        Ok(())
    }

    /// Doubled quotes need nothing of their own: they read as two strings beside each other.
    fn quoted(&mut self, quote: char) -> Result<(), SqlError> {
        let end = self.rest.get(1..).and_then(|rest| rest.find(quote)).ok_or_else(|| unreadable(quote))?;
        let taken = self.take(end + 2);
        if quote != '\'' {
            self.words.see(taken.trim_matches(quote));
        }
        self.out.push_str(taken);
        Ok(())
    }

    fn skip_to(&mut self, end: char) -> Result<(), SqlError> {
        let length = self.rest.find(end).unwrap_or(self.rest.len());
        self.take(length);
        self.out.push(' ');
        Ok(())
    }

    /// They nest, as for the parser.
    fn comment(&mut self) -> Result<(), SqlError> {
        let mut depth = 0_usize;
        loop {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    self.out.push(' ');
                    return Ok(());
                }
            } else if let Some(next) = self.rest.chars().next() {
                self.take(next.len_utf8());
            } else {
                return Err(unreadable('/'));
            }
        }
    }

    fn parameter(&mut self) -> Result<(), SqlError> {
        self.take(1);
        let end = self.rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(self.rest.len());
        let number: usize = self.take(end).parse().map_err(|_| unreadable('$'))?;
        let place = number.checked_sub(1).ok_or_else(|| unreadable('$'))?;
        if self.rest.starts_with(|one: char| one.is_alphanumeric() || one == '_' || one == '$') {
            return Err(unreadable('$'));
        }
        self.places.push(place);
        match self.kinds.get(place).copied().unwrap_or(Kind::Plain) {
            Kind::Plain => self.out.push('?'),
            Kind::Decimal(scale) => {
                let _ = write!(self.out, "CAST(? AS DECIMAL(65,{scale}))");
            }
            Kind::Bytes => self.out.push_str("CAST(? AS BINARY)"),
        }
        Ok(())
    }
}

fn unreadable(what: char) -> SqlError {
    SqlError::Invalid(format!("{what} cannot stand there: MariaDB and MySQL read it otherwise than the other engines"))
}

#[cfg(test)]
mod tests {
    use kontor_data::{SqlError, Value};

    use super::{Kind, Text, rewrite};

    #[test]
    fn parameters_go_by_their_number_wherever_they_stand() {
        let kinds = [Kind::Plain, Kind::of(&Value::Decimal("-12.50".into())), Kind::of(&Value::Bytes(vec![1]))];
        for (text, sql, places, table) in [
            ("SELECT id FROM sales WHERE id = $1;", "SELECT id FROM sales WHERE id = ?", vec![0], None),
            ("UPDATE a SET x = $1, y = $1", "UPDATE a SET x = ?, y = ?", vec![0, 0], Some("a")),
            ("SELECT '$1', \"$1\", 'it''s $1'", "SELECT '$1', \"$1\", 'it''s $1'", vec![], None),
            (
                "insert into \"t\" values ($3,$2)",
                "insert into \"t\" values (CAST(? AS BINARY),CAST(? AS DECIMAL(65,2)))",
                vec![2, 1],
                Some("t"),
            ),
            ("SELECT 1 -- $1 '\n+ $1", "SELECT 1  \n+ ?", vec![0], None),
            ("SELECT /*! sleep(9), */ 1 /* a /* b */ c */", "SELECT   1", vec![], None),
            ("SELECT '\\', x'00' || 'ä'", "SELECT '\\', x'00' || 'ä'", vec![], None),
        ] {
            let expected = Text { sql: sql.into(), places, table: table.map(Into::into) };
            assert_eq!(rewrite(text, &kinds), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_the_server_reads_otherwise_is_refused() {
        for text in [
            "SELECT 1 # 2",
            "SELECT @@version",
            "SELECT @a",
            "SELECT $1a",
            "SELECT $$a$$",
            "SELECT E'a'",
            "SELECT 'a",
            "SELECT 1::text",
            "SELECT /* 1",
        ] {
            assert!(matches!(rewrite(text, &[]), Err(SqlError::Invalid(_))), "{text}");
        }
    }
}
