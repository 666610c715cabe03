//! To whom a call's usage is charged.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use kontor_telemetry::{Endpoint, memory_page_us};

use super::{Budget, UsedUp};
use crate::Caller;

/// The operation and the budgets that a call is charged to.
#[derive(Clone)]
pub(crate) struct Charge {
    figures: Arc<Endpoint>,
    budgets: Arc<[Arc<Budget>]>,
    /// Which of the budgets: a bit each, so that choosing them allocates nothing.
    chosen: u64,
}

fn chosen(budgets: &[Arc<Budget>], chosen: u64) -> impl Iterator<Item = &Budget> {
    let is_chosen = move |index: usize| chosen.checked_shr(index as u32).is_some_and(|bits| bits & 1 == 1);
    budgets.iter().enumerate().filter(move |(index, _)| is_chosen(*index)).map(|(_, budget)| &**budget)
}

impl Charge {
    /// A caller's request. Each of its budgets lets it pass, or none counts it.
    pub(crate) fn request(
        figures: Arc<Endpoint>,
        budgets: &Arc<[Arc<Budget>]>,
        caller: &Caller,
    ) -> Result<Self, UsedUp> {
        let mut charge = Self { figures, budgets: budgets.clone(), chosen: 0 };
        if budgets.is_empty() {
            return Ok(charge);
        }
        let now = SystemTime::now();
        for (index, budget) in budgets.iter().enumerate().take(64).filter(|(_, budget)| budget.is_for(caller)) {
            if let Err(used_up) = budget.admit(now) {
                charge.take_back();
                return Err(used_up);
            }
            charge.chosen |= 1 << index;
        }
        Ok(charge)
    }

    /// Work that no request caused: it counts for the function as a whole, and nothing holds it back, since events that
    /// wait do not become cheaper.
    pub(crate) fn own(figures: Arc<Endpoint>, budgets: &Arc<[Arc<Budget>]>) -> Self {
        let of_all = budgets.iter().enumerate().take(64).filter(|(_, budget)| budget.rule().caller.is_none());
        let chosen = of_all.fold(0, |bits, (index, _)| bits | 1 << index);
        Self { figures, budgets: budgets.clone(), chosen }
    }

    /// The call came to nothing before it began.
    pub(crate) fn take_back(&self) {
        chosen(&self.budgets, self.chosen).for_each(Budget::take_back);
    }

    /// The call is over, however it ended.
    pub(crate) fn work(&self, cpu_ns: u64, memory_bytes: u64, held: Duration, rows: u64) {
        let (work, memory_page_us) = (&self.figures.work, memory_page_us(memory_bytes, held));
        work.calls.add(1);
        work.cpu_ns.add(cpu_ns);
        work.memory_page_us.add(memory_page_us);
        if rows > 0 {
            work.rows.add(rows);
        }
        chosen(&self.budgets, self.chosen).for_each(|budget| budget.add_work(memory_page_us));
    }

    /// A whole answer goes out. The edge counts its bytes for the operation, since it knows what it makes of them.
    pub(crate) fn sent(&self, bytes: usize) {
        chosen(&self.budgets, self.chosen).for_each(|budget| budget.add_sent(bytes as u64));
    }

    /// A chunk of a long answer goes out; nobody else counts it.
    pub(crate) fn sent_chunk(&self, bytes: usize) {
        self.figures.sent_bytes.add(bytes as u64);
        self.sent(bytes);
    }
}
