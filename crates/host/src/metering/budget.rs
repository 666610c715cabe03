//! Budgets: how much a function, or one caller of it, may use within an hour or a day.
//!
//! Counters only rise; a window begins by noting where they stand. So a call adds to three counters and compares, and a
//! lock is taken once an hour or a day, by whoever comes first in a new window.

use std::{
    sync::atomic::{
        AtomicBool, AtomicU64,
        Ordering::{Acquire, Relaxed, Release},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use kontor_data::Spent;
use kontor_telemetry::Counter;
use parking_lot::Mutex;

use super::{Tariff, amount};
use crate::Caller;

/// From so many hundredths of a budget on, operators are warned.
pub const WARN_PERCENT: u128 = 80;

/// How long a budget lasts. Windows begin at full hours and at midnight, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight, UTC.
    Day,
}

impl Window {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    fn seconds(self) -> u64 {
        match self {
            Self::Hour => 3600,
            Self::Day => 86_400,
        }
    }
}

/// A caller's name for visitors, who have none.
pub const VISITORS: &str = "anonymous";

/// What the operator allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetRule {
    /// The function.
    pub function: String,
    /// A token's name, [`VISITORS`], or none for all callers together.
    pub caller: Option<String>,
    /// For how long.
    pub window: Window,
    /// Calls; none for any number.
    pub requests: Option<u64>,
    /// Money, in 10^-12 of the tariff's currency; none for any amount.
    pub money_pico: Option<u128>,
}

impl BudgetRule {
    /// What tells it from others: function, caller, window.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {} {}", self.function, self.window.name(), self.caller.as_deref().unwrap_or_default())
    }

    fn is_for(&self, caller: &Caller) -> bool {
        match (&self.caller, caller) {
            (None, _) => true,
            (Some(wanted), Caller::Anonymous) => wanted == VISITORS,
            (Some(wanted), Caller::Service(identity)) => *wanted == identity.name,
        }
    }
}

/// Where counters stand, or stood.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    requests: u64,
    calls: u64,
    memory_page_us: u64,
    sent_bytes: u64,
}

/// The three counters as a window found them.
#[derive(Debug, Default)]
struct Base {
    requests: AtomicU64,
    calls: AtomicU64,
    memory_page_us: AtomicU64,
    sent_bytes: AtomicU64,
}

/// A budget and what was used of it.
#[derive(Debug)]
pub struct Budget {
    rule: BudgetRule,
    tariff: Tariff,
    requests: AtomicU64,
    calls: Counter,
    memory_page_us: Counter,
    sent_bytes: Counter,
    window: AtomicU64,
    base: Base,
    turning: Mutex<()>,
    warned: AtomicBool,
}

/// A budget as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetState {
    /// What is allowed.
    pub rule: BudgetRule,
    /// Requests let pass in this window.
    pub requests: u64,
    /// Money spent in this window, in 10^-12 of the currency.
    pub money_pico: u128,
    /// Hundredths of the budget that are used; of requests or money, whatever is more.
    pub percent: u64,
    /// When the next window begins.
    pub resets: SystemTime,
}

/// Why a call was not let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedUp {
    /// What was used up, for the client: no amounts of money.
    pub what: String,
    /// When the next window begins.
    pub resets: SystemTime,
    /// How long that is from now.
    pub resets_in: Duration,
}

