//! A registry that other processes write too: what they order is done here as well.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use kontor_data::Desired;

use super::{DeployError, Deployments};
use crate::LoadError;

/// Between two looks. An order has to have arrived everywhere within two seconds, compiling not counted.
const LOOK: Duration = Duration::from_millis(500);
/// Between two looks while the registry does not answer.
const TROUBLED: Duration = Duration::from_secs(2);

/// What decides of a wish what serves. Which file somebody saw does not.
fn is_the_same(one: &Desired, other: &Desired) -> bool {
    (one.number, one.enabled, &one.grants) == (other.number, other.enabled, &other.grants)
}

impl Deployments {
    /// Looks until the host stops.
    pub(super) async fn follow_registry(self: Arc<Self>) {
        let mut told = None;
        loop {
            tokio::time::sleep(if told.is_some() { TROUBLED } else { LOOK }).await;
            if self.host.shared.is_stopping() {
                return;
            }
            let failed = self.catch_up().await.err().map(|error| error.to_string());
            if let Some(error) = failed.as_ref().filter(|error| told.as_ref() != Some(*error)) {
                tracing::error!(%error, "what other programs deploy cannot be followed; trying again");
            }
            told = failed;
        }
    }

    /// Does what was ordered elsewhere since the last look.
    async fn catch_up(self: &Arc<Self>) -> Result<(), DeployError> {
        let applied = self.applied.lock().clone();
        let mut ordered = BTreeMap::new();
        for desired in self.registry.desired().await? {
            let before = applied.get(&desired.function);
            let is_new = !is_the_same(before.unwrap_or(&Desired::of(&desired.function)), &desired);
            if is_new {
                ordered.insert(desired.function.clone(), desired);
            }
        }
        // One function that takes long to compile keeps no other waiting.
        let mut going = tokio::task::JoinSet::new();
        for desired in ordered.into_values() {
            let deployments = self.clone();
            going.spawn(async move { deployments.do_as_ordered(desired).await });
        }
        going.join_all().await.into_iter().collect()
    }

    /// Does it unless this process has changed the same function meanwhile. What does not go live here is told and not
    /// tried again until the next order: what served before serves on.
    async fn do_as_ordered(&self, desired: Desired) -> Result<(), DeployError> {
        let name = desired.function.clone();
        let before = self.applied.lock().get(&name).cloned();
        if before.as_ref().map(|before| &before.grants) != Some(&desired.grants) {
            // A file in this folder that was refused may go live now.
            self.granted_count.fetch_add(1, Relaxed);
        }
        let checked = self.ahead(&desired).await;
        let _changing = self.changing.lock().await;
        if self.applied.lock().get(&name) != before.as_ref() {
            return Ok(());
        }
        let ready = match checked {
            Ok(checked) => self.ready(&desired, checked).await,
            Err(error) => Err(error),
        };
        match ready {
            Ok(prepared) => {
                let (number, enabled) = (desired.number, desired.enabled);
                tracing::info!(function = %name, number, enabled, "another program's order is done here too");
                self.swap(&desired, prepared);
            }
            Err(DeployError::Registry(error)) => return Err(error.into()),
            Err(error) => {
                self.fail(&name, &format!("ordered at another program: {error}"));
                let is_of_before = before.is_some_and(|before| before.number == desired.number);
                if is_of_before && matches!(error, DeployError::Load(LoadError::NotGranted(_))) {
                    // What served has just what was taken back.
                    self.host.take_down(&name);
                }
                self.applied.lock().insert(name, desired);
            }
        }
        Ok(())
    }
}
