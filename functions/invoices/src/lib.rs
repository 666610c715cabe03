//! Writes invoices that nobody can change.
//!
//! Registering an invoice is one batch: the series' counter, the registration with its number, and the body are durable
//! together or not at all. So a number exists only if its invoice does, a crash leaves no gap, and the second delivery of
//! an event changes nothing. There is no operation that changes or deletes, and the tables let nobody do it either.

mod body;
mod list;
mod receipt;
mod register;
mod registration;
mod sale;
mod seller;
mod tables;

use kontor_sdk::{Function, get};

kontor_sdk::export!(crate::function);

/// The function.
#[must_use]
pub fn function() -> Function {
    let mut function = Function::new("invoices", env!("CARGO_PKG_VERSION"))
        .title("Kontor invoices")
        .description("Invoices that nobody can change. Amounts are integers in the currency's minor units.")
        .sql(tables::migrations)
        .subscribe("sales", "sale.made", register::on_sale);
    for (key, description) in seller::KEYS {
        function = function.configuration(key, description, None);
    }
    function
        .check::<seller::Seller>()
        .operation(
            get("/invoices", "listInvoices", list::list_invoices)
                .summary("Invoices in the order of their numbers, page by page")
                .description("Give `next` of one page as `after` of the following one; the last page's `next` is null.")
                .scope("invoices:read"),
        )
        .operation(
            get("/invoices/{id}", "getInvoice", list::get_invoice).summary("One invoice, whole").scope("invoices:read"),
        )
        .operation(
            get("/receipts/{token}", "getReceipt", receipt::get_receipt)
                .summary("The invoice of a purchase, for whoever has its link")
                .description(
                    "HTML to print, in German or English by `Accept-Language`; JSON if `Accept` prefers it. An invoice \
                     follows its purchase by a moment; until then this is 404 with `Retry-After`.",
                ),
        )
}
