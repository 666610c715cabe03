//! The head of an invoice: what it is filed under, its currency, its texts.

use serde::Serialize;

use super::{
    check::Check,
    limits::{ID_MAX, LONG_TEXT_MAX, NOTES_MAX, SOURCE_MAX, TEXT_MAX},
    party::Buyer,
};
use crate::{
    choice::{Language, UseBalance},
    codes,
    draft::Draft,
    money::{AMOUNT_MAX, Currency},
    violation::At,
};

/// What the registration needs besides the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Request {
    /// The id that the caller has minted.
    pub id: Option<String>,
    /// The series asked for.
    pub series: Option<String>,
    /// What made the invoice.
    pub source: Option<String>,
    /// How much of the balance to use.
    pub use_balance: UseBalance,
}

/// What is written on the invoice besides.
pub(super) struct Texts {
    pub language: Language,
    pub buyer_reference: Option<String>,
    pub order_reference: Option<String>,
    pub contract_reference: Option<String>,
    pub notes: Vec<String>,
    pub reason: Option<String>,
}

impl Check {
    pub(super) fn request(&mut self, draft: &mut Draft) -> Request {
        let use_balance = draft.use_balance.unwrap_or_default();
        if let UseBalance::Amount(amount) = use_balance {
            self.amount(amount, 1, AMOUNT_MAX, At::ROOT.field("use_balance"));
        }
        Request {
            id: self.id(draft.id.take(), At::ROOT.field("id"), ID_MAX),
            series: self.id(draft.series.take(), At::ROOT.field("series"), 40),
            source: self.text(draft.source.take(), At::ROOT.field("source"), SOURCE_MAX),
            use_balance,
        }
    }

    pub(super) fn currency(&mut self, currency: Option<Currency>) -> Option<Currency> {
        let at = At::ROOT.field("currency");
        if currency.is_none() {
            self.violations.missing(at, "BR-05", "The currency is missing.", "Send its ISO 4217 code, like EUR.");
        }
        let known = currency.filter(|currency| codes::contains(codes::CURRENCIES, currency.code()));
        if let (Some(currency), None) = (currency, known) {
            let detail = format!("{currency} is no currency of ISO 4217.");
            self.fault(at, "BR-CL-04", detail, "Send the code of a currency in use, like EUR.");
        }
        known
    }

    pub(super) fn texts(&mut self, draft: &mut Draft, buyer: Option<&Buyer>) -> Texts {
        let language = draft.language.unwrap_or(Language::German);
        let mut reference = |text, field| self.text(text, At::ROOT.field(field), TEXT_MAX);
        Texts {
            language,
            buyer_reference: reference(draft.buyer_reference.take(), "buyer_reference"),
            order_reference: reference(draft.order_reference.take(), "order_reference"),
            contract_reference: reference(draft.contract_reference.take(), "contract_reference"),
            notes: self.notes(draft.notes.take(), draft.real_estate == Some(true), buyer, language),
            reason: self.text(draft.reason.take(), At::ROOT.field("reason"), LONG_TEXT_MAX),
        }
    }

    /// § 14 (4) no. 9 UStG: whoever has work done on real estate and is not in business keeps the invoice for two years.
    fn notes(
        &mut self,
        notes: Option<Vec<String>>,
        real_estate: bool,
        buyer: Option<&Buyer>,
        language: Language,
    ) -> Vec<String> {
        let root = At::ROOT.field("notes");
        let notes = self.at_most(notes, root, NOTES_MAX);
        let text = |(index, note)| self.text(Some(note), root.index(index), LONG_TEXT_MAX);
        let mut notes: Vec<String> = notes.into_iter().enumerate().filter_map(text).collect();
        if real_estate && buyer.is_none_or(|buyer| buyer.vat_id.is_none()) {
            notes.push(match language {
                Language::German => {
                    "Diese Rechnung ist zwei Jahre lang aufzubewahren (§ 14b Abs. 1 Satz 5 UStG).".to_owned()
                }
                Language::English => "Keep this invoice for two years (section 14b (1) sentence 5 UStG).".to_owned(),
            });
        }
        notes
    }

    pub(super) fn rounding(&mut self, rounding: Option<i64>, currency: Option<Currency>, gross: Option<i64>) -> i64 {
        let (at, unit) = (At::ROOT.field("rounding"), 10_i64.pow(currency.map_or(2, Currency::decimals)));
        let rounding = self.amount(rounding.unwrap_or_default(), -unit, unit, at);
        if gross.is_some_and(|gross| gross + rounding < 0) {
            self.fault(at, "below-zero", "The rounding takes more than there is to pay.", "Round by less.");
        }
        rounding
    }
}
