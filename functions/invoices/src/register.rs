//! Registering an invoice.

use kontor_sdk::{
    Event, Retry,
    config::{self, Misconfigured},
    sql::{self, Batch, Statement, Timestamp},
    time::{self, Date},
};
use sha2::{Digest, Sha256};

use crate::{body::Body, sale::SaleMade, seller::Seller};

/// The one seller there is so far.
pub const SELLER: &str = "default";
/// The default series: one a seller, whose numbers begin anew each year.
const SERIES: &str = "RE";

/// Takes `sale.made`. The second delivery of an event changes nothing.
pub fn on_sale(event: &Event) -> Result<(), Retry> {
    let seller = config::cached::<Seller>().map_err(no_seller)?;
    let sale: SaleMade = event.json()?;
    let source = format!("{}/{}", event.source, sale.sale);
    let (id, login, receipt_hash) = (sale.invoice.clone(), sale.buyer.login.clone(), sale.receipt_hash.clone());
    let body = Body::of(sale, Seller::clone(&seller)).map_err(Retry::Failed)?;
    let canonical = body.canonical().map_err(Retry::Failed)?;
    let entry = Entry { id: &id, login: &login, receipt_hash: &receipt_hash, source: &source };
    let now = time::now_us();
    let mut registered = batch(&entry, &body, &canonical, now).execute();
    if let Err(sql::Error::Guard { statement: COUNTER, .. }) = registered {
        open_series(now)?;
        registered = batch(&entry, &body, &canonical, now).execute();
    }
    match registered {
        Ok(_) => Ok(()),
        Err(sql::Error::Conflict { .. }) if is_registered(&source)? => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Nothing can be registered, and no sale is lost: events wait until there is a seller.
fn no_seller(error: Misconfigured) -> Retry {
    Retry::Unavailable(format!(
        "no-seller: {error}; set seller_name, seller_street, seller_zip, seller_city, seller_country and seller_vat_id or \
         seller_tax_number in the section of the function invoices"
    ))
}

/// Whether the conflict was with this very source, and not with another invoice's id or number.
fn is_registered(source: &str) -> Result<bool, sql::Error> {
    let found = Statement::new("SELECT id FROM registrations WHERE source = $1").bind(source).first::<(String,)>()?;
    Ok(found.is_some())
}

struct Entry<'a> {
    id: &'a str,
    login: &'a str,
    receipt_hash: &'a str,
    source: &'a str,
}

/// Place in the batch of the statement that raises the counter.
const COUNTER: u32 = 0;

/// Makes the counter of a series' year, unless somebody else has. Not a part of every registration: reading the table that
/// it writes to makes an engine copy what it read, each time.
fn open_series(now: i64) -> Result<(), sql::Error> {
    let insert = Statement::new(
        "INSERT INTO series (seller, series, period, last_sequence, last_time) \
         SELECT $1, $2, $3, 0, $4 FROM (SELECT 1 AS one) AS once \
         WHERE NOT EXISTS (SELECT 1 FROM series WHERE seller = $1 AND series = $2 AND period = $3)",
    );
    let insert = insert.bind(SELLER).bind(SERIES).bind(Date::of(now).year.to_string()).bind(Timestamp(now));
    Batch::new().statement(insert).execute().map(|_| ())
}

/// Raises the series' counter, and gives number and issue time from it to the registration: the function never guesses
/// them, so nothing has to be tried again however many do the same. The issue time is never before the series' last one,
/// whatever the clock does. A number has at least six digits. If the year has no counter yet, the guard of [`COUNTER`]
/// undoes it all.
fn batch(entry: &Entry<'_>, body: &Body, canonical: &str, now: i64) -> Batch {
    let period = Date::of(now).year.to_string();
    let hash = Sha256::digest(canonical).to_vec();
    Batch::new()
        .statement(
            Statement::new(
                "UPDATE series SET last_sequence = last_sequence + 1, \
                 last_time = CASE WHEN last_time > $1 THEN last_time ELSE $1 END \
                 WHERE seller = $2 AND series = $3 AND period = $4",
            )
            .bind(Timestamp(now))
            .bind(SELLER)
            .bind(SERIES)
            .bind(&period)
            .expect_rows(1),
        )
        .statement(
            Statement::new(
                "INSERT INTO registrations (id, seller, series, period, sequence, number, issued_at, login, currency, net, \
                 tax, gross, balance_used, body_hash, receipt_hash, source) \
                 SELECT $1, seller, series, period, last_sequence, series || '-' || period || '-' || \
                 CASE WHEN last_sequence < 1000000 THEN substr(CAST(1000000 + last_sequence AS char(20)), 2) \
                 ELSE CAST(last_sequence AS char(20)) END, \
                 last_time, $2, $3, $4, $5, $6, 0, $7, $8, $9 \
                 FROM series WHERE seller = $10 AND series = $11 AND period = $12",
            )
            .bind(entry.id)
            .bind(entry.login)
            .bind(&body.currency)
            .bind(body.net)
            .bind(body.tax)
            .bind(body.gross)
            .bind(hash)
            .bind(entry.receipt_hash)
            .bind(entry.source)
            .bind(SELLER)
            .bind(SERIES)
            .bind(&period)
            .expect_rows(1),
        )
        .statement(Statement::new("INSERT INTO pending (id, body) VALUES ($1, $2)").bind(entry.id).bind(canonical))
}
