//! p3-native, p3-workerd: `GET /api/get_current_money` answered by the function each time, beside small JSON from
//! native axum and from workerd.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::{
    Setup,
    bar::{Bar, Series},
    drained,
    load::{BUY, MONEY, ROOT},
    peer::Peer,
};
use crate::{http, progress::say};

const NATIVE_BAR: f64 = 0.7;
const WORKERD_BAR: f64 = 3.0;
const WARM_UP: Duration = Duration::from_secs(2);

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    let product = setup.product()?;
    let serving = product.open()?;
    let native = Peer::open(setup, "native-limit", "/")?;
    let workerd = Peer::open(setup, "workerd-hello", "/")?;
    // Some sales, so that there is money to speak of.
    setup.load(product.http, &BUY, Duration::from_secs(1))?;
    drained(&product, Duration::from_secs(120))?;
    let one = http::get(product.http, &product.host(""), MONEY.path)?;
    ensure!(one.status == 200, "the turnover is answered {}: {}", one.status, one.body);
    let candidates =
        [("kontor", product.http, &MONEY), ("native-limit", native.port, &ROOT), ("workerd", workerd.port, &ROOT)];
    for (_, port, request) in candidates {
        setup.load(port, request, WARM_UP)?;
    }
    let mut rates = [Series::default(), Series::default(), Series::default()];
    for round in 1..=setup.rounds {
        say(&format!("round {round} of {}", setup.rounds));
        for ((name, port, request), series) in candidates.into_iter().zip(&mut rates) {
            let load = setup.load(port, request, setup.turn)?;
            say(&format!("  {name:<16} {:>9.0}/s   p50 {} µs   p99 {} µs", load.rate(), load.p50_us, load.p99_us));
            series.push(load.rate());
        }
    }
    for ((name, ..), series) in candidates.iter().zip(&rates) {
        println!("{name:<16} {series} requests/s");
    }
    serving.stop()?;
    product.remove()?;
    let [kontor, native, workerd] = rates.map(|series| series.median());
    let bar = |id, peer: f64, bar| {
        let figures = vec![("kontor", format!("{kontor:.0}")), ("peer", format!("{peer:.0}"))];
        Bar { id, ratio: kontor / peer, bar: Some(bar), figures }
    };
    Ok(vec![bar("p3-native", native, NATIVE_BAR), bar("p3-workerd", workerd, WORKERD_BAR)])
}
