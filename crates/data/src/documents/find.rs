//! Questions to a collection, and which index answers them.
//!
//! An index answers a question if its paths are exactly those that have to be equal (in any order), and after them at most
//! one more, over which the question ranges or by which it is ordered. So an answer costs what it returns and never a walk
//! over the rest. A document that has nothing at one of an index's paths is not in the index and is not found by it.

use serde_json::{Value, json};

use super::{Document, DocumentLimits, Rules};
use crate::DocumentError;

/// What can be compared: what lies at indexed paths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scalar {
    /// False is less than true.
    Boolean(bool),
    /// By value.
    Integer(i64),
    /// Byte by byte.
    Text(String),
}

/// A condition on an indexed path. Several on one path are bounds of one range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// It is this.
    Equal(String, Scalar),
    /// It is this or more.
    AtLeast(String, Scalar),
    /// It is less than this.
    Below(String, Scalar),
}

/// The order of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Order {
    /// The path; none: by the path that the question ranges over, if it does, else by id. Equal ones are in the order of
    /// their ids.
    pub path: Option<String>,
    /// From the greatest to the least, ids too.
    pub descending: bool,
}

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find {
    /// All of them hold.
    pub filters: Vec<Filter>,
    /// The order.
    pub order: Order,
    /// At most so many documents, 1 to 500.
    pub limit: usize,
    /// Goes on behind an earlier answer: its [`Found::next`].
    pub after: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In order.
    pub documents: Vec<Document>,
    /// What to give as [`Find::after`] for the next page; none if there is no more.
    pub next: Option<String>,
}

/// Where an answer goes on: behind this place in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What the last document has at the ordering path; none if the order is by id.
    pub value: Option<Scalar>,
    /// The last document's id.
    pub id: String,
}

/// How a store answers a question. Paths are places in the collection's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The index, as one of [`Rules::indexes`]; empty: the ids alone.
    pub index: Vec<usize>,
    /// What has to be equal: the index's first paths, in its order.
    pub equal: Vec<(usize, Scalar)>,
    /// The path that is ordered by, the index's last one; none: by id.
    pub ordered: Option<usize>,
    /// The least that the ordering path may have.
    pub at_least: Option<Scalar>,
    /// What the ordering path has to be less than.
    pub below: Option<Scalar>,
    /// From the greatest to the least.
    pub descending: bool,
    /// Only what comes behind it.
    pub after: Option<Cursor>,
    /// At most so many documents.
    pub limit: usize,
    /// The document that passes so many bytes is the last.
    pub size_max_bytes: usize,
}

impl Find {
    /// Finds the index that answers.
    ///
    /// # Errors
    /// [`DocumentError::NotIndexed`] if there is none; [`DocumentError::Invalid`] and [`DocumentError::TooLarge`] if the
    /// question makes no sense.
    pub fn plan(&self, rules: &Rules, limits: &DocumentLimits) -> Result<Plan, DocumentError> {
        if self.limit == 0 || self.limit > limits.find_max {
            return Err(DocumentError::TooLarge(format!(
                "documents of an answer: {}, 1 to {} are allowed; go on with after",
                self.limit, limits.find_max
            )));
        }
        let mut plan = Plan {
            index: Vec::new(),
            equal: Vec::new(),
            ordered: self.order.path.as_deref().map(|path| place(rules, path)).transpose()?,
            at_least: None,
            below: None,
            descending: self.order.descending,
            after: None,
            limit: self.limit,
            size_max_bytes: limits.answer_size_max_bytes,
        };
        self.filters.iter().try_for_each(|filter| plan.add(rules, filter))?;
        plan.choose(rules)?;
        plan.after = self.after.as_deref().map(|after| plan.cursor(rules, after)).transpose()?;
        Ok(plan)
    }
}

fn place(rules: &Rules, path: &str) -> Result<usize, DocumentError> {
    rules.place(path).ok_or_else(|| {
        DocumentError::NotIndexed(format!("{path} is no indexed path of {}; declare it in the manifest", rules.name()))
    })
}

