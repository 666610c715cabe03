//! What `kontor doctor` asks of everything that data is kept on.

use crate::{Async, Finding, OpenError};

/// Something that can be looked at without being changed: an engine gives one for what it needs from its server or its disk.
pub trait Check: Send + Sync {
    /// What is looked at, for people: the engine and where it is, without a password.
    fn subject(&self) -> String;

    /// Looks at everything, and changes nothing. Where nothing can be reached, that is the one finding.
    fn check(&self) -> Async<'_, Vec<Finding>>;
}

/// What was found, or as a finding why nothing could be.
#[must_use]
pub fn or_unreachable(found: Result<Vec<Finding>, OpenError>) -> Vec<Finding> {
    found.unwrap_or_else(|error| {
        vec![Finding::wrong("reachable", error.to_string(), "what the message says, then ask again")]
    })
}
