//! Rules about how and until when to pay: BR-49 to BR-51, BR-61, BR-DE-18, BR-DE-30, PEPPOL-EN16931-R061.

use super::{
    check::Check,
    limits::{DAYS_MAX, ID_MAX, LONG_TEXT_MAX, PAYMENT_MAX, TEXT_MAX},
    object::{Means, Payment, Skonto},
};
use crate::{
    choice::MeansKind,
    draft::{MeansDraft, PaymentDraft, SkontoDraft},
    money::AMOUNT_MAX,
    violation::At,
};

impl Check {
    pub(super) fn payment(&mut self, draft: Option<PaymentDraft>) -> Payment {
        let root = At::ROOT.field("payment");
        let Some(draft) = draft else { return Payment::default() };
        if draft.due_on.is_some() && draft.due_in_days.is_some() {
            let detail = "The due date is here twice, as a date and in days.";
            self.fault(root.field("due_in_days"), "due-twice", detail, "Leave one of both out.");
        }
        let terms = self.text(draft.terms, root.field("terms"), LONG_TEXT_MAX);
        if terms.as_ref().is_some_and(|terms| terms.contains('#')) {
            let hint = "Write skonto into payment.skonto, and no # into the terms.";
            self.fault(root.field("terms"), "BR-DE-18", "Signs # in the terms mean skonto to programs.", hint);
        }
        let skonto = self.at_most(draft.skonto, root.field("skonto"), PAYMENT_MAX);
        let means = self.at_most(draft.means, root.field("means"), PAYMENT_MAX);
        let (skonto_at, means_at) = (root.field("skonto"), root.field("means"));
        Payment {
            due_on: draft.due_on,
            due_in_days: draft.due_in_days.and_then(|days| self.days(days, 0, root.field("due_in_days"))),
            terms,
            skonto: skonto
                .into_iter()
                .enumerate()
                .filter_map(|(index, one)| self.skonto(one, skonto_at.index(index)))
                .collect(),
            means: means
                .into_iter()
                .enumerate()
                .filter_map(|(index, one)| self.means(one, means_at.index(index)))
                .collect(),
        }
    }

    fn days(&mut self, days: i64, least: i64, at: At<'_>) -> Option<u32> {
        if !(least..=DAYS_MAX).contains(&days) {
            let detail = format!("{days} days are out of range; from {least} to {DAYS_MAX} are allowed.");
            self.fault(at, "out-of-range", detail, "Send another number of days.");
        }
        u32::try_from(days).ok()
    }

    fn skonto(&mut self, draft: SkontoDraft, at: At<'_>) -> Option<Skonto> {
        let percent = draft.percent.filter(|percent| (1..10_000).contains(&percent.hundredths()));
        if percent.is_none() {
            let detail = "Skonto needs a percentage above 0 and below 100.";
            self.violations.missing(at.field("percent"), "BR-DE-18", detail, "Send percent, like \"2\".");
        }
        if draft.days.is_none() {
            let detail = "Skonto needs the number of days that it is given for.";
            self.violations.missing(at.field("days"), "BR-DE-18", detail, "Send days from the issue date.");
        }
        let days = draft.days.and_then(|days| self.days(days, 1, at.field("days")));
        let base = draft.base.map(|base| self.amount(base, 1, AMOUNT_MAX, at.field("base")));
        Some(Skonto { days: days?, percent: percent?, base })
    }

    fn means(&mut self, draft: MeansDraft, at: At<'_>) -> Option<Means> {
        let Some(kind) = draft.kind else {
            let hint = "Send kind: transfer, direct_debit, card or cash.";
            self.violations.missing(at.field("kind"), "BR-49", "How to pay is missing.", hint);
            return None;
        };
        self.fields_of_means(kind, &draft, at);
        let iban = self.text(draft.iban, at.field("iban"), ID_MAX).map(|iban| self.iban(&iban, at.field("iban")));
        if let Some(card) = &draft.card {
            self.card(card, at.field("card"));
        }
        Some(Means {
            kind,
            reference: self.text(draft.reference, at.field("reference"), TEXT_MAX),
            iban,
            bic: self.id(draft.bic, at.field("bic"), 11),
            holder: self.text(draft.holder, at.field("holder"), TEXT_MAX),
            mandate: self.text(draft.mandate, at.field("mandate"), ID_MAX),
            creditor_id: self.text(draft.creditor_id, at.field("creditor_id"), ID_MAX),
            card: self.text(draft.card, at.field("card"), ID_MAX),
        })
    }

