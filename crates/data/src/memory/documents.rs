//! Documents in a map. A question walks over all of them: an index must give the same.

use std::{
    cmp,
    collections::{BTreeMap, btree_map},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use kontor_contract::Collection;
use parking_lot::Mutex;

use super::now_us;
use crate::{
    Async, DocumentError, Health, OpenError,
    documents::{
        Checked, Cursor, Document, DocumentEngine, DocumentLimits, DocumentStore, Documents, Guarded, Inserted, Plan,
        Rules, Scalar, first_version,
    },
};

/// Documents by id.
type Stored = BTreeMap<String, Document>;

#[derive(Default)]
struct Kept {
    declared: Option<Collection>,
    documents: Stored,
    /// The highest version that was deleted.
    deleted: u64,
}

/// Collections by function and name.
type All = Arc<Mutex<BTreeMap<(String, String), Kept>>>;

/// Documents in memory.
#[derive(Clone, Default)]
pub struct MemoryDocuments(All);

struct Store {
    all: All,
    function: String,
    closed: AtomicBool,
}

impl DocumentEngine for MemoryDocuments {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn open(
        &self,
        function: &str,
        collections: Vec<Collection>,
        limits: DocumentLimits,
    ) -> Async<'_, Result<Arc<dyn Documents>, OpenError>> {
        let store = Store { all: Arc::clone(&self.0), function: function.to_owned(), closed: AtomicBool::new(false) };
        let function = function.to_owned();
        Box::pin(async move {
            let prepare = async |rules: &BTreeMap<String, Rules>| store.declare(rules);
            Ok(Guarded::open(&function, collections, limits, prepare).await?.shared())
        })
    }
}

impl Store {
    fn declare(self, rules: &BTreeMap<String, Rules>) -> Result<Self, OpenError> {
        for (name, rules) in rules {
            let mut all = self.all.lock();
            let kept = all.entry((self.function.clone(), name.clone())).or_default();
            let earlier = kept.declared.as_ref().unwrap_or(rules.collection());
            kept.declared = Some(rules.following(earlier)?);
        }
        Ok(self)
    }

    fn with<T: Send + 'static>(
        &self,
        rules: &Rules,
        work: impl FnOnce(&mut Kept) -> Result<T, DocumentError>,
    ) -> Async<'_, Result<T, DocumentError>> {
        let done = if self.closed.load(Ordering::Relaxed) {
            Err(DocumentError::Unavailable("the documents are closed".to_owned()))
        } else {
            let mut all = self.all.lock();
            work(all.entry((self.function.clone(), rules.name().to_owned())).or_default())
        };
        Box::pin(std::future::ready(done))
    }
}

/// The document, if it is there in that version.
fn current<'a>(documents: &'a mut Stored, id: &str, version: u64) -> Result<&'a mut Document, DocumentError> {
    let found = documents.get(id).map(|document| document.version);
    match documents.get_mut(id) {
        Some(document) if document.version == version => Ok(document),
        _ => Err(DocumentError::Stale { id: id.to_owned(), expected: version, found }),
    }
}

/// What orders a document in an answer.
type Place = (Option<Scalar>, String);

/// Where the document stands in the answer; none if it is not in it.
fn place(document: &Document, rules: &Rules, plan: &Plan) -> Option<Place> {
    let keys = rules.keys_of(&document.body);
    let at = |place: usize| keys.get(place).and_then(Option::as_ref);
    if plan.equal.iter().any(|(place, value)| at(*place) != Some(value)) {
        return None;
    }
    let Some(ordered) = plan.ordered else { return Some((None, document.id.clone())) };
    let value = at(ordered)?;
    let inside = plan.at_least.as_ref().is_none_or(|least| value >= least)
        && plan.below.as_ref().is_none_or(|below| value < below);
    inside.then(|| (Some(value.clone()), document.id.clone()))
}

fn find(documents: &Stored, rules: &Rules, plan: &Plan) -> Vec<Document> {
    let mut found: Vec<(Place, &Document)> =
        documents.values().filter_map(|document| Some((place(document, rules, plan)?, document))).collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    if plan.descending {
        found.reverse();
    }
    let behind = |(value, id): &Place, after: &Cursor| {
        let order = (value, id).cmp(&(&after.value, &after.id));
        order == if plan.descending { cmp::Ordering::Less } else { cmp::Ordering::Greater }
    };
    let all = found.into_iter().filter(|(place, _)| plan.after.as_ref().is_none_or(|after| behind(place, after)));
    let mut size_bytes = 0;
    all.take(plan.limit)
        .take_while(|(_, document)| {
            let goes_on = size_bytes <= plan.size_max_bytes;
            size_bytes += document.body.len();
            goes_on
        })
        .map(|(_, document)| document.clone())
        .collect()
}

impl DocumentStore for Store {
    fn insert<'a>(&'a self, rules: &'a Rules, document: Checked) -> Async<'a, Result<Inserted, DocumentError>> {
        let collection = rules.name().to_owned();
        self.with(rules, move |kept| match kept.documents.entry(document.id) {
            btree_map::Entry::Occupied(there) if there.get().body == document.body.text() => {
                Ok(Inserted { version: there.get().version, is_new: false })
            }
            btree_map::Entry::Occupied(there) => Err(DocumentError::Conflict { collection, id: there.key().clone() }),
            btree_map::Entry::Vacant(free) => {
                let version = first_version(now_us(), kept.deleted);
                let (id, body) = (free.key().clone(), document.body.text().to_owned());
                free.insert(Document { id, version, body });
                Ok(Inserted { version, is_new: true })
            }
        })
    }

    fn get<'a>(&'a self, rules: &'a Rules, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>> {
        self.with(rules, |kept| Ok(kept.documents.get(id).cloned()))
    }

    fn find<'a>(&'a self, rules: &'a Rules, plan: Plan) -> Async<'a, Result<Vec<Document>, DocumentError>> {
        self.with(rules, |kept| Ok(find(&kept.documents, rules, &plan)))
    }

    fn replace<'a>(
        &'a self,
        rules: &'a Rules,
        version: u64,
        document: Checked,
    ) -> Async<'a, Result<u64, DocumentError>> {
        self.with(rules, |kept| {
            let stored = current(&mut kept.documents, &document.id, version)?;
            rules.stays(&stored.body, &document)?;
            stored.version += 1;
            document.body.text().clone_into(&mut stored.body);
            Ok(stored.version)
        })
    }

    fn delete<'a>(&'a self, rules: &'a Rules, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>> {
        self.with(rules, |kept| {
            current(&mut kept.documents, id, version)?;
            kept.documents.remove(id);
            kept.deleted = kept.deleted.max(version);
            Ok(())
        })
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn close(&self) -> Async<'_, ()> {
        self.closed.store(true, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}
