//! Counts of tests over runners that each count in their own way.

use serde_json::Value;

use crate::progress::say;

/// Whether nobody watches: GitHub, GitLab and most others set it.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|ci| ci == "true" || ci == "1")
}

/// What one runner, or all of them, did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that ran and were content.
    pub passed: u64,
    /// Tests that were not, and runners that broke off.
    pub failed: u64,
    /// Tests that could not run here, each with its reason.
    pub skipped: Vec<String>,
}

impl Tally {
    /// A part that cannot run at all on this machine.
    pub fn skip(why: impl Into<String>) -> Self {
        Self { skipped: vec![why.into()], ..Self::default() }
    }

    /// A part that lacks a tool. Where the tool `can_be_had` and nobody looks at what was skipped, as in CI, that is a
    /// failure: a part that silently stays away looks like one that is content.
    pub fn without_tool(why: impl Into<String>, can_be_had: bool, in_ci: bool) -> Self {
        if can_be_had && in_ci {
            say(&format!("{}; CI has to have it", why.into()));
            return Self { failed: 1, ..Self::default() };
        }
        Self::skip(why)
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend_from_slice(&other.skipped);
    }

    /// What `cargo test` printed. Its "ignored" are skipped; `noted` are tests that skipped themselves while running:
    /// libtest counts these as passed.
    pub fn of_libtest(output: &str, noted: &str) -> Self {
        let mut tally = Self::default();
        for line in output.lines() {
            if let Some(counts) = line.strip_prefix("test result: ") {
                tally.passed += count(counts, " passed");
                tally.failed += count(counts, " failed");
            } else if let Some((name, why)) =
                line.strip_prefix("test ").and_then(|test| test.split_once(" ... ignored"))
            {
                let why = why.trim_start_matches([',', ' ']);
                tally.skipped.push(format!("{name}: {}", if why.is_empty() { "ignored" } else { why }));
            }
        }
        for line in noted.lines().filter(|line| !line.trim().is_empty()) {
            tally.passed = tally.passed.saturating_sub(1);
            tally.skipped.push(line.to_owned());
        }
        tally
    }

    /// Vitest's JSON report.
    pub fn of_vitest(report: &Value) -> Self {
        let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or_default();
        let mut tally =
            Self { passed: number("numPassedTests"), failed: number("numFailedTests"), skipped: Vec::new() };
        // A file that does not even load has no tests to fail.
        tally.failed = tally.failed.max(number("numFailedTestSuites").min(1));
        let skipped = number("numPendingTests") + number("numTodoTests");
        tally.skipped.extend((0..skipped).map(|_| "vitest: marked as skipped".to_owned()));
        tally
    }

    /// Playwright's JSON report. A flaky test is a failed one.
    pub fn of_playwright(report: &Value) -> Self {
        let number = |name: &str| report.pointer(&format!("/stats/{name}")).and_then(Value::as_u64).unwrap_or_default();
        let errors = report.get("errors").and_then(Value::as_array).map_or(0, Vec::len);
        let mut tally = Self { passed: number("expected"), ..Self::default() };
        tally.failed = (number("unexpected") + number("flaky")).max(u64::from(errors > 0));
        let mut names = Vec::new();
        skipped_specs(report, &mut names);
        names
            .resize(usize::try_from(number("skipped")).unwrap_or_default(), "playwright: marked as skipped".to_owned());
        tally.skipped = names;
        tally
    }

    /// A JUnit report: one case an operation.
    pub fn of_junit(xml: &str) -> Self {
        let attribute = |element: &str, name: &str| -> u64 {
            let value = element.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.and_then(|value| value.parse().ok()).unwrap_or_default()
        };
        let mut tally = Self::default();
        for suite in xml.split("<testsuite ").skip(1) {
            let suite = format!(" {}", suite.split('>').next().unwrap_or_default());
            let (failed, skipped) =
                (attribute(&suite, "failures") + attribute(&suite, "errors"), attribute(&suite, "skipped"));
            tally.passed += attribute(&suite, "tests").saturating_sub(failed + skipped);
            tally.failed += failed;
            tally.skipped.extend((0..skipped).map(|_| "an operation that nothing could be generated for".to_owned()));
        }
        tally
    }
}

/// What the tests of one engine did: those of its own crate, its cases in the suite of all engines, and the running program on
/// it. They are counted among all others too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineTally {
    name: &'static str,
    passed: u64,
    failed: u64,
    /// Tests that could not run here, or one if its server is missing as a whole.
    pub skipped: u64,
    /// Which server they ran on, where that is not the one that the engine is called by.
    pub server: Option<String>,
}

impl EngineTally {
    /// Counts in what `cargo test` printed: all tests of `own_crate`, and those whose names have `cases` in them.
    pub fn of_libtest(name: &'static str, own_crate: &str, cases: &str, output: &str, noted: &str) -> Self {
        // Cargo names the program of what follows: `Running tests/x.rs (…/deps/NAME-HASH)`.
        let mut tally = Self { name, passed: 0, failed: 0, skipped: 0, server: None };
        let mut is_own = false;
        for line in output.lines() {
            let line = line.trim_start();
            if line.starts_with("Running ") || line.starts_with("Doc-tests ") {
                is_own = is_program_of(line.trim_end_matches(')'), own_crate);
            }
            let Some((test, end)) = line.strip_prefix("test ").and_then(|test| test.split_once(" ... ")) else {
                continue;
            };
            if !is_own && !is_case(test, cases) {
                continue;
            }
            match end {
                "ok" => tally.passed += 1,
                end if end.starts_with("ignored") => tally.skipped += 1,
                _ => tally.failed += 1,
            }
        }
        let noted = noted.lines().filter(|line| is_case(line, cases)).count() as u64;
        tally.passed = tally.passed.saturating_sub(noted);
        tally.skipped += noted;
        tally
    }
}

