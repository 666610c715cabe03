//! The ledger: scenarios as data, and a model that does anything at any time.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "the whole file is a test")]

use std::collections::BTreeMap;

use kontor_rules::{
    Date,
    choice::UseBalance,
    ledger::{self, Account, Applied, InvoiceAccount, Operation, Posting, Refusal, State, Sums, Why},
    money::AMOUNT_MAX,
};
use proptest::prelude::*;
use serde_json::{Map, Value};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn sums_by_account(posting: &Posting) -> BTreeMap<&'static str, i64> {
    let mut sums = BTreeMap::new();
    for entry in posting.entries() {
        *sums.entry(entry.account.name()).or_insert(0) += entry.amount;
    }
    sums.retain(|_, sum| *sum != 0);
    sums
}

/// An invoice and its customer.
struct Desk {
    account: InvoiceAccount,
    balance: i64,
}

impl Desk {
    fn step(&mut self, step: &Value) -> Result<Option<Applied>, Refusal> {
        let what = step["do"].as_array().unwrap();
        let amount = what.get(1).and_then(Value::as_i64).unwrap_or(0);
        let operation = match what[0].as_str().unwrap() {
            "payment" => Operation::Payment(amount),
            "use_balance" => Operation::UseBalance(amount),
            "refund" => Operation::Refund(amount),
            "chargeback" => Operation::Chargeback(amount),
            "cancellation" => Operation::Cancellation,
            "skonto" => Operation::Skonto(Sums { net: amount, tax: what[2].as_i64().unwrap(), rounding: 0 }),
            "correction" => Operation::Correction(Sums { net: amount, tax: what[2].as_i64().unwrap(), rounding: 0 }),
            "day_change" => Operation::DayChange,
            "spend" => {
                // The customer uses the balance elsewhere.
                self.balance += ledger::pay_out(amount, self.balance)?.balance_change();
                return Ok(None);
            }
            other => panic!("{other}"),
        };
        let today = step["on"].as_str().map_or(self.account.changed_on, date);
        let applied = self.account.apply(operation, self.balance, today)?;
        self.balance += applied.posting.balance_change();
        self.account = applied.account;
        Ok(Some(applied))
    }
}

fn compare(place: &str, wanted: &Value, applied: Option<&Applied>, desk: &Desk, faults: &mut Vec<String>) {
    let mut differ = |what: &str, wanted: &Value, found: Value| {
        if !wanted.is_null() && *wanted != found {
            faults.push(format!("{place}: {what} is {found}, and {wanted} is wanted"));
        }
    };
    if let Some(applied) = applied {
        let entries: Map<String, Value> =
            sums_by_account(&applied.posting).into_iter().map(|(name, sum)| (name.to_owned(), sum.into())).collect();
        differ("entries", &wanted["entries"], entries.into());
        differ("state", &wanted["state"], applied.to.name().into());
        differ("open", &wanted["open"], applied.account.open().into());
    }
    differ("balance", &wanted["balance"], desk.balance.into());
}

