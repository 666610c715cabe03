//! What operators order.

use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use kontor_data::{Deployment, Desired};

use super::{DeployError, Deployments, offer::Offer};
use crate::{LoadError, grants};

impl Deployments {
    /// Checks a component, stores it, and puts it live. What served before serves on if any of it fails. `who` is kept
    /// with the version; `signature` is what came with it, in Base64. `file` is the name that it had where it came from, and
    /// becomes the function's if the component has none.
    ///
    /// # Errors
    /// Why it does not go live.
    pub async fn deploy(
        &self,
        component: Bytes,
        file: Option<&str>,
        who: &str,
        signature: Option<String>,
    ) -> Result<Deployment, DeployError> {
        self.take_in(Offer { component, expected: None, file, who, seen: None, signature }).await
    }

    /// Puts an earlier version live again: the one with this number, or the one before the one that serves.
    ///
    /// # Errors
    /// There is none, or it does not go live any more.
    pub async fn roll_back(&self, function: &str, number: Option<u64>) -> Result<Deployment, DeployError> {
        let kept = self.registry.deployments(function).await?;
        let current = self.desired(function).await?.number.unwrap_or(u64::MAX);
        let target = match number {
            Some(number) => kept.iter().find(|kept| kept.number == number),
            None => kept.iter().find(|kept| kept.number < current),
        };
        let target = target.cloned().ok_or_else(|| {
            let numbers: Vec<String> = kept.iter().map(|kept| kept.number.to_string()).collect();
            let there = if numbers.is_empty() { "none".to_owned() } else { numbers.join(", ") };
            let which = number.map_or_else(|| "earlier version".to_owned(), |number| format!("version {number}"));
            DeployError::Unknown(format!("there is no {which} of {function}; kept: {there}"))
        })?;
        let wish = |desired| Ok(Desired { number: Some(target.number), enabled: true, ..desired });
        self.change(function, false, wish).await?;
        tracing::info!(function, number = target.number, version = target.version, "rolled back");
        Ok(target)
    }

    /// Takes away what was deployed, and with it what the function wanted of others' events; what came with the program
    /// under that name serves again. A file of it that still lies in the folder is not taken again until it changes.
    ///
    /// # Errors
    /// Nothing of that name was deployed, and nothing of that name waits for events.
    pub async fn remove(&self, function: &str) -> Result<(), DeployError> {
        let forgotten = !self.bundled.contains_key(function) && self.host.forget_subscriber(function).await?;
        let wish = |desired| self.known(desired).map(|desired| Desired { number: None, ..desired });
        match self.change(function, true, wish).await {
            Err(DeployError::Unknown(_)) if forgotten => return Ok(()),
            done => done?,
        }
        self.failures.lock().remove(function);
        tracing::info!(function, "what was deployed is taken away");
        Ok(())
    }

    /// Switches a function off or on. Its data, its events and its versions stay.
    ///
    /// # Errors
    /// There is no such function, or it does not go live.
    pub async fn switch(&self, function: &str, enabled: bool) -> Result<(), DeployError> {
        let wish = |desired| self.known(desired).map(|desired| Desired { enabled, ..desired });
        self.change(function, true, wish).await?;
        tracing::info!(function, enabled, "switched");
        Ok(())
    }

    /// Grants something, also to a function that is not there yet: whoever waited for it goes live by the next try.
    ///
    /// # Errors
    /// There is no such grant.
    pub async fn grant(&self, function: &str, names: &[String]) -> Result<(), DeployError> {
        check_names(function, names)?;
        let wish = |mut desired: Desired| {
            desired.grants.extend(names.iter().cloned());
            desired.grants.sort();
            desired.grants.dedup();
            Ok(desired)
        };
        let done = self.regrant(function, wish).await;
        // A file that was refused is tried again.
        self.granted_count.fetch_add(1, Relaxed);
        tracing::info!(function, grants = names.join(" "), "granted");
        done
    }

    /// Takes back what was granted by command. A function that cannot do without is dark from then on. Gives why, if it is.
    ///
    /// # Errors
    /// It was not granted by command: the configuration grants it, or nobody.
    pub async fn revoke(&self, function: &str, names: &[String]) -> Result<Option<String>, DeployError> {
        check_names(function, names)?;
        let wish = |mut desired: Desired| {
            if let Some(missing) = names.iter().find(|name| !desired.grants.contains(name)) {
                let why = match self.configured(function).any(|granted| granted == missing) {
                    true => "the configuration grants it; take it out of [functions] in kontor.toml and start again",
                    false => "it is not granted; `kontor functions show` lists what is",
                };
                return Err(DeployError::Invalid(format!("{function} cannot lose {missing}: {why}")));
            }
            desired.grants.retain(|name| !names.contains(name));
            Ok(desired)
        };
        let done = self.regrant(function, wish).await;
        tracing::info!(function, grants = names.join(" "), "revoked");
        let why = match done {
            Err(DeployError::Load(LoadError::NotGranted(why))) => why,
            done => return done.map(|()| None),
        };
        // What served has what was revoked; so it serves no longer.
        self.host.take_down(function);
        self.fail(function, &why);
        Ok(Some(why))
    }

    /// Changes grants; what was deployed is opened anew with them.
    async fn regrant(
        &self,
        function: &str,
        wish: impl Fn(Desired) -> Result<Desired, DeployError>,
    ) -> Result<(), DeployError> {
        if self.desired(function).await?.number.is_some() {
            return self.change(function, true, wish).await;
        }
        let _changing = self.changing.lock().await;
        let desired = wish(self.desired(function).await?)?;
        self.registry.desire(desired.clone()).await?;
        self.applied.lock().insert(function.to_owned(), desired);
        Ok(())
    }

    /// What is desired of a function that is there.
    fn known(&self, desired: Desired) -> Result<Desired, DeployError> {
        if desired.number.is_some() || !desired.enabled || self.bundled.contains_key(&desired.function) {
            return Ok(desired);
        }
        let function = desired.function;
        Err(DeployError::Unknown(format!(
            "there is no function {function}; `kontor functions list` shows those there are"
        )))
    }
}

fn check_names(function: &str, names: &[String]) -> Result<(), DeployError> {
    let unknown: Vec<&str> = names.iter().map(String::as_str).filter(|name| !grants::is_grant(name)).collect();
    if unknown.is_empty() && crate::load::manifest::is_function_name(function) {
        return Ok(());
    }
    let what = if unknown.is_empty() { function.to_owned() } else { unknown.join(", ") };
    Err(DeployError::Invalid(format!(
        "{what:?} cannot be granted or is no function's name; there are {}",
        grants::GRANTS
    )))
}
