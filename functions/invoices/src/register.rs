//! Registering an invoice: one batch, whose commit is the moment that the number exists.

use std::borrow::Cow;

use kontor_rules::{
    Invoice,
    choice::UseBalance,
    invoice::object::TaxGroup,
    ledger::{self, Refusal, State, Sums},
    seal::{self, Hash, NotCanonical},
};
use kontor_sdk::sql::{self, Batch, Executed, Statement, Timestamp};

use crate::{
    ledger::opening,
    numbers::{Numbers, Series},
    seller::Shop,
};

/// The one seller there is so far.
pub const SELLER: &str = "default";

/// Who has it registered, and why.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Who.
    pub by: &'a str,
    /// Why.
    pub why: &'a str,
}

/// What registers besides the invoice itself.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The invoice's id.
    pub id: &'a str,
    /// What made it, unique for ever.
    pub source: &'a str,
    /// Hash of the receipt's secret; empty if there is no receipt.
    pub receipt_hash: &'a str,
    /// How much of the balance to use.
    pub use_balance: UseBalance,
    /// Whether it is paid already, as a sale is.
    pub is_paid: bool,
    /// Who and why.
    pub author: Author<'a>,
}

/// A registration that is ready to be committed, as often as it takes.
pub struct Registration<'a> {
    entry: Entry<'a>,
    invoice: &'a Invoice,
    body: String,
    numbers: Numbers,
    now: i64,
    utc_offset: i32,
    due_on: Option<String>,
    sums: Sums,
    /// The states without balance, and with a part of it.
    states: [State; 2],
}

/// Why an invoice cannot be registered, whatever the database says.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// Its day or its sums are past what is counted.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// It cannot be frozen.
    #[error("{0}")]
    NotCanonical(#[from] NotCanonical),
    /// The clock is somewhere else.
    #[error("the clock is before the year 2000 or past 2999")]
    Clock,
}

/// Thousand lines may have as many rates, and a batch has at most a hundred statements.
const TAXES_IN_A_STATEMENT: usize = 50;
/// Place in the batch of the statement that raises the counter.
pub const COUNTER: u32 = 0;
/// Place in the batch of the statement that takes from the balance, if one does.
pub const BALANCE: u32 = 1;

impl<'a> Registration<'a> {
    /// Prepares it.
    ///
    /// # Errors
    /// See [`Unfit`].
    pub fn new(entry: Entry<'a>, invoice: &'a Invoice, shop: &Shop, series: &Series, now: i64) -> Result<Self, Unfit> {
        let utc_offset = shop.zone.offset_at(now);
        let today = kontor_rules::Date::of_moment(now, utc_offset).ok_or(Unfit::Clock)?;
        let due_in = invoice.payment.due_in_days.and_then(|days| today.plus_days(days));
        let due_on = invoice.payment.due_on.or(due_in).filter(|_| !invoice.kind.is_credit());
        let sums = Sums::of(invoice);
        // What a cancellation or a credit takes back is posted on its original; it has nothing open of its own.
        let state = |used: i64| ledger::register(sums, used, due_on, today).map(|registered| registered.to);
        let credit = invoice.kind.is_credit();
        let states = if credit { [State::Registered; 2] } else { [state(0)?, state(sums.total().min(1))?] };
        Ok(Self {
            entry,
            invoice,
            body: seal::canonical(invoice)?,
            numbers: series.of_year(today.year()),
            now,
            utc_offset,
            due_on: due_on.map(|day| day.to_string()),
            sums: if credit { Sums::default() } else { sums },
            states,
        })
    }

