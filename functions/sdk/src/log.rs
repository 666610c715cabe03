//! The function's log. Never log secrets or personal data.

use crate::seam;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug,
    /// For whoever wants to know what goes on.
    Info,
    /// Something that should not be, and that goes on all the same.
    Warn,
    /// Something failed.
    Error,
}

/// Writes one line; past 8 KiB it is cut.
pub fn write(level: Level, message: &str) {
    seam::log(level, message);
}

/// Writes a line for whoever wants to know what goes on.
pub fn info(message: &str) {
    write(Level::Info, message);
}

/// Writes a line about something that should not be.
pub fn warn(message: &str) {
    write(Level::Warn, message);
}

/// Writes a line about something that failed.
pub fn error(message: &str) {
    write(Level::Error, message);
}
