//! What a function is made of.

use kontor_contract::{
    ConfigurationFault, ConfigurationKey, Manifest, SqlNeeds,
    manifest::{Schedule, Subscription},
    schema::Migration,
};

use crate::{
    Event, Problem, Request, Response, Retry,
    config::{Configuration, Misconfigured},
    document,
    documents::Declaration,
    keyvalue::Bucket,
    operation::Operation,
    request::Call,
    response::IntoResponse,
};

type Receive = fn(&Event) -> Result<(), Retry>;
type Due = fn(i64) -> Result<(), Retry>;

/// A function: its name, what it needs, its operations and subscriptions. Built once an instance.
pub struct Function {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) operations: Vec<Operation>,
    migrations: fn() -> Vec<Migration>,
    collections: Vec<fn() -> Declaration>,
    buckets: Vec<&'static str>,
    subscriptions: Vec<(&'static str, &'static str, Receive)>,
    schedules: Vec<(&'static str, &'static str, &'static str, Due)>,
    configuration: Vec<(&'static str, &'static str, Option<&'static str>)>,
    checks: Vec<fn() -> Vec<Misconfigured>>,
    hosts: Vec<&'static str>,
    calls: Vec<&'static str>,
}

impl Function {
    /// A function that does nothing yet. The name is also its virtual host, its database and its event source.
    #[must_use]
    pub fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name,
            version,
            title: name,
            description: "",
            operations: Vec::new(),
            migrations: Vec::new,
            collections: Vec::new(),
            buckets: Vec::new(),
            subscriptions: Vec::new(),
            schedules: Vec::new(),
            configuration: Vec::new(),
            checks: Vec::new(),
            hosts: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// What the documentation is headed with.
    #[must_use]
    pub fn title(mut self, title: &'static str) -> Self {
        self.title = title;
        self
    }

    /// What the function is for; Markdown.
    #[must_use]
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// The database it needs. Only called by `describe`.
    #[must_use]
    pub fn sql(mut self, migrations: fn() -> Vec<Migration>) -> Self {
        self.migrations = migrations;
        self
    }

    /// A collection of documents that is the function's own. Only called by `describe`.
    #[must_use]
    pub fn collection(mut self, declaration: fn() -> Declaration) -> Self {
        self.collections.push(declaration);
        self
    }

    /// A bucket of keys and values that is the function's own.
    #[must_use]
    pub fn bucket<T>(mut self, bucket: &Bucket<T>) -> Self {
        self.buckets.push(bucket.name);
        self
    }

    /// A configuration key that the function reads; `default` is used if the operator sets nothing.
    #[must_use]
    pub fn configuration(
        mut self,
        key: &'static str,
        description: &'static str,
        default: impl Into<Option<&'static str>>,
    ) -> Self {
        self.configuration.push((key, description, default.into()));
        self
    }

    /// Lets `describe` look whether this configuration can be used: what cannot is found when the function is put live,
    /// and not by its first customer.
    #[must_use]
    pub fn check<T: Configuration>(mut self) -> Self {
        self.checks.push(T::faults);
        self
    }

    /// A host that the function sends requests to: `api.example.com`, `*.example.com`, `crm.example.com:8443`. The operator
    /// grants it.
    #[must_use]
    pub fn http(mut self, host: &'static str) -> Self {
        self.hosts.push(host);
        self
    }

    /// A function that this one calls, at `http://NAME.internal/`. The operator grants it.
    #[must_use]
    pub fn calls(mut self, function: &'static str) -> Self {
        self.calls.push(function);
        self
    }

    /// An event that the function gets: who made it, its name, and what takes it.
    #[must_use]
    pub fn subscribe(mut self, source: &'static str, name: &'static str, receive: Receive) -> Self {
        self.subscriptions.push((source, name, receive));
        self
    }

    /// Something to be done at certain times: a name, a cron expression (minute, hour, day of the month, month, day of the
    /// week), the IANA name of the time zone that it is meant in, and what does it. That is told the moment it was due, µs
    /// since 1970 UTC, which may be up to 24 hours ago if nobody served then.
    #[must_use]
    pub fn schedule(mut self, name: &'static str, cron: &'static str, time_zone: &'static str, due: Due) -> Self {
        self.schedules.push((name, cron, time_zone, due));
        self
    }

    /// An operation that the function answers.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Answers one request, by its operation's name.
    #[must_use]
    pub fn handle(&self, mut request: Request) -> Response {
        let found = self.operations.iter().find(|operation| operation.name == request.operation);
        let Some(operation) = found else {
            return Problem::new(404, "unknown-operation", "This function has no such operation").into_response();
        };
        (operation.answer)(&mut Call { request: &mut request })
    }

    /// Takes one event.
    ///
    /// # Errors
    /// What the subscription's function says; `failed` if there is none for this event.
    pub fn on_event(&self, event: &Event) -> Result<(), Retry> {
        let wanted = |(source, name, _): &&(&str, &str, Receive)| *source == event.source && *name == event.name;
        match self.subscriptions.iter().find(wanted) {
            Some((_, _, receive)) => receive(event),
            None => Err(Retry::Failed(format!("{} does not take {} from {}", self.name, event.name, event.source))),
        }
    }

    /// Does what was due at `time` (µs since 1970 UTC).
    ///
    /// # Errors
    /// What the schedule's function says; `failed` if there is no such schedule.
    pub fn on_schedule(&self, name: &str, time: i64) -> Result<(), Retry> {
        match self.schedules.iter().find(|(known, ..)| *known == name) {
            Some((.., due)) => due(time),
            None => Err(Retry::Failed(format!("{} has no schedule {name}", self.name))),
        }
    }

    /// What the function says of itself.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        let migrations = (self.migrations)();
        Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            openapi: document::of(self),
            subscriptions: self
                .subscriptions
                .iter()
                .map(|(source, name, _)| Subscription { source: (*source).to_owned(), name: (*name).to_owned() })
                .collect(),
            schedules: self
                .schedules
                .iter()
                .map(|(name, cron, time_zone, _)| Schedule {
                    name: (*name).to_owned(),
                    cron: (*cron).to_owned(),
                    time_zone: (*time_zone).to_owned(),
                })
                .collect(),
            collections: self.collections.iter().map(|declaration| declaration().into_manifest()).collect(),
            buckets: self.buckets.iter().map(|name| (*name).to_owned()).collect(),
            sql: (!migrations.is_empty()).then_some(SqlNeeds { migrations }),
            configuration: self
                .configuration
                .iter()
                .map(|(key, description, default)| ConfigurationKey {
                    key: (*key).to_owned(),
                    description: (*description).to_owned(),
                    default: default.map(str::to_owned),
                })
                .collect(),
            http: self.hosts.iter().map(|&host| host.to_owned()).collect(),
            calls: self.calls.iter().map(|&function| function.to_owned()).collect(),
            reuse: true,
            misconfigured: Vec::new(),
        }
    }

    /// What of the configuration at hand cannot be used.
    #[must_use]
    pub fn misconfigured(&self) -> Vec<ConfigurationFault> {
        let faults = self.checks.iter().flat_map(|faults| faults());
        faults.map(|Misconfigured { key, what }| ConfigurationFault { key, what }).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static CALLED: Cell<i64> = const { Cell::new(0) };
    }

    fn nightly(time: i64) -> Result<(), Retry> {
        CALLED.set(time);
        Ok(())
    }

    #[test]
    fn a_schedule_is_announced_and_reaches_its_own_handler() {
        let weekly = |_| Err(Retry::Unavailable("it is Sunday".to_owned()));
        let function = Function::new("books", "1").schedule("weekly", "0 6 * * 1", "UTC", weekly).schedule(
            "nightly",
            "30 2 * * *",
            "Europe/Berlin",
            nightly,
        );
        let schedules = function.manifest().schedules;
        assert_eq!(schedules.len(), 2);
        assert_eq!((schedules[1].cron.as_str(), schedules[1].time_zone.as_str()), ("30 2 * * *", "Europe/Berlin"));
        assert_eq!(function.on_schedule("nightly", 7), Ok(()));
        assert_eq!(CALLED.get(), 7);
        assert!(matches!(function.on_schedule("weekly", 7), Err(Retry::Unavailable(_))));
        assert!(matches!(function.on_schedule("daily", 7), Err(Retry::Failed(why)) if why.contains("daily")));
    }
}
