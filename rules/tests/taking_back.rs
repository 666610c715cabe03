//! Cancellations and corrections: what is taken back is exactly what there was.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "the whole file is a test")]

mod shop;

use kontor_rules::{
    Accepted, Document, Invoice, Violation,
    category::Category,
    invoice::{Earlier, Kind, cancel, correct, replace},
};
use proptest::prelude::*;
use serde_json::{Value, json};
use shop::{accepted, draft, registered, seller};

fn original() -> Document {
    let mut draft = draft(
        "gross",
        &json!([
            {"name": "Lampe", "quantity": 2, "unit_price": "19.00", "rate": "19"},
            {"name": "Buch", "quantity": 1, "unit_price": "10.70", "rate": "7"},
            {"name": "Kurs", "quantity": 1, "unit_price": "50.00", "category": "E"}
        ]),
    );
    draft["exemptions"] = json!([{"category": "E", "text": "Steuerfrei nach § 4 Nr. 21 UStG"}]);
    draft["payment"] = json!({"due_in_days": 14});
    registered(accepted(&draft), 1)
}

fn codes(violations: &[Violation]) -> Vec<(&str, &str)> {
    violations.iter().map(|one| (one.code, one.pointer.as_str())).collect()
}

fn correction(original: &Document, credits: &[Invoice], draft: &Value) -> Result<Accepted, Vec<Violation>> {
    correct(original, &Earlier { cancelled: false, credits }, &seller(), draft.to_string().as_bytes())
}

fn assert_mirrors(original: &Document, cancellation: &Invoice) {
    let of = &original.invoice;
    assert_eq!((cancellation.kind, cancellation.kind.type_code()), (Kind::Cancellation, "381"));
    assert_eq!((&cancellation.lines, &cancellation.taxes), (&of.lines, &of.taxes));
    assert_eq!((&cancellation.allowances, &cancellation.charges), (&of.allowances, &of.charges));
    let sums =
        |one: &Invoice| [one.lines_net, one.allowances_net, one.charges_net, one.net, one.tax, one.gross, one.rounding];
    assert_eq!(sums(cancellation), sums(of));
    assert_eq!(
        (&cancellation.buyer, &cancellation.login, &cancellation.delivery),
        (&of.buyer, &of.login, &of.delivery)
    );
    let preceding = &cancellation.preceding[0];
    assert_eq!((&preceding.number, preceding.issued_on), (&original.numbering.number, original.numbering.issued_on));
}

