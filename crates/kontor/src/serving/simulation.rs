//! Fills an empty data folder with invoices, to see how a large one behaves: through the same function, rules and tables as
//! those of customers, in a series of their own, by the sample seller.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use kontor_host::{Answer, Call, Caller, Host, Identity, Version};
use kontor_telemetry::{Trace, TraceId, Traces};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{functions, seller};
use crate::{engine, folder::Folder, settings::Settings};

const FUNCTION: &str = "invoices";
/// The mark of what was simulated: its own series, in front of those that are configured.
const SERIES: &str = "TEST=TEST-{year}-{sequence:8}";
/// What an invoice of five lines takes on disk, all told, at most.
const INVOICE_SIZE_MAX_BYTES: u64 = 2_500;
/// Room that is left over, so that the disk is not full afterwards.
const ROOM_LEFT_BYTES: u64 = 1 << 30;
/// Requests under way.
const CLIENTS: u64 = 64;
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// What came of it.
pub struct Simulated {
    /// Invoices.
    pub invoices: u64,
    /// How long it took.
    pub took: Duration,
    /// What the data folder has grown by.
    pub size_bytes: u64,
}

/// Registers so many invoices of five lines. `tell` hears how many there are, now and then.
///
/// # Errors
/// The folder is not empty, the disk is too small, or an invoice is refused.
pub async fn simulate(mut settings: Settings, invoices: u64, tell: impl Fn(u64)) -> Result<Simulated> {
    seller::fill_in(&mut settings);
    let config = &mut settings.functions.entry(FUNCTION.to_owned()).or_default().config;
    ensure!(
        config.get("seller_sample").is_some_and(|mark| mark.trim() == "true"),
        "a real seller is configured, and simulated invoices must not get among real ones; use another configuration"
    );
    let configured = config.get("series").map_or("RE=RE-{year}-{sequence:6}", String::as_str);
    let series =
        if configured.starts_with("TEST=") { configured.to_owned() } else { format!("{SERIES}, {configured}") };
    config.insert("series".to_owned(), series);
    let folder = Folder::take_alone(&settings.data)?;
    check_room(&settings.data, invoices)?;
    seller::keep_apart(&settings, &folder).await?;
    let place = engine::sql(&settings, &folder)?;
    let registry = place.registry();
    let traces = Arc::<Traces>::default();
    let host = Host::new(functions::host_settings(&settings, &folder, place, traces)?)?;
    let deployments = functions::deployments(&settings, host.clone(), registry, true)?;
    deployments.start().await.context("the functions cannot be put live")?;
    let live = host.live().borrow().functions.get(FUNCTION).cloned();
    let version = live.context("the function invoices is not live; this program may have been built without it")?;
    let listed = call(&host, &version, "listInvoices", "GET", Some("limit=1".to_owned()), None).await?;
    if listed.get("invoices").and_then(Value::as_array).is_none_or(|all| !all.is_empty()) {
        bail!("{} holds invoices already; name an empty folder with --data FOLDER", settings.data.display());
    }
    let before = size_bytes(&settings.data)?;
    let began = Instant::now();
    register(&host, &version, invoices, tell).await?;
    let took = began.elapsed();
    host.stop(Duration::from_secs(60)).await;
    let size_bytes = size_bytes(&settings.data)?.saturating_sub(before);
    Ok(Simulated { invoices, took, size_bytes })
}

