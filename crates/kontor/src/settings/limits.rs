//! Limits of functions as `kontor.toml` has them. The defaults are those of the rooms that keep them.

use kontor_data::{documents::DocumentLimits, keyvalue::KeyValueLimits};
use serde::{Deserialize, Serialize};

use super::units::{Size, Time};

/// Makes the full set of limits and, beside it, the set of those that one function changes.
macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)+) => {
        /// Limits of every function.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $($(#[$doc])* pub $name: $kind,)+
        }

        /// The limits that one function has otherwise.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Changes {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] pub $name: Option<$kind>,)+
        }

        impl Limits {
            /// These limits with one function's changes.
            pub fn changed(&self, changes: &Changes) -> Self {
                Self { $($name: changes.$name.unwrap_or(self.$name),)+ }
            }
        }
    };
}

limits! {
    /// All linear memories of an instance together.
    memory_max: Size,
    /// Wall clock of one call.
    deadline: Time,
    /// CPU of one call.
    cpu_max: Time,
    /// A request's body.
    request_max: Size,
    /// A response's body.
    response_max: Size,
    /// The body of a request that the function sends.
    outbound_request_max: Size,
    /// The body of an answer that it gets.
    outbound_response_max: Size,
    /// Calls at once.
    in_flight_max: u32,
    /// Calls that wait; past it 503.
    queue_max: u32,
    /// Calls that one instance serves, where reuse is granted.
    reuse_max: u32,
    /// Text of a statement.
    statement_max: Size,
    /// How long a statement may run.
    statement_time_max: Time,
    /// Statements of a batch.
    batch_statements_max: u32,
    /// Parameters of a batch.
    batch_max: Size,
    /// Rows of a result.
    rows_max: u32,
    /// A result.
    result_max: Size,
    /// Batches that wait for the writer; past it 503.
    write_queue_max: u32,
    /// Bytes of batches that wait for the writer; past it 503.
    write_queue_size_max: Size,
    /// Batches that share a commit.
    group_max: u32,
    /// The function's database.
    database_max: Size,
    /// How long an idempotency key is remembered.
    idempotency_time: Time,
    /// One document.
    document_max: Size,
    /// The function's documents.
    documents_max: Size,
    /// The function's keys and values.
    entries_max: Size,
    /// Events of a batch.
    batch_events_max: u32,
    /// An event's payload.
    event_max: Size,
    /// Events on their way; past it writes that emit events get 503.
    outbox_rows_max: u64,
    /// Bytes of events on their way; past it writes that emit events get 503.
    outbox_max: Size,
}

fn count(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn size(value: usize) -> Size {
    Size(value as u64)
}

impl Default for Limits {
    fn default() -> Self {
        let host = kontor_host::Limits::default();
        let data = host.data;
        Self {
            memory_max: size(host.memory_max_bytes),
            deadline: Time(host.deadline),
            cpu_max: Time(host.cpu),
            request_max: size(host.request_max_bytes),
            response_max: size(host.response_max_bytes),
            outbound_request_max: size(host.outbound_request_max_bytes),
            outbound_response_max: size(host.outbound_response_max_bytes),
            in_flight_max: count(host.in_flight_max),
            queue_max: count(host.queue_max),
            reuse_max: host.reuse_max,
            statement_max: size(data.statement_size_max_bytes),
            statement_time_max: Time(data.statement_time_max),
            batch_statements_max: count(data.batch_statements_max),
            batch_max: size(data.batch_size_max_bytes),
            rows_max: count(data.rows_max),
            result_max: size(data.result_size_max_bytes),
            write_queue_max: count(data.queue_max),
            write_queue_size_max: size(data.queue_size_max_bytes),
            group_max: count(data.group_max),
            database_max: Size(data.database_size_max_bytes),
            idempotency_time: Time(data.idempotency_time_to_live),
            document_max: size(host.documents.document_size_max_bytes),
            documents_max: Size(host.documents.store_size_max_bytes),
            entries_max: Size(host.keyvalue.store_size_max_bytes),
            batch_events_max: count(data.batch_events_max),
            event_max: size(data.event_size_max_bytes),
            outbox_rows_max: data.outbox_rows_max,
            outbox_max: Size(data.outbox_size_max_bytes),
        }
    }
}

impl Limits {
    /// As the host takes them.
    pub fn for_host(&self) -> kontor_host::Limits {
        kontor_host::Limits {
            memory_max_bytes: self.memory_max.bytes(),
            deadline: self.deadline.0,
            cpu: self.cpu_max.0,
            request_max_bytes: self.request_max.bytes(),
            response_max_bytes: self.response_max.bytes(),
            outbound_request_max_bytes: self.outbound_request_max.bytes(),
            outbound_response_max_bytes: self.outbound_response_max.bytes(),
            in_flight_max: self.in_flight_max as usize,
            queue_max: self.queue_max as usize,
            reuse_max: self.reuse_max,
            data: self.for_data(),
            documents: DocumentLimits {
                document_size_max_bytes: self.document_max.bytes(),
                answer_size_max_bytes: self.result_max.bytes(),
                queue_max: self.write_queue_max as usize,
                store_size_max_bytes: self.documents_max.0,
                ..DocumentLimits::default()
            },
            keyvalue: KeyValueLimits {
                queue_max: self.write_queue_max as usize,
                store_size_max_bytes: self.entries_max.0,
            },
        }
    }

    fn for_data(&self) -> kontor_data::Limits {
        kontor_data::Limits {
            statement_size_max_bytes: self.statement_max.bytes(),
            batch_statements_max: self.batch_statements_max as usize,
            batch_size_max_bytes: self.batch_max.bytes(),
            rows_max: self.rows_max as usize,
            result_size_max_bytes: self.result_max.bytes(),
            statement_time_max: self.statement_time_max.0,
            queue_max: self.write_queue_max as usize,
            queue_size_max_bytes: self.write_queue_size_max.bytes(),
            group_max: self.group_max as usize,
            database_size_max_bytes: self.database_max.0,
            idempotency_time_to_live: self.idempotency_time.0,
            batch_events_max: self.batch_events_max as usize,
            event_size_max_bytes: self.event_max.bytes(),
            outbox_rows_max: self.outbox_rows_max,
            outbox_size_max_bytes: self.outbox_max.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_as_default_is_what_the_host_does() {
        assert_eq!(Limits::default().for_host(), kontor_host::Limits::default());
    }

    #[test]
    fn a_function_changes_only_what_it_names() {
        let changes = Changes { rows_max: Some(5), ..Changes::default() };
        let changed = Limits::default().changed(&changes);
        assert_eq!(changed.rows_max, 5);
        assert_eq!(Limits { rows_max: Limits::default().rows_max, ..changed }, Limits::default());
    }
}
