//! p5: from the start of the process to the first answer of a function, and the first call of another one. p6: what the
//! idle process holds in memory.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{
    Setup,
    bar::{Bar, Series},
};
use crate::{http, product::Product};

const FIRST_ANSWER_MS: f64 = 100.0;
const FIRST_CALL_MS: f64 = 5.0;
const IDLE_MIB: f64 = 64.0;
const STARTS: usize = 10;
/// Allocators give memory back a while after it was used.
const SETTLE: Duration = Duration::from_secs(3);
const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    let product = setup.product()?;
    // Compiles the functions and makes their databases: that is the first start, not the ones that are measured.
    product.open()?.stop()?;
    let (mut first, mut call, mut idle) = (Series::default(), Series::default(), Series::default());
    for _ in 0..STARTS {
        let (first_ms, call_ms, idle_bytes) = one_start(&product)?;
        first.push(first_ms);
        call.push(call_ms);
        idle.push(idle_bytes / MIB);
    }
    println!("first answer     {first} ms");
    println!("first call       {call} ms");
    println!("idle memory      {idle} MiB");
    product.remove()?;
    let (first_ms, call_ms, idle_mib) = (first.median(), call.median(), idle.median());
    let ratio = (FIRST_ANSWER_MS / first_ms).min(FIRST_CALL_MS / call_ms);
    let times = vec![("first_ms", format!("{first_ms:.0}")), ("call_ms", format!("{call_ms:.1}"))];
    let memory = vec![("idle_mib", format!("{idle_mib:.1}"))];
    Ok(vec![
        Bar { id: "p5", ratio, bar: Some(1.0), figures: times },
        Bar { id: "p6", ratio: IDLE_MIB / idle_mib, bar: Some(1.0), figures: memory },
    ])
}

/// Milliseconds to the first answer, of the first call of another function, and resident bytes.
fn one_start(product: &Product) -> Result<(f64, f64, f64)> {
    let start = Instant::now();
    let mut serving = product.spawn()?;
    let often = (Duration::from_micros(500), Duration::from_secs(30));
    let answer = http::until_answered(product.http, "/api/licenses", often, || serving.alive())?;
    let first_ms = start.elapsed().as_secs_f64() * 1e3;
    ensure!(answer.status == 200, "the first answer is {}: {}", answer.status, answer.body);
    // Nobody has called `invoices` in this process yet. That it does not know this receipt is its own answer.
    let start = Instant::now();
    let answer = http::get(product.http, &product.host(""), "/receipts/AAAAAAAAAAAAAAAAAAAAAA")?;
    let call_ms = start.elapsed().as_secs_f64() * 1e3;
    ensure!(answer.body.contains("unknown-receipt"), "not the function's answer: {} {}", answer.status, answer.body);
    sleep(SETTLE);
    let idle = serving.resident_bytes()?;
    serving.stop()?;
    Ok((first_ms, call_ms, idle as f64))
}
