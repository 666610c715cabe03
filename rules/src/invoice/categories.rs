//! Rules of the VAT categories: BR-S-… to BR-O-…, §§ 13b, 14a, 19 UStG, § 34a UStDV.

use super::{
    check::Check,
    limits::{EXEMPTIONS_MAX, LONG_TEXT_MAX},
    party::{Buyer, Delivery, Seller},
    pricing::Group,
    vat_id,
};
use crate::{
    category::Category,
    codes::{self, EUROPEAN_UNION},
    draft::ExemptionDraft,
    violation::At,
};

/// Why a category has no tax, as it is frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exemption {
    pub category: Category,
    pub text: Option<String>,
    pub code: Option<String>,
}

/// Words that the law asks for, in German, and what other member states write (section 14a.1 (6) UStAE).
const REVERSE_CHARGE: [&str; 2] = ["Steuerschuldnerschaft des Leistungsempfängers", "Reverse charge"];
const SMALL_BUSINESS: [&str; 3] = ["§ 19", "Kleinunternehmer", "mall business"];

/// The code for a missing reason, an example of one, and the VATEX code that belongs to the category alone.
fn reason(category: Category) -> (&'static str, &'static str, Option<&'static str>) {
    match category {
        Category::S => ("BR-S-10", "", None),
        Category::Z => ("BR-Z-10", "", None),
        Category::E => ("BR-E-10", "Steuerfrei nach § 4 Nr. 21 UStG", None),
        Category::AE => ("BR-AE-10", "Steuerschuldnerschaft des Leistungsempfängers", Some("VATEX-EU-AE")),
        Category::K => ("BR-IC-10", "Steuerfreie innergemeinschaftliche Lieferung", Some("VATEX-EU-IC")),
        Category::G => ("BR-G-10", "Steuerfreie Ausfuhrlieferung", Some("VATEX-EU-G")),
        Category::O => ("BR-O-10", "Nicht steuerbar", Some("VATEX-EU-O")),
    }
}

impl Check {
    /// Every category that has no tax says why, once.
    pub(super) fn exemptions(&mut self, drafts: Option<Vec<ExemptionDraft>>, groups: &[Group]) -> Vec<Exemption> {
        let root = At::ROOT.field("exemptions");
        let drafts = self.at_most(drafts, root, EXEMPTIONS_MAX);
        let mut exemptions: Vec<Exemption> = Vec::new();
        for (index, draft) in drafts.into_iter().enumerate() {
            let at = root.index(index);
            if let Some(exemption) = self.exemption(draft, at) {
                let used = groups.iter().any(|group| group.category == exemption.category);
                if exemptions.iter().any(|other| other.category == exemption.category) {
                    let detail = format!("The category {} says twice why it has no tax.", exemption.category);
                    self.fault(at.field("category"), "exemption-twice", detail, "Say it once.");
                } else if !used && !groups.is_empty() {
                    let detail = format!("Nothing in the invoice has the category {}.", exemption.category);
                    self.fault(at.field("category"), "exemption-unused", detail, "Leave it out.");
                }
                exemptions.push(exemption);
            }
        }
        for category in super::categories_of(groups).filter(|category| category.needs_reason()) {
            if !exemptions.iter().any(|exemption| exemption.category == category) {
                let (code, example, _) = reason(category);
                let hint = format!(
                    "Send it in exemptions, for example {{\"category\": \"{category}\", \"text\": {example:?}}}."
                );
                self.violations.missing(
                    root,
                    code,
                    format!("Why the category {category} has no tax is missing."),
                    hint,
                );
            }
        }
        exemptions
    }

    fn exemption(&mut self, draft: ExemptionDraft, at: At<'_>) -> Option<Exemption> {
        let Some(category) = draft.category else {
            let hint = "Send one of E, AE, K, G and O.";
            self.violations.missing(at.field("category"), "missing", "The category is missing.", hint);
            return None;
        };
        let (code, example, vatex) = reason(category);
        if !category.needs_reason() {
            let detail = format!("The category {category} has no reason for lacking tax.");
            self.fault(at, code, detail, "Leave it out, or use the category E.");
        }
        if draft.text.is_none() {
            // EN 16931 would take the code alone; the law wants something that people read.
            let hint = format!("Write it, for example {example:?}.");
            self.violations.missing(at.field("text"), "UStG-14-4-8", "The note about the exemption is missing.", hint);
        }
        let text = self.text(draft.text, at.field("text"), LONG_TEXT_MAX);
        let has = |words: &[&str]| text.as_ref().is_some_and(|text| words.iter().any(|word| text.contains(word)));
        if category == Category::AE && text.is_some() && !has(&REVERSE_CHARGE) {
            let detail = "The note has to say \"Steuerschuldnerschaft des Leistungsempfängers\".";
            self.fault(at.field("text"), "UStG-14a-5", detail, "Write these words, or \"Reverse charge\".");
        }
        let exemption_code = self.coded(draft.code, at.field("code"), codes::EXEMPTIONS, "BR-CL-22", "VATEX code");
        let own = Category::ALL
            .into_iter()
            .find(|other| reason(*other).2.is_some_and(|own| exemption_code.as_deref() == Some(own)));
        if exemption_code.is_some() && own.is_some_and(|own| own != category) {
            let hint = format!("Use {}, or leave the code out.", vatex.unwrap_or("another code"));
            self.fault(
                at.field("code"),
                "exemption-code",
                format!("This code is not one of the category {category}."),
                hint,
            );
        }
        Some(Exemption { category, text, code: exemption_code })
    }

