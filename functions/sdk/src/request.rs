//! A request as the host hands it over.

use crate::Caller;

/// One HTTP request, already matched against the function's own document.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The `operationId` that matched.
    pub operation: String,
    /// Upper case.
    pub method: String,
    /// As sent, without query, still percent-encoded.
    pub path: String,
    /// What followed `?`, still percent-encoded.
    pub query: Option<String>,
    /// Values of the path template's parameters, decoded, in the template's order.
    pub path_parameters: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// Who asks.
    pub caller: Caller,
    /// W3C trace id.
    pub trace_id: String,
    /// Milliseconds until the host gives this call up.
    pub deadline_ms: u32,
}

impl Request {
    /// The first header of that name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All headers of that name, which is given in lower case, in the order in which they were sent.
    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// What extractors read from.
pub struct Call<'a> {
    /// The request. Extractors may take parts of it.
    pub request: &'a mut Request,
}
