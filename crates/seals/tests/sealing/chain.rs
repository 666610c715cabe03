//! One chain over all series, whoever makes it.

use kontor_data::{Batch, Statement, Value};
use kontor_seals::{Sealer, VerifyError, sealer::LEAVES_MAX};

use crate::{NOW, Office};

#[test]
fn a_seal_covers_what_is_new_in_every_series() {
    let office = Office::new();
    let mut sealer = office.sealer();
    let round = |sealer: &mut Sealer, now| office.runtime.block_on(sealer.round(now)).unwrap().record;
    assert!(round(&mut sealer, NOW).is_none(), "nothing was registered");
    office.register("RE");
    office.register("X");
    office.register("RE");
    let first = round(&mut sealer, NOW).unwrap().seal;
    assert_eq!((first.sequence, first.size, first.made_at_us), (1, 3, NOW));
    assert!(round(&mut sealer, NOW).is_none(), "nothing is new");
    let summary = office.verify().unwrap();
    assert_eq!((summary.seals, summary.invoices, summary.unsealed, summary.postings), (1, 3, 0, 3));
    assert_eq!(summary.keys, [office.key.public()]);

    office.register("X");
    assert_eq!(office.verify().unwrap().unsealed, 1);
    // A new process goes on, though its clock is behind.
    let second = round(&mut office.sealer(), NOW - 5).unwrap().seal;
    assert_eq!((second.sequence, second.size, second.made_at_us), (2, 1, NOW));
    assert_eq!(second.previous, first.digest().unwrap());
    assert_eq!(office.verify().unwrap().unsealed, 0);
}

#[test]
fn two_sealers_at_the_same_time_make_one_chain() {
    let office = Office::new();
    let mut sealers = [office.sealer(), office.sealer()];
    for _ in 0..20 {
        office.register("RE");
        office.register("X");
        let [one, two] = &mut sealers;
        let (one, two) = office.runtime.block_on(async { tokio::join!(one.round(NOW), two.round(NOW)) });
        let made = [one.unwrap().record, two.unwrap().record];
        assert!(made.iter().any(Option::is_some));
    }
    let summary = office.verify().unwrap();
    assert_eq!((summary.invoices, summary.unsealed), (40, 0));
    assert_eq!(office.number("SELECT max(sequence) FROM seals"), office.number("SELECT count(*) FROM seals"));
    assert_eq!(office.number("SELECT count(*) FROM seals"), 20, "no invoice is under two seals");
}

/// Registrations without a body, as many as there shall be.
fn fill(office: &Office, count: i64) {
    let row = |sequence: i64| {
        let id = format!("id-{sequence}");
        let hash = vec![7; 32];
        [
            Value::Text(id.clone()),
            Value::Integer(sequence),
            Value::Text(format!("F{sequence}")),
            Value::Timestamp(NOW),
            Value::Bytes(hash),
            Value::Text(id),
        ]
    };
    let sequences: Vec<i64> = (1..=count).collect();
    let mut statements = vec![Statement {
        text:
            "INSERT INTO series (seller, series, period, last_sequence, last_time) VALUES ('default', 'F', '', $1, $2)"
                .into(),
        parameters: vec![Value::Integer(count), Value::Timestamp(NOW)],
        results: vec![],
        expect_rows: None,
    }];
    for some in sequences.chunks(100) {
        let places = |index: usize| (1..=6).map(|place| format!("${}", index * 6 + place)).collect::<Vec<_>>();
        let rows = (0..some.len()).map(|index| {
            let [id, sequence, number, time, hash, source] = &places(index)[..] else { unreachable!() };
            format!(
                "({id}, 'default', 'F', '', {sequence}, {number}, 'invoice', {time}, 0, 'a', 'EUR', 0, 0, 0, 0, 0, NULL, \
                 {hash}, '', {source})"
            )
        });
        let text = format!(
            "INSERT INTO registrations (id, seller, series, period, sequence, number, kind, issued_at, utc_offset, login, \
             currency, net, tax, gross, rounding, balance_used, due_on, body_hash, receipt_hash, source) VALUES {}",
            rows.collect::<Vec<_>>().join(", ")
        );
        let parameters = some.iter().flat_map(|sequence| row(*sequence)).collect();
        statements.push(Statement { text: text.into(), parameters, results: vec![], expect_rows: None });
    }
    office.runtime.block_on(office.database().execute(Batch { statements, ..Batch::default() })).unwrap();
}

#[test]
fn past_4096_invoices_there_is_another_seal_at_once() {
    let office = Office::new();
    fill(&office, LEAVES_MAX + 5);
    let mut sealer = office.sealer();
    let made = office.runtime.block_on(sealer.round(NOW)).unwrap();
    assert_eq!((made.record.unwrap().seal.size, made.more), (LEAVES_MAX, true));
    let made = office.runtime.block_on(sealer.round(NOW)).unwrap();
    assert_eq!((made.record.unwrap().seal.size, made.more), (5, false));
    let Err(VerifyError::Wrong(what)) = office.verify() else { panic!("they have no bodies") };
    assert!(what.contains("invoice F1 (id id-1) has no body"), "{what}");
}

#[test]
fn a_series_with_a_gap_is_told_and_keeps_no_other_from_its_seal() {
    let office = Office::new();
    office.register("RE");
    office.register("X");
    assert_eq!(office.attack("UPDATE series SET last_sequence = 3 WHERE series = 'RE'"), Ok(1));
    let made = office.runtime.block_on(office.sealer().round(NOW)).unwrap();
    assert_eq!(made.record.unwrap().seal.size, 1);
    assert!(made.fault.unwrap().to_string().contains("has no invoice 2"));
    let Err(VerifyError::Wrong(what)) = office.verify() else { panic!("two numbers are missing") };
    assert!(what.contains("has no invoice 2: its registration was deleted"), "{what}");
}
