//! Events between functions.

use serde::{Serialize, de::DeserializeOwned};

use crate::{config::Misconfigured, json, seam, sql};

/// An event as it is delivered. The same event may come twice; its id stays the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Unique and rising within its source.
    pub id: u64,
    /// The function that made it. Set by the host, so it cannot be forged.
    pub source: String,
    /// What happened, for example `sale.made`.
    pub name: String,
    /// Events with the same key are delivered in order.
    pub key: String,
    /// JSON.
    pub payload: String,
    /// When it was made: µs since 1970 UTC.
    pub time: i64,
    /// 1 at the first try.
    pub attempt: u32,
    /// Trace of the request that made it.
    pub trace_id: String,
}

impl Event {
    /// Reads the payload.
    ///
    /// # Errors
    /// [`Retry::Failed`] if it is something else: no later try helps, so it becomes a dead letter that people see.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Retry> {
        serde_json::from_str(&self.payload)
            .map_err(|error| Retry::Failed(format!("the payload of {} is not understood: {error}", self.name)))
    }
}

/// An event to be stored and delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened, for example `sale.made`; at most 100 bytes.
    pub name: String,
    /// Events with the same key are delivered in order; at most 255 bytes.
    pub key: String,
    /// JSON.
    pub payload: String,
}

impl NewEvent {
    /// Writes the payload as JSON.
    ///
    /// # Errors
    /// [`sql::Error::Invalid`] if it cannot be JSON.
    pub fn new(name: &str, key: &str, payload: &impl Serialize) -> Result<Self, sql::Error> {
        let payload = json::text(payload).map_err(|error| sql::Error::Invalid(error.to_string()))?;
        Ok(Self { name: name.to_owned(), key: key.to_owned(), payload })
    }
}

/// Stores events durably by themselves. To store them with data, put them into a batch.
///
/// # Errors
/// As for a batch.
pub fn publish(events: Vec<NewEvent>) -> Result<(), sql::Error> {
    seam::publish(events)
}

/// Why an event was not dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retry {
    /// Something is away for now. Tried again later, and not counted as a failed try.
    Unavailable(String),
    /// It failed; after 20 failed tries the event is a dead letter. The text is for the operator.
    Failed(String),
}

impl From<sql::Error> for Retry {
    fn from(error: sql::Error) -> Self {
        match error {
            sql::Error::Busy | sql::Error::Unavailable => Self::Unavailable(error.to_string()),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<Misconfigured> for Retry {
    fn from(error: Misconfigured) -> Self {
        Self::Unavailable(error.to_string())
    }
}
