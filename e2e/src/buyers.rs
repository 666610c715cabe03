//! Many clients that buy, each with a connection of its own, and remember what they were told.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use serde_json::json;
use tokio::{sync::watch, task::JoinSet, time::timeout};

use crate::{
    audit::{Promise, Promises},
    client::{Answer, Client, Lost, Request},
};

/// After a refused connection a buyer waits for news of the program, at most this long.
const REFUSED_PAUSE: Duration = Duration::from_millis(10);

/// What buyers may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shopping {
    /// The buyers with the lowest numbers, this many, buy as fast as they are answered.
    Open(usize),
    /// The program is away or shall be left alone.
    Closed,
    /// Nobody begins a new purchase; what has a key and no answer yet is asked again until it has one.
    LastOrders,
}

/// A crowd of buyers.
pub struct Crowd {
    sign: watch::Sender<Shopping>,
    figures: Arc<Figures>,
    buyers: JoinSet<Promises>,
}

/// What happens in the crowd, as it happens.
#[derive(Default)]
struct Figures {
    under_way: AtomicU64,
    unanswered: AtomicU64,
    retried: AtomicU64,
}

impl Crowd {
    /// Gathers `count` buyers before the closed shop at `address`. Equal seeds buy the same things.
    #[must_use]
    pub fn gather(count: usize, address: SocketAddr, seed: u64) -> Self {
        let (sign, _) = watch::channel(Shopping::Closed);
        let figures = Arc::new(Figures::default());
        let mut buyers = JoinSet::new();
        for number in 0..count {
            let buyer = Buyer {
                number,
                rng: fastrand::Rng::with_seed(seed ^ ((number as u64 + 1) << 32)),
                client: Client::new(address, &format!("localhost:{}", address.port())),
                sign: sign.subscribe(),
                figures: Arc::clone(&figures),
                pending: None,
                asked: 0,
                memory: Promises::default(),
            };
            buyers.spawn(buyer.shop());
        }
        Self { sign, figures, buyers }
    }

    /// Tells everybody.
    pub fn tell(&self, sign: Shopping) {
        self.sign.send_replace(sign);
    }

    /// Requests that were sent and lost so far.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.figures.unanswered.load(Ordering::SeqCst)
    }

    /// Purchases that were asked for again with their key so far.
    #[must_use]
    pub fn retried(&self) -> u64 {
        self.figures.retried.load(Ordering::SeqCst)
    }

    /// Waits until no request is under way. The shop is closed or away, so none begins.
    ///
    /// # Errors
    /// If some still are after half a minute.
    pub async fn settle(&self) -> Result<()> {
        let settled = async {
            while self.figures.under_way.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(30), settled).await.context("requests are under way to a program that is away")
    }

    /// Last orders: waits until each buyer has all its answers, and gathers what they know.
    ///
    /// # Errors
    /// If a buyer still has none after a minute.
    pub async fn leave(self) -> Result<Promises> {
        let Self { sign, buyers, .. } = self;
        sign.send_replace(Shopping::LastOrders);
        let all = timeout(Duration::from_secs(60), buyers.join_all()).await;
        let all = all.context("a purchase with a key is not answered, however often it is sent")?;
        let mut promises = Promises::default();
        for one in all {
            promises.add(one);
        }
        Ok(promises)
    }
}

struct Buyer {
    number: usize,
    rng: fastrand::Rng,
    client: Client,
    sign: watch::Receiver<Shopping>,
    figures: Arc<Figures>,
    /// A purchase with a key that has no answer yet.
    pending: Option<Purchase>,
    asked: u64,
    memory: Promises,
}

#[derive(Debug, Clone)]
struct Purchase {
    license: &'static str,
    unit_gross: i64,
    body: Bytes,
    gross: i64,
    key: Option<String>,
}

impl Buyer {
    async fn shop(mut self) -> Promises {
        while self.may_ask().await {
            let purchase = match self.pending.take() {
                Some(purchase) => {
                    self.figures.retried.fetch_add(1, Ordering::SeqCst);
                    purchase
                }
                None => self.choose(),
            };
            self.buy(purchase).await;
        }
        self.memory
    }

    /// Waits for the sign. False when this buyer is done.
    async fn may_ask(&mut self) -> bool {
        let (number, pending) = (self.number, self.pending.is_some());
        let sign = self.sign.wait_for(|sign| match sign {
            Shopping::Open(count) => number < *count,
            Shopping::Closed => false,
            Shopping::LastOrders => true,
        });
        match sign.await.as_deref() {
            Ok(Shopping::LastOrders) => pending,
            Ok(_) => true,
            Err(_) => false,
        }
    }

