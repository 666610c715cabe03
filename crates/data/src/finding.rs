//! What a look at an engine found, for `kontor doctor`.

/// How what was looked at is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// As it should be.
    Good,
    /// Not as it should be.
    Wrong {
        /// The command or the setting that mends it. Kontor does not run it by itself.
        mend: String,
    },
    /// It could not be seen: a missing right, or a server that has no such thing.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, in one or two words, for example `balancer`.
    pub subject: String,
    /// How it is.
    pub condition: Condition,
    /// What was seen, and what it means.
    pub detail: String,
}

impl Finding {
    /// Something as it should be.
    pub fn good(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { subject: subject.into(), condition: Condition::Good, detail: detail.into() }
    }

    /// Something to be mended by a person, and how.
    pub fn wrong(subject: impl Into<String>, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { subject: subject.into(), condition: Condition::Wrong { mend: mend.into() }, detail: detail.into() }
    }

    /// Something that could not be seen, and why.
    pub fn unknown(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { subject: subject.into(), condition: Condition::Unknown, detail: detail.into() }
    }

    /// Whether somebody has to do something.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self.condition, Condition::Wrong { .. })
    }
}
