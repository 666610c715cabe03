//! Broken rules, as callers and operators are told of them.

use kontor_rules::Violation;
use kontor_sdk::{Fault, Problem};

/// For the log: each with its code and its place.
#[must_use]
pub fn listed(broken: &[Violation]) -> String {
    let one = |violation: &Violation| format!("{} at {:?}: {}", violation.code, violation.pointer, violation.detail);
    broken.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// For callers: all at once. What is wrong with the time and not with the draft is a conflict.
#[must_use]
pub fn problem(broken: Vec<Violation>) -> Problem {
    if let Some(conflict) = broken.iter().find(|violation| violation.is_conflict()) {
        return Problem::new(409, conflict.code, "The invoice's state does not allow it")
            .detail(conflict.detail.clone())
            .hint(conflict.hint.clone())
            .faults(faults(broken));
    }
    if broken.iter().any(|violation| violation.code == "not-json") {
        return Problem::new(400, "not-json", "The body is no JSON").faults(faults(broken));
    }
    let count = broken.len();
    let detail = format!("{count} {}; see errors.", if count == 1 { "rule is broken" } else { "rules are broken" });
    Problem::new(422, "invalid-invoice", "The invoice breaks rules").detail(detail).faults(faults(broken))
}

/// As a problem's `errors`.
#[must_use]
pub fn faults(broken: Vec<Violation>) -> Vec<Fault> {
    let fault = |violation: Violation| Fault {
        code: violation.code.to_owned(),
        pointer: violation.pointer,
        detail: violation.detail,
        hint: Some(violation.hint),
    };
    broken.into_iter().map(fault).collect()
}
