//! What handlers may take as parameters.

mod json;
mod key;
mod parameters;

pub use json::{Json, JsonText};
pub use key::{IdempotencyKey, MandatoryKey};
pub use parameters::{Path, Query};

use crate::{Problem, Request, document::OperationDocument, request::Call};

/// A handler's parameter: it is taken from the request, and says beforehand what it takes.
pub trait Extract: Sized {
    /// Takes it from the request.
    ///
    /// # Errors
    /// What the client is answered.
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem>;

    /// Adds what it takes, and the problems it can give, to the operation's document. Only called by `describe`.
    fn document(operation: &mut OperationDocument);
}

/// The whole request, for what no other extractor gives. Documents nothing.
impl Extract for Request {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        Ok(call.request.clone())
    }

    fn document(_: &mut OperationDocument) {}
}
