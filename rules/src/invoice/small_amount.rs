//! Invoices without a buyer: § 33 UStDV.

use super::{
    categories::is_in_union,
    check::Check,
    limits::SMALL_AMOUNT_MAX,
    party::{Delivery, Seller},
    pricing::Group,
};
use crate::{category::Category, money::Currency, violation::At};

impl Check {
    /// Whether the buyer may be left out: up to 250.00 EUR gross, and not for §§ 3c, 6a and 13b UStG.
    pub(super) fn without_buyer(
        &mut self,
        seller: &Seller,
        delivery: &Delivery,
        currency: Option<Currency>,
        gross: Option<i64>,
        groups: &[Group],
    ) {
        let has = |category| groups.iter().any(|group| group.category == category);
        let abroad = delivery.address.as_ref().map(|address| address.country.as_str());
        let why = if seller.country != "DE" {
            Some("the seller is not in Germany".to_owned())
        } else if has(Category::AE) {
            Some("the buyer owes the tax (§ 13b UStG)".to_owned())
        } else if has(Category::K) {
            Some("it is an intra-community supply (§ 6a UStG)".to_owned())
        } else if abroad.is_some_and(|country| country != "DE" && is_in_union(country)) {
            Some("it is a distance sale (§ 3c UStG)".to_owned())
        } else if currency.is_some_and(|currency| currency.code() != "EUR") {
            Some("it is not in EUR".to_owned())
        } else {
            gross
                .filter(|gross| *gross > SMALL_AMOUNT_MAX)
                .map(|gross| format!("{gross} cents are above {SMALL_AMOUNT_MAX}"))
        };
        if let Some(why) = why {
            let detail = format!("The buyer is missing. It may be left out up to 250.00 EUR, but here {why}.");
            let hint = "Send buyer with name, street, zip, city and country.";
            self.violations.missing(At::ROOT.field("buyer"), "UStDV-33", detail, hint);
        }
    }
}
