//! What instances may hold: each by itself, and all of them together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use wasmtime::ResourceLimiter;

use super::meter::Meter;

/// Memory of all instances together, bytes.
pub(crate) const TOTAL_MAX_BYTES: usize = 1 << 30;

/// What a table's element costs, bytes.
const TABLE_ELEMENT_BYTES: usize = size_of::<usize>();

/// What is left for all instances.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicUsize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: AtomicUsize::new(TOTAL_MAX_BYTES) }
    }
}

impl Budget {
    fn take(&self, bytes: usize) -> bool {
        self.left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    /// A share for what the host itself keeps on a function's behalf.
    pub(crate) fn hold(self: &Arc<Self>) -> Held {
        Held { bytes: 0, budget: self.clone() }
    }
}

/// A share of the memory of all instances, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: usize,
    budget: Arc<Budget>,
}

impl Held {
    /// Takes so much in all; false if there is not enough left.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        let fits = self.budget.take(more);
        if fits {
            self.bytes += more;
        }
        fits
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Relaxed);
    }
}

/// One instance's memories and tables. Gives back what it took when it goes.
#[derive(Debug)]
pub(crate) struct Memory {
    max_bytes: usize,
    used_bytes: usize,
    refused: bool,
    budget: Arc<Budget>,
    meter: Arc<Meter>,
}

impl Memory {
    /// Nothing used yet.
    pub(crate) fn new(max_bytes: usize, budget: Arc<Budget>, meter: Arc<Meter>) -> Self {
        Self { max_bytes, used_bytes: 0, refused: false, budget, meter }
    }

    /// Whether it was ever refused. What the guest made of that nobody knows, so such an instance serves no other call.
    pub(crate) fn refused(&self) -> bool {
        self.refused
    }

    /// What it holds, bytes.
    pub(crate) fn used_bytes(&self) -> usize {
        self.used_bytes
    }

    fn grow(&mut self, bytes: usize) -> bool {
        let fits = self.used_bytes.checked_add(bytes).is_some_and(|used| used <= self.max_bytes);
        if fits && self.budget.take(bytes) {
            self.used_bytes += bytes;
            self.meter.set_memory(self.used_bytes);
            return true;
        }
        self.refused = true;
        false
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.used_bytes, Relaxed);
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            // The component's own limit: an ordinary refusal that it reckons with.
            return Ok(false);
        }
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        Ok(self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT_BYTES)))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.refused = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_and_tables_count_together() {
        let mut memory = Memory::new(100, Arc::default(), Arc::default());
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.table_growing(0, 5, None).unwrap(), "60 + 5 × 8 fit");
        assert!(!memory.refused());
        assert!(!memory.memory_growing(60, 61, None).unwrap());
        assert!(memory.refused());
        assert_eq!(memory.used_bytes(), 100);
    }

    #[test]
    fn what_an_instance_held_goes_back_to_all() {
        let budget = Arc::new(Budget::default());
        let mut first = Memory::new(usize::MAX, budget.clone(), Arc::default());
        assert!(first.memory_growing(0, TOTAL_MAX_BYTES, None).unwrap());
        let mut second = Memory::new(usize::MAX, budget, Arc::default());
        assert!(!second.memory_growing(0, 1, None).unwrap(), "all of it is taken");
        drop(first);
        assert!(second.memory_growing(0, 1, None).unwrap());
    }

    #[test]
    fn what_the_host_keeps_for_a_function_counts_too() {
        let budget = Arc::new(Budget::default());
        let mut held = budget.hold();
        assert!(held.grow_to(TOTAL_MAX_BYTES - 10) && !held.grow_to(TOTAL_MAX_BYTES + 1));
        assert!(!budget.hold().grow_to(11));
        drop(held);
        assert!(budget.hold().grow_to(TOTAL_MAX_BYTES), "all of it is free again");
    }

    #[test]
    fn a_components_own_maximum_is_no_misbehaviour() {
        let mut memory = Memory::new(100, Arc::default(), Arc::default());
        assert!(!memory.memory_growing(0, 20, Some(10)).unwrap());
        assert!(!memory.refused());
    }
}