    /// What each category needs of seller, buyer and delivery.
    pub(super) fn categories(&mut self, groups: &[Group], seller: &Seller, buyer: Option<&Buyer>, delivery: &Delivery) {
        for category in super::categories_of(groups) {
            match category {
                Category::AE => self.reverse_charge(buyer),
                Category::K => self.intra_community(seller, buyer, delivery),
                Category::G => self.export(seller, delivery),
                Category::O => self.not_subject_to_tax(groups, seller, buyer),
                Category::S | Category::Z | Category::E => {}
            }
        }
    }

    fn reverse_charge(&mut self, buyer: Option<&Buyer>) {
        if buyer.is_some_and(|buyer| buyer.vat_id.is_none() && buyer.legal_id.is_none()) {
            let detail = "Reverse charge needs the buyer's VAT id or number in a register of companies.";
            let hint = "Send buyer.vat_id or buyer.legal_id, or a category with tax.";
            self.violations.missing(At::ROOT.field("buyer").field("vat_id"), "BR-AE-02", detail, hint);
        }
    }

    /// The date that BR-IC-11 asks for is mandatory on every invoice here.
    fn intra_community(&mut self, seller: &Seller, buyer: Option<&Buyer>, delivery: &Delivery) {
        let buyer_at = At::ROOT.field("buyer");
        let delivery_at = At::ROOT.field("delivery");
        let address_at = delivery_at.field("address");
        if seller.vat_id.is_none() {
            self.seller_vat_id("BR-IC-02");
        }
        match buyer.map(|buyer| buyer.vat_id.as_deref()) {
            Some(None) => {
                let detail = "An intra-community supply needs the buyer's VAT id.";
                self.violations.missing(buyer_at.field("vat_id"), "BR-IC-02", detail, "Send buyer.vat_id.");
            }
            Some(Some(id)) if vat_id::country(id) == seller.country => {
                let detail = "The buyer's VAT id is of the seller's own country.";
                let hint = "Send the one of another member state (§ 6a (1) no. 4 UStG).";
                self.fault(buyer_at.field("vat_id"), "UStG-6a", detail, hint);
            }
            _ => {}
        }
        match &delivery.address {
            None => {
                let detail = "An intra-community supply needs the country that it is delivered to.";
                self.violations.missing(
                    address_at.field("country"),
                    "BR-IC-12",
                    detail,
                    "Send delivery.address.country.",
                );
            }
            Some(address) if address.country == seller.country || !is_in_union(&address.country) => {
                let detail = "An intra-community supply goes to another member state.";
                self.fault(
                    address_at.field("country"),
                    "UStG-6a",
                    detail,
                    "Use the category G for exports, S at home.",
                );
            }
            Some(_) => {}
        }
    }

    fn export(&mut self, seller: &Seller, delivery: &Delivery) {
        if seller.vat_id.is_none() {
            self.seller_vat_id("BR-G-02");
        }
        let address_at = At::ROOT.field("delivery");
        let address_at = address_at.field("address");
        if delivery.address.as_ref().is_some_and(|address| is_in_union(&address.country)) {
            let detail = "An export goes to a country outside the European Union.";
            self.fault(address_at.field("country"), "UStG-6", detail, "Use the category K inside the Union.");
        }
    }

    fn seller_vat_id(&mut self, code: &'static str) {
        let detail = "This needs the seller's VAT id.";
        self.fault(
            At::ROOT.field("seller").field("vat_id"),
            code,
            detail,
            "The operator has to configure the seller's VAT id.",
        );
    }

    /// O mixes with nothing and shows no VAT id; the seller's is left out of the invoice ([`super::make`]).
    fn not_subject_to_tax(&mut self, groups: &[Group], seller: &Seller, buyer: Option<&Buyer>) {
        if groups.iter().any(|group| group.category != Category::O) {
            let detail = "What is not subject to tax (O) stands together with other categories.";
            self.fault(At::ROOT.field("lines"), "BR-O-11", detail, "Make an invoice of its own of it.");
        }
        if seller.tax_number.is_none() {
            let detail =
                "An invoice about what is not subject to tax (O) shows no VAT id, and the seller has no tax number.";
            let hint = "The operator has to configure the seller's tax number as well.";
            self.fault(At::ROOT.field("seller").field("tax_number"), "BR-O-02", detail, hint);
        }
        if buyer.is_some_and(|buyer| buyer.vat_id.is_some()) {
            let detail = "An invoice about what is not subject to tax (O) shows no VAT id.";
            self.fault(At::ROOT.field("buyer").field("vat_id"), "BR-O-02", detail, "Leave it out.");
        }
    }

    /// § 19 UStG: no tax is shown, and the invoice says why (§ 34a no. 5 UStDV). Whoever shows it owes it (§ 14c UStG).
    pub(super) fn small_business(&mut self, groups: &[Group], exemptions: &[Exemption]) {
        let lines = At::ROOT.field("lines");
        if groups.iter().any(|group| group.category != Category::E) {
            let detail = "The seller is a small business and must not show tax.";
            self.fault(lines, "UStG-19", detail, "Use the category E on every line.");
        }
        let words = |exemption: &Exemption| {
            exemption.text.as_ref().is_some_and(|text| SMALL_BUSINESS.iter().any(|word| text.contains(word)))
        };
        let exempt = exemptions.iter().filter(|exemption| exemption.category == Category::E);
        if exempt.clone().count() > 0 && !exempt.clone().any(words) {
            let hint = "Write for example \"Kein Ausweis von Umsatzsteuer, da Kleinunternehmer gemäß § 19 UStG\".";
            let detail = "The note about the small business is missing.";
            self.fault(At::ROOT.field("exemptions"), "UStDV-34a", detail, hint);
        }
    }
}

/// Whether a country belongs to the European Union's area of goods.
pub(super) fn is_in_union(country: &str) -> bool {
    EUROPEAN_UNION.contains(&country)
}
