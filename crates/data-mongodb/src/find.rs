//! Questions, as walks along an index.

use kontor_contract::{IndexedPath, PathType};
use kontor_data::documents::{Plan, Rules, Scalar};
use mongodb::bson::{Document, doc};

use crate::{
    bodies::{key, scalar},
    layout::{field, index_name},
};

/// A walk along an index in one direction: what it finds is in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walk {
    pub(crate) filter: Document,
    pub(crate) sort: Document,
    /// The index's name; none for the ids.
    pub(crate) hint: Option<String>,
}

/// The walks of a plan, one after the other. Behind a place in an order they are two: the rest of those with the same value,
/// then the values behind it, since each of both is one range of the index and an "or" of them would be none.
pub(crate) fn walks(rules: &Rules, plan: &Plan) -> Vec<Walk> {
    let name =
        |place: usize| rules.collection().paths.get(place).map(|indexed| indexed.path.clone()).unwrap_or_default();
    let mut equal = Document::new();
    for (place, value) in &plan.equal {
        equal.insert(field(&name(*place)), scalar(value));
    }
    let paths: Vec<String> = plan.index.iter().map(|place| name(*place)).collect();
    let hint = (!paths.is_empty()).then(|| index_name(&paths));
    let (direction, behind) = if plan.descending { (-1, "$lt") } else { (1, "$gt") };
    let after_id = plan.after.as_ref().map(|after| doc! {behind: &after.id});
    let Some((path, kind)) = ordered(rules, plan) else {
        let filter = with(&equal, "_id", after_id);
        return vec![Walk { filter, sort: doc! {"_id": direction}, hint }];
    };
    let at = field(&path);
    let walk = |filter| Walk { filter, sort: doc! {&at: direction, "_id": direction}, hint: hint.clone() };
    let range = range(plan, kind);
    let Some(value) = plan.after.as_ref().and_then(|after| after.value.as_ref()) else {
        return vec![walk(with(&equal, &at, Some(range)))];
    };
    let (mut same, mut rest) = (range.clone(), range);
    same.insert("$eq", scalar(value));
    rest.insert(behind, scalar(value));
    // The range's own bound on that side may be the same operator: then the place behind which it goes on is the closer one.
    vec![walk(with(&with(&equal, &at, Some(same)), "_id", after_id)), walk(with(&equal, &at, Some(rest)))]
}

fn ordered(rules: &Rules, plan: &Plan) -> Option<(String, PathType)> {
    let indexed = rules.collection().paths.get(plan.ordered?)?;
    Some((indexed.path.clone(), indexed.kind))
}

/// From the least value of the type on: what has none there, or one of another type, lies outside.
fn range(plan: &Plan, kind: PathType) -> Document {
    let least = match kind {
        PathType::Boolean => Scalar::Boolean(false),
        PathType::Integer => Scalar::Integer(i64::MIN),
        PathType::Text => Scalar::Text(String::new()),
    };
    let mut range = doc! {"$gte": scalar(plan.at_least.as_ref().unwrap_or(&least))};
    if let Some(below) = &plan.below {
        range.insert("$lt", scalar(below));
    }
    range
}

fn with(filter: &Document, field: &str, condition: Option<Document>) -> Document {
    let mut filter = filter.clone();
    if let Some(condition) = condition {
        filter.insert(field, condition);
    }
    filter
}

/// Whether a document that the server found is one that the port means. MongoDB looks into lists, and takes a number of any kind
/// for a number; the port does neither.
pub(crate) fn is_meant(rules: &Rules, plan: &Plan, body: &Document) -> bool {
    let at = |place: usize| -> Option<Scalar> {
        let indexed: &IndexedPath = rules.collection().paths.get(place)?;
        key(body, indexed)
    };
    plan.equal.iter().all(|(place, value)| at(*place).as_ref() == Some(value))
        && plan.ordered.is_none_or(|place| {
            at(place).is_some_and(|value| {
                plan.at_least.as_ref().is_none_or(|least| value >= *least)
                    && plan.below.as_ref().is_none_or(|below| value < *below)
            })
        })
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, IndexedPath, PathType, Policy};
    use kontor_data::documents::{Cursor, DocumentLimits, Filter, Find, Order, Rules, Scalar};
    use mongodb::bson::{Document, doc};

    use super::{Walk, walks};

    fn rules() -> Rules {
        let path = |path: &str, kind| IndexedPath { path: path.into(), kind };
        Rules::new(Collection {
            name: "invoices".into(),
            policy: Policy::AppendOnly,
            shard_key: None,
            paths: vec![path("customer", PathType::Text), path("at", PathType::Integer)],
            indexes: vec![vec!["customer".into(), "at".into()]],
            schema: true.into(),
        })
        .unwrap()
    }

    fn of(filters: Vec<Filter>, descending: bool, by: Option<&str>, after: Option<Cursor>) -> Vec<Walk> {
        let order = Order { path: by.map(Into::into), descending };
        let find = Find { filters, order, limit: 10, after: None };
        let mut plan = find.plan(&rules(), &DocumentLimits::default()).unwrap();
        plan.after = after;
        walks(&rules(), &plan)
    }

    fn walk(filter: Document, sort: Document, hint: Option<&str>) -> Walk {
        Walk { filter, sort, hint: hint.map(Into::into) }
    }

    #[test]
    fn every_question_is_a_range_of_one_index() {
        let anna = || Filter::Equal("customer".into(), Scalar::Text("anna".into()));
        let place = |value, id: &str| Some(Cursor { value, id: id.into() });
        assert_eq!(of(vec![], false, None, None), [walk(doc! {}, doc! {"_id": 1}, None)]);
        assert_eq!(
            of(vec![anna()], true, None, place(None, "x")),
            [walk(doc! {"b.customer": "anna", "_id": {"$lt": "x"}}, doc! {"_id": -1}, Some("customer"))]
        );
        let (sort, index) = (doc! {"b.at": 1, "_id": 1}, Some("customer,at"));
        let below = Filter::Below("at".into(), Scalar::Integer(9));
        assert_eq!(
            of(vec![anna(), below.clone()], false, None, None),
            [walk(doc! {"b.customer": "anna", "b.at": {"$gte": i64::MIN, "$lt": 9_i64}}, sort.clone(), index)]
        );
        assert_eq!(
            of(vec![anna(), below], false, None, place(Some(Scalar::Integer(5)), "x")),
            [
                walk(
                    doc! {"b.customer": "anna", "b.at": {"$gte": i64::MIN, "$lt": 9_i64, "$eq": 5_i64}, "_id": {"$gt": "x"}},
                    sort.clone(),
                    index
                ),
                walk(doc! {"b.customer": "anna", "b.at": {"$gte": i64::MIN, "$lt": 9_i64, "$gt": 5_i64}}, sort, index),
            ]
        );
    }
}
