//! `/api/…` of the shop: the function `sales`.

mod buy_mpi;
mod get_current_money;
mod idempotency_key;
mod licenses;
mod sales;
mod sales_per_hour;
