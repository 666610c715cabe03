//! Where an engine runs for a case.

use std::sync::Arc;

use kontor_data::Async;

/// A place for an engine's data that belongs to one case.
pub struct Stand<E: ?Sized> {
    start: Box<dyn Fn() -> Async<'static, Arc<E>> + Send + Sync>,
}

impl<E: ?Sized> Stand<E> {
    /// `start` gives an engine on data that is empty at first. After everything that an engine opened is closed, it is
    /// called again: what it gives then finds what the earlier one left, as another process would.
    pub fn new<F>(start: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Arc<E>> + Send + 'static,
    {
        Self { start: Box::new(move || Box::pin(start())) }
    }

    /// An engine on the stand's data.
    pub async fn engine(&self) -> Arc<E> {
        (self.start)().await
    }
}
