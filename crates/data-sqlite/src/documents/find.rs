//! A question as one statement over one index.

use kontor_contract::PathType;
use kontor_data::documents::{Document, Plan, Rules, Scalar};
use rusqlite::{Connection, params_from_iter, types::Value};

use super::{read, schema::column};

/// A question with its values.
pub(super) struct Question {
    text: String,
    values: Vec<Value>,
    size_max_bytes: usize,
}

fn value(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Boolean(yes) => Value::Integer(i64::from(*yes)),
        Scalar::Integer(number) => Value::Integer(*number),
        Scalar::Text(text) => Value::Text(text.clone()),
    }
}

/// Nothing that is there is less: the range then begins behind the documents that have nothing at the path.
fn least(kind: PathType) -> Value {
    match kind {
        PathType::Text => Value::Text(String::new()),
        PathType::Integer | PathType::Boolean => Value::Integer(i64::MIN),
    }
}

/// The name of the plan's index.
fn index(rules: &Rules, plan: &Plan) -> String {
    let paths = &rules.collection().paths;
    let names: Vec<_> =
        plan.index.iter().filter_map(|place| paths.get(*place)).map(|path| path.path.as_str()).collect();
    match names.as_slice() {
        [] => format!("sqlite_autoindex_{}_1", rules.name()),
        names => format!("{}:{}", rules.name(), names.join(",")),
    }
}

/// A statement's conditions and their values.
#[derive(Default)]
struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition with one `?` for each value.
    fn add<const N: usize>(&mut self, parts: [&str; N], end: &str, values: [Value; N]) {
        let mut text = String::new();
        for (part, value) in parts.into_iter().zip(values) {
            self.values.push(value);
            text.push_str(&format!("{part} ?{}", self.values.len()));
        }
        self.texts.push(text + end);
    }

    /// The ends of what is walked over in the index. Each end has one condition: SQLite would begin at the weaker of two,
    /// and walk over everything that lies between them.
    fn ends(&mut self, name: &str, kind: PathType, plan: &Plan) {
        let after = plan.after.as_ref().and_then(|after| Some((after.value.as_ref()?, &after.id)));
        let after = after.filter(|(scalar, _)| match plan.descending {
            false => plan.at_least.as_ref().is_none_or(|least| *scalar >= least),
            true => plan.below.as_ref().is_none_or(|below| *scalar < below),
        });
        if let Some((scalar, id)) = after {
            let behind = if plan.descending { "<" } else { ">" };
            let values = [value(scalar), Value::Text(id.clone())];
            self.add([&format!("({name}, id) {behind} ("), ","], ")", values);
        }
        if plan.descending || after.is_none() {
            let from = plan.at_least.as_ref().map_or_else(|| least(kind), value);
            self.add([&format!("{name} >=")], "", [from]);
        }
        if let Some(below) = plan.below.as_ref().filter(|_| !plan.descending || after.is_none()) {
            self.add([&format!("{name} <")], "", [value(below)]);
        }
    }
}

impl Question {
    pub(super) fn of(rules: &Rules, plan: &Plan) -> Self {
        let path = |place: usize| rules.collection().paths.get(place);
        let name = |place: usize| path(place).map_or_else(String::new, |path| format!("\"{}\"", column(&path.path)));
        let mut conditions = Conditions::default();
        for (place, scalar) in &plan.equal {
            conditions.add([&format!("{} =", name(*place))], "", [value(scalar)]);
        }
        let direction = if plan.descending { " DESC" } else { "" };
        let mut order = format!("id{direction}");
        if let Some(place) = plan.ordered {
            conditions.ends(&name(place), path(place).map_or(PathType::Text, |path| path.kind), plan);
            order = format!("{}{direction}, {order}", name(place));
        } else if let Some(after) = &plan.after {
            let behind = if plan.descending { "id <" } else { "id >" };
            conditions.add([behind], "", [Value::Text(after.id.clone())]);
        }
        let Conditions { texts, values } = conditions;
        let conditions = if texts.is_empty() { "TRUE".to_owned() } else { texts.join(" AND ") };
        // The index is named: a question that it cannot answer is an error, and never a walk over everything.
        let text = format!(
            "SELECT id, version, body FROM \"{}\" INDEXED BY \"{}\" WHERE {conditions} ORDER BY {order} LIMIT {}",
            rules.name(),
            index(rules, plan),
            plan.limit
        );
        Self { text, values, size_max_bytes: plan.size_max_bytes }
    }

