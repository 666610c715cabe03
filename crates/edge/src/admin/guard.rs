//! Who may reach the admin listener: programs and browsers on this machine, but no foreign page in such a browser.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderValue, Method, header};
use kontor_contract::Problem;
use subtle::ConstantTimeEq;

use super::{Admin, refusal::Refused};
use crate::tokens;

/// Inline scripts and foreign origins are refused; the dashboard needs neither.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Refuses foreign `Host` headers (a page whose name was pointed at this machine) and cross-site requests, and marks
/// every answer so that browsers neither guess, frame nor keep it.
pub async fn same_origin(request: Request, next: Next) -> Result<Response, Refused> {
    let host = host(&request).filter(|host| is_loopback(host));
    let Some(host) = host else {
        let problem = Problem::new(421, "unknown-host", "The admin listener does not answer under this name");
        return Err(problem.hint("Use http://localhost and the admin port, on this machine.").into());
    };
    if is_cross_site(request.method(), request.headers(), &host) {
        let problem = Problem::new(403, "cross-site", "Another site's page may not do this");
        return Err(problem.hint("Open the dashboard itself, or use a program that is no browser.").into());
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
    let shown = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer =
        shown.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let right = bearer.is_some_and(|(_, key)| bool::from(tokens::hash(key.trim()).ct_eq(&admin.key)));
    if right {
        return Ok(next.run(request).await);
    }
    let problem = Problem::new(401, "unauthorized", "This takes the admin key")
        .hint("Use `kontor tokens` and `kontor events` as the user that runs the program: they read the key from the data folder.");
    Err(Refused::from(problem).with(header::WWW_AUTHENTICATE, "Bearer realm=\"kontor admin\""))
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
