//! Write a Kontor function in Rust. It reads like axum: handlers are plain functions with typed extractors and typed
//! results, and the same definition gives routing and the OpenAPI document.
//!
//! ```
//! use kontor_sdk::{Function, Json, Problem, get};
//!
//! #[derive(serde::Serialize, utoipa::ToSchema)]
//! struct Greeting { text: String }
//!
//! fn greet() -> Result<Json<Greeting>, Problem> {
//!     Ok(Json(Greeting { text: "Good morning".to_owned() }))
//! }
//!
//! fn function() -> Function {
//!     Function::new("hello", "1.0.0").operation(get("/hello", "greet", greet).summary("Greets"))
//! }
//! // In a component: kontor_sdk::export!(function);
//! # assert!(function().manifest().openapi["paths"]["/hello"]["get"].is_object());
//! ```
//!
//! There is no router in here on purpose: the host has matched the operation against this very document already, and a
//! second match would cost every fresh instance its setup. A call is found by its operation's name.

pub mod answer;
pub mod bounds;
pub mod caller;
pub mod config;
pub mod document;
pub mod documents;
pub mod events;
pub mod extract;
pub mod faults;
pub mod function;
pub mod handler;
pub mod http;
pub mod id;
mod json;
pub mod keyvalue;
pub mod log;
pub mod operation;
pub mod problem;
pub mod random;
pub mod request;
pub mod response;
pub mod seam;
pub mod sql;
pub mod time;
#[cfg(target_family = "wasm")]
pub mod wasm;

pub use bounds::{Bounded, Text};
pub use caller::{Caller, Identity};
pub use config::Config;
pub use events::{Event, Retry};
pub use extract::{IdempotencyKey, Json, JsonText, MandatoryKey, Path, Query};
pub use function::Function;
pub use kontor_contract::{Fault, Problem, manifest::ConfigurationKey, schema};
pub use operation::{delete, get, post};
pub use request::Request;
pub use response::{Created, Response, RetryAfter, Written};

/// Makes the component's exports out of a `fn() -> Function`. Does nothing in a native build, where
/// `kontor-testing` calls the same function.
#[macro_export]
macro_rules! export {
    ($function:path) => {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, missing_docs)]
        mod kontor_component {
            struct Component;

            impl $crate::wasm::Guest for Component {
                fn handle(request: $crate::wasm::Request) -> $crate::wasm::Response {
                    $crate::wasm::handle($function, request)
                }

                fn describe() -> String {
                    $crate::wasm::describe($function)
                }

                fn on_event(event: $crate::wasm::Event) -> Result<(), $crate::wasm::Retry> {
                    $crate::wasm::on_event($function, event)
                }

                fn on_schedule(name: String, time: i64) -> Result<(), $crate::wasm::Retry> {
                    $crate::wasm::on_schedule($function, &name, time)
                }
            }

            $crate::wasm::bindings::export!(Component with_types_in $crate::wasm::bindings);
        }
    };
}
