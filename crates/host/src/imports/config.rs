//! `config`: what the operator set.

use crate::runtime::{State, bindings::kontor::function::config::Host};

impl Host for State {
    fn get(&mut self, key: String) -> wasmtime::Result<Option<String>> {
        Ok(self.facts.configuration.get(&key).cloned().flatten())
    }
}
