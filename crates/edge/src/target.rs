//! What a request is for: an operation, a page, or nothing that is there.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderValue, Method, Response, StatusCode, Uri,
    header::{ALLOW, LOCATION},
    request::Parts,
};
use kontor_contract::Problem;

use crate::{
    authority::Authority,
    body::Body,
    edge::Edge,
    functions::Functions,
    problem::Refusal,
    routes::{BadPath, Found, Kind, Route, Routes, VirtualHost, nearest},
    security::Policy,
    settings::Mount,
    site,
};

/// An operation and its path parameters.
pub(crate) struct Matched<V> {
    pub(crate) route: Arc<Route<V>>,
    pub(crate) parameters: Vec<(String, String)>,
}

/// What a request is for.
pub(crate) enum Target<V> {
    /// A function's operation.
    Operation(Matched<V>),
    /// A page, a document, or what goes with them; answered already.
    Page(Response<Body>, Policy),
    /// Nothing.
    Refused(Refusal),
}

/// Pages that belong to a certain place and are found nowhere else.
const DOCUMENTATION: &str = "/docs.html";
const DASHBOARD: &str = "/dashboard.html";
const READ_ONLY: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

impl<F: Functions> Edge<F> {
    /// Finds out what a request is for.
    pub(crate) fn target(&self, head: &Parts) -> Target<F::Version> {
        self.find(head).unwrap_or_else(Target::Refused)
    }

    fn find(&self, head: &Parts) -> Result<Target<F::Version>, Refusal> {
        check_size(&head.uri, &head.headers, self.settings.limits.headers_max_bytes)?;
        let authority = Authority::of(&head.uri, &head.headers).ok_or_else(bad_host)?;
        let routes = self.routes.load();
        let host = routes.host(&authority.name).ok_or_else(|| unknown_host(&authority, &routes))?;
        if site::is_unsafe(&head.method) && site::is_foreign(&head.headers, &authority, |name| routes.is_ours(name)) {
            return Err(cross_site());
        }
        match host.paths.find(&head.method, head.uri.path()) {
            Ok(Found::Route(route, parameters)) => Ok(Target::Operation(Matched { route: route.clone(), parameters })),
            Ok(Found::WrongMethod(allow, instead)) => wrong_method(&head.method, allow, instead),
            Ok(Found::Nothing) => self.page(head, host, &routes),
            Err(BadPath) => Err(bad_path()),
        }
    }

    fn page(
        &self,
        head: &Parts,
        host: &VirtualHost<F::Version>,
        routes: &Routes<F::Version>,
    ) -> Result<Target<F::Version>, Refusal> {
        let path = head.uri.path();
        if path == "*" && head.method == Method::OPTIONS {
            return Ok(Target::Page(empty(StatusCode::NO_CONTENT), Policy::Function));
        }
        match self.read(path, &head.headers, &host.kind) {
            None => Err(self.nothing(path, host, routes)),
            Some(_) if !matches!(head.method, Method::GET | Method::HEAD) => {
                wrong_method(&head.method, &READ_ONLY, None)
            }
            Some((answer, policy)) => Ok(Target::Page(answer, policy)),
        }
    }

    /// What a `GET` gives at a path that is no operation.
    fn read(&self, path: &str, headers: &HeaderMap, kind: &Kind) -> Option<(Response<Body>, Policy)> {
        let page = |path: &str| self.settings.pages.get(path).map(|page| page.answer(headers));
        match kind {
            Kind::Root { documents, index, .. } => {
                let document = path.strip_prefix("/openapi/").and_then(|file| file.strip_suffix(".json"));
                if let Some(document) = document.and_then(|name| documents.get(name)) {
                    return Some((document.answer(headers), Policy::Function));
                }
                match path {
                    "/openapi.json" => return Some((index.answer(headers), Policy::Function)),
                    "/docs" | "/docs/" => {
                        return page(DOCUMENTATION).map(|answer| (answer, Policy::Documentation));
                    }
                    _ => {}
                }
                let elsewhere = [DOCUMENTATION, DASHBOARD]
                    .iter()
                    .any(|page| path == *page || Some(path) == page.strip_suffix(".html"));
                page(path).filter(|_| !elsewhere).map(|answer| (answer, Policy::Page))
            }
            Kind::Function { document } => match path {
                "/" => Some((redirect("/docs"), Policy::Function)),
                "/openapi.json" => Some((document.answer(headers), Policy::Function)),
                "/docs" | "/docs/" | DOCUMENTATION => page(DOCUMENTATION).map(|answer| (answer, Policy::Documentation)),
                _ if path.starts_with("/assets/") || path.starts_with("/favicon.") => {
                    page(path).map(|answer| (answer, Policy::Page))
                }
                _ => None,
            },
        }
    }

