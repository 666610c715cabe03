//! Headers that keep browsers from being used against a visitor. All values are made at compile time.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// What a document may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Our own pages: scripts, styles and requests of their own host, nothing inline.
    Page,
    /// Swagger UI writes styles into its elements and draws its icons from `data:`.
    Documentation,
    /// What a function answers: at most a document to look at or print, with its own styles and no scripts. A policy
    /// that the function sends itself holds too, so it can forbid more and never allow more: mounts put its answers
    /// into the pages' own origin.
    Function,
}

macro_rules! policy {
    ($($directive:literal),* $(,)?) => {
        concat!($($directive, "; ",)* "base-uri 'none'; object-src 'none'; frame-ancestors 'none'")
    };
}

impl Policy {
    fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Page => policy!["default-src 'self'", "form-action 'self'"],
            Self::Documentation => policy![
                "default-src 'self'",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "form-action 'self'",
            ],
            Self::Function => policy![
                "default-src 'none'",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "form-action 'self'",
            ],
        })
    }
}

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Whether a header speaks for the whole origin, or is one that [`secure`] sets. A function may not send these: its
/// answers share an origin with the pages and with other functions, and what one of them said would hold for all.
pub(crate) fn is_of_the_origin(name: &str) -> bool {
    name.starts_with("access-control-")
        || name.starts_with("cross-origin-")
        || matches!(
            name,
            "accept-ch"
                | "alt-svc"
                | "clear-site-data"
                | "content-security-policy-report-only"
                | "critical-ch"
                | "document-policy"
                | "expect-ct"
                | "feature-policy"
                | "nel"
                | "origin-agent-cluster"
                | "permissions-policy"
                | "permissions-policy-report-only"
                | "public-key-pins"
                | "public-key-pins-report-only"
                | "referrer-policy"
                | "report-to"
                | "reporting-endpoints"
                | "service-worker-allowed"
                | "set-cookie"
                | "set-cookie2"
                | "set-login"
                | "sourcemap"
                | "speculation-rules"
                | "strict-transport-security"
                | "timing-allow-origin"
                | "x-content-type-options"
                | "x-frame-options"
                | "x-permitted-cross-domain-policies"
        )
}

/// Sets them. What a function may choose itself is a content security policy beside ours, of which browsers enforce
/// both, and how long its answers may be kept: an answer that says nothing of that is kept nowhere, since it may be
/// about a person.
pub(crate) fn secure(headers: &mut HeaderMap, policy: Policy, https: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    } else {
        headers.remove(STRICT_TRANSPORT_SECURITY);
    }
    if policy == Policy::Function && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if policy == Policy::Function && is_data(headers) {
        headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        headers.insert(CORP, HeaderValue::from_static("same-origin"));
        return;
    }
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(COOP, HeaderValue::from_static("same-origin"));
    headers.insert(CORP, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    if policy == Policy::Function {
        headers.append(CONTENT_SECURITY_POLICY, policy.value());
    } else {
        headers.insert(CONTENT_SECURITY_POLICY, policy.value());
    }
}

/// Whether an answer is JSON. Nothing in it is shown, framed or run, and it holds no links to leave by: what the other
/// headers say to a document has nobody to say it to, and would be half of most answers' bytes.
fn is_data(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|found| {
        let found = found.as_bytes();
        found == b"application/json" || found == b"application/problem+json"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_told_what_matters_to_data() {
        for (media_type, is_data) in [
            ("application/json", true),
            ("application/problem+json", true),
            ("text/html; charset=utf-8", false),
            ("application/jsonx", false),
            ("image/svg+xml", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            secure(&mut headers, Policy::Function, false);
            assert_eq!(headers.contains_key(X_FRAME_OPTIONS), !is_data, "{media_type}");
            let policy = headers.get(CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(headers.get(CACHE_CONTROL).unwrap(), "no-store", "{media_type}");
        }
    }

    #[test]
    fn each_kind_has_its_policy() {
        let page = "default-src 'self'; form-action 'self'; base-uri";
        let documentation = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
        let function = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
        let cases: [(Policy, Option<&str>, &[&str]); 6] = [
            (Policy::Page, None, &[page]),
            (Policy::Page, Some("default-src *"), &[page]),
            (Policy::Documentation, None, &[documentation]),
            (Policy::Function, None, &[function]),
            (Policy::Function, Some("default-src * 'unsafe-inline'"), &["default-src * 'unsafe-inline'", function]),
            (Policy::Function, Some("sandbox"), &["sandbox", function]),
        ];
        for (policy, own, expected) in cases {
            let mut headers = HeaderMap::new();
            own.map(|own| headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(own)));
            secure(&mut headers, policy, false);
            let found: Vec<&str> =
                headers.get_all(CONTENT_SECURITY_POLICY).iter().map(|value| value.to_str().unwrap()).collect();
            assert_eq!(found.len(), expected.len(), "{policy:?} {own:?}: {found:?}");
            let each = found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
            assert!(each, "{policy:?} {own:?}: {found:?}");
            assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
        }
    }

    #[test]
    fn what_is_set_here_is_for_nobody_else_to_say() {
        let mut headers = HeaderMap::new();
        secure(&mut headers, Policy::Page, true);
        for name in headers.keys().filter(|name| *name != CONTENT_SECURITY_POLICY) {
            assert!(is_of_the_origin(name.as_str()), "{name}");
        }
    }

    #[test]
    fn answers_are_not_kept_unless_they_say_so() {
        for (own, expected) in [(None, "no-store"), (Some("max-age=5"), "max-age=5")] {
            let mut headers = HeaderMap::new();
            own.map(|own| headers.insert(CACHE_CONTROL, HeaderValue::from_static(own)));
            secure(&mut headers, Policy::Function, false);
            assert_eq!(headers[CACHE_CONTROL], expected);
        }
    }

    #[test]
    fn transport_security_is_said_on_https_alone() {
        let mut headers = HeaderMap::new();
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=1"));
        secure(&mut headers, Policy::Function, false);
        assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
        secure(&mut headers, Policy::Function, true);
        assert_eq!(headers[STRICT_TRANSPORT_SECURITY], "max-age=31536000");
    }
}
