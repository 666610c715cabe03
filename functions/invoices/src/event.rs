//! `sale.made` becomes an invoice.

use kontor_rules::{choice::UseBalance, invoice};
use kontor_sdk::{
    Event, Retry,
    config::{self, Misconfigured},
    sql::{self, Statement},
    time,
};

use crate::{
    register::{ATTEMPTS, Author, Entry, NotCommitted, Registration, Source, Unfit},
    sale::SaleMade,
    seller::{Shop, WHAT_TO_SET},
};

/// Takes `sale.made`. The second delivery of an event changes nothing.
pub fn on_sale(event: &Event) -> Result<(), Retry> {
    let shop = config::cached::<Shop>().map_err(|error| no_seller(&error))?;
    let sale: SaleMade = event.json()?;
    let mut now = time::now_us();
    for _ in 0..ATTEMPTS {
        match register(event, &shop, &sale, now)? {
            Ok(()) => return Ok(()),
            Err(NotCommitted::Later(later)) => now = later,
            Err(NotCommitted::Database(error)) => return Err(error.into()),
        }
    }
    Err(sql::Error::Busy.into())
}

/// Registers the sale as of a moment. The inner error is one that the next attempt may not meet.
fn register(event: &Event, shop: &Shop, sale: &SaleMade, now: i64) -> Result<Result<(), NotCommitted>, Retry> {
    let seller = shop.seller_at(now);
    let draft = sale.draft(seller, shop.zone).map_err(Retry::Failed)?;
    let accepted = invoice::check(draft, seller).map_err(|broken| Retry::Failed(crate::violations::listed(&broken)))?;
    let invoice = accepted.invoice;
    if invoice.gross != sale.gross {
        return Err(Retry::Failed(format!("the lines sum to {} and {} were paid", invoice.gross, sale.gross)));
    }
    let source = [&event.source, "/", &sale.sale].concat();
    let entry = Entry {
        id: &sale.invoice,
        source: &source,
        receipt_hash: &sale.receipt_hash,
        use_balance: UseBalance::None,
        is_paid: true,
        author: Author { by: &event.source, why: "sold" },
    };
    let series = shop.series_named(None).ok_or_else(|| Retry::Unavailable("there is no number series".to_owned()))?;
    let unfit = |error: Unfit| match error {
        Unfit::Database(error) => error.into(),
        other => Retry::Failed(other.to_string()),
    };
    let registration = Registration::new(entry, &invoice, shop, Source::Series(series), now).map_err(unfit)?;
    match registration.commit(|batch| batch) {
        Ok(_) => Ok(Ok(())),
        Err(NotCommitted::Database(sql::Error::Conflict { .. })) if is_registered(&source)? => Ok(Ok(())),
        Err(error) => Ok(Err(error)),
    }
}

/// Nothing can be registered, and no sale is lost: events wait until there is a seller.
fn no_seller(error: &Misconfigured) -> Retry {
    Retry::Unavailable(format!("no-seller: {error}. {WHAT_TO_SET}"))
}

/// Whether the conflict was with this very source, and not with another invoice's id or number.
fn is_registered(source: &str) -> Result<bool, sql::Error> {
    let found = Statement::new("SELECT id FROM registrations WHERE source = $1").bind(source).first::<(String,)>()?;
    Ok(found.is_some())
}
