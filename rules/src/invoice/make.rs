//! From a draft to an invoice: every rule once, and all violations together.

use serde_json::Value;

use super::{
    allowances::Scope,
    categories::Exemption,
    check::Check,
    document::Document,
    head::{Request, Texts},
    object::{Invoice, Kind, Payment, Preceding, SCHEMA_VERSION},
    party::{Buyer, Delivery, Seller},
    pricing::{self, Group, Rest},
    totals::{Priceds, Totals, line_sums},
};
use crate::{
    category::Category,
    choice::{Language, Pricing},
    draft::{Draft, PaymentDraft},
    money::Currency,
    read::Read,
    violation::{At, Violation, Violations},
};

/// An invoice that keeps all rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What is frozen.
    pub invoice: Invoice,
    /// What to do with it.
    pub request: Request,
    /// What looks wrong and may be right, such as an IBAN's check digits.
    pub warnings: Vec<Violation>,
}

/// What the invoice is made for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose<'a> {
    /// A sale.
    Sale,
    /// A reducing correction of an original, of which this is left.
    Credit(&'a Document, &'a [Rest]),
    /// A cancelled original, stated anew.
    Corrected(&'a Document),
}

impl<'a> Purpose<'a> {
    fn kind(self) -> Kind {
        match self {
            Self::Sale => Kind::Invoice,
            Self::Credit(..) => Kind::Credit,
            Self::Corrected(_) => Kind::Corrected,
        }
    }

    fn original(self) -> Option<&'a Document> {
        match self {
            Self::Sale => None,
            Self::Credit(original, _) | Self::Corrected(original) => Some(original),
        }
    }

    fn rests(self) -> Option<&'a [Rest]> {
        if let Self::Credit(_, rests) = self { Some(rests) } else { None }
    }
}

/// Checks a draft as it was sent, and computes the invoice. One call for `POST /invoices`, and for its preview.
///
/// # Errors
/// Every violation: what cannot be read and what breaks a rule, together. `not-json` stands alone.
pub fn check_json(draft: &[u8], seller: &Seller) -> Result<Accepted, Vec<Violation>> {
    let (draft, violations) = read(draft)?;
    make(draft, violations, seller, Purpose::Sale)
}

/// What the shop says for drafts that leave it out: it is configuration, as the seller is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// The language of the server's texts.
    pub language: Option<Language>,
    /// How and until when to pay: without it, an invoice cannot become an XRechnung (BR-DE-1).
    pub payment: Option<PaymentDraft>,
}

/// Checks a draft as it was sent, with the shop's defaults.
///
/// # Errors
/// As [`check_json`].
pub fn check_json_with(draft: &[u8], seller: &Seller, defaults: &Defaults) -> Result<Accepted, Vec<Violation>> {
    let (mut draft, violations) = read(draft)?;
    draft.language = draft.language.or(defaults.language);
    // Only a draft that says nothing of it: half of one and half of the other would be nobody's terms.
    draft.payment = draft.payment.or_else(|| defaults.payment.clone());
    make(draft, violations, seller, Purpose::Sale)
}

/// Checks a draft that was made by a program, for example from an event.
///
/// # Errors
/// Every violation.
pub fn check(draft: Draft, seller: &Seller) -> Result<Accepted, Vec<Violation>> {
    make(draft, Violations::default(), seller, Purpose::Sale)
}

/// Reads a draft: at once if it is fine, else field by field.
pub(super) fn read(json: &[u8]) -> Result<(Draft, Violations), Vec<Violation>> {
    let first = match serde_json::from_slice::<Draft>(json) {
        Ok(draft) => return Ok((draft, Violations::default())),
        Err(error) => error,
    };
    let mut violations = Violations::default();
    let value: Value = match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(error) => {
            let detail = format!("The draft stops being JSON at line {}, column {}.", error.line(), error.column());
            violations.add(At::ROOT, "not-json", detail, "Send one JSON object.");
            return Err(violations.into_vec());
        }
    };
    let draft = Draft::read(&value, At::ROOT, &mut violations).unwrap_or_default();
    if violations.is_empty() {
        // Only what a map of fields cannot show, such as a field that is there twice.
        violations.add(At::ROOT, "wrong-type", format!("The draft cannot be read: {first}."), "Send each field once.");
    }
    Ok((draft, violations))
}

