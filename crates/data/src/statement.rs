//! Which statements are allowed: one `SELECT`, `INSERT`, `UPDATE` or `DELETE` on the function's own tables.
//!
//! This is the first of two defences and the one with the good error messages; each engine has a second one of its own
//! (SQLite's authorizer, a server's rights). It is also what keeps statements portable: what one engine alone
//! understands is refused here where that is cheap to see.

use std::{collections::BTreeSet, ops::ControlFlow};

use sqlparser::{
    ast::{
        Assignment, AssignmentTarget, Expr, ObjectName, Query, Select, SetExpr, Statement, TableFactor, Value,
        ValueWithSpan, Visit, Visitor, visit_expressions,
    },
    dialect::GenericDialect,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

use crate::SqlError;

/// How deep expressions and queries may be nested.
const DEPTH_MAX: usize = 50;

/// Words and operators of a statement. A chain like `1+1+…` makes a tree as deep as it is long without nesting, and a
/// tree is dropped recursively: without this limit, 64 KiB of text could overflow the stack.
const TOKENS_MAX: usize = 2_000;

/// The largest `$n`, so that a text cannot ask for a huge table of parameters.
const PARAMETERS_MAX: usize = 999;

/// Prefixes of tables that are not the function's.
const FOREIGN_TABLES: [&str; 7] =
    ["kontor_", "sqlite_", "pg_", "information_schema", "mysql", "performance_schema", "sys."];

/// Functions that lock, wait, reach files or settings, tell of other connections, or make a huge text of a short one.
const FORBIDDEN_FUNCTIONS: [&str; 42] = [
    "benchmark",
    "changes",
    "copy",
    "currval",
    "dblink",
    "edit",
    "found_rows",
    "fts3_tokenizer",
    "get_lock",
    "is_free_lock",
    "is_used_lock",
    "last_insert_id",
    "last_insert_rowid",
    "lastval",
    "load_extension",
    "load_file",
    "lo_export",
    "lo_import",
    "lpad",
    "master_gtid_wait",
    "master_pos_wait",
    "nextval",
    "query_to_xml",
    "readfile",
    "release_all_locks",
    "release_lock",
    "repeat",
    "row_count",
    "rpad",
    "set_config",
    "setval",
    "sleep",
    "source_pos_wait",
    "space",
    "sys_eval",
    "sys_exec",
    "total_changes",
    "txid_current",
    "uuid_short",
    "wait_for_executed_gtid_set",
    "wait_until_sql_thread_after_gtids",
    "writefile",
];

/// Prefixes of such functions.
const FORBIDDEN_FUNCTION_PREFIXES: [&str; 5] = ["pg_", "sqlite_", "dblink_", "lo_", "kontor_"];

/// What a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is a `SELECT` (or `VALUES`) that writes nothing.
    pub query: bool,
    /// How many parameters it has: `$1` to `$n`, each at least once.
    pub parameters: usize,
}

/// Reads a statement and says what it is.
///
/// # Errors
/// [`SqlError::Invalid`] if it is no statement or not an allowed one, [`SqlError::TooLarge`] if it is too deep or too
/// long.
pub fn check(text: &str) -> Result<Checked, SqlError> {
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize()
        .map_err(|error| invalid(format!("the statement is no SQL: {error}")))?;
    if tokens.iter().filter(|token| weighs(token)).count() > TOKENS_MAX {
        return Err(SqlError::TooLarge(format!(
            "the statement has more than {TOKENS_MAX} words and operators; split it"
        )));
    }
    let mut statements = Parser::new(&dialect)
        .with_recursion_limit(DEPTH_MAX)
        .with_tokens(tokens)
        .parse_statements()
        .map_err(|error| invalid(format!("the statement is no SQL that Kontor knows: {error}")))?;
    let (Some(statement), true) = (statements.pop(), statements.is_empty()) else {
        return Err(invalid("a text holds exactly one statement".to_owned()));
    };
    let query = kind(&statement)?;
    let mut rules = Rules::default();
    if let ControlFlow::Break(reason) = statement.visit(&mut rules) {
        return Err(invalid(reason));
    }
    Ok(Checked { query, parameters: rules.count()? })
}

fn invalid(text: String) -> SqlError {
    SqlError::Invalid(text)
}

/// Literals and punctuation make lists longer, not trees deeper.
fn weighs(token: &Token) -> bool {
    !matches!(
        token,
        Token::Whitespace(_)
            | Token::Comma
            | Token::LParen
            | Token::RParen
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Placeholder(_)
    )
}

/// Whether the statement is a query; refuses everything that is not data.
fn kind(statement: &Statement) -> Result<bool, SqlError> {
    match statement {
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => kind(inner),
            _ => Ok(true),
        },
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => Ok(false),
        other => {
            let text = other.to_string();
            let word = text.split_whitespace().next().unwrap_or_default();
            Err(invalid(format!("{word} is not allowed: a statement is one SELECT, INSERT, UPDATE or DELETE")))
        }
    }
}

#[derive(Default)]
struct Rules {
    parameters: BTreeSet<usize>,
    statements: usize,
}

