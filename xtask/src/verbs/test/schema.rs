//! schemathesis: requests that nobody would think of, against every operation that a function documents. Whatever it
//! sends, no answer may be a 5xx, and none may be one that the document does not allow.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::Workbench;
use crate::{
    debian, http, process,
    product::Product,
    progress::say,
    tally::{self, Tally},
    workspace,
};

const VERSION: &str = "schemathesis>=4,<5";
const FUNCTIONS: [&str; 2] = ["sales", "invoices"];
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Requests that each phase makes up for an operation.
const EXAMPLES_MAX: &str = "50";
/// Of one function.
const PATIENCE: Duration = Duration::from_secs(600);

/// Runs it over every function.
pub fn run(bench: &Workbench) -> Result<Tally> {
    let tool = match tool(bench) {
        Ok(tool) => tool,
        Err(error) => {
            let why = format!("all of them: schemathesis cannot be had: {error:#}");
            return Ok(Tally::without_tool(why, true, tally::in_ci()));
        }
    };
    let product = Product::new(&bench.workspace, &bench.program, "schema")?;
    let serving = product.open()?;
    let token = product.token("schemathesis", &["sales:reset", "invoices:read", "invoices:write"])?;
    // One sale, so that there is an invoice to be asked for.
    http::post(product.http, &product.host("sales"), "/api/buy_mpi", r#"{"license":"basic"}"#)?;
    let mut total = Tally::default();
    for function in FUNCTIONS {
        total.add(&examine(bench, &tool, &product, function, &token)?);
    }
    serving.stop()?;
    Ok(total)
}

fn examine(bench: &Workbench, tool: &Path, product: &Product, function: &str, token: &str) -> Result<Tally> {
    let (document, report) = (bench.log(&format!("{function}.openapi.json"))?, bench.log(&format!("{function}.xml"))?);
    let log = bench.log(&format!("schemathesis-{function}.log"))?;
    let host = product.host(function);
    fs::write(&document, http::get(product.http, &host, "/openapi.json")?.body)?;
    if report.exists() {
        fs::remove_file(&report)?;
    }
    let mut run = Command::new(tool);
    run.args(["--no-color", "run"]).arg(&document);
    // The address and the name apart: not every resolver knows that NAME.localhost is this machine.
    run.args(["--url", &format!("http://127.0.0.1:{}", product.http), "--header", &format!("Host: {host}")]);
    run.args(["--header", &format!("Authorization: Bearer {token}"), "--checks", CHECKS]);
    run.args(["--max-examples", EXAMPLES_MAX, "--generation-deterministic", "--request-timeout", "30"]);
    run.args(["--report", "junit", "--report-junit-path"]).arg(&report);
    // It keeps examples beside where it runs.
    run.current_dir(bench.workspace.notes("schema")?);
    let content = process::bounded(&mut run, &log, PATIENCE)?;
    let mut tally = Tally::of_junit(&fs::read_to_string(&report).unwrap_or_default());
    if !content {
        tally.failed = tally.failed.max(1);
        say(&format!("{function}:\n{}\nthe whole log: {}", process::tail(&log), log.display()));
    } else if tally.passed == 0 {
        bail!("schemathesis found no operation of {function}; its log: {}", log.display());
    }
    Ok(tally)
}

/// The tool in a folder of its own, kept over clones.
fn tool(bench: &Workbench) -> Result<PathBuf> {
    let folder = workspace::cache("schemathesis-4")?;
    let tool = folder.join("bin/schemathesis");
    if process::answer(Command::new(&tool).arg("--version")).is_some() {
        return Ok(tool);
    }
    let log = bench.log("schemathesis-install.log")?;
    let venv = || process::succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), &log);
    if venv().is_err() {
        // Debian has Python's own tool for it in a package of its own.
        debian::install(&["python3-venv"], &log)?;
        venv().context("python3 -m venv")?;
    }
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", VERSION]);
    process::succeed(&mut pip, &log)?;
    Ok(tool)
}
