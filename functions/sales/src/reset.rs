//! Emptying the sales.

use kontor_sdk::{
    Json, Problem, log,
    sql::{Batch, Statement},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What was deleted.
#[derive(Serialize, ToSchema)]
pub struct Deleted {
    /// How many sales there were.
    #[schema(example = 3)]
    deleted: u64,
}

/// Answers `resetSales`. One batch: nobody ever sees sales without their totals. Invoices are another function's.
pub fn reset_sales() -> Result<Json<Deleted>, Problem> {
    let executed = Batch::new()
        .statement(Statement::new("DELETE FROM sales"))
        .statement(Statement::new("DELETE FROM sales_by_hour"))
        .statement(Statement::new("UPDATE totals SET sales = 0, turnover = 0 WHERE id = 1").expect_rows(1))
        .execute()?;
    let deleted = executed.affected(0);
    log::info(&format!("all {deleted} sales were deleted"));
    Ok(Json(Deleted { deleted }))
}
