//! `sale.made` becomes an invoice.

use kontor_rules::{choice::UseBalance, invoice};
use kontor_sdk::{
    Event, Retry,
    config::{self, Misconfigured},
    sql::{self, Statement},
    time,
};

use crate::{
    register::{Author, Entry, Registration},
    sale::SaleMade,
    seller::{Shop, WHAT_TO_SET},
};

/// Takes `sale.made`. The second delivery of an event changes nothing.
pub fn on_sale(event: &Event) -> Result<(), Retry> {
    let shop = config::cached::<Shop>().map_err(|error| no_seller(&error))?;
    let sale: SaleMade = event.json()?;
    let source = format!("{}/{}", event.source, sale.sale);
    let (id, receipt_hash, paid) = (sale.invoice.clone(), sale.receipt_hash.clone(), sale.gross);
    let why = format!("sale {}", sale.sale);
    let draft = sale.into_draft(&shop.seller, shop.zone).map_err(Retry::Failed)?;
    let accepted =
        invoice::check(draft, &shop.seller).map_err(|broken| Retry::Failed(crate::violations::listed(&broken)))?;
    let invoice = accepted.invoice;
    if invoice.gross != paid {
        return Err(Retry::Failed(format!("the lines sum to {} and {paid} were paid", invoice.gross)));
    }
    let entry = Entry {
        id: &id,
        source: &source,
        receipt_hash: &receipt_hash,
        use_balance: UseBalance::None,
        is_paid: true,
        author: Author { by: &event.source, why: &why },
    };
    let series = shop.series_named(None).ok_or_else(|| Retry::Unavailable("there is no number series".to_owned()))?;
    let unfit = |error: crate::register::Unfit| Retry::Failed(error.to_string());
    let registration = Registration::new(entry, &invoice, &shop, series, time::now_us()).map_err(unfit)?;
    match registration.commit(|batch| batch) {
        Ok(_) => Ok(()),
        Err(sql::Error::Conflict { .. }) if is_registered(&source)? => Ok(()),
        Err(error) => Err(error.into()),
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
