//! One call of `handle`.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll},
    time::Instant,
};

use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant as Deadline, timeout_at},
};

use super::{
    head,
    streaming::{Reading, Running},
};
use crate::{
    Answer, Call, CallError, Caller, Response, Streaming, Version,
    metering::Charge,
    runtime::{
        Exports, Instance,
        bindings::{Request, kontor::function::types},
        instance::{call_error, left_ms, outside},
        meter::Metered,
        state::{Current, Outside, TraceText},
    },
};

/// Counts a call while it is under way, however it ends.
pub(super) struct UnderWay {
    version: Arc<Version>,
    _turn: OwnedSemaphorePermit,
}

impl UnderWay {
    fn new(version: Arc<Version>, turn: OwnedSemaphorePermit) -> Self {
        version.shared.in_flight.add(1);
        Self { version, _turn: turn }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.version.shared.call_ended();
    }
}

/// A request whose turn has not come. If it never comes, its budgets get it back.
struct Waiting<'a>(&'a Charge);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.take_back();
    }
}

/// What is left of a call that did not trap: the response, none if the guest sent it itself; and the instance, none if it
/// is not to be used again.
type Done = (Result<Option<Response>, CallError>, Option<Instance>);

impl Version {
    /// Answers one call, within its limits. Dropping the future ends the call.
    pub(crate) async fn handle(self: &Arc<Self>, call: Call) -> Result<Answer, CallError> {
        let start = Instant::now();
        let limit = self.facts.limits.deadline;
        let own = Deadline::from_std(start + limit);
        let deadline = call.deadline.map_or(own, |callers| callers.min(own));
        let charge = Charge::request(self.endpoint(&call.operation), &self.budgets, &call.caller)
            .map_err(|used_up| CallError::UsedUp(Box::new(used_up)))?;
        let waiting = Waiting(&charge);
        let turn = self.admission.turn(call.depth, deadline).await?;
        // From here on it counts, whatever becomes of it.
        std::mem::forget(waiting);
        let under_way = UnderWay::new(self.clone(), turn);
        let ready = self.idle.take();
        let outside = match &ready {
            Some(instance) => instance.store.data().outside.clone(),
            None => outside(&self.facts),
        };
        let (trace, depth, standard) = (call.trace.clone(), call.depth, self.is_standard());
        let call = Box::pin(run(self.clone(), ready, outside.clone(), call, deadline));
        let metered = Metered::charged(outside.meter.clone(), charge.clone(), Instant::now(), call);
        let mut running: Running = Box::pin(bounded(under_way, deadline, (trace, depth), start, metered));
        poll_fn(move |context| match running.as_mut().poll(context) {
            Poll::Ready(Ok(response)) => Poll::Ready(match outside.exchange.take_head() {
                None => response.map(|response| whole(response, &charge)).ok_or_else(no_answer),
                Some(head) if standard => Ok(left(head, outside.clone(), charge.clone(), context)),
                Some(head) => Ok(streaming(head, None, outside.clone(), charge.clone())),
            }),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => match outside.exchange.take_head() {
                None => Poll::Pending,
                Some(head) => {
                    let running = std::mem::replace(&mut running, Box::pin(std::future::pending()));
                    Poll::Ready(Ok(streaming(head, Some(running), outside.clone(), charge.clone())))
                }
            },
        })
        .await
    }
}

fn no_answer() -> CallError {
    CallError::BadResponse("no answer was left".to_owned())
}

fn whole(response: Response, charge: &Charge) -> Answer {
    charge.sent(response.body.len());
    Answer::Whole(response)
}

/// What a call of a standard component left that is over. Such components know no whole answers; where it fits into one
/// chunk, it is one after all.
fn left(
    head: (u16, Vec<(String, String)>),
    outside: Arc<Outside>,
    charge: Charge,
    context: &mut Context<'_>,
) -> Answer {
    let first = outside.exchange.take_chunk(context);
    let second = first.as_ref().and_then(|_| outside.exchange.take_chunk(context));
    if second.is_none() && outside.exchange.finished() {
        let (status, headers) = head;
        return whole(Response { status, headers, body: first.unwrap_or_default() }, &charge);
    }
    let (status, headers) = head;
    let taken = first.into_iter().chain(second).collect();
    Answer::Streaming(Streaming { status, headers, body: Box::pin(Reading::new(None, taken, outside, charge)) })
}

fn streaming(
    (status, headers): (u16, Vec<(String, String)>),
    running: Option<Running>,
    outside: Arc<Outside>,
    charge: Charge,
) -> Answer {
    let body = Box::pin(Reading::new(running, VecDeque::new(), outside, charge));
    Answer::Streaming(Streaming { status, headers, body })
}

