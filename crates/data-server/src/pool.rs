//! Connections that are each used by one caller at a time.

use std::sync::Arc;

use deadpool::{
    Runtime,
    managed::{self, Metrics, Object, PoolConfig, QueueMode, RecycleError, RecycleResult, Timeouts},
};
use kontor_data::{OpenError, SqlError};

use crate::{Failure, Session, Shared};

/// Makes and checks connections.
struct Readiness<S: Session> {
    shared: Arc<Shared<S>>,
    purpose: S::Purpose,
}

impl<S: Session> managed::Manager for Readiness<S> {
    type Type = S;
    type Error = String;

    async fn create(&self) -> Result<S, String> {
        self.shared.connect_for(&self.purpose).await
    }

    /// A connection whose work was given up in the middle, or that the server closed, is not handed on.
    async fn recycle(&self, session: &mut S, _: &Metrics) -> RecycleResult<String> {
        if session.is_broken() { Err(RecycleError::message("the connection is of no use")) } else { Ok(()) }
    }
}

/// A pool of connections.
pub struct Pool<S: Session> {
    shared: Arc<Shared<S>>,
    pool: managed::Pool<Readiness<S>>,
}

impl<S: Session> Pool<S> {
    /// A pool of at most so many connections. None is made yet.
    ///
    /// # Errors
    /// If the settings make no pool.
    pub fn new(shared: Arc<Shared<S>>, purpose: S::Purpose, connections_max: usize) -> Result<Self, OpenError> {
        let timeouts = Timeouts { wait: Some(shared.limits.statement_time_max), create: None, recycle: None };
        let config = PoolConfig { max_size: connections_max.max(1), timeouts, queue_mode: QueueMode::Lifo };
        let manager = Readiness { shared: Arc::clone(&shared), purpose };
        let pool = managed::Pool::builder(manager).config(config).runtime(Runtime::Tokio1).build();
        let pool = pool.map_err(|error| OpenError::Store(format!("no pool can be made: {error}")))?;
        Ok(Self { shared, pool })
    }

    /// Does something on a connection. If that is given up in the middle or the connection breaks, nobody gets it again.
    ///
    /// # Errors
    /// Those of the work, and those of getting a connection.
    pub async fn with<T>(&self, work: impl AsyncFnOnce(&mut S) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut session: Object<Readiness<S>> = self.pool.get().await.map_err(|error| match error {
            managed::PoolError::Backend(reason) => {
                self.shared.fails(&reason);
                Failure::Lost(reason)
            }
            managed::PoolError::Closed => Failure::Batch(self.shared.gone()),
            _ => Failure::Batch(SqlError::Busy("all connections are taken; try again".to_owned())),
        })?;
        session.set_busy(true);
        let done = work(&mut session).await;
        let is_lost = matches!(done, Err(Failure::Lost(_)));
        session.set_busy(is_lost);
        if is_lost {
            // What broke this one broke those that lie idle, and not every server's connections notice it by themselves.
            self.pool.retain(|_, _| false);
        }
        done
    }

    /// Closes every connection.
    pub fn close(&self) {
        self.pool.close();
    }
}
