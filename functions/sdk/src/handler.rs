//! Plain functions with up to six extractors are handlers.

use crate::{Response, document::OperationDocument, extract::Extract, request::Call, response::IntoResponse};

/// A function that answers an operation. `M` only tells the numbers of parameters apart.
pub trait Handler<M>: 'static {
    /// Extracts the parameters and calls the function.
    fn call(&self, call: &mut Call<'_>) -> Response;

    /// What parameters and result say of themselves.
    fn document(operation: &mut OperationDocument);
}

macro_rules! handler {
    ($($parameter:ident),*) => {
        impl<F, R, $($parameter),*> Handler<fn($($parameter),*) -> R> for F
        where
            F: Fn($($parameter),*) -> R + 'static,
            R: IntoResponse,
            $($parameter: Extract,)*
        {
            #[allow(non_snake_case, unused_variables)]
            fn call(&self, call: &mut Call<'_>) -> Response {
                $(let $parameter = match $parameter::extract(call) {
                    Ok(value) => value,
                    Err(problem) => return problem.into_response(),
                };)*
                self($($parameter),*).into_response()
            }

            fn document(operation: &mut OperationDocument) {
                $($parameter::document(operation);)*
                R::document(operation);
            }
        }
    };
}

handler!();
handler!(A);
handler!(A, B);
handler!(A, B, C);
handler!(A, B, C, D);
handler!(A, B, C, D, E);
handler!(A, B, C, D, E, G);
