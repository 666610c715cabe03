//! How much was sold.

use kontor_sdk::{
    Bounded, Config, Json, Problem, Query,
    sql::{Statement, Timestamp},
    time,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::prices::Prices;

const HOUR_US: i64 = 3_600_000_000;

/// The hour that holds the instant, both in µs since 1970 UTC.
pub fn hour_of(us: i64) -> i64 {
    us - us.rem_euclid(HOUR_US)
}

/// Number of sales and turnover.
#[derive(Serialize, ToSchema)]
pub struct CurrentMoney {
    /// How many sales there are.
    #[schema(example = 3)]
    sales: i64,
    /// Their gross amounts together, minor units.
    #[schema(example = 11_700)]
    turnover: i64,
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
}

/// Answers `getCurrentMoney`.
pub fn get_current_money(prices: Config<Prices>) -> Result<Json<CurrentMoney>, Problem> {
    let (sales, turnover) = Statement::new("SELECT sales, turnover FROM totals WHERE id = 1").one()?;
    Ok(Json(CurrentMoney { sales, turnover, currency: prices.currency.code().to_owned() }))
}

/// How far back.
#[derive(Deserialize, ToSchema)]
pub struct Hours {
    /// How many hours, the current one included; 24 if it is left out.
    #[schema(inline)]
    hours: Option<Bounded<1, 168>>,
}

/// Sales by hour.
#[derive(Serialize, ToSchema)]
pub struct SalesPerHour {
    /// ISO 4217 code.
    #[schema(example = "EUR")]
    currency: String,
    /// Hours with sales, oldest first.
    hours: Vec<Hour>,
}

/// One hour.
#[derive(Serialize, ToSchema)]
pub struct Hour {
    /// When it begins: RFC 3339, UTC.
    #[schema(format = DateTime, example = "2026-11-21T10:00:00Z")]
    hour: String,
    /// How many sales.
    sales: i64,
    /// Their gross amounts together, minor units.
    turnover: i64,
}

/// Answers `salesPerHour`.
pub fn sales_per_hour(prices: Config<Prices>, Query(asked): Query<Hours>) -> Result<Json<SalesPerHour>, Problem> {
    let hours = asked.hours.map_or(24, Bounded::get);
    let first = Timestamp(hour_of(time::now_us()) - (hours - 1) * HOUR_US);
    let rows = Statement::new("SELECT hour, sales, turnover FROM sales_by_hour WHERE hour >= $1 ORDER BY hour")
        .bind(first)
        .rows::<(Timestamp, i64, i64)>()?;
    let hour =
        |(hour, sales, turnover): (Timestamp, i64, i64)| Hour { hour: time::rfc3339_seconds(hour.0), sales, turnover };
    Ok(Json(SalesPerHour { currency: prices.currency.code().to_owned(), hours: rows.into_iter().map(hour).collect() }))
}
