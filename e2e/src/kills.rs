//! `kill -9` at random moments under many buyers, and an audit at the end.
//!
//! It does not prove that power loss is survived: the page cache outlives the process. That takes a
//! machine, or a disk, that loses what was not yet flushed.

use std::{fmt, time::Duration};

use anyhow::{Context as _, Result, ensure};
use tokio::time::sleep;

use crate::{
    audit::{Promises, Report, audit},
    books::Books,
    buyers::{Crowd, Shopping},
    client::Request,
    shop::{Running, Shop},
};

/// In calm cycles so few buy that the delivery of events, which yields to them, is what gets killed.
const CALM_BUYERS: usize = 2;
/// A kill comes at most this long after the program is ready, or after its start.
const READY_THEN_KILL_MAX_MS: u64 = 250;
const START_THEN_KILL_MAX_MS: u64 = 60;
/// For the events that are left at the end.
const DELIVERY_MAX: Duration = Duration::from_secs(300);
/// Receipts that are looked at one by one.
const RECEIPTS: usize = 100;
/// Most that one page of invoices may hold.
const PAGE: usize = 100;

/// A run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How often the program is killed.
    pub kills: u32,
    /// Buyers, each with a connection.
    pub clients: usize,
    /// Decides what is bought and when is killed.
    pub seed: u64,
}

/// What came of a run. Its text ends with the closing line of every torture run.
#[derive(Debug)]
pub struct Outcome {
    plan: Plan,
    /// What the audit found.
    pub report: Report,
    /// Kills that met a purchase which was sent and not answered.
    pub kills_met: u32,
    /// Purchases that a kill left without an answer.
    pub unanswered: u64,
    /// Purchases that were asked for again with their key.
    pub retried: u64,
}

impl Outcome {
    /// # Errors
    /// If anything was lost, doubled or left out; and if the run shows nothing, because nothing was acknowledged or no
    /// kill met a purchase under way.
    pub fn verdict(&self) -> Result<()> {
        ensure!(self.report.is_clean(), "the books are wrong:\n{}\n{self}", self.report.faults.join("\n"));
        ensure!(self.report.acknowledged > 0, "nothing was acknowledged, so nothing was shown\n{self}");
        ensure!(self.kills_met > 0, "no kill met a purchase under way, so nothing was shown\n{self}");
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plan, report, kills_met, unanswered, retried } = self;
        writeln!(f, "kills={} met={kills_met} unanswered={unanswered} retried={retried}", plan.kills)?;
        write!(f, "{report} seed={}", plan.seed)
    }
}

/// Kills as planned, tells `progress` about each kill, and audits.
///
/// # Errors
/// If the program does not start again, its events are not delivered, or its data cannot be read. What the audit finds is
/// in the outcome.
pub async fn run(plan: Plan, mut progress: impl FnMut(u32)) -> Result<Outcome> {
    let shop = Shop::new()?;
    // Kills come between the steps of sealing, too.
    shop.public_key().await?;
    let token = shop.token("auditor", &["invoices:read"]).await?;
    let crowd = Crowd::gather(plan.clients, shop.http(), plan.seed);
    let mut rng = fastrand::Rng::with_seed(plan.seed);
    let mut kills_met = 0;
    for kill in 1..=plan.kills {
        let before = crowd.unanswered();
        cycle(&shop, &crowd, plan.clients, &mut rng).await.with_context(|| format!("kill {kill}, {plan:?}"))?;
        kills_met += u32::from(crowd.unanswered() > before);
        progress(kill);
    }
    let running = shop.open().await?;
    crowd.tell(Shopping::LastOrders);
    let (unanswered, retried) = (crowd.unanswered(), crowd.retried());
    let promises = crowd.leave().await?;
    shop.events_delivered(DELIVERY_MAX).await?;
    let report = close_the_books(&shop, running, &token, &promises).await?;
    Ok(Outcome { plan, report, kills_met, unanswered, retried })
}

