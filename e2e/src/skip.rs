//! Tests that cannot run on this machine are counted by name, never silently passed.

use std::{fs::OpenOptions, io::Write as _};

/// Says that the test `name` did not run, and why. The test returns after it.
///
/// libtest knows no skipping at run time, so `cargo xtask test` names a file in `KONTOR_SKIP_FILE`, to which one line
/// `NAME: WHY` is added, and prints them in its summary. Without the variable the line goes to standard error alone.
pub fn skipped(name: &str, why: &str) {
    eprintln!("KONTOR-SKIPPED {name}: {why}");
    let Some(file) = std::env::var_os("KONTOR_SKIP_FILE") else { return };
    // One write of one short line: appends of parallel tests do not mix.
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(format!("{name}: {why}\n").as_bytes()));
    if let Err(error) = written {
        eprintln!("cannot note the skipped test {name} in {}: {error}", file.display());
    }
}