impl Rules {
    /// Parameters are numbered without gaps, so that a forgotten one is seen.
    fn count(&self) -> Result<usize, SqlError> {
        let highest = self.parameters.last().copied().unwrap_or(0);
        if highest == self.parameters.len() {
            return Ok(highest);
        }
        let missing = (1..=highest).find(|number| !self.parameters.contains(number)).unwrap_or(0);
        Err(invalid(format!(
            "the statement uses ${highest} but not ${missing}; number parameters from $1 without gaps"
        )))
    }

    fn function(name: &ObjectName) -> ControlFlow<String> {
        let last = name.0.last().and_then(|part| part.as_ident()).map(|part| part.value.to_ascii_lowercase());
        let Some(last) = last else { return refuse(format!("the function {name} is not allowed")) };
        let bad = FORBIDDEN_FUNCTIONS.contains(&last.as_str())
            || FORBIDDEN_FUNCTION_PREFIXES.iter().any(|prefix| last.starts_with(prefix));
        if bad {
            refuse(format!("the function {last} is not allowed: statements only read and write data"))
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// MySQL assigns one after the other: `SET n = n + 1, m = n` reads the new `n` there, and the old one everywhere else.
fn reads_what_it_wrote(assignments: &[Assignment]) -> ControlFlow<String> {
    let mut written = BTreeSet::new();
    for Assignment { target, value } in assignments {
        let found = visit_expressions(value, |expression| {
            let name = match expression {
                Expr::Identifier(name) => Some(name),
                Expr::CompoundIdentifier(names) => names.last(),
                _ => None,
            };
            let name = name.map(|name| name.value.to_ascii_lowercase());
            name.filter(|name| written.contains(name)).map_or(ControlFlow::Continue(()), ControlFlow::Break)
        });
        if let ControlFlow::Break(name) = found {
            return refuse(format!(
                "{name} is assigned before it is read: MySQL would read the new value and the others the old one; assign it \
                 behind"
            ));
        }
        let names: &[ObjectName] = match target {
            AssignmentTarget::ColumnName(name) => std::slice::from_ref(name),
            AssignmentTarget::Tuple(names) => names,
        };
        let last = |name: &ObjectName| Some(name.0.last()?.as_ident()?.value.to_ascii_lowercase());
        written.extend(names.iter().filter_map(last));
    }
    ControlFlow::Continue(())
}

fn refuse(reason: impl Into<String>) -> ControlFlow<String> {
    ControlFlow::Break(reason.into())
}

impl Visitor for Rules {
    type Break = String;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<String> {
        // A `WITH … INSERT` is a query around a statement; a statement inside anything else would be a write that hides
        // in a query (PostgreSQL allows it, the others do not).
        self.statements += 1;
        if let Statement::Update(update) = statement {
            reads_what_it_wrote(&update.assignments)?;
        }
        let around = matches!(statement, Statement::Query(_));
        match (self.statements, around) {
            (1, _) => ControlFlow::Continue(()),
            (2, false) => ControlFlow::Continue(()),
            _ => refuse("a statement inside another one is not allowed"),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<String> {
        if !query.locks.is_empty() {
            return refuse("locking clauses (FOR UPDATE, FOR SHARE) are not allowed; use expect-rows as a guard");
        }
        if query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return refuse("the query uses a clause that is not portable");
        }
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            let body = table.query.body.as_ref();
            if matches!(body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)) {
                return refuse("a WITH may only read");
            }
        }
        if matches!(query.body.as_ref(), SetExpr::Table(_) | SetExpr::Merge(_)) {
            return refuse("TABLE and MERGE are not allowed; use SELECT, INSERT, UPDATE or DELETE");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<String> {
        if select.into.is_some() { refuse("SELECT INTO is not allowed") } else { ControlFlow::Continue(()) }
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<String> {
        let parts: Vec<String> =
            relation.0.iter().filter_map(|part| part.as_ident()).map(|part| part.value.to_ascii_lowercase()).collect();
        let [name] = parts.as_slice() else {
            return refuse(format!("{relation} is not allowed: name tables without a schema"));
        };
        if relation.0.len() != 1 || FOREIGN_TABLES.iter().any(|prefix| name.starts_with(prefix)) {
            return refuse(format!("{relation} is not a table of this function"));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<String> {
        match factor {
            TableFactor::Table { args: None, .. } | TableFactor::Derived { .. } | TableFactor::NestedJoin { .. } => {
                ControlFlow::Continue(())
            }
            _ => refuse("only tables and subqueries may stand in FROM"),
        }
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<String> {
        match expression {
            Expr::Function(function) => Self::function(&function.name),
            Expr::InSubquery { subquery, .. } if subquery.limit_clause.is_some() || subquery.fetch.is_some() => refuse(
                "a LIMIT directly in IN (SELECT …) is not portable: MySQL takes it one SELECT further inside, as in \
                 IN (SELECT p.id FROM (SELECT … LIMIT 9) p)",
            ),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<String> {
        let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
        let number =
            name.strip_prefix('$').filter(|digits| !digits.starts_with('0')).and_then(|digits| digits.parse().ok());
        match number {
            Some(number @ 1..=PARAMETERS_MAX) => {
                self.parameters.insert(number);
                ControlFlow::Continue(())
            }
            _ => refuse(format!("the parameter {name} is not allowed: they are called $1 to ${PARAMETERS_MAX}")),
        }
    }
}

#[cfg(test)]
mod tests;
