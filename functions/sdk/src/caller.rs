//! Who asks, as the host found out.

use crate::{Problem, document::OperationDocument, extract::Extract, request::Call};

/// Who asks. It can be trusted: it never comes from a header. Handlers take it as a parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Caller {
    /// A visitor.
    #[default]
    Anonymous,
    /// A program with a service token.
    Service(Identity),
    /// A person who signed in.
    User(Identity),
}

/// A caller's name and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Unique and stable, at most 100 bytes.
    pub name: String,
    /// Granted scopes; the single scope `*` stands for all.
    pub scopes: Vec<String>,
}

impl Caller {
    /// Whether the caller has the scope. The edge has checked an operation's own scopes already; this is for what a
    /// handler shows to some callers only.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Service(identity) | Self::User(identity) => {
                identity.scopes.iter().any(|granted| granted == scope || granted == "*")
            }
        }
    }
}

impl Extract for Caller {
    fn extract(call: &mut Call<'_>) -> Result<Self, Problem> {
        Ok(call.request.caller.clone())
    }

    fn document(_: &mut OperationDocument) {}
}
