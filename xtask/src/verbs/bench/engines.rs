//! p10: `POST /api/buy_mpi` with the data in a server engine, durable, with its event written; beside the FastAPI application
//! on the same kind of PostgreSQL with the same settings.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use kontor_test_servers::{MARIADB, POSTGRES, Recipe, Server};

use super::{
    Setup,
    bar::{Bar, Series},
    drained,
    load::BUY,
    peer::Peer,
    purchase::told,
};
use crate::{
    http,
    product::{Product, Serving},
    progress::say,
    verbs::engines::{install, section},
};

const BAR: f64 = 3.0;
const WARM_UP: Duration = Duration::from_secs(2);
/// A turn's events, all to be delivered.
const DRAIN_MAX: Duration = Duration::from_secs(600);

/// The product on one engine. Fields are dropped in their order: the program before its server.
struct Candidate {
    name: &'static str,
    product: Product,
    _serving: Serving,
    _server: Server,
    rates: Series,
}

impl Candidate {
    fn open(setup: &Setup, recipe: &'static Recipe) -> Result<Self> {
        let server = Server::find(recipe).map_err(|error| anyhow::anyhow!(error))?;
        let product = Product::new(&setup.workspace, &setup.program, &format!("bench-{}", recipe.name))?;
        product.configure(&section(recipe, server.url()))?;
        let serving = product.open()?;
        let one = http::post(product.http, &product.host(""), BUY.path, r#"{"license":"pro"}"#)?;
        ensure!(one.status == 201, "a purchase is answered {}: {}", one.status, one.body);
        setup.load(product.http, &BUY, WARM_UP)?;
        drained(&product, DRAIN_MAX)?;
        Ok(Self { name: recipe.name, product, _serving: serving, _server: server, rates: Series::default() })
    }

    fn turn(&mut self, setup: &Setup) -> Result<()> {
        self.rates.push(told(self.name, &setup.load(self.product.http, &BUY, setup.turn)?));
        drained(&self.product, DRAIN_MAX)?;
        Ok(())
    }
}

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    let log = setup.workspace.notes("logs")?.join("engines.log");
    if let Some((recipe, reason)) = install(&[&POSTGRES, &MARIADB], &log).first() {
        anyhow::bail!("{} is not to be had: {reason}", recipe.name);
    }
    let mut candidates = Vec::new();
    for recipe in [&POSTGRES, &MARIADB] {
        candidates.push(Candidate::open(setup, recipe).with_context(|| format!("Kontor on {}", recipe.name))?);
    }
    let fastapi = Peer::open(setup, "fastapi-sales", "/api/get_current_money")?;
    setup.load(fastapi.port, &BUY, WARM_UP)?;
    let mut slow = Series::default();
    for round in 1..=setup.rounds {
        say(&format!("round {round} of {}", setup.rounds));
        for candidate in &mut candidates {
            candidate.turn(setup)?;
        }
        slow.push(told("fastapi-sales", &setup.load(fastapi.port, &BUY, setup.turn)?));
    }
    for (name, series) in candidates.iter().map(|one| (one.name, &one.rates)).chain([("fastapi-sales", &slow)]) {
        println!("{name:<16} {series} requests/s");
    }
    Ok(candidates.iter().map(|one| bar(one, &slow)).collect())
}

fn bar(candidate: &Candidate, slow: &Series) -> Bar {
    let (kontor, peer) = (candidate.rates.median(), slow.median());
    let figures = vec![("kontor", format!("{kontor:.0}")), ("peer", format!("{peer:.0}"))];
    let (id, bar) = if candidate.name == POSTGRES.name { ("p10", Some(BAR)) } else { ("p10-mariadb", None) };
    Bar { id, ratio: kontor / peer, bar, figures }
}