    /// Commits it together with what `more` adds. A counter or a balance that is not there yet is made, and it is tried
    /// again: looking for it each time would make an engine copy the table that it read.
    ///
    /// # Errors
    /// See [`sql::Error`]; [`sql::Error::Guard`] at [`BALANCE`] if the balance is too small.
    pub fn commit(&self, more: impl Fn(Batch) -> Batch) -> Result<Executed, sql::Error> {
        let mut opened = (false, false);
        loop {
            match more(self.batch()).execute() {
                Err(sql::Error::Guard { statement: COUNTER, .. }) if !opened.0 => {
                    opened.0 = true;
                    self.open_series()?;
                }
                Err(sql::Error::Guard { statement: BALANCE, .. }) if self.uses_balance() && !opened.1 => {
                    opened.1 = true;
                    opening(&self.invoice.login, self.invoice.currency).execute()?;
                }
                done => return done,
            }
        }
    }

    fn uses_balance(&self) -> bool {
        self.entry.use_balance != UseBalance::None
    }

    fn open_series(&self) -> Result<(), sql::Error> {
        let insert = Statement::new(
            "INSERT INTO series (seller, series, period, last_sequence, last_time) \
             SELECT $1, $2, $3, 0, $4 FROM (SELECT 1 AS one) AS once \
             WHERE NOT EXISTS (SELECT 1 FROM series WHERE seller = $1 AND series = $2 AND period = $3)",
        );
        let Numbers { series, period, .. } = &self.numbers;
        let insert = insert.bind(SELLER).bind(series).bind(period).bind(Timestamp(self.now));
        Batch::new().statement(insert).execute().map(|_| ())
    }

    /// Number, issue time and the balance used are computed in here: the function never guesses them, so nothing has to be
    /// tried again however many do the same. The issue time is never before the series' last one, whatever the clock does.
    fn batch(&self) -> Batch {
        let mut batch = Batch::new().statement(self.raise_counter());
        if self.uses_balance() {
            batch = batch.statement(self.take_from_balance());
        }
        batch = batch.statement(self.insert());
        for groups in self.invoice.taxes.chunks(TAXES_IN_A_STATEMENT) {
            batch = batch.statement(self.taxes(groups));
        }
        batch = batch.statement(self.first_row());
        if self.entry.is_paid && self.sums.total() > 0 {
            batch = batch.statement(self.payment());
        }
        let pending = "INSERT INTO pending (id, body) VALUES ($1, $2)";
        batch.statement(Statement::new(pending).bind(self.entry.id).bind(&self.body))
    }

    fn raise_counter(&self) -> Statement {
        Statement::new(
            "UPDATE series SET last_sequence = last_sequence + 1, \
             last_time = CASE WHEN last_time > $1 THEN last_time ELSE $1 END \
             WHERE seller = $2 AND series = $3 AND period = $4",
        )
        .bind(Timestamp(self.now))
        .bind(SELLER)
        .bind(&self.numbers.series)
        .bind(&self.numbers.period)
        .expect_rows(1)
    }

    /// The guard keeps the balance from falling below zero, whatever runs at the same time.
    fn take_from_balance(&self) -> Statement {
        let (least, most) = match self.entry.use_balance {
            UseBalance::Amount(amount) => (amount, amount),
            UseBalance::All | UseBalance::None => (0, self.sums.total()),
        };
        Statement::new(
            "UPDATE balances SET last_used = CASE WHEN amount > $1 THEN $1 ELSE amount END, \
             amount = amount - CASE WHEN amount > $1 THEN $1 ELSE amount END \
             WHERE login = $2 AND currency = $3 AND amount >= $4",
        )
        .bind(most)
        .bind(&self.invoice.login)
        .bind(self.invoice.currency.code())
        .bind(least)
        .expect_rows(1)
    }

