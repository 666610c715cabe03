//! Ledger and numbers against a model: several clerks do random things at the same time, over New Year, with clocks that
//! jump, and every answer is the one of the books on paper.
//!
//! `KONTOR_SEED` does the same again; `KONTOR_LEDGER_OPERATIONS` says how many (`cargo xtask torture ledger` sets both).

use std::{
    sync::{Arc, Mutex},
    thread,
};

use kontor_data::Engine;
use kontor_data_conformance::random::Random;
use kontor_sdk::sql::Statement;
use kontor_testing::App;
use tokio::runtime::Runtime;

use crate::{clerk::Clerk, stand};

/// Half an hour before 2027 begins in Berlin.
const BEGIN: i64 = 1_798_758_000_000_000 - 1_800_000_000;

#[test]
fn the_books_on_sqlite_are_those_on_paper() {
    run(stand::sqlite(), 4, 20_000);
}

#[test]
fn the_books_on_postgres_are_those_on_paper() {
    // Each of its commits waits for the disk; many clerks share one.
    run(stand::postgres(), 16, 6_000);
}

fn run(engine: (Arc<dyn Engine>, Arc<Runtime>), clerks: usize, operations: u64) {
    let asked = std::env::var("KONTOR_LEDGER_OPERATIONS").ok().map(|asked| asked.parse().unwrap());
    let each = asked.unwrap_or(operations).div_ceil(clerks as u64);
    let mut random = Random::seeded();
    let office = stand::office(&engine);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for name in 0..clerks {
            let (random, engine, done) = (random.branch(), &engine, &done);
            scope.spawn(move || {
                let mut clerk = Clerk::new(stand::office(engine), name, random, BEGIN);
                clerk.work(each);
                done.lock().unwrap().push((clerk.operations, clerk.wrong));
            });
        }
    });
    let done = done.into_inner().unwrap();
    assert_eq!(done.len(), clerks, "a clerk has given up");
    let operations: u64 = done.iter().map(|(operations, _)| operations).sum();
    let mut wrong: Vec<String> = done.into_iter().flat_map(|(_, wrong)| wrong).collect();
    wrong.extend(wrong_in_all(&office));
    let gaps = gaps(&office);
    let seed = random.seed();
    println!("operations={operations} wrong={} gaps={gaps} seed={seed}", wrong.len());
    assert!(wrong.is_empty(), "{} are wrong; the first: {}", wrong.len(), wrong[0]);
    assert_eq!(gaps, 0);
    assert!(office.count("registrations") * 20 > i64::try_from(operations).unwrap(), "hardly anything was registered");
}

/// Rows that a query finds, which should find none.
fn found(office: &App, text: &'static str) -> i64 {
    i64::try_from(office.rows::<(i64,)>(Statement::new(text)).unwrap().len()).unwrap()
}

fn wrong_in_all(office: &App) -> Vec<String> {
    let checks = [
        (
            "a row does not sum to zero",
            "SELECT version FROM history WHERE receivable + balance + revenue + vat + cash + rounding <> 0",
        ),
        ("an entry of a balance does not sum to zero", "SELECT cash FROM balance_entries WHERE balance + cash <> 0"),
        (
            "a balance is not what its entries sum to, or below zero",
            "SELECT b.amount FROM balances b WHERE b.amount < 0 OR b.amount <> \
             0 - (SELECT coalesce(sum(h.balance), 0) FROM history h JOIN registrations r ON r.id = h.invoice \
             WHERE r.login = b.login AND r.currency = b.currency) \
             - (SELECT coalesce(sum(e.balance), 0) FROM balance_entries e WHERE e.login = b.login AND e.currency = b.currency)",
        ),
        (
            "an invoice was issued before the one before it",
            "SELECT r.sequence FROM registrations r JOIN registrations b ON b.seller = r.seller AND b.series = r.series \
             AND b.period = r.period AND b.sequence = r.sequence - 1 WHERE b.issued_at > r.issued_at",
        ),
        (
            "a year began before the one before it had ended",
            "SELECT r.sequence FROM registrations r WHERE r.series = 'RE' AND r.period = '2027' AND r.issued_at < \
             (SELECT max(b.issued_at) FROM registrations b WHERE b.series = 'RE' AND b.period = '2026')",
        ),
        (
            "an invoice has no history or no body",
            "SELECT r.sequence FROM registrations r WHERE NOT EXISTS (SELECT 1 FROM history h WHERE h.invoice = r.id AND h.version = 1)",
        ),
        (
            "a history has a gap",
            "SELECT h.version FROM history h WHERE h.version > 1 AND NOT EXISTS \
             (SELECT 1 FROM history b WHERE b.invoice = h.invoice AND b.version = h.version - 1)",
        ),
    ];
    let wrong = checks.into_iter().map(|(what, text)| (what, found(office, text)));
    wrong.filter(|(_, rows)| *rows > 0).map(|(what, rows)| format!("{what}: {rows} times")).collect()
}

/// Numbers that are missing in their period.
fn gaps(office: &App) -> i64 {
    let missing = Statement::new(
        "SELECT s.last_sequence - (SELECT count(*) FROM registrations r WHERE r.seller = s.seller AND r.series = s.series \
         AND r.period = s.period AND r.sequence BETWEEN 1 AND s.last_sequence) FROM series s",
    );
    office.rows::<(i64,)>(missing).unwrap().into_iter().map(|(missing,)| missing.abs()).sum()
}
