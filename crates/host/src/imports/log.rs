//! `log`: the function's lines.

use crate::runtime::{
    State,
    bindings::kontor::function::log::{Host, Level},
};

impl Host for State {
    fn write(&mut self, level: Level, message: String) -> wasmtime::Result<()> {
        self.outside.lines.write(level, &message);
        Ok(())
    }
}
