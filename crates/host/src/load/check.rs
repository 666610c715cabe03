//! Whether a component fits the world `function`.

use wasmtime::component::{Component, types::ComponentItem};

use crate::{
    LoadError,
    runtime::{Runtime, State, bindings::FunctionPre, instance::text},
};

/// What a function has to export.
const EXPORTS: [&str; 4] = ["handle", "describe", "on-event", "on-schedule"];
/// What it can import of Kontor.
const INTERFACES: [&str; 8] = ["types", "sql", "documents", "keyvalue", "events", "config", "log", "answer"];

fn is_offered(import: &str) -> bool {
    if let Some(name) = import.strip_prefix("kontor:function/") {
        return name.strip_suffix("@0.1.0").is_some_and(|name| INTERFACES.contains(&name));
    }
    let wasi = ["wasi:io/", "wasi:clocks/", "wasi:random/", "wasi:cli/", "wasi:filesystem/", "wasi:sockets/"];
    wasi.iter().any(|package| import.starts_with(package)) && import.contains("@0.2.")
}

/// Checks imports and exports, their types included, without running anything.
pub(super) fn fits(runtime: &Runtime, component: &Component) -> Result<FunctionPre<State>, LoadError> {
    let ty = component.component_type();
    let unoffered: Vec<&str> =
        ty.imports(&runtime.engine).map(|(name, _)| name).filter(|name| !is_offered(name)).collect();
    let missing: Vec<&str> =
        EXPORTS.into_iter().filter(|name| component.get_export_index(None, name).is_none()).collect();
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(format!("it does not export {}", missing.join(", ")));
    }
    if !unoffered.is_empty() {
        faults.push(format!("it imports {}, which this Kontor does not offer", unoffered.join(", ")));
    }
    if !faults.is_empty() {
        return Err(LoadError::NotAFunction(format!(
            "the component is no function: {}; build it against the world kontor:function/function@0.1.0",
            faults.join("; ")
        )));
    }
    runtime.linker.instantiate_pre(component).and_then(FunctionPre::new).map_err(|error| {
        LoadError::NotAFunction(format!(
            "the component does not fit the world kontor:function/function@0.1.0: {}; build it against this version of the contract",
            text(&error)
        ))
    })
}

/// Whether it can publish events by themselves. (The interface's types alone are imported by every function.)
pub(super) fn publishes(runtime: &Runtime, component: &Component) -> bool {
    component.component_type().imports(&runtime.engine).any(|(name, item)| {
        name.starts_with("kontor:function/events@")
            && matches!(&item.ty, ComponentItem::ComponentInstance(instance)
                if instance.exports(&runtime.engine).any(|(name, _)| name == "publish"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_offered() {
        for import in [
            "kontor:function/sql@0.1.0",
            "kontor:function/keyvalue@0.1.0",
            "wasi:cli/environment@0.2.6",
            "wasi:io/streams@0.2.0",
        ] {
            assert!(is_offered(import), "{import}");
        }
        for import in [
            "kontor:function/sql@0.2.0",
            "kontor:function/http@0.1.0",
            "wasi:http/types@0.2.0",
            "wasi:cli/run@0.3.0",
            "env",
        ] {
            assert!(!is_offered(import), "{import}");
        }
    }
}
