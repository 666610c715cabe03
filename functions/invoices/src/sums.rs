//! `GET /sums`: what was invoiced in a month.

use kontor_rules::{Category, Date, Rate, invoice::Kind, ledger::State};
use kontor_sdk::{
    Fault, Json, Problem, Query, Text, config, log, problem, row,
    sql::{Statement, Timestamp},
    time,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{register::SELLER, seller::Shop, zone::Zone};

/// Which month.
#[derive(Deserialize, ToSchema)]
pub struct Asked {
    /// Year and month, like `2026-11`.
    #[schema(inline)]
    month: Text<7, 7>,
}

/// What was invoiced in a month.
#[derive(Serialize, ToSchema)]
pub struct Sums {
    /// Year and month.
    month: String,
    /// One for each kind, currency, category, rate and state.
    sums: Vec<Sum>,
}

/// A sum. Amounts are in minor units; those of cancellations and credits are positive and are taken back.
#[derive(Serialize, ToSchema)]
pub struct Sum {
    /// What the invoices do.
    kind: Kind,
    /// ISO 4217 code.
    currency: String,
    /// Tax category.
    category: Category,
    /// Percent.
    rate: String,
    /// The invoices' state now.
    state: State,
    /// How many invoices have such a tax.
    invoices: i64,
    /// Without tax.
    net: i64,
    /// The tax.
    tax: i64,
}

row! {
    /// A sum of a day.
    struct Part {
        kind: String,
        currency: String,
        category: String,
        rate: i64,
        state: String,
        invoices: i64,
        net: i64,
        tax: i64,
    }
}

/// Answers `sumInvoices`. The month is summed up day by day, so that no single query runs for long.
pub fn sum_invoices(Query(asked): Query<Asked>) -> Result<Json<Sums>, Problem> {
    let first: Date = format!("{}-01", &*asked.month).parse().map_err(|_| wrong_month(&asked.month))?;
    let zone = config::cached::<Shop>().map_or(Zone::UTC, |shop| shop.zone);
    let now = time::now_us();
    let today = Date::of_moment(now, zone.offset_at(now)).map(|day| day.to_string()).unwrap_or_default();
    let mut parts: Vec<Part> = Vec::new();
    let is_inside = |day: &Date| day.to_string().starts_with(&*asked.month);
    for day in (0..31).filter_map(|days| first.plus_days(days)).filter(is_inside) {
        let end = day.plus_days(1).map_or(i64::MAX, |next| zone.begin_us(next));
        for part in of_day(zone.begin_us(day), end, &today)? {
            match parts.iter_mut().find(|sum| sum.is_alike(&part)) {
                Some(sum) => sum.add(&part),
                None => parts.push(part),
            }
        }
    }
    let sums = parts.into_iter().map(Part::into_sum).collect::<Option<_>>().ok_or_else(|| {
        log::error("a registration has a kind, a category, a rate or a state that is none");
        Problem::new(500, "function-failed", "The function failed")
    })?;
    Ok(Json(Sums { month: asked.month.into_string(), sums }))
}

impl Part {
    fn is_alike(&self, other: &Self) -> bool {
        let key = |part: &Self| {
            (part.kind.clone(), part.currency.clone(), part.category.clone(), part.rate, part.state.clone())
        };
        key(self) == key(other)
    }

    /// Sums of amounts past 64 bits are no money that there is.
    fn add(&mut self, other: &Self) {
        self.invoices = self.invoices.saturating_add(other.invoices);
        self.net = self.net.saturating_add(other.net);
        self.tax = self.tax.saturating_add(other.tax);
    }

    fn into_sum(self) -> Option<Sum> {
        let rate: Rate = format!("{}.{:02}", self.rate / 100, self.rate % 100).parse().ok()?;
        Some(Sum {
            kind: self.kind.parse().ok()?,
            currency: self.currency,
            category: self.category.parse().ok()?,
            rate: rate.to_string(),
            state: self.state.parse().ok()?,
            invoices: self.invoices,
            net: self.net,
            tax: self.tax,
        })
    }
}

fn of_day(begin: i64, end: i64, today: &str) -> Result<Vec<Part>, kontor_sdk::sql::Error> {
    Statement::new(
        "SELECT g.kind, g.currency, g.category, g.rate, g.state, count(*), sum(g.net), sum(g.tax) FROM (\
         SELECT r.kind, r.currency, coalesce(r.tax_category, t.category) AS category, coalesce(r.tax_rate, t.rate) AS rate, \
         coalesce(t.net, r.net) AS net, coalesce(t.tax, r.tax) AS tax, (SELECT CASE WHEN h.state IN ('registered', 'partly_paid') \
         AND r.due_on IS NOT NULL AND r.due_on < $4 THEN 'overdue' ELSE h.state END \
         FROM history h WHERE h.invoice = r.id ORDER BY h.version DESC LIMIT 1) AS state \
         FROM registrations r LEFT JOIN taxes t ON r.tax_category IS NULL AND t.id = r.id \
         WHERE r.seller = $1 AND r.issued_at >= $2 AND r.issued_at < $3) g \
         GROUP BY g.kind, g.currency, g.category, g.rate, g.state ORDER BY g.kind, g.currency, g.category, g.rate, g.state",
    )
    .bind(SELLER)
    .bind(Timestamp(begin))
    .bind(Timestamp(end))
    .bind(today)
    .rows()
}

fn wrong_month(month: &str) -> Problem {
    problem::invalid_parameters(vec![Fault {
        code: "wrong-format".to_owned(),
        pointer: "#/query/month".to_owned(),
        detail: format!("{month:?} is no month."),
        hint: Some("Write it like 2026-11.".to_owned()),
    }])
}