    /// What a kind of payment needs, and what belongs to others.
    fn fields_of_means(&mut self, kind: MeansKind, draft: &MeansDraft, at: At<'_>) {
        use MeansKind::{Card, DirectDebit, Transfer};
        let fields: [(&str, bool, &[MeansKind]); 6] = [
            ("iban", draft.iban.is_some(), &[Transfer, DirectDebit]),
            ("bic", draft.bic.is_some(), &[Transfer]),
            ("holder", draft.holder.is_some(), &[Transfer, Card]),
            ("mandate", draft.mandate.is_some(), &[DirectDebit]),
            ("creditor_id", draft.creditor_id.is_some(), &[DirectDebit]),
            ("card", draft.card.is_some(), &[Card]),
        ];
        for (field, _, _) in fields.iter().filter(|(_, there, kinds)| *there && !kinds.contains(&kind)) {
            let detail = format!("{field} is nothing of {}.", kind.name());
            self.fault(at.field(field), "means-field", detail, "Leave it out, or send it with another kind.");
        }
        let needed: &[(&str, &'static str)] = match kind {
            Transfer => &[("iban", "BR-61")],
            DirectDebit => &[("mandate", "PEPPOL-EN16931-R061"), ("creditor_id", "BR-DE-30"), ("iban", "BR-DE-31")],
            Card | MeansKind::Cash => &[],
        };
        for (field, code) in needed {
            if fields.iter().any(|(name, there, _)| name == field && !there) {
                let detail = format!("{} needs {field}.", kind.name());
                self.violations.missing(at.field(field), code, detail, "Write it into this field.");
            }
        }
    }

    /// An IBAN without its blanks (ISO 13616). A wrong checksum only warns: the bank has the last word.
    fn iban(&mut self, iban: &str, at: At<'_>) -> String {
        let iban: String = iban.split_whitespace().collect();
        let signs = iban.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        let country = iban.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
        let digits = iban.bytes().skip(2).take(2).all(|byte| byte.is_ascii_digit());
        if !(signs && country && digits && (15..=34).contains(&iban.len())) {
            let detail = "This is no IBAN: two letters, two digits and 11 to 30 letters or digits.";
            self.fault(at, "iban-form", detail, "Write it like DE02120300000000202051.");
        } else if iban_remainder(&iban) != 1 {
            self.warn(at, "iban-checksum", "The IBAN's check digits are wrong.", "Compare it with the bank's.");
        }
        iban
    }

    /// A card's number must not be written out (BR-51: at most the first six and the last four digits).
    fn card(&mut self, card: &str, at: At<'_>) {
        let digits = card.bytes().filter(u8::is_ascii_digit).count();
        if !(4..=10).contains(&digits) || card.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            let detail = "A card is named by its last four to six digits, and at most by its first six and last four.";
            self.fault(at, "BR-51", detail, "Send the last four digits.");
        }
    }
}

/// The number that an IBAN is, its first four signs behind the others and letters as 10 to 35, modulo 97 (ISO 7064).
fn iban_remainder(iban: &str) -> u32 {
    let moved = iban.chars().skip(4).chain(iban.chars().take(4));
    moved.filter_map(|sign| sign.to_digit(36)).fold(0, |remainder, digit| {
        let factor = if digit < 10 { 10 } else { 100 };
        (remainder * factor + digit) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_have_check_digits() {
        // From the SWIFT IBAN registry, and two invoices of CEN/TC 434.
        for iban in [
            "DE89370400440532013000",
            "NL91ABNA0417164300",
            "GB29NWBK60161331926819",
            "NL28RBOS0420242228",
            "NL57RABO0107307510",
        ] {
            assert_eq!(iban_remainder(iban), 1, "{iban}");
        }
        assert_ne!(iban_remainder("DE88370400440532013000"), 1);
    }
}
