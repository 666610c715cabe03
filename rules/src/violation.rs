//! What is wrong with an invoice, and where.

use std::fmt;

use serde::Serialize;

/// More than anybody repairs at once; keeps an answer small whatever was sent.
pub const VIOLATIONS_MAX: usize = 200;

/// A rule that is broken. It has the shape of a problem's `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Stable, for programs: `BR-…` and `BR-CO-…` are the rules of EN 16931, `UStG-…` and `UStDV-…` sections of German
    /// law, `BR-DE-…` the German rules for XRechnung; words with hyphens are Kontor's own.
    pub code: &'static str,
    /// JSON pointer (RFC 6901) into the draft; `/seller/…` is about the configured seller.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
    /// What to do.
    pub hint: String,
}

impl Violation {
    /// Codes of what is not wrong with the draft but with the time: the original has changed meanwhile. 409, not 422.
    const CONFLICTS: [&str; 5] =
        ["already-cancelled", "already-corrected", "not-cancelled", "not-cancellable", "correction-exceeds-original"];

    /// Whether it is a conflict with the original's state (409) rather than a fault of the draft (422).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        Self::CONFLICTS.contains(&self.code)
    }
}

/// A place in a JSON document. Costs nothing until it is written down.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The whole document.
    pub const ROOT: Self = Self { parent: None, step: Step::Root };

    /// A field of this object.
    #[must_use]
    pub fn field(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(name) }
    }

    /// An element of this array.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(formatter)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) => write!(formatter, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => write!(formatter, "/{index}"),
        }
    }
}

/// Collects violations.
#[derive(Debug, Default)]
pub struct Violations {
    found: Vec<Violation>,
}

impl Violations {
    /// Adds one.
    pub fn add(&mut self, at: At<'_>, code: &'static str, detail: impl Into<String>, hint: impl Into<String>) {
        if self.found.len() < VIOLATIONS_MAX {
            let (pointer, detail, hint) = (at.to_string(), detail.into(), hint.into());
            self.found.push(Violation { code, pointer, detail, hint });
        }
    }

    /// Adds one about a field that is not there. It says nothing if the field is there and cannot be read: that was said.
    pub fn missing(&mut self, at: At<'_>, code: &'static str, detail: impl Into<String>, hint: impl Into<String>) {
        if self.found.is_empty() || !self.has_any_at(&at.to_string()) {
            self.add(at, code, detail, hint);
        }
    }

    /// Whether something was said about the place, about a part of it, or that what it would be part of is no object.
    fn has_any_at(&self, pointer: &str) -> bool {
        let within = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.found.iter().any(|violation| {
            within(&violation.pointer, pointer)
                || (violation.code == "wrong-type" && within(pointer, &violation.pointer))
        })
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// All of them.
    #[must_use]
    pub fn into_vec(self) -> Vec<Violation> {
        self.found
    }
}
