//! What else runs in the program and has something to say to operators, without the edge knowing what it is.

/// Something that runs beside functions.
pub trait Watched: Send + Sync {
    /// What waits for the operator while everything else goes on; each says what, where, and what to do.
    fn warnings(&self) -> Vec<String>;

    /// Figures for `/metrics`.
    fn readings(&self) -> Vec<Reading>;
}

/// A gauge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// As Prometheus names it.
    pub name: &'static str,
    /// What it is, with its unit.
    pub help: &'static str,
    /// Its value now.
    pub value: i64,
}
