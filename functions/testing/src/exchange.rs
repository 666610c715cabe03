//! A request and its answer.

use kontor_sdk::{Caller, Request, Response};
use serde::Serialize;
use serde_json::Value;

use crate::{App, routes};

/// A request that is being written.
pub struct Exchange<'a> {
    app: &'a App,
    request: Request,
}

impl<'a> Exchange<'a> {
    pub(crate) fn new(app: &'a App, method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
            deadline_ms: 10_000,
            ..Request::default()
        };
        Self { app, request }
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("a test's body is JSON");
        self.header("content-type", "application/json").body(body)
    }

    /// Sets a body as it is.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request.body = body.into();
        self
    }

    /// Adds a header; the name is given in lower case.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Says who asks; a visitor otherwise.
    #[must_use]
    pub fn caller(mut self, caller: Caller) -> Self {
        self.request.caller = caller;
        self
    }

    /// Matches the request against the function's document and checks its scopes, as the edge does, and has the function
    /// answer it.
    #[must_use]
    pub fn send(mut self) -> Answer {
        match routes::find(self.app.manifest(), &self.request) {
            Err(status) => Answer(Response::new(status)),
            Ok((operation, parameters)) => {
                self.request.operation = operation;
                self.request.path_parameters = parameters;
                let name = match &self.request.caller {
                    Caller::Service(identity) | Caller::User(identity) => identity.name.clone(),
                    Caller::Anonymous => String::new(),
                };
                self.app.install();
                self.app.host.begin(&self.request.operation, &name);
                Answer(self.app.function.handle(self.request))
            }
        }
    }
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(pub Response);

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.0.body).expect("the body is text")
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.0.body)
            .unwrap_or_else(|error| panic!("the body is no JSON ({error}): {}", self.text()))
    }

    /// A problem's status, code, and its faults as `CODE POINTER`, sorted.
    #[must_use]
    pub fn problem(&self) -> (u16, String, Vec<String>) {
        let problem: kontor_contract::Problem = serde_json::from_value(self.json()).expect("the body is a problem");
        assert_eq!(self.header("content-type"), Some(kontor_contract::Problem::MEDIA_TYPE));
        assert_eq!(problem.status, self.status());
        let mut faults: Vec<_> =
            problem.errors.iter().map(|fault| format!("{} {}", fault.code, fault.pointer)).collect();
        faults.sort();
        (problem.status, problem.code, faults)
    }
}