#[test]
fn scenarios_come_out_as_they_say() {
    let scenarios: Vec<Value> = serde_json::from_str(include_str!("ledger/scenarios.json")).unwrap();
    let mut faults = Vec::new();
    for mut scenario in scenarios {
        let name = scenario["name"].as_str().unwrap().to_owned();
        let of = &scenario["register"];
        let number = |field: &str| of[field].as_i64().unwrap_or(0);
        let sums = Sums { net: number("net"), tax: number("tax"), rounding: number("rounding") };
        let asked = if of["use_balance"].is_null() {
            UseBalance::None
        } else {
            serde_json::from_value(of["use_balance"].clone()).unwrap()
        };
        let balance = scenario["balance"].as_i64().unwrap_or(0);
        let registered = ledger::balance_used(asked, balance, sums.total())
            .and_then(|used| ledger::register(sums, used, of["due_on"].as_str().map(date), date("2026-11-21")));
        let applied = match registered {
            Ok(applied) => applied,
            Err(refusal) => {
                if scenario["refused"] != refusal.code() {
                    faults.push(format!("{name}: {refusal}"));
                }
                continue;
            }
        };
        let mut desk = Desk { account: applied.account, balance: balance + applied.posting.balance_change() };
        scenario["balance"] = scenario["balance_after"].clone();
        compare(&format!("{name}, registration"), &scenario, Some(&applied), &desk, &mut faults);
        for (index, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            let place = format!("{name}, step {index}");
            let (account, balance) = (desk.account, desk.balance);
            match desk.step(step) {
                Ok(_) if !step["refused"].is_null() => faults.push(format!("{place}: not refused")),
                Ok(applied) => compare(&place, step, applied.as_ref(), &desk, &mut faults),
                Err(refusal) => {
                    if step["refused"] != refusal.code() {
                        faults.push(format!("{place}: {refusal}"));
                    }
                    assert!((account, balance) == (desk.account, desk.balance), "{place}: a refusal changed something");
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_refusal_names_the_balance() {
    let account =
        ledger::register(Sums { net: 100, tax: 19, rounding: 0 }, 0, None, date("2026-11-21")).unwrap().account;
    let refusal = account.apply(Operation::UseBalance(60), 50, date("2026-11-21")).unwrap_err();
    assert_eq!(refusal, Refusal::BalanceTooSmall { asked: 60, balance: 50 });
    assert!(refusal.to_string().contains("50") && !refusal.is_invalid());
}

#[test]
fn history_says_when_who_and_why() {
    let applied = ledger::register(Sums { net: 100, tax: 19, rounding: 0 }, 0, None, date("2026-11-21")).unwrap();
    let change = applied.change(7, Why::new("shop", "order 1").unwrap());
    assert_eq!((change.from, change.to, change.operation.as_str()), (None, State::Registered, "registration"));
    let applied = applied.account.apply(Operation::Payment(119), 0, date("2026-11-22")).unwrap();
    let change = applied.change(8, Why::new("bank", "statement 3").unwrap());
    assert_eq!((change.from, change.to, change.at_us), (Some(State::Registered), State::Paid, 8));
    assert_eq!(
        (change.operation.as_str(), change.by.as_str(), change.why.as_str()),
        ("payment", "bank", "statement 3")
    );
}

/// What a customer, a bank or a clerk may try.
fn operations() -> impl Strategy<Value = (usize, Operation, u32)> {
    let amount = prop_oneof![8 => 1..20_000_i64, 1 => Just(AMOUNT_MAX), 1 => any::<i64>()];
    let sums = (0..9_000_i64, 0..2_000_i64, -3..3_i64).prop_map(|(net, tax, rounding)| Sums { net, tax, rounding });
    let operation = prop_oneof![
        4 => amount.clone().prop_map(Operation::Payment),
        2 => amount.clone().prop_map(Operation::UseBalance),
        2 => amount.clone().prop_map(Operation::Refund),
        2 => amount.prop_map(Operation::Chargeback),
        2 => sums.clone().prop_map(Operation::Correction),
        1 => sums.prop_map(Operation::Skonto),
        1 => Just(Operation::Cancellation),
        1 => Just(Operation::DayChange),
    ];
    (0..3_usize, operation, 0..20_u32)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Three invoices of one customer, and operations in any order.
    #[test]
    fn books_balance_whatever_is_done(
        start in 0..30_000_i64,
        invoices in prop::array::uniform3((0..9_000_i64, 0..2_000_i64, 0..40_000_i64)),
        operations in prop::collection::vec(operations(), 0..60),
    ) {
        let first = date("2026-11-21");
        let mut books: BTreeMap<&'static str, i64> = BTreeMap::new();
        let mut post = |posting: &Posting| {
            assert_eq!(posting.sum(), 0, "{posting:?}");
            for entry in posting.entries() {
                assert_ne!(entry.amount, 0);
                *books.entry(entry.account.name()).or_insert(0) += entry.amount;
            }
        };
        let mut balance = 0;
        if start > 0 {
            let posting = ledger::deposit(start, 0).unwrap();
            balance += posting.balance_change();
            post(&posting);
        }
        let mut accounts = Vec::new();
        for (net, tax, ask) in invoices {
            let sums = Sums { net, tax, rounding: 0 };
            let asked = if ask == 0 { UseBalance::All } else { UseBalance::Amount(ask) };
            let used = ledger::balance_used(asked, balance, sums.total()).unwrap_or(0);
            let applied = ledger::register(sums, used, first.plus_days(14), first).unwrap();
            prop_assert!(applied.to.may_follow(None));
            balance += applied.posting.balance_change();
            post(&applied.posting);
            accounts.push((applied.account, applied.to));
        }
        for (index, operation, days) in operations {
            let (account, state) = accounts[index];
            let today = first.plus_days(days).unwrap();
            let Ok(applied) = account.apply(operation, balance, today) else { continue };
            prop_assert_eq!(applied.from, Some(state), "the recorded state is the one before");
            prop_assert!(applied.to.may_follow(applied.from), "{:?} → {:?} by {:?}", applied.from, applied.to, operation);
            balance += applied.posting.balance_change();
            prop_assert!(balance >= 0, "the balance is {} after {:?}", balance, operation);
            prop_assert!(applied.account.open() >= 0);
            prop_assert!(applied.account.refundable() >= 0);
            post(&applied.posting);
            accounts[index] = (applied.account, applied.to);
        }
        let of = |account: Account| books.get(account.name()).copied().unwrap_or(0);
        prop_assert_eq!(books.values().sum::<i64>(), 0);
        prop_assert_eq!(of(Account::Balance), -balance);
        prop_assert_eq!(of(Account::Receivable), accounts.iter().map(|(account, _)| account.open()).sum::<i64>());
        let revenue: i64 = accounts.iter().map(|(account, _)| account.sums.net - account.credited.net - account.deducted.net).sum();
        let tax: i64 = accounts.iter().map(|(account, _)| account.sums.tax - account.credited.tax - account.deducted.tax).sum();
        prop_assert_eq!((of(Account::Revenue), of(Account::Vat)), (-revenue, -tax));
        let cash: i64 = accounts.iter().map(|(account, _)| account.paid - account.refunded).sum();
        prop_assert_eq!(of(Account::Cash), start + cash);
    }

    #[test]
    fn no_sum_makes_it_panic(net in any::<i64>(), tax in any::<i64>(), rounding in any::<i64>(), used in any::<i64>(), amount in any::<i64>()) {
        let sums = Sums { net, tax, rounding };
        let today = date("2999-12-31");
        if let Ok(applied) = ledger::register(sums, used, None, today) {
            let _ = applied.account.apply(Operation::Payment(amount), amount, today);
        }
        let account = ledger::register(Sums { net: AMOUNT_MAX, tax: AMOUNT_MAX, rounding: AMOUNT_MAX }, 0, None, today).unwrap().account;
        for operation in [Operation::Payment(amount), Operation::Chargeback(amount), Operation::Refund(amount), Operation::UseBalance(amount), Operation::Correction(sums), Operation::Cancellation] {
            for balance in [amount, 0, AMOUNT_MAX, i64::MAX] {
                let _ = account.apply(operation, balance, today);
            }
        }
    }
}
