//! Sells licences, counts the money, and tells others of each sale by the event `sale.made`.
//!
//! A purchase is one batch: the sale, the running totals and the event are durable together or not at all. What the
//! event's receivers do with it, the invoice above all, is their own: if they are down, the sale stands.

mod buy;
mod made;
mod order;
mod prices;
mod reset;
mod tables;
mod turnover;

use kontor_sdk::{Function, delete, get, post};

kontor_sdk::export!(crate::function);

/// The function.
#[must_use]
pub fn function() -> Function {
    Function::new("sales", env!("CARGO_PKG_VERSION"))
        .title("Kontor sales")
        .description("Sells licences and counts the money. Amounts are integers in the currency's minor units.")
        .sql(tables::migrations)
        .configuration(
            "licenses",
            "Licences and their gross prices, as sold, in order.",
            "basic=19.00, pro=49.00, enterprise=199.00",
        )
        .configuration("currency", "ISO 4217 code of the prices' currency.", "EUR")
        .configuration("tax_rate", "Value-added tax within the prices, percent.", "19")
        .configuration(
            "receipt_base",
            "Where receipts are shown: scheme, host and port of the function invoices, without a slash at the end.",
            "http://invoices.localhost:8000",
        )
        .configuration(
            "customer_required_above",
            "Gross amount above which a purchase needs the customer's name and address (§ 33 UStDV: 250.00 EUR).",
            "250.00",
        )
        .check::<prices::Prices>()
        .operation(
            get("/api/licenses", "listLicenses", prices::list_licenses)
                .summary("Licences and their gross prices, in the order in which they are shown"),
        )
        .operation(post("/api/buy_mpi", "buyLicense", buy::buy_license).summary("Buys a licence").description(
            "Durable once it is answered. The invoice follows a moment later under the given id; `receipt` \
                     shows it to whoever has the link. Above the configured gross amount (250.00 EUR) `customer` is \
                     required.",
        ))
        .operation(
            get("/api/get_current_money", "getCurrentMoney", turnover::get_current_money)
                .summary("Number of sales and turnover")
                .description("Counted along with each sale, so it is the same work however many there are."),
        )
        .operation(
            get("/api/sales_per_hour", "salesPerHour", turnover::sales_per_hour)
                .summary("Sales and turnover of the latest hours, without hours that have no sale"),
        )
        .operation(
            delete("/api/sales", "resetSales", reset::reset_sales)
                .summary("Empties the sales")
                .description("Sales and totals go; invoices stay, since nothing can delete an invoice.")
                .scope("sales:reset"),
        )
}
