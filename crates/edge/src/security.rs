//! Headers that keep browsers from being used against a visitor. All values are made at compile time.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
};

/// What a document may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Our own pages: scripts, styles and requests of their own host, nothing inline.
    Page,
    /// Swagger UI writes styles into its elements and draws its icons from `data:`.
    Documentation,
    /// What a function answers: at most a document to look at or print, with its own styles and no scripts. A function
    /// that needs more sets the header itself.
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

/// Sets them. What a function may choose itself is the content security policy, and how long its answers may be kept:
/// an answer that says nothing of that is kept nowhere, since it may be about a person.
pub(crate) fn secure(headers: &mut HeaderMap, policy: Policy, https: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(COOP, HeaderValue::from_static("same-origin"));
    headers.insert(CORP, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    if policy != Policy::Function || !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy.value());
    }
    if policy == Policy::Function && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    } else {
        headers.remove(STRICT_TRANSPORT_SECURITY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_policy() {
        let cases = [
            (Policy::Page, None, "default-src 'self'; form-action 'self'; base-uri"),
            (Policy::Page, Some("default-src *"), "default-src 'self'; form-action 'self'; base-uri"),
            (Policy::Documentation, None, "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"),
            (Policy::Function, None, "default-src 'none'"),
            (Policy::Function, Some("default-src 'self'"), "default-src 'self'"),
        ];
        for (policy, own, expected) in cases {
            let mut headers = HeaderMap::new();
            own.map(|own| headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(own)));
            secure(&mut headers, policy, false);
            let found = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(found.starts_with(expected), "{policy:?} {own:?}: {found}");
            assert!(!headers.contains_key(STRICT_TRANSPORT_SECURITY));
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
