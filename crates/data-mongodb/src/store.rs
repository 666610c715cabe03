//! One function's documents.

mod pages;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::TryStreamExt as _;
use kontor_data::{
    Async, DocumentError, Health,
    documents::{Checked, Document, DocumentStore, Inserted, Plan, Rules, first_version},
};
use mongodb::{
    Collection, Database,
    bson::{self, Bson, doc},
    error::{Error, ErrorKind},
};
use parking_lot::Mutex;
use tokio::{
    sync::{Notify, Semaphore, SemaphorePermit},
    task::JoinHandle,
};

use crate::{
    bodies::{key, scalar, text, to_bson},
    connection::{ANSWER_TIME_MAX, answered},
    failure,
    find::walks,
    layout,
    server::{DUPLICATE_KEY, code},
};

use pages::Page;

/// How often others may come in between two steps.
const TRIES_MAX: usize = 5;
/// How often one looks whether the server is there, where nobody asks for anything.
const LOOK: Duration = Duration::from_secs(10);
/// The same, while it is away.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// One function's documents.
pub(crate) struct Store {
    shared: Arc<Shared>,
    function: String,
    places: Semaphore,
    is_closed: AtomicBool,
    looking: JoinHandle<()>,
}

struct Shared {
    database: Database,
    /// What the server is called in errors.
    place: String,
    health: Mutex<Health>,
    /// Why the server is known not to answer. Then nobody waits for it but the task that looks whether it is back.
    away: Mutex<Option<String>>,
    is_away: Notify,
}

/// A document as it is stored: `{_id, v, b}`.
type Stored = bson::Document;

impl Shared {
    /// Waits for an answer within the time that a call has.
    async fn ask<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<Result<T, Error>, DocumentError> {
        if let Some(reason) = self.away.lock().clone() {
            return Err(DocumentError::Unavailable(reason));
        }
        self.try_to_ask(answer).await
    }

