//! The server goes away in the middle of something, and comes back.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use kontor_data::{
    DocumentError, Health,
    documents::{Documents, Find},
};

use super::invoice;
use crate::{
    outage::{Mortal, Remote, at_once, told, until_done},
    proxy::{Direction, Line, Proxy},
    random::Random,
};

/// The collections that an engine opens for these cases.
#[must_use]
pub fn collections() -> Vec<kontor_contract::Collection> {
    vec![super::invoices(), super::profiles()]
}

/// What was done; nothing if it has to be done again.
fn settled<T: std::fmt::Debug>(done: Result<T, DocumentError>) -> Option<T> {
    match done {
        Ok(done) => Some(done),
        Err(DocumentError::Unavailable(_)) => None,
        Err(error) => panic!("{error:?}"),
    }
}

async fn insert_until_done(shop: &dyn Documents, proxy: Option<&Proxy>, id: &str, number: i64) {
    let body = invoice("anna", number);
    until_done(proxy, async || settled(told(shop.insert("invoices", id, &body)).await)).await;
}

async fn all_ids(shop: &dyn Documents) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let find = Find { limit: 100, after, ..Find::default() };
        let page = until_done(None, async || settled(shop.find("invoices", find.clone()).await)).await;
        ids.extend(page.documents.into_iter().map(|document| document.id));
        match page.next {
            None => return ids,
            next => after = next,
        }
    }
}

pub async fn a_server_that_is_away_is_unavailable_and_back_without_a_restart(remote: &Remote<dyn Documents>) {
    let (shop, proxy) = (remote.port.as_ref(), &remote.proxy);
    insert_until_done(shop, Some(proxy), "i0", 0).await;
    for (number, line) in [Line::Cut, Line::Stalled, Line::HalfClosed, Line::Cut].into_iter().enumerate() {
        proxy.set(line);
        let id = format!("i{}", number + 1);
        let written = told(shop.insert("invoices", &id, &invoice("anna", 1))).await;
        assert!(matches!(written, Err(DocumentError::Unavailable(_))), "{line:?}: {written:?}");
        let read = told(shop.get("invoices", "i0")).await;
        assert!(matches!(read, Err(DocumentError::Unavailable(_))), "{line:?}: {read:?}");
        let found = told(shop.find("invoices", Find { limit: 10, ..Find::default() })).await;
        assert!(matches!(found, Err(DocumentError::Unavailable(_))), "{line:?}: {found:?}");
        assert_ne!(shop.health(), Health::Ok, "{line:?}");
        insert_until_done(shop, Some(proxy), &id, 1).await;
        assert_eq!(all_ids(shop).await.len(), number + 2);
        assert_eq!(shop.health(), Health::Ok, "{line:?}");
    }
}

/// Adds one to what a profile holds, until it is known to be done: whoever got no answer looks.
async fn count(shop: &dyn Documents, proxy: &Proxy, id: &str, to: i64, cut: &AtomicUsize) {
    let next = format!("{{\"n\":{to}}}");
    loop {
        let found = until_done(Some(proxy), async || settled(told(shop.get("profiles", id)).await)).await;
        let found = found.expect("a profile is gone");
        if found.body == next {
            return;
        }
        assert_eq!(found.body, format!("{{\"n\":{}}}", to - 1), "a replacement was done twice or half");
        match settled(told(shop.replace("profiles", id, found.version, &next)).await) {
            Some(_) => return,
            None => cut.fetch_add(1, Ordering::Relaxed),
        };
    }
}

/// Six clients insert and replace, while the line is cut again and again: before a request, in the middle of one, before its
/// answer.
pub async fn nothing_is_lost_or_doubled_when_the_line_is_cut_anywhere(remote: &Remote<dyn Documents>) {
    const CLIENTS: usize = 6;
    const EACH: i64 = 15;
    let mut random = Random::seeded();
    let cut = AtomicUsize::new(0);
    let (proxy, shop) = (&remote.proxy, remote.port.as_ref());
    let client = |number: usize, mut random: Random| {
        let cut = &cut;
        async move {
            let profile = format!("p{number}");
            until_done(Some(proxy), async || settled(told(shop.insert("profiles", &profile, "{\"n\":0}")).await)).await;
            for each in 1..=EACH {
                if random.below(3) == 0 {
                    let direction = *random.one_of(&[Direction::Requests, Direction::Answers]);
                    proxy.cut_after(direction, usize::try_from(random.below(2_000)).unwrap());
                }
                insert_until_done(shop, Some(proxy), &format!("c{number}:{each:02}"), each).await;
                count(shop, proxy, &profile, each, cut).await;
            }
        }
    };
    at_once((0..CLIENTS).map(|number| client(number, random.branch())).collect()).await;
    // A cut that was asked for and did not come yet shall not come now.
    proxy.set(Line::Open);
    insert_until_done(shop, Some(proxy), "last", 0).await;
    let mut expected: Vec<_> =
        (0..CLIENTS).flat_map(|number| (1..=EACH).map(move |each| format!("c{number}:{each:02}"))).collect();
    expected.push("last".to_owned());
    assert_eq!(all_ids(shop).await, expected);
    for (number, each) in (0..CLIENTS).flat_map(|number| (1..=EACH).map(move |each| (number, each))) {
        let stored = shop.get("invoices", &format!("c{number}:{each:02}")).await.unwrap().unwrap();
        assert_eq!(stored.body, invoice("anna", each));
    }
    let (cut, cuts) = (cut.into_inner(), proxy.cuts());
    println!("{cuts} cuts; {cut} replacements had no answer");
    assert!(cuts > 10, "too little was cut to show anything: {cuts}");
}

/// On a server that writes each change through before it answers.
pub async fn what_was_acknowledged_outlives_a_kill(mortal: &Mortal<dyn Documents>) {
    let shop = &mortal.port;
    let mut acknowledged = Vec::new();
    for round in 0..2 {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let shop = Arc::clone(shop);
                tokio::spawn(async move {
                    let mut done = Vec::new();
                    for number in 0.. {
                        let id = format!("r{round}w{writer}n{number:05}");
                        if settled(told(shop.insert("invoices", &id, &invoice("anna", number))).await).is_none() {
                            break;
                        }
                        done.push(id);
                    }
                    done
                })
            })
            .collect();
        let first = format!("r{round}w3n00005");
        until_done(None, async || settled(shop.get("invoices", &first).await).flatten()).await;
        tokio::task::block_in_place(|| (mortal.kill)());
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        tokio::task::block_in_place(|| (mortal.start_again)());
        insert_until_done(shop.as_ref(), None, &format!("s{round}"), 1).await;
    }
    let ids = all_ids(shop.as_ref()).await;
    assert!(ids.is_sorted());
    let lost: Vec<_> = acknowledged.iter().filter(|id| ids.binary_search(id).is_err()).collect();
    assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), acknowledged.len());
}
