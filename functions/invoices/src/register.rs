//! Registering an invoice: one batch, whose commit is the moment that the number exists.

mod statements;

use kontor_rules::{
    Date, Invoice,
    choice::UseBalance,
    ledger::{self, Refusal, State, Sums},
    seal::NotCanonical,
    series::Scope,
};
use kontor_sdk::sql::{self, Batch, Executed, Statement, Timestamp};

use crate::{
    archive::Archive,
    customers,
    ledger::opening,
    numbers::{Numbers, Series},
    seller::Shop,
    zone::MOMENT_MAX,
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

/// Where an invoice's number is from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A series gives it.
    Series(&'a Series),
    /// It was issued elsewhere: with this number, on this day.
    Elsewhere(&'a str, Date),
}

/// A registration that is ready to be committed, as often as it takes.
pub struct Registration<'a> {
    entry: Entry<'a>,
    invoice: &'a Invoice,
    body: String,
    numbers: Numbers,
    now: i64,
    /// From this moment on, the numbers or the seller are others.
    until: i64,
    /// Number and issue time, if they are given.
    elsewhere: Option<(&'a str, i64)>,
    utc_offset: i32,
    due_on: Option<String>,
    sums: Sums,
    /// The states without balance, and with a part of it.
    states: [State; 2],
    /// Whether the body goes to the archive.
    archive: Archive,
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
    /// The customer's number cannot be found.
    #[error("{0}")]
    Database(#[from] sql::Error),
}

/// Why it was not committed.
#[derive(Debug)]
pub enum NotCommitted {
    /// The series is further than the clock: since this moment, µs since 1970 UTC, it numbers another year, or the seller is
    /// another one. It has to be prepared again as of then.
    Later(i64),
    /// The database says so.
    Database(sql::Error),
}

impl From<sql::Error> for NotCommitted {
    fn from(error: sql::Error) -> Self {
        Self::Database(error)
    }
}

/// Place in the batch of the statement that raises the counter.
pub const COUNTER: u32 = 0;
/// Place in the batch of the statement that takes from the balance, if one does.
pub const BALANCE: u32 = 1;
/// How often a registration is prepared anew because its series was further than the clock. Each time it goes on from there.
pub const ATTEMPTS: usize = 8;

impl<'a> Registration<'a> {
    /// Prepares it as of a moment, µs since 1970 UTC.
    ///
    /// # Errors
    /// See [`Unfit`].
    pub fn new(
        entry: Entry<'a>,
        invoice: &'a Invoice,
        shop: &Shop,
        source: Source<'a>,
        now: i64,
    ) -> Result<Self, Unfit> {
        let today = Date::of_moment(now, shop.zone.offset_at(now)).ok_or(Unfit::Clock)?;
        let (numbers, elsewhere, issued_on) = match source {
            Source::Series(series) => (numbers(series, invoice, today)?, None, today),
            Source::Elsewhere(number, day) => (Numbers::of_imports(), Some((number, shop.zone.begin_us(day))), day),
        };
        let until = match source {
            Source::Series(series) => shop.until(today, series),
            Source::Elsewhere(..) => MOMENT_MAX,
        };
        let due_in = invoice.payment.due_in_days.and_then(|days| issued_on.plus_days(days));
        let due_on = invoice.payment.due_on.or(due_in).filter(|_| !invoice.kind.is_credit());
        let sums = Sums::of(invoice);
        // What a cancellation or a credit takes back is posted on its original; it has nothing open of its own.
        let state = |used: i64| ledger::register(sums, used, due_on, today).map(|registered| registered.to);
        let credit = invoice.kind.is_credit();
        if let UseBalance::Amount(asked) = entry.use_balance
            && asked > sums.total()
        {
            return Err(Refusal::ExceedsOpen { asked, open: sums.total() }.into());
        }
        let states = if credit { [State::Registered; 2] } else { [state(0)?, state(sums.total().min(1))?] };
        Ok(Self {
            entry,
            invoice,
            body: invoice.frozen()?,
            numbers,
            now,
            until,
            elsewhere,
            utc_offset: shop.zone.offset_at(elsewhere.map_or(now, |(_, at)| at)),
            due_on: due_on.map(|day| day.to_string()),
            sums: if credit { Sums::default() } else { sums },
            states,
            archive: shop.archive,
        })
    }

    /// Commits it together with what `more` adds. A counter or a balance that is not there yet is made, and it is tried
    /// again: looking for it each time would make an engine copy the table that it read.
    ///
    /// # Errors
    /// [`NotCommitted::Later`]; [`sql::Error::Guard`] at [`BALANCE`] if the balance is too small.
    pub fn commit(&self, more: impl Fn(Batch) -> Batch) -> Result<Executed, NotCommitted> {
        let mut opened = (false, false);
        loop {
            match more(self.batch()).execute() {
                Err(sql::Error::Guard { statement: COUNTER, .. }) if !opened.0 => {
                    opened.0 = true;
                    if let Some(last) = self.newest()?.filter(|last| *last >= self.until) {
                        return Err(NotCommitted::Later(last));
                    }
                    self.open_series()?;
                }
                Err(sql::Error::Guard { statement: BALANCE, .. }) if self.uses_balance() && !opened.1 => {
                    opened.1 = true;
                    opening(&self.invoice.login, self.invoice.currency).execute()?;
                }
                done => return Ok(done?),
            }
        }
    }

    fn uses_balance(&self) -> bool {
        self.entry.use_balance != UseBalance::None
    }

    /// When the last number of the series was given, in whatever year.
    fn newest(&self) -> Result<Option<i64>, sql::Error> {
        let Numbers { series, period, periods: (from, to), .. } = &self.numbers;
        let newest = Statement::new(
            "SELECT max(last_time) FROM series \
             WHERE seller = $1 AND series = $2 AND (period = $3 OR (period >= $4 AND period < $5))",
        );
        let newest = newest.bind(SELLER).bind(series).bind(period).bind(from).bind(to);
        Ok(newest.one::<(Option<Timestamp>,)>()?.0.map(|at| at.0))
    }

    /// Makes the counter of a period, unless somebody else has. Those of the years before are closed with it: whoever's clock
    /// is still in one of them finds the last time past its end.
    fn open_series(&self) -> Result<(), sql::Error> {
        let Numbers { series, period, periods: (from, to), .. } = &self.numbers;
        let close = Statement::new(
            "UPDATE series SET last_time = $1 \
             WHERE seller = $2 AND series = $3 AND period >= $4 AND period < $5 AND period <> $6 AND last_time < $1",
        );
        let close = close.bind(Timestamp(self.now)).bind(SELLER).bind(series).bind(from).bind(to).bind(period);
        let insert = Statement::new(
            "INSERT INTO series (seller, series, period, last_sequence, last_time) \
             SELECT $1, $2, $3, 0, $4 FROM (SELECT 1 AS one) AS once \
             WHERE NOT EXISTS (SELECT 1 FROM series WHERE seller = $1 AND series = $2 AND period = $3)",
        );
        let insert = insert.bind(SELLER).bind(series).bind(period).bind(Timestamp(self.now));
        match Batch::new().statement(close).statement(insert).execute() {
            Ok(_) | Err(sql::Error::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn numbers(series: &Series, invoice: &Invoice, today: Date) -> Result<Numbers, Unfit> {
    let customer = match series.scope {
        Scope::Seller => None,
        Scope::Customer => Some(customers::number_of(&invoice.login)?),
    };
    Ok(series.numbers(today.year(), customer))
}
