//! Vitest: what the pages compute, without a browser.

use std::fs;

use anyhow::{Context as _, Result};

use super::Workbench;
use crate::{process, progress::say, tally::Tally, web};

/// Runs it and shows what failed.
pub fn run(bench: &Workbench) -> Result<Tally> {
    web::install_packages(&bench.workspace)?;
    let (log, report) = (bench.log("vitest.log")?, bench.log("vitest.json")?);
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut test = web::npm(&bench.workspace)?;
    test.args(["test", "--", "--reporter=default", "--reporter=json"])
        .arg(format!("--outputFile={}", report.display()));
    let status = process::logged(&mut test, &log)?;
    let read = || serde_json::from_slice(&fs::read(&report)?).context("Vitest's report");
    let mut tally = read().map(|report| Tally::of_vitest(&report)).unwrap_or_default();
    if !status.success() {
        tally.failed = tally.failed.max(1);
        say(&process::tail(&log));
    }
    Ok(tally)
}
