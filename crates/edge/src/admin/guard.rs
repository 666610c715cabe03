//! Who may reach the admin listener: programs and browsers on this machine, but no foreign page in such a browser; and from
//! elsewhere, where the operator gave it a name, whoever has a token for it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use kontor_contract::Problem;
use kontor_host::Identity;
use subtle::ConstantTimeEq;

use super::{Admin, COMPONENT_MAX_BYTES, ORDER_MAX_BYTES, refusal::Refused};
use crate::{forwarded, tokens};

/// Inline scripts and foreign origins are refused; the dashboard needs neither.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Puts functions live, takes them away, switches them and goes back to earlier versions.
pub const DEPLOY: &str = "functions:deploy";
/// Sees what the dashboard shows, and what functions log.
pub const READ: &str = "functions:read";

/// On whose authority something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// Who can read the data folder.
    Key,
    /// A service, by its token.
    Service(Arc<Identity>),
}

impl Authority {
    /// Whose authority a head shows; none if it shows nothing that is good.
    pub(super) fn of(admin: &Admin, headers: &HeaderMap) -> Option<Self> {
        let shown = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (_, secret) = shown.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))?;
        let secret = secret.trim();
        if bool::from(tokens::hash(secret).ct_eq(&admin.key)) {
            return Some(Self::Key);
        }
        admin.tokens.find(secret).map(Self::Service)
    }

    /// Whether it covers a right. A token has to name it: `*` means all operations of functions, and is older than this.
    pub(super) fn covers(&self, right: &str) -> bool {
        match self {
            Self::Key => true,
            Self::Service(identity) => identity.scopes.iter().any(|scope| scope == right),
        }
    }

    /// Who it is, as it is kept with a deployment; none for who has the key, who may give any name.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Key => None,
            Self::Service(identity) => Some(format!("token:{}", identity.name)),
        }
    }
}

/// The most that is read of a body, by the head alone; none if nothing of it is read, since whoever sends it may do
/// nothing with it.
pub fn body_max_bytes(admin: &Admin, head: &Parts) -> Option<usize> {
    if matches!(head.method, Method::GET | Method::HEAD) {
        return None;
    }
    let authority = Authority::of(admin, &head.headers)?;
    let is_component = head.method == Method::POST && head.uri.path() == "/api/functions";
    match (is_component, authority.covers(DEPLOY)) {
        (true, true) => Some(COMPONENT_MAX_BYTES),
        (true, false) => None,
        (false, _) => Some(ORDER_MAX_BYTES),
    }
}

