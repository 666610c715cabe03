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

fn repeated() -> Problem {
    Problem::new(400, "key-repeated", "There is more than one idempotency key")
        .detail("The header idempotency-key came more than once, so which one counts is not clear.")
        .hint("Send the header idempotency-key once. Nothing was done.")
        .pointer("#/headers/idempotency-key")
}

impl Extract for IdempotencyKey {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        let mut keys = call.request.headers_named("idempotency-key");
        let Some(key) = keys.next() else { return Ok(Self(None)) };
        // Whichever of them was taken, a client or a proxy that means the other would do the same thing twice.
        if keys.next().is_some() {
            return Err(repeated());
        }
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
        document(operation, Required::False);
    }
}

/// The client's `Idempotency-Key`, without which nothing is done: what may happen once only is not left to luck.
pub struct MandatoryKey(pub String);

impl MandatoryKey {
    /// The key as one that is there.
    #[must_use]
    pub fn into_key(self) -> IdempotencyKey {
        IdempotencyKey(Some(self.0))
    }
}

fn absent() -> Problem {
    Problem::new(400, "key-missing", "The idempotency key is missing")
        .detail("This operation needs the header idempotency-key, so that a repeated request does nothing twice.")
        .hint("Send for example: Idempotency-Key: 4e1243bd-22c6-4b3a-a3f5-3a5f1c5f0a11, a new random UUID for each new request.")
        .pointer("#/headers/idempotency-key")
}

impl Extract for MandatoryKey {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        IdempotencyKey::extract(call)?.0.map(Self).ok_or_else(absent)
    }

    fn document(operation: &mut OperationDocument) {
        for (status, text) in [
            (400, "The key is missing, or the request is no JSON or no HTTP."),
            (409, "The key was used before for another request, or what is there already forbids this one."),
        ] {
            operation.response(status, ResponseDocument::problem(text));
        }
        document(operation, Required::True);
    }
}

fn document(operation: &mut OperationDocument, required: Required) {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(SIZE_MAX_BYTES))
        .pattern(Some(r"^[!-~]+$"));
    operation.parameter(
        ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(required)
            .description(Some(
                "Makes the request safe to repeat for 30 days: the same key with the same request gives the very same \
                 answer and does nothing again.",
            ))
            .schema(Some(schema)),
    );
    operation.response(409, ResponseDocument::problem("The idempotency key was used before for another request."));
    operation.response(
        422,
        ResponseDocument::problem("The request is understood but cannot be done; `errors` lists every fault."),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request;

    /// The headers' values, and the key or the refusal's status and code.
    type Case = (&'static [&'static str], Result<Option<&'static str>, (u16, &'static str)>);

    #[test]
    fn a_key_is_there_once_or_not_at_all() {
        let cases: [Case; 5] = [
            (&[], Ok(None)),
            (&["k-1"], Ok(Some("k-1"))),
            (&["k-1", "k-2"], Err((400, "key-repeated"))),
            (&["k-1", "k-1"], Err((400, "key-repeated"))),
            (&["k 1"], Err((422, "invalid-parameters"))),
        ];
        for (sent, expected) in cases {
            let headers = sent.iter().map(|key| ("idempotency-key".to_owned(), (*key).to_owned())).collect();
            let mut request = Request { headers, ..Request::default() };
            let found = IdempotencyKey::extract(&mut Call { request: &mut request });
            let found = found.as_ref().map(|key| key.0.as_deref());
            assert_eq!(found.map_err(|problem| (problem.status, &*problem.code)), expected, "{sent:?}");
        }
    }
}
