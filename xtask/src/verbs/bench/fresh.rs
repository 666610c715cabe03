//! p4: a fresh instance for every request, beside `wasmtime serve` with the same setting; small text both times. Beside it,
//! as a figure, the very same component in both.

use std::{fs, time::Duration};

use anyhow::{Result, ensure};

use super::{
    Setup,
    bar::{Bar, Series},
    guest::named,
    load::Request,
    neighbours::live,
    peer::Peer,
};
use crate::{progress::say, wasm};

const BAR: f64 = 1.3;
const WARM_UP: Duration = Duration::from_secs(2);

/// Of Kontor's own contract.
const OWN: Request = Request { path: "/version", script: "read.lua", function: "own" };
/// Of the standard world, in both.
const STANDARD: Request = Request { path: "/standard/version", script: "read.lua", function: "" };

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    wasm::build_guests(&setup.workspace)?;
    let guests = setup.workspace.guests();
    let guest = fs::read(guests.join("guest.wasm"))?;
    let product = setup.product()?;
    let serving = product.open()?;
    // Nothing is granted, so each request gets an instance of its own.
    live(&product, "own", &named(&guest, "own", "1", &["/version"])?, "/version")?;
    live(&product, "standard", &fs::read(guests.join("standard.wasm"))?, STANDARD.path)?;
    let peer = Peer::open_with(setup, "wasmtime-serve", "/", &[&guests.join("standard.wasm").to_string_lossy()])?;
    let candidates = [
        ("kontor", product.http, &OWN),
        ("kontor, the same component", product.http, &STANDARD),
        ("wasmtime serve", peer.port, &STANDARD),
    ];
    for (_, port, request) in candidates {
        setup.load(port, request, WARM_UP)?;
    }
    let mut rates = [Series::default(), Series::default(), Series::default()];
    for round in 1..=setup.rounds {
        say(&format!("round {round} of {}", setup.rounds));
        for ((name, port, request), series) in candidates.into_iter().zip(&mut rates) {
            let load = setup.load(port, request, setup.turn)?;
            say(&format!("  {name:<28} {:>9.0}/s   p50 {} µs   p99 {} µs", load.rate(), load.p50_us, load.p99_us));
            series.push(load.rate());
        }
    }
    for ((name, ..), series) in candidates.iter().zip(&rates) {
        println!("{name:<28} {series} requests/s");
    }
    serving.stop()?;
    product.remove()?;
    let [own, standard, peer] = rates.map(|series| series.median());
    ensure!(peer > 0.0, "the peer answered nothing");
    let bar = |id, kontor: f64, bar| {
        let figures = vec![("kontor", format!("{kontor:.0}")), ("peer", format!("{peer:.0}"))];
        Bar { id, ratio: kontor / peer, bar, figures }
    };
    Ok(vec![bar("p4", own, Some(BAR)), bar("p4-standard", standard, None)])
}