#[test]
fn a_cancellation_mirrors_its_original() {
    let original = original();
    assert_eq!((original.due, original.due_on), (9870, Some("2026-12-05".parse().unwrap())));
    let cancellation =
        cancel(&original, &Earlier::default(), &seller(), br#"{"reason": "Irrtum", "id": "x-1"}"#).unwrap();
    assert_mirrors(&original, &cancellation.invoice);
    assert_eq!(cancellation.invoice.title, "Stornorechnung");
    assert_eq!(cancellation.invoice.reason.as_deref(), Some("Irrtum"));
    assert_eq!(cancellation.request.id.as_deref(), Some("x-1"));
    assert_eq!(registered(cancellation.invoice, 2).due_on, None);
}

#[test]
fn an_invoice_is_cancelled_once_and_only_whole() {
    let original = original();
    let refused = |earlier: &Earlier<'_>, original: &Document, request: &[u8]| {
        let violations = cancel(original, earlier, &seller(), request).unwrap_err();
        assert!(
            violations[0].code == "unknown-field" || violations.iter().all(Violation::is_conflict),
            "{violations:?}"
        );
        codes(&violations).into_iter().map(|(code, _)| code.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused(&Earlier { cancelled: true, credits: &[] }, &original, b"{}"), ["already-cancelled"]);
    let credit = correction(
        &original,
        &[],
        &json!({"lines": [{"name": "Buch", "quantity": 1, "unit_price": "1.00", "rate": "7"}]}),
    );
    let credit = credit.unwrap().invoice;
    let earlier = Earlier { cancelled: false, credits: std::slice::from_ref(&credit) };
    assert_eq!(refused(&earlier, &original, b"{}"), ["already-corrected"]);
    assert_eq!(refused(&Earlier::default(), &registered(credit, 2), b"{}"), ["not-cancellable"]);
    let cancellation = cancel(&original, &Earlier::default(), &seller(), b"{}").unwrap().invoice;
    assert_eq!(refused(&Earlier::default(), &registered(cancellation, 2), b"{}"), ["not-cancellable"]);
    for more in [&br#"{"lines": []}"#[..], br#"{"use_balance": "all"}"#] {
        assert_eq!(refused(&Earlier::default(), &original, more), ["unknown-field"]);
    }
}

#[test]
fn a_correction_is_a_credit_with_positive_amounts() {
    let original = original();
    let draft = json!({"reason": "Eine Lampe war kaputt", "lines": [{"name": "Lampe", "quantity": 1, "unit_price": "19.00", "rate": "19"}]});
    let credit = correction(&original, &[], &draft).unwrap().invoice;
    assert_eq!((credit.kind.type_code(), credit.title.as_str()), ("381", "Rechnungskorrektur"));
    assert_eq!((credit.net, credit.tax, credit.gross), (1597, 303, 1900));
    assert_eq!((&credit.buyer, &credit.delivery), (&original.invoice.buyer, &original.invoice.delivery));
    assert_eq!(credit.preceding[0].number, "RE-2026-000001");
    // The second lamp takes exactly the rest: 31.93 − 15.97 and 6.07 − 3.03.
    let rest = correction(&original, std::slice::from_ref(&credit), &draft).unwrap().invoice;
    assert_eq!((rest.net, rest.tax, rest.gross), (1596, 304, 1900));
    let third = correction(&original, &[credit, rest], &draft).unwrap_err();
    assert_eq!(codes(&third), [("correction-exceeds-original", "/lines")]);
    assert!(third[0].is_conflict() && third[0].detail.contains("0 of the original are left"), "{third:?}");
}

#[test]
fn a_correction_stays_within_each_rate() {
    let original = original();
    let take = |rate: &str, price: &str| {
        correction(&original, &[], &json!({"lines": [{"name": "x", "quantity": 1, "unit_price": price, "rate": rate}]}))
    };
    assert_eq!(take("7", "10.70").unwrap().invoice.tax, 70);
    for (rate, price) in [("7", "10.71"), ("19", "38.01"), ("5.5", "0.01")] {
        assert_eq!(
            codes(&take(rate, price).unwrap_err()),
            [("correction-exceeds-original", "/lines")],
            "{price} at {rate}"
        );
    }
    let exempt = json!({"lines": [{"name": "Kurs", "quantity": 1, "unit_price": "20.00", "category": "E"}]});
    let exempt = correction(&original, &[], &exempt).unwrap().invoice;
    assert_eq!(exempt.taxes[0].category, Category::E);
    assert_eq!(exempt.taxes[0].exemption.as_deref(), Some("Steuerfrei nach § 4 Nr. 21 UStG"));
}

#[test]
fn a_correction_is_about_the_same_customer_and_money() {
    let draft = json!({"login": "other", "currency": "USD", "pricing": "net", "use_balance": "all", "lines": [{"name": "x", "quantity": 1, "unit_price": "1", "rate": "7"}]});
    let violations = correction(&original(), &[], &draft).unwrap_err();
    let differs = "differs-from-original";
    let wanted =
        [("unknown-field", "/use_balance"), (differs, "/login"), (differs, "/currency"), (differs, "/pricing")];
    assert_eq!(codes(&violations), wanted);
}

#[test]
fn what_was_cancelled_is_stated_anew() {
    let original = original();
    let new = draft("net", &json!([{"name": "Lampe", "quantity": 1, "unit_price": "30.00", "rate": "19"}]));
    let cancelled = Earlier { cancelled: true, credits: &[] };
    let corrected = replace(&original, &cancelled, &seller(), new.to_string().as_bytes()).unwrap().invoice;
    assert_eq!((corrected.kind.type_code(), corrected.title.as_str()), ("384", "Korrigierte Rechnung"));
    assert_eq!((corrected.gross, corrected.preceding[0].number.as_str()), (3570, "RE-2026-000001"));
    assert!(registered(corrected, 3).is_original());
    let violations = replace(&original, &Earlier::default(), &seller(), new.to_string().as_bytes()).unwrap_err();
    assert_eq!(codes(&violations), [("not-cancelled", "")]);
}

#[test]
fn an_invoice_is_kept_for_eight_years_from_the_end_of_its_own() {
    assert_eq!(original().keep_until(), Some("2034-12-31".parse().unwrap()));
}

#[test]
fn skonto_lowers_the_tax_of_each_rate() {
    let mut draft = draft(
        "gross",
        &json!([
            {"name": "Lampe", "quantity": 1, "unit_price": "119.00", "rate": "19"},
            {"name": "Buch", "quantity": 1, "unit_price": "107.00", "rate": "7"}
        ]),
    );
    draft["payment"] = json!({"skonto": [{"days": 7, "percent": "3"}, {"days": 14, "percent": "2"}]});
    let document = registered(accepted(&draft), 1);
    let on = |day: &str| document.skonto_on(day.parse().unwrap()).map(|sums| (sums.net, sums.tax));
    // 2 % of 226.00 are 4.52: 2.38 with 19 % and 2.14 with 7 %.
    assert_eq!(on("2026-12-05"), Some((200 + 200, 38 + 14)));
    assert_eq!(on("2026-11-28").map(|(net, tax)| net + tax), Some(678));
    assert_eq!(on("2026-12-06"), None);
}

#[test]
fn a_document_reads_back_the_same() {
    let document = original();
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    assert!(json.len() < 1_800, "{} bytes", json.len());
}

fn lines() -> impl Strategy<Value = Vec<(i64, i64, usize)>> {
    prop::collection::vec((1..40_i64, 0..30_000_i64, 0..3_usize), 1..12)
}

fn to_json(lines: &[(i64, i64, usize)]) -> Value {
    let one = |(quantity, cents, rate): &(i64, i64, usize)| {
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        json!({"name": "x", "quantity": quantity, "unit_price": price, "rate": (["19", "7", "5.5"][*rate])})
    };
    lines.iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_cancellation_mirrors(lines in lines(), gross in any::<bool>()) {
        let original = registered(accepted(&draft(if gross { "gross" } else { "net" }, &to_json(&lines))), 1);
        let cancellation = cancel(&original, &Earlier::default(), &seller(), b"{}").unwrap().invoice;
        assert_mirrors(&original, &cancellation);
    }

    /// Taking everything back piece by piece leaves nothing of any rate, whatever was rounded on the way.
    #[test]
    fn corrections_of_everything_leave_nothing(lines in lines(), gross in any::<bool>(), pieces in prop::collection::vec(1..40_i64, 0..20)) {
        let original = registered(accepted(&draft(if gross { "gross" } else { "net" }, &to_json(&lines))), 1);
        let mut left = lines;
        let mut credits: Vec<Invoice> = Vec::new();
        let mut pieces = pieces.into_iter();
        while !left.is_empty() {
            let at = credits.len() % left.len();
            let piece = pieces.next().unwrap_or(i64::MAX).min(left[at].0);
            let (_, cents, rate) = left[at];
            let credit = correction(&original, &credits, &json!({"lines": to_json(&[(piece, cents, rate)])}));
            let credit = match credit {
                Ok(credit) => credit.invoice,
                Err(violations) => panic!("{violations:#?}"),
            };
            prop_assert!(credit.net >= 0 && credit.tax >= 0);
            prop_assert_eq!(credit.lines[0].net, credit.net);
            credits.push(credit);
            left[at].0 -= piece;
            left.retain(|(quantity, ..)| *quantity > 0);
        }
        for group in &original.invoice.taxes {
            let taken = credits.iter().flat_map(|credit| &credit.taxes).filter(|taken| taken.rate == group.rate);
            let sums = taken.fold((0, 0), |(net, tax), taken| (net + taken.net, tax + taken.tax));
            prop_assert_eq!(sums, (group.net, group.tax));
        }
    }
}
