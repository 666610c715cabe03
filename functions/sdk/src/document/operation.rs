//! The document of one operation, while extractors and results add to it.

use std::collections::BTreeMap;

use utoipa::{
    ToSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, Object, Ref, RefOr, Required, ResponseBuilder, ResponsesBuilder, Schema,
        SecurityRequirement,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::Type,
    },
};

use super::Schemas;
use crate::{Problem, operation::Operation};

/// What is known of an operation so far.
#[derive(Default)]
pub struct OperationDocument {
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    responses: BTreeMap<u16, ResponseDocument>,
    otherwise: Option<ResponseDocument>,
    pub(crate) schemas: Schemas,
}

/// One response.
pub struct ResponseDocument {
    description: String,
    content: Vec<(&'static str, RefOr<Schema>)>,
    schemas: Schemas,
    retry_after: bool,
}

impl ResponseDocument {
    /// A response without a body.
    #[must_use]
    pub fn new(description: &str) -> Self {
        Self { description: description.to_owned(), content: Vec::new(), schemas: Schemas::new(), retry_after: false }
    }

    /// A problem.
    #[must_use]
    pub fn problem(description: &str) -> Self {
        let mut response = Self::new(description);
        response.content.push((Problem::MEDIA_TYPE, Ref::from_schema_name("Problem").into()));
        response
    }

    /// A JSON body.
    #[must_use]
    pub fn json<T: ToSchema>(description: &str) -> Self {
        Self::new(description).or_json::<T>()
    }

    /// Adds JSON to what the body may be.
    #[must_use]
    pub fn or_json<T: ToSchema>(mut self) -> Self {
        self.content.push(("application/json", named::<T>(&mut self.schemas)));
        self
    }

    /// Adds text of another media type to what the body may be.
    #[must_use]
    pub fn or_text(mut self, media_type: &'static str) -> Self {
        self.content.push((media_type, Object::with_type(Type::String).into()));
        self
    }

    /// Says that the response carries `retry-after`.
    #[must_use]
    pub fn retry_after(mut self) -> Self {
        self.retry_after = true;
        self
    }
}

impl OperationDocument {
    /// Adds a parameter.
    pub fn parameter(&mut self, parameter: ParameterBuilder) {
        self.parameters.push(parameter.build());
    }

    /// Adds a parameter for each field of a struct.
    pub fn parameters<T: ToSchema>(&mut self, place: &ParameterIn) {
        T::schemas(&mut self.schemas);
        let RefOr::T(Schema::Object(object)) = T::schema() else { return };
        for (name, schema) in object.properties {
            let required = *place == ParameterIn::Path || object.required.contains(&name);
            let description = match &schema {
                RefOr::T(Schema::OneOf(choices)) => choices.description.clone(),
                _ => None,
            };
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(place.clone())
                .required(if required { Required::True } else { Required::False })
                .description(description)
                .schema(Some(without_null(schema)));
            self.parameter(parameter);
        }
    }

    /// Sets the body.
    pub fn json_body<T: ToSchema>(&mut self) {
        let schema = named::<T>(&mut self.schemas);
        let content = ContentBuilder::new().schema(Some(schema)).build();
        self.body =
            Some(RequestBodyBuilder::new().content("application/json", content).required(Some(Required::True)).build());
    }

    /// Adds a response; the first one for a status stays.
    pub fn response(&mut self, status: u16, response: ResponseDocument) {
        self.responses.entry(status).or_insert(response);
    }

    /// Adds what every other status means.
    pub fn otherwise(&mut self, response: ResponseDocument) {
        self.otherwise.get_or_insert(response);
    }

    pub(crate) fn build(mut self, operation: &Operation) -> utoipa::openapi::path::Operation {
        let mut built = OperationBuilder::new()
            .operation_id(Some(operation.name))
            .summary((!operation.summary.is_empty()).then_some(operation.summary))
            .description((!operation.description.is_empty()).then_some(operation.description));
        if !operation.scopes.is_empty() {
            self.response(401, ResponseDocument::problem("No service token, or not a good one."));
            self.response(403, ResponseDocument::problem("The token lacks the scope."));
            built = built.security(SecurityRequirement::new("service", operation.scopes.iter().copied()));
        }
        let mut responses = ResponsesBuilder::new();
        for (status, response) in self.responses {
            responses = responses.response(status.to_string(), response.build(status == 503));
        }
        if let Some(response) = self.otherwise {
            responses = responses.response("default", response.build(false));
        }
        let parameters = (!self.parameters.is_empty()).then_some(self.parameters);
        built.parameters(parameters).request_body(self.body).responses(responses).build()
    }

    /// Moves the responses' schemas to the operation's, for the document's components.
    pub(crate) fn collect(&mut self) {
        for response in self.responses.values_mut() {
            self.schemas.append(&mut response.schemas);
        }
    }
}

impl ResponseDocument {
    fn build(self, retry_after: bool) -> utoipa::openapi::Response {
        let mut response = ResponseBuilder::new().description(self.description);
        for (media_type, schema) in self.content {
            response = response.content(media_type, ContentBuilder::new().schema(Some(schema)).build());
        }
        if retry_after || self.retry_after {
            let seconds = HeaderBuilder::new().schema(Some(Object::with_type(Type::Integer)));
            response = response.header("Retry-After", seconds.description(Some("Seconds to wait.")).build());
        }
        response.build()
    }
}

/// A reference to the type's schema, which is added to `schemas` with all it refers to.
fn named<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
    Ref::from_schema_name(T::name()).into()
}

/// A parameter that is not required may be left out; it cannot be null.
fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::OneOf(choices)) => {
            let is_null = |choice: &RefOr<Schema>| matches!(choice, RefOr::T(Schema::Object(object)) if object.schema_type == Type::Null.into());
            let other = choices.items.iter().find(|choice| !is_null(choice)).cloned();
            other.unwrap_or(RefOr::T(Schema::OneOf(choices)))
        }
        other => other,
    }
}
