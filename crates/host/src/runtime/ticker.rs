//! The clock that interrupts guests.

use std::time::Duration;

use wasmtime::EngineWeak;

/// How often a running guest is interrupted: it yields to other calls, and its CPU is checked.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Moves the engine's epoch on in a thread of its own, so that guests on every async thread cannot stop it. It ends by
/// itself once the engine is gone.
pub(crate) fn start(engine: EngineWeak) -> std::io::Result<()> {
    std::thread::Builder::new().name("kontor-ticker".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(TICK);
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    })?;
    Ok(())
}
