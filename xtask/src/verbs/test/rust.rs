//! `cargo test` over the workspace: units, contracts, the repository's own rules, and the running program.

use std::fs;

use anyhow::{Context as _, Result};
use kontor_test_servers::{MARIADB, MONGODB, POSTGRES, REDIS, Recipe};

use super::{super::engines, Workbench};
use crate::{
    process,
    progress::say,
    tally::{EngineTally, Tally},
    workspace::cargo,
};

/// An engine, as its tests are called.
struct Tested {
    /// What people call it.
    name: &'static str,
    /// The server that its tests need and start themselves.
    recipe: Option<&'static Recipe>,
    /// The crate of its own tests.
    own_crate: &'static str,
    /// What the names of its cases in the suite of all engines begin with, and those of its tests in `e2e` after `engines::`.
    cases: &'static str,
}

/// Every engine that stores something.
const TESTED: [Tested; 5] = [
    Tested { name: "sqlite", recipe: None, own_crate: "kontor-data-sqlite", cases: "sqlite::" },
    Tested { name: "postgres", recipe: Some(&POSTGRES), own_crate: "kontor-data-postgres", cases: "postgres::" },
    Tested { name: "mariadb", recipe: Some(&MARIADB), own_crate: "kontor-data-mysql", cases: "mariadb::" },
    Tested { name: "mongodb", recipe: Some(&MONGODB), own_crate: "kontor-data-mongodb", cases: "mongodb::" },
    Tested { name: "redis", recipe: Some(&REDIS), own_crate: "kontor-data-redis", cases: "redis::" },
];

/// Runs it and shows what failed.
pub fn run(bench: &Workbench) -> Result<(Tally, Vec<EngineTally>)> {
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
    let reason_for = |tested: &Tested| {
        let recipe = tested.recipe?;
        missing.iter().find(|(other, _)| other.name == recipe.name).map(|(_, reason)| reason)
    };
    let left_out: Vec<&Tested> = TESTED.iter().filter(|tested| reason_for(tested).is_some()).collect();
    for tested in &left_out {
        test.args(["--exclude", tested.own_crate]);
    }
    // What follows goes to the test programs.
    test.arg("--");
    for tested in &left_out {
        test.args(["--skip", tested.cases]);
    }
    let status = process::logged(&mut test, &log)?;
    let output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let noted = fs::read_to_string(&noted).context("the notes of skipped tests")?;
    let mut tally = Tally::of_libtest(&output, &noted);
    let servers = fs::read_to_string(&servers)?;
    let engines = TESTED
        .iter()
        .map(|tested| {
            let mut own = EngineTally::of_libtest(tested.name, tested.own_crate, tested.cases, &output, &noted);
            own.skipped += u64::from(reason_for(tested).is_some());
            own.server =
                servers.lines().find_map(|line| line.strip_prefix(&format!("{}: ", tested.name)).map(str::to_owned));
            own
        })
        .collect();
    tally.skipped.extend(missing.iter().map(|(recipe, reason)| format!("engine {}: {reason}", recipe.name)));
    if !status.success() {
        tally.failed = tally.failed.max(1);
        let failures = failures(&output);
        say(if failures.is_empty() { process::tail(&log) } else { failures }.as_str());
        say(&format!("the whole log: {}", log.display()));
    }
    Ok((tally, engines))
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
