//! Finds the invoices of a page.

use kontor_rules::Date;
use kontor_sdk::{
    config,
    sql::{Error, Statement, Timestamp},
    time,
};

use super::PageOf;
use crate::{
    register::SELLER,
    registration::{Row, select},
    seller::Shop,
    zone::{MOMENT_MAX, Zone},
};

/// Rows that are looked at for one page: a search for what is rare goes on with the next page instead of for seconds.
const WINDOW: i64 = 10_000;

/// Where a page begins: behind this series, period and sequence.
type Place<'a> = (&'a str, &'a str, i64);

/// The rows of a page, one more than the limit if there are more at once, and the next page's begin.
pub fn page(asked: &PageOf, start: Place<'_>, limit: i64) -> Result<(Vec<Row>, Option<String>), Error> {
    let is_plain = !asked.is_filtered() && asked.customer.is_none() && asked.series.is_none();
    let found = match &asked.number {
        Some(number) => Statement::new(select!("WHERE r.seller = $1 AND r.number = $2")).bind(SELLER).bind(&**number),
        None if is_plain => all(start, limit),
        None => narrowed(asked, start, limit),
    };
    let mut found = found.rows::<Row>()?;
    if asked.number.is_some() {
        found.retain(|row| (&*row.series, &*row.period, row.sequence) > start && asked.has(row));
        return Ok((found, None));
    }
    let more = i64::try_from(found.len()).is_ok_and(|rows| rows > limit);
    if !more {
        return Ok((found, if asked.is_filtered() { end_of_window(asked, start)? } else { None }));
    }
    let last = usize::try_from(limit).ok().and_then(|limit| found.get(limit.saturating_sub(1)));
    let next = last.map(|row| cursor((&row.series, &row.period, row.sequence)));
    Ok((found, next))
}

fn cursor((series, period, sequence): Place<'_>) -> String {
    format!("{series}.{period}.{sequence}")
}

impl PageOf {
    /// Whether rows of the window may be left out.
    fn is_filtered(&self) -> bool {
        let of_day = self.from.is_some() || self.to.is_some();
        of_day || self.state.is_some() || self.gross_from.is_some() || self.gross_to.is_some()
    }

    /// What else is asked of an invoice whose number is.
    fn has(&self, row: &Row) -> bool {
        let Ok(document) = row.clone().into_invoice() else { return true };
        let (numbering, invoice) = (&document.document.numbering, &document.document.invoice);
        self.customer.as_ref().is_none_or(|login| **login == *invoice.login)
            && self.series.as_ref().is_none_or(|series| **series == *numbering.series)
            && self.from.is_none_or(|from| from <= numbering.issued_on)
            && self.to.is_none_or(|to| numbering.issued_on <= to)
            && self.state.is_none_or(|state| state == document.state)
            && self.gross_from.is_none_or(|least| least.get() <= invoice.gross)
            && self.gross_to.is_none_or(|most| invoice.gross <= most.get())
    }
}

fn all((series, period, sequence): Place<'_>, limit: i64) -> Statement {
    Statement::new(select!(
        "WHERE r.seller = $1 AND (r.series, r.period, r.sequence) > ($2, $3, $4) \
         ORDER BY r.seller, r.series, r.period, r.sequence LIMIT $5"
    ))
    .bind(SELLER)
    .bind(series)
    .bind(period)
    .bind(sequence)
    .bind(limit + 1)
}

/// The rows of a window in the order of numbers: of a customer, of a series, or of all. The first five parameters are its
/// own.
macro_rules! window {
    (customer) => {
        "SELECT id, series, period, sequence, issued_at, gross, due_on FROM registrations \
         WHERE seller = $1 AND (series, period, sequence) > ($2, $3, $4) AND login = $6 \
         ORDER BY login, seller, series, period, sequence LIMIT $5"
    };
    (series) => {
        "SELECT id, series, period, sequence, issued_at, gross, due_on FROM registrations \
         WHERE seller = $1 AND (series, period, sequence) > ($2, $3, $4) AND series = $6 \
         ORDER BY seller, series, period, sequence LIMIT $5"
    };
    (all) => {
        "SELECT id, series, period, sequence, issued_at, gross, due_on FROM registrations \
         WHERE seller = $1 AND (series, period, sequence) > ($2, $3, $4) AND $6 = '' \
         ORDER BY seller, series, period, sequence LIMIT $5"
    };
}

