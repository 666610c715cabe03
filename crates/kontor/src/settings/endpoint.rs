//! Where to listen: an address and a port.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer, de::Error};

/// Reads `127.0.0.1:8000`, `[::1]:8000` or `localhost:8000`. No other name: what a name stands for may change, and whom
/// one listens to must not.
///
/// # Errors
/// What is expected.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    if let Some((name, port)) = text.rsplit_once(':')
        && name.eq_ignore_ascii_case("localhost")
        && let Ok(port) = port.parse()
    {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse().map_err(|_| {
        format!(
            "{text:?} is no address with a port; write for example 127.0.0.1:8000, [::1]:8000, 0.0.0.0:8000 for all \
             networks, or localhost:8000, which is the only name that is taken"
        )
    })
}

/// As [`parse`], from a file or a variable.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn addresses_and_localhost_are_taken_and_nothing_else() {
        for (text, expected) in [
            ("127.0.0.1:8000", "127.0.0.1:8000"),
            ("[::1]:0", "[::1]:0"),
            ("localhost:9303", "127.0.0.1:9303"),
            ("LocalHost:1", "127.0.0.1:1"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["localhost", "localhost:99999", "shop.example:80", ":8000", "8000", "127.0.0.1", ""] {
            assert!(parse(text).unwrap_err().contains("127.0.0.1:8000"), "{text}");
        }
    }
}
