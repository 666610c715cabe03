//! p1, p2, p2-sustained: `POST /api/buy_mpi` through the whole product, durable, with its event written; beside the
//! FastAPI application and the ceiling of this machine.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{
    Setup,
    bar::{Bar, Series},
    drained,
    load::{BUY, Load},
    peer::Peer,
};
use crate::{
    http,
    product::Product,
    progress::{say, seconds},
};

const P1_BAR: f64 = 12.0;
const P2_BAR: f64 = 0.6;
const WARM_UP: Duration = Duration::from_secs(2);
/// A turn's events, all to be delivered.
const DRAIN_MAX: Duration = Duration::from_secs(600);

/// What all turns of the product gave.
#[derive(Default)]
struct Sold {
    rates: Series,
    /// Sales whose invoice is there, per second of selling and delivering.
    sustained: Series,
    backlog: Series,
    drain: Series,
}

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    let product = setup.product()?;
    let serving = product.open()?;
    let one = http::post(product.http, &product.host(""), BUY.path, r#"{"license":"pro"}"#)?;
    ensure!(one.status == 201, "a purchase is answered {}: {}", one.status, one.body);
    let fastapi = Peer::open(setup, "fastapi-sales", "/api/get_current_money")?;
    let native = Peer::open(setup, "native-limit", "/")?;
    for port in [product.http, fastapi.port, native.port] {
        setup.load(port, &BUY, WARM_UP)?;
    }
    drained(&product, DRAIN_MAX)?;
    let (mut sold, mut slow, mut limit) = (Sold::default(), Series::default(), Series::default());
    for round in 1..=setup.rounds {
        say(&format!("round {round} of {}", setup.rounds));
        turn(setup, &product, &mut sold)?;
        slow.push(told("fastapi-sales", &setup.load(fastapi.port, &BUY, setup.turn)?));
        limit.push(told("native-limit", &setup.load(native.port, &BUY, setup.turn)?));
    }
    for (name, series) in [("kontor", &sold.rates), ("fastapi-sales", &slow), ("native-limit", &limit)] {
        println!("{name:<16} {series} requests/s");
    }
    println!("{:<16} {} sales with their invoice/s", "kontor sustained", sold.sustained);
    println!("{:<16} {} events at the end of a turn; {} s until empty", "backlog", sold.backlog, sold.drain);
    let stopped = serving.stop()?;
    say(&format!("kontor stopped in {}", seconds(stopped)));
    product.remove()?;
    Ok(bars(&sold, &slow, &limit))
}

/// One turn of the product. Its events are delivered before a peer has its turn: they would take its cores.
fn turn(setup: &Setup, product: &Product, sold: &mut Sold) -> Result<()> {
    let load = setup.load(product.http, &BUY, setup.turn)?;
    let backlog = product.backlog()?;
    sold.rates.push(told("kontor", &load));
    let drain = drained(product, DRAIN_MAX)?;
    say(&format!("  backlog {backlog} events, empty after {}", seconds(drain)));
    sold.backlog.push(backlog as f64);
    sold.drain.push(drain.as_secs_f64());
    sold.sustained.push(load.requests as f64 / (load.seconds + drain.as_secs_f64()));
    Ok(())
}

/// Says what a turn gave; answers a second.
pub fn told(name: &str, load: &Load) -> f64 {
    say(&format!("  {name:<16} {:>9.0}/s   p50 {} µs   p99 {} µs", load.rate(), load.p50_us, load.p99_us));
    load.rate()
}

fn bars(sold: &Sold, slow: &Series, limit: &Series) -> Vec<Bar> {
    let bar = |id, kontor: &Series, peer: &Series, bar| {
        let (kontor, peer) = (kontor.median(), peer.median());
        let figures = vec![("kontor", format!("{kontor:.0}")), ("peer", format!("{peer:.0}"))];
        Bar { id, ratio: kontor / peer, bar, figures }
    };
    let mut sustained = bar("p2-sustained", &sold.sustained, limit, None);
    sustained.figures.push(("backlog", format!("{:.0}", sold.backlog.median())));
    sustained.figures.push(("empty_after_s", format!("{:.1}", sold.drain.median())));
    vec![bar("p1", &sold.rates, slow, Some(P1_BAR)), bar("p2", &sold.rates, limit, Some(P2_BAR)), sustained]
}
