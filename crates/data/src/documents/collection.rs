//! What a collection's declaration means for a document.

use std::collections::BTreeSet;

use jsonschema::{PatternOptions, Validator};
use kontor_contract::{Collection, Fault, IndexedPath, PathType, Policy};
use serde_json::Value;

use super::{Body, Checked, ID_SIZE_MAX_BYTES, Scalar};
use crate::{DocumentError, OpenError};

/// Names of fields in a path.
pub const PATH_DEPTH_MAX: usize = 8;
/// The longest text at an indexed path, bytes.
pub const TEXT_SIZE_MAX_BYTES: usize = 255;
/// Faults of a document that are told.
pub const FAULTS_MAX: usize = 100;
/// Indexed paths of a collection; MongoDB has 64 indexes, some of them for itself.
const PATHS_MAX: usize = 30;
/// Indexes over several paths, and paths in each.
const INDEXES_MAX: usize = 20;

/// What lies at a collection's paths, in their order; none where there is nothing, or null.
pub type Keys = Vec<Option<Scalar>>;

/// A collection's declaration, checked, with its schema ready to use.
pub struct Rules {
    collection: Collection,
    schema: Validator,
}

impl Rules {
    /// Checks a declaration.
    ///
    /// # Errors
    /// [`OpenError::Invalid`] says what is wrong with it.
    pub fn new(collection: Collection) -> Result<Self, OpenError> {
        let of = |what: String| OpenError::Invalid(format!("the collection {}: {what}", collection.name));
        check_name(&collection.name).map_err(of)?;
        check_paths(&collection).map_err(of)?;
        check_indexes(&collection).map_err(of)?;
        let schema = jsonschema::options()
            .offline()
            // Patterns are matched in linear time: whoever sends a document cannot make one explode.
            .with_pattern_options(PatternOptions::regex())
            .should_validate_formats(true)
            .build(&collection.schema)
            .map_err(|error| of(format!("its schema is none: {error}")))?;
        Ok(Self { collection, schema })
    }

