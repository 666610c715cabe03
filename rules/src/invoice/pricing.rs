//! The arithmetic: how prices become nets and taxes. Integers only, half away from zero, tax once for each group.

use crate::{
    category::Category,
    choice::Pricing,
    decimal::{DECIMALS_MAX, Decimal},
    money::{Currency, divide_rounded},
    tax::{self, Rate, Split},
};

/// What tax is computed once for: a category and a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// The category.
    pub category: Category,
    /// The rate; none for `O`.
    pub rate: Option<Rate>,
}

/// A signed amount, as the prices are, that belongs to a group: a line's amount, an allowance (below zero), a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub group: Group,
    pub amount: i64,
}

/// The sums of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sums {
    pub group: Group,
    pub net: i64,
    pub tax: i64,
}

/// What an original still has of a group, after the corrections before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rest {
    pub group: Group,
    pub net: i64,
    pub tax: i64,
}

/// Ten thousand hundredths of a percent.
const WHOLE: i128 = 10_000;

fn hundredths(rate: Option<Rate>) -> i128 {
    i128::from(rate.unwrap_or_default().hundredths())
}

/// The groups of all parts, in the order of their first part.
pub(super) fn groups(parts: impl IntoIterator<Item = Group>) -> Vec<Group> {
    let mut groups = Vec::new();
    for group in parts {
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

/// Net and tax of a group from the sum of its parts. A correction takes from the original's rest: if it takes all of what is
/// fixed (gross or net), it takes exactly the rest of the other as well, so that rounding leaves nothing behind.
pub(super) fn sums(pricing: Pricing, group: Group, fixed: i64, rest: Option<Rest>) -> Option<Sums> {
    let rate = group.rate.unwrap_or_default();
    let (net, tax) = match (pricing, rest) {
        (Pricing::Gross, None) => {
            let Split { net, tax } = tax::from_gross(fixed, rate);
            (net, tax)
        }
        (Pricing::Gross, Some(rest)) => {
            let least = fixed.checked_sub(rest.tax)?;
            let net = tax::from_gross(fixed, rate).net.max(least).min(rest.net.max(least));
            (net, fixed - net)
        }
        (Pricing::Net, rest) => {
            let tax = i64::try_from(divide_rounded(i128::from(fixed) * hundredths(group.rate), WHOLE)).ok()?;
            let tax = match rest {
                Some(rest) if rest.net == fixed => rest.tax,
                Some(rest) => tax.min(rest.tax),
                None => tax,
            };
            (fixed, tax)
        }
    };
    Some(Sums { group, net, tax })
}

/// The nets of a group's parts, which sum to the group's net: each part's own net rounded down, and what is left goes to the
/// largest remainders, the first of equals first.
pub(super) fn nets(pricing: Pricing, parts: &[i64], sums: Sums) -> Option<Vec<i64>> {
    if pricing == Pricing::Net {
        return Some(parts.to_vec());
    }
    let divisor = WHOLE + hundredths(sums.group.rate);
    let exact = |part: &i64| i128::from(*part) * WHOLE;
    let mut nets: Vec<i64> =
        parts.iter().map(|part| i64::try_from(exact(part).div_euclid(divisor))).collect::<Result<_, _>>().ok()?;
    let mut left = nets.iter().try_fold(sums.net, |left, net| left.checked_sub(*net))?;
    let mut order: Vec<(i128, usize)> =
        parts.iter().enumerate().map(|(index, part)| (-exact(part).rem_euclid(divisor), index)).collect();
    order.sort_unstable();
    for (_, index) in order {
        if let Some(net) = nets.get_mut(index).filter(|_| left > 0) {
            (*net, left) = (*net + 1, left - 1);
        }
    }
    // Only the last correction of an invoice has more or less left than that; it goes where it weighs least.
    if let Some(largest) = nets.iter_mut().max_by_key(|net| **net) {
        *largest = largest.checked_add(left)?;
    }
    Some(nets)
}

/// The price without tax (BT-146) that fits a line's amount without tax: the exact one, with as few digits behind the point
/// that quantity × price rounds to the amount, which PEPPOL-EN16931-R120 checks in an XRechnung.
pub(super) fn unit_net(
    price: Decimal,
    rate: Option<Rate>,
    quantity: Decimal,
    per: Decimal,
    net: i64,
    currency: Currency,
) -> Decimal {
    let decimals = currency.decimals();
    let whole = Decimal::from(10_000);
    let with_tax = Decimal::from(10_000 + rate.unwrap_or_default().hundredths());
    let fits = |unit: &Decimal| quantity.times(*unit, per, decimals) == Some(net);
    let from_price = |digits| Decimal::new(price.times(whole, with_tax, digits)?, digits);
    let (amount, quantity_size) = if quantity.is_negative() {
        (Decimal::new(-net, decimals), Decimal::new(-quantity.unscaled(), quantity.decimals()))
    } else {
        (Decimal::new(net, decimals), Some(quantity))
    };
    let from_net = |digits| Decimal::new(amount?.times(per, quantity_size?, digits)?, digits);
    let digits = || decimals..=DECIMALS_MAX;
    let found = digits().filter_map(from_price).find(fits).or_else(|| digits().filter_map(from_net).find(fits));
    found.or_else(|| from_price(DECIMALS_MAX)).unwrap_or(price)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(rate: &str) -> Group {
        Group { category: Category::S, rate: Some(rate.parse().unwrap()) }
    }

    #[test]
    fn the_last_correction_takes_exactly_the_rest() {
        // 38.00 at 19 % is 31.93 + 6.07; two halves of 19.00 would be 15.97 + 3.03 each.
        let rest = |net, tax| Some(Rest { group: group("19"), net, tax });
        let first = sums(Pricing::Gross, group("19"), 1900, rest(3193, 607)).unwrap();
        assert_eq!((first.net, first.tax), (1597, 303));
        let last = sums(Pricing::Gross, group("19"), 1900, rest(3193 - 1597, 607 - 303)).unwrap();
        assert_eq!((last.net, last.tax), (1596, 304));
        let last = sums(Pricing::Net, group("19"), 1000, rest(1000, 191)).unwrap();
        assert_eq!((last.net, last.tax), (1000, 191));
    }

    #[test]
    fn unit_prices_fit_the_line() {
        let euro: Currency = "EUR".parse().unwrap();
        let rate = Some("19".parse().unwrap());
        let unit = |price: &str, quantity: &str, net| {
            unit_net(price.parse().unwrap(), rate, quantity.parse().unwrap(), Decimal::ONE, net, euro).to_string()
        };
        assert_eq!(unit("19.00", "1", 1597), "15.97");
        assert_eq!(unit("19.00", "4", 6387), "15.9664");
        assert_eq!(unit("19.00", "-4", -6387), "15.9664");
        // Largest remainders may move a line by one.
        assert_eq!(unit("19.00", "1", 1596), "15.96");
    }

    proptest! {
        #[test]
        fn nets_sum_to_the_group(parts in prop::collection::vec(-1_000_000_i64..1_000_000_000, 1..40), rate in 0..=10_000_i64) {
            let rate: Rate = format!("{}.{:02}", rate / 100, rate % 100).parse().unwrap();
            let group = Group { category: Category::S, rate: Some(rate) };
            let total: i64 = parts.iter().sum();
            prop_assume!(total >= 0);
            let sums = sums(Pricing::Gross, group, total, None).unwrap();
            let nets = nets(Pricing::Gross, &parts, sums).unwrap();
            prop_assert_eq!(nets.iter().sum::<i64>(), sums.net);
            prop_assert_eq!(sums.net + sums.tax, total);
            for (part, net) in parts.iter().zip(&nets) {
                let own = tax::from_gross(*part, rate).net;
                prop_assert!((own - net).abs() <= 1, "{} became {}, and its own net is {}", part, net, own);
            }
        }
    }
}
