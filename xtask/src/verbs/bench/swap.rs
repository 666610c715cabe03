//! A function is exchanged by copying a file, again and again, while clients call it: how long until the new version
//! answers, and how many requests are lost.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};

use super::{
    Setup,
    bar::{Bar, Series},
    guest::named,
    load,
};
use crate::{http, product::Product, wasm};

/// A new version answers within this, milliseconds.
const LIVE_MS: f64 = 1000.0;
const SWAPS: u32 = 20;
/// The load goes on for longer than all swaps take.
const LOAD: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    wasm::build_guests(&setup.workspace)?;
    let guest = fs::read(setup.workspace.guests().join("guest.wasm"))?;
    let product = setup.product()?;
    let serving = product.open()?;
    let file = product.data().join("functions/hello.wasm");
    swap(&product, &file, &guest, 0)?;
    let mut times = Series::default();
    let load = thread::scope(|scope| -> Result<load::Load> {
        let loading = scope.spawn(|| setup.load(product.http, &load::VERSION, LOAD));
        // Not before the clients are there.
        thread::sleep(Duration::from_secs(2));
        for number in 1..=SWAPS {
            times.push(swap(&product, &file, &guest, number)?);
        }
        ensure!(!loading.is_finished(), "the load ended before the swaps did; nothing was shown");
        loading.join().map_err(|_| anyhow::anyhow!("the load generator panicked"))?
    })?;
    serving.stop()?;
    product.remove()?;
    let (median, worst) = (times.median(), times.max());
    println!("new version answers after  {times} ms; the slowest {worst:.0} ms; {} kB", guest.len() / 1000);
    // The load refuses answers that are none, so that coming here means that none was lost.
    let figures = vec![
        ("live_ms", format!("{median:.0}")),
        ("worst_ms", format!("{worst:.0}")),
        ("requests", load.requests.to_string()),
        ("lost", "0".to_owned()),
    ];
    Ok(vec![Bar { id: "swap", ratio: LIVE_MS / worst, bar: Some(1.0), figures }])
}

/// Copies a version over the one before. Milliseconds until it answers.
fn swap(product: &Product, file: &Path, guest: &[u8], number: u32) -> Result<f64> {
    let component = named(guest, "hello", &number.to_string(), &["/version"])?;
    let start = Instant::now();
    fs::write(file, component).with_context(|| format!("cannot write {}", file.display()))?;
    let host = product.host("hello");
    loop {
        let answer = http::get(product.http, &host, "/version")?;
        if answer.status == 200 && answer.body == number.to_string() {
            return Ok(start.elapsed().as_secs_f64() * 1e3);
        }
        ensure!(start.elapsed() < PATIENCE, "version {number} never answers: {} {}", answer.status, answer.body);
        thread::sleep(Duration::from_millis(2));
    }
}
