//! What operators order.

use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;
use kontor_data::{Deployment, Desired};

use super::{DeployError, Deployments, hash, now_us};
use crate::{Origin, Prepared, grants};

impl Deployments {
    /// Prepares a component, stores it, and puts it live. What served before serves on if any of it fails.
    ///
    /// `expected` is the name that the function has to have, if that is known; `who` is kept with the version; `seen` is
    /// the hash of the file that it came in, if it came in one.
    ///
    /// # Errors
    /// Why it does not go live.
    pub async fn deploy(
        &self,
        component: Bytes,
        expected: Option<&str>,
        who: &str,
        seen: Option<String>,
    ) -> Result<Deployment, DeployError> {
        let _changing = self.changing.lock().await;
        let name = match expected {
            Some(name) => name.to_owned(),
            // What is granted depends on the name, and only the component itself knows it.
            None => self.host.describe(component.clone()).await?.name,
        };
        let prepared = match self.prepared(&component, &name).await {
            // A file's failure is told by who follows the folder.
            Err(error) if expected.is_none() => {
                self.fail(&name, &format!("deployed by {who}: {error}"));
                return Err(error);
            }
            done => done?,
        };
        let version = prepared.version();
        let deployment = Deployment {
            function: name.clone(),
            number: 0,
            hash: hash(&component),
            version: version.manifest().version.clone(),
            who: who.to_owned(),
            deployed_us: now_us(),
        };
        let deployment = self.registry.deploy(deployment, &component, seen).await?;
        self.host.swap_in(prepared);
        self.failures.lock().remove(&name);
        self.off.lock().remove(&name);
        let (function, number, version, hash) = (&name, deployment.number, &deployment.version, &deployment.hash);
        tracing::info!(%function, number, version, hash, who, "a function went live");
        Ok(deployment)
    }

    /// [`Deployments::deploy`] for what came without a place of its own: `file` is the name that it had where it came from,
    /// and becomes the function's if the component has none.
    ///
    /// # Errors
    /// Why it does not go live.
    pub async fn upload(&self, component: Bytes, file: Option<&str>, who: &str) -> Result<Deployment, DeployError> {
        if !self.host.is_nameless(component.clone()).await? {
            return self.deploy(component, None, who, None).await;
        }
        let name = file.filter(|name| crate::load::manifest::is_function_name(name)).ok_or_else(|| {
            DeployError::Invalid(
                "a component of the world wasi:http/proxy is called like its file, and that has to be a function's name: \
                 [a-z][a-z0-9-]{0,39}, and not kontor"
                    .to_owned(),
            )
        })?;
        let done = self.deploy(component, Some(name), who, None).await;
        if let Err(error) = &done {
            self.fail(name, &format!("deployed by {who}: {error}"));
        }
        done
    }

    async fn prepared(&self, component: &Bytes, name: &str) -> Result<Prepared, DeployError> {
        let grants = self.grants(&self.desired(name).await?)?;
        Ok(self.host.prepare(component.clone(), Origin::Dropped, Some(name), &grants).await?)
    }

    /// Puts an earlier version live again: the one with this number, or the one before the one that serves.
    ///
    /// # Errors
    /// There is none, or it does not go live any more.
    pub async fn roll_back(&self, function: &str, number: Option<u64>) -> Result<Deployment, DeployError> {
        let _changing = self.changing.lock().await;
        let desired = self.desired(function).await?;
        let kept = self.registry.deployments(function).await?;
        let current = desired.number.unwrap_or(u64::MAX);
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
        let component = self.registry.component(function, target.number).await?.unwrap_or_default();
        let grants = self.grants(&desired)?;
        let prepared = self.host.prepare(component.into(), Origin::Dropped, Some(function), &grants).await?;
        self.registry.desire(Desired { number: Some(target.number), enabled: true, ..desired }).await?;
        self.host.swap_in(prepared);
        self.failures.lock().remove(function);
        self.off.lock().remove(function);
        tracing::info!(function, number = target.number, version = target.version, "rolled back");
        Ok(target)
    }

    /// Takes away what was deployed, and with it what the function wanted of others' events; what came with the program
    /// under that name serves again. A file of it that still lies in the folder is not taken again until it changes.
    ///
    /// # Errors
    /// Nothing of that name was deployed, and nothing of that name waits for events.
    pub async fn remove(&self, function: &str) -> Result<(), DeployError> {
        let _changing = self.changing.lock().await;
        let forgotten = !self.bundled.contains_key(function) && self.host.forget_subscriber(function).await?;
        let desired = match self.known(function).await {
            Err(DeployError::Unknown(_)) if forgotten => return Ok(()),
            desired => Desired { number: None, ..desired? },
        };
        self.registry.desire(desired.clone()).await?;
        self.failures.lock().remove(function);
        tracing::info!(function, "what was deployed is taken away");
        self.bring_up(&desired).await
    }

    /// Switches a function off or on. Its data, its events and its versions stay.
    ///
    /// # Errors
    /// There is no such function, or it does not go live.
    pub async fn switch(&self, function: &str, enabled: bool) -> Result<(), DeployError> {
        let _changing = self.changing.lock().await;
        let desired = Desired { enabled, ..self.known(function).await? };
        self.registry.desire(desired.clone()).await?;
        tracing::info!(function, enabled, "switched");
        self.bring_up(&desired).await
    }

    /// Grants something, also to a function that is not there yet: whoever waited for it goes live by the next try.
    ///
    /// # Errors
    /// There is no such grant.
    pub async fn grant(&self, function: &str, names: &[String]) -> Result<(), DeployError> {
        let unknown: Vec<&str> = names.iter().map(String::as_str).filter(|name| !grants::is_grant(name)).collect();
        if !unknown.is_empty() || !crate::load::manifest::is_function_name(function) {
            let what = if unknown.is_empty() { function.to_owned() } else { unknown.join(", ") };
            return Err(DeployError::Invalid(format!(
                "{what:?} cannot be granted or is no function's name; there are {}",
                grants::GRANTS
            )));
        }
        let _changing = self.changing.lock().await;
        let mut desired = self.desired(function).await?;
        desired.grants.extend(names.iter().cloned());
        desired.grants.sort();
        desired.grants.dedup();
        self.registry.desire(desired.clone()).await?;
        // A file that was refused is tried again.
        self.granted_count.fetch_add(1, Relaxed);
        if desired.number.is_some() { self.bring_up(&desired).await } else { Ok(()) }
    }

    async fn known(&self, function: &str) -> Result<Desired, DeployError> {
        let desired = self.desired(function).await?;
        if desired.number.is_some() || !desired.enabled || self.bundled.contains_key(function) {
            return Ok(desired);
        }
        Err(DeployError::Unknown(format!(
            "there is no function {function}; `kontor functions list` shows those there are"
        )))
    }
}
