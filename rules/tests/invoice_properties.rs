//! What holds for every invoice, whatever is sold.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "the whole file is a test")]

mod shop;

use kontor_rules::{Decimal, Invoice, category::Category, invoice, money::AMOUNT_MAX};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use shop::{accepted, draft, seller};

/// A line: quantity in thousandths, price in ten-thousandths, which rate, allowance and charge in percent.
type Sold = (i64, i64, usize, Option<i64>, Option<i64>);

fn sold() -> impl Strategy<Value = Vec<Sold>> {
    let percent = || prop::option::weighted(0.3, 1..=60_i64);
    prop::collection::vec((1..50_000_i64, 0..9_000_000_i64, 0..4_usize, percent(), percent()), 1..15)
}

fn to_json(lines: &[Sold]) -> Value {
    let one = |(quantity, price, rate, allowance, charge): &Sold| {
        let list = |percent: &Option<i64>| -> Value {
            percent.iter().map(|percent| json!({"percent": percent, "reason": "x"})).collect()
        };
        let mut line = json!({
            "name": "x", "quantity": Decimal::new(*quantity, 3).unwrap(), "unit_price": Decimal::new(*price, 4).unwrap(),
            "rate": (["19", "7", "5.5", "0"][*rate]), "allowances": list(allowance), "charges": list(charge),
        });
        if *rate == 3 {
            line["category"] = "E".into();
        }
        line
    };
    lines.iter().map(one).collect()
}

