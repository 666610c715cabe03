//! Cancellation ("Stornorechnung"): a new invoice of its own number that takes the original back whole.

use super::{
    Accepted, Document, Earlier, Group, Kind, Seller,
    check::Check,
    limits::LONG_TEXT_MAX,
    make,
    object::{Invoice, Payment, TaxGroup},
};
use crate::{
    draft::Draft,
    violation::{At, Violation},
};

/// Makes the cancellation of an original: the same parties, lines and sums, with positive amounts (type 381), the reference
/// to the original's number and date, and the seller as of now. `request` may hold `reason`, `id`, `series` and `source`.
///
/// # Errors
/// `not-cancellable` for what is itself a cancellation or a credit, `already-cancelled`, `already-corrected` (a part was
/// taken back, so taking all would be more than there was), and what is wrong with the request.
pub fn cancel(
    original: &Document,
    earlier: &Earlier<'_>,
    seller: &Seller,
    request: &[u8],
) -> Result<Accepted, Vec<Violation>> {
    let (mut draft, violations) = make::read(request)?;
    let mut check = Check::after(violations);
    check.seller(seller);
    check.can_be_taken_back(original, earlier);
    if !earlier.credits.is_empty() {
        let detail = format!("{} was corrected before.", original.numbering.number);
        check.fault(At::ROOT, "already-corrected", detail, "Correct what is left of it instead.");
    }
    let request = check.request(&mut draft);
    let reason = check.text(draft.reason.take(), At::ROOT.field("reason"), LONG_TEXT_MAX);
    if draft != Draft::default() {
        let detail = "A cancellation mirrors its original; there is nothing else to be said.";
        check.fault(At::ROOT, "unknown-field", detail, "Send reason, id, series and source only.");
    }
    let group = |taxes: &TaxGroup| Group { category: taxes.category, rate: taxes.rate };
    let groups: Vec<Group> = original.invoice.taxes.iter().map(group).collect();
    let invoice = Invoice {
        kind: Kind::Cancellation,
        title: Kind::Cancellation.title(original.invoice.language).to_owned(),
        seller: make::shown(seller, &groups),
        payment: Payment::default(),
        preceding: vec![make::preceding(original)],
        reason,
        ..original.invoice.clone()
    };
    let (invoice, warnings) = check.finish(invoice)?;
    Ok(Accepted { invoice, request, warnings })
}

impl Check {
    /// Whether an invoice can be cancelled or corrected at all.
    pub(super) fn can_be_taken_back(&mut self, original: &Document, earlier: &Earlier<'_>) {
        let number = &original.numbering.number;
        if !original.is_original() {
            let detail = format!("{number} is a {}, which takes back itself.", original.invoice.kind.name());
            self.fault(At::ROOT, "not-cancellable", detail, "Make a new invoice instead.");
        }
        if earlier.cancelled {
            let detail = format!("{number} is cancelled.");
            self.fault(
                At::ROOT,
                "already-cancelled",
                detail,
                "Ask for the original's history: it names the cancellation.",
            );
        }
    }
}
