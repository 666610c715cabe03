//! A component that somebody wants to have live, from a command or from the folder.

use bytes::Bytes;
use kontor_data::Deployment;

use super::{DeployError, Deployments, now_us};
use crate::{Checked, LoadError, Origin, load::digest};

/// A component, and what came with it.
pub(super) struct Offer<'a> {
    pub(super) component: Bytes,
    /// The name that the function has to have, if that is known.
    pub(super) expected: Option<&'a str>,
    /// What it was called where it came from: the name of a component that has none of its own.
    pub(super) file: Option<&'a str>,
    /// Kept with the version.
    pub(super) who: &'a str,
    /// How the file is known again that it came in, if it came in one.
    pub(super) seen: Option<String>,
    /// As it came with it, in Base64.
    pub(super) signature: Option<String>,
}

impl Deployments {
    /// Checks a component, stores it, and puts it live. What served before serves on if any of it fails.
    pub(super) async fn take_in(&self, offer: Offer<'_>) -> Result<Deployment, DeployError> {
        let checked = self.checked(&offer).await?;
        let name = checked.manifest().name.clone();
        let done = self.go_live(&name, checked, &offer).await;
        // A file's failure is told by who follows the folder.
        if let (Err(error), None) = (&done, offer.expected) {
            self.fail(&name, &format!("deployed by {}: {error}", offer.who));
        }
        done
    }

    /// Whose it is comes first: nothing of a stranger's is compiled, and none of it runs.
    async fn checked(&self, offer: &Offer<'_>) -> Result<Checked, LoadError> {
        let component = offer.component.clone();
        let digest = tokio::task::spawn_blocking(move || digest(&component)).await;
        let digest = digest.map_err(|error| LoadError::Host(error.to_string()))?;
        self.granted.signers.check(&digest, offer.signature.as_deref())?;
        self.host.check(offer.component.clone(), Origin::Dropped, offer.expected, offer.file).await
    }

    async fn go_live(&self, name: &str, checked: Checked, offer: &Offer<'_>) -> Result<Deployment, DeployError> {
        let deployment = Deployment {
            function: name.to_owned(),
            number: 0,
            hash: checked.hash().to_owned(),
            version: checked.manifest().version.clone(),
            who: offer.who.to_owned(),
            deployed_us: now_us(),
            signature: offer.signature.as_ref().map(|text| text.trim().to_owned()),
        };
        let _changing = self.changing.lock().await;
        let desired = self.desired(name).await?;
        let prepared = self.ready(&desired, Some(checked)).await?;
        let deployment = self.registry.deploy(deployment, &offer.component, offer.seen.clone()).await?;
        self.swap(&super::Desired { number: Some(deployment.number), enabled: true, ..desired }, prepared);
        let (number, version, hash) = (deployment.number, &deployment.version, &deployment.hash);
        tracing::info!(function = name, number, version, hash, who = offer.who, "a function went live");
        Ok(deployment)
    }
}
