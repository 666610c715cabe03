//! What buyers see, through the same dispatch as in the host.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that finds nothing shall end there")]

mod cases;

use kontor_sdk::Function;
use kontor_testing::App;

fn app(function: Function) -> App {
    App::new(function)
}
