//! What budgets let pass, and when they are over.

use std::sync::Arc;

use super::*;
use crate::Identity;

fn budget(requests: Option<u64>, money_pico: Option<u128>) -> Budget {
    let (function, window) = ("sales".to_owned(), Window::Hour);
    Budget::new(BudgetRule { function, caller: None, window, requests, money_pico }, Tariff::default())
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

#[test]
fn exactly_so_many_requests_pass_in_a_window_and_again_in_the_next() {
    let budget = budget(Some(3), None);
    for window in [3600, 7200, 3600 * 500] {
        assert_eq!((0..5).filter(|second| budget.admit(at(window + second)).is_ok()).count(), 3);
    }
    let used_up = budget.admit(at(3600 * 500 + 3000)).unwrap_err();
    assert_eq!((used_up.resets, used_up.resets_in), (at(3600 * 501), Duration::from_secs(600)));
    assert_eq!(used_up.what, "The 3 requests to sales for this hour are used up.");
}

#[test]
fn many_threads_get_no_more_than_there_is() {
    let budget = budget(Some(1000), None);
    let passed = || (0..1000).filter(|_| budget.admit(at(3600)).is_ok()).count();
    let passed: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(passed)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    // A refusal counts for a moment, so at the very end one that would fit may be refused beside it; never more pass.
    assert!((900..=1000).contains(&passed), "{passed}");
    assert_eq!(budget.state(at(3600)).requests, passed as u64);
}

#[test]
fn money_ends_it_once_it_is_spent() {
    // Three calls' worth.
    let budget = budget(None, Some(600_000));
    for _ in 0..3 {
        budget.admit(at(0)).unwrap();
        budget.add_work(0);
    }
    assert!(budget.admit(at(1)).is_err());
    assert!(budget.admit(at(3600)).is_ok());
}

#[test]
fn operators_are_warned_from_four_fifths_on() {
    let budget = budget(Some(10), None);
    for request in 1..=10 {
        budget.admit(at(0)).unwrap();
        assert_eq!(budget.state(at(0)).is_near_its_end(), request >= 8, "{request}");
        assert_eq!(budget.warned.load(Relaxed), request >= 8, "{request}");
    }
    assert!(budget.state(at(0)).warning(&Tariff::default()).contains("100 % in this hour (10 of 10 requests)"));
    assert!(!budget.state(at(3600)).is_near_its_end());
    assert!(!budget.warned.load(Relaxed), "the next window is warned of again");
}

#[test]
fn a_restart_changes_nothing_within_the_window() {
    let before = budget(Some(3), None);
    before.admit(at(10)).unwrap();
    before.admit(at(11)).unwrap();
    let (after, later) = (budget(Some(3), None), budget(Some(3), None));
    after.restore(&before.spent(at(12)), at(13));
    assert!(after.admit(at(14)).is_ok() && after.admit(at(15)).is_err());
    later.restore(&before.spent(at(12)), at(3600));
    assert_eq!((0..9).filter(|_| later.admit(at(3601)).is_ok()).count(), 3);
}

#[test]
fn a_clock_that_is_set_back_gives_nothing_twice() {
    let budget = budget(Some(1), None);
    assert!(budget.admit(at(7200)).is_ok());
    assert!(budget.admit(at(3600)).is_err());
}

#[test]
fn a_budget_is_for_whom_it_names() {
    let shop = Caller::Service(Arc::new(Identity { name: "shop".into(), scopes: Vec::new() }));
    for (caller, shop_counts, visitors_count) in
        [(None, true, true), (Some("shop"), true, false), (Some("anonymous"), false, true)]
    {
        let rule = BudgetRule { caller: caller.map(str::to_owned), ..budget(None, None).rule };
        assert_eq!((rule.is_for(&shop), rule.is_for(&Caller::Anonymous)), (shop_counts, visitors_count));
    }
}