fn check_room(data: &Path, invoices: u64) -> Result<()> {
    let needed = invoices.saturating_mul(INVOICE_SIZE_MAX_BYTES).saturating_add(ROOM_LEFT_BYTES);
    let disk = rustix::fs::statvfs(data).with_context(|| format!("cannot look at the disk of {}", data.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < needed {
        let (needed, free) = (bytesize::ByteSize(needed), bytesize::ByteSize(free));
        bail!("{invoices} invoices need {needed}, and {} has {free} left; ask for fewer", data.display());
    }
    Ok(())
}

async fn register(host: &Arc<Host>, version: &Arc<Version>, invoices: u64, tell: impl Fn(u64)) -> Result<()> {
    let (next, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut clients: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..CLIENTS.min(invoices) {
        let (host, version, next, done) = (host.clone(), version.clone(), next.clone(), done.clone());
        clients.spawn(async move {
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= invoices {
                    return Ok(());
                }
                call(&host, &version, "createInvoice", "POST", None, Some(draft(number))).await?;
                done.fetch_add(1, Relaxed);
            }
        });
    }
    let mut ticks = tokio::time::interval(TOLD_EVERY);
    loop {
        tokio::select! {
            ended = clients.join_next() => match ended {
                Some(ended) => ended.context("a client failed")?.context("an invoice was refused")?,
                None => return Ok(()),
            },
            _ = ticks.tick() => tell(done.load(Relaxed)),
        }
    }
}

/// An operation of the function, as the edge calls it.
async fn call(
    host: &Host,
    version: &Arc<Version>,
    operation: &str,
    method: &str,
    query: Option<String>,
    body: Option<Value>,
) -> Result<Value> {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if let Some(source) = body.as_ref().and_then(|body| body.get("source")?.as_str()) {
        headers.push(("idempotency-key".to_owned(), source.to_owned()));
    }
    let scopes = vec!["invoices:read".to_owned(), "invoices:write".to_owned()];
    let call = Call {
        operation: operation.into(),
        method: method.to_owned(),
        path: "/invoices".to_owned(),
        query,
        path_parameters: Vec::new(),
        headers,
        body: body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string())),
        caller: Caller::Service(Arc::new(Identity { name: "simulation".to_owned(), scopes })),
        stream: None,
        trace: Trace::begin(TraceId([1; 16])),
        depth: 0,
        deadline: None,
    };
    match host.handle(version, call).await? {
        Answer::Whole(response) if response.status < 300 => Ok(serde_json::from_slice(&response.body)?),
        Answer::Whole(response) => bail!("{operation} is answered {}: {}", response.status, text(&response.body)),
        Answer::Streaming(_) => bail!("{operation} is answered in parts"),
    }
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(1_000).collect()
}

/// An invoice of five lines for one of many customers, the same for the same number.
fn draft(number: u64) -> Value {
    const FIRST: [&str; 8] = ["Anna", "Bert", "Clara", "Deniz", "Emil", "Fatma", "Greta", "Hugo"];
    const LAST: [&str; 8] = ["Beispiel", "Çelik", "Fischer", "Krüger", "Lindner", "Nowak", "Schulz", "Weiß"];
    const TOWNS: [(&str, &str); 4] =
        [("10115", "Berlin"), ("20457", "Hamburg"), ("50667", "Köln"), ("80331", "München")];
    const GOODS: [(&str, &str, &str); 6] = [
        ("Lizenz basic", "C62", "19"),
        ("Lizenz pro", "C62", "19"),
        ("Beratung", "HUR", "19"),
        ("Handbuch", "C62", "7"),
        ("Wartung", "MON", "19"),
        ("Schulung", "DAY", "19"),
    ];
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut pick = |below: u64| {
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb).wrapping_add(number);
        (mixed >> 33) % below
    };
    let customer = pick(100_000);
    let of = |all: &[&'static str], at: u64| usize::try_from(at).ok().and_then(|at| all.get(at % all.len()).copied());
    let town = usize::try_from(customer).ok().and_then(|at| TOWNS.get(at % TOWNS.len())).copied().unwrap_or_default();
    let lines: Vec<Value> = (0..5)
        .map(|_| {
            let good = usize::try_from(pick(6)).ok().and_then(|at| GOODS.get(at)).copied().unwrap_or_default();
            let (quantity, price) = (1 + pick(9), 500 + pick(20_000));
            json!({
                "name": good.0, "quantity": quantity, "unit": good.1, "rate": good.2,
                "unit_price": format!("{}.{:02}", price / 100, price % 100),
            })
        })
        .collect();
    json!({
        "source": format!("simulation-{:x}-{number}", now_us()), "series": "TEST", "currency": "EUR", "pricing": "net",
        "buyer": {
            "login": format!("customer-{customer}"), "zip": town.0, "city": town.1, "country": "DE",
            "name": format!("{} {}", of(&FIRST, customer).unwrap_or_default(), of(&LAST, customer / 8).unwrap_or_default()),
            "street": format!("Hauptstraße {}", 1 + customer % 200),
        },
        "delivery": {"date": "2026-01-31"}, "payment": {"due_in_days": 14}, "lines": lines,
    })
}

/// Sources in the order of time, as those of shops are.
fn now_us() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros()
}

/// What all files below a folder take but for write-ahead logs, which do not grow with what is stored.
fn size_bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        let is_log = entry.file_name().to_string_lossy().ends_with("-wal");
        sum += match (about.is_dir(), is_log) {
            (true, _) => size_bytes(&entry.path())?,
            (false, true) => 0,
            (false, false) => about.len(),
        };
    }
    Ok(sum)
}