/// Refuses foreign `Host` headers (a page whose name was pointed at this machine), cross-site requests, and whoever comes
/// from elsewhere without a token; and marks every answer so that browsers neither guess, frame nor keep it.
pub async fn entrance(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Result<Response, Refused> {
    let known = |host: &String| is_loopback(host) || is_named(host, admin.name.as_deref());
    let Some(host) = host(&request).filter(known) else {
        let problem = Problem::new(421, "unknown-host", "The admin listener does not answer under this name");
        return Err(problem
            .hint("Use http://localhost and the admin port on this machine, or the name in listen.admin_name.")
            .into());
    };
    if is_cross_site(request.method(), request.headers(), &host) {
        let problem = Problem::new(403, "cross-site", "Another site's page may not do this");
        return Err(problem.hint("Open the dashboard itself, or use a program that is no browser.").into());
    }
    if comes_from_elsewhere(&request, &host) && request.uri().path() != "/healthz" {
        let authority = Authority::of(&admin, request.headers());
        if !authority.is_some_and(|authority| authority.covers(READ) || authority.covers(DEPLOY)) {
            return Err(unauthorized(READ));
        }
    }
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Lets through who shows the admin key.
pub async fn admin_key(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Result<Response, Refused> {
    if Authority::of(&admin, request.headers()) == Some(Authority::Key) {
        return Ok(next.run(request).await);
    }
    let problem = Problem::new(401, "unauthorized", "This takes the admin key")
        .hint("Run the command on the machine itself, as the user that runs the program: it reads the key from the data folder. No token does this.");
    Err(Refused::from(problem).with(header::WWW_AUTHENTICATE, "Bearer realm=\"kontor admin\""))
}

/// Lets through who shows the admin key, or a token that may deploy.
pub async fn may_deploy(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Result<Response, Refused> {
    with_right(DEPLOY, &admin, request, next).await
}

/// Lets through who shows the admin key, or a token that may look.
pub async fn may_read(State(admin): State<Arc<Admin>>, request: Request, next: Next) -> Result<Response, Refused> {
    with_right(READ, &admin, request, next).await
}

async fn with_right(right: &'static str, admin: &Admin, mut request: Request, next: Next) -> Result<Response, Refused> {
    match Authority::of(admin, request.headers()) {
        Some(authority) if authority.covers(right) => {
            request.extensions_mut().insert(authority);
            Ok(next.run(request).await)
        }
        Some(_) => {
            let problem = Problem::new(403, "forbidden", "The token does not grant this");
            let hint = format!("Use a token with the scope {right}; * is for the operations of functions alone.");
            Err(problem.hint(hint).into())
        }
        None => Err(unauthorized(right)),
    }
}

fn unauthorized(right: &str) -> Refused {
    let problem = Problem::new(401, "unauthorized", "This takes the admin key or a token").hint(format!(
        "On the machine itself, run the command as the user that runs the program: it reads the key from the data folder. \
         From elsewhere send a token: `kontor tokens create NAME --scope {right}` makes one."
    ));
    Refused::from(problem).with(header::WWW_AUTHENTICATE, "Bearer realm=\"kontor admin\"")
}

/// Whether a request does not come straight from a program on this machine. Behind a proxy everybody comes from loopback.
fn comes_from_elsewhere(request: &Request, host: &str) -> bool {
    let peer = request.extensions().get::<SocketAddr>();
    peer.is_some_and(|peer| !peer.ip().to_canonical().is_loopback())
        || !is_loopback(host)
        || forwarded::came_through_a_proxy(request.headers())
}

/// Whether a host is the one with this name, whatever the port.
fn is_named(host: &str, name: Option<&str>) -> bool {
    name.is_some_and(|name| host.split(':').next().is_some_and(|host| host.eq_ignore_ascii_case(name)))
}

/// The host that the client named, with its port.
fn host(request: &Request) -> Option<String> {
    let named = match request.uri().authority() {
        Some(authority) => authority.as_str(),
        None => request.headers().get(header::HOST)?.to_str().ok()?,
    };
    Some(named.to_ascii_lowercase())
}

/// Whether the name can only mean this machine. The port does not matter: tunnels change it.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether another site's page made a browser send this. Following a link here is allowed: it changes nothing, and the
/// other page does not see the answer.
fn is_cross_site(method: &Method, headers: &HeaderMap, host: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let safe = matches!(*method, Method::GET | Method::HEAD);
    let link = safe && text("sec-fetch-mode") == Some("navigate") && text("sec-fetch-dest") == Some("document");
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin" | "none"), _) | (None, None) => false,
        (Some(_), _) => !link,
        (None, Some(origin)) => {
            let ours = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            !ours.is_some_and(|ours| ours.eq_ignore_ascii_case(host))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "127.1.2.3", "[::1]:8080", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example:8080", "10.0.0.1", "0.0.0.0", "[::]:8080", "[fe80::1]"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn a_foreign_page_reaches_nothing_but_by_a_link() {
        let navigation =
            [("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document"), ("sec-fetch-site", "cross-site")];
        for (method, given, refused) in [
            (Method::GET, &[][..], false),
            (Method::POST, &[], false),
            (Method::GET, &[("sec-fetch-site", "same-origin")], false),
            (Method::POST, &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8080")], false),
            (Method::GET, &[("sec-fetch-site", "cross-site")], true),
            (Method::GET, &[("sec-fetch-site", "same-site")], true),
            (Method::GET, &navigation, false),
            (Method::POST, &navigation, true),
            (Method::POST, &[("origin", "http://localhost:8080")], false),
            (Method::POST, &[("origin", "http://localhost:8000")], true),
            (Method::POST, &[("origin", "http://evil.example")], true),
            (Method::GET, &[("origin", "null")], true),
        ] {
            let headers = given
                .iter()
                .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
            let found = is_cross_site(&method, &HeaderMap::from_iter(headers), "localhost:8080");
            assert_eq!(found, refused, "{method} {given:?}");
        }
    }
}
