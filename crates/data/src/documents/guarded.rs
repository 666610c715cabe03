//! The rules in front of a store.

use std::{collections::BTreeMap, sync::Arc};

use kontor_contract::Collection;

use super::{
    COLLECTIONS_MAX, Document, DocumentLimits, DocumentStore, Documents, Find, Found, Inserted, Rules,
    collection::check_id,
};
use crate::{Async, DocumentError, Health, OpenError, rules::check_function};

/// The collections of one function over a store that knows no rules.
pub struct Guarded<S> {
    store: S,
    collections: BTreeMap<String, Rules>,
    limits: DocumentLimits,
}

/// Checks the declarations of a function's collections, without a store: what is wrong with them is known before one is asked.
///
/// # Errors
/// [`OpenError::Invalid`] says what is wrong, and with which.
pub fn check_collections(collections: &[Collection]) -> Result<(), OpenError> {
    rules(collections.to_vec()).map(drop)
}

fn rules(collections: Vec<Collection>) -> Result<BTreeMap<String, Rules>, OpenError> {
    if collections.len() > COLLECTIONS_MAX {
        let count = collections.len();
        return Err(OpenError::Invalid(format!("{count} collections, at most {COLLECTIONS_MAX} are allowed")));
    }
    let mut all = BTreeMap::new();
    for collection in collections {
        let name = collection.name.clone();
        if all.insert(name.clone(), Rules::new(collection)?).is_some() {
            return Err(OpenError::Invalid(format!("the collection {name} is declared twice")));
        }
    }
    Ok(all)
}

impl<S: DocumentStore> Guarded<S> {
    /// Checks the function's name and the declarations, has the store made ready for them, and puts the rules in front of it.
    ///
    /// # Errors
    /// What is wrong with the name or a declaration, or why the store cannot be made ready.
    pub async fn open(
        function: &str,
        collections: Vec<Collection>,
        limits: DocumentLimits,
        prepare: impl AsyncFnOnce(&BTreeMap<String, Rules>) -> Result<S, OpenError>,
    ) -> Result<Self, OpenError> {
        check_function(function)?;
        let collections = rules(collections)?;
        Ok(Self { store: prepare(&collections).await?, collections, limits })
    }

    fn rules(&self, collection: &str) -> Result<&Rules, DocumentError> {
        self.collections
            .get(collection)
            .ok_or_else(|| DocumentError::UnknownCollection { collection: collection.to_owned() })
    }

    async fn page(&self, rules: &Rules, find: Find) -> Result<Found, DocumentError> {
        let mut plan = find.plan(rules, &self.limits)?;
        let (limit, ordered) = (plan.limit, plan.ordered);
        // One more than asked for tells whether there is another page.
        plan.limit += 1;
        let mut documents = self.store.find(rules, plan.clone()).await?;
        let mut size_bytes = 0;
        let fits = documents.iter().take_while(|document| {
            size_bytes += document.body.len();
            size_bytes <= plan.size_max_bytes
        });
        // The first one comes however large it is, else nobody would get past it.
        let keep = fits.count().max(1).min(limit);
        let more = documents.len() > keep || size_bytes > plan.size_max_bytes;
        documents.truncate(keep);
        let next = match documents.last() {
            Some(last) if more => {
                let value = ordered.and_then(|place| rules.keys_of(&last.body).into_iter().nth(place).flatten());
                Some(plan.name_place(last, value.as_ref()))
            }
            _ => None,
        };
        Ok(Found { documents, next })
    }
}

impl<S: DocumentStore> Documents for Guarded<S> {
    fn insert<'a>(
        &'a self,
        collection: &'a str,
        id: &'a str,
        body: &'a str,
    ) -> Async<'a, Result<Inserted, DocumentError>> {
        Box::pin(async move {
            let rules = self.rules(collection)?;
            let document = rules.check(id, body, self.limits.document_size_max_bytes)?;
            self.store.insert(rules, document).await
        })
    }

    fn get<'a>(&'a self, collection: &'a str, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>> {
        Box::pin(async move {
            let rules = self.rules(collection)?;
            check_id(id)?;
            self.store.get(rules, id).await
        })
    }

    fn find<'a>(&'a self, collection: &'a str, find: Find) -> Async<'a, Result<Found, DocumentError>> {
        Box::pin(async move { self.page(self.rules(collection)?, find).await })
    }

    fn replace<'a>(
        &'a self,
        collection: &'a str,
        id: &'a str,
        version: u64,
        body: &'a str,
    ) -> Async<'a, Result<u64, DocumentError>> {
        Box::pin(async move {
            let rules = self.rules(collection)?;
            rules.may_change()?;
            let document = rules.check(id, body, self.limits.document_size_max_bytes)?;
            self.store.replace(rules, version, document).await
        })
    }

    fn delete<'a>(&'a self, collection: &'a str, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>> {
        Box::pin(async move {
            let rules = self.rules(collection)?;
            rules.may_change()?;
            check_id(id)?;
            self.store.delete(rules, id, version).await
        })
    }

    fn health(&self) -> Health {
        self.store.health()
    }

    fn close(&self) -> Async<'_, ()> {
        self.store.close()
    }
}

impl<S: DocumentStore + 'static> Guarded<S> {
    /// As functions see it.
    #[must_use]
    pub fn shared(self) -> Arc<dyn Documents> {
        Arc::new(self)
    }
}