/// Holds a call to its deadline, records its span, gives its instance back, and logs how it failed.
async fn bounded<F>(
    under_way: UnderWay,
    deadline: Deadline,
    (trace, depth): (Arc<kontor_telemetry::Trace>, u8),
    start: Instant,
    call: Metered<Pin<Box<F>>>,
) -> Result<Option<Response>, CallError>
where
    F: Future<Output = Result<Done, CallError>>,
{
    let version = &under_way.version;
    // The call is gone after this statement, and charged: only then may another one have its instance.
    let result =
        timeout_at(deadline, call).await.unwrap_or_else(|_| Err(CallError::Deadline(version.facts.limits.deadline)));
    trace.span(version.handle_span.clone(), depth.saturating_mul(2).saturating_add(1), start, start.elapsed());
    let result = result.and_then(|(response, instance)| {
        if let Some(instance) = instance {
            version.idle.give_back(instance);
        }
        response
    });
    if let Err(error) = &result {
        version.failed("handle", trace.id, error);
    }
    result
}

/// Runs the call in an instance.
async fn run(
    version: Arc<Version>,
    ready: Option<Instance>,
    outside: Arc<Outside>,
    call: Call,
    deadline: Deadline,
) -> Result<Done, CallError> {
    let mut instance = version.instance(ready, outside).await?;
    if version.is_standard() {
        instance.answer(call, deadline).await?;
        let exchange = &instance.store.data().outside.exchange;
        return match exchange.take_fault() {
            None if exchange.begun() => Ok((Ok(None), None)),
            fault => {
                let why = fault.unwrap_or_else(|| "the component ended without an answer".to_owned());
                Ok((Err(CallError::BadResponse(why)), None))
            }
        };
    }
    let given = instance.handle(call, deadline).await?;
    if instance.store.data().outside.exchange.begun() {
        // It is not used again: what is left of its answer is still being read.
        return Ok((Ok(None), None));
    }
    Ok((head::response(given, &version.facts.limits).map(Some), Some(instance)))
}

impl Version {
    /// The instance that was idle, or a new one.
    pub(super) async fn instance(&self, ready: Option<Instance>, outside: Arc<Outside>) -> Result<Instance, CallError> {
        if let Some(instance) = ready {
            return Ok(instance);
        }
        let facts = self.facts.clone();
        let instance = Instance::make(&self.shared.runtime, &self.program, facts, outside, self.idle.calls()).await?;
        self.idle.made.fetch_add(1, Relaxed);
        Ok(instance)
    }

    /// Counts and logs a call that failed. Clients see the kind alone.
    pub(super) fn failed(&self, export: &'static str, trace_id: kontor_telemetry::TraceId, error: &CallError) {
        if matches!(error, CallError::Overloaded | CallError::Stopping | CallError::UsedUp(_)) {
            return;
        }
        if !matches!(error, CallError::NoInstance(_) | CallError::BadResponse(_)) {
            self.idle.retired.fetch_add(1, Relaxed);
        }
        let (function, version, hash) = (&self.facts.function, &self.facts.version, &self.hash);
        tracing::error!(%function, %version, hash, %trace_id, export, %error, "a call failed");
    }
}

impl Instance {
    /// Begins a call: the guest may run for a tick before it is asked again.
    pub(super) fn begin(&mut self, current: Current) {
        self.calls_left = self.calls_left.saturating_sub(1);
        let state = self.store.data_mut();
        state.outside.lines.begin(current.trace_id.as_str());
        state.current = current;
        self.store.set_epoch_deadline(1);
    }

    /// Ends a call: nothing of it stays.
    pub(super) fn end(&mut self) {
        let state = self.store.data_mut();
        state.outside.lines.end();
        state.current.trace = None;
        state.current.http = false;
    }

    async fn handle(
        &mut self,
        call: Call,
        deadline: Deadline,
    ) -> Result<crate::runtime::bindings::Response, CallError> {
        let trace_id = TraceText::new(call.trace.id);
        self.begin(Current {
            operation: call.operation.clone(),
            caller: call.caller.name().to_owned(),
            trace: Some(call.trace.clone()),
            trace_id,
            depth: call.depth,
            deadline: Some(deadline),
            http: true,
        });
        let (path_parameters, headers) = (borrow(&call.path_parameters), borrow(&call.headers));
        let scopes: Vec<&str> = match &call.caller {
            Caller::Anonymous => Vec::new(),
            Caller::Service(identity) => identity.scopes.iter().map(String::as_str).collect(),
        };
        let request = Request {
            operation: &call.operation,
            method: &call.method,
            path: &call.path,
            query: call.query.as_deref(),
            path_parameters: &path_parameters,
            headers: &headers,
            body: &call.body,
            caller: match &call.caller {
                Caller::Anonymous => types::Caller::Anonymous,
                Caller::Service(identity) => {
                    types::Caller::Service(types::Identity { name: &identity.name, scopes: &scopes })
                }
            },
            trace_id: trace_id.as_str(),
            deadline_ms: left_ms(deadline.saturating_duration_since(Deadline::now())),
        };
        let Exports::Function(exports) = &self.exports else {
            return Err(CallError::BadResponse("the component is of another world".to_owned()));
        };
        let result = exports.call_handle(&mut self.store, request).await;
        self.end();
        result.map_err(|error| call_error(&error))
    }
}

fn borrow(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}
