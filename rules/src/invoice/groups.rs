//! Which category and rate something has: BR-CO-04, BR-…-05 to BR-…-07.

use super::{check::Check, pricing::Group};
use crate::{category::Category, tax::Rate, violation::At};

/// Where a category is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Line,
    Allowance,
    Charge,
}

impl Place {
    /// The code of EN 16931 for a rate that does not fit its category.
    fn code(self, category: Category) -> &'static str {
        let [line, allowance, charge] = match category {
            Category::S => ["BR-S-05", "BR-S-06", "BR-S-07"],
            Category::Z => ["BR-Z-05", "BR-Z-06", "BR-Z-07"],
            Category::E => ["BR-E-05", "BR-E-06", "BR-E-07"],
            Category::AE => ["BR-AE-05", "BR-AE-06", "BR-AE-07"],
            Category::K => ["BR-IC-05", "BR-IC-06", "BR-IC-07"],
            Category::G => ["BR-G-05", "BR-G-06", "BR-G-07"],
            Category::O => ["BR-O-05", "BR-O-06", "BR-O-07"],
        };
        match self {
            Self::Line => line,
            Self::Allowance => allowance,
            Self::Charge => charge,
        }
    }
}

impl Check {
    /// The group that category and rate make, if they fit.
    pub(super) fn group(
        &mut self,
        category: Option<Category>,
        rate: Option<Rate>,
        place: Place,
        at: At<'_>,
    ) -> Option<Group> {
        let taxed = rate.is_some_and(|rate| !rate.is_zero());
        let Some(category) = category.or(taxed.then_some(Category::S)) else {
            let detail = "Neither a VAT category nor a rate above zero is here.";
            let hint = "Send a rate above zero, or one of the categories Z, E, AE, K, G and O.";
            self.violations.missing(at.field("category"), "BR-CO-04", detail, hint);
            return None;
        };
        let rate_at = at.field("rate");
        match (category, taxed) {
            (Category::S, false) => {
                let detail = "The category S needs a rate above zero.";
                self.violations.missing(rate_at, place.code(category), detail, "Send the rate, or another category.");
                None
            }
            (Category::O, _) if rate.is_some() => {
                let detail = "What is not subject to tax (O) has no rate.";
                self.fault(rate_at, place.code(category), detail, "Leave the rate out, or send another category.");
                None
            }
            (Category::O, _) => Some(Group { category, rate: None }),
            (Category::S, true) => Some(Group { category, rate }),
            (_, true) => {
                let detail = format!("The category {category} has the rate 0.");
                self.fault(rate_at, place.code(category), detail, "Send 0 as the rate, or the category S.");
                None
            }
            (_, false) => Some(Group { category, rate: Some(Rate::default()) }),
        }
    }
}
