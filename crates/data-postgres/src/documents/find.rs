//! A question as one statement over one index.
//!
//! What has to be equal is asked for as both ends of a range of rows, `(a, b) >= (1, 2) AND (a, b) <= (1, 2)`, and all of the
//! index's paths stand in the order that is asked for. Only that index has this order, and connections of documents may not
//! sort: so the server has no other way, however it judges the numbers of documents.

use kontor_contract::PathType;
use kontor_data::documents::{Plan, Rules, Scalar};
use tokio_postgres::types::ToSql;

use super::{schema::expression, table};

/// A question with its values.
pub(super) struct Question {
    pub(super) text: String,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

/// Nothing that is there is less: the range then begins before the documents that have nothing at the path.
fn least(kind: PathType) -> Scalar {
    match kind {
        PathType::Text => Scalar::Text(String::new()),
        PathType::Integer => Scalar::Integer(i64::MIN),
        PathType::Boolean => Scalar::Boolean(false),
    }
}

/// The conditions of a statement and their values.
struct Conditions<'a> {
    rules: &'a Rules,
    texts: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync + Send>>,
}

impl Conditions<'_> {
    fn name(&self, place: usize) -> String {
        self.rules.collection().paths.get(place).map_or_else(String::new, expression)
    }

    fn give(&mut self, value: impl ToSql + Sync + Send + 'static, kind: &str) -> String {
        self.values.push(Box::new(value));
        format!("${}::{kind}", self.values.len())
    }

    fn scalar(&mut self, scalar: &Scalar) -> String {
        match scalar {
            Scalar::Boolean(yes) => self.give(*yes, "boolean"),
            Scalar::Integer(number) => self.give(*number, "bigint"),
            Scalar::Text(text) => self.give(text.clone(), "text"),
        }
    }

    /// Compares the paths, and the id if there is one, with values.
    fn compare(&mut self, sign: &str, paths: &[(usize, &Scalar)], id: Option<&str>) {
        let mut names: Vec<String> = paths.iter().map(|(place, _)| self.name(*place)).collect();
        let mut values: Vec<String> = paths.iter().map(|(_, scalar)| self.scalar(scalar)).collect();
        if let Some(id) = id {
            names.push("id".to_owned());
            values.push(self.give(id.to_owned(), "text"));
        }
        if !names.is_empty() {
            self.texts.push(format!("({}) {sign} ({})", names.join(", "), values.join(", ")));
        }
    }

    /// Both ends of what is walked over in the index, one condition for each.
    fn ends(&mut self, plan: &Plan) {
        let equal: Vec<(usize, &Scalar)> = plan.equal.iter().map(|(place, scalar)| (*place, scalar)).collect();
        let with = |place: usize, scalar| [equal.as_slice(), &[(place, scalar)]].concat();
        let after = plan.after.as_ref();
        let Some(place) = plan.ordered else {
            let id = |descending: bool| after.filter(|_| plan.descending == descending).map(|after| after.id.as_str());
            self.compare(if id(false).is_some() { ">" } else { ">=" }, &equal, id(false));
            self.compare(if id(true).is_some() { "<" } else { "<=" }, &equal, id(true));
            return;
        };
        let kind = self.rules.collection().paths.get(place).map_or(PathType::Text, |path| path.kind);
        let from = plan.at_least.clone().unwrap_or_else(|| least(kind));
        // A place that lies before the range is further away than its end.
        let after = after.and_then(|after| Some((after.value.as_ref()?, after.id.as_str())));
        let after = after.filter(|(scalar, _)| match plan.descending {
            false => *scalar >= &from,
            true => plan.below.as_ref().is_none_or(|below| *scalar < below),
        });
        match after.filter(|_| !plan.descending) {
            Some((scalar, id)) => self.compare(">", &with(place, scalar), Some(id)),
            None => self.compare(">=", &with(place, &from), None),
        }
        match (after.filter(|_| plan.descending), &plan.below) {
            (Some((scalar, id)), _) => self.compare("<", &with(place, scalar), Some(id)),
            (None, Some(below)) => self.compare("<", &with(place, below), None),
            (None, None) => self.compare("<=", &equal, None),
        }
    }
}

impl Question {
    pub(super) fn of(rules: &Rules, plan: &Plan) -> Self {
        let mut conditions = Conditions { rules, texts: Vec::new(), values: Vec::new() };
        conditions.ends(plan);
        let direction = if plan.descending { " DESC" } else { "" };
        let order = |names: &mut dyn Iterator<Item = String>| {
            names.chain(["id".to_owned()]).map(|name| name + direction).collect::<Vec<_>>().join(", ")
        };
        let paths: Vec<String> = plan.index.iter().map(|place| conditions.name(*place)).collect();
        let keys: String = paths.iter().enumerate().map(|(place, name)| format!(", {name} AS k{place}")).collect();
        let page_order = order(&mut paths.iter().cloned());
        let all_order = order(&mut (0..paths.len()).map(|place| format!("k{place}")));
        let limit = conditions.give(i64::try_from(plan.limit).unwrap_or(i64::MAX), "bigint");
        let most = conditions.give(i64::try_from(plan.size_max_bytes).unwrap_or(i64::MAX), "bigint");
        let Conditions { texts, values, .. } = conditions;
        let condition = if texts.is_empty() { "TRUE".to_owned() } else { texts.join(" AND ") };
        // What passes the bytes of an answer is not sent: it could be hundreds of times as much as is wanted.
        let text = format!(
            "SELECT id, version, body FROM (SELECT page.*, sum(octet_length(body)) OVER (ORDER BY {all_order} \
             ROWS UNBOUNDED PRECEDING) - octet_length(body) AS before FROM (SELECT id, version, body{keys} FROM {} \
             WHERE {condition} ORDER BY {page_order} LIMIT {limit}) page) sized WHERE before <= {most} ORDER BY {all_order}",
            table(rules)
        );
        Self { text, values }
    }

