//! Playwright: the pages in Debian's Chromium, against the program as users get it.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};

use super::Workbench;
use crate::{
    debian, process,
    product::Product,
    progress::say,
    tally::{self, Tally},
    web,
};

/// Runs it and shows what failed.
pub fn run(bench: &Workbench) -> Result<Tally> {
    let Some(chromium) = chromium(bench)? else {
        let how = debian::command(&["chromium"]);
        let why = format!("all of them: no Chromium; as root on Debian: {how}");
        return Ok(Tally::without_tool(why, debian::can_install(), tally::in_ci()));
    };
    web::install_packages(&bench.workspace)?;
    let (log, report) = (bench.log("playwright.log")?, bench.log("playwright.json")?);
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let product = Product::new(&bench.workspace, &bench.program, "browser")?.dev();
    let serving = product.open()?;
    let mut test = web::npm(&bench.workspace)?;
    test.args(["run", "e2e", "--", "--reporter=list,json"]);
    // Two names: the variable was renamed.
    test.env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report).env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    test.env("KONTOR_URL", format!("http://localhost:{}", product.http));
    test.env("KONTOR_ADMIN_URL", format!("http://localhost:{}", product.admin));
    test.env("KONTOR_CHROMIUM", chromium).env("CI", "1");
    let status = process::logged(&mut test, &log)?;
    serving.stop()?;
    let read = || serde_json::from_slice(&fs::read(&report)?).context("Playwright's report");
    let mut tally = read().map(|report| Tally::of_playwright(&report)).unwrap_or_default();
    if !status.success() {
        tally.failed = tally.failed.max(1);
        say(&process::tail(&log));
        say(&format!("the program's own log: {}", product.log().display()));
    }
    Ok(tally)
}

fn chromium(bench: &Workbench) -> Result<Option<PathBuf>> {
    let present = || process::found("chromium").or_else(|| process::found("chromium-browser"));
    if present().is_none() && debian::can_install() {
        // Where there is no such package, the tests are skipped by name like on any other machine.
        let _ = debian::install(&["chromium"], &bench.log("apt.log")?);
    }
    Ok(present())
}