    /// The declaration.
    #[must_use]
    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// The collection's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.collection.name
    }

    /// The place of the shard key among the paths.
    #[must_use]
    pub fn shard_key(&self) -> Option<usize> {
        self.collection.shard_key.as_ref().and_then(|key| self.place(key))
    }

    /// Every index as places of paths: one for each path, then those of several.
    #[must_use]
    pub fn indexes(&self) -> Vec<Vec<usize>> {
        let alone = (0..self.collection.paths.len()).map(|place| vec![place]);
        let several =
            self.collection.indexes.iter().map(|index| index.iter().filter_map(|path| self.place(path)).collect());
        alone.chain(several).collect()
    }

    /// Where a path stands in [`Collection::paths`].
    #[must_use]
    pub fn place(&self, path: &str) -> Option<usize> {
        self.collection.paths.iter().position(|indexed| indexed.path == path)
    }

    /// Checks a document that is about to be written.
    ///
    /// # Errors
    /// [`DocumentError::Schema`], [`DocumentError::TooLarge`] and [`DocumentError::Invalid`].
    pub fn check(&self, id: &str, body: &str, size_max_bytes: usize) -> Result<Checked, DocumentError> {
        check_id(id)?;
        let body = Body::read(body, size_max_bytes)?;
        self.check_schema(body.value())?;
        let keys = self.keys(body.value())?;
        Ok(Checked { id: id.to_owned(), body, keys })
    }

    /// What lies at the collection's paths in a stored content, as its indexes see it: something of another type than
    /// declared, stored by a version of the function that did not know the path, is nothing.
    #[must_use]
    pub fn keys_of(&self, body: &str) -> Keys {
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        self.collection.paths.iter().map(|path| key(&value, path).ok().flatten()).collect()
    }

    /// Checks that the declaration can follow an earlier one of the same collection, and gives what an engine remembers
    /// then: this one, with the paths and indexes of earlier ones besides, since earlier versions of the function run on.
    ///
    /// # Errors
    /// [`OpenError::Invalid`] if something changed that must not.
    pub fn following(&self, earlier: &Collection) -> Result<Collection, OpenError> {
        let changed = |what: &str| {
            OpenError::Invalid(format!(
                "the collection {}: {what} has changed, and never may; declare a new one",
                self.name()
            ))
        };
        if self.collection.policy != earlier.policy {
            return Err(changed("its policy"));
        }
        if self.collection.shard_key != earlier.shard_key {
            return Err(changed("its shard key"));
        }
        let mut merged = self.collection.clone();
        for known in &earlier.paths {
            match self.collection.paths.iter().find(|path| path.path == known.path) {
                Some(path) if path.kind != known.kind => return Err(changed(&format!("the type of {}", path.path))),
                Some(_) => {}
                None => merged.paths.push(known.clone()),
            }
        }
        let gone = earlier.indexes.iter().filter(|index| !self.collection.indexes.contains(index));
        merged.indexes.extend(gone.cloned());
        Ok(merged)
    }

    /// Refuses what changes a document where documents don't change.
    ///
    /// # Errors
    /// [`DocumentError::Immutable`].
    pub fn may_change(&self) -> Result<(), DocumentError> {
        match self.collection.policy {
            Policy::Versioned => Ok(()),
            Policy::AppendOnly => Err(DocumentError::Immutable { collection: self.name().to_owned() }),
        }
    }

    /// Checks that a replacement keeps the shard key's value of what is stored.
    ///
    /// # Errors
    /// [`DocumentError::Invalid`].
    pub fn stays(&self, stored: &str, next: &Checked) -> Result<(), DocumentError> {
        let Some(shard) = self.shard_key() else { return Ok(()) };
        if self.keys_of(stored).get(shard) == next.keys.get(shard) {
            return Ok(());
        }
        let path = self.collection.shard_key.as_deref().unwrap_or_default();
        Err(DocumentError::Invalid(format!("the document {} keeps what lies at {path}, its shard key", next.id)))
    }

    fn check_schema(&self, value: &Value) -> Result<(), DocumentError> {
        if self.schema.is_valid(value) {
            return Ok(());
        }
        let faults = self.schema.iter_errors(value).take(FAULTS_MAX).map(|error| Fault {
            code: error.kind().keyword().to_owned(),
            pointer: error.instance_path().to_string(),
            // Masked: what is wrong is told, but not what the document holds, for it may end in a log.
            detail: error.masked().to_string(),
            hint: None,
        });
        Err(DocumentError::Schema(faults.collect()))
    }

    fn keys(&self, value: &Value) -> Result<Keys, DocumentError> {
        let keys = self.collection.paths.iter().map(|path| key(value, path)).collect::<Result<Keys, _>>()?;
        if let Some(shard) = self.shard_key()
            && keys.get(shard).is_none_or(Option::is_none)
        {
            let path = self.collection.shard_key.as_deref().unwrap_or_default();
            return Err(DocumentError::Invalid(format!("the document has nothing at {path}, its shard key")));
        }
        Ok(keys)
    }
}

fn key(value: &Value, indexed: &IndexedPath) -> Result<Option<Scalar>, DocumentError> {
    let found = indexed.path.split('.').try_fold(value, |value, name| value.get(name));
    let key = match (indexed.kind, found) {
        (_, None | Some(Value::Null)) => return Ok(None),
        (PathType::Text, Some(Value::String(text))) if text.len() <= TEXT_SIZE_MAX_BYTES => {
            Some(Scalar::Text(text.clone()))
        }
        (PathType::Integer, Some(Value::Number(number))) => number.as_i64().map(Scalar::Integer),
        (PathType::Boolean, Some(Value::Bool(yes))) => Some(Scalar::Boolean(*yes)),
        _ => None,
    };
    key.map(Some).ok_or_else(|| {
        let kind = match indexed.kind {
            PathType::Text => "text of at most 255 bytes",
            PathType::Integer => "an integer of 64 bits",
            PathType::Boolean => "true or false",
        };
        DocumentError::Invalid(format!("what lies at the indexed path {} is not {kind}", indexed.path))
    })
}

