//! `cargo test` over the workspace: units, contracts, the repository's own rules, and the running program.

use std::fs;

use anyhow::{Context as _, Result};
use kontor_test_servers::{MONGODB, POSTGRES, REDIS, Recipe};

use super::{super::engines, Workbench};
use crate::{process, progress::say, tally::Tally, workspace::cargo};

/// Engines whose tests need a server, which they start themselves: the crate of their own tests, and what the names of
/// their cases in the suite of all engines begin with.
const TESTED: [(&Recipe, &str, &str); 3] = [
    (&POSTGRES, "kontor-data-postgres", "postgres::"),
    (&MONGODB, "kontor-data-mongodb", "mongodb::"),
    (&REDIS, "kontor-data-redis", "redis::"),
];

/// Runs it and shows what failed.
pub fn run(bench: &Workbench) -> Result<Tally> {
    let (log, noted) = (bench.log("cargo-test.log")?, bench.log("skipped.txt")?);
    fs::write(&noted, "")?;
    let mut test = cargo();
    test.args(["test", "--workspace", "--no-fail-fast"]).current_dir(&bench.workspace.root);
    test.env("KONTOR_BIN", &bench.program).env("KONTOR_SKIP_FILE", &noted);
    // Which server the cases of an engine ran on, where that is not the one that it is called by.
    let servers = bench.log("servers.txt")?;
    fs::write(&servers, "")?;
    test.env("KONTOR_SERVERS_FILE", &servers);
    test.env("KONTOR_TEST_GUESTS", bench.workspace.guests());
    // By which tests build functions of their own.
    test.env("KONTOR_TEST_XTASK", std::env::current_exe()?);
    let missing = engines::install(&engines::ALL, &bench.log("packages.log")?);
    let left_out: Vec<_> =
        TESTED.iter().filter(|(recipe, ..)| missing.iter().any(|(other, _)| other.name == recipe.name)).collect();
    for (_, own_crate, _) in &left_out {
        test.args(["--exclude", own_crate]);
    }
    // What follows goes to the test programs.
    test.arg("--");
    for (_, _, cases) in &left_out {
        test.args(["--skip", cases]);
    }
    let status = process::logged(&mut test, &log)?;
    let output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let mut tally = Tally::of_libtest(&output, &fs::read_to_string(&noted).context("the notes of skipped tests")?);
    for line in fs::read_to_string(&servers)?.lines() {
        say(&format!("engine {line}"));
    }
    tally.skipped.extend(missing.iter().map(|(recipe, reason)| format!("engine {}: {reason}", recipe.name)));
    if !status.success() {
        tally.failed = tally.failed.max(1);
        let failures = failures(&output);
        say(if failures.is_empty() { process::tail(&log) } else { failures }.as_str());
        say(&format!("the whole log: {}", log.display()));
    }
    Ok(tally)
}

/// What failed tests printed, and the list of their names.
fn failures(output: &str) -> String {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in output.lines() {
        inside = (inside || line == "failures:") && !line.starts_with("test result: ");
        if inside || line.starts_with("error: test failed") {
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::failures;

    #[test]
    fn only_what_failed_is_shown() {
        let output = "test a ... ok\n\nfailures:\n\n---- b stdout ----\nboom\ntest result: FAILED. 1 passed\nnoise\n";
        assert_eq!(failures(output), "failures:\n\n---- b stdout ----\nboom");
    }
}
