//! From priced lines to the sums of the invoice: BR-CO-10 to BR-CO-17.

use super::{
    check::Check,
    lines::Priced,
    object::{Allowance, GroupAllowance, Line, TaxGroup},
    pricing::{self, Group, Part, Rest},
};
use crate::{
    choice::Pricing,
    decimal::Decimal,
    money::{AMOUNT_MAX, Currency},
    violation::At,
};

/// Everything that is computed.
#[derive(Debug)]
pub(super) struct Totals {
    pub lines: Vec<Line>,
    pub allowances: Vec<GroupAllowance>,
    pub charges: Vec<GroupAllowance>,
    pub taxes: Vec<TaxGroup>,
    pub lines_net: i64,
    pub allowances_net: i64,
    pub charges_net: i64,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
}

/// What totals are made of.
#[derive(Debug)]
pub(super) struct Priceds {
    pub lines: Vec<Priced>,
    pub allowances: Vec<(Group, Allowance)>,
    pub charges: Vec<(Group, Allowance)>,
}

/// What the lines of each group sum to, after the lines' own allowances and charges, as the prices are.
pub(super) fn line_sums(lines: &[Priced]) -> Vec<(Group, i64)> {
    let groups = pricing::groups(lines.iter().map(|line| line.group));
    let sum = |group: &Group| lines.iter().filter(|line| line.group == *group).map(|line| line.line.net).sum();
    groups.iter().map(|group| (*group, sum(group))).collect()
}

impl Priceds {
    /// All signed parts, in one order: each line with its allowances and charges, then those on the whole.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for Priced { line, group, amount } in &self.lines {
            parts.push(Part { group: *group, amount: *amount });
            parts.extend(line.allowances.iter().map(|one| Part { group: *group, amount: -one.amount }));
            parts.extend(line.charges.iter().map(|one| Part { group: *group, amount: one.amount }));
        }
        parts.extend(self.allowances.iter().map(|(group, one)| Part { group: *group, amount: -one.amount }));
        parts.extend(self.charges.iter().map(|(group, one)| Part { group: *group, amount: one.amount }));
        parts
    }
}

impl Check {
    /// Computes everything, or says why not. `rests` is what a correction may take.
    pub(super) fn totals(
        &mut self,
        priced: Priceds,
        pricing: Pricing,
        currency: Currency,
        rests: Option<&[Rest]>,
    ) -> Option<Totals> {
        let parts = priced.parts();
        let mut nets = vec![0; parts.len()];
        let mut taxes = Vec::new();
        for group in pricing::groups(parts.iter().map(|part| part.group)) {
            taxes.push(self.tax_group(group, &parts, &mut nets, pricing, rests)?);
        }
        let mut totals = fill(priced, nets, pricing, currency);
        let sum = |of: fn(&TaxGroup) -> i64| taxes.iter().try_fold(0_i64, |sum, group| sum.checked_add(of(group)));
        totals.net = self.in_range(sum(|group| group.net))?;
        totals.tax = self.in_range(sum(|group| group.tax))?;
        totals.gross = self.in_range(sum(|group| group.gross))?;
        totals.taxes = taxes;
        Some(totals)
    }

    /// The sums of a group, whose parts' nets go to their places in `nets`.
    fn tax_group(
        &mut self,
        group: Group,
        parts: &[Part],
        nets: &mut [i64],
        pricing: Pricing,
        rests: Option<&[Rest]>,
    ) -> Option<TaxGroup> {
        let own = || parts.iter().zip(0_usize..).filter(|(part, _)| part.group == group);
        let amounts: Vec<i64> = own().map(|(part, _)| part.amount).collect();
        let fixed = self.in_range(amounts.iter().try_fold(0_i64, |sum, amount| sum.checked_add(*amount)))?;
        if fixed < 0 {
            let detail = format!("What has the category {} sums to less than zero.", group.category);
            let hint = "Correct the invoice that it was on (POST /invoices/{id}/corrections).";
            self.fault(At::ROOT.field("lines"), "below-zero", detail, hint);
            return None;
        }
        let rest = match rests {
            Some(rests) => Some(self.rest(rests, group, fixed, pricing)?),
            None => None,
        };
        let sums = pricing::sums(pricing, group, fixed, rest)?;
        for ((_, index), net) in own().zip(pricing::nets(pricing, &amounts, sums)?) {
            if let Some(place) = nets.get_mut(index) {
                *place = net;
            }
        }
        let gross = self.in_range(sums.net.checked_add(sums.tax))?;
        let Group { category, rate } = group;
        Some(TaxGroup { category, rate, net: sums.net, tax: sums.tax, gross, exemption: None, exemption_code: None })
    }

