//! `/invoices` and `/receipts` of the function `invoices`.

mod issuing;
mod list_and_get;
mod proof;
mod receipts;