    fn nothing(&self, path: &str, host: &VirtualHost<F::Version>, routes: &Routes<F::Version>) -> Refusal {
        let pages = self
            .settings
            .pages
            .paths()
            .filter(|page| page.ends_with(".html") && ![DOCUMENTATION, DASHBOARD].contains(page));
        let near = match &host.kind {
            Kind::Root { absent, .. } => match absent.iter().find(|mount| mount.covers(path)) {
                Some(mount) => return not_live(mount),
                None => {
                    let mut near = nearest(path, host.paths.templates().chain(pages));
                    near.extend(routes.elsewhere(path));
                    near
                }
            },
            Kind::Function { .. } => nearest(path, host.paths.templates().chain(["/docs", "/openapi.json"])),
        };
        let mut problem = Problem::new(404, "unknown-path", "There is nothing at this path")
            .detail(format!("{} is neither an operation nor a page here.", shortened(path)));
        if !near.is_empty() {
            problem = problem.hint(format!("Near it: {}.", near.join(", ")));
        } else if matches!(host.kind, Kind::Function { .. }) {
            problem = problem.hint("/docs shows what is here.");
        } else if self.settings.pages.is_empty() {
            problem = problem.hint("This program was built without pages; build it with `cargo xtask serve`.");
        }
        problem.into()
    }
}

/// Long paths would only make long answers.
fn shortened(path: &str) -> String {
    const SHOWN_MAX_CHARS: usize = 100;
    let mut shown: String = path.chars().take(SHOWN_MAX_CHARS).collect();
    if shown.len() < path.len() {
        shown.push('…');
    }
    shown
}

/// What a head costs is bounded before anything is done with it.
fn check_size(uri: &Uri, headers: &HeaderMap, max_bytes: usize) -> Result<(), Refusal> {
    // `: ` and the line's end.
    const AROUND_BYTES: usize = 4;
    let target = uri.path().len() + uri.query().map_or(0, str::len);
    let fields: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + AROUND_BYTES).sum();
    if target + fields <= max_bytes {
        return Ok(());
    }
    Err(Problem::new(431, "headers-too-large", "The request's head is too large")
        .detail(format!("Target and headers together have at most {max_bytes} bytes."))
        .hint("Send fewer or shorter headers; large values belong into the body.")
        .into())
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

fn redirect(path: &'static str) -> Response<Body> {
    let mut answer = empty(StatusCode::FOUND);
    answer.headers_mut().insert(LOCATION, HeaderValue::from_static(path));
    answer
}

/// `OPTIONS` asks for just what a wrong method is told.
fn wrong_method<V>(method: &Method, allow: &HeaderValue, instead: Option<&str>) -> Result<Target<V>, Refusal> {
    if *method == Method::OPTIONS {
        let mut answer = empty(StatusCode::NO_CONTENT);
        answer.headers_mut().insert(ALLOW, allow.clone());
        return Ok(Target::Page(answer, Policy::Function));
    }
    let allowed = allow.to_str().unwrap_or_default();
    let problem = Problem::new(405, "method-not-allowed", "This path does not take this method")
        .detail(format!("{method} is not among {allowed}."))
        .hint(instead.map_or_else(|| format!("Use one of {allowed}."), str::to_owned));
    Err(Refusal::with(problem, ALLOW, allow.clone()))
}

fn bad_host() -> Refusal {
    Problem::new(400, "bad-host", "The Host header is missing or malformed")
        .hint("Send exactly one Host header: a name or an address, and a port if it is not the usual one.")
        .into()
}

fn unknown_host<V: crate::functions::Published>(authority: &Authority<'_>, routes: &Routes<V>) -> Refusal {
    const NAMED_MAX: usize = 10;
    let names = routes.host_names();
    let more = if names.len() > NAMED_MAX { " and more" } else { "" };
    let hint = format!("Hosts here: {}{more}.", names.into_iter().take(NAMED_MAX).collect::<Vec<_>>().join(", "));
    Problem::new(421, "unknown-host", "No such host here")
        .detail(format!("{} is not served here.", shortened(&authority.name)))
        .hint(hint)
        .into()
}

fn cross_site() -> Refusal {
    Problem::new(403, "cross-site", "Another web site may not do this")
        .detail("The browser says that a page of another site sent this request.")
        .hint("Call from a page of the same host, or from a program with a service token.")
        .into()
}

fn bad_path() -> Refusal {
    Problem::new(400, "bad-path", "The path is not properly encoded")
        .hint("Percent-encode path parameters as UTF-8: a percent sign is followed by two hexadecimal digits.")
        .into()
}

fn not_live(mount: &Mount) -> Refusal {
    let problem = Problem::new(503, "not-live", "The function behind this path is not live")
        .detail(format!("{} is served by the function {}.", mount.path, mount.function))
        .hint("Try again later; the operator sees on the dashboard what is live.");
    Refusal::retry(problem)
}