impl Plan {
    fn add(&mut self, rules: &Rules, filter: &Filter) -> Result<(), DocumentError> {
        let (Filter::Equal(path, value) | Filter::AtLeast(path, value) | Filter::Below(path, value)) = filter;
        let place = place(rules, path)?;
        check_type(rules, place, value)?;
        let wrong = |what: &str| DocumentError::Invalid(format!("{what} ({path})"));
        if let Filter::Equal(..) = filter {
            if self.equal.iter().any(|(known, _)| *known == place) {
                return Err(wrong("a path has to be equal to two things"));
            }
            self.equal.push((place, value.clone()));
            return Ok(());
        }
        if self.ordered.get_or_insert(place) != &place {
            return Err(DocumentError::NotIndexed(format!(
                "no index ranges over {path} and another path, or ranges over one and orders by the other"
            )));
        }
        let bound = if let Filter::AtLeast(..) = filter { &mut self.at_least } else { &mut self.below };
        match bound.replace(value.clone()) {
            None => Ok(()),
            Some(_) => Err(wrong("a range has one bound at each end")),
        }
    }

    fn choose(&mut self, rules: &Rules) -> Result<(), DocumentError> {
        // What has to be equal needs no order: ids decide.
        if let Some(ordered) = self.ordered
            && self.equal.iter().any(|(place, _)| *place == ordered)
        {
            if self.at_least.is_some() || self.below.is_some() {
                return Err(DocumentError::Invalid(
                    "a path has to be equal to something and lie in a range".to_owned(),
                ));
            }
            self.ordered = None;
        }
        if self.equal.is_empty() && self.ordered.is_none() {
            return Ok(());
        }
        let answers = |index: &Vec<usize>| {
            let (equal, rest) = index.split_at_checked(self.equal.len()).unwrap_or((&[], index));
            equal.iter().all(|place| self.equal.iter().any(|(known, _)| known == place))
                && equal.len() == self.equal.len()
                && rest == self.ordered.as_slice()
        };
        let Some(index) = rules.indexes().into_iter().find(answers) else {
            return Err(self.not_indexed(rules));
        };
        self.equal.sort_by_key(|(place, _)| index.iter().position(|known| known == place));
        self.index = index;
        Ok(())
    }

    fn not_indexed(&self, rules: &Rules) -> DocumentError {
        let name = |place: usize| rules.collection().paths.get(place).map_or("", |indexed| indexed.path.as_str());
        let paths: Vec<_> = self.equal.iter().map(|(place, _)| *place).chain(self.ordered).map(name).collect();
        DocumentError::NotIndexed(format!(
            "no index of {} answers this; it would be over {}",
            rules.name(),
            paths.join(", ")
        ))
    }

    /// The name of a place in the answer, for [`Find::after`].
    #[must_use]
    pub fn name_place(&self, document: &Document, value: Option<&Scalar>) -> String {
        match value {
            None => json!([document.id]).to_string(),
            Some(Scalar::Boolean(yes)) => json!([document.id, yes]).to_string(),
            Some(Scalar::Integer(number)) => json!([document.id, number]).to_string(),
            Some(Scalar::Text(text)) => json!([document.id, text]).to_string(),
        }
    }

    fn cursor(&self, rules: &Rules, after: &str) -> Result<Cursor, DocumentError> {
        let wrong = || DocumentError::Invalid("after is no end of an earlier answer to this question".to_owned());
        let parts: Vec<Value> = serde_json::from_str(after).map_err(|_| wrong())?;
        let (id, value) = match (parts.as_slice(), self.ordered) {
            ([Value::String(id)], None) => (id, None),
            ([Value::String(id), Value::Bool(yes)], Some(_)) => (id, Some(Scalar::Boolean(*yes))),
            ([Value::String(id), Value::String(text)], Some(_)) => (id, Some(Scalar::Text(text.clone()))),
            ([Value::String(id), Value::Number(number)], Some(_)) => {
                (id, Some(Scalar::Integer(number.as_i64().ok_or_else(wrong)?)))
            }
            _ => return Err(wrong()),
        };
        if let (Some(place), Some(value)) = (self.ordered, &value) {
            check_type(rules, place, value).map_err(|_| wrong())?;
        }
        super::collection::check_id(id).map_err(|_| wrong())?;
        Ok(Cursor { value, id: id.clone() })
    }
}