/// Applies every rule, and assembles the invoice if none is broken.
pub(super) fn make(
    mut draft: Draft,
    violations: Violations,
    seller: &Seller,
    purpose: Purpose<'_>,
) -> Result<Accepted, Vec<Violation>> {
    let mut check = Check::after(violations);
    check.seller(seller);
    if let Some(original) = purpose.original() {
        check.inherit(&mut draft, original, purpose.kind());
    }
    let request = check.request(&mut draft);
    let parties = check.parties(&mut draft, purpose);
    let computed = check.computed(&mut draft, purpose.rests());
    let gross = computed.totals.as_ref().map(|totals| totals.gross);
    let exemptions = check.exemptions(draft.exemptions.take(), &computed.groups);
    check.categories(&computed.groups, seller, parties.buyer.as_ref(), &parties.delivery);
    if seller.small_business {
        check.small_business(&computed.groups, &exemptions);
    }
    if parties.buyer.is_none() {
        check.without_buyer(seller, &parties.delivery, computed.currency, gross, &computed.groups);
    }
    let texts = check.texts(&mut draft, parties.buyer.as_ref());
    let payment = check.payment(draft.payment.take());
    let rounding = check.rounding(draft.rounding, computed.currency, gross);
    let (Some(totals), Some(pricing), Some(currency)) = (computed.totals, draft.pricing, computed.currency) else {
        return Err(check.unfinished());
    };
    let taxes = explained(&totals, &exemptions);
    let mut invoice = assemble(purpose, parties, texts, totals, (pricing, currency));
    invoice.seller = shown(seller, &computed.groups);
    (invoice.taxes, invoice.payment, invoice.rounding) = (taxes, payment, rounding);
    let (invoice, warnings) = check.finish(invoice)?;
    Ok(Accepted { invoice, request, warnings })
}

/// Who buys, and what was supplied when.
struct Parties {
    login: String,
    buyer: Option<Buyer>,
    delivery: Delivery,
}

/// What is computed of the draft; totals are none if something they need is missing or wrong.
struct Computed {
    currency: Option<Currency>,
    groups: Vec<Group>,
    totals: Option<Totals>,
}

/// Puts everything into its place; seller, tax groups, payment and rounding follow.
fn assemble(
    purpose: Purpose<'_>,
    parties: Parties,
    texts: Texts,
    totals: Totals,
    (pricing, currency): (Pricing, Currency),
) -> Invoice {
    let (Parties { login, buyer, delivery }, kind) = (parties, purpose.kind());
    Invoice {
        version: SCHEMA_VERSION,
        kind,
        title: kind.title(texts.language).to_owned(),
        language: texts.language,
        small_amount: buyer.is_none(),
        login,
        seller: Seller::default(),
        buyer,
        buyer_reference: texts.buyer_reference,
        order_reference: texts.order_reference,
        contract_reference: texts.contract_reference,
        delivery,
        currency,
        pricing,
        lines: totals.lines,
        allowances: totals.allowances,
        charges: totals.charges,
        taxes: Vec::new(),
        lines_net: totals.lines_net,
        allowances_net: totals.allowances_net,
        charges_net: totals.charges_net,
        net: totals.net,
        tax: totals.tax,
        gross: totals.gross,
        rounding: 0,
        payment: Payment::default(),
        notes: texts.notes,
        preceding: purpose.original().map(preceding).into_iter().collect(),
        reason: texts.reason,
    }
}

/// How an invoice names the one that it is about.
pub(super) fn preceding(original: &Document) -> Preceding {
    Preceding {
        id: original.numbering.id.clone(),
        number: original.numbering.number.clone(),
        issued_on: original.numbering.issued_on,
    }
}

