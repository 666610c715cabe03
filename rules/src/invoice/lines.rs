//! Rules about lines: BR-16, BR-21 to BR-27, § 14 (4) no. 5 UStG.

use super::{
    allowances::Scope,
    check::Check,
    groups::Place,
    limits::{
        BASE_QUANTITY_MAX, DECIMALS_MAX, ID_MAX, LINES_MAX, LONG_TEXT_MAX, QUANTITY_MAX, TEXT_MAX, UNIT_PRICE_MAX,
    },
    object::{Allowance, Booking, Line},
    pricing::Group,
};
use crate::{
    category::Category,
    codes,
    decimal::Decimal,
    draft::{BookingDraft, LineDraft},
    money::{AMOUNT_MAX, Currency},
    violation::At,
};

/// What is sold by the piece, if nothing else is said: "one" in UN/ECE Recommendation 20.
const PIECES: &str = "C62";

/// A line, priced: nets are found later, together for the group.
#[derive(Debug)]
pub(super) struct Priced {
    pub line: Line,
    pub group: Group,
    /// Quantity × price, as the prices are, before allowances and charges.
    pub amount: i64,
}

impl Check {
    /// All lines. What is None cannot be priced, and why was said.
    pub(super) fn lines(&mut self, drafts: Option<Vec<LineDraft>>, currency: Option<Currency>) -> Vec<Option<Priced>> {
        let root = At::ROOT.field("lines");
        if drafts.as_ref().is_none_or(Vec::is_empty) {
            self.violations.missing(root, "BR-16", "There are no lines.", "Send at least one line.");
        }
        let drafts = self.at_most(drafts, root, LINES_MAX);
        drafts.into_iter().enumerate().map(|(index, draft)| self.line(draft, currency, root.index(index))).collect()
    }

    fn line(&mut self, draft: LineDraft, currency: Option<Currency>, at: At<'_>) -> Option<Priced> {
        let name = self.needed(draft.name, at.field("name"), TEXT_MAX, "BR-25", "What it is");
        let description = self.text(draft.description, at.field("description"), LONG_TEXT_MAX);
        let item_id = self.text(draft.item_id, at.field("item_id"), ID_MAX);
        let note = self.text(draft.note, at.field("note"), LONG_TEXT_MAX);
        let booking = draft.booking.map(|booking| self.booking(booking, at));
        let unit = self.unit(draft.unit, at.field("unit"));
        let quantity = self.quantity(draft.quantity, at.field("quantity"));
        let unit_price = self.unit_price(draft.unit_price, at.field("unit_price"));
        let base = draft.base_quantity.map(|base| self.base_quantity(base, at.field("base_quantity")));
        let base_quantity = base.unwrap_or(Some(Decimal::ONE));
        let group = self.group(draft.category, draft.rate, Place::Line, at);
        let amount = match (quantity, unit_price, base_quantity, currency) {
            (Some(quantity), Some(price), Some(base), Some(currency)) => {
                self.line_amount(quantity.times(price, base, currency.decimals()), at)
            }
            _ => None,
        };
        let allowances = self.allowances_of(draft.allowances, amount, Scope::LineAllowance, at);
        let charges = self.allowances_of(draft.charges, amount, Scope::LineCharge, at);
        let (amount, allowances, charges) = (amount?, allowances?, charges?);
        let net = self.after_allowances(amount, &allowances, &charges, at);
        let line = Line {
            name,
            description,
            item_id,
            note,
            quantity: quantity?,
            unit,
            unit_price: unit_price?,
            base_quantity: base.flatten(),
            unit_net: unit_price?,
            category: group.map_or(Category::S, |group| group.category),
            rate: group.and_then(|group| group.rate),
            allowances,
            charges,
            net,
            gross: None,
            booking,
        };
        Some(Priced { line, group: group?, amount })
    }

    fn unit(&mut self, unit: Option<String>, at: At<'_>) -> String {
        let unit = unit.unwrap_or_else(|| PIECES.to_owned());
        self.is_code(&unit, at, codes::UNITS, "BR-CL-23", "unit of UN/ECE Recommendation 20");
        unit
    }

