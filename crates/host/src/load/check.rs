//! Whether a component fits the world `function`.

use wasmtime::component::{Component, types::ComponentItem};

use crate::{
    LoadError,
    runtime::{Program, Runtime, instance::text, program::DESCRIBE},
};

/// What a function has to export.
const EXPORTS: [&str; 4] = ["handle", DESCRIBE, "on-event", "on-schedule"];
/// What a component of the world `wasi:http/proxy` exports.
const STANDARD: &str = "wasi:http/incoming-handler@0.2.";
/// What it can import of Kontor.
const INTERFACES: [&str; 9] = ["types", "sql", "documents", "keyvalue", "events", "config", "log", "answer", "http"];

/// What Kontor's own interfaces begin with.
const OWN: &str = "kontor:function/";

fn is_offered(import: &str) -> bool {
    if let Some(name) = import.strip_prefix(OWN) {
        return name.strip_suffix("@0.1.0").is_some_and(|name| INTERFACES.contains(&name));
    }
    let wasi =
        ["wasi:io/", "wasi:http/", "wasi:clocks/", "wasi:random/", "wasi:cli/", "wasi:filesystem/", "wasi:sockets/"];
    wasi.iter().any(|package| import.starts_with(package)) && import.contains("@0.2.")
}

/// Whether the component says by itself what it is.
pub(super) fn describes(component: &Component) -> bool {
    component.get_export_index(None, DESCRIBE).is_some()
}

/// Checks imports and exports, their types included, without running anything.
pub(super) fn fits(runtime: &Runtime, component: &Component) -> Result<Program, LoadError> {
    let ty = component.component_type();
    let standard = ty.exports(&runtime.engine).any(|(name, _)| name.starts_with(STANDARD));
    // What is Kontor's own needs a manifest that asks for it.
    let nameless = standard && !describes(component);
    let unoffered: Vec<&str> = ty
        .imports(&runtime.engine)
        .map(|(name, _)| name)
        .filter(|name| !is_offered(name) || (nameless && name.starts_with(OWN)))
        .collect();
    let missing: Vec<&str> =
        EXPORTS.into_iter().filter(|name| !standard && component.get_export_index(None, name).is_none()).collect();
    let mut faults = Vec::new();
    if !missing.is_empty() {
        faults.push(format!("it does not export {}", missing.join(", ")));
    }
    if !unoffered.is_empty() {
        faults.push(format!("it imports {}, which this Kontor does not offer", unoffered.join(", ")));
    }
    if !faults.is_empty() {
        return Err(LoadError::NotAFunction(format!(
            "the component is no function: {}; build it against the world kontor:function/function@0.1.0 or \
             wasi:http/proxy@0.2",
            faults.join("; ")
        )));
    }
    let world = if standard { "wasi:http/proxy@0.2" } else { "kontor:function/function@0.1.0" };
    Program::new(runtime, component, standard).map_err(|error| {
        LoadError::NotAFunction(format!(
            "the component does not fit the world {world}: {}; build it against this version of the contract",
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
            "wasi:http/types@0.2.4",
        ] {
            assert!(is_offered(import), "{import}");
        }
        for import in [
            "kontor:function/sql@0.2.0",
            "kontor:function/http@0.2.0",
            "wasi:http/types@0.3.0",
            "wasi:cli/run@0.3.0",
            "env",
        ] {
            assert!(!is_offered(import), "{import}");
        }
    }
}
