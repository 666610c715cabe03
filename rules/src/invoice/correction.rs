//! Corrections: a credit takes a part of an invoice back (381); what was cancelled is stated anew (384).

use super::{
    Accepted, Document, Group, Invoice, Kind, Seller,
    check::Check,
    make::{self, Purpose},
    pricing::Rest,
};
use crate::{
    choice::UseBalance,
    draft::Draft,
    violation::{At, Violation, Violations},
};

/// What happened to an original before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Earlier<'a> {
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// The credits that took parts of it back.
    pub credits: &'a [Invoice],
}

impl Earlier<'_> {
    /// What is left of each group of the original.
    fn rests(&self, original: &Document) -> Vec<Rest> {
        let of = |group: &super::object::TaxGroup| Group { category: group.category, rate: group.rate };
        let left = |taxes: &super::object::TaxGroup| {
            let group = of(taxes);
            let taken = self.credits.iter().flat_map(|credit| &credit.taxes).filter(|taken| of(taken) == group);
            let (net, tax) = taken.fold((0, 0), |(net, tax), taken| (net + taken.net, tax + taken.tax));
            Rest { group, net: taxes.net - net, tax: taxes.tax - tax }
        };
        original.invoice.taxes.iter().map(left).collect()
    }
}

/// Makes a reducing correction ("Rechnungskorrektur"). The draft says what is taken back, with positive amounts, as the
/// original would have it on an invoice; buyer, login, currency, pricing, language, delivery and exemptions are the
/// original's where it leaves them out.
///
/// # Errors
/// `correction-exceeds-original` if more is taken back of a category and rate than is left there; `not-cancellable`,
/// `already-cancelled`; `differs-from-original` for another customer, currency or pricing; and every rule of an invoice.
pub fn correct(
    original: &Document,
    earlier: &Earlier<'_>,
    seller: &Seller,
    draft: &[u8],
) -> Result<Accepted, Vec<Violation>> {
    let (draft, violations) = make::read(draft)?;
    let violations = taken_back(original, earlier, violations);
    make::make(draft, violations, seller, Purpose::Credit(original, &earlier.rests(original)))
}

/// Makes the corrected invoice (384) of an original that is cancelled, or is cancelled in the same batch: it states the
/// whole invoice anew and refers to the original.
///
/// # Errors
/// `not-cancelled` if the original still stands, `not-cancellable` if it is itself a cancellation or a credit;
/// `differs-from-original` for another customer; and every rule of an invoice.
pub fn replace(
    original: &Document,
    earlier: &Earlier<'_>,
    seller: &Seller,
    draft: &[u8],
) -> Result<Accepted, Vec<Violation>> {
    let (draft, violations) = make::read(draft)?;
    let mut violations = taken_back(original, &Earlier { cancelled: false, credits: &[] }, violations);
    if !earlier.cancelled {
        let detail = format!("{} is not cancelled.", original.numbering.number);
        violations.add(At::ROOT, "not-cancelled", detail, "Cancel it first, or correct a part of it.");
    }
    make::make(draft, violations, seller, Purpose::Corrected(original))
}

fn taken_back(original: &Document, earlier: &Earlier<'_>, violations: Violations) -> Violations {
    let mut check = Check::after(violations);
    check.can_be_taken_back(original, earlier);
    check.violations
}

impl Check {
    /// Takes what the draft leaves out from the original, and says what must not differ from it.
    pub(super) fn inherit(&mut self, draft: &mut Draft, original: &Document, kind: Kind) {
        let of = &original.invoice;
        let login = draft.login.get_or_insert_with(|| of.login.clone());
        let mut differs = vec![("login", *login != of.login)];
        if kind == Kind::Credit {
            differs.push(("currency", *draft.currency.get_or_insert(of.currency) != of.currency));
            differs.push(("pricing", *draft.pricing.get_or_insert(of.pricing) != of.pricing));
            draft.language.get_or_insert(of.language);
            self.inherit_texts(draft, of);
            if draft.use_balance.take().is_some_and(|asked| asked != UseBalance::None) {
                let detail = "A credit asks for nothing, so there is nothing for the balance to pay.";
                self.fault(At::ROOT.field("use_balance"), "unknown-field", detail, "Leave it out.");
            }
        }
        for (field, _) in differs.into_iter().filter(|(_, differs)| *differs) {
            let detail = format!("The {field} is not the one of {}.", original.numbering.number);
            self.fault(At::ROOT.field(field), "differs-from-original", detail, "Leave it out.");
        }
    }

    /// Delivery and reasons for lacking tax, which are the original's unless the draft says otherwise.
    fn inherit_texts(&mut self, draft: &mut Draft, of: &Invoice) {
        if draft.delivery.is_none() {
            // Both are the same shape in JSON, and the original's was checked.
            draft.delivery = serde_json::to_value(&of.delivery).and_then(serde_json::from_value).ok();
        }
        if draft.exemptions.is_none() {
            let lines = draft.lines.iter().flatten();
            let used: Vec<_> = lines.filter_map(|line| line.category).collect();
            let of_group = |group: &super::object::TaxGroup| crate::draft::ExemptionDraft {
                category: Some(group.category),
                text: group.exemption.clone(),
                code: group.exemption_code.clone(),
            };
            let groups = of.taxes.iter().filter(|group| group.exemption.is_some() && used.contains(&group.category));
            draft.exemptions = Some(groups.map(of_group).collect());
        }
    }
}