    /// What is left of a line's amount, as the prices are.
    fn after_allowances(&mut self, amount: i64, allowances: &[Allowance], charges: &[Allowance], at: At<'_>) -> i64 {
        let sum = |of: &[Allowance]| of.iter().map(|one| one.amount).sum::<i64>();
        let after = amount - sum(allowances) + sum(charges);
        if amount >= 0 && after < 0 {
            let detail = "The allowances are larger than the line.";
            self.fault(at.field("allowances"), "allowance-too-large", detail, "Send smaller ones.");
        }
        after
    }

    fn line_amount(&mut self, amount: Option<i64>, at: At<'_>) -> Option<i64> {
        let fine = amount.filter(|amount| amount.abs() <= AMOUNT_MAX);
        if fine.is_none() {
            let detail = format!("Quantity × price is past ±{AMOUNT_MAX} minor units.");
            self.fault(at.field("unit_price"), "out-of-range", detail, "Make several invoices of it.");
        }
        fine
    }

    fn quantity(&mut self, quantity: Option<Decimal>, at: At<'_>) -> Option<Decimal> {
        let Some(quantity) = quantity else {
            self.violations.missing(at, "BR-22", "How many is missing.", "Write the quantity into this field.");
            return None;
        };
        if quantity.is_zero() || quantity.exceeds(QUANTITY_MAX) {
            let detail =
                format!("{quantity} is out of range; quantities are not zero and at most {QUANTITY_MAX} either way.");
            self.fault(at, "out-of-range", detail, "Leave the line out, or make several of it.");
            return None;
        }
        self.exact(quantity, DECIMALS_MAX, at)
    }

    fn unit_price(&mut self, price: Option<Decimal>, at: At<'_>) -> Option<Decimal> {
        let Some(price) = price else {
            self.violations.missing(at, "BR-26", "The price of one is missing.", "Write the price into this field.");
            return None;
        };
        if price.is_negative() {
            let hint = "Send the price as it is and a quantity below zero for what comes back.";
            self.fault(at, "BR-27", "The price of one is below zero.", hint);
            return None;
        }
        if price.exceeds(UNIT_PRICE_MAX) {
            let detail = format!("{price} is out of range; a price is at most {UNIT_PRICE_MAX}.");
            self.fault(at, "out-of-range", detail, "Check the price: it is in the currency's major unit.");
            return None;
        }
        self.exact(price, DECIMALS_MAX, at)
    }

    fn base_quantity(&mut self, base: Decimal, at: At<'_>) -> Option<Decimal> {
        if base.is_zero() || base.is_negative() || base.exceeds(BASE_QUANTITY_MAX) {
            let detail =
                format!("{base} is out of range; the price is for more than 0 and at most {BASE_QUANTITY_MAX}.");
            self.fault(at, "out-of-range", detail, "Leave it out if the price is for one.");
            return None;
        }
        self.exact(base, DECIMALS_MAX, at)
    }

    /// A number with not too many digits behind the point.
    pub(super) fn exact(&mut self, number: Decimal, digits: u32, at: At<'_>) -> Option<Decimal> {
        if number.decimals() > digits {
            let detail = format!("{number} has more than {digits} digits behind the point.");
            self.fault(at, "too-exact", detail, "Round it.");
            return None;
        }
        Some(number)
    }

    fn booking(&mut self, draft: BookingDraft, line: At<'_>) -> Booking {
        let root = line.field("booking");
        let id = self.needed(draft.id, root.field("id"), ID_MAX, "missing", "The booking's id");
        for (field, value) in [("from_us", draft.from_us), ("to_us", draft.to_us)] {
            if value.is_none() {
                self.violations.missing(
                    root.field(field),
                    "missing",
                    "Half of the slot is missing.",
                    "Send both ends.",
                );
            }
        }
        let mut end = |value: Option<i64>, field| value.map(|at_us| self.moment(at_us, root.field(field)));
        let (from, to) = (end(draft.from_us, "from_us"), end(draft.to_us, "to_us"));
        let (from_us, to_us) = (from.unwrap_or_default(), to.unwrap_or(i64::MAX));
        if to_us <= from_us {
            self.fault(root.field("to_us"), "slot-ends-first", "The slot ends before it begins.", "Exchange the ends.");
        }
        Booking { id, from_us, to_us }
    }
}