    fn insert(&self) -> Statement {
        let Numbers { series, period, before, behind, filled_below } = &self.numbers;
        let statement = Statement::new(if self.uses_balance() { WITH_BALANCE } else { WITHOUT_BALANCE });
        statement
            .bind(self.entry.id)
            .bind(before)
            .bind(behind)
            .bind(*filled_below)
            .bind(self.invoice.kind.name())
            .bind(i64::from(self.utc_offset))
            .bind(&self.invoice.login)
            .bind(self.invoice.currency.code())
            .bind(self.invoice.net)
            .bind(self.invoice.tax)
            .bind(self.invoice.gross)
            .bind(self.invoice.rounding)
            .bind(self.due_on.clone())
            .bind(Hash::of(self.body.as_bytes()).0.to_vec())
            .bind(self.entry.receipt_hash)
            .bind(self.entry.source)
            .bind(SELLER)
            .bind(series)
            .bind(period)
            .expect_rows(1)
    }

    fn taxes(&self, groups: &[TaxGroup]) -> Statement {
        const ONE: &str = "INSERT INTO taxes (id, category, rate, net, tax) VALUES ($1, $2, $3, $4, $5)";
        let row = |index: usize| {
            let place = |column: usize| index * 4 + column;
            format!(", ($1, ${}, ${}, ${}, ${})", place(2), place(3), place(4), place(5))
        };
        let more: String = (1..groups.len()).map(row).collect();
        let statement = Statement::new(if more.is_empty() { ONE.into() } else { Cow::Owned([ONE, &more].concat()) });
        groups.iter().fold(statement.bind(self.entry.id), |statement, group| {
            let rate = group.rate.unwrap_or_default().hundredths();
            statement.bind(group.category.code()).bind(rate).bind(group.net).bind(group.tax)
        })
    }

    fn first_row(&self) -> Statement {
        let [unpaid, partly] = self.states;
        Statement::new(
            "INSERT INTO history (invoice, version, at, operation, state, by_whom, why, document, \
             receivable, balance, revenue, vat, cash, rounding) \
             SELECT id, 1, issued_at, 'registration', CASE WHEN balance_used = 0 THEN $2 WHEN balance_used = $3 THEN 'paid' \
             ELSE $4 END, $5, $6, NULL, $3 - balance_used, balance_used, $7, $8, 0, $9 FROM registrations WHERE id = $1",
        )
        .bind(self.entry.id)
        .bind(unpaid.name())
        .bind(self.sums.total())
        .bind(partly.name())
        .bind(self.entry.author.by)
        .bind(self.entry.author.why)
        .bind(-self.sums.net)
        .bind(-self.sums.tax)
        .bind(-self.sums.rounding)
        .expect_rows(1)
    }

    /// A sale's money is there already.
    fn payment(&self) -> Statement {
        Statement::new(
            "INSERT INTO history (invoice, version, at, operation, state, by_whom, why, document, \
             receivable, balance, revenue, vat, cash, rounding) \
             SELECT id, 2, issued_at, 'payment', 'paid', $2, $3, NULL, 0 - $4, 0, 0, 0, $4, 0 FROM registrations WHERE id = $1",
        )
        .bind(self.entry.id)
        .bind(self.entry.author.by)
        .bind(self.entry.author.why)
        .bind(self.sums.total())
        .expect_rows(1)
    }
}

macro_rules! insert {
    ($used:literal, $from:literal) => {
        concat!(
            "INSERT INTO registrations (id, seller, series, period, sequence, number, kind, issued_at, utc_offset, login, \
             currency, net, tax, gross, rounding, balance_used, due_on, body_hash, receipt_hash, source) \
             SELECT $1, s.seller, s.series, s.period, s.last_sequence, $2 || CASE WHEN s.last_sequence < $4 \
             THEN substr(CAST($4 + s.last_sequence AS char(20)), 2) ELSE CAST(s.last_sequence AS char(20)) END || $3, \
             $5, s.last_time, $6, $7, $8, $9, $10, $11, $12, ",
            $used,
            ", $13, $14, $15, $16 FROM series s",
            $from,
            " WHERE s.seller = $17 AND s.series = $18 AND s.period = $19"
        )
    };
}

const WITHOUT_BALANCE: &str = insert!("0", "");
const WITH_BALANCE: &str = insert!("b.last_used", " JOIN balances b ON b.login = $7 AND b.currency = $8");
