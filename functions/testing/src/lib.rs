//! Runs a function natively, over the real embedded engines in memory: the same dispatch, the same SQL, documents and entries, no
//! sandbox.
//!
//! ```
//! use kontor_sdk::{Function, Json, get};
//! use kontor_testing::App;
//!
//! fn ping() -> Json<String> { Json("pong".to_owned()) }
//!
//! let app = App::new(Function::new("hello", "1.0.0").operation(get("/ping", "ping", ping)));
//! assert_eq!(app.get("/ping").send().json(), "pong");
//! ```
#![allow(clippy::expect_used, clippy::panic, reason = "a test whose set-up fails shall end there and say why")]

mod app;
mod documents;
mod exchange;
mod host;
mod keyvalue;
mod routes;
mod snapshot;
mod values;

pub use app::{App, Shared};
pub use exchange::{Answer, Exchange};
pub use snapshot::assert_document;

use kontor_sdk::{Caller, Identity};

/// A service that may do what the scopes say.
#[must_use]
pub fn service(scopes: &[&str]) -> Caller {
    Caller::Service(Identity {
        name: "test-service".to_owned(),
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
    })
}
