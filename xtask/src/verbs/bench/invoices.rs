//! p7, p8: `POST /invoices` of five lines, durable, with everything on that is on by default; beside the ceiling's purchase,
//! and on an empty store beside one with many invoices.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use super::{
    Setup,
    bar::{Bar, Series},
    load::{BUY, GET_INVOICE, INVOICE, Load, Request},
    peer::Peer,
};
use crate::{
    http,
    product::{Product, Serving},
    progress::say,
};

const P7_BAR: f64 = 0.25;
const P8_BAR: f64 = 0.67;
const WARM_UP: Duration = Duration::from_secs(2);
/// Ids that are read again and again.
const IDS_MAX: usize = 5_000;
/// Simulated invoices are by the sample seller, and a folder holds one kind.
const SAMPLE: &str = "seller_sample = \"true\"\n";

/// A store that is served, and what its clients need.
struct Office {
    product: Product,
    serving: Serving,
    token: String,
    ids: PathBuf,
}

/// Measures and prints; gives the closing lines.
pub fn run(setup: &Setup) -> Result<Vec<Bar>> {
    let full = setup.product_called("bench-full")?.configured(SAMPLE)?;
    let (bytes_each, filled) = (full.simulate(setup.invoices)?, setup.invoices);
    say(&format!("filled a store with {filled} invoices, {bytes_each} bytes each"));
    let empty = Office::open(setup.product()?.configured(SAMPLE)?, setup)?;
    let native = Peer::open(setup, "native-limit", "/")?;
    setup.load(native.port, &BUY, WARM_UP)?;
    let (mut rates, mut limit) = (Series::default(), Series::default());
    let mut register = [Series::default(), Series::default()];
    let mut get = [Series::default(), Series::default()];
    let full = Office::open(full, setup)?;
    for round in 1..=setup.rounds {
        say(&format!("round {round} of {}", setup.rounds));
        limit.push(told("native-limit", &setup.load(native.port, &BUY, setup.turn)?).rate());
        for (at, office) in [&empty, &full].into_iter().enumerate() {
            let name = if at == 0 { "empty" } else { "full" };
            let load = told(&format!("register, {name}"), &office.load(setup, &INVOICE)?);
            if at == 0 {
                rates.push(load.rate());
            }
            if let Some(series) = register.get_mut(at) {
                series.push(load.p99_us as f64);
            }
            let read = told(&format!("get, {name}"), &office.load(setup, &GET_INVOICE)?);
            if let Some(series) = get.get_mut(at) {
                series.push(read.p99_us as f64);
            }
        }
    }
    println!("{:<16} {rates} invoices/s", "kontor");
    println!("{:<16} {limit} purchases/s", "native-limit");
    empty.close()?;
    full.close()?;
    Ok(bars(&rates, &limit, &register, &get, (filled, bytes_each)))
}

impl Office {
    fn open(product: Product, setup: &Setup) -> Result<Self> {
        let serving = product.open()?;
        let token = product.token("bench", &["invoices:read", "invoices:write"])?;
        let ids = product.data().with_file_name("ids");
        let office = Self { product, serving, token, ids };
        // What is registered here is what is read, if there was nothing before.
        office.load_for(setup, &INVOICE, WARM_UP)?;
        office.list()?;
        Ok(office)
    }

    fn load(&self, setup: &Setup, request: &Request) -> Result<Load> {
        self.load_for(setup, request, setup.turn)
    }

    fn load_for(&self, setup: &Setup, request: &Request, time: Duration) -> Result<Load> {
        let run = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_micros().to_string();
        let ids = self.ids.to_string_lossy().into_owned();
        let told = [("KONTOR_TOKEN", self.token.as_str()), ("KONTOR_RUN", &run), ("KONTOR_IDS", &ids)];
        setup.load_told(self.product.http, request, time, &told)
    }

    /// Writes down ids from all over the store.
    fn list(&self) -> Result<()> {
        let (mut ids, mut after) = (Vec::new(), String::new());
        while ids.len() < IDS_MAX {
            let path = format!("/invoices?limit=500{after}");
            let answer = http::get_as(self.product.http, &self.product.host("invoices"), &path, &self.token)?;
            ensure!(answer.status == 200, "the list is answered {}: {}", answer.status, answer.body);
            let page = answer.json()?;
            let invoices = page.get("invoices").and_then(Value::as_array).context("no invoices in the list")?;
            ids.extend(invoices.iter().filter_map(|invoice| invoice.get("id")?.as_str().map(str::to_owned)));
            let Some(next) = page.get("next").and_then(Value::as_str) else { break };
            after = format!("&after={next}");
        }
        if ids.is_empty() {
            bail!("there is no invoice to be read");
        }
        fs::write(&self.ids, ids.join("\n") + "\n").context("cannot write the ids down")
    }

    fn close(self) -> Result<()> {
        self.serving.stop()?;
        self.product.remove()
    }
}

fn told(name: &str, load: &Load) -> Load {
    say(&format!("  {name:<16} {:>9.0}/s   p50 {} µs   p99 {} µs", load.rate(), load.p50_us, load.p99_us));
    load.clone()
}

fn bars(rates: &Series, limit: &Series, register: &[Series; 2], get: &[Series; 2], stored: (u64, u64)) -> Vec<Bar> {
    let (kontor, peer) = (rates.median(), limit.median());
    let figures = vec![("kontor", format!("{kontor:.0}")), ("peer", format!("{peer:.0}"))];
    let p7 = Bar { id: "p7", ratio: kontor / peer, bar: Some(P7_BAR), figures };
    let ratio = |[empty, full]: &[Series; 2]| empty.median() / full.median();
    let figures = vec![
        ("register", format!("{:.2}", ratio(register))),
        ("get", format!("{:.2}", ratio(get))),
        ("stored", stored.0.to_string()),
        ("bytes_per_invoice", stored.1.to_string()),
    ];
    let p8 = Bar { id: "p8", ratio: ratio(register).min(ratio(get)), bar: Some(P8_BAR), figures };
    vec![p7, p8]
}