fn check_type(rules: &Rules, place: usize, value: &Scalar) -> Result<(), DocumentError> {
    use kontor_contract::PathType;
    let Some(indexed) = rules.collection().paths.get(place) else { return Ok(()) };
    match (indexed.kind, value) {
        (PathType::Boolean, Scalar::Boolean(_)) | (PathType::Integer, Scalar::Integer(_)) => Ok(()),
        (PathType::Text, Scalar::Text(text)) if !text.contains('\0') => Ok(()),
        (kind, _) => {
            Err(DocumentError::Invalid(format!("{} is {kind:?} and is compared with something else", indexed.path)))
        }
    }
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, IndexedPath, PathType, Policy};

    use super::{Filter, Find, Order, Plan, Scalar};
    use crate::{
        DocumentError,
        documents::{DocumentLimits, Rules},
    };

    /// Documents of customers with a time and a state, and an index over customer and time.
    fn rules() -> Rules {
        let path = |path: &str, kind| IndexedPath { path: path.into(), kind };
        Rules::new(Collection {
            name: "invoices".into(),
            policy: Policy::AppendOnly,
            shard_key: None,
            paths: vec![
                path("customer", PathType::Text),
                path("at", PathType::Integer),
                path("paid", PathType::Boolean),
            ],
            indexes: vec![vec!["customer".into(), "at".into()]],
            schema: true.into(),
        })
        .unwrap()
    }

    fn plan(filters: Vec<Filter>, order: Option<&str>) -> Result<Plan, DocumentError> {
        let order = Order { path: order.map(Into::into), descending: false };
        Find { filters, order, limit: 10, after: None }.plan(&rules(), &DocumentLimits::default())
    }

    fn customer() -> Filter {
        Filter::Equal("customer".into(), Scalar::Text("anna".into()))
    }

    fn since(at: i64) -> Filter {
        Filter::AtLeast("at".into(), Scalar::Integer(at))
    }

    fn until(at: i64) -> Filter {
        Filter::Below("at".into(), Scalar::Integer(at))
    }

    #[test]
    fn an_index_answers_if_the_question_uses_all_of_it() {
        for (filters, order, index) in [
            (vec![], None, vec![]),
            (vec![], Some("at"), vec![1]),
            (vec![customer()], None, vec![0]),
            (vec![customer()], Some("customer"), vec![0]),
            (vec![customer()], Some("at"), vec![0, 1]),
            (vec![since(1), customer(), until(9)], None, vec![0, 1]),
            (vec![customer(), Filter::Equal("at".into(), Scalar::Integer(1))], None, vec![0, 1]),
            (vec![Filter::Equal("at".into(), Scalar::Integer(1)), customer()], None, vec![0, 1]),
            (vec![since(1)], Some("at"), vec![1]),
        ] {
            let found = plan(filters.clone(), order).unwrap();
            assert_eq!(found.index, index, "{filters:?} by {order:?}");
            assert!(found.equal.iter().zip(&index).all(|((place, _), known)| place == known));
        }
    }

    #[test]
    fn what_no_index_answers_is_named() {
        let paid = Filter::Equal("paid".into(), Scalar::Boolean(true));
        for (filters, order) in [
            (vec![paid.clone(), customer()], None),
            (vec![paid], Some("at")),
            (vec![since(1)], Some("customer")),
            (vec![Filter::Equal("colour".into(), Scalar::Text("red".into()))], None),
            (vec![], Some("colour")),
        ] {
            let error = plan(filters.clone(), order).unwrap_err();
            assert!(matches!(error, DocumentError::NotIndexed(_)), "{filters:?} by {order:?}: {error:?}");
        }
        for filters in [
            vec![Filter::Equal("at".into(), Scalar::Text("noon".into()))],
            vec![since(1), since(2)],
            vec![customer(), customer()],
            vec![Filter::Equal("at".into(), Scalar::Integer(1)), since(1)],
        ] {
            let error = plan(filters.clone(), None).unwrap_err();
            assert!(matches!(error, DocumentError::Invalid(_)), "{filters:?}: {error:?}");
        }
    }

    #[test]
    fn a_place_of_another_question_is_refused() {
        for after in ["", "{}", "[]", "[1]", "[\"a\", \"b\"]", "[\"a\", 1.5]", "[\"\"]", "[\"a\", 1, 2]"] {
            let find = Find { limit: 10, after: Some(after.into()), ..Find::default() };
            let by_time = Find { order: Order { path: Some("at".into()), descending: true }, ..find.clone() };
            for find in [find, by_time] {
                let error = find.plan(&rules(), &DocumentLimits::default()).unwrap_err();
                assert!(matches!(error, DocumentError::Invalid(_)), "{after}: {error:?}");
            }
        }
    }
}
