//! From what is desired to what serves: first what may take long, beside everything else; then, alone, what has to be
//! done at once.

use kontor_data::Desired;

use super::{DeployError, Deployments};
use crate::{Checked, Origin, Prepared, load::digest};

/// Where what serves comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Nothing is to serve.
    Nothing,
    /// What came with the program.
    Bundled,
    /// The deployment with this number.
    Deployment(u64),
}

impl Deployments {
    pub(super) fn source(&self, desired: &Desired) -> Source {
        match desired.number {
            _ if !desired.enabled => Source::Nothing,
            Some(number) => Source::Deployment(number),
            None if self.bundled.contains_key(&desired.function) => Source::Bundled,
            None => Source::Nothing,
        }
    }

    /// Compiles, checks and describes what is desired. Changes nothing, and holds nothing that others wait for.
    pub(super) async fn ahead(&self, desired: &Desired) -> Result<Option<Checked>, DeployError> {
        let name = desired.function.as_str();
        match self.source(desired) {
            Source::Nothing => Ok(None),
            Source::Bundled => {
                let component = self.bundled.get(name).cloned().unwrap_or_default();
                Ok(Some(self.host.check(component, Origin::Bundled, Some(name), None).await?))
            }
            Source::Deployment(number) => {
                let component = self.registry.component(name, number).await?;
                let component = component
                    .ok_or_else(|| DeployError::Unknown(format!("version {number} of {name} is not kept any more")))?;
                // Who can write into the registry is not who may sign.
                if self.granted.signers.are_required() {
                    let kept = self.registry.deployments(name).await?;
                    let signature = kept.into_iter().find(|kept| kept.number == number).and_then(|kept| kept.signature);
                    self.granted.signers.check(&digest(&component), signature.as_deref())?;
                }
                Ok(Some(self.host.check(component.into(), Origin::Dropped, Some(name), None).await?))
            }
        }
    }

    /// Compares with what is granted, opens and migrates. None if nothing is to serve.
    pub(super) async fn ready(
        &self,
        desired: &Desired,
        checked: Option<Checked>,
    ) -> Result<Option<Prepared>, DeployError> {
        let Some(checked) = checked else { return Ok(None) };
        let grants = self.grants(desired, checked.origin())?;
        Ok(Some(self.host.ready(checked, &grants).await?))
    }

    /// Makes live what was made ready, or nothing. Cannot fail.
    pub(super) fn swap(&self, desired: &Desired, prepared: Option<Prepared>) {
        let name = &desired.function;
        if desired.enabled {
            self.off.lock().remove(name)
        } else {
            self.off.lock().insert(name.clone())
        };
        match prepared {
            Some(prepared) => {
                self.host.swap_in(prepared);
                self.failures.lock().remove(name);
            }
            None => _ = self.host.take_down(name),
        }
        self.applied.lock().insert(name.clone(), desired.clone());
    }

    /// Puts live what is desired of one function, or takes it down, without a change of what is desired.
    pub(super) async fn bring_up(&self, desired: &Desired) -> Result<(), DeployError> {
        let checked = self.ahead(desired).await?;
        let prepared = self.ready(desired, checked).await?;
        self.swap(desired, prepared);
        Ok(())
    }

    /// Changes what is desired of a function, and then what serves. What is desired meanwhile by others is asked again once
    /// nobody else can change it, so `wish` may be called several times.
    ///
    /// # Errors
    /// `wish`'s own, and why what is desired does not go live: then nothing has changed, unless `anyway` says that the
    /// wish counts all the same.
    pub(super) async fn change(
        &self,
        function: &str,
        anyway: bool,
        wish: impl Fn(Desired) -> Result<Desired, DeployError>,
    ) -> Result<(), DeployError> {
        loop {
            let wanted = wish(self.desired(function).await?)?;
            let checked = self.ahead(&wanted).await;
            let _changing = self.changing.lock().await;
            let now = wish(self.desired(function).await?)?;
            // What is not there could not be checked either, and trying again would not help.
            let gone = checked.is_ok() && !self.is_kept(&now).await?;
            if gone || self.source(&now) != self.source(&wanted) {
                continue;
            }
            let ready = match checked {
                Ok(checked) => self.ready(&now, checked).await,
                Err(error) => Err(error),
            };
            if ready.is_err() && !anyway {
                return ready.map(drop);
            }
            self.registry.desire(now.clone()).await?;
            return ready.map(|prepared| self.swap(&now, prepared));
        }
    }

    /// Whether what is desired is still there: a deployment may have been swept away meanwhile.
    async fn is_kept(&self, desired: &Desired) -> Result<bool, DeployError> {
        let Source::Deployment(number) = self.source(desired) else { return Ok(true) };
        let kept = self.registry.deployments(&desired.function).await?;
        Ok(kept.iter().any(|kept| kept.number == number))
    }
}