/// Checks an id.
pub(super) fn check_id(id: &str) -> Result<(), DocumentError> {
    if id.is_empty() || id.contains('\0') {
        return Err(DocumentError::Invalid("a document's id is empty or holds a NUL".to_owned()));
    }
    if id.len() > ID_SIZE_MAX_BYTES {
        return Err(DocumentError::TooLarge(format!(
            "bytes of a document's id: {}, at most {ID_SIZE_MAX_BYTES} are allowed",
            id.len()
        )));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let mut bytes = name.bytes();
    let good = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && name.len() <= 50
        && !name.starts_with("kontor_")
        && !name.starts_with("sqlite_");
    if good {
        return Ok(());
    }
    Err("its name is not allowed; names are [a-z][a-z0-9_]{0,49} and don't begin with kontor_ or sqlite_".to_owned())
}

fn check_paths(collection: &Collection) -> Result<(), String> {
    if collection.paths.len() > PATHS_MAX {
        return Err(format!("it has {} indexed paths, at most {PATHS_MAX} are allowed", collection.paths.len()));
    }
    let mut seen = BTreeSet::new();
    for IndexedPath { path, .. } in &collection.paths {
        if !is_path(path) {
            return Err(format!("{path:?} is no path; a path is up to {PATH_DEPTH_MAX} names joined by points"));
        }
        if !seen.insert(path) {
            return Err(format!("the path {path} is there twice"));
        }
    }
    match &collection.shard_key {
        None => Ok(()),
        Some(key) => match collection.paths.iter().find(|indexed| indexed.path == *key) {
            Some(IndexedPath { kind: PathType::Text, .. }) => Ok(()),
            _ => Err(format!("the shard key {key} is none of its indexed paths of text")),
        },
    }
}

fn is_path(path: &str) -> bool {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
            && name.len() <= 50
    };
    path.split('.').all(is_name) && path.split('.').count() <= PATH_DEPTH_MAX
}

fn check_indexes(collection: &Collection) -> Result<(), String> {
    if collection.indexes.len() > INDEXES_MAX {
        return Err(format!("it has {} indexes, at most {INDEXES_MAX} are allowed", collection.indexes.len()));
    }
    let mut seen = BTreeSet::new();
    for index in &collection.indexes {
        let distinct: BTreeSet<_> = index.iter().collect();
        if index.len() < 2 || index.len() > PATH_DEPTH_MAX || distinct.len() != index.len() {
            return Err(format!("an index is over 2 to {PATH_DEPTH_MAX} different paths, and not over {index:?}"));
        }
        if let Some(path) = index.iter().find(|path| !collection.paths.iter().any(|indexed| indexed.path == **path)) {
            return Err(format!("an index names {path}, which is none of its indexed paths"));
        }
        if !seen.insert(index) {
            return Err(format!("the index over {index:?} is there twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use kontor_contract::{Collection, IndexedPath, PathType, Policy};

    use super::Rules;
    use crate::OpenError;

    type Change = fn(&mut Collection);

    fn collection(change: impl FnOnce(&mut Collection)) -> Collection {
        let path = |path: &str, kind| IndexedPath { path: path.into(), kind };
        let mut collection = Collection {
            name: "profiles".into(),
            policy: Policy::Versioned,
            shard_key: Some("owner.login".into()),
            paths: vec![path("owner.login", PathType::Text), path("at", PathType::Integer)],
            indexes: vec![vec!["owner.login".into(), "at".into()]],
            schema: serde_json::json!({"type": "object"}),
        };
        change(&mut collection);
        collection
    }

    #[test]
    fn a_declaration_that_makes_no_sense_is_refused() {
        Rules::new(collection(|_| {})).unwrap_or_else(|error| panic!("{error}"));
        let changes: [(&str, Change); 14] = [
            ("name", |it| it.name = "Profiles".into()),
            ("name", |it| it.name = "kontor_profiles".into()),
            ("path", |it| it.paths[1].path = "a..b".into()),
            ("path", |it| it.paths[1].path = "a\"b".into()),
            ("path", |it| it.paths[1].path = "a.b.c.d.e.f.g.h.i".into()),
            ("twice", |it| it.paths[1].path = "owner.login".into()),
            ("shard key", |it| it.shard_key = Some("at".into())),
            ("shard key", |it| it.shard_key = Some("nowhere".into())),
            ("index", |it| it.indexes.push(vec!["at".into()])),
            ("index", |it| it.indexes.push(vec!["at".into(), "at".into()])),
            ("index", |it| it.indexes.push(vec!["at".into(), "nowhere".into()])),
            ("twice", |it| it.indexes.push(it.indexes[0].clone())),
            ("schema", |it| it.schema = serde_json::json!({"type": 7})),
            ("schema", |it| it.schema = serde_json::json!({"$ref": "https://example.com/elsewhere.json"})),
        ];
        for (word, change) in changes {
            let Err(OpenError::Invalid(reason)) = Rules::new(collection(change)) else { panic!("taken: {word}") };
            assert!(reason.contains(word), "{reason} does not name the {word}");
        }
    }
}
