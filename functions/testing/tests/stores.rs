//! The SDK's documents and entries on the real embedded engines.

use std::time::Duration;

use kontor_sdk::{
    Function, Json,
    documents::{Collection, Declaration, Error as DocumentError},
    keyvalue::{Bucket, Compared, Error as KeyValueError, Seen},
};
use kontor_testing::App;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Profile {
    login: String,
    at: i64,
    #[schema(minimum = 0, maximum = 10)]
    level: i64,
}

const PROFILES: Collection<Profile> = Collection::new("profiles");
const RECEIPTS: Collection<Profile> = Collection::new("receipts");
const NOWHERE: Collection<Profile> = Collection::new("nowhere");
const SESSIONS: Bucket<Json<Profile>> = Bucket::new("sessions");
const COUNTERS: Bucket<i64> = Bucket::new("counters");
const NOTES: Bucket<String> = Bucket::new("notes");

fn profiles() -> Declaration {
    PROFILES.versioned().text("login").integer("at").index(&["login", "at"]).shard_key("login")
}

fn receipts() -> Declaration {
    RECEIPTS.append_only().text("login")
}

/// The app stands behind the thread's calls as long as it is kept.
fn app() -> App {
    let function = Function::new("shop", "1").collection(profiles).collection(receipts);
    App::new(function.bucket(&SESSIONS).bucket(&COUNTERS))
}

fn anna(at: i64) -> Profile {
    Profile { login: "anna".to_owned(), at, level: 1 }
}

#[test]
fn a_document_has_a_version_that_changes_have_to_name() {
    let _app = app();
    let inserted = PROFILES.insert("a", &anna(1)).unwrap();
    assert!(inserted.is_new && !PROFILES.insert("a", &anna(1)).unwrap().is_new, "to repeat it is safe");
    assert_eq!(PROFILES.insert("a", &anna(2)), Err(DocumentError::Conflict));
    let next = PROFILES.replace("a", inserted.version, &anna(2)).unwrap();
    assert!(next > inserted.version);
    let stale = DocumentError::Stale { expected: inserted.version, found: Some(next) };
    assert_eq!(PROFILES.replace("a", inserted.version, &anna(3)), Err(stale));
    let found = PROFILES.get("a").unwrap().unwrap();
    assert_eq!((found.version, found.content), (next, anna(2)));
    PROFILES.delete("a", next).unwrap();
    assert_eq!(PROFILES.get("a"), Ok(None));
}

#[test]
fn a_question_is_answered_by_an_index_or_refused() {
    let _app = app();
    for at in 0..7 {
        PROFILES.insert(&format!("p{at}"), &anna(at)).unwrap();
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let question = PROFILES.find().equal("login", "anna").at_least("at", 1).below("at", 6).descending();
        let page = question.limit(2).after(after).page().unwrap();
        found.extend(page.documents.into_iter().map(|document| document.content.at));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [5, 4, 3, 2, 1]);
    assert!(matches!(PROFILES.find().equal("level", 1).page(), Err(DocumentError::NotIndexed(_))));
    assert_eq!(PROFILES.find().page().unwrap().documents.len(), 7, "all of them by id");
}

#[test]
fn each_refusal_of_documents_has_its_own_name() {
    let _app = app();
    assert_eq!(NOWHERE.insert("a", &anna(1)), Err(DocumentError::UnknownCollection));
    let high = Profile { level: 11, ..anna(1) };
    let Err(DocumentError::Schema(faults)) = PROFILES.insert("a", &high) else {
        panic!("the type's bound is the schema's")
    };
    assert_eq!((faults.len(), faults[0].pointer.as_str()), (1, "/level"));
    let version = RECEIPTS.insert("a", &anna(1)).unwrap().version;
    assert_eq!(RECEIPTS.delete("a", version), Err(DocumentError::Immutable));
    assert_eq!(RECEIPTS.replace("a", version, &anna(2)), Err(DocumentError::Immutable));
}

#[test]
fn values_are_typed() {
    let _app = app();
    SESSIONS.set("t", &Json(anna(1)), None).unwrap();
    assert_eq!(SESSIONS.get("t").unwrap().unwrap().0, anna(1));
    assert_eq!(SESSIONS.set_if_absent("t", &Json(anna(2)), None), Ok(false));
    assert_eq!(COUNTERS.increment("n", 41, None), Ok(41));
    assert_eq!(COUNTERS.increment("n", 1, None), Ok(42));
    assert_eq!(COUNTERS.get("n"), Ok(Some(42)), "what an increment leaves is read as a number");
    COUNTERS.set("n", &i64::MAX, None).unwrap();
    assert_eq!(COUNTERS.increment("n", 1, None), Err(KeyValueError::NotInteger));
    assert_eq!(NOTES.get("n"), Err(KeyValueError::UnknownBucket));
    let other = Bucket::<i64>::new("sessions").get("t");
    assert!(matches!(other, Err(KeyValueError::Invalid(_))), "{other:?}");
}

#[test]
fn a_compare_and_set_loses_to_who_was_there_between() {
    let _app = app();
    assert_eq!(COUNTERS.compare_and_set("n", &Seen::nothing(), Some(&1), None), Ok(Compared::Set));
    let seen = COUNTERS.see("n").unwrap();
    COUNTERS.set("n", &2, None).unwrap();
    let Ok(Compared::Differs(there)) = COUNTERS.compare_and_set("n", &seen, Some(&9), None) else {
        panic!("lost write")
    };
    assert_eq!(there.value, Some(2));
    assert_eq!(COUNTERS.compare_and_set("n", &there, None, None), Ok(Compared::Set), "none deletes it");
    assert_eq!(COUNTERS.get("n"), Ok(None));
}

#[test]
fn entries_are_listed_in_order_and_go_when_their_time_is_over() {
    let _app = app();
    for key in ["b1", "a2", "a1", "a3"] {
        COUNTERS.set(key, &1, None).unwrap();
    }
    let first = COUNTERS.list("a", None, 2).unwrap();
    let keys: Vec<_> = first.entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!((keys, first.next.as_deref()), (vec!["a1", "a2"], Some("a2")));
    let rest = COUNTERS.list("a", first.next.as_deref(), 2).unwrap();
    assert_eq!((rest.entries.len(), rest.next), (1, None));
    COUNTERS.set("a1", &1, Some(Duration::from_millis(1))).unwrap();
    let began = std::time::Instant::now();
    while COUNTERS.get("a1").unwrap().is_some() {
        assert!(began.elapsed() < Duration::from_secs(60), "it never goes");
    }
}
