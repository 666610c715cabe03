//! The load generator: wrk with one thread, closed loop.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, bail};

use crate::{debian, process, workspace::Workspace};

/// What is asked, again and again.
pub struct Request {
    /// Of the root host.
    pub path: &'static str,
    /// A script in `bench/load`.
    pub script: &'static str,
    /// The function whose own host is asked; empty for the root host.
    pub function: &'static str,
}

/// `POST /api/buy_mpi` of one licence by an anonymous buyer.
pub const BUY: Request = Request { path: "/api/buy_mpi", script: "buy.lua", function: "" };
/// `GET /`.
pub const ROOT: Request = Request { path: "/", script: "read.lua", function: "" };
/// The turnover.
pub const MONEY: Request = Request { path: "/api/get_current_money", script: "read.lua", function: "" };

/// The version of the function that is swapped.
pub const VERSION: Request = Request { path: "/version", script: "read.lua", function: "hello" };

/// `POST /invoices` of five lines.
pub const INVOICE: Request = Request { path: "/invoices", script: "invoice.lua", function: "invoices" };
/// `GET /invoices/{id}`, one of many.
pub const GET_INVOICE: Request = Request { path: "/invoices", script: "get.lua", function: "invoices" };

/// What one turn gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Load {
    /// Answers with 2xx.
    pub requests: u64,
    /// Seconds from the first request to the last answer.
    pub seconds: f64,
    /// Half of the answers took at most this; microseconds.
    pub p50_us: u64,
    /// All but one in a hundred took at most this; microseconds.
    pub p99_us: u64,
}

impl Load {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

/// Loads `port` for `time`. Any answer but 2xx is an error: fast failures are no speed. What the script is `told` are
/// variables of its environment.
pub fn run(
    workspace: &Workspace,
    port: u16,
    request: &Request,
    time: Duration,
    connections: u32,
    told: &[(&str, &str)],
) -> Result<Load> {
    if process::found("wrk").is_none() {
        debian::install(&["wrk"], &workspace.notes("logs")?.join("apt.log")).context("the load generator, wrk")?;
    }
    let mut wrk = Command::new("wrk");
    wrk.envs(told.iter().copied());
    wrk.args(["-t1", &format!("-c{connections}"), &format!("-d{}s", time.as_secs().max(1)), "--timeout", "10s", "-s"]);
    wrk.arg(workspace.root.join("bench/load").join(request.script));
    wrk.arg(format!("http://127.0.0.1:{port}{}", request.path));
    if !request.function.is_empty() {
        wrk.args(["-H", &format!("Host: {}.localhost:{port}", request.function)]);
    }
    let output = process::answer(&mut wrk).with_context(|| format!("{} fails", process::shown(&wrk)))?;
    parse(&output)
}

/// Reads the line that `bench/load/report.lua` prints.
fn parse(output: &str) -> Result<Load> {
    let line = output.lines().find_map(|line| line.strip_prefix("load: ")).context("wrk reported nothing")?;
    let field = |name: &str| -> Result<u64> {
        let word = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        word.and_then(|word| word.parse().ok()).with_context(|| format!("no {name} in wrk's report: {line}"))
    };
    for kind in ["status", "connect", "read", "write", "timeout"] {
        if field(kind)? > 0 {
            bail!("answers that are none: {line}");
        }
    }
    let (requests, micros) = (field("requests")?, field("duration_us")?);
    if requests == 0 || micros == 0 {
        bail!("no request was answered: {line}");
    }
    // wrk takes redirects and informational answers for successes; its own summary names them.
    if output.contains("Non-2xx or 3xx responses") {
        bail!("not all answers were 2xx:\n{output}");
    }
    Ok(Load { requests, seconds: micros as f64 / 1e6, p50_us: field("p50_us")?, p99_us: field("p99_us")? })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn fast_failures_are_no_speed() {
        let line = |status: u32| {
            format!(
                "load: requests=800 duration_us=8000000 status={status} connect=0 read=0 write=0 timeout=0 p50_us=1 p99_us=9"
            )
        };
        assert!((parse(&line(0)).unwrap().rate() - 100.0).abs() < 1e-9);
        assert!(parse(&line(1)).is_err());
        assert!(parse("wrk broke off").is_err());
    }
}
