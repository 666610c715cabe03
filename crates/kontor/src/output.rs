//! What commands print. Whoever reads may have read enough (`kontor functions list | head`): that ends the command, and is
//! no fault.

use std::{
    fmt,
    io::{self, ErrorKind, Write as _},
};

use anyhow::{Context as _, Result};

/// Prints a line; ends the command, by `?`, when nobody reads any more.
macro_rules! say {
    () => { $crate::output::line(format_args!(""))? };
    ($($part:tt)*) => { $crate::output::line(format_args!($($part)*))? };
}

/// Prints a line at once, so that who follows sees it.
///
/// # Errors
/// It cannot be printed; see [`is_read_enough`].
pub fn line(text: fmt::Arguments<'_>) -> Result<()> {
    text_as_it_is(format_args!("{text}\n"))
}

/// Prints text without the end of a line.
///
/// # Errors
/// As [`line`].
pub fn text_as_it_is(text: fmt::Arguments<'_>) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_fmt(text).and_then(|()| out.flush()).context("cannot print")
}

/// Whether an error only says that nobody reads any more.
pub fn is_read_enough(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe))
        && error.to_string() == "cannot print"
}