fn since_1970(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl Budget {
    /// Nothing is used yet.
    pub(crate) fn new(rule: BudgetRule, tariff: Tariff) -> Self {
        Self {
            rule,
            tariff,
            requests: AtomicU64::new(0),
            calls: Counter::default(),
            memory_page_us: Counter::default(),
            sent_bytes: Counter::default(),
            window: AtomicU64::new(0),
            base: Base::default(),
            turning: Mutex::default(),
            warned: AtomicBool::new(false),
        }
    }

    pub(crate) fn rule(&self) -> &BudgetRule {
        &self.rule
    }

    pub(crate) fn is_for(&self, caller: &Caller) -> bool {
        self.rule.is_for(caller)
    }

    fn window_at(&self, now: SystemTime) -> u64 {
        since_1970(now) / self.rule.window.seconds()
    }

    fn resets(&self, window: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs((window + 1).saturating_mul(self.rule.window.seconds()))
    }

    /// The window that `now` lies in; begins it if nobody has.
    fn turn(&self, now: SystemTime) -> u64 {
        let window = self.window_at(now);
        if self.window.load(Acquire) == window {
            return window;
        }
        let _turning = self.turning.lock();
        // A clock that is set back does not begin a window that was there before.
        let current = self.window.load(Acquire);
        if current < window {
            self.base.requests.store(self.requests.load(Relaxed), Relaxed);
            self.base.calls.store(self.calls.get(), Relaxed);
            self.base.memory_page_us.store(self.memory_page_us.get(), Relaxed);
            self.base.sent_bytes.store(self.sent_bytes.get(), Relaxed);
            self.warned.store(false, Relaxed);
            self.window.store(window, Release);
        }
        current.max(window)
    }

    /// What was used since the window began.
    fn used(&self) -> Standing {
        Standing {
            requests: self.requests.load(Relaxed).saturating_sub(self.base.requests.load(Relaxed)),
            calls: self.calls.get().saturating_sub(self.base.calls.load(Relaxed)),
            memory_page_us: self.memory_page_us.get().saturating_sub(self.base.memory_page_us.load(Relaxed)),
            sent_bytes: self.sent_bytes.get().saturating_sub(self.base.sent_bytes.load(Relaxed)),
        }
    }

    fn money_pico(&self, used: Standing) -> u128 {
        self.tariff.cost_pico(used.calls, used.memory_page_us, used.sent_bytes)
    }

    /// Lets a call pass, and counts it. What it costs is known when it is over: so many calls as are under way at once
    /// can go past a budget of money, and none past one of requests.
    pub(crate) fn admit(&self, now: SystemTime) -> Result<(), UsedUp> {
        let window = self.turn(now);
        self.requests.fetch_add(1, Relaxed);
        let used = self.used();
        let over = self.rule.requests.is_some_and(|max| used.requests > max);
        let money = self.rule.money_pico.map(|max| (self.money_pico(used), max));
        if over || money.is_some_and(|(spent, max)| spent >= max) {
            self.requests.fetch_sub(1, Relaxed);
            return Err(self.used_up(now, window, over));
        }
        if !self.warned.load(Relaxed) && self.percent(used) >= WARN_PERCENT {
            self.warn(window);
        }
        Ok(())
    }

    /// A call that was let pass came to nothing.
    pub(crate) fn take_back(&self) {
        self.requests.fetch_sub(1, Relaxed);
    }

    /// Adds what a call used.
    pub(crate) fn add_work(&self, memory_page_us: u64) {
        self.calls.add(1);
        self.memory_page_us.add(memory_page_us);
    }

    /// Adds what was sent.
    pub(crate) fn add_sent(&self, bytes: u64) {
        self.sent_bytes.add(bytes);
    }

    fn percent(&self, used: Standing) -> u128 {
        let share = |used: u128, max: u128| used.saturating_mul(100).checked_div(max).unwrap_or(100);
        let requests = self.rule.requests.map_or(0, |max| share(used.requests.into(), max.into()));
        requests.max(self.rule.money_pico.map_or(0, |max| share(self.money_pico(used), max)))
    }

    #[cold]
    fn used_up(&self, now: SystemTime, window: u64, requests: bool) -> UsedUp {
        let resets = self.resets(window);
        let (function, name) = (&self.rule.function, self.rule.window.name());
        let whose = match self.rule.caller.as_deref() {
            None => String::new(),
            Some(VISITORS) => " of visitors".to_owned(),
            Some(caller) => format!(" of {caller}"),
        };
        let what = match self.rule.requests {
            Some(max) if requests => format!("The {max} requests{whose} to {function} for this {name} are used up."),
            _ => format!("The budget{whose} for {function} is used up for this {name}."),
        };
        UsedUp { what, resets, resets_in: resets.duration_since(now).unwrap_or_default() }
    }

    #[cold]
    fn warn(&self, window: u64) {
        if !self.warned.swap(true, Relaxed) {
            tracing::warn!(function = %self.rule.function, "{}", self.state_in(window).warning(&self.tariff));
        }
    }

    /// How it stands.
    pub(crate) fn state(&self, now: SystemTime) -> BudgetState {
        self.state_in(self.turn(now))
    }

    fn state_in(&self, window: u64) -> BudgetState {
        let used = self.used();
        BudgetState {
            rule: self.rule.clone(),
            requests: used.requests,
            money_pico: self.money_pico(used),
            percent: u64::try_from(self.percent(used)).unwrap_or(u64::MAX),
            resets: self.resets(window),
        }
    }

    /// What is kept over a restart.
    pub(crate) fn spent(&self, now: SystemTime) -> Spent {
        let window = self.turn(now);
        let used = self.used();
        Spent {
            budget: self.rule.key(),
            window,
            requests: used.requests,
            calls: used.calls,
            memory_page_us: used.memory_page_us,
            sent_bytes: used.sent_bytes,
        }
    }

    /// Goes on where it was, if its window is not over.
    pub(crate) fn restore(&self, spent: &Spent, now: SystemTime) {
        if self.turn(now) == spent.window {
            self.requests.fetch_add(spent.requests, Relaxed);
            self.calls.add(spent.calls);
            self.memory_page_us.add(spent.memory_page_us);
            self.sent_bytes.add(spent.sent_bytes);
        }
    }
}

impl BudgetState {
    /// Whether operators should know.
    #[must_use]
    pub fn is_near_its_end(&self) -> bool {
        u128::from(self.percent) >= WARN_PERCENT
    }

    /// What operators are told.
    #[must_use]
    pub fn warning(&self, tariff: &Tariff) -> String {
        let BudgetRule { function, caller, window, requests, money_pico } = &self.rule;
        let whose = caller.as_ref().map_or(String::new(), |caller| format!(" for {caller}"));
        let mut used = Vec::new();
        if let Some(max) = requests {
            used.push(format!("{} of {max} requests", self.requests));
        }
        if let Some(max) = money_pico {
            used.push(format!("{} of {} {}", amount(self.money_pico), amount(*max), tariff.currency));
        }
        let (percent, window) = (self.percent, window.name());
        format!(
            "the budget of {function}{whose} is used to {percent} % in this {window} ({}); once it is used up, calls get 429 \
             until the {window} is over: raise it in [[budgets]] of kontor.toml if that is not wanted",
            used.join(", ")
        )
    }
}

#[cfg(test)]
mod tests;
