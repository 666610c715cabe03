//! A function that does what its path says. Each test of the host asks for what it wants to see contained.

#![allow(clippy::too_many_arguments, reason = "the contract's records come apart where the component calls its host")]

mod events;
mod manifest;
mod misdeeds;
mod sql;
mod stores;

wit_bindgen::generate!({ path: "../../../../wit", world: "function" });

struct Function;

impl Guest for Function {
    fn handle(request: Request) -> Response {
        misdeeds::handle(&request)
    }

    fn describe() -> String {
        manifest::describe()
    }

    fn on_event(event: Event) -> Result<(), Retry> {
        events::take(&event)
    }

    fn on_schedule(name: String, time: i64) -> Result<(), Retry> {
        events::due(&name, time)
    }
}

export!(Function);
