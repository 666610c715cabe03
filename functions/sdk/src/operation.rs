//! One operation: method, path, name and handler.

use utoipa::openapi::HttpMethod;

use crate::{Response, document::OperationDocument, handler::Handler, request::Call};

type Answer = Box<dyn Fn(&mut Call<'_>) -> Response>;

/// One operation of a function.
pub struct Operation {
    pub(crate) method: HttpMethod,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) scopes: Vec<&'static str>,
    pub(crate) answer: Answer,
    pub(crate) document: fn(&mut OperationDocument),
}

impl Operation {
    fn new<M, H: Handler<M>>(method: HttpMethod, path: &'static str, name: &'static str, handler: H) -> Self {
        Self {
            method,
            path,
            name,
            summary: "",
            description: "",
            scopes: Vec::new(),
            answer: Box::new(move |call| handler.call(call)),
            document: H::document,
        }
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// What a caller should know; Markdown.
    #[must_use]
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// A scope that a caller must have. The edge refuses everybody else before any code of the function runs.
    #[must_use]
    pub fn scope(mut self, scope: &'static str) -> Self {
        self.scopes.push(scope);
        self
    }

    /// The `operationId`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// `GET`: the path may hold parameters like `{id}`; `name` is the `operationId`, in camel case.
pub fn get<M, H: Handler<M>>(path: &'static str, name: &'static str, handler: H) -> Operation {
    Operation::new(HttpMethod::Get, path, name, handler)
}

/// `POST`: see [`get`].
pub fn post<M, H: Handler<M>>(path: &'static str, name: &'static str, handler: H) -> Operation {
    Operation::new(HttpMethod::Post, path, name, handler)
}

/// `DELETE`: see [`get`].
pub fn delete<M, H: Handler<M>>(path: &'static str, name: &'static str, handler: H) -> Operation {
    Operation::new(HttpMethod::Delete, path, name, handler)
}
