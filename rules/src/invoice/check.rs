//! What all rules use: where violations go, and texts.

use super::limits::MOMENT_MAX;
use crate::{
    codes,
    money::AMOUNT_MAX,
    violation::{At, Violation, Violations},
};

/// The rules at work on one draft.
#[derive(Debug, Default)]
pub(super) struct Check {
    /// What is wrong.
    pub violations: Violations,
    /// What looks wrong and may be right.
    pub warnings: Violations,
}

/// Whether XML 1.0 can hold the character (its production `Char`).
fn is_xml(found: char) -> bool {
    matches!(found, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

impl Check {
    pub fn after(violations: Violations) -> Self {
        Self { violations, warnings: Violations::default() }
    }

    pub fn fault(&mut self, at: At<'_>, code: &'static str, detail: impl Into<String>, hint: impl Into<String>) {
        self.violations.add(at, code, detail, hint);
    }

    pub fn warn(&mut self, at: At<'_>, code: &'static str, detail: impl Into<String>, hint: impl Into<String>) {
        self.warnings.add(at, code, detail, hint);
    }

    /// A text that may be left out.
    pub fn text(&mut self, value: Option<String>, at: At<'_>, most: usize) -> Option<String> {
        value.inspect(|text| self.is_text(text, at, most))
    }

    /// What every text has to be: not blank, not too long, and nothing that an e-invoice could not hold.
    pub fn is_text(&mut self, text: &str, at: At<'_>, most: usize) {
        if text.trim().is_empty() {
            self.fault(at, "blank", "This text is blank.", "Write something, or leave the field out.");
        }
        // No text has more characters than bytes, so most are not counted.
        let length = if text.len() > most { text.chars().count() } else { 0 };
        if length > most {
            let detail = format!("This text has {length} characters; at most {most} are allowed.");
            self.fault(at, "too-long", detail, "Shorten it.");
        }
        if let Some(wrong) = text.chars().find(|found| !is_xml(*found)) {
            let detail =
                format!("U+{:04X} is a character that XML 1.0, and so an e-invoice, cannot hold.", u32::from(wrong));
            self.fault(at, "not-xml", detail, "Leave the character out.");
        }
    }

    /// A text that has to be there; empty if it is not.
    pub fn needed(&mut self, value: Option<String>, at: At<'_>, most: usize, code: &'static str, what: &str) -> String {
        if value.is_none() {
            self.violations.missing(at, code, format!("{what} is missing."), "Write it into this field.");
        }
        self.text(value, at, most).unwrap_or_default()
    }

    /// A code of a list, if there is one.
    pub fn coded(
        &mut self,
        value: Option<String>,
        at: At<'_>,
        list: &str,
        code: &'static str,
        what: &str,
    ) -> Option<String> {
        value.inspect(|text| self.is_code(text, at, list, code, what))
    }

    /// What is a code has to be in its list.
    pub fn is_code(&mut self, text: &str, at: At<'_>, list: &str, code: &'static str, what: &str) {
        if !codes::contains(list, text) {
            let shown: String = text.chars().take(30).collect();
            self.fault(at, code, format!("{shown:?} is no {what}."), format!("Use one of the codes of {what}."));
        }
    }

    /// An identifier of letters, digits and some signs.
    pub fn id(&mut self, value: Option<String>, at: At<'_>, most: usize) -> Option<String> {
        let id = self.text(value, at, most)?;
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
            let detail = "This id has other signs than letters, digits, hyphens, underscores and points.";
            self.fault(at, "wrong-format", detail, "Use A to Z, a to z, 0 to 9, -, _ and . only.");
        }
        Some(id)
    }

    /// An amount inside its limits.
    pub fn amount(&mut self, amount: i64, least: i64, most: i64, at: At<'_>) -> i64 {
        if !(least..=most).contains(&amount) {
            let detail = format!("{amount} is out of range; from {least} to {most} minor units are allowed.");
            self.fault(at, "out-of-range", detail, "Send an amount inside the range, in the currency's minor unit.");
        }
        amount.clamp(-AMOUNT_MAX, AMOUNT_MAX)
    }

    /// A moment, µs since 1970 UTC, inside what JSON holds.
    pub fn moment(&mut self, at_us: i64, at: At<'_>) -> i64 {
        if !(0..=MOMENT_MAX).contains(&at_us) {
            let detail = format!("{at_us} is out of range; from 0 to {MOMENT_MAX} µs since 1970 UTC are allowed.");
            self.fault(at, "out-of-range", detail, "Send microseconds since 1970 UTC.");
        }
        at_us
    }

    /// Says if a list is too long, and cuts it: what is past the limit is not looked at.
    pub fn at_most<T>(&mut self, list: Option<Vec<T>>, at: At<'_>, most: usize) -> Vec<T> {
        let mut list = list.unwrap_or_default();
        if list.len() > most {
            let detail = format!("There are {} entries; at most {most} are allowed.", list.len());
            self.fault(at, "too-many", detail, "Send fewer.");
            list.truncate(most);
        }
        list
    }

    /// All violations, or the value if there are none, with the warnings.
    pub fn finish<T>(self, value: T) -> Result<(T, Vec<Violation>), Vec<Violation>> {
        if self.violations.is_empty() { Ok((value, self.warnings.into_vec())) } else { Err(self.violations.into_vec()) }
    }
}
