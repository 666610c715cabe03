//! Opens functions' buckets.

use std::sync::{Arc, OnceLock};

use kontor_data::{
    Async, Finding, OpenError,
    doctor::{Check, or_unreachable},
    keyvalue::{Guarded, KeyValue, KeyValueEngine, KeyValueLimits},
};

use crate::{
    check,
    keys::{Bucket, is_prefix},
    line::{Addresses, Failure, Line},
    scripts::Scripts,
    store::Store,
};

/// Where Redis is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// `redis://user:password@host:port/database`; several joined by commas name servers of one cluster. `rediss://` speaks
    /// TLS, where the program was built with the feature `tls`.
    pub url: String,
    /// What all keys begin with, `kontor` as a rule: several installations that share a server have different ones.
    pub prefix: String,
}

impl RedisSettings {
    /// An address, and the usual prefix.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), prefix: "kontor".to_owned() }
    }
}

/// Key-value in Redis.
pub struct RedisKeyValue {
    addresses: parking_lot::Mutex<Option<Addresses>>,
    line: OnceLock<Arc<Line>>,
    scripts: Arc<Scripts>,
    prefix: String,
}

impl RedisKeyValue {
    /// Reads the settings. Nothing is connected yet.
    ///
    /// # Errors
    /// If the address cannot be read, or the prefix has other signs than letters, digits, `-`, `_` and `.`.
    pub fn new(settings: &RedisSettings) -> Result<Self, OpenError> {
        let prefix = settings.prefix.clone();
        if !is_prefix(&prefix) {
            return Err(OpenError::Invalid(format!(
                "{prefix:?} is no prefix of keys in Redis; take letters, digits, -, _ and ."
            )));
        }
        let addresses = Addresses::read(&settings.url)?;
        Ok(Self {
            addresses: parking_lot::Mutex::new(Some(addresses)),
            line: OnceLock::new(),
            scripts: Arc::new(Scripts::new()),
            prefix,
        })
    }

    /// The one line of all functions, begun by whoever comes first, since it needs a runtime.
    fn line(&self) -> Result<Arc<Line>, OpenError> {
        let mut addresses = self.addresses.lock();
        if let Some(addresses) = addresses.take() {
            let _ = self.line.set(Line::start(addresses));
        }
        self.line.get().cloned().ok_or_else(|| OpenError::Store("Redis has no address".to_owned()))
    }

    /// Looks at the server as `kontor doctor` does: version, what becomes of entries where memory is short, what a restart
    /// leaves. Nothing is changed.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`] if it does not answer.
    pub async fn check(&self) -> Result<Vec<Finding>, OpenError> {
        let line = self.line()?;
        reach(&line).await?;
        check::check(&line).await
    }
}

impl Check for RedisKeyValue {
    fn subject(&self) -> String {
        let place = self.addresses.lock().as_ref().map(ToString::to_string);
        format!("Redis at {}", place.or_else(|| self.line.get().map(|line| line.place())).unwrap_or_default())
    }

    fn check(&self) -> Async<'_, Vec<Finding>> {
        Box::pin(async { or_unreachable(Self::check(self).await) })
    }
}

async fn reach(line: &Line) -> Result<(), OpenError> {
    match line.ask::<()>(&redis::cmd("PING")).await {
        Ok(()) => Ok(()),
        Err(Failure::Lost(reason) | Failure::Refused(reason)) => Err(OpenError::Unreachable(reason)),
        Err(Failure::Other(reason)) => Err(OpenError::Store(reason)),
        Err(Failure::NoScript) => Ok(()),
    }
}

impl KeyValueEngine for RedisKeyValue {
    fn name(&self) -> String {
        let server = self.line.get().and_then(|line| line.server());
        server.map_or_else(|| "Redis".to_owned(), |server| server.name())
    }

    fn open(
        &self,
        function: &str,
        buckets: Vec<String>,
        limits: KeyValueLimits,
    ) -> Async<'_, Result<Arc<dyn KeyValue>, OpenError>> {
        let function = function.to_owned();
        Box::pin(async move {
            let named = buckets.iter().map(|name| (name.clone(), Bucket::new(&self.prefix, &function, name))).collect();
            let prepare = async || {
                let line = self.line()?;
                reach(&line).await?;
                Ok(Store::start(line, Arc::clone(&self.scripts), named, limits.queue_max))
            };
            Ok(Guarded::open(&function, buckets, prepare).await?.shared())
        })
    }
}
