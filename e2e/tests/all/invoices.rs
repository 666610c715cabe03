//! `/invoices` and `/receipts` of the function `invoices`.

mod list_and_get;
mod receipts;
