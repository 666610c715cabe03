//! The header `idempotency-key`.

use utoipa::openapi::{
    ObjectBuilder, Required,
    path::{ParameterBuilder, ParameterIn},
    schema::Type,
};

use super::Extract;
use crate::{
    Fault, Problem,
    document::{OperationDocument, ResponseDocument},
    problem,
    request::Call,
};

/// What the client sent as `Idempotency-Key`, if anything: 1 to 255 visible ASCII characters.
/// See <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/>.
pub struct IdempotencyKey(pub Option<String>);

const SIZE_MAX_BYTES: usize = 255;

impl Extract for IdempotencyKey {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        let Some(key) = call.request.header("idempotency-key") else { return Ok(Self(None)) };
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=SIZE_MAX_BYTES).contains(&key.len()) {
            return Ok(Self(Some(key.to_owned())));
        }
        Err(problem::invalid_parameters(vec![Fault {
            code: if key.len() > SIZE_MAX_BYTES { "too-long" } else { "wrong-type" }.to_owned(),
            pointer: "#/headers/idempotency-key".to_owned(),
            detail: "An idempotency key is 1 to 255 visible ASCII characters.".to_owned(),
            hint: Some("Send a new random UUID for each purchase.".to_owned()),
        }]))
    }

    fn document(operation: &mut OperationDocument) {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(SIZE_MAX_BYTES))
            .pattern(Some(r"^[!-~]+$"));
        operation.parameter(
            ParameterBuilder::new()
                .name("Idempotency-Key")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "Makes the request safe to repeat for 30 days: the same key with the same request gives the very \
                     same answer and does nothing again.",
                ))
                .schema(Some(schema)),
        );
        operation.response(409, ResponseDocument::problem("The idempotency key was used before for another request."));
        operation.response(
            422,
            ResponseDocument::problem("The request is understood but cannot be done; `errors` lists every fault."),
        );
    }
}
