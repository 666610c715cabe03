//! The route table: which operation of which function a host, a method and a path mean.
//!
//! It is made from the functions' OpenAPI documents whenever what is live changes, never changed, and replaced as a
//! whole.

mod near;
mod openapi;
mod parameters;
mod paths;
mod query;

use std::{collections::HashMap, sync::Arc};

use http::Method;
use kontor_telemetry::Endpoint;

use crate::{access::Access, address::Address, documents::Document, functions::Published, settings::Mount};

pub(crate) use near::nearest;
pub(crate) use parameters::BadPath;
pub(crate) use paths::{Found, Paths};
pub(crate) use query::Query;

/// One operation of one function, with everything that a request to it needs.
pub(crate) struct Route<V> {
    pub(crate) version: Arc<V>,
    pub(crate) function: Arc<str>,
    pub(crate) operation: Arc<str>,
    /// `GET` also for a `HEAD` that it answers.
    pub(crate) method: Method,
    /// `METHOD PATH-TEMPLATE`, for traces.
    pub(crate) name: Arc<str>,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) access: Access,
    pub(crate) query: Query,
    pub(crate) body_max_bytes: usize,
    /// Whether bodies are read while they come.
    pub(crate) streams: bool,
}

/// What a host name stands for.
pub(crate) struct VirtualHost<V> {
    pub(crate) paths: Paths<V>,
    pub(crate) kind: Kind,
}

/// The root host, or a function's.
pub(crate) enum Kind {
    /// Pages and mounts; the mounts whose function is not live are listed.
    Root { absent: Vec<Mount> },
    /// A function's own paths and its documentation.
    Function { document: Document },
}

