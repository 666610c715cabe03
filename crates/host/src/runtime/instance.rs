//! One instance of a component, ready for calls.

use std::{sync::Arc, time::Duration};

use wasmtime::{Store, UpdateDeadline};

use super::{Exports, Facts, Program, Runtime, State, lines::Lines, memory::Memory, meter::CpuSpent, state::Outside};
use crate::CallError;

/// What a guest can pass to the host in one call, bytes: more than any limit of a single call allows.
const HOSTCALL_MAX_BYTES: usize = 32 << 20;
/// Handles that a guest can hold at once.
const HANDLES_MAX: usize = 1000;
/// A trap's text is cut here.
const TRAP_TEXT_MAX_BYTES: usize = 2 << 10;

/// An instance and its store.
pub(crate) struct Instance {
    pub(crate) store: Store<State>,
    pub(crate) exports: Exports,
    /// Calls that it may still serve.
    pub(crate) calls_left: u32,
}

/// What is shared with an instance to be.
pub(crate) fn outside(facts: &Facts) -> Arc<Outside> {
    let lines = Arc::new(Lines::new(facts.function.clone(), facts.version.clone()));
    Arc::new(Outside { meter: Arc::default(), exchange: Default::default(), lines })
}

impl Instance {
    /// Makes an instance. Runs the guest's own start code, so it must be metered like a call.
    pub(crate) async fn make(
        runtime: &Runtime,
        program: &Program,
        facts: Arc<Facts>,
        outside: Arc<Outside>,
        calls: u32,
    ) -> Result<Self, CallError> {
        let mut store = store(runtime, facts, outside);
        match program.instantiate(&mut store).await {
            Ok(exports) => Ok(Self { store, exports, calls_left: calls }),
            Err(error) if store.data().memory.refused() || error.is::<wasmtime::PoolConcurrencyLimitError>() => {
                Err(CallError::NoInstance(text(&error)))
            }
            Err(error) => Err(call_error(&error)),
        }
    }

    /// Whether it can serve a further call after one that went well.
    pub(crate) fn is_good(&self) -> bool {
        let state = self.store.data();
        self.calls_left > 0 && !state.memory.refused() && !state.outside.exchange.begun()
    }
}

/// A store with all limits on it, for one instance.
pub(crate) fn store(runtime: &Runtime, facts: Arc<Facts>, outside: Arc<Outside>) -> Store<State> {
    let (cpu, places) = (facts.limits.cpu, facts.places.clone());
    let memory = Memory::new(facts.limits.memory_max_bytes, runtime.budget.clone(), outside.meter.clone());
    let mut store = Store::new(&runtime.engine, State::new(facts, outside, memory));
    store.limiter(|state| &mut state.memory);
    store.set_hostcall_fuel(HOSTCALL_MAX_BYTES);
    store.set_max_component_handles(HANDLES_MAX);
    store.epoch_deadline_callback(move |store| {
        if store.data().outside.meter.used() > cpu {
            return Err(CpuSpent(cpu).into());
        }
        let outside = &store.data().outside;
        if outside.exchange.begun() {
            // Who reads the answer polls the call, perhaps slowly, and a place must not be held meanwhile.
            return Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())));
        }
        let (meter, places) = (outside.meter.clone(), places.clone());
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(async move { meter.slice.next(places).await })))
    });
    store.set_epoch_deadline(1);
    store
}

/// What ended a call, in the host's terms.
pub(crate) fn call_error(error: &wasmtime::Error) -> CallError {
    match error.downcast_ref::<CpuSpent>() {
        Some(CpuSpent(limit)) => CallError::Cpu(*limit),
        None => CallError::Trap(text(error)),
    }
}

/// The whole chain of an error, cut.
pub(crate) fn text(error: &wasmtime::Error) -> String {
    let mut text = format!("{error:#}");
    text.truncate(text.floor_char_boundary(TRAP_TEXT_MAX_BYTES));
    text
}

/// Milliseconds that are left, for the guest.
pub(crate) fn left_ms(left: Duration) -> u32 {
    u32::try_from(left.as_millis()).unwrap_or(u32::MAX)
}
