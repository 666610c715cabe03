//! Tariff and budgets as `kontor.toml` has them.

use std::{collections::BTreeMap, fmt, str::FromStr};

use anyhow::{Result, bail};
use kontor_host::{BudgetRule, PICO, Window};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Budgets that one function can have; each call looks at them.
const BUDGETS_MAX: usize = 64;
/// Decimals that an amount can have.
const DECIMALS_MAX: usize = 12;

/// An amount of money, in 10^-12 of the currency. Written `"0.20"` or `0.2`; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money(pub u64);

impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(decimals) || decimals.len() > DECIMALS_MAX {
            return Err(format!(
                "{text:?} is no amount; write for example \"0.20\", with at most {DECIMALS_MAX} decimals"
            ));
        }
        let pico = format!("{whole}{decimals:0<DECIMALS_MAX$}");
        pico.parse().map(Self).map_err(|_| format!("{text:?} is too much; an amount can be 18 million at most"))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = u64::try_from(PICO).unwrap_or(u64::MAX);
        let decimals = format!("{:0DECIMALS_MAX$}", self.0 % unit);
        match decimals.trim_end_matches('0') {
            "" => write!(formatter, "{}", self.0 / unit),
            decimals => write!(formatter, "{}.{decimals}", self.0 / unit),
        }
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A number is read as it is written.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(u64),
    Number(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Written::deserialize(deserializer)? {
            Written::Whole(number) => number.to_string(),
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(D::Error::custom)
    }
}

/// What calls cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tariff {
    /// ISO 4217.
    pub currency: String,
    /// A million calls.
    pub million_requests: Money,
    /// Memory of 10^9 bytes held for a second.
    pub gb_second: Money,
    /// 10^9 bytes of answers.
    pub gb_out: Money,
}

impl Default for Tariff {
    fn default() -> Self {
        let host = kontor_host::Tariff::default();
        Self {
            currency: host.currency,
            million_requests: Money(host.million_requests_pico),
            gb_second: Money(host.gb_second_pico),
            gb_out: Money(host.gb_out_pico),
        }
    }
}

impl Tariff {
    /// As the host takes it.
    pub fn for_host(&self) -> kontor_host::Tariff {
        kontor_host::Tariff {
            currency: self.currency.clone(),
            million_requests_pico: self.million_requests.0,
            gb_second_pico: self.gb_second.0,
            gb_out_pico: self.gb_out.0,
        }
    }
}

/// How long a budget lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight, UTC.
    Day,
}

/// What a function or one of its callers may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// The function.
    pub function: String,
    /// A token's name, or `anonymous`; without it, all callers together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// For how long.
    pub per: Per,
    /// Calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Money by the tariff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}

impl Budget {
    /// As the host takes it.
    pub fn for_host(&self) -> BudgetRule {
        BudgetRule {
            function: self.function.clone(),
            caller: self.caller.clone(),
            window: match self.per {
                Per::Hour => Window::Hour,
                Per::Day => Window::Day,
            },
            requests: self.requests,
            money_pico: self.money.map(|money| money.0.into()),
        }
    }
}

/// Checks that each budget allows something, once.
///
/// # Errors
/// The first one that makes no sense.
pub(super) fn check(budgets: &[Budget]) -> Result<()> {
    let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for budget in budgets {
        let (function, rule) = (budget.function.as_str(), budget.for_host());
        let per = rule.window.name();
        match (budget.requests, budget.money) {
            (None, None) => {
                bail!("budgets: the one of {function} allows neither `requests` nor `money`; name one of them")
            }
            (Some(0), _) => {
                bail!("budgets: {function}: requests is 0; to let nobody in, `kontor functions disable {function}`")
            }
            (_, Some(Money(0))) => {
                bail!("budgets: {function}: money is 0; to let nobody in, `kontor functions disable {function}`")
            }
            _ => {}
        }
        let of_function = keys.entry(function).or_default();
        if of_function.contains(&rule.key()) {
            let whose = budget.caller.as_ref().map_or(String::new(), |caller| format!(" for {caller}"));
            bail!("budgets: {function} has two budgets per {per}{whose}; put requests and money into one");
        }
        of_function.push(rule.key());
        if of_function.len() > BUDGETS_MAX {
            bail!("budgets: {function} has more than {BUDGETS_MAX}; each call looks at them");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_and_written_back() {
        for (text, pico, shown) in [
            ("0.20", 200_000_000_000, "0.2"),
            ("0.0000166667", 16_666_700, "0.0000166667"),
            ("3", 3_000_000_000_000, "3"),
            ("0.000000000001", 1, "0.000000000001"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.0, money.to_string().as_str()), (pico, shown));
        }
        for text in ["", ".5", "-1", "1e3", "1.0000000000001", "99999999999", "1,5"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }
}
