//! Why a request has no answer.

use std::error::Error;

use super::{body::BodyError, connector::NoConnection};

/// Why a request has no answer. The texts are for the function's author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// It may not be sent there.
    #[error("{0}")]
    Denied(String),
    /// It makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A limit was passed.
    #[error("{0}")]
    TooLarge(String),
    /// There was no answer in time.
    #[error("there was no answer in time")]
    Timeout,
    /// Nobody answers, or not properly.
    #[error("{0}")]
    Unreachable(String),
    /// Too many requests at once.
    #[error("too many requests at once")]
    Busy,
}

impl Failure {
    /// What an error of the HTTP machinery means: the innermost reason that is known.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut next = Some(error);
        while let Some(error) = next {
            match error.downcast_ref::<NoConnection>() {
                Some(NoConnection::Denied(why)) => return Self::Denied(why.clone()),
                Some(NoConnection::Unreachable(why)) => return Self::Unreachable(why.clone()),
                None => {}
            }
            if let Some(BodyError::TooLarge(_)) = error.downcast_ref() {
                return Self::TooLarge(error.to_string());
            }
            text = error.to_string();
            next = error.source();
        }
        Self::Unreachable(format!("the connection failed: {text}"))
    }
}
