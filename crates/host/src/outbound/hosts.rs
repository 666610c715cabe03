//! Hosts, as manifests ask for them and operators grant them.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use super::addresses::is_public;

/// The top-level name of functions; no name below it is ever looked up.
const INTERNAL: &str = "internal";
/// Ports of `http` and `https`, for who names none.
const USUAL: [u16; 2] = [80, 443];
/// RFC 1035, 2.3.4.
const NAME_MAX_BYTES: usize = 253;
const LABEL_MAX_BYTES: usize = 63;

/// Which hosts an entry means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    /// This name.
    Name(String),
    /// All names below this one, from `*.NAME`.
    Below(String),
    /// This address.
    Address(IpAddr),
}

/// One entry of an allow-list: `api.example.com`, `*.example.com`, `10.0.0.5`, `[::1]`, each perhaps with `:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    which: Which,
    /// None for the usual ones of `http` and `https`.
    port: Option<u16>,
}

impl FromStr for Host {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bare_v6 = text.parse::<Ipv6Addr>().is_ok();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !bare_v6 && !port.ends_with(']') => (host, Some(port_of(port)?)),
            _ => (text, None),
        };
        let unbracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let which = if let Some(address) = unbracketed {
            Which::Address(IpAddr::V6(address.parse().map_err(drop)?).to_canonical())
        } else if let Ok(address) = host.parse::<IpAddr>() {
            Which::Address(address.to_canonical())
        } else if let Some(name) = host.strip_prefix("*.") {
            Which::Below(name_of(name)?)
        } else {
            Which::Name(name_of(host)?)
        };
        Ok(Self { which, port })
    }
}

fn port_of(text: &str) -> Result<u16, ()> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0).ok_or(())
}

/// A host's name. One that ends in a number is none: resolvers take such for an address in some old notation.
fn name_of(text: &str) -> Result<String, ()> {
    let label = |label: &str| {
        (1..=LABEL_MAX_BYTES).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    let good = text.len() <= NAME_MAX_BYTES
        && text.split('.').all(label)
        && last.starts_with(|first: char| first.is_ascii_lowercase())
        && last != INTERNAL;
    if good { Ok(text.to_owned()) } else { Err(()) }
}

/// The function that a host name means, for names of functions; an error for others below `internal`.
pub(super) fn function_of(host: &str) -> Option<Result<&str, ()>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    if host == INTERNAL {
        return Some(Err(()));
    }
    let name = host.strip_suffix(INTERNAL)?.strip_suffix('.')?;
    Some(if crate::load::manifest::is_function_name(name) { Ok(name) } else { Err(()) })
}

impl Host {
    fn has_port(&self, port: u16) -> bool {
        self.port.map_or_else(|| USUAL.contains(&port), |own| own == port)
    }

    fn is_for(&self, host: &str, port: u16) -> bool {
        let name = match &self.which {
            Which::Name(name) => host == name,
            Which::Below(name) => host
                .strip_suffix(name.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|rest| !rest.is_empty()),
            Which::Address(address) => literal(host) == Some(*address),
        };
        name && self.has_port(port)
    }
}

/// The address that a URL's host is, if it is one in its usual notation.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match v6 {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical()),
        None => host.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
    }
}

/// What a function may reach.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed {
    /// What it may name in a URL.
    hosts: Vec<Host>,
    /// What it may be connected to although it is not public.
    addresses: Vec<Host>,
}

impl Allowed {
    /// `hosts` may be named, and what of `granted` is an address may be connected to.
    pub(crate) fn new(hosts: Vec<Host>, granted: &[Host]) -> Self {
        let addresses = granted.iter().filter(|host| matches!(host.which, Which::Address(_))).cloned().collect();
        Self { hosts, addresses }
    }

    /// Whether it may send requests there at all. `host` in lower case, as it stands in the URL.
    pub(super) fn names(&self, host: &str, port: u16) -> bool {
        self.hosts.iter().any(|allowed| allowed.is_for(host, port))
    }

    /// Whether a connection may be made to this very address.
    pub(super) fn connects(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        let granted = |host: &&Host| host.which == Which::Address(address) && host.has_port(port);
        is_public(address) || self.addresses.iter().any(|host| granted(&host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(text: &str) -> Vec<Host> {
        text.split_whitespace().map(|host| host.parse().unwrap_or_else(|()| panic!("{host}"))).collect()
    }

    #[test]
    fn what_is_no_host_is_no_entry() {
        for bad in [
            "",
            "*",
            "*.",
            ".",
            "a..b",
            "-a.b",
            "A.example",
            "a b",
            "a.b/c",
            "http://a.b",
            "a.b:0",
            "a.b:70000",
            "a.b:",
            "a.b:+80",
            "user@a.b",
            "2130706433",
            "0x7f.1",
            "127.1",
            "1.2.3.4.5",
            "sales.internal",
            "internal",
            "*.internal",
            "[1.2.3.4]",
            "::1:80x",
            "a.b.",
            "ä.example",
            "*.*.example",
            "a%20b.example",
        ] {
            assert!(bad.parse::<Host>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_entry_is_for_what_it_says() {
        let allowed = Allowed::new(hosts("api.example *.shop.example crm.example:8443 10.0.0.5:9000 [::1]"), &[]);
        for (host, port, may) in [
            ("api.example", 443, true),
            ("api.example", 80, true),
            ("api.example", 22, false),
            ("x.api.example", 443, false),
            ("xapi.example", 443, false),
            ("a.shop.example", 443, true),
            ("a.b.shop.example", 443, true),
            ("shop.example", 443, false),
            (".shop.example", 443, false),
            ("crm.example", 8443, true),
            ("crm.example", 443, false),
            ("10.0.0.5", 9000, true),
            ("10.0.0.5", 80, false),
            ("[::1]", 80, true),
            ("[0:0::1]", 80, true),
            ("[::ffff:10.0.0.5]", 9000, true),
            ("127.0.0.1", 80, false),
        ] {
            assert_eq!(allowed.names(host, port), may, "{host}:{port}");
        }
    }

    #[test]
    fn what_is_not_public_needs_a_grant_of_its_own() {
        let granted = hosts("10.0.0.5:9000 crm.example 192.168.1.1");
        let allowed = Allowed::new(hosts("crm.example:9000"), &granted);
        for (address, port, may) in [
            ("1.1.1.1", 25, true),
            ("10.0.0.5", 9000, true),
            ("::ffff:10.0.0.5", 9000, true),
            ("10.0.0.5", 9001, false),
            ("10.0.0.6", 9000, false),
            ("192.168.1.1", 443, true),
            ("192.168.1.1", 8080, false),
        ] {
            assert_eq!(allowed.connects(address.parse().unwrap(), port), may, "{address}:{port}");
        }
    }

    #[test]
    fn names_of_functions_are_never_looked_up() {
        for (host, expected) in [
            ("sales.internal", Some(Ok("sales"))),
            ("sales.internal.", Some(Ok("sales"))),
            ("internal", Some(Err(()))),
            ("metadata.google.internal", Some(Err(()))),
            ("kontor.internal", Some(Err(()))),
            (".internal", Some(Err(()))),
            ("sales.internal.example", None),
            ("xinternal", None),
        ] {
            assert_eq!(function_of(host), expected, "{host}");
        }
    }
}
