//! Rules about who sells and who buys: § 14 (4) no. 1 and 2 UStG, BR-06 to BR-11, BR-62, BR-63, BR-CO-09.

use super::{
    check::Check,
    limits::{ID_MAX, LOGIN_MAX, LONG_TEXT_MAX, TEXT_MAX},
    party::{Buyer, ElectronicAddress, Seller},
    vat_id::{self, Wrong},
};
use crate::{
    codes,
    draft::{BuyerDraft, ElectronicAddressDraft},
    violation::At,
};

impl Check {
    /// The seller comes from the configuration, so what is wrong with it is for the operator to repair.
    pub(super) fn seller(&mut self, seller: &Seller) {
        let root = At::ROOT.field("seller");
        let needed = [
            ("name", &seller.name, "BR-06"),
            ("street", &seller.street, "UStG-14-4-1"),
            ("zip", &seller.zip, "UStG-14-4-1"),
            ("city", &seller.city, "UStG-14-4-1"),
            ("country", &seller.country, "BR-09"),
        ];
        for (field, text, code) in needed {
            if text.is_empty() {
                let detail = format!("The seller's {field} is missing.");
                self.fault(root.field(field), code, detail, "The operator has to configure it.");
            } else {
                self.is_text(text, root.field(field), TEXT_MAX);
            }
        }
        if !seller.country.is_empty() {
            self.is_country(&seller.country, root.field("country"));
        }
        self.seller_besides(seller, root);
        if seller.vat_id.is_none() && seller.tax_number.is_none() {
            let detail = "The seller has neither VAT id nor tax number.";
            self.fault(root.field("vat_id"), "UStG-14-4-2", detail, "The operator has to configure one of both.");
        }
        if let Some(id) = &seller.vat_id {
            self.vat_id(id, root.field("vat_id"));
        }
    }

    /// What a seller may have besides.
    fn seller_besides(&mut self, seller: &Seller, root: At<'_>) {
        let optional = [
            ("street_extra", &seller.street_extra, TEXT_MAX),
            ("tax_number", &seller.tax_number, ID_MAX),
            ("legal_id", &seller.legal_id, ID_MAX),
            ("legal_note", &seller.legal_note, LONG_TEXT_MAX),
            ("email", &seller.email, TEXT_MAX),
        ];
        for (field, text, most) in optional {
            if let Some(text) = text {
                self.is_text(text, root.field(field), most);
            }
        }
        if let Some(scheme) = &seller.legal_id_scheme {
            self.is_register(scheme, root.field("legal_id_scheme"));
        }
        if let Some(ElectronicAddress { value, scheme }) = &seller.electronic_address {
            let root = root.field("electronic_address");
            self.is_text(value, root.field("value"), TEXT_MAX);
            self.is_address_scheme(scheme, root.field("scheme"));
        }
        if let Some(contact) = &seller.contact {
            let root = root.field("contact");
            let texts = [("name", &contact.name), ("telephone", &contact.telephone), ("email", &contact.email)];
            for (field, text) in texts {
                self.is_text(text, root.field(field), TEXT_MAX);
            }
        }
    }

    /// A VAT id's prefix and form.
    fn vat_id(&mut self, id: &str, at: At<'_>) {
        let hint = "Write it with its country's letters and without blanks, for example DE123456789.";
        match vat_id::check(id) {
            Ok(()) => {}
            Err(Wrong::Prefix) => self.fault(at, "BR-CO-09", "This VAT id does not begin with a country.", hint),
            Err(Wrong::Form) => {
                let detail = format!("This is no VAT id of {}.", vat_id::country(id));
                self.fault(at, "vat-id-form", detail, hint);
            }
        }
    }

    /// The login that the invoice is filed under.
    pub(super) fn login(&mut self, login: Option<String>, buyer: Option<&BuyerDraft>) -> String {
        let of_buyer = buyer.and_then(|buyer| buyer.login.clone());
        let at = At::ROOT.field("login");
        if let (Some(login), Some(other)) = (&login, &of_buyer)
            && login != other
        {
            self.fault(at, "login-differs", "The login is not the buyer's.", "Leave one of both out.");
        }
        self.needed(login.or(of_buyer), at, LOGIN_MAX, "missing", "The customer's login")
    }

    /// The buyer, with a full address: what § 31 (1) UStDV lets be left out, nobody can tell from a form.
    pub(super) fn buyer(&mut self, draft: BuyerDraft, login: &str) -> Buyer {
        let root = At::ROOT.field("buyer");
        self.text(draft.login, root.field("login"), LOGIN_MAX);
        let mut needed = |value, field, code, what| self.needed(value, root.field(field), TEXT_MAX, code, what);
        let name = needed(draft.name, "name", "BR-07", "The buyer's name");
        let street = needed(draft.street, "street", "UStG-14-4-1", "The buyer's street");
        let zip = needed(draft.zip, "zip", "UStG-14-4-1", "The buyer's postal code");
        let city = needed(draft.city, "city", "UStG-14-4-1", "The buyer's town");
        let country = self.country(draft.country, root.field("country"), "BR-11", "The buyer's country");
        if let Some(id) = &draft.vat_id {
            self.vat_id(id, root.field("vat_id"));
        }
        let scheme_at = root.field("legal_id_scheme");
        Buyer {
            login: login.to_owned(),
            name,
            street,
            street_extra: self.text(draft.street_extra, root.field("street_extra"), TEXT_MAX),
            zip,
            city,
            country,
            email: self.text(draft.email, root.field("email"), TEXT_MAX),
            vat_id: self.text(draft.vat_id, root.field("vat_id"), ID_MAX),
            legal_id: self.text(draft.legal_id, root.field("legal_id"), ID_MAX),
            legal_id_scheme: draft.legal_id_scheme.inspect(|scheme| self.is_register(scheme, scheme_at)),
            tax_number: self.text(draft.tax_number, root.field("tax_number"), ID_MAX),
            electronic_address: draft.electronic_address.map(|draft| self.electronic_address(draft, root)),
        }
    }

    fn electronic_address(&mut self, draft: ElectronicAddressDraft, party: At<'_>) -> ElectronicAddress {
        let root = party.field("electronic_address");
        let value = self.needed(draft.value, root.field("value"), TEXT_MAX, "missing", "The electronic address");
        let scheme = self.needed(draft.scheme, root.field("scheme"), ID_MAX, "BR-63", "The kind of electronic address");
        if !scheme.is_empty() {
            self.is_address_scheme(&scheme, root.field("scheme"));
        }
        ElectronicAddress { value, scheme }
    }

    /// A country that has to be there.
    pub(super) fn country(&mut self, value: Option<String>, at: At<'_>, code: &'static str, what: &str) -> String {
        let country = self.needed(value, at, ID_MAX, code, what);
        if !country.is_empty() {
            self.is_country(&country, at);
        }
        country
    }

    fn is_country(&mut self, country: &str, at: At<'_>) {
        self.is_code(country, at, codes::COUNTRIES, "BR-CL-14", "country of ISO 3166-1");
    }

    fn is_register(&mut self, scheme: &str, at: At<'_>) {
        self.is_code(scheme, at, codes::REGISTERS, "BR-CL-11", "register of ISO 6523");
    }

    fn is_address_scheme(&mut self, scheme: &str, at: At<'_>) {
        self.is_code(scheme, at, codes::ADDRESSES, "BR-CL-25", "electronic address scheme (EAS)");
    }
}