macro_rules! of_window {
    ($kind:ident) => {
        concat!(
            select!("WHERE r.id IN (SELECT w.id FROM ("),
            window!($kind),
            ") w WHERE w.issued_at >= $7 AND w.issued_at < $8 AND w.gross >= $9 AND w.gross <= $10 \
             AND ($11 = '' OR w.series = $11) AND ($12 = '' OR $12 = (SELECT CASE WHEN h.state IN ('registered', 'partly_paid') \
             AND w.due_on IS NOT NULL AND w.due_on < $13 THEN 'overdue' ELSE h.state END \
             FROM history h WHERE h.invoice = w.id ORDER BY h.version DESC LIMIT 1)) \
             ORDER BY w.series, w.period, w.sequence LIMIT $14) ORDER BY r.series, r.period, r.sequence"
        )
    };
}

macro_rules! last_of_window {
    ($kind:ident) => {
        concat!(
            "SELECT w.series, w.period, w.sequence FROM (",
            window!($kind),
            ") w ORDER BY w.series DESC, w.period DESC, w.sequence DESC LIMIT 1"
        )
    };
}

macro_rules! rows_of_window {
    ($kind:ident) => {
        concat!("SELECT count(*) FROM (", window!($kind), ") w")
    };
}

/// The text for what the window is about, with the window's own parameters.
fn windowed(asked: &PageOf, (series, period, sequence): Place<'_>, texts: [&'static str; 3]) -> Statement {
    let [of_customer, of_series, of_all] = texts;
    let (text, subject) = match (&asked.customer, &asked.series) {
        (Some(customer), _) => (of_customer, &**customer),
        (None, Some(series)) => (of_series, &**series),
        (None, None) => (of_all, ""),
    };
    let statement = Statement::new(text).bind(SELLER).bind(series).bind(period).bind(sequence);
    statement.bind(WINDOW).bind(subject)
}

fn narrowed(asked: &PageOf, start: Place<'_>, limit: i64) -> Statement {
    let zone = config::cached::<Shop>().map_or(Zone::UTC, |shop| shop.zone);
    let now = time::now_us();
    let today = Date::of_moment(now, zone.offset_at(now)).map(|day| day.to_string()).unwrap_or_default();
    let end = asked.to.and_then(|day| day.plus_days(1)).map_or(MOMENT_MAX, |day| zone.begin_us(day));
    windowed(asked, start, [of_window!(customer), of_window!(series), of_window!(all)])
        .bind(Timestamp(asked.from.map_or(0, |day| zone.begin_us(day))))
        .bind(Timestamp(end))
        .bind(asked.gross_from.map_or(0, kontor_sdk::Bounded::get))
        .bind(asked.gross_to.map_or(kontor_rules::money::AMOUNT_MAX, kontor_sdk::Bounded::get))
        .bind(asked.series.as_deref().unwrap_or_default())
        .bind(asked.state.map_or("", kontor_rules::ledger::State::name))
        .bind(today)
        .bind(limit + 1)
}

/// Where the next page goes on if the window was full, though few of its rows were asked for.
fn end_of_window(asked: &PageOf, start: Place<'_>) -> Result<Option<String>, Error> {
    let counted = windowed(asked, start, [rows_of_window!(customer), rows_of_window!(series), rows_of_window!(all)]);
    let (rows,) = counted.one::<(i64,)>()?;
    if rows < WINDOW {
        return Ok(None);
    }
    let last = windowed(asked, start, [last_of_window!(customer), last_of_window!(series), last_of_window!(all)]);
    let last = last.first::<(String, String, i64)>()?;
    Ok(last.map(|(series, period, sequence)| cursor((&series, &period, sequence))))
}