    pub(super) fn ask(&self, connection: &Connection) -> Result<Vec<Document>, rusqlite::Error> {
        let mut select = connection.prepare_cached(&self.text)?;
        let mut rows = select.query(params_from_iter(&self.values))?;
        let (mut found, mut size_bytes) = (Vec::new(), 0);
        while size_bytes <= self.size_max_bytes
            && let Some(row) = rows.next()?
        {
            let document = read(row)?;
            size_bytes += document.body.len();
            found.push(document);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, IndexedPath, PathType, Policy};
    use kontor_data::documents::{Cursor, Plan, Rules, Scalar};
    use rusqlite::{Connection, params_from_iter};

    use super::Question;
    use crate::{connection::Storage, documents::schema};

    fn rules() -> Rules {
        let path = |path: &str, kind| IndexedPath { path: path.into(), kind };
        Rules::new(Collection {
            name: "invoices".into(),
            policy: Policy::AppendOnly,
            shard_key: None,
            paths: vec![path("customer.login", PathType::Text), path("at", PathType::Integer)],
            indexes: vec![vec!["customer.login".into(), "at".into()]],
            schema: true.into(),
        })
        .unwrap()
    }

    /// Every shape of a question searches its index from where it begins, and sorts nothing.
    #[tokio::test]
    async fn no_question_walks_or_sorts() {
        let folder = tempfile::tempdir().unwrap();
        let (path, rules) = (folder.path().join("shop.sqlite"), rules());
        let limits = crate::store::StoreLimits { size_max_bytes: 1 << 30, value_size_max_bytes: 1 << 20, queue_max: 9 };
        let store = crate::store::Store::open(
            &path,
            "the documents of shop".into(),
            &limits,
            Storage::DURABLE,
            schema::DOCUMENTS,
        )
        .unwrap();
        schema::declare(&store, &rules).await.unwrap();
        let customer = (0, Scalar::Text("anna".into()));
        let plan = |index: &[usize], equal: &[(usize, Scalar)], ordered: Option<usize>, descending, after: bool| Plan {
            index: index.to_vec(),
            equal: equal.to_vec(),
            ordered,
            at_least: ordered.map(|_| Scalar::Integer(0)),
            below: ordered.map(|_| Scalar::Integer(9)),
            descending,
            after: after.then(|| Cursor { value: ordered.map(|_| Scalar::Integer(1)), id: "a".into() }),
            limit: 10,
            size_max_bytes: 1_000,
        };
        for descending in [false, true] {
            for after in [false, true] {
                for (index, equal, ordered) in [
                    (vec![], vec![], None),
                    (vec![0], vec![customer.clone()], None),
                    (vec![1], vec![], Some(1)),
                    (vec![0, 1], vec![customer.clone()], Some(1)),
                ] {
                    let question = Question::of(&rules, &plan(&index, &equal, ordered, descending, after));
                    let explained = store.read(|connection| explain(connection, &question)).unwrap();
                    let walks = index.is_empty() && !after;
                    let word = if walks { "SCAN" } else { "SEARCH" };
                    assert!(explained.starts_with(word) && explained.contains("USING INDEX"), "{explained}");
                    assert!(!explained.contains("TEMP B-TREE"), "{explained}: {}", question.text);
                    // A later page begins where the last one ended.
                    let begins = if ordered.is_some() { "($.at,id)" } else { "id" };
                    assert!(!after || explained.contains(begins), "{explained}: {}", question.text);
                }
            }
        }
    }

    fn explain(connection: &Connection, question: &Question) -> Result<String, rusqlite::Error> {
        let mut select = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", question.text))?;
        let rows = select.query_map(params_from_iter(&question.values), |row| row.get::<_, String>(3))?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.join("; "))
    }
}
