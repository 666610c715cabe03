//! Where the outside finds Kontor.

/// The public address: what goes into links and OpenAPI documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether it is reached by HTTPS (a proxy before Kontor does that).
    pub https: bool,
    /// Lower case, without port, for example `localhost`.
    pub domain: String,
    /// The port that clients use.
    pub port: u16,
}

impl Address {
    fn of(&self, host: &str) -> String {
        match (self.https, self.port) {
            (true, 443) => format!("https://{host}"),
            (false, 80) => format!("http://{host}"),
            (true, port) => format!("https://{host}:{port}"),
            (false, port) => format!("http://{host}:{port}"),
        }
    }

    /// The pages' address, without a slash at its end: `http://localhost:8000`.
    #[must_use]
    pub fn root(&self) -> String {
        self.of(&self.domain)
    }

    /// A function's address, without a slash at its end: `http://sales.localhost:8000`.
    #[must_use]
    pub fn function(&self, name: &str) -> String {
        self.of(&self.virtual_host(name))
    }

    /// A function's host name: `sales.localhost`.
    #[must_use]
    pub fn virtual_host(&self, name: &str) -> String {
        format!("{name}.{}", self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_port_is_left_out() {
        let address = |https, port| Address { https, domain: "shop.example".into(), port };
        assert_eq!(address(false, 8000).root(), "http://shop.example:8000");
        assert_eq!(address(false, 80).function("sales"), "http://sales.shop.example");
        assert_eq!(address(true, 443).function("sales"), "https://sales.shop.example");
        assert_eq!(address(true, 80).root(), "https://shop.example:80");
    }
}