/// Start, buy, kill. One in eight is killed while it starts.
async fn cycle(shop: &Shop, crowd: &Crowd, clients: usize, rng: &mut fastrand::Rng) -> Result<()> {
    let mut running = shop.spawn()?;
    let kind = rng.u8(..8);
    if kind == 0 {
        sleep(Duration::from_millis(rng.u64(..=START_THEN_KILL_MAX_MS))).await;
        return running.kill().await;
    }
    running.ready().await?;
    crowd.tell(Shopping::Open(if kind == 1 { CALM_BUYERS } else { clients }));
    sleep(Duration::from_millis(rng.u64(1..=READY_THEN_KILL_MAX_MS))).await;
    running.kill().await?;
    crowd.tell(Shopping::Closed);
    crowd.settle().await
}

/// What the API says, what is stored, and what buyers were told, have to be the same.
async fn close_the_books(shop: &Shop, running: Running<'_>, token: &str, promises: &Promises) -> Result<Report> {
    let shown = Shown::ask(shop, token).await?;
    let receipts = receipts_that_differ(shop, promises).await?;
    running.stop().await?;
    let (is_right, said) = shop.verify(&[]).await?;
    let books = Books::read(shop.data())?;
    let mut report = audit(promises, &books);
    report.faults.extend(receipts);
    let all = format!(" invoices={} ", books.invoices.len());
    let is_sealed = books.invoices.is_empty() || !said.contains(" seals=0 ");
    if !is_right || !said.contains(&all) || !is_sealed {
        report.faults.push(format!("of {} stored invoices, kontor verify says: {said}", books.invoices.len()));
    }
    report.faults.extend(shown.differs_from(&books));
    Ok(report)
}

/// What the API shows of all sales and invoices.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    sales: i64,
    turnover: i64,
    /// Number and gross.
    invoices: Vec<(String, i64)>,
}

impl Shown {
    async fn ask(shop: &Shop, token: &str) -> Result<Self> {
        let money = shop.call(Request::get("/api/get_current_money")).await?.expect(200)?;
        let sales = money["sales"].as_i64().context("no number of sales")?;
        let turnover = money["turnover"].as_i64().context("no turnover")?;
        Ok(Self { sales, turnover, invoices: all_invoices(shop, token).await? })
    }

    fn of(books: &Books) -> Self {
        let invoices = books.invoices.iter().map(|invoice| (invoice.number.clone(), invoice.gross));
        Self {
            sales: i64::try_from(books.sales.len()).unwrap_or(i64::MAX),
            turnover: books.sales.iter().map(|sale| sale.gross).sum(),
            invoices: invoices.collect(),
        }
    }

    fn differs_from(mut self, books: &Books) -> Option<String> {
        let mut stored = Self::of(books);
        self.invoices.sort_unstable();
        stored.invoices.sort_unstable();
        let words = |of: &Self| format!("{} sales, {}, {} invoices", of.sales, of.turnover, of.invoices.len());
        (self != stored).then(|| format!("the API shows {}; stored are {}", words(&self), words(&stored)))
    }
}

/// Every invoice's number and gross, page by page.
///
/// # Errors
/// If a page is refused or is not what the document says.
pub async fn all_invoices(shop: &Shop, token: &str) -> Result<Vec<(String, i64)>> {
    let mut client = shop.client();
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = Request::get(format!("/invoices?limit={PAGE}{after}")).host(&shop.host("invoices")).bearer(token);
        let page = client.send(page).await?.expect(200)?;
        for invoice in page["invoices"].as_array().context("a page without invoices")? {
            let number = invoice["number"].as_str().context("an invoice without number")?;
            all.push((number.to_owned(), invoice["gross"].as_i64().context("an invoice without gross")?));
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={}", percent_encoding::utf8_percent_encode(next, PLAIN)),
            None => return Ok(all),
        }
    }
}

/// In a query everything but letters and digits is encoded.
const PLAIN: &percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC;

/// Looks at the receipts of some purchases, spread over the whole run.
async fn receipts_that_differ(shop: &Shop, promises: &Promises) -> Result<Vec<String>> {
    let mut client = shop.client();
    let mut differ = Vec::new();
    let step = (promises.kept.len() / RECEIPTS).max(1);
    for promise in promises.kept.iter().step_by(step) {
        let receipt = client.send(Request::get(&promise.receipt).header("accept", "application/json")).await?;
        let right = receipt.status == 200 && receipt.json()?["gross"] == promise.gross;
        if !right {
            differ.push(format!("{promise:?} has the receipt {}: {:.300}", receipt.status, receipt.text()));
        }
    }
    Ok(differ)
}
