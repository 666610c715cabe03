//! Headers that proxies add, and what of them is believed.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};

use crate::network::Network;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Whether a header is one that proxies say something with.
pub(crate) fn is_forwarding(name: &str) -> bool {
    name.starts_with("x-forwarded-")
        || matches!(
            name,
            "forwarded"
                | "via"
                | "x-real-ip"
                | "x-client-ip"
                | "x-cluster-client-ip"
                | "x-original-forwarded-for"
                | "x-original-host"
                | "x-envoy-external-address"
                | "x-remote-addr"
                | "x-remote-ip"
                | "x-proxyuser-ip"
                | "cf-connecting-ip"
                | "cf-connecting-ipv6"
                | "cf-ray"
                | "fastly-client-ip"
                | "fly-client-ip"
                | "true-client-ip"
                | "client-ip"
                | "cdn-loop"
        )
}

/// Whether a request passed a proxy, as far as one can see.
pub(crate) fn came_through_a_proxy(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| is_forwarding(name.as_str()))
}

fn is_trusted(peer: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(peer))
}

/// Whether the client used HTTPS, by the word of a proxy that we trust. With several proxies the last word is that of
/// the nearest, and the nearest is the only one whose word we know to be its own.
pub(crate) fn used_https(headers: &HeaderMap, peer: SocketAddr, trusted: &[Network]) -> bool {
    !trusted.is_empty()
        && is_trusted(peer.ip(), trusted)
        && headers
            .get_all(X_FORWARDED_PROTO)
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_https() {
        let cases = [
            ("10.0.0.1:1", "https", true),
            ("10.0.0.1:1", "http, HTTPS", true),
            ("10.0.0.1:1", "https, http", false),
            ("10.0.0.1:1", "", false),
            ("192.168.0.1:1", "https", false),
        ];
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for (peer, value, expected) in cases {
            let headers = HeaderMap::from_iter([(X_FORWARDED_PROTO, value.parse().unwrap())]);
            assert_eq!(used_https(&headers, peer.parse().unwrap(), &trusted), expected, "{peer} {value}");
            assert!(!used_https(&headers, peer.parse().unwrap(), &[]), "nobody is trusted unasked");
        }
    }
}
