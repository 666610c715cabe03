//! `/api/usage`: what functions used, what that costs, and what is left of budgets.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use kontor_contract::Problem;
use kontor_data::{USAGE_KEPT_HOURS, Used};
use kontor_host::{Bill, BudgetState, Tariff, amount};
use kontor_telemetry::gb_seconds;
use serde::{Deserialize, Serialize};

use super::{Admin, refusal::Refused};

const HOUR_MS: i64 = 3_600_000;
/// What is shown if nobody says since when.
const USUAL_HOURS: i64 = 24;

/// Since when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// ms since 1970 UTC; the hour that it lies in counts as a whole. By default a day ago.
    since_ms: Option<i64>,
}

/// Everything that was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// ms since 1970 UTC: the beginning of the first hour that counts.
    pub since_ms: i64,
    /// ISO 4217, of all amounts.
    pub currency: String,
    /// All functions together.
    pub cost: String,
    /// By name.
    pub functions: Vec<Function>,
    /// As they are now, whatever `since_ms` is.
    pub budgets: Vec<Budget>,
}

/// What one function used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub function: String,
    /// All operations together.
    pub total: Figures,
    /// By name; `(on-event)` and `(on-schedule)` are what no request caused.
    pub operations: Vec<Operation>,
}

/// What one operation used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its `operationId`.
    pub operation: String,
    /// How much.
    #[serde(flatten)]
    pub figures: Figures,
}

/// How much was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Answers, refusals among them.
    pub requests: u64,
    /// Answers with 5xx.
    pub errors: u64,
    /// Calls that the function was at work for: these are paid for.
    pub calls: u64,
    /// CPU, milliseconds.
    pub cpu_ms: f64,
    /// Memory held: 10^9 bytes for a second are 1.
    pub gb_seconds: f64,
    /// Bodies received, bytes.
    pub received_bytes: u64,
    /// Bodies sent, bytes.
    pub sent_bytes: u64,
    /// Rows that statements returned or touched.
    pub rows: u64,
    /// By the tariff that is in force now; six decimals.
    pub cost: String,
}

/// What is left of a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The function.
    pub function: String,
    /// Whose; none if it is for all callers together.
    pub caller: Option<String>,
    /// `hour` or `day`.
    pub per: String,
    /// Requests let pass in this window.
    pub requests: u64,
    /// Requests that are allowed.
    pub requests_max: Option<u64>,
    /// Money spent in this window.
    pub money: String,
    /// Money that is allowed.
    pub money_max: Option<String>,
    /// Hundredths that are used.
    pub percent: u64,
    /// ms since 1970 UTC: when the next window begins.
    pub resets_ms: i64,
}

/// Answers with everything since then.
///
/// # Errors
/// The query makes no sense, or the registry cannot be read.
pub(super) async fn show(
    State(admin): State<Arc<Admin>>,
    since: Result<Query<Since>, QueryRejection>,
) -> Result<Json<Shown>, Refused> {
    let Query(since) = since.map_err(|error| {
        Problem::new(422, "invalid-query", "The query is not what this operation takes")
            .detail(error.body_text())
            .hint("There is since_ms: milliseconds since 1970 UTC.")
    })?;
    let now_ms = ms(SystemTime::now());
    let since_hour = since.since_ms.map_or(now_ms / HOUR_MS - USUAL_HOURS, |ms| ms.div_euclid(HOUR_MS));
    // What is older is gone.
    let since_hour = since_hour.max(now_ms / HOUR_MS - USAGE_KEPT_HOURS);
    let bill = admin.accounts.bill(since_hour).await.map_err(|error| Refused::unavailable(error.to_string()))?;
    Ok(Json(shown(&bill)))
}

fn ms(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn shown(bill: &Bill) -> Shown {
    let mut functions: BTreeMap<&str, (Used, Vec<Operation>)> = BTreeMap::new();
    let mut all = Used::default();
    for usage in &bill.usage {
        let (total, operations) = functions.entry(&usage.function).or_default();
        *total += usage.used;
        all += usage.used;
        operations.push(Operation { operation: usage.operation.clone(), figures: figures(&bill.tariff, &usage.used) });
    }
    let function = |(name, (total, operations)): (&str, (Used, Vec<Operation>))| Function {
        function: name.to_owned(),
        total: figures(&bill.tariff, &total),
        operations,
    };
    Shown {
        since_ms: bill.since_hour.saturating_mul(HOUR_MS),
        currency: bill.tariff.currency.clone(),
        cost: amount(bill.tariff.cost_of(&all)),
        functions: functions.into_iter().map(function).collect(),
        budgets: bill.budgets.iter().map(budget).collect(),
    }
}

fn figures(tariff: &Tariff, used: &Used) -> Figures {
    Figures {
        requests: used.requests,
        errors: used.errors,
        calls: used.calls,
        cpu_ms: Duration::from_nanos(used.cpu_ns).as_secs_f64() * 1e3,
        gb_seconds: gb_seconds(used.memory_page_us),
        received_bytes: used.received_bytes,
        sent_bytes: used.sent_bytes,
        rows: used.rows,
        cost: amount(tariff.cost_of(used)),
    }
}

fn budget(state: &BudgetState) -> Budget {
    Budget {
        function: state.rule.function.clone(),
        caller: state.rule.caller.clone(),
        per: state.rule.window.name().to_owned(),
        requests: state.requests,
        requests_max: state.rule.requests,
        money: amount(state.money_pico),
        money_max: state.rule.money_pico.map(amount),
        percent: state.percent,
        resets_ms: ms(state.resets),
    }
}

#[cfg(test)]
mod tests {
    use kontor_data::Usage;

    use super::*;

    #[test]
    fn a_function_is_the_sum_of_its_operations_and_all_is_the_sum_of_functions() {
        let usage = |function: &str, operation: &str, calls| {
            let used = Used { requests: calls + 1, calls, sent_bytes: 1000, ..Used::default() };
            Usage { function: function.to_owned(), operation: operation.to_owned(), hour: 7, used }
        };
        let usage = vec![usage("a", "x", 1_000_000), usage("a", "y", 2_000_000), usage("b", "x", 500_000)];
        let bill = Bill { tariff: Tariff::default(), since_hour: 7, usage, budgets: Vec::new() };
        let shown = shown(&bill);
        let costs: Vec<_> = shown.functions.iter().map(|function| function.total.cost.as_str()).collect();
        assert_eq!((costs, shown.cost.as_str()), (vec!["0.600000", "0.100000"], "0.700000"));
        assert_eq!(shown.functions[0].total.requests, 3_000_002);
        assert_eq!(shown.functions[0].operations.len(), 2);
        assert_eq!(shown.since_ms, 7 * HOUR_MS);
    }
}