    /// Purchases with a key are of `basic`, those without of the others: so what is stored and was never answered can be
    /// told apart. Some buyers say who they are, most do not.
    fn choose(&mut self) -> Purchase {
        self.asked += 1;
        let keyed = self.rng.bool();
        let (license, unit_gross, most) = match (keyed, self.rng.bool()) {
            (true, _) => ("basic", 1900, 12),
            (false, true) => ("pro", 4900, 4),
            (false, false) => ("enterprise", 19_900, 1),
        };
        let quantity = self.rng.i64(1..=most);
        let mut body = json!({ "license": license, "quantity": quantity });
        if self.rng.u8(..4) == 0 {
            let login = format!("buyer-{}", self.number);
            body["customer"] = json!({ "login": login, "name": "Ada Käufer", "street": "Marktstraße 1",
                "zip": "12345", "city": "Musterstadt", "country": "DE" });
        }
        let key = keyed.then(|| format!("buyer-{}-purchase-{}", self.number, self.asked));
        Purchase { license, unit_gross, body: body.to_string().into(), gross: unit_gross * quantity, key }
    }

    async fn buy(&mut self, purchase: Purchase) {
        match self.ask(&purchase).await {
            Ok(answer) if answer.status == 201 => {
                self.remember(&purchase, &answer);
                if purchase.key.is_some() && self.rng.u8(..16) == 0 {
                    self.ask_again(&purchase, &answer).await;
                }
            }
            // Refused for now. Nothing should have been written, but without an answer that says so nobody knows.
            Ok(answer) if answer.status >= 500 => self.no_answer(purchase),
            Ok(answer) => {
                let complaint = format!("a purchase was answered {}: {:.300}", answer.status, answer.text());
                self.memory.complaints.push(complaint);
            }
            Err(Lost::Unanswered(_)) => {
                self.figures.unanswered.fetch_add(1, Ordering::SeqCst);
                self.no_answer(purchase);
            }
            Err(Lost::NotSent(_)) => {
                self.pending = purchase.key.is_some().then_some(purchase);
                // The program is away, and the sign is about to say so.
                let _news = timeout(REFUSED_PAUSE, self.sign.changed()).await;
            }
        }
    }

    async fn ask(&mut self, purchase: &Purchase) -> Result<Answer, Lost> {
        let mut request =
            Request::new("POST", "/api/buy_mpi").header("content-type", "application/json").body(purchase.body.clone());
        if let Some(key) = &purchase.key {
            request = request.header("idempotency-key", key);
        }
        self.figures.under_way.fetch_add(1, Ordering::SeqCst);
        let answer = self.client.send(request).await;
        self.figures.under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    fn no_answer(&mut self, purchase: Purchase) {
        if purchase.key.is_some() {
            self.pending = Some(purchase);
        } else {
            *self.memory.uncertain.entry(purchase.license.to_owned()).or_default() += 1;
        }
    }

    fn remember(&mut self, purchase: &Purchase, answer: &Answer) {
        let promise = promise(purchase, answer);
        match promise {
            Ok(promise) if promise.gross == purchase.gross => self.memory.kept.push(promise),
            Ok(promise) => self.memory.complaints.push(format!("{purchase:?} was answered with {promise:?}")),
            Err(error) => self.memory.complaints.push(format!("{error:#}")),
        }
    }

    /// A repeat of what was answered gives the same bytes and writes nothing.
    async fn ask_again(&mut self, purchase: &Purchase, first: &Answer) {
        if let Ok(again) = self.ask(purchase).await
            && again.status < 500
            && (again.status, &again.body) != (first.status, &first.body)
        {
            let complaint = format!("{:?}: first {}, then {}", purchase.key, first.text(), again.text());
            self.memory.complaints.push(complaint);
        }
    }
}

fn promise(purchase: &Purchase, answer: &Answer) -> Result<Promise> {
    let body = answer.json()?;
    let sale = body["sale"]["id"].as_str().context("a 201 without a sale's id")?;
    let receipt = body["receipt"].as_str().context("a 201 without a receipt's address")?;
    let gross = body["sale"]["gross"].as_i64().context("a 201 without what was paid")?;
    let unit_gross = body["sale"]["unit_gross"].as_i64();
    anyhow::ensure!(unit_gross == Some(purchase.unit_gross), "another price than configured: {body}");
    Ok(Promise { sale: sale.to_owned(), license: purchase.license.to_owned(), gross, receipt: receipt.to_owned() })
}