/// The seller as the invoice shows it: no VAT id beside what is not subject to tax (BR-O-02).
pub(super) fn shown(seller: &Seller, groups: &[Group]) -> Seller {
    let mut seller = seller.clone();
    if groups.iter().any(|group| group.category == Category::O) {
        seller.vat_id = None;
    }
    seller
}

/// The tax groups with their reasons for lacking tax.
fn explained(totals: &Totals, exemptions: &[Exemption]) -> Vec<super::object::TaxGroup> {
    let mut taxes = totals.taxes.clone();
    for group in &mut taxes {
        if let Some(exemption) = exemptions.iter().find(|exemption| exemption.category == group.category) {
            group.exemption.clone_from(&exemption.text);
            group.exemption_code.clone_from(&exemption.code);
        }
    }
    taxes
}

impl Check {
    fn parties(&mut self, draft: &mut Draft, purpose: Purpose<'_>) -> Parties {
        let login = self.login(draft.login.take(), draft.buyer.as_ref());
        let buyer = match (draft.buyer.take(), purpose) {
            (Some(buyer), _) => Some(self.buyer(buyer, &login)),
            (None, Purpose::Credit(original, _)) => original.invoice.buyer.clone(),
            (None, _) => None,
        };
        Parties { login, buyer, delivery: self.delivery(draft.delivery.take()) }
    }

    fn computed(&mut self, draft: &mut Draft, rests: Option<&[Rest]>) -> Computed {
        let currency = self.currency(draft.currency);
        let lines = self.lines(draft.lines.take(), currency);
        let of_lines = pricing::groups(lines.iter().flatten().map(|line| line.group));
        let lines: Option<Vec<_>> = lines.into_iter().collect();
        let sums = lines.as_deref().map(line_sums);
        let allowances = self.allowances_on_all(draft.allowances.take(), sums.as_deref(), Scope::Allowance);
        let charges = self.allowances_on_all(draft.charges.take(), sums.as_deref(), Scope::Charge);
        let on_all = allowances.iter().chain(&charges).flatten().map(|(group, _)| *group);
        let groups = pricing::groups(of_lines.into_iter().chain(on_all));
        if draft.pricing.is_none() {
            let detail = "Whether the prices contain the tax is missing.";
            let hint = "Send gross if the prices contain the tax, net if not.";
            self.violations.missing(At::ROOT.field("pricing"), "missing", detail, hint);
        }
        let totals = match (lines, allowances, charges, draft.pricing, currency) {
            (Some(lines), Some(allowances), Some(charges), Some(pricing), Some(currency)) if !lines.is_empty() => {
                self.totals(Priceds { lines, allowances, charges }, pricing, currency, rests)
            }
            _ => None,
        };
        Computed { currency, groups, totals }
    }

    /// The violations of a draft that could not be computed. There is one for every reason why not.
    fn unfinished(mut self) -> Vec<Violation> {
        if self.violations.is_empty() {
            let detail = "The sums cannot be computed.";
            self.fault(At::ROOT.field("lines"), "out-of-range", detail, "Make several invoices of it.");
        }
        self.violations.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What serde reads at once and what is read field by field must be the same, or a fault elsewhere would change a draft.
    #[test]
    fn both_ways_of_reading_agree() {
        for file in [
            include_str!("../../tests/cases/norm.json"),
            include_str!("../../tests/cases/law.json"),
            include_str!("../../tests/cases/codes.json"),
            include_str!("../../tests/cases/own.json"),
        ] {
            let file: Value = serde_json::from_str(file).unwrap();
            for case in file["cases"].as_array().unwrap() {
                let patch = case["patch"].to_string();
                let mut violations = Violations::default();
                let slow = Draft::read(&case["patch"], At::ROOT, &mut violations).unwrap();
                match serde_json::from_str::<Draft>(&patch) {
                    Ok(quick) => assert!(quick == slow && violations.is_empty(), "{patch}"),
                    Err(error) => assert!(!violations.is_empty(), "{error}: {patch}"),
                }
            }
        }
        for list in ["[]", r#"{"lines": [["a"]]}"#, r#"{"buyer": []}"#] {
            assert!(serde_json::from_str::<Draft>(list).is_err(), "{list}");
        }
    }
}
