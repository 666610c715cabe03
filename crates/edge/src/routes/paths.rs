//! The paths of one host.

use std::sync::Arc;

use http::{HeaderValue, Method};

use super::{
    Route,
    parameters::{self, BadPath, Parameters},
};

/// A path template and what is served there.
struct Methods<V> {
    /// Few: looking through them is quicker than a map.
    routes: Vec<(Method, Arc<Route<V>>)>,
    allow: HeaderValue,
}

/// The paths of one host.
pub(crate) struct Paths<V> {
    matcher: matchit::Router<usize>,
    methods: Vec<(String, Methods<V>)>,
}

impl<V> Default for Paths<V> {
    fn default() -> Self {
        Self { matcher: matchit::Router::new(), methods: Vec::new() }
    }
}

/// What is at a path.
pub(crate) enum Found<'a, V> {
    /// An operation, and its path parameters, decoded.
    Route(&'a Arc<Route<V>>, Parameters),
    /// Something, but not by this method. The value is for `Allow`, the text says what to do instead.
    WrongMethod(&'a HeaderValue, Option<&'a str>),
    /// Nothing.
    Nothing,
}

/// The value of `Allow`, in alphabetical order: what is documented, `HEAD` where `GET` is, and `OPTIONS`.
fn allow<V>(routes: &[(Method, Arc<Route<V>>)]) -> HeaderValue {
    let mut names: Vec<&str> = routes.iter().map(|(method, _)| method.as_str()).collect();
    names.push("OPTIONS");
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.sort_unstable();
    names.dedup();
    HeaderValue::try_from(names.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}

impl<V> Paths<V> {
    /// Adds an operation; what does not fit is left out, with the reason among the faults.
    pub(crate) fn add(&mut self, path: &str, method: &Method, route: &Arc<Route<V>>, faults: &mut Vec<String>) {
        if let Some((_, methods)) = self.methods.iter_mut().find(|(template, _)| template == path) {
            methods.routes.push((method.clone(), route.clone()));
            methods.allow = allow(&methods.routes);
            return;
        }
        let function = &route.function;
        if !path.starts_with('/') {
            faults.push(format!("{function}: {path} is not served: a path begins with a slash"));
            return;
        }
        match self.matcher.insert(path, self.methods.len()) {
            Ok(()) => {
                let routes = vec![(method.clone(), route.clone())];
                let allow = allow(&routes);
                self.methods.push((path.to_owned(), Methods { routes, allow }));
            }
            Err(error) => faults.push(format!("{function}: {path} is not served: {error}")),
        }
    }

    /// What a request means.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Result<Found<'_, V>, BadPath> {
        let Ok(matched) = self.matcher.at(path) else { return Ok(Found::Nothing) };
        let Some((_, methods)) = self.methods.get(*matched.value) else { return Ok(Found::Nothing) };
        let by = |method: &Method| methods.routes.iter().find(|(known, _)| known == method).map(|(_, route)| route);
        let route = by(method).or_else(|| (*method == Method::HEAD).then(|| by(&Method::GET)).flatten());
        match route {
            Some(route) => Ok(Found::Route(route, parameters::decode(&matched.params)?)),
            None => {
                let instead = methods.routes.iter().find_map(|(_, route)| route.instead.as_deref());
                Ok(Found::WrongMethod(&methods.allow, instead))
            }
        }
    }

    /// All path templates.
    pub(crate) fn templates(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|(template, _)| template.as_str())
    }
}