    /// Asks even so.
    async fn try_to_ask<T>(
        &self,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<Result<T, Error>, DocumentError> {
        let done = answered(&self.place, answer).await;
        let (failed, is_away) = match &done {
            Err(error) => (Some(error.clone()), true),
            Ok(Err(error)) => {
                let is_away = matches!(*error.kind, ErrorKind::ServerSelection { .. });
                (Some(failure::document(&self.place, error)), is_away)
            }
            Ok(Ok(_)) => (None, false),
        };
        let health = match failed {
            Some(DocumentError::Unavailable(reason)) => Health::ReadOnly(reason),
            _ => Health::Ok,
        };
        let mut known = self.health.lock();
        if *known != health {
            if let (Health::Ok, Health::ReadOnly(reason)) = (&*known, &health) {
                tracing::error!(%reason, "documents cannot be reached for now");
            }
            *known = health.clone();
        }
        if let (true, Health::ReadOnly(reason)) = (is_away, health) {
            *self.away.lock() = Some(reason);
            self.is_away.notify_one();
        }
        done
    }

    /// Asks until there is an answer; then others may ask again.
    async fn look(&self) {
        while !matches!(self.try_to_ask(async { self.database.run_command(doc! {"ping": 1}).await }).await, Ok(Ok(_))) {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        *self.away.lock() = None;
    }
}

impl Store {
    pub(crate) fn start(database: Database, place: String, function: &str, queue_max: usize) -> Self {
        let (health, away, is_away) = (Mutex::new(Health::Ok), Mutex::new(None), Notify::new());
        let shared = Arc::new(Shared { database, place, health, away, is_away });
        let looking = tokio::spawn(look(Arc::clone(&shared)));
        let (places, is_closed) = (Semaphore::new(queue_max), AtomicBool::new(false));
        Self { shared, function: function.to_owned(), places, is_closed, looking }
    }

    /// A place among those that wait for the server.
    fn enter(&self) -> Result<SemaphorePermit<'_>, DocumentError> {
        if self.is_closed.load(Ordering::Relaxed) {
            return Err(DocumentError::Unavailable("the documents are closed".to_owned()));
        }
        let place = self.places.try_acquire();
        place.map_err(|_| DocumentError::Busy("too many calls wait for the documents; try again".to_owned()))
    }

    fn collection(&self, rules: &Rules) -> Collection<Stored> {
        self.shared.database.collection(&layout::name(&self.function, rules.name()))
    }

    async fn ask<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, DocumentError> {
        self.shared.ask(answer).await?.map_err(|error| failure::document(&self.shared.place, &error))
    }

    async fn read(&self, rules: &Rules, id: &str) -> Result<Option<Stored>, DocumentError> {
        let all = self.collection(rules);
        let found: Vec<Stored> = self
            .ask(async { all.find(doc! {"_id": id}).limit(2).max_time(ANSWER_TIME_MAX).await?.try_collect().await })
            .await?;
        if found.len() > 1 {
            let path = rules.collection().shard_key.as_deref().unwrap_or("_id");
            return Err(DocumentError::Other(format!(
                "there are two documents {id} in {}, with different {path}; ids have to depend on it",
                rules.name()
            )));
        }
        Ok(found.into_iter().next())
    }

    /// What was meant is not there: says what is.
    async fn stale(
        &self,
        rules: &Rules,
        id: &str,
        expected: u64,
    ) -> Result<(DocumentError, Option<Stored>), DocumentError> {
        let stored = self.read(rules, id).await?;
        let found = stored.as_ref().map(|stored| version(stored, id)).transpose()?;
        Ok((DocumentError::Stale { id: id.to_owned(), expected, found }, stored.filter(|_| found == Some(expected))))
    }
}

async fn look(shared: Arc<Shared>) {
    loop {
        let _ = tokio::time::timeout(LOOK, shared.is_away.notified()).await;
        shared.look().await;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

fn version(stored: &Stored, id: &str) -> Result<u64, DocumentError> {
    let version = stored.get_i64("v").ok().and_then(|version| u64::try_from(version).ok());
    version.ok_or_else(|| DocumentError::Other(format!("the document {id} has no version; who else has written it?")))
}

fn document(stored: &Stored) -> Result<Document, DocumentError> {
    let id = stored.get_str("_id").unwrap_or_default().to_owned();
    let empty = bson::Document::new();
    let body = text(&id, stored.get_document("b").unwrap_or(&empty))?;
    Ok(Document { version: version(stored, &id)?, id, body })
}

fn store(document: &Checked, version: u64) -> Stored {
    doc! {"_id": &document.id, "v": i64::try_from(version).unwrap_or(i64::MAX), "b": to_bson(document.body.value())}
}

/// The document in that version, and its shard key's value, which leads to its shard.
fn at(rules: &Rules, id: &str, version: u64, shard: Option<Bson>) -> Stored {
    let mut at = doc! {"_id": id, "v": i64::try_from(version).unwrap_or(i64::MAX)};
    if let (Some(path), Some(value)) = (&rules.collection().shard_key, shard) {
        at.insert(layout::field(path), value);
    }
    at
}

impl DocumentStore for Store {
    fn insert<'a>(&'a self, rules: &'a Rules, document: Checked) -> Async<'a, Result<Inserted, DocumentError>> {
        Box::pin(async move {
            let _place = self.enter()?;
            let all = self.collection(rules);
            for _ in 0..TRIES_MAX {
                let version = first_version(now_us(), 0);
                match self.shared.ask(async { all.insert_one(store(&document, version)).await }).await? {
                    Ok(_) => return Ok(Inserted { version, is_new: true }),
                    Err(error) if code(&error) != Some(DUPLICATE_KEY) => {
                        return Err(failure::document(&self.shared.place, &error));
                    }
                    Err(_) => {}
                }
                // Whose is it? One that was deleted meanwhile is nobody's.
                if let Some(there) = self.read(rules, &document.id).await? {
                    let there = self::document(&there)?;
                    if there.body == document.body.text() {
                        return Ok(Inserted { version: there.version, is_new: false });
                    }
                    return Err(DocumentError::Conflict { collection: rules.name().to_owned(), id: document.id });
                }
            }
            Err(DocumentError::Busy(format!("others keep inserting and deleting {}; try again", document.id)))
        })
    }

    fn get<'a>(&'a self, rules: &'a Rules, id: &'a str) -> Async<'a, Result<Option<Document>, DocumentError>> {
        Box::pin(async move {
            let _place = self.enter()?;
            self.read(rules, id).await?.as_ref().map(document).transpose()
        })
    }

    fn find<'a>(&'a self, rules: &'a Rules, plan: Plan) -> Async<'a, Result<Vec<Document>, DocumentError>> {
        Box::pin(async move {
            let _place = self.enter()?;
            let mut page = Page::default();
            for walk in walks(rules, &plan) {
                if !page.is_full(&plan) {
                    page = self.walk(rules, &plan, &walk, page).await?;
                }
            }
            Ok(page.documents)
        })
    }

    fn replace<'a>(
        &'a self,
        rules: &'a Rules,
        version: u64,
        document: Checked,
    ) -> Async<'a, Result<u64, DocumentError>> {
        Box::pin(async move {
            let _place = self.enter()?;
            let all = self.collection(rules);
            let shard = rules.shard_key().and_then(|place| document.keys.get(place)?.as_ref().map(scalar));
            let next = version.saturating_add(1);
            let filter = at(rules, &document.id, version, shard);
            let done = self.ask(async { all.replace_one(filter, store(&document, next)).await }).await?;
            if done.matched_count == 1 {
                return Ok(next);
            }
            let (stale, same) = self.stale(rules, &document.id, version).await?;
            if let Some(same) = same {
                // It is there in that version, so it is its shard key that differs.
                rules.stays(&self::document(&same)?.body, &document)?;
            }
            Err(stale)
        })
    }

    fn delete<'a>(&'a self, rules: &'a Rules, id: &'a str, version: u64) -> Async<'a, Result<(), DocumentError>> {
        Box::pin(async move {
            let _place = self.enter()?;
            let all = self.collection(rules);
            // Only the document itself tells on which shard it is.
            let shard = match rules.shard_key().and_then(|place| rules.collection().paths.get(place)) {
                None => None,
                Some(path) => match self.read(rules, id).await? {
                    None => return Err(DocumentError::Stale { id: id.to_owned(), expected: version, found: None }),
                    Some(stored) => stored.get_document("b").ok().and_then(|body| key(body, path)).as_ref().map(scalar),
                },
            };
            let filter = at(rules, id, version, shard);
            let done = self.ask(async { all.delete_one(filter).await }).await?;
            if done.deleted_count == 1 { Ok(()) } else { Err(self.stale(rules, id, version).await?.0) }
        })
    }

    fn health(&self) -> Health {
        self.shared.health.lock().clone()
    }

    fn close(&self) -> Async<'_, ()> {
        self.is_closed.store(true, Ordering::Relaxed);
        self.looking.abort();
        Box::pin(std::future::ready(()))
    }
}
