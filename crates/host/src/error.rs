//! What can go wrong with a component and with a call.

use std::time::Duration;

use crate::UsedUp;

/// Why a call gave no answer. What the client sees is the kind alone; what the log says stays inside.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// In-flight and queue limits are used up, or the deadline passed before its turn came; the function was not
    /// called: 503.
    #[error("too many calls at once")]
    Overloaded,
    /// A budget is used up; the function was not called: 429.
    #[error("{}", .0.what)]
    UsedUp(Box<UsedUp>),
    /// Wall clock, while the function was at work: 504.
    #[error("the deadline of {0:?} passed")]
    Deadline(Duration),
    /// CPU: 504.
    #[error("used more than {0:?} of CPU")]
    Cpu(Duration),
    /// Trap: 500. The text is for the log alone.
    #[error("trapped: {0}")]
    Trap(String),
    /// No memory for an instance: 503.
    #[error("no room for an instance: {0}")]
    NoInstance(String),
    /// The response passed a limit or makes no sense: 500.
    #[error("bad response: {0}")]
    BadResponse(String),
    /// The host is stopping: 503.
    #[error("stopping")]
    Stopping,
}

/// Why a component does not go live. Each says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No component, or one that does not fit the world.
    #[error("{0}")]
    NotAFunction(String),
    /// `describe` failed or its manifest is wrong.
    #[error("{0}")]
    BadManifest(String),
    /// It cannot use a configuration key that the operator set.
    #[error("{0}; mend it where it was set: in kontor.toml or in a KONTOR_ variable")]
    Misconfigured(String),
    /// It asks for what the operator has not granted. The text is the command that grants it.
    #[error("{0}")]
    NotGranted(String),
    /// The operator demands a signature, and it has none that is good.
    #[error("{0}")]
    NotSigned(String),
    /// Its database does not open.
    #[error(transparent)]
    Data(#[from] kontor_data::OpenError),
    /// The cache cannot be used, or the engine not be made.
    #[error("{0}")]
    Host(String),
}
