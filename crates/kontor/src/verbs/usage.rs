//! `kontor functions usage`.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use kontor_edge::admin::usage::{Budget, Figures, Shown};

use crate::client::Client;

/// Asks the program that serves, and prints.
///
/// # Errors
/// `since` is no time, or nobody answers.
pub async fn show(client: &Client, since: &str, json: bool) -> Result<()> {
    let since_ms = moment(since, Timestamp::now())?.as_millisecond();
    let shown: Shown = client.get(&format!("/api/usage?since_ms={since_ms}")).await?;
    if json {
        say!("{}", serde_json::to_string_pretty(&shown)?);
        return Ok(());
    }
    say!("Since {}:\n", super::moment(shown.since_ms));
    let head = ["FUNCTION", "OPERATION", "REQUESTS", "ERRORS", "CALLS", "CPU", "GB-S", "IN", "OUT", "ROWS"];
    let cost = format!("COST {}", shown.currency);
    let head: Vec<&str> = head.into_iter().chain([cost.as_str()]).collect();
    let mut rows = Vec::new();
    for function in &shown.functions {
        let operations = function.operations.iter();
        rows.extend(operations.map(|of| row(&function.function, &of.operation, &of.figures)));
        rows.push(row(&function.function, "all", &function.total));
    }
    super::print_table(&head, &rows)?;
    say!("\nAltogether {} {}", shown.cost, shown.currency);
    if !shown.budgets.is_empty() {
        say!();
        let rows: Vec<_> = shown.budgets.iter().map(budget).collect();
        super::print_table(&["FUNCTION", "CALLER", "PER", "USED", "REQUESTS", "MONEY", "RESETS"], &rows)?;
    }
    Ok(())
}

/// A span back from now, a day (UTC), or a moment.
fn moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    if let Ok(date) = text.parse::<Date>() {
        return Ok(date.to_zoned(TimeZone::UTC)?.timestamp());
    }
    let days = text.strip_suffix('d').and_then(|days| days.trim().parse::<u32>().ok());
    let span = match days {
        Some(days) => Some(SignedDuration::from_hours(24 * i64::from(days))),
        None => text.parse::<SignedDuration>().ok().filter(|span| !span.is_negative()),
    };
    let span = span
        .with_context(|| format!("--since is {text:?}; write a span such as 24h or 30d, a day such as 2026-11-01, or a moment such as 2026-11-01T08:00:00Z"))?;
    now.checked_sub(span).with_context(|| format!("--since {text} is too long ago"))
}

fn row(function: &str, operation: &str, figures: &Figures) -> Vec<String> {
    let count = |count: u64| count.to_string();
    vec![
        function.to_owned(),
        operation.to_owned(),
        count(figures.requests),
        count(figures.errors),
        count(figures.calls),
        format!("{:.3}s", figures.cpu_ms / 1e3),
        format!("{:.6}", figures.gb_seconds),
        bytesize::ByteSize(figures.received_bytes).to_string(),
        bytesize::ByteSize(figures.sent_bytes).to_string(),
        count(figures.rows),
        figures.cost.clone(),
    ]
}

fn budget(budget: &Budget) -> Vec<String> {
    let of = |used: String, max: Option<String>| max.map_or(used.clone(), |max| format!("{used} of {max}"));
    vec![
        budget.function.clone(),
        budget.caller.clone().unwrap_or_else(|| "(all)".to_owned()),
        budget.per.clone(),
        format!("{} %", budget.percent),
        of(budget.requests.to_string(), budget.requests_max.map(|max| max.to_string())),
        of(budget.money.clone(), budget.money_max.clone()),
        super::moment(budget.resets_ms),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_span_a_day_or_a_moment() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("24h", "2026-11-20T10:00:00Z"),
            ("30d", "2026-10-22T10:00:00Z"),
            ("90 min", "2026-11-21T08:30:00Z"),
            ("2026-11-01", "2026-11-01T00:00:00Z"),
            ("2026-11-01T08:00:00+01:00", "2026-11-01T07:00:00Z"),
        ] {
            assert_eq!(moment(text, now).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "yesterday", "-1h", "99999999999d"] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }
}
