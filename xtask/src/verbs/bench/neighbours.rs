//! What a hostile function costs its neighbour: the neighbour's p99 in peace and beside one that misbehaves in every way at
//! once, turn by turn.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};

use super::{
    Setup,
    bar::{Bar, Series},
    guest::named,
    load::{self, Load},
};
use crate::{http, product::Product, progress::say, wasm};

/// The p99 may rise by so much.
const CHANGE_MAX: f64 = 0.10;
/// What the hostile one does, each again and again by a client of its own.
const MISDEEDS: [&str; 6] =
    ["/loop", "/grow?1000", "/recurse?100000000", "/huge?9000000", "/many-calls?100000", "/handles?100000"];
const PATIENCE: Duration = Duration::from_secs(20);
const WARM_UP: Duration = Duration::from_secs(2);

/// The neighbour answers with its version.
const CALM: load::Request = load::Request { path: "/version", script: "read.lua", function: "calm" };

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    wasm::build_guests(&setup.workspace)?;
    let guest = fs::read(setup.workspace.guests().join("guest.wasm"))?;
    let product = setup.product()?;
    let serving = product.open()?;
    let paths = MISDEEDS.map(|misdeed| misdeed.split('?').next().unwrap_or_default());
    live(&product, "calm", &named(&guest, "calm", "1", &["/version"])?, "/version")?;
    live(&product, "wild", &named(&guest, "wild", "1", &[&["/version"], &paths[..]].concat())?, "/version")?;
    setup.load(product.http, &CALM, WARM_UP)?;
    let mut p99_us = [Series::default(), Series::default()];
    let mut misdeeds = 0;
    for round in 1..=setup.rounds {
        say(&format!("round {round} of {}", setup.rounds));
        let peace = setup.load(product.http, &CALM, setup.turn)?;
        let (beside, done) = beside(setup, &product)?;
        misdeeds += done;
        for (name, load, series) in [("in peace", &peace, 0), ("beside it", &beside, 1)] {
            say(&format!("  {name:<10} {:>9.0}/s   p50 {} µs   p99 {} µs", load.rate(), load.p50_us, load.p99_us));
            if let Some(series) = p99_us.get_mut(series) {
                series.push(load.p99_us as f64);
            }
        }
    }
    serving.stop()?;
    product.remove()?;
    ensure!(misdeeds > 0, "the hostile function did nothing; nothing was shown");
    let [peace, beside] = p99_us;
    println!("p99 in peace {peace} µs; beside a hostile function {beside} µs; {misdeeds} misdeeds were ended");
    let change = beside.median() / peace.median() - 1.0;
    let figures = vec![
        ("peace_p99_us", format!("{:.0}", peace.median())),
        ("beside_p99_us", format!("{:.0}", beside.median())),
        ("change_percent", format!("{:.1}", change * 100.0)),
        ("misdeeds", misdeeds.to_string()),
    ];
    Ok(vec![Bar { id: "neighbours", ratio: (1.0 + CHANGE_MAX) / (1.0 + change), bar: Some(1.0), figures }])
}

/// One turn of load on the calm one while the other misbehaves; and how often that was ended.
fn beside(setup: &Setup, product: &Product) -> Result<(Load, u64)> {
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let host = product.host("wild");
    thread::scope(|scope| {
        for misdeed in MISDEEDS {
            let (stop, done, host) = (&stop, &done, &host);
            scope.spawn(move || {
                while !stop.load(Relaxed) {
                    // Whatever it ends with: it is not this one's answers that are measured.
                    if http::get(product.http, host, misdeed).is_ok() {
                        done.fetch_add(1, Relaxed);
                    }
                }
            });
        }
        let load = setup.load(product.http, &CALM, setup.turn);
        stop.store(true, Relaxed);
        load.map(|load| (load, done.load(Relaxed)))
    })
}

/// Copies a component into the folder and waits until it answers at this path of its host.
pub fn live(product: &Product, name: &str, component: &[u8], path: &str) -> Result<()> {
    fs::write(product.data().join(format!("functions/{name}.wasm")), component)?;
    let (host, start) = (product.host(name), Instant::now());
    loop {
        let answer = http::get(product.http, &host, path)?;
        if answer.status == 200 {
            return Ok(());
        }
        ensure!(start.elapsed() < PATIENCE, "{name} does not go live: {} {}", answer.status, answer.body);
        thread::sleep(Duration::from_millis(5));
    }
}