impl std::fmt::Display for EngineTally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, passed, failed, skipped, server } = self;
        write!(out, "engine {name}: {passed} passed, {failed} failed, {skipped} skipped")?;
        server.as_ref().map_or(Ok(()), |server| write!(out, " ({server})"))
    }
}

/// `sqlite::…`, or `engines::sqlite::…`, and not `not_sqlite::…`.
fn is_case(test: &str, cases: &str) -> bool {
    test.starts_with(cases) || test.contains(&format!("::{cases}"))
}

/// The programs of `kontor-data-x` are `kontor_data_x-HASH` for its unit tests, and `x-HASH` for its test of that name.
fn is_program_of(line: &str, own_crate: &str) -> bool {
    let program = line.rsplit('/').next().unwrap_or_default();
    let name = program.rsplit_once('-').map_or(program, |(name, _)| name);
    let short = own_crate.rsplit('-').next().unwrap_or_default();
    name == own_crate.replace('-', "_") || name == short
}

fn count(counts: &str, word: &str) -> u64 {
    let before = counts.split(word).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn skipped_specs(suite: &Value, names: &mut Vec<String>) {
    let list = |name: &str| suite.get(name).and_then(Value::as_array).into_iter().flatten();
    for spec in list("specs") {
        let tests = spec.get("tests").and_then(Value::as_array).into_iter().flatten();
        for test in tests.filter(|test| test.get("status").and_then(Value::as_str) == Some("skipped")) {
            let title = spec.get("title").and_then(Value::as_str).unwrap_or_default();
            let why = test.pointer("/annotations/0/description").and_then(Value::as_str).unwrap_or("marked as skipped");
            names.push(format!("{title}: {why}"));
        }
    }
    for inner in list("suites") {
        skipped_specs(inner, names);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{EngineTally, Tally};

    #[test]
    fn libtest_is_counted_over_all_its_programs() {
        let output = "test a ... ok\ntest b ... ignored, needs a disk\ntest result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\n\
                      test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured\n";
        let tally = Tally::of_libtest(output, "full_disk: no room for a file system\n");
        assert_eq!((tally.passed, tally.failed), (3, 2));
        assert_eq!(tally.skipped, ["b: needs a disk", "full_disk: no room for a file system"]);
    }

    #[test]
    fn an_engine_has_its_own_tests_and_its_cases_elsewhere() {
        let output = "     Running unittests src/lib.rs (target/debug/deps/kontor_data_mysql-1a2b)\n\
                      test names::fit ... ok\n\
                      \x20    Running tests/mysql/main.rs (target/debug/deps/mysql-3c4d)\n\
                      test outage::killed ... ok\ntest outage::hangs ... FAILED\n\
                      \x20    Running tests/engines/main.rs (target/debug/deps/engines-5e6f)\n\
                      test mariadb::types::x ... ok\ntest postgres::types::x ... ok\ntest remote::mariadbish::x ... ok\n\
                      \x20    Running tests/all/main.rs (target/debug/deps/all-7a8b)\n\
                      test engines::mariadb::two ... ok\ntest engines::mariadb::three ... ignored, why\n";
        let noted = "engines::mariadb::two: no server\n";
        let tally = EngineTally::of_libtest("mariadb", "kontor-data-mysql", "mariadb::", output, noted);
        assert_eq!(tally.to_string(), "engine mariadb: 3 passed, 1 failed, 2 skipped");
    }

    #[test]
    fn a_tool_that_can_be_had_has_to_be_there_in_ci() {
        for (can_be_had, in_ci, failed) in [(true, true, 1), (true, false, 0), (false, true, 0), (false, false, 0)] {
            let tally = Tally::without_tool("no Chromium", can_be_had, in_ci);
            assert_eq!((tally.failed, tally.skipped.len()), (failed, 1 - failed as usize), "{can_be_had} {in_ci}");
        }
    }

    #[test]
    fn a_flaky_page_is_a_failed_one_and_a_skipped_one_has_a_name() {
        let skipped = json!({"title": "prints", "tests": [{"status": "skipped", "annotations": [{"description": "no printer"}]}]});
        let report = json!({"stats": {"expected": 4, "unexpected": 1, "flaky": 1, "skipped": 1},
            "suites": [{"suites": [{"specs": [skipped]}]}]});
        let expected = Tally { passed: 4, failed: 2, skipped: vec!["prints: no printer".to_owned()] };
        assert_eq!(Tally::of_playwright(&report), expected);
    }

    #[test]
    fn a_page_test_that_does_not_load_fails() {
        assert_eq!(Tally::of_vitest(&json!({"numPassedTests": 0, "numFailedTestSuites": 1})).failed, 1);
        assert_eq!(Tally::of_playwright(&json!({"errors": [{"message": "no such file"}], "stats": {}})).failed, 1);
    }

    #[test]
    fn junit_counts_what_is_left_as_passed() {
        let xml = r#"<testsuites><testsuite name="x" tests="5" failures="1" errors="1" skipped="1"><testcase/></testsuite></testsuites>"#;
        let tally = Tally::of_junit(xml);
        assert_eq!((tally.passed, tally.failed, tally.skipped.len()), (2, 2, 1));
    }
}
