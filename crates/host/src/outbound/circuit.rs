//! Stops calls to a function that keeps failing, for one caller, for a while.
//!
//! Each pair of functions has its own: what fails for one caller may work for another, and whoever only reads shall not
//! suffer from what happens to those who write.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// So many failures in a row open it.
const FAILURES_MAX: u32 = 5;
/// How long it is open at first; doubled each time that the call after it fails too.
const OPEN: Duration = Duration::from_secs(1);
const OPEN_MAX: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
struct State {
    /// In a row.
    failures: u32,
    open_until: Option<Instant>,
    open_for: Duration,
    /// Whether a call is under way that decides.
    probing: bool,
}

/// The circuit between a caller and a callee.
#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

/// A call that was let through. Without a word on how it went nothing is concluded from it.
pub(super) struct Passage {
    circuit: Arc<Circuit>,
    probe: bool,
}

impl Circuit {
    /// Lets a call through, or says for how long none is.
    pub(super) fn pass(self: &Arc<Self>, now: Instant) -> Result<Passage, Duration> {
        let mut state = self.0.lock();
        let Some(until) = state.open_until else { return Ok(Passage { circuit: self.clone(), probe: false }) };
        let left = until.saturating_duration_since(now);
        if state.probing || !left.is_zero() {
            return Err(left);
        }
        state.probing = true;
        Ok(Passage { circuit: self.clone(), probe: true })
    }
}

impl Passage {
    /// The call went well or not.
    pub(super) fn ended(self, well: bool, now: Instant) {
        let mut state = self.circuit.0.lock();
        if well {
            *state = State { probing: state.probing && !self.probe, ..State::default() };
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if self.probe || (state.open_until.is_none() && state.failures >= FAILURES_MAX) {
            state.open_for = (state.open_for * 2).clamp(OPEN, OPEN_MAX);
            state.open_until = Some(now + state.open_for);
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if self.probe {
            self.circuit.0.lock().probing = false;
        }
    }
}

/// Caller and callee.
type Pair = (Arc<str>, Arc<str>);

/// The circuits of all pairs.
#[derive(Debug, Default)]
pub(super) struct Circuits(Mutex<BTreeMap<Pair, Arc<Circuit>>>);

impl Circuits {
    /// The one from `caller` to `callee`.
    pub(super) fn between(&self, caller: &Arc<str>, callee: &str) -> Arc<Circuit> {
        self.0.lock().entry((caller.clone(), callee.into())).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(circuit: &Arc<Circuit>, times: u32, now: Instant) {
        for _ in 0..times {
            circuit.pass(now).map_err(drop).unwrap().ended(false, now);
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_one_success() {
        let (circuit, start) = (Arc::new(Circuit::default()), Instant::now());
        fail(&circuit, FAILURES_MAX - 1, start);
        circuit.pass(start).map_err(drop).unwrap().ended(true, start);
        fail(&circuit, FAILURES_MAX, start);
        assert_eq!(circuit.pass(start).map(drop).unwrap_err(), OPEN, "in a row they were too many");
        let probe = circuit.pass(start + OPEN).map_err(drop).unwrap();
        assert!(circuit.pass(start + OPEN).is_err(), "one call decides, the others wait for it");
        probe.ended(true, start + OPEN);
        fail(&circuit, FAILURES_MAX - 1, start + OPEN);
        assert!(circuit.pass(start + OPEN).is_ok(), "it begins anew");
    }

    #[test]
    fn it_stays_open_longer_each_time_and_not_for_ever() {
        let (circuit, mut now) = (Arc::new(Circuit::default()), Instant::now());
        fail(&circuit, FAILURES_MAX, now);
        for seconds in [1, 2, 4, 8, 16, 30, 30] {
            let left = circuit.pass(now).map(drop).unwrap_err();
            assert_eq!(left, Duration::from_secs(seconds));
            now += left;
            fail(&circuit, 1, now);
        }
    }

    #[test]
    fn a_call_that_was_given_up_decides_nothing_and_blocks_nothing() {
        let (circuit, start) = (Arc::new(Circuit::default()), Instant::now());
        fail(&circuit, FAILURES_MAX, start);
        drop(circuit.pass(start + OPEN).map_err(drop).unwrap());
        assert!(circuit.pass(start + OPEN).is_ok(), "the next one may try");
    }

    #[test]
    fn each_pair_has_its_own() {
        let (circuits, start) = (Circuits::default(), Instant::now());
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        fail(&circuits.between(&a, "c"), FAILURES_MAX, start);
        assert!(circuits.between(&a, "c").pass(start).is_err());
        assert!(circuits.between(&b, "c").pass(start).is_ok() && circuits.between(&a, "b").pass(start).is_ok());
    }
}
