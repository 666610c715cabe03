//! One version of one function.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use kontor_contract::{ConfigurationFault, Manifest, manifest::Schedule};
use kontor_data::Database;
use kontor_telemetry::Endpoint;

use crate::{
    Budget, Limits, Origin,
    host::Shared,
    runtime::{Facts, Program},
    schedules::Calendar,
    serve::{Admission, Idle},
};

/// One version of one function. An old one lives on while calls hold it.
pub struct Version {
    pub(crate) shared: Arc<Shared>,
    pub(crate) facts: Arc<Facts>,
    pub(crate) manifest: Manifest,
    pub(crate) hash: String,
    pub(crate) origin: Origin,
    pub(crate) program: Program,
    pub(crate) admission: Admission,
    pub(crate) idle: Idle,
    pub(crate) endpoints: BTreeMap<String, Arc<Endpoint>>,
    /// Figures of what no HTTP request causes.
    pub(crate) event_figures: Arc<Endpoint>,
    pub(crate) schedule_figures: Arc<Endpoint>,
    pub(crate) schedules: Vec<(Schedule, Calendar)>,
    /// Those that hold for this function.
    pub(crate) budgets: Arc<[Arc<Budget>]>,
    /// Names of spans, made once.
    pub(crate) handle_span: Arc<str>,
    pub(crate) event_span: Arc<str>,
    pub(crate) schedule_span: Arc<str>,
    /// What idempotency keys of `on-event` belong to: no HTTP operation can have this name.
    pub(crate) event_operation: Arc<str>,
    /// The same for `on-schedule`.
    pub(crate) schedule_operation: Arc<str>,
}

impl Version {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.facts.function
    }

    /// What it says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Keys that it needs and that nobody set: what needs them waits.
    pub fn misconfigured(&self) -> &[ConfigurationFault] {
        &self.manifest.misconfigured
    }

    /// SHA-256 of the component, hexadecimal.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether it came with the program.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether it is of the standard world `wasi:http/proxy`: it takes any request below its path, and reads bodies while
    /// they come.
    pub fn is_standard(&self) -> bool {
        self.program.is_standard()
    }

    /// Its limits.
    pub fn limits(&self) -> &Limits {
        &self.facts.limits
    }

    /// Its database.
    pub fn database(&self) -> Option<&Arc<dyn Database>> {
        self.facts.database.as_ref()
    }

    /// What it wants to be called for, and when.
    pub(crate) fn schedules(&self) -> &[(Schedule, Calendar)] {
        &self.schedules
    }

    /// Figures of one operation, by `operationId`; kept over versions. For a name that is no operation of this version,
    /// figures that nobody else sees.
    pub fn endpoint(&self, operation: &str) -> Arc<Endpoint> {
        self.endpoints.get(operation).cloned().unwrap_or_default()
    }

    /// Figures of the instances.
    pub fn pool(&self) -> PoolFigures {
        PoolFigures {
            idle: self.idle.len(),
            in_flight: self.admission.in_flight(),
            queued: self.admission.waiting(),
            made: self.idle.made.load(Relaxed),
            retired: self.idle.retired.load(Relaxed),
        }
    }
}

/// Figures of a version's instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct PoolFigures {
    /// Instances that wait for work.
    pub idle: usize,
    /// Calls at work.
    pub in_flight: usize,
    /// Calls that wait.
    pub queued: usize,
    /// Instances made so far.
    pub made: u64,
    /// Traps, deadlines and memory refusals so far.
    pub retired: u64,
}
