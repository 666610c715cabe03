//! What belongs to one instance, behind its store.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use kontor_data::Database;
use kontor_telemetry::{SpanName, Trace};
use tokio::time::Instant as Deadline;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::{exchange::Exchange, lines::Lines, memory::Memory, meter::Meter, slices::Places, standard::Standard};
use crate::{
    Limits,
    delivery::Wakeups,
    imports::{outage::Outages, stdio::Printed},
    outbound::{Errand, Outbound},
    stores::Stores,
};

/// Handles to resources that a guest can hold at once: streams and the like.
const RESOURCES_MAX: usize = 1000;
/// Random bytes that a guest gets at once.
const RANDOM_MAX_BYTES: u64 = 64 << 10;

/// What is the same for all instances of a version.
pub(crate) struct Facts {
    pub(crate) function: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) limits: Limits,
    /// What its long calls share, those of all versions.
    pub(crate) places: Places,
    /// Absent while a component is described, and for functions without data.
    pub(crate) database: Option<Arc<dyn Database>>,
    /// Whether the manifest asks for sql; a database may be there for events alone.
    pub(crate) sql: bool,
    /// Every key of the manifest; the value if it is set or has a default.
    pub(crate) configuration: BTreeMap<String, Option<String>>,
    /// What it may reach beside its own data. Absent while a component is described.
    pub(crate) outbound: Option<Arc<Outbound>>,
    /// Who waits for events of this function.
    pub(crate) wakeups: Arc<Wakeups>,
    /// Its documents and entries, where the manifest asks for them.
    pub(crate) stores: Stores,
    /// What its stores refuse.
    pub(crate) refused: Outages,
}

/// What is reached from inside the guest's call and from outside.
pub(crate) struct Outside {
    pub(crate) meter: Arc<Meter>,
    pub(crate) exchange: Exchange,
    pub(crate) lines: Arc<Lines>,
}

/// The call under way.
#[derive(Default)]
pub(crate) struct Current {
    /// What idempotency keys belong to, with the caller.
    pub(crate) operation: Arc<str>,
    pub(crate) caller: String,
    pub(crate) trace: Option<Arc<Trace>>,
    pub(crate) trace_id: TraceText,
    /// How many calls between functions lead here.
    pub(crate) depth: u8,
    /// When the call ends.
    pub(crate) deadline: Option<Deadline>,
    /// Whether `answer` may be used: in HTTP calls alone.
    pub(crate) http: bool,
}

/// A trace id as text, without an allocation.
#[derive(Clone, Copy)]
pub(crate) struct TraceText([u8; 32]);

impl Default for TraceText {
    fn default() -> Self {
        Self([b'0'; 32])
    }
}

impl TraceText {
    /// The id's 32 lower-case hexadecimal digits.
    pub(crate) fn new(id: kontor_telemetry::TraceId) -> Self {
        const DIGITS: [u8; 16] = *b"0123456789abcdef";
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        let mut text = [b'0'; 32];
        for (pair, byte) in text.chunks_exact_mut(2).zip(id.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        Self(text)
    }

    /// As text.
    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A store's data.
pub(crate) struct State {
    pub(crate) facts: Arc<Facts>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) memory: Memory,
    pub(crate) current: Current,
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    pub(super) standard: Standard,
}

impl State {
    /// A state with no call under way.
    pub(crate) fn new(facts: Arc<Facts>, outside: Arc<Outside>, memory: Memory) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_tcp(false).allow_udp(false).max_random_size(RANDOM_MAX_BYTES);
        wasi.stdout(Printed::new(outside.lines.clone())).stderr(Printed::new(outside.lines.clone()));
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES_MAX);
        Self {
            facts,
            outside,
            memory,
            current: Current::default(),
            table,
            wasi: wasi.build(),
            standard: Standard::default(),
        }
    }

    /// Records what the call under way did. Calls between functions stand below each other.
    pub(crate) fn span(&self, name: impl Into<SpanName>, depth: u8, start: Instant, duration: Duration) {
        if let Some(trace) = &self.current.trace {
            trace.span(name, depth.saturating_add(self.current.depth.saturating_mul(2)), start, duration);
        }
    }

    /// What requests that are sent in the call under way inherit from it.
    pub(crate) fn errand(&self) -> Errand {
        let Current { trace, trace_id, depth, deadline, .. } = &self.current;
        let deadline = deadline.unwrap_or_else(Deadline::now);
        Errand { trace: trace.clone(), trace_id: *trace_id, depth: *depth, deadline }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

#[cfg(test)]
mod tests {
    use kontor_telemetry::TraceId;

    use super::*;

    #[test]
    fn a_trace_id_reads_as_everywhere_else() {
        let id = TraceId(*b"\x00\x01\x7f\x80\xff\xab\xcd\xef0123456\xfe");
        assert_eq!(TraceText::new(id).as_str(), id.to_string());
    }
}