    fn in_range(&mut self, sum: Option<i64>) -> Option<i64> {
        let fine = sum.filter(|sum| sum.abs() <= AMOUNT_MAX);
        if fine.is_none() {
            let detail = format!("The sum is past ±{AMOUNT_MAX} minor units.");
            self.fault(At::ROOT.field("lines"), "out-of-range", detail, "Make several invoices of it.");
        }
        fine
    }

    /// What is left of a group for a correction that takes `fixed`.
    fn rest(&mut self, rests: &[Rest], group: Group, fixed: i64, pricing: Pricing) -> Option<Rest> {
        let rest = rests.iter().find(|rest| rest.group == group).copied().unwrap_or(Rest { group, net: 0, tax: 0 });
        let most = if pricing == Pricing::Gross { rest.net + rest.tax } else { rest.net };
        if fixed > most {
            let rate = group.rate.map_or_else(|| "no rate".to_owned(), |rate| format!("{rate} %"));
            let detail = format!(
                "The correction takes {fixed} at {} with {rate}; {most} of the original are left there.",
                group.category
            );
            let hint = "Take back no more than what is left, or cancel the invoice if nothing was corrected yet.";
            self.fault(At::ROOT.field("lines"), "correction-exceeds-original", detail, hint);
            return None;
        }
        Some(rest)
    }
}

/// Puts the nets where they belong, in the order of [`Priceds::parts`]. Allowances' nets are not below zero.
fn fill(priced: Priceds, nets: Vec<i64>, pricing: Pricing, currency: Currency) -> Totals {
    let mut nets = nets.into_iter();
    let mut next = || nets.next().unwrap_or_default();
    let lines: Vec<Line> = priced.lines.into_iter().map(|line| fill_line(line, &mut next, pricing, currency)).collect();
    let mut on_all = |list: Vec<(Group, Allowance)>, sign: i64| -> Vec<GroupAllowance> {
        let one = |(Group { category, rate }, allowance): (Group, Allowance)| {
            let allowance = Allowance { net: sign * next(), ..allowance };
            GroupAllowance { category, rate, allowance }
        };
        list.into_iter().map(one).collect()
    };
    let (allowances, charges) = (on_all(priced.allowances, -1), on_all(priced.charges, 1));
    let of = |list: &[GroupAllowance]| list.iter().map(|one| one.allowance.net).sum();
    let (allowances_net, charges_net) = (of(&allowances), of(&charges));
    let lines_net = lines.iter().map(|line| line.net).sum();
    let (taxes, net, tax, gross) = (Vec::new(), 0, 0, 0);
    Totals { lines, allowances, charges, taxes, lines_net, allowances_net, charges_net, net, tax, gross }
}

fn fill_line(priced: Priced, next: &mut impl FnMut() -> i64, pricing: Pricing, currency: Currency) -> Line {
    let Priced { mut line, group, amount: _ } = priced;
    let net = next();
    if pricing == Pricing::Gross {
        let per = line.base_quantity.unwrap_or(Decimal::ONE);
        line.gross = Some(line.net);
        line.unit_net = pricing::unit_net(line.unit_price, group.rate, line.quantity, per, net, currency);
    }
    line.net = net;
    for allowance in &mut line.allowances {
        allowance.net = -next();
        line.net -= allowance.net;
    }
    for charge in &mut line.charges {
        charge.net = next();
        line.net += charge.net;
    }
    line
}
