//! One call of `on-event` or `on-schedule`.

use std::{sync::Arc, time::Instant};

use kontor_data::Delivery;
use kontor_telemetry::{Endpoint, SpanName, Trace, TraceId};
use tokio::time::{Instant as Deadline, timeout_at};

use crate::{
    CallError, Version,
    metering::Charge,
    runtime::{
        Exports, Instance,
        bindings::{Event, Retry},
        instance::{call_error, outside},
        meter::Metered,
        state::{Current, Outside, TraceText},
    },
};

/// How a delivery went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The function dealt with it.
    Done,
    /// Something is away: no failed try.
    Unavailable(String),
    /// A failed try.
    Failed(String),
}

impl Verdict {
    /// As the status of an answer, for the figures.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Done => 200,
            Self::Unavailable(_) => 503,
            Self::Failed(_) => 500,
        }
    }
}

/// Why a function is called although nobody sent a request.
enum Occasion<'a> {
    Event { source: &'a str, delivery: &'a Delivery },
    Schedule { name: &'a str, time_us: i64 },
}

impl Occasion<'_> {
    fn export(&self) -> &'static str {
        match self {
            Self::Event { .. } => "on-event",
            Self::Schedule { .. } => "on-schedule",
        }
    }

    /// What idempotency keys belong to, with the function: the source, or the schedule's name.
    fn caller(&self) -> &str {
        match self {
            Self::Event { source, .. } => source,
            Self::Schedule { name, .. } => name,
        }
    }

    fn received_bytes(&self) -> usize {
        match self {
            Self::Event { delivery, .. } => delivery.payload.len(),
            Self::Schedule { .. } => 0,
        }
    }
}

impl Version {
    /// Delivers one event, within the limits of a call. Deliveries have a bound of their own and take no turn from
    /// HTTP calls.
    pub(crate) async fn deliver(self: &Arc<Self>, source: &str, delivery: &Delivery) -> (Arc<Trace>, Verdict) {
        let trace = Trace::begin(trace_id(&delivery.trace_id));
        let occasion = Occasion::Event { source, delivery };
        let verdict =
            self.called(&occasion, &trace, &self.event_span, &self.event_operation, &self.event_figures).await;
        (trace, verdict)
    }

    /// Does what is due, within the limits of a call.
    pub(crate) async fn on_schedule(self: &Arc<Self>, name: &str, time_us: i64) -> (Arc<Trace>, Verdict) {
        let mut id = [0; 16];
        // Without random bytes the trace has the zero id, and is there all the same.
        let _ = getrandom::fill(&mut id);
        let trace = Trace::begin(TraceId(id));
        let occasion = Occasion::Schedule { name, time_us };
        let (span, operation) = (&self.schedule_span, &self.schedule_operation);
        let verdict = self.called(&occasion, &trace, span, operation, &self.schedule_figures).await;
        (trace, verdict)
    }

    async fn called(
        &self,
        occasion: &Occasion<'_>,
        trace: &Arc<Trace>,
        span: &Arc<str>,
        operation: &Arc<str>,
        figures: &Arc<Endpoint>,
    ) -> Verdict {
        let start = Instant::now();
        let ready = self.idle.take();
        let outside = match &ready {
            Some(instance) => instance.store.data().outside.clone(),
            None => outside(&self.facts),
        };
        let limit = self.facts.limits.deadline;
        let deadline = Deadline::from_std(start + limit);
        let call = Box::pin(self.run_for((ready, outside.clone()), occasion, operation, trace, deadline));
        let charge = Charge::own(figures.clone(), &self.budgets);
        let metered = Metered::charged(outside.meter.clone(), charge, start, call);
        // The call is gone after this statement, and charged: only then may another one have its instance.
        let result = timeout_at(deadline, metered).await.unwrap_or(Err(CallError::Deadline(limit)));
        trace.span(SpanName::from(span.clone()), 1, start, start.elapsed());
        let verdict = match result {
            Ok((verdict, instance)) => {
                self.idle.give_back(instance);
                verdict
            }
            Err(CallError::NoInstance(why)) => Verdict::Unavailable(format!("no room for an instance: {why}")),
            Err(error) => {
                self.failed(occasion.export(), trace.id, &error);
                Verdict::Failed(error.to_string())
            }
        };
        figures.record(verdict.status(), start.elapsed(), occasion.received_bytes() as u64, 0);
        verdict
    }

    async fn run_for(
        &self,
        (ready, outside): (Option<Instance>, Arc<Outside>),
        occasion: &Occasion<'_>,
        operation: &Arc<str>,
        trace: &Arc<Trace>,
        deadline: Deadline,
    ) -> Result<(Verdict, Instance), CallError> {
        let mut instance = self.instance(ready, outside).await?;
        let trace_id = TraceText::new(trace.id);
        instance.begin(Current {
            operation: operation.clone(),
            caller: occasion.caller().to_owned(),
            trace: Some(trace.clone()),
            trace_id,
            depth: 0,
            deadline: Some(deadline),
            http: false,
        });
        let Exports::Function(exports) = &instance.exports else {
            return Ok((Verdict::Failed("the component is of another world".to_owned()), instance));
        };
        let result = match occasion {
            Occasion::Schedule { name, time_us } => exports.call_on_schedule(&mut instance.store, name, *time_us).await,
            Occasion::Event { source, delivery } => {
                let event = Event {
                    id: delivery.id,
                    source,
                    name: &delivery.name,
                    key: &delivery.key,
                    payload: &delivery.payload,
                    time: delivery.time_us,
                    attempt: delivery.failed.saturating_add(1),
                    trace_id: trace_id.as_str(),
                };
                exports.call_on_event(&mut instance.store, event).await
            }
        };
        instance.end();
        let verdict = match result.map_err(|error| call_error(&error))? {
            Ok(()) => Verdict::Done,
            Err(Retry::Unavailable(why)) => Verdict::Unavailable(why),
            Err(Retry::Failed(why) | Retry::Other(why)) => Verdict::Failed(why),
        };
        Ok((verdict, instance))
    }
}

/// The trace of the request that made the event goes on. What is no trace id becomes the zero one.
fn trace_id(text: &str) -> TraceId {
    TraceId(u128::from_str_radix(text, 16).unwrap_or_default().to_be_bytes())
}
