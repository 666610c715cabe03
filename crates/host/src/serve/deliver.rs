//! One call of `on-event`.

use std::{sync::Arc, time::Instant};

use kontor_data::Delivery;
use kontor_telemetry::{Trace, TraceId};
use tokio::time::{Instant as Deadline, timeout_at};

use crate::{
    CallError, Version,
    runtime::{
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

impl Version {
    /// Delivers one event, within the limits of a call. Deliveries have a bound of their own and take no turn from
    /// HTTP calls.
    pub(crate) async fn deliver(self: &Arc<Self>, source: &str, delivery: &Delivery) -> (Arc<Trace>, Verdict) {
        let start = Instant::now();
        let trace = Trace::begin(trace_id(&delivery.trace_id));
        let ready = self.idle.take();
        let outside = match &ready {
            Some(instance) => instance.store.data().outside.clone(),
            None => outside(&self.facts),
        };
        let limit = self.facts.limits.deadline;
        let call = Box::pin(self.on_event(ready, outside.clone(), source, delivery, &trace));
        let metered = Metered::new(outside.meter.clone(), call);
        let result =
            timeout_at(Deadline::from_std(start + limit), metered).await.unwrap_or(Err(CallError::Deadline(limit)));
        trace.span(self.event_span.clone(), 1, start, start.elapsed());
        let verdict = match result {
            Ok(verdict) => verdict,
            Err(CallError::NoInstance(why)) => Verdict::Unavailable(format!("no room for an instance: {why}")),
            Err(error) => {
                self.failed("on-event", trace.id, &error);
                Verdict::Failed(error.to_string())
            }
        };
        (trace, verdict)
    }

    async fn on_event(
        &self,
        ready: Option<crate::runtime::Instance>,
        outside: Arc<Outside>,
        source: &str,
        delivery: &Delivery,
        trace: &Arc<Trace>,
    ) -> Result<Verdict, CallError> {
        let mut instance = self.instance(ready, outside).await?;
        let trace_id = TraceText::new(trace.id);
        instance.begin(Current {
            operation: self.event_operation.clone(),
            caller: source.to_owned(),
            trace: Some(trace.clone()),
            trace_id,
            http: false,
        });
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
        let result = instance.exports.call_on_event(&mut instance.store, event).await;
        instance.end();
        let answer = result.map_err(|error| call_error(&error))?;
        self.idle.give_back(instance);
        Ok(match answer {
            Ok(()) => Verdict::Done,
            Err(Retry::Unavailable(why)) => Verdict::Unavailable(why),
            Err(Retry::Failed(why) | Retry::Other(why)) => Verdict::Failed(why),
        })
    }
}

/// The trace of the request that made the event goes on. What is no trace id becomes the zero one.
fn trace_id(text: &str) -> TraceId {
    TraceId(u128::from_str_radix(text, 16).unwrap_or_default().to_be_bytes())
}
