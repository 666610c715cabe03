//! The component's side of the contract: generated bindings, and what turns them into the SDK's types.

use std::cell::OnceCell;

use kontor_contract::Manifest;

use crate::{Function, Identity};

/// Generated from the contract.
#[allow(
    missing_docs,
    unsafe_code,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "function",
        ownership: Borrowing { duplicate_if_necessary: true },
        pub_export_macro: true,
        default_bindings_module: "kontor_sdk::wasm::bindings",
    });
}

pub mod imports;

pub use bindings::{
    Guest, Retry,
    kontor::function::{
        events::Event,
        types::{Caller, Request, Response},
    },
};

thread_local! {
    static FUNCTION: OnceCell<Function> = const { OnceCell::new() };
}

/// Answers a request; the function is made at the instance's first one.
pub fn handle(make: fn() -> Function, request: Request) -> Response {
    let request = crate::Request {
        operation: request.operation,
        method: request.method,
        path: request.path,
        query: request.query,
        path_parameters: request.path_parameters,
        headers: request.headers,
        body: request.body,
        caller: caller(request.caller),
        trace_id: request.trace_id,
        deadline_ms: request.deadline_ms,
    };
    let response = FUNCTION.with(|function| function.get_or_init(make).handle(request));
    Response { status: response.status, headers: response.headers, body: response.body }
}

/// Takes an event.
pub fn on_event(make: fn() -> Function, event: Event) -> Result<(), Retry> {
    let event = crate::Event {
        id: event.id,
        source: event.source,
        name: event.name,
        key: event.key,
        payload: event.payload,
        time: event.time,
        attempt: event.attempt,
        trace_id: event.trace_id,
    };
    FUNCTION.with(|function| function.get_or_init(make).on_event(&event)).map_err(retry)
}

/// Does what is due.
pub fn on_schedule(make: fn() -> Function, name: &str, time: i64) -> Result<(), Retry> {
    FUNCTION.with(|function| function.get_or_init(make).on_schedule(name, time)).map_err(retry)
}

fn retry(retry: crate::Retry) -> Retry {
    match retry {
        crate::Retry::Unavailable(why) => Retry::Unavailable(why),
        crate::Retry::Failed(why) => Retry::Failed(why),
    }
}

/// The manifest as JSON, with what is wrong with the configuration at hand.
pub fn describe(make: fn() -> Function) -> String {
    let function = make();
    let manifest = Manifest { misconfigured: function.misconfigured(), ..function.manifest() };
    serde_json::to_string(&manifest).unwrap_or_default()
}

fn caller(caller: Caller) -> crate::Caller {
    match caller {
        Caller::Service(identity) => crate::Caller::Service(Identity { name: identity.name, scopes: identity.scopes }),
        Caller::User(identity) => crate::Caller::User(Identity { name: identity.name, scopes: identity.scopes }),
        // The contract says so of kinds that a later one adds.
        Caller::Anonymous | Caller::Other(_) => crate::Caller::Anonymous,
    }
}
