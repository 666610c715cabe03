//! `/invoices` and `/receipts` of the function `invoices`.

mod importing;
mod issuing;
mod list_and_get;
mod proof;
mod receipts;
mod writers;
