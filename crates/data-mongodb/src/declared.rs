//! What functions have declared, remembered beside their documents: a document for each collection, changed by
//! compare-and-set, so that processes that open the same function at once agree.

use kontor_contract::Collection;
use kontor_data::{OpenError, documents::Rules};
use mongodb::{
    Database,
    bson::{Document, doc},
};
use serde_json::Value;

use crate::{
    connection::{ANSWER_TIME_MAX, Connection},
    layout::{self, DECLARED},
    server::{DUPLICATE_KEY, code},
};

/// How often another process may come in between.
const TRIES_MAX: usize = 20;

/// A collection's declaration with the paths and indexes of earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Declared {
    pub(crate) collection: Collection,
    /// The schema that another version of the function declared before, and may still write by.
    pub(crate) schema_before: Option<Value>,
}

impl Declared {
    /// What follows it when a version of the function declares this.
    fn followed_by(&self, rules: &Rules) -> Result<Self, OpenError> {
        let collection = rules.following(&self.collection)?;
        let is_same = collection.schema == self.collection.schema;
        let before = if is_same { self.schema_before.clone() } else { Some(self.collection.schema.clone()) };
        Ok(Self { collection, schema_before: before })
    }

    fn first(rules: &Rules) -> Result<Self, OpenError> {
        Ok(Self { collection: rules.following(rules.collection())?, schema_before: None })
    }

    fn write(&self, id: &str, number: i64) -> Document {
        let declared = serde_json::to_string(&self.collection).unwrap_or_default();
        let before = self.schema_before.as_ref().map(Value::to_string);
        doc! {"_id": id, "number": number, "declared": declared, "schema_before": before}
    }

    /// Reads what is remembered: its collection's name there, and its number.
    pub(crate) fn read(stored: &Document) -> Result<(String, i64, Self), OpenError> {
        let parts = || {
            let collection = serde_json::from_str(stored.get_str("declared").ok()?).ok()?;
            let before = stored.get_str("schema_before").ok().and_then(|text| serde_json::from_str(text).ok());
            let (id, number) = (stored.get_str("_id").ok()?, stored.get_i64("number").ok()?);
            Some((id.to_owned(), number, Self { collection, schema_before: before }))
        };
        parts().ok_or_else(|| {
            OpenError::Store(format!("{DECLARED} holds what Kontor has not written there; put it back from a backup"))
        })
    }
}

/// Declares a function's collection.
///
/// # Errors
/// [`OpenError::Invalid`] if something changed that must not.
pub(crate) async fn declare(
    connection: &Connection,
    database: &Database,
    function: &str,
    rules: &Rules,
) -> Result<Declared, OpenError> {
    let (all, id) = (database.collection::<Document>(DECLARED), layout::name(function, rules.name()));
    for _ in 0..TRIES_MAX {
        let stored = connection.within(ANSWER_TIME_MAX, async { all.find_one(doc! {"_id": &id}).await }).await?;
        let Some(stored) = stored else {
            let first = Declared::first(rules)?;
            let inserted = async { all.insert_one(first.write(&id, 1)).await.map(Some).or_else(unless_it_is_there) };
            if connection.within(ANSWER_TIME_MAX, inserted).await?.is_some() {
                return Ok(first);
            }
            continue;
        };
        let (_, number, known) = Declared::read(&stored)?;
        let next = known.followed_by(rules)?;
        if next == known {
            return Ok(known);
        }
        let replaced =
            async { all.replace_one(doc! {"_id": &id, "number": number}, next.write(&id, number + 1)).await };
        if connection.within(ANSWER_TIME_MAX, replaced).await?.matched_count == 1 {
            return Ok(next);
        }
    }
    Err(OpenError::Unreachable(format!("{connection}: others keep declaring the collection {id}; try again")))
}

fn unless_it_is_there<T>(error: mongodb::error::Error) -> Result<Option<T>, mongodb::error::Error> {
    if code(&error) == Some(DUPLICATE_KEY) { Ok(None) } else { Err(error) }
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, Policy};
    use kontor_data::documents::Rules;
    use serde_json::{Value, json};

    use super::Declared;

    fn rules(schema: Value) -> Rules {
        let (paths, indexes) = (vec![], vec![]);
        let name = "profiles".to_owned();
        Rules::new(Collection { name, policy: Policy::Versioned, shard_key: None, paths, indexes, schema }).unwrap()
    }

    #[test]
    fn the_schema_of_the_version_before_is_remembered() {
        let (old, new) = (rules(json!({"required": ["a"]})), rules(json!({"required": ["b"]})));
        let first = Declared::first(&old).unwrap();
        assert_eq!(first.followed_by(&old).unwrap(), first);
        let second = first.followed_by(&new).unwrap();
        assert_eq!(second.schema_before, Some(json!({"required": ["a"]})));
        assert_eq!(second.followed_by(&new).unwrap(), second);
        let (id, number, read) = Declared::read(&second.write("shop.profiles", 7)).unwrap();
        assert_eq!((id.as_str(), number, read), ("shop.profiles", 7, second));
    }
}
