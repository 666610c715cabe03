//! How an error looks to a client: RFC 9457 `application/problem+json`.

use serde::{Deserialize, Serialize};

/// RFC 9457 problem details, with a stable code and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI for the kind of problem: `urn:kontor:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable, for programs: lower case with hyphens, for example `unknown-license`.
    pub code: String,
    /// What happened this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where it is, if it is about one field: as [`Fault::pointer`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Every fault, if there are several or the fields matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
    /// Set by the edge: what to look for in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// One fault in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Stable, for programs: `unknown-field`, `wrong-type`, `out-of-range`, `missing`, …
    pub code: String,
    /// JSON pointer (RFC 6901) into the body, such as `/license`. A parameter is not in the body: `#/query/NAME`,
    /// `#/path/NAME` or `#/headers/NAME`, a pointer in its URI fragment form over the request's parts. The `#` tells a
    /// parameter from a field of the same name.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// The media type of a problem.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem with nothing but its kind.
    #[must_use]
    pub fn new(status: u16, code: &str, title: &str) -> Self {
        Self {
            kind: format!("urn:kontor:problem:{code}"),
            title: title.to_owned(),
            status,
            code: code.to_owned(),
            detail: None,
            hint: None,
            pointer: None,
            errors: Vec::new(),
            request_id: None,
        }
    }

    /// Says what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which field it is about.
    #[must_use]
    pub fn pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Adds every fault; the first one's pointer becomes the problem's.
    #[must_use]
    pub fn faults(mut self, faults: Vec<Fault>) -> Self {
        self.pointer = faults.first().map(|fault| fault.pointer.clone());
        self.errors = faults;
        self
    }
}
