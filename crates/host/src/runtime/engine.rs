//! The engine that all functions run on.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, ProfilingStrategy,
    component::{HasSelf, Linker},
};

use super::{bindings, memory::Budget, state::State, ticker};
use crate::LoadError;

/// Instances at once, of all functions: enough for two functions with every call in flight, and deliveries.
const INSTANCES_MAX: u32 = 640;
/// Core modules of one component. Rust's have about four; language runtimes some more.
const MODULES_PER_INSTANCE: u32 = 8;
/// Tables of one component: each module may have one, most have none.
const TABLES_PER_INSTANCE: u32 = 4;
/// Of a slot's memory, so much is cleared in place; the rest goes back to the system when the instance ends.
const KEEP_RESIDENT_BYTES: usize = 128 << 10;
/// Slots that keep their mappings while unused.
const WARM_SLOTS_MAX: u32 = 64;
/// Stack of a call: a guest's part, and room for what the host does on the guest's behalf (parsing statements).
const STACK_BYTES: usize = 2 << 20;
const GUEST_STACK_BYTES: usize = 512 << 10;

/// Engine, linker and what all instances share.
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) budget: Arc<Budget>,
    /// Names the engine's code format: code compiled for another one is of no use here.
    pub(crate) compatibility: String,
}

impl Runtime {
    /// Makes the engine, its clock and its linker. `memory_max_bytes` is the most that any function may use.
    pub(crate) fn new(memory_max_bytes: usize) -> Result<Self, LoadError> {
        let failed = |error: wasmtime::Error| LoadError::Host(format!("the Wasm engine cannot start: {error:#}"));
        let engine = Engine::new(&config(memory_max_bytes)).map_err(failed)?;
        ticker::start(engine.weak())
            .map_err(|error| LoadError::Host(format!("the Wasm engine's clock cannot start: {error}")))?;
        let linker = linker(&engine).map_err(failed)?;
        let compatibility = compatibility(&engine);
        Ok(Self { engine, linker, budget: Arc::default(), compatibility })
    }
}

fn config(memory_max_bytes: usize) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES_MAX)
        .total_core_instances(INSTANCES_MAX * MODULES_PER_INSTANCE)
        .total_memories(INSTANCES_MAX)
        .total_tables(INSTANCES_MAX * TABLES_PER_INSTANCE)
        .total_stacks(INSTANCES_MAX)
        .max_core_instances_per_component(MODULES_PER_INSTANCE * 4)
        .max_memory_size(memory_max_bytes.next_multiple_of(64 << 10))
        .max_unused_warm_slots(WARM_SLOTS_MAX)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(4 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .concurrency_support(false)
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        .async_stack_size(STACK_BYTES)
        .max_wasm_stack(GUEST_STACK_BYTES)
        // Nobody reads backtraces of guests: traps are told apart by what they say.
        .generate_address_map(false)
        .native_unwind_info(false);
    if std::env::var_os("KONTOR_PERFMAP").is_some() {
        // Names the guests' functions in /tmp/perf-PID.map, for `perf`. It costs some time at every load.
        config.profiler(ProfilingStrategy::PerfMap);
    }
    config
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    bindings::Function::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

/// SHA-256 over what wasmtime says its compiled code depends on: its version, the settings, the processor's features.
fn compatibility(engine: &Engine) -> String {
    struct Into256(Sha256);
    impl Hasher for Into256 {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Into256(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hex(&hasher.0.finalize())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
