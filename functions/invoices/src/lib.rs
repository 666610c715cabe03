//! Writes invoices that nobody can change.
//!
//! Registering an invoice is one batch: the series' counter, the registration with its number, and the body are durable
//! together or not at all. So a number exists only if its invoice does, a crash leaves no gap, and the second delivery of
//! an event changes nothing. There is no operation that changes or deletes, and the tables let nobody do it either.

mod corrections;
mod create;
mod event;
mod ledger;
mod list;
mod numbers;
mod receipt;
mod register;
mod registration;
mod sale;
mod seals;
mod seller;
mod sums;
mod tables;
mod violations;
mod zone;

use kontor_sdk::{Function, get, post};

kontor_sdk::export!(crate::function);

/// The function.
#[must_use]
pub fn function() -> Function {
    let mut function = Function::new("invoices", env!("CARGO_PKG_VERSION"))
        .title("Kontor invoices")
        .description("Invoices that nobody can change. Amounts are integers in the currency's minor units.")
        .sql(tables::migrations)
        .subscribe("sales", "sale.made", event::on_sale);
    for (key, description, default) in seller::KEYS {
        function = function.configuration(key, description, default);
    }
    function
        .check::<seller::Shop>()
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
            post("/invoices", "createInvoice", create::create_invoice)
                .summary("Registers an invoice")
                .description(
                    "All broken rules of EN 16931, of German law and of Kontor's own are told at once (422). Number, issue \
                     time and sums are the server's. `preview=true` checks and computes, and takes no number.",
                )
                .scope("invoices:write"),
        )
        .operation(
            get("/invoices/{id}/history", "getInvoiceHistory", ledger::get_history)
                .summary("What happened to an invoice: when, by whom, why, and what was posted")
                .scope("invoices:read"),
        )
        .operation(
            get("/invoices/{id}/proof", "getProof", seals::get_proof)
                .summary("The proof that an invoice is under a seal, which anybody can check")
                .description(
                    "What was frozen, the leaf with its hash, the path to the seal's root, and the seal with its signature. \
                     /check.html says how to check it without Kontor. An invoice is sealed a moment after its \
                     registration; until then this is 404 with `Retry-After`.",
                )
                .scope("invoices:read"),
        )
        .operation(
            post("/invoices/{id}/cancellation", "cancelInvoice", corrections::cancel_invoice)
                .summary("Cancels an invoice whole, by a new one of its own number")
                .description("Send `{}`, or `reason`, `id`, `series` and `source`. What was paid becomes balance.")
                .scope("invoices:write"),
        )
        .operation(
            post("/invoices/{id}/corrections", "correctInvoice", corrections::correct_invoice)
                .summary("Takes a part of an invoice back; states a cancelled one anew")
                .description(
                    "Amounts are positive and are taken back (381). For an invoice that is cancelled it is the corrected \
                     invoice (384), which states the whole anew.",
                )
                .scope("invoices:write"),
        )
        .operation(
            post("/invoices/{id}/payments", "recordPayment", ledger::pay)
                .summary("Money came in; what is too much becomes balance")
                .scope("invoices:write"),
        )
        .operation(
            post("/invoices/{id}/refunds", "recordRefund", ledger::refund)
                .summary("Money went back to the customer, out of what became balance")
                .scope("invoices:write"),
        )
        .operation(
            post("/invoices/{id}/chargebacks", "recordChargeback", ledger::charge_back)
                .summary("The bank took a payment back")
                .scope("invoices:write"),
        )
        .operation(
            post("/invoices/{id}/balance-uses", "useBalance", ledger::use_balance)
                .summary("The customer's balance pays")
                .scope("invoices:write"),
        )
        .operation(
            get("/customers/{login}/balance", "getBalance", ledger::get_balance)
                .summary("What a customer has")
                .scope("invoices:read"),
        )
        .operation(
            post("/customers/{login}/balance", "bookBalance", ledger::book_balance)
                .summary("Money for a balance, or out of it, and for no invoice")
                .scope("invoices:write"),
        )
        .operation(
            get("/sums", "sumInvoices", sums::sum_invoices)
                .summary("What was invoiced in a month, by kind, currency, tax rate and state")
                .scope("invoices:read"),
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