/// Whether a path is `place` or below it.
fn covers(place: &str, path: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The whole table.
pub(crate) struct Routes<V> {
    hosts: HashMap<Box<str>, Arc<VirtualHost<V>>>,
    /// Path templates of functions' hosts, and their whole addresses: for who looks for them on the root host.
    elsewhere: Vec<(String, String)>,
    /// What is wrong with the documents, for the operator.
    pub(crate) faults: Vec<String>,
}

impl<V: Published> Routes<V> {
    /// Makes the table for what is live. `is_page` says what is taken on the root host.
    pub(crate) fn build(
        versions: &[Arc<V>],
        address: &Address,
        mounts: &[Mount],
        is_page: impl Fn(&str) -> bool,
    ) -> Self {
        let mut hosts = HashMap::new();
        let (mut elsewhere, mut faults) = (Vec::new(), Vec::new());
        let mut root = Paths::default();
        for version in versions {
            let name = version.name();
            let mut own = Paths::default();
            let place = format!("/{name}");
            let on_root = version.is_standard() && !is_page(&place) && !mounts.iter().any(|mount| mount.path == place);
            for route in openapi::operations(version, &mut faults) {
                let (path, method, route) = (route.path, route.method, Arc::new(route.route));
                own.add(&path, &method, &route, &mut faults);
                if (on_root && covers(&place, &path))
                    || mounts.iter().any(|mount| mount.function == **name && mount.covers(&path))
                {
                    root.add(&path, &method, &route, &mut faults);
                }
            }
            let at = address.function(name);
            elsewhere.extend(own.templates().chain(["/docs"]).map(|path| (path.to_owned(), format!("{at}{path}"))));
            let document = Document::new(version.document(), &at);
            let host = VirtualHost { paths: own, kind: Kind::Function { document } };
            hosts.insert(address.virtual_host(name).to_ascii_lowercase().into_boxed_str(), Arc::new(host));
        }
        let is_live = |mount: &&Mount| versions.iter().any(|version| **version.name() == mount.function);
        let absent = mounts.iter().filter(|mount| !is_live(mount)).cloned().collect();
        let root = Arc::new(VirtualHost { paths: root, kind: Kind::Root { absent } });
        let domain = address.domain.to_ascii_lowercase();
        for name in [&*domain, "127.0.0.1", "[::1]"] {
            hosts.insert(name.into(), root.clone());
        }
        Self { hosts, elsewhere, faults }
    }

    /// Addresses on functions' hosts whose paths look like this one.
    pub(crate) fn elsewhere(&self, path: &str) -> Vec<&str> {
        let near = nearest(path, self.elsewhere.iter().map(|(template, _)| template.as_str()));
        let named =
            near.first().into_iter().flat_map(|near| self.elsewhere.iter().filter(move |(path, _)| path == near));
        named.map(|(_, address)| address.as_str()).collect()
    }

    /// The host of that name (lower case, without port).
    pub(crate) fn host(&self, name: &str) -> Option<&Arc<VirtualHost<V>>> {
        self.hosts.get(name)
    }

    /// Whether a host name is one of ours.
    pub(crate) fn is_ours(&self, name: &str) -> bool {
        self.hosts.contains_key(name)
    }

    /// All host names, in order.
    pub(crate) fn host_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.hosts.keys().map(|name| &**name).collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use parking_lot::Mutex;
    use serde_json::{Value, json};

    use super::*;

    /// A function that is nothing but its document.
    pub(crate) struct Paper {
        name: Arc<str>,
        document: Value,
        endpoints: Mutex<BTreeMap<String, Arc<Endpoint>>>,
        standard: bool,
    }

    impl Paper {
        /// One of the standard world.
        pub(crate) fn standard(name: &str, operations: &[&str]) -> Arc<Self> {
            let paper = Self::of(name, operations);
            let document = paper.document.clone();
            Arc::new(Self { name: name.into(), document, endpoints: Mutex::default(), standard: true })
        }

        pub(crate) fn new(name: &str, document: Value) -> Arc<Self> {
            Arc::new(Self { name: name.into(), document, endpoints: Mutex::default(), standard: false })
        }

        /// A function with one operation for each `METHOD /path`, called like it.
        pub(crate) fn of(name: &str, operations: &[&str]) -> Arc<Self> {
            let mut paths = json!({});
            for operation in operations {
                let (method, path) = operation.split_once(' ').unwrap();
                paths[path][method.to_lowercase()] = json!({ "operationId": operation });
            }
            Self::new(name, json!({ "openapi": "3.1.0", "paths": paths }))
        }
    }

    impl Published for Paper {
        fn name(&self) -> &Arc<str> {
            &self.name
        }
        fn document(&self) -> &Value {
            &self.document
        }
        fn request_max_bytes(&self) -> usize {
            128 << 10
        }
        fn endpoint(&self, operation: &str) -> Arc<Endpoint> {
            self.endpoints.lock().entry(operation.to_owned()).or_default().clone()
        }
        fn is_standard(&self) -> bool {
            self.standard
        }
    }

    fn shop() -> Routes<Paper> {
        let sales = Paper::of("sales", &["POST /api/buy", "GET /api/sales", "DELETE /api/sales", "GET /internal"]);
        let invoices = Paper::of("invoices", &["GET /invoices/{id}", "GET /invoices", "GET /receipts/{token}"]);
        let address = Address { https: false, domain: "localhost".into(), port: 8000 };
        let mount = |path: &str, function: &str| Mount { path: path.into(), function: function.into() };
        let mounts = [mount("/api", "sales"), mount("/receipts", "invoices"), mount("/hello", "hello")];
        Routes::build(&[sales, invoices], &address, &mounts, |_| false)
    }

    /// What a request means: `OPERATION name=value…`, or what is wrong.
    fn meaning(routes: &Routes<Paper>, host: &str, method: &str, path: &str) -> String {
        let Some(host) = routes.host(host) else { return "no such host".into() };
        match host.paths.find(&method.parse().unwrap(), path) {
            Ok(Found::Route(route, parameters)) => parameters
                .iter()
                .fold(route.operation.to_string(), |text, (name, value)| format!("{text} {name}={value}")),
            Ok(Found::WrongMethod(allow)) => format!("allow {}", allow.to_str().unwrap()),
            Ok(Found::Nothing) => "nothing".into(),
            Err(BadPath) => "bad path".into(),
        }
    }

    #[test]
    fn documents_are_the_route_table() {
        let routes = shop();
        assert_eq!(routes.faults, Vec::<String>::new());
        let cases = [
            ("sales.localhost", "POST", "/api/buy", "POST /api/buy"),
            ("sales.localhost", "GET", "/internal", "GET /internal"),
            ("sales.localhost", "GET", "/api/buy", "allow OPTIONS, POST"),
            ("sales.localhost", "PUT", "/api/sales", "allow DELETE, GET, HEAD, OPTIONS"),
            ("sales.localhost", "HEAD", "/api/sales", "GET /api/sales"),
            ("sales.localhost", "HEAD", "/api/buy", "allow OPTIONS, POST"),
            ("sales.localhost", "GET", "/api", "nothing"),
            ("sales.localhost", "GET", "/api/sales/", "nothing"),
            ("sales.localhost", "GET", "/API/sales", "nothing"),
            ("localhost", "POST", "/api/buy", "POST /api/buy"),
            ("127.0.0.1", "POST", "/api/buy", "POST /api/buy"),
            ("[::1]", "POST", "/api/buy", "POST /api/buy"),
            ("localhost", "GET", "/internal", "nothing"),
            ("localhost", "GET", "/invoices", "nothing"),
            ("localhost", "GET", "/receipts/abc", "GET /receipts/{token} token=abc"),
            ("invoices.localhost", "GET", "/invoices", "GET /invoices"),
            ("invoices.localhost", "GET", "/invoices/01J", "GET /invoices/{id} id=01J"),
            ("invoices.localhost", "GET", "/invoices/a%2Fb%20%C3%A4", "GET /invoices/{id} id=a/b ä"),
            ("invoices.localhost", "GET", "/invoices/%zz", "bad path"),
            ("invoices.localhost", "GET", "/invoices/%2", "bad path"),
            ("invoices.localhost", "GET", "/invoices/%C3", "bad path"),
            ("invoices.localhost", "GET", "/invoices/", "nothing"),
            ("invoices.localhost", "GET", "/invoices/a/b", "nothing"),
            ("evil.example", "GET", "/", "no such host"),
            ("hello.localhost", "GET", "/", "no such host"),
        ];
        for (host, method, path, expected) in cases {
            assert_eq!(meaning(&routes, host, method, path), expected, "{method} {host}{path}");
        }
        let Kind::Root { absent } = &routes.host("localhost").unwrap().kind else { panic!("not the root") };
        assert_eq!(absent.iter().map(|mount| &*mount.function).collect::<Vec<_>>(), ["hello"]);
    }

    #[test]
    fn what_is_standard_is_on_the_root_host_under_its_name_and_takes_nothing_there() {
        let operations = |name: &str| [format!("GET /{name}"), format!("GET /{name}/{{*path}}"), "GET /".to_owned()];
        let standard = |name: &str| {
            let operations = operations(name);
            Paper::standard(name, &operations.each_ref().map(String::as_str))
        };
        let mounts = [Mount { path: "/api".into(), function: "sales".into() }];
        let routes = Routes::build(
            &[standard("hello"), standard("docs"), standard("api"), Paper::of("plain", &["GET /plain"])],
            &Address { https: false, domain: "localhost".into(), port: 80 },
            &mounts,
            |path| path == "/docs",
        );
        for (host, path, expected) in [
            ("localhost", "/hello", "GET /hello"),
            ("localhost", "/hello/a/b", "GET /hello/{*path} path=a/b"),
            ("hello.localhost", "/hello", "GET /hello"),
            ("localhost", "/", "nothing"),
            ("localhost", "/docs", "nothing"),
            ("docs.localhost", "/docs", "GET /docs"),
            ("localhost", "/api/x", "nothing"),
            ("localhost", "/plain", "nothing"),
        ] {
            assert_eq!(meaning(&routes, host, "GET", path), expected, "{host}{path}");
        }
    }

    #[test]
    fn a_wrong_document_harms_itself_alone() {
        let wrong = json!({ "paths": {
            "/good": { "get": { "operationId": "good" } },
            "/nameless": { "get": {} },
            "/twice": { "get": { "operationId": "good" } },
            "no-slash": { "get": { "operationId": "a" } },
            "/x/{a}": { "get": { "operationId": "b" } },
            "/x/{b}": { "post": { "operationId": "c" } },
            "/text": "nothing",
            "/extended": { "x-note": 1, "parameters": [], "get": { "operationId": "d" } },
        }});
        let routes = Routes::build(
            &[Paper::new("wrong", wrong), Paper::of("right", &["GET /"])],
            &Address { https: false, domain: "localhost".into(), port: 80 },
            &[],
            |_| false,
        );
        assert_eq!(meaning(&routes, "wrong.localhost", "GET", "/good"), "good");
        assert_eq!(meaning(&routes, "wrong.localhost", "GET", "/x/1"), "b a=1");
        assert_eq!(meaning(&routes, "wrong.localhost", "GET", "/extended"), "d");
        assert_eq!(meaning(&routes, "right.localhost", "GET", "/"), "GET /");
        assert_eq!(routes.faults.len(), 5, "{:#?}", routes.faults);
    }
}