/// BR-CO-10 to BR-CO-17, with the norm's own tolerance where it has one.
fn assert_norm(invoice: &Invoice) {
    let frozen = invoice.frozen().unwrap();
    assert_eq!(&serde_json::from_str::<Invoice>(&frozen).unwrap(), invoice, "what is left out is read as it was");
    assert!(frozen.len() <= kontor_rules::seal::canonical(invoice).unwrap().len());
    let on_all = |list: &[invoice::object::GroupAllowance]| list.iter().map(|one| one.allowance.net).sum::<i64>();
    assert_eq!(invoice.lines_net, invoice.lines.iter().map(|line| line.net).sum::<i64>(), "BR-CO-10");
    assert_eq!(invoice.allowances_net, on_all(&invoice.allowances), "BR-CO-11");
    assert_eq!(invoice.charges_net, on_all(&invoice.charges), "BR-CO-12");
    assert_eq!(invoice.net, invoice.lines_net - invoice.allowances_net + invoice.charges_net, "BR-CO-13");
    assert_eq!(invoice.tax, invoice.taxes.iter().map(|group| group.tax).sum::<i64>(), "BR-CO-14");
    assert_eq!(invoice.gross, invoice.net + invoice.tax, "BR-CO-15");
    for group in &invoice.taxes {
        let rate = i128::from(group.rate.unwrap_or_default().hundredths());
        let exact = i128::from(group.net) * rate;
        assert!((exact - i128::from(group.tax) * 10_000).abs() < 10_000, "BR-CO-17: {group:?}");
        let same = |category: Category, rate| (category, rate) == (group.category, group.rate);
        let lines =
            invoice.lines.iter().filter(|line| same(line.category, line.rate)).map(|line| line.net).sum::<i64>();
        let of = |list: &[invoice::object::GroupAllowance]| {
            list.iter().filter(|one| same(one.category, one.rate)).map(|one| one.allowance.net).sum::<i64>()
        };
        assert_eq!(group.net, lines - of(&invoice.allowances) + of(&invoice.charges), "BR-S-08");
    }
    for line in &invoice.lines {
        let own = line.net + line.allowances.iter().map(|one| one.net).sum::<i64>()
            - line.charges.iter().map(|one| one.net).sum::<i64>();
        let computed = line.quantity.times(line.unit_net, line.base_quantity.unwrap_or(Decimal::ONE), 2).unwrap();
        assert!((own - computed).abs() <= 2, "PEPPOL-EN16931-R120: {line:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_sum_to_the_whole(lines in sold(), gross in any::<bool>(), voucher in prop::option::of(1..=50_i64), shipping in prop::option::of(1..2_000_i64)) {
        let mut draft = draft(if gross { "gross" } else { "net" }, &to_json(&lines));
        draft["allowances"] = voucher.iter().map(|percent| json!({"percent": percent, "reason": "Gutschein"})).collect();
        draft["charges"] = shipping.iter().map(|amount| json!({"amount": amount, "reason": "Versand", "rate": "19"})).collect();
        if lines.iter().any(|line| line.2 == 3) {
            draft["exemptions"] = json!([{"category": "E", "text": "Steuerfrei nach § 4 Nr. 21 UStG"}]);
        }
        let invoice = accepted(&draft);
        assert_norm(&invoice);
        if gross {
            let line = |line: &invoice::object::Line| line.gross.unwrap();
            let on_all = |list: &[invoice::object::GroupAllowance]| list.iter().map(|one| one.allowance.amount).sum::<i64>();
            let paid = invoice.lines.iter().map(line).sum::<i64>() - on_all(&invoice.allowances) + on_all(&invoice.charges);
            prop_assert_eq!(invoice.gross, paid);
        } else {
            for (line, sold) in invoice.lines.iter().zip(&lines) {
                prop_assert_eq!(line.unit_net, Decimal::new(sold.1, 4).unwrap());
            }
        }
    }

    /// What the shop asked for and the customer paid is what the invoice says, for every price and quantity.
    #[test]
    fn gross_is_what_was_paid(lines in prop::collection::vec((1..=100_i64, 0..=1_000_000_i64, 0..3_usize), 1..20)) {
        let json: Value = lines.iter().map(|(quantity, cents, rate)| json!({
            "name": "x", "quantity": quantity, "unit_price": Decimal::new(*cents, 2).unwrap(), "rate": (["19", "7", "5.5"][*rate]),
        })).collect();
        let invoice = accepted(&draft("gross", &json));
        let paid: i64 = lines.iter().map(|(quantity, cents, _)| quantity * cents).sum();
        prop_assert_eq!(invoice.gross, paid);
        prop_assert_eq!(invoice.net + invoice.tax, paid);
        for (line, (quantity, cents, _)) in invoice.lines.iter().zip(&lines) {
            prop_assert_eq!(line.gross, Some(quantity * cents));
            prop_assert_eq!(line.quantity.times(line.unit_net, Decimal::ONE, 2), Some(line.net));
        }
        assert_norm(&invoice);
    }

    /// At and past the limits there is an invoice or a violation, and never a panic; what is accepted is inside them.
    #[test]
    fn nothing_overflows(
        lines in prop::collection::vec((any::<i64>(), 0..=12_u32, any::<i64>(), 0..=12_u32, any::<i64>(), 0..4_usize), 1..8),
        amount in any::<i64>(), base in any::<i64>(), gross in any::<bool>(), narrow in 0..60_u32,
    ) {
        // Shifted, so that numbers of every length come up.
        let json: Value = lines.iter().map(|(quantity, q, price, p, per, rate)| json!({
            "name": "x", "quantity": Decimal::new(quantity >> narrow, *q).unwrap(), "unit_price": Decimal::new(price >> narrow, *p).unwrap(),
            "base_quantity": Decimal::new(per >> narrow, *p).unwrap(), "rate": (["19", "7", "0", "100"][*rate]),
            "allowances": [{"percent": "0.0001", "base": base, "reason": "x"}], "charges": [{"amount": amount >> narrow, "reason": "x"}],
        })).collect();
        let mut draft = draft(if gross { "gross" } else { "net" }, &json);
        draft["allowances"] = json!([{"amount": amount >> narrow, "reason": "x"}, {"percent": "100", "base": base, "reason": "x"}]);
        draft["rounding"] = amount.into();
        draft["use_balance"] = base.into();
        match invoice::check_json(draft.to_string().as_bytes(), &seller()) {
            Ok(accepted) => {
                prop_assert!(accepted.invoice.gross <= AMOUNT_MAX);
                assert_norm(&accepted.invoice);
            }
            Err(violations) => prop_assert!(!violations.is_empty()),
        }
    }

    /// Whatever is sent, there is an answer.
    #[test]
    fn any_json_has_an_answer(value in json_value()) {
        if let Err(violations) = invoice::check_json(value.to_string().as_bytes(), &seller()) {
            prop_assert!(!violations.is_empty());
            for violation in violations {
                prop_assert!(violation.pointer.is_empty() || violation.pointer.starts_with('/'));
                prop_assert!(!violation.detail.is_empty() && !violation.hint.is_empty());
            }
        }
    }
}

/// Trees of the draft's own field names, with values of any kind.
fn json_value() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "login",
        "buyer",
        "lines",
        "currency",
        "pricing",
        "delivery",
        "date",
        "from",
        "name",
        "quantity",
        "unit_price",
        "rate",
        "category",
        "allowances",
        "charges",
        "amount",
        "percent",
        "base",
        "exemptions",
        "text",
        "code",
        "payment",
        "means",
        "kind",
        "iban",
        "skonto",
        "days",
        "notes",
        "use_balance",
        "rounding",
        "vat_id",
        "country",
        "address",
        "x/~",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "EUR",
            "gross",
            "S",
            "19",
            "1.50",
            "DE",
            "2026-11-21",
            "transfer",
            "",
            "\u{0}",
            "none"
        ])
        .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 120, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..10).prop_map(|fields| Value::from(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()
            )),
        ]
    })
}
