//! What stands between a component and a version that serves.

use std::sync::Arc;

use kontor_contract::Manifest;
use tokio::sync::OwnedMutexGuard;

use crate::{Origin, Version, load::Loaded};

/// A component that went through every check for which nobody has to wait: compiled, checked against the contract, asked
/// what it is, and asked whether it can use its configuration. It has no data yet and changes nothing.
pub struct Checked(Loaded);

impl Checked {
    pub(crate) fn new(loaded: Loaded) -> Self {
        Self(loaded)
    }

    pub(crate) fn into_loaded(self) -> Loaded {
        self.0
    }

    /// What it says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.0.manifest
    }

    /// SHA-256 of the component, hexadecimal.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.0.hash
    }

    /// Whether it came with the program.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.0.origin
    }
}

/// A version that is ready to go live, and the right to change what is live of its name.
pub struct Prepared {
    version: Arc<Version>,
    changing: OwnedMutexGuard<()>,
}

impl Prepared {
    pub(crate) fn new(version: Arc<Version>, changing: OwnedMutexGuard<()>) -> Self {
        Self { version, changing }
    }

    /// The version, and the right along with it until it is live.
    pub(crate) fn take(self) -> (Arc<Version>, OwnedMutexGuard<()>) {
        (self.version, self.changing)
    }

    /// What would go live.
    #[must_use]
    pub fn version(&self) -> &Arc<Version> {
        &self.version
    }
}
