//! Requests to other servers, and to other functions at `http://NAME.internal/…`.
//!
//! ```
//! use kontor_sdk::{Problem, http};
//!
//! #[derive(serde::Deserialize)]
//! struct Rate { rate: String }
//!
//! fn rate(currency: &str) -> Result<String, Problem> {
//!     let url = format!("https://rates.example/latest/{currency}");
//!     let rate: Rate = http::get(url).header("accept", "application/json").send()?.success()?.json()?;
//!     Ok(rate.rate)
//! }
//! # assert!(rate("EUR").is_err(), "nobody answers here");
//! ```
//!
//! The function's manifest has to name the host ([`Function::http`](crate::Function::http)) or the function
//! ([`Function::calls`](crate::Function::calls)), and the operator to grant it. Redirects are not followed: they are
//! answers like any other.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Problem, log, problem, seam};

/// A request that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a request does nothing until it is sent"]
pub struct Outgoing {
    /// Upper case.
    pub method: String,
    /// With scheme, host, path and query.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
    /// How long to wait; none is as long as the call may take.
    pub timeout: Option<Duration>,
    /// Why it cannot be sent.
    fault: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// 100 to 599.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no answer, or none of use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The function may not reach that host, address or function.
    #[error("{0}")]
    Denied(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// The request's or the answer's body passed a limit.
    #[error("{0}")]
    TooLarge(String),
    /// There was no answer in time. Whether the other side did anything is not known.
    #[error("there was no answer in time")]
    Timeout,
    /// The name is not known, nobody listens there, the certificate is wrong, or the connection broke off.
    #[error("{0}")]
    Unreachable(String),
    /// Too many requests at once. Nothing was sent.
    #[error("too many requests at once")]
    Busy,
    /// The answer is not 2xx.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// The answer's body is not what was expected.
    #[error("the answer is not what was expected: {0}")]
    Body(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
}

/// Begins a `GET`.
pub fn get(url: impl Into<String>) -> Outgoing {
    Outgoing::new("GET", url)
}

/// Begins a `POST`.
pub fn post(url: impl Into<String>) -> Outgoing {
    Outgoing::new("POST", url)
}

/// Begins a `PUT`.
pub fn put(url: impl Into<String>) -> Outgoing {
    Outgoing::new("PUT", url)
}

/// Begins a `DELETE`.
pub fn delete(url: impl Into<String>) -> Outgoing {
    Outgoing::new("DELETE", url)
}

impl Outgoing {
    /// Begins a request with any method.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        let (method, url) = (method.to_owned(), url.into());
        Self { method, url, headers: Vec::new(), body: Vec::new(), timeout: None, fault: None }
    }

    /// Adds a header; the name is given in lower case.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sets the body and its media type.
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// Sets a JSON body. What cannot be JSON is told by [`Outgoing::send`].
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => self.body("application/json", body),
            Err(error) => {
                self.fault = Some(format!("the request's body cannot be JSON: {error}"));
                self
            }
        }
    }

    /// How long to wait for the whole answer, in full milliseconds; never longer than the call itself may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the request and waits for the whole answer.
    ///
    /// # Errors
    /// There is none. An answer with 4xx or 5xx is one; see [`Reply::success`].
    pub fn send(self) -> Result<Reply, Error> {
        match self.fault {
            Some(fault) => Err(Error::Invalid(fault)),
            None => seam::send(self),
        }
    }
}

impl Reply {
    /// An answer without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The first header of that name, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The answer itself if it is 2xx.
    ///
    /// # Errors
    /// [`Error::Status`] if it is not.
    pub fn success(self) -> Result<Self, Error> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(Error::Status(self.status)) }
    }

    /// The body as text.
    ///
    /// # Errors
    /// [`Error::Body`] if it is no UTF-8.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.body).map_err(|error| Error::Body(error.to_string()))
    }

    /// The body, read from JSON. Fields that `T` does not know are passed over: another server may add some.
    ///
    /// # Errors
    /// [`Error::Body`] if it is no JSON, or no `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Body(error.to_string()))
    }
}

/// What a client of this function learns: nothing of where it asked. The log says why.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        log::error(&format!("a request to another server failed: {error}"));
        match error {
            Error::Busy => problem::unavailable(),
            Error::Timeout => Self::new(504, "upstream-late", "Another server took too long")
                .hint("Try again later. If the operation takes an Idempotency-Key, send the same one."),
            Error::Denied(_) | Error::Invalid(_) => Self::new(500, "function-failed", "The function failed")
                .hint("The log says why, under the request's id."),
            _ => Self::new(502, "upstream-failed", "Another server failed").hint("Try again later."),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_says_what_it_was_given() {
        let request = post("https://a.example/x").bearer("t").json(&json!({"a": 1})).timeout(Duration::from_secs(2));
        assert_eq!((request.method.as_str(), request.body.as_slice()), ("POST", br#"{"a":1}"#.as_slice()));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [header("authorization", "Bearer t"), header("content-type", "application/json")];
        assert_eq!(request.headers, headers);
        let unspeakable = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(matches!(post("https://a.example/").json(&unspeakable).send(), Err(Error::Invalid(_))));
    }

    #[test]
    fn an_answer_is_read_or_said_to_be_none() {
        let reply = Reply { body: b"{\"a\":1,\"new\":2}".to_vec(), ..Reply::new(200) };
        #[derive(Debug, serde::Deserialize, PartialEq)]
        struct A {
            a: u8,
        }
        assert_eq!(reply.json::<A>(), Ok(A { a: 1 }));
        assert!(matches!(Reply::new(200).json::<A>(), Err(Error::Body(_))));
        assert!(matches!(Reply { body: vec![0xff], ..Reply::new(200) }.text(), Err(Error::Body(_))));
        assert_eq!(Reply::new(302).success(), Err(Error::Status(302)), "redirects are not followed");
    }

    #[test]
    fn a_client_learns_nothing_of_where_was_asked() {
        for (error, status) in [
            (Error::Denied("10.0.0.1 secret".to_owned()), 500),
            (Error::Unreachable("10.0.0.1 secret".to_owned()), 502),
            (Error::Status(401), 502),
            (Error::Timeout, 504),
            (Error::Busy, 503),
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.status, status);
            assert!(!serde_json::to_string(&problem).unwrap().contains("secret"));
        }
    }
}