    /// The values, as the driver takes them.
    pub(super) fn given(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
    }
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, IndexedPath, PathType, Policy};
    use kontor_data::documents::{Cursor, Plan, Rules, Scalar};
    use kontor_test_servers::{POSTGRES, Server};
    use tokio_postgres::{Client, Config, NoTls};

    use super::Question;
    use crate::documents::{ONLY_INDEXES, schema};

    fn collection() -> Collection {
        let path = |path: &str, kind| IndexedPath { path: path.into(), kind };
        Collection {
            name: "invoices".into(),
            policy: Policy::Versioned,
            shard_key: None,
            paths: vec![
                path("paid", PathType::Boolean),
                path("customer.login", PathType::Text),
                path("at", PathType::Integer),
            ],
            indexes: vec![
                vec!["paid".into(), "customer.login".into()],
                vec!["customer.login".into(), "at".into()],
                vec!["paid".into(), "at".into()],
            ],
            schema: true.into(),
        }
    }

    async fn client(server: &Server) -> Client {
        let (client, connection) = server.url().parse::<Config>().unwrap().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let names = schema::tests_table(&collection());
        let fill = "INSERT INTO kontor_doc_invoices SELECT 'i' || n, n, json_build_object('paid', true, 'at', n, 'customer', \
            json_build_object('login', 'anna'))::text FROM generate_series(1, 3000) n; ANALYZE kontor_doc_invoices";
        client
            .batch_execute(&format!("DROP SCHEMA IF EXISTS plans CASCADE; CREATE SCHEMA plans; SET search_path = plans; {names}; {fill}; {ONLY_INDEXES}"))
            .await
            .unwrap();
        client
    }

    /// Every shape of a question begins in its own index where it begins, and sorts nothing; also where nearly all documents
    /// are alike, so that the server's figures speak for reading all of them in another order.
    #[tokio::test]
    async fn no_question_walks_or_sorts() {
        let server = Server::find(&POSTGRES).unwrap_or_else(|error| panic!("{error}"));
        let (client, rules) = (client(&server).await, Rules::new(collection()).unwrap());
        let equal = [(0, Scalar::Boolean(false)), (1, Scalar::Text("anna".into()))];
        let mut seen = 0;
        for (index, equals, ordered) in [
            (&[][..], &equal[..0], None),
            (&[0][..], &equal[..1], None),
            (&[1][..], &equal[1..], None),
            (&[2][..], &equal[..0], Some(2)),
            (&[0, 1][..], &equal[..], None),
            (&[1, 2][..], &equal[1..], Some(2)),
            (&[0, 2][..], &equal[..1], Some(2)),
        ] {
            for (descending, after, bounded) in [false, true].into_iter().flat_map(|one| {
                [false, true].into_iter().flat_map(move |two| [false, true].map(|three| (one, two, three)))
            }) {
                let bound = |value| ordered.filter(|_| bounded).map(|_| Scalar::Integer(value));
                let plan = Plan {
                    index: index.to_vec(),
                    equal: equals.to_vec(),
                    ordered,
                    at_least: bound(5),
                    below: bound(9),
                    descending,
                    after: after.then(|| Cursor { value: ordered.map(|_| Scalar::Integer(7)), id: "i7".into() }),
                    limit: 10,
                    size_max_bytes: 1_000,
                };
                let question = Question::of(&rules, &plan);
                let told =
                    client.query(&format!("EXPLAIN (COSTS OFF) {}", question.text), &question.given()).await.unwrap();
                let told: Vec<String> = told.iter().map(|row| row.get(0)).collect();
                let told = told.join("\n");
                let paths: Vec<&str> =
                    index.iter().map(|place| rules.collection().paths[*place].path.as_str()).collect();
                let name = match paths.as_slice() {
                    [] => "kontor_doc_invoices_pkey".to_owned(),
                    paths => schema::index("invoices", paths),
                };
                assert!(told.contains(&format!("using {name} on")), "{plan:?}\n{told}");
                assert!(!told.contains("Sort") && !told.contains("Seq Scan"), "{plan:?}\n{told}");
                assert!(index.is_empty() || told.contains("Index Cond: "), "{plan:?}\n{told}");
                seen += 1;
            }
        }
        assert_eq!(seen, 56);
    }
}
