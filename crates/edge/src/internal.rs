//! Calls between functions, on the way that requests from outside take: the same routes, scopes, limits and figures. What
//! is left out is what belongs to a connection and to a browser.

use std::{pin::Pin, sync::Arc, time::Instant};

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use kontor_contract::Problem;
use kontor_host::{Answer, Call, InternalCall, Response, Router};

use crate::{
    edge::Edge,
    functions::Functions,
    problem::{self, Refusal},
    receive::ReceiveError,
    routes::{BadPath, Found, Route},
    translate,
};

impl<F: Functions> Router for Edge<F> {
    fn route(self: Arc<Self>, call: InternalCall) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        Box::pin(async move { self.internal(call).await })
    }
}

impl<F: Functions> Edge<F> {
    async fn internal(&self, call: InternalCall) -> Answer {
        let request_id = call.trace.id.to_string();
        let (route, parameters) = match self.internal_route(&call) {
            Ok(found) => found,
            Err(refusal) => return whole(refusal, &request_id),
        };
        let (began, received_bytes) = (Instant::now(), call.body.len() as u64);
        let answer = match admitted(&route, call, parameters) {
            Ok(call) => {
                let answer = self.settings.host.handle(&route.version, call).await;
                answer.unwrap_or_else(|error| whole(problem::of_call(&error, &request_id), &request_id))
            }
            Err(refusal) => whole(refusal, &request_id),
        };
        // Bytes of a long answer are counted while it is read.
        let (status, sent_bytes) = match &answer {
            Answer::Whole(whole) => (whole.status, whole.body.len() as u64),
            Answer::Streaming(streaming) => (streaming.status, 0),
        };
        route.endpoint.record(status, began.elapsed(), received_bytes, sent_bytes);
        answer
    }

    fn internal_route(&self, call: &InternalCall) -> Result<Place<F::Version>, Refusal> {
        let routes = self.routes.load();
        let name = self.settings.address.virtual_host(&call.function).to_ascii_lowercase();
        let host = routes.host(&name).ok_or_else(|| not_live(&call.function))?;
        let method = Method::from_bytes(call.method.as_bytes()).unwrap_or_default();
        match host.paths.find(&method, &call.path) {
            Ok(Found::Route(route, parameters)) => Ok((route.clone(), parameters)),
            Ok(Found::WrongMethod(allow, instead)) => {
                let allowed = || format!("Use one of {}.", allow.to_str().unwrap_or_default());
                Err(Problem::new(405, "method-not-allowed", "This path does not take this method")
                    .hint(instead.map_or_else(allowed, str::to_owned))
                    .into())
            }
            Ok(Found::Nothing) => Err(Problem::new(404, "unknown-path", "There is nothing at this path")
                .detail(format!("{} has no such operation.", call.function))
                .into()),
            Err(BadPath) => Err(Problem::new(400, "bad-path", "The path is not properly encoded").into()),
        }
    }
}

/// A route and its path parameters.
type Place<V> = (Arc<Route<V>>, Vec<(String, String)>);

/// The call, if its caller may make it.
fn admitted<V>(route: &Route<V>, call: InternalCall, path_parameters: Vec<(String, String)>) -> Result<Call, Refusal> {
    route.access.check(&call.caller)?;
    route.query.check(call.query.as_deref())?;
    if call.body.len() > route.body_max_bytes {
        return Err(ReceiveError::TooLarge(route.body_max_bytes).problem().into());
    }
    Ok(Call {
        operation: route.operation.clone(),
        method: route.method.as_str().to_owned(),
        path: call.path,
        query: call.query,
        path_parameters,
        headers: translate::request_headers(&map(&call.headers))?,
        body: call.body,
        stream: None,
        caller: call.caller,
        trace: call.trace,
        depth: call.depth,
        deadline: Some(call.deadline),
    })
}

fn map(headers: &[(String, String)]) -> HeaderMap {
    let header = |(name, value): &(String, String)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
    };
    headers.iter().filter_map(header).collect()
}

fn not_live(function: &str) -> Refusal {
    let problem =
        Problem::new(503, "not-live", "The function is not live").detail(format!("There is no {function} now."));
    Refusal::retry(problem)
}

/// A refusal as the calling function gets it.
fn whole(mut refusal: Refusal, request_id: &str) -> Answer {
    refusal.problem.request_id = Some(request_id.to_owned());
    let mut headers = vec![("content-type".to_owned(), Problem::MEDIA_TYPE.to_owned())];
    if let Some((name, value)) = &refusal.header {
        headers.push((name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned()));
    }
    let body = serde_json::to_vec(&refusal.problem).unwrap_or_default().into();
    Answer::Whole(Response { status: refusal.problem.status, headers, body })
}
