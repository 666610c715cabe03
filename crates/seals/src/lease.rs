//! Which of several processes on one database seals: so that they do not all do the same work. It is the unique key of the
//! chain that keeps it from forking, whatever clocks and leases do.

use std::sync::Arc;

use kontor_data::{Registry, RegistryError, Run};

/// A term. Who led the one before may go on; the others try from a second into it on.
const TERM_US: i64 = 5_000_000;
const HEAD_START_US: i64 = 1_000_000;

/// The right to seal.
pub enum Lease {
    /// Nobody else has the database: the lock on the data folder says so.
    Alone,
    /// The registry notes who begins a term first, as it does for moments of schedules.
    Shared(Terms),
}

/// Terms that are begun in the registry.
pub struct Terms {
    registry: Arc<dyn Registry>,
    held: Option<i64>,
    asked: Option<i64>,
}

impl Lease {
    /// A lease that all processes on this registry share.
    #[must_use]
    pub fn shared(registry: Arc<dyn Registry>) -> Self {
        Self::Shared(Terms { registry, held: None, asked: None })
    }

    /// Whether this process seals now; µs since 1970 UTC.
    ///
    /// # Errors
    /// The registry cannot be used; then nobody needs to lead.
    pub async fn leads(&mut self, now_us: i64) -> Result<bool, RegistryError> {
        match self {
            Self::Alone => Ok(true),
            Self::Shared(terms) => terms.lead(now_us).await,
        }
    }
}

impl Terms {
    async fn lead(&mut self, now_us: i64) -> Result<bool, RegistryError> {
        let term = now_us.div_euclid(TERM_US);
        if self.held == Some(term) {
            return Ok(true);
        }
        let led_before = self.held == Some(term - 1);
        let is_early = now_us.rem_euclid(TERM_US) < HEAD_START_US;
        if self.asked == Some(term) || (is_early && !led_before) {
            return Ok(false);
        }
        let run = Run {
            function: "kontor".to_owned(),
            schedule: "seals".to_owned(),
            due_us: term * TERM_US,
            ..Run::default()
        };
        let begun = self.registry.begin_run(run).await?;
        self.asked = Some(term);
        if begun {
            self.held = Some(term);
        }
        Ok(begun)
    }
}

#[cfg(test)]
mod tests {
    use kontor_data::Engine as _;
    use kontor_data_sqlite::SqliteEngine;

    use super::*;

    #[tokio::test]
    async fn one_process_leads_each_term_and_another_takes_over() {
        let registry = SqliteEngine::in_memory().unwrap().registry();
        let (mut one, mut two) = (Lease::shared(registry.clone()), Lease::shared(registry));
        let at = |term: i64, second: i64| term * TERM_US + second * 1_000_000;
        assert!(!one.leads(at(10, 0)).await.unwrap(), "nobody led before, so nobody has a head start");
        assert!(one.leads(at(10, 1)).await.unwrap());
        assert!(!two.leads(at(10, 2)).await.unwrap());
        assert!(one.leads(at(10, 4)).await.unwrap());
        assert!(one.leads(at(11, 0)).await.unwrap(), "who led goes on");
        assert!(!two.leads(at(11, 1)).await.unwrap());
        // The first one is gone.
        assert!(!two.leads(at(12, 0)).await.unwrap());
        assert!(two.leads(at(12, 1)).await.unwrap());
        assert!(!one.leads(at(12, 4)).await.unwrap(), "and has to hear of it when it is back");
    }
}
