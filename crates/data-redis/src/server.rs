//! What the server says of itself.

/// The oldest Redis that has everything that the scripts use.
const MAJOR_MIN: u32 = 7;

/// The answer to `INFO`, or nothing where the user may not ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Information(Option<String>);

impl Information {
    pub(crate) fn new(text: Option<String>) -> Self {
        Self(text)
    }

    /// One of its values.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let lines = self.0.as_deref()?.lines();
        lines.filter_map(|line| line.split_once(':')).find(|(known, _)| *known == name).map(|(_, value)| value.trim())
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.get("cluster_enabled") == Some("1")
    }

    /// Name and version, for example `Redis 7.0.15`.
    pub(crate) fn name(&self) -> String {
        match (self.get("valkey_version"), self.get("redis_version")) {
            (Some(version), _) => format!("Valkey {version}"),
            (None, Some(version)) => format!("Redis {version}"),
            (None, None) => "Redis".to_owned(),
        }
    }

    /// Why this server cannot be used, if so. Valkey counts its own versions from 7.2 on, and tells a Redis version too.
    pub(crate) fn too_old(&self) -> Option<String> {
        let major: u32 = self.get("redis_version")?.split('.').next()?.parse().ok()?;
        (major < MAJOR_MIN).then(|| format!("{} is too old; {MAJOR_MIN}.0 or newer is needed", self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::Information;

    #[test]
    fn a_server_is_known_by_what_it_says() {
        for (text, name, is_old, is_cluster) in [
            ("# Server\r\nredis_version:7.0.15\r\ncluster_enabled:0\r\n", "Redis 7.0.15", false, false),
            ("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n", "Valkey 8.1.1", false, false),
            ("redis_version:6.2.14\r\ncluster_enabled:1\r\n", "Redis 6.2.14", true, true),
            ("", "Redis", false, false),
        ] {
            let found = Information::new(Some(text.to_owned()));
            assert_eq!(
                (found.name().as_str(), found.too_old().is_some(), found.is_cluster()),
                (name, is_old, is_cluster)
            );
        }
    }
}
