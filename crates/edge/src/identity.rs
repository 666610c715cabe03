//! Who asks.

use std::{net::IpAddr, sync::Arc};

use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, WWW_AUTHENTICATE},
};
use kontor_contract::Problem;
use kontor_host::{Caller, Identity};

use crate::{forwarded, problem::Refusal, tokens::Tokens};

/// Finds out who asks.
pub(crate) struct Identities {
    tokens: Arc<Tokens>,
    /// What loopback callers are under `--dev`.
    developer: Option<Arc<Identity>>,
}

impl Identities {
    pub(crate) fn new(tokens: Arc<Tokens>, dev: bool) -> Self {
        let developer = || Arc::new(Identity { name: "developer".to_owned(), scopes: vec!["*".to_owned()] });
        Self { tokens, developer: dev.then(developer) }
    }

    /// A token that is sent has to be good, even where none is needed: a program whose token was revoked shall notice.
    pub(crate) fn caller(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Caller, Refusal> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        match (sent.next(), sent.next()) {
            (Some(value), None) => {
                let secret =
                    bearer(value).ok_or_else(|| unauthorized("Authorization is not of the form `Bearer TOKEN`."))?;
                let known = self.tokens.find(secret);
                known.map(Caller::Service).ok_or_else(|| unauthorized("The token is unknown or was revoked."))
            }
            (Some(_), Some(_)) => Err(unauthorized("Authorization was sent more than once.")),
            (None, _) => Ok(self.without_token(headers, peer)),
        }
    }

    /// Behind a proxy on the same machine everybody comes from loopback, so a request that passed one gets nothing.
    fn without_token(&self, headers: &HeaderMap, peer: IpAddr) -> Caller {
        match &self.developer {
            Some(developer) if peer.to_canonical().is_loopback() && !forwarded::came_through_a_proxy(headers) => {
                Caller::Service(developer.clone())
            }
            _ => Caller::Anonymous,
        }
    }
}

fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
    let secret = secret.trim_start_matches(' ');
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
}

/// 401, and how to do better.
pub(crate) fn unauthorized(detail: &str) -> Refusal {
    Refusal::with(
        Problem::new(401, "unauthorized", "Who is asking?")
            .detail(detail)
            .hint("Send `Authorization: Bearer TOKEN`; `kontor tokens create NAME --scope SCOPE` makes a token."),
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"kontor\""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::hash;

    const LOOPBACK: &str = "127.0.0.1";

    /// With `--dev` or not, the other end, what it sends; and whom it is taken for, or the status of the refusal.
    type Case = (bool, &'static str, &'static [(&'static str, &'static str)], Result<&'static str, u16>);

    #[test]
    fn who_asks() {
        let cases: [Case; 17] = [
            (false, LOOPBACK, &[], Ok("")),
            (true, LOOPBACK, &[], Ok("developer")),
            (true, "::1", &[], Ok("developer")),
            (true, "::ffff:127.0.0.1", &[], Ok("developer")),
            (true, "192.168.0.7", &[], Ok("")),
            (true, LOOPBACK, &[("x-forwarded-for", "8.8.8.8")], Ok("")),
            (true, LOOPBACK, &[("forwarded", "for=8.8.8.8")], Ok("")),
            (true, LOOPBACK, &[("via", "1.1 proxy")], Ok("")),
            (true, LOOPBACK, &[("cf-connecting-ip", "8.8.8.8")], Ok("")),
            (true, LOOPBACK, &[("authorization", "Bearer good")], Ok("shop")),
            (false, "192.168.0.7", &[("authorization", "bearer  good")], Ok("shop")),
            (false, "192.168.0.7", &[("authorization", "Bearer good"), ("via", "1.1 proxy")], Ok("shop")),
            (true, LOOPBACK, &[("authorization", "Bearer bad")], Err(401)),
            (false, LOOPBACK, &[("authorization", "Basic Z29vZA==")], Err(401)),
            (false, LOOPBACK, &[("authorization", "Bearer ")], Err(401)),
            (false, LOOPBACK, &[("authorization", "good")], Err(401)),
            (false, LOOPBACK, &[("authorization", "Bearer good"), ("authorization", "Bearer good")], Err(401)),
        ];
        let tokens = Arc::new(Tokens::default());
        tokens.replace([(hash("good"), Arc::new(Identity { name: "shop".into(), scopes: Vec::new() }))]);
        for (dev, peer, sent, expected) in cases {
            let headers: HeaderMap = sent
                .iter()
                .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()))
                .collect();
            let found = Identities::new(tokens.clone(), dev).caller(&headers, peer.parse().unwrap());
            let found = match &found {
                Ok(Caller::Anonymous) => Ok(""),
                Ok(Caller::Service(identity)) => Ok(&*identity.name),
                Err(refusal) => Err(refusal.problem.status),
            };
            assert_eq!(found, expected, "dev {dev}, {peer}, {sent:?}");
        }
    }
}
