//! Rules about allowances and charges: BR-31 to BR-44.

use super::{
    check::Check,
    groups::Place,
    limits::{ALLOWANCES_MAX, LINE_ALLOWANCES_MAX, LONG_TEXT_MAX, PERCENT_DECIMALS_MAX},
    object::Allowance,
    pricing::Group,
};
use crate::{
    codes,
    decimal::Decimal,
    draft::AllowanceDraft,
    money::{AMOUNT_MAX, share},
    violation::At,
};

/// What an allowance or a charge is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    LineAllowance,
    LineCharge,
    Allowance,
    Charge,
}

impl Scope {
    fn field(self) -> &'static str {
        if matches!(self, Self::LineAllowance | Self::Allowance) { "allowances" } else { "charges" }
    }

    /// The code for a missing amount.
    fn amount(self) -> &'static str {
        match self {
            Self::Allowance => "BR-31",
            Self::Charge => "BR-36",
            Self::LineAllowance => "BR-41",
            Self::LineCharge => "BR-43",
        }
    }

    /// The code for a missing reason.
    fn reason(self) -> &'static str {
        match self {
            Self::Allowance => "BR-33",
            Self::Charge => "BR-38",
            Self::LineAllowance => "BR-42",
            Self::LineCharge => "BR-44",
        }
    }

    fn place(self) -> Place {
        if self.field() == "allowances" { Place::Allowance } else { Place::Charge }
    }
}

impl Check {
    /// The allowances or charges of a line whose amount is `of`. None if one of them cannot be computed.
    pub(super) fn allowances_of(
        &mut self,
        drafts: Option<Vec<AllowanceDraft>>,
        of: Option<i64>,
        scope: Scope,
        line: At<'_>,
    ) -> Option<Vec<Allowance>> {
        let root = line.field(scope.field());
        let drafts = self.at_most(drafts, root, LINE_ALLOWANCES_MAX);
        let one = |(index, draft): (usize, AllowanceDraft)| {
            let at = root.index(index);
            for (field, there) in [("category", draft.category.is_some()), ("rate", draft.rate.is_some())] {
                if there {
                    let detail = format!("A line's own {field} goes for its allowances and charges.");
                    self.fault(at.field(field), "unknown-field", detail, "Leave it out here.");
                }
            }
            self.allowance(draft, of, scope, at)
        };
        let found: Vec<Option<Allowance>> = drafts.into_iter().enumerate().map(one).collect();
        found.into_iter().collect()
    }

    /// The allowances or charges on the whole, each for one group. `sums` is what the lines of each group sum to; none if
    /// not every line could be priced.
    pub(super) fn allowances_on_all(
        &mut self,
        drafts: Option<Vec<AllowanceDraft>>,
        sums: Option<&[(Group, i64)]>,
        scope: Scope,
    ) -> Option<Vec<(Group, Allowance)>> {
        let root = At::ROOT.field(scope.field());
        let drafts = self.at_most(drafts, root, ALLOWANCES_MAX);
        let mut all = Some(Vec::new());
        for (index, draft) in drafts.into_iter().enumerate() {
            let found = self.allowance_on_all(draft, sums, scope, root.index(index));
            all = all.zip(found).map(|(mut all, found)| {
                all.extend(found);
                all
            });
        }
        all
    }

    fn allowance_on_all(
        &mut self,
        draft: AllowanceDraft,
        sums: Option<&[(Group, i64)]>,
        scope: Scope,
        at: At<'_>,
    ) -> Option<Vec<(Group, Allowance)>> {
        let of_all = || sums.map(|sums| sums.iter().map(|(_, sum)| *sum).sum::<i64>());
        if draft.category.is_some() || draft.rate.is_some() {
            let group = self.group(draft.category, draft.rate, scope.place(), at);
            let of = group
                .zip(sums)
                .map(|(group, sums)| sums.iter().find(|(one, _)| *one == group).map_or(0, |(_, sum)| *sum));
            let allowance = self.allowance(draft, of, scope, at);
            return Some(vec![(group?, allowance?)]);
        }
        let allowance = self.allowance(draft, of_all(), scope, at)?;
        let sums = sums?;
        let weights: Vec<i64> = sums.iter().map(|(_, sum)| (*sum).max(0)).collect();
        let whole = sums.len() == 1;
        let shares =
            share(allowance.amount, &weights).into_iter().zip(sums).filter(|(amount, _)| whole || *amount != 0);
        let shared = |(amount, (group, sum)): (i64, &(Group, i64))| {
            // The percentage stays true of the share as well; its base is the group's.
            let base = allowance.base.map(|base| if whole { base } else { *sum });
            (*group, Allowance { amount, net: amount, base, ..allowance.clone() })
        };
        Some(shares.map(shared).collect())
    }

    fn allowance(&mut self, draft: AllowanceDraft, of: Option<i64>, scope: Scope, at: At<'_>) -> Option<Allowance> {
        let reason = self.text(draft.reason, at.field("reason"), LONG_TEXT_MAX);
        let (list, code, what) = match scope.place() {
            Place::Charge => (codes::CHARGES, "BR-CL-20", "reason of UNTDID 7161"),
            _ => (codes::ALLOWANCES, "BR-CL-19", "reason of UNTDID 5189"),
        };
        let reason_code = self.coded(draft.reason_code, at.field("reason_code"), list, code, what);
        if reason.is_none() && reason_code.is_none() {
            self.violations.missing(
                at.field("reason"),
                scope.reason(),
                "Why is missing.",
                "Send a reason or its code.",
            );
        }
        let percent = draft.percent.map(|percent| self.percent(percent, at.field("percent")));
        let base = draft.base.map(|base| self.amount(base, 0, AMOUNT_MAX, at.field("base"))).or(of);
        let computed = match (percent, base) {
            (Some(percent), Some(base)) => Decimal::from(base).times(percent?, Decimal::from(100), 0),
            (Some(_), None) => None,
            (None, _) => draft.amount,
        };
        if draft.amount.is_none() && draft.percent.is_none() {
            let detail = "Neither amount nor percentage is here.";
            self.violations.missing(at.field("amount"), scope.amount(), detail, "Send one of both.");
        }
        if let (Some(amount), Some(computed)) = (draft.amount, computed)
            && amount != computed
        {
            let detail = format!("The amount is {amount}, and the percentage of its base is {computed}.");
            self.fault(at.field("amount"), "amount-differs-from-percent", detail, "Leave one of both out.");
        }
        let amount = self.amount(computed?, 0, AMOUNT_MAX, at.field("amount"));
        let base = base.filter(|_| percent.is_some());
        Some(Allowance { amount, net: amount, percent: percent.flatten(), base, reason, reason_code })
    }

    fn percent(&mut self, percent: Decimal, at: At<'_>) -> Option<Decimal> {
        if percent.is_negative() || percent.is_zero() || percent.exceeds(100) {
            let detail = format!("{percent} is out of range; a percentage is above 0 and at most 100.");
            self.fault(at, "out-of-range", detail, "Send percent, like \"10\".");
            return None;
        }
        self.exact(percent, PERCENT_DECIMALS_MAX, at)
    }
}
