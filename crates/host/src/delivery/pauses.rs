//! Why deliveries pause, for operators.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// Why, by source and subscriber; who is not here does not pause.
#[derive(Debug, Default)]
pub(crate) struct Pauses(Mutex<BTreeMap<(String, String), String>>);

impl Pauses {
    /// The subscriber cannot take anything for now.
    pub(super) fn begun(&self, source: &str, subscriber: &str, why: &str) {
        self.0.lock().insert((source.to_owned(), subscriber.to_owned()), why.to_owned());
    }

    /// It took something, or could have.
    pub(super) fn over(&self, source: &str, subscriber: &str) {
        let mut pauses = self.0.lock();
        // Nearly always there is none, and then no name is copied.
        if !pauses.is_empty() {
            pauses.remove(&(source.to_owned(), subscriber.to_owned()));
        }
    }

    /// Why deliveries of `source` to `subscriber` pause, if they do.
    pub(crate) fn of(&self, source: &str, subscriber: &str) -> Option<String> {
        self.0.lock().get(&(source.to_owned(), subscriber.to_owned())).cloned()
    }
}
