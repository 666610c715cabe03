//! Questions, and what they get.

use std::{collections::BTreeSet, sync::Arc};

use kontor_data::{
    DocumentError,
    documents::{Document, DocumentEngine, DocumentLimits, Documents, Filter, Find, Order, Scalar},
    memory::MemoryDocuments,
};
use serde_json::json;

use super::{invoices, open, profiles, with};
use crate::{Stand, random::Random};

const CUSTOMERS: [&str; 7] = ["", "ANNA", "Anna", "anna", "anna ", "annä", "🦀"];

/// Some have no time, some are not known to be paid: what is not there is in no index.
fn random_invoice(random: &mut Random) -> String {
    let mut body = json!({"customer": {"login": random.one_of(&CUSTOMERS)}, "gross": 1});
    match random.below(8) {
        0 => {}
        1 => body["at"] = json!(null),
        2 => body["at"] = json!(i64::MIN),
        3 => body["at"] = json!(i64::MAX),
        _ => body["at"] = json!(i64::try_from(random.below(20)).unwrap() - 10),
    }
    if random.below(4) > 0 {
        body["paid"] = json!(random.below(2) == 1);
    }
    body.to_string()
}

fn random_question(random: &mut Random) -> Find {
    let customer = |random: &mut Random| Scalar::Text((*random.one_of(&CUSTOMERS)).into());
    let at = |random: &mut Random| Scalar::Integer(i64::try_from(random.below(24)).unwrap() - 12);
    let mut filters = Vec::new();
    if random.below(3) == 0 {
        filters.push(Filter::Equal("paid".into(), Scalar::Boolean(random.below(2) == 1)));
    }
    match random.below(4) {
        0 | 1 => filters.push(Filter::Equal("customer.login".into(), customer(random))),
        2 => filters.push(Filter::AtLeast("customer.login".into(), customer(random))),
        _ => {}
    }
    match random.below(6) {
        0 => filters.push(Filter::Equal("at".into(), at(random))),
        1 => filters.extend([Filter::AtLeast("at".into(), at(random)), Filter::Below("at".into(), at(random))]),
        2 => filters.push(Filter::Below("at".into(), at(random))),
        _ => {}
    }
    let path = match random.below(4) {
        0 => Some("at".to_owned()),
        1 => Some("customer.login".to_owned()),
        _ => None,
    };
    let order = Order { path, descending: random.below(2) == 1 };
    Find { filters, order, limit: usize::try_from(1 + random.below(20)).unwrap(), after: None }
}

fn bare(documents: &[Document]) -> Vec<(&str, &str)> {
    documents.iter().map(|document| (document.id.as_str(), document.body.as_str())).collect()
}

pub async fn random_questions_get_the_models_answers(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let model = MemoryDocuments::default();
    let model = model.open("shop", vec![invoices(), profiles()], DocumentLimits::default()).await.unwrap();
    let mut random = Random::seeded();
    for number in 0..300 {
        let (id, body) = (format!("i{:03}", (number * 7) % 300), random_invoice(&mut random));
        shop.insert("invoices", &id, &body).await.unwrap();
        model.insert("invoices", &id, &body).await.unwrap();
    }
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..500 {
        let question = random_question(&mut random);
        match (walk(&shop, question.clone()).await, walk(&model, question.clone()).await) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(bare(&found), bare(&expected), "{question:?}");
                answered += usize::from(!found.is_empty());
            }
            (found, expected) => {
                assert_eq!(found.as_ref().err(), expected.as_ref().err(), "{question:?}");
                refused += 1;
            }
        }
    }
    assert!(answered > 50 && refused > 50, "{answered} were answered, {refused} were refused");
}

/// A question's answer, page by page.
async fn walk(shop: &Arc<dyn Documents>, mut question: Find) -> Result<Vec<Document>, DocumentError> {
    let mut all = Vec::new();
    loop {
        let found = shop.find("invoices", question.clone()).await?;
        assert!(found.documents.len() <= question.limit);
        all.extend(found.documents);
        match found.next {
            None => return Ok(all),
            Some(next) => assert_ne!(question.after.replace(next.clone()), Some(next), "it does not get on"),
        }
    }
}

pub async fn pages_hold_every_document_once(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    for number in 0..100 {
        let city = ["Berlin", "Bonn", "Ulm"][number % 3];
        shop.insert("profiles", &format!("p{number:02}"), &json!({"city": city}).to_string()).await.unwrap();
    }
    for descending in [false, true] {
        for (path, size) in [(None, 7), (Some("city"), 7), (Some("city"), 100), (None, 500)] {
            let order = Order { path: path.map(Into::into), descending };
            let mut question = Find { order, limit: size, ..Find::default() };
            let (mut seen, mut pages) = (BTreeSet::new(), 0);
            loop {
                let found = shop.find("profiles", question.clone()).await.unwrap();
                pages += 1;
                for document in found.documents {
                    assert!(seen.insert(document.id.clone()), "{} came twice", document.id);
                }
                let Some(next) = found.next else { break };
                question.after = Some(next);
            }
            assert_eq!((seen.len(), pages), (100, 100_usize.div_ceil(size)), "{path:?} by {size}");
        }
    }
}

pub async fn a_page_ends_at_its_bytes(stand: &Stand<dyn DocumentEngine>) {
    let limits = DocumentLimits { answer_size_max_bytes: 1_000, ..DocumentLimits::default() };
    let shop = with(stand, limits).await;
    for (id, bytes) in [("a", 400), ("b", 400), ("c", 400), ("d", 2_000), ("e", 10)] {
        shop.insert("profiles", id, &json!({"x": "x".repeat(bytes)}).to_string()).await.unwrap();
    }
    let mut question = Find { limit: 500, ..Find::default() };
    let mut pages = Vec::new();
    loop {
        let found = shop.find("profiles", question.clone()).await.unwrap();
        pages.push(found.documents.iter().map(|document| document.id.as_str()).collect::<String>());
        let Some(next) = found.next else { break };
        question.after = Some(next);
    }
    assert_eq!(pages, ["ab", "c", "d", "e"]);
}

pub async fn what_no_index_answers_is_not_answered(stand: &Stand<dyn DocumentEngine>) {
    let shop = open(stand).await;
    let equal = |path: &str| Filter::Equal(path.into(), Scalar::Text("x".into()));
    for filters in [vec![equal("gross")], vec![equal("customer")], vec![equal("customer.login"), equal("note")]] {
        let error = shop.find("invoices", Find { filters, limit: 1, ..Find::default() }).await.unwrap_err();
        assert!(matches!(error, DocumentError::NotIndexed(_)), "{error:?}");
    }
    for limit in [0, 501] {
        let error = shop.find("invoices", Find { limit, ..Find::default() }).await.unwrap_err();
        assert!(matches!(error, DocumentError::TooLarge(_)), "{limit}: {error:?}");
    }
}
