//! `events`: events by themselves, without data.

use kontor_data as data;

use super::value;
use crate::runtime::{
    State,
    bindings::kontor::function::events::{Error, Host, NewEvent},
};

impl Host for State {
    async fn publish(&mut self, events: Vec<NewEvent>) -> Result<(), Error> {
        let Some(database) = self.facts.database.clone() else { return Err(Error::Unavailable) };
        if events.is_empty() {
            return Ok(());
        }
        let batch = data::Batch {
            events: events.into_iter().map(value::event).collect(),
            trace_id: self.current.trace_id.as_str().to_owned(),
            ..data::Batch::default()
        };
        self.commit("events.publish", &database, batch).await.map(|_| ())
    }
}
