//! What callers send to have an invoice made. Every field is optional here: the rules say what is missing, with the law's or
//! the norm's name for it. Number, issue time and totals are not part of it: the server sets them, so a client cannot.

use crate::{
    category::Category,
    choice::{Language, MeansKind, Pricing, UseBalance},
    date::Date,
    decimal::Decimal,
    money::Currency,
    read::{draft, read_text},
    tax::Rate,
};

read_text!(Currency, Rate, Date);

draft! {
    /// An invoice to be made.
    #[cfg_attr(feature = "openapi", schema(example = json!({
        "buyer": {
            "login": "anna", "name": "Anna Beispiel", "street": "Weg 1", "zip": "10115", "city": "Berlin", "country": "DE"
        },
        "currency": "EUR",
        "pricing": "net",
        "delivery": {"date": "2026-11-21"},
        "lines": [{"name": "Beratung", "quantity": "2", "unit": "HUR", "unit_price": "50.00", "rate": "19"}]
    })))]
    Draft {
        /// The invoice's id, if the caller has minted it: a ULID and the hash of the login, `[0-9A-Za-z-]`, at most 64.
        id: String,
        /// The number series; the seller's default one if it is left out.
        series: String,
        /// What made the invoice, unique for ever: an order, a sale. At most 100 characters.
        source: String,
        /// The customer's login, `guest-…` for an anonymous one. The buyer's is taken if it is left out.
        login: String,
        /// How much of the customer's balance to use.
        use_balance: UseBalance,
        /// The language of the texts that the server writes; German if it is left out.
        language: Language,
        /// Who buys; may be left out of small amounts (§ 33 UStDV).
        buyer: BuyerDraft,
        /// BT-10, for example the Leitweg-ID.
        buyer_reference: String,
        /// BT-13: the buyer's order.
        order_reference: String,
        /// BT-12.
        contract_reference: String,
        /// When and where to it is supplied.
        delivery: DeliveryDraft,
        /// BT-5: ISO 4217 code.
        currency: Currency,
        /// Whether the prices contain the tax; the same for all lines, allowances and charges.
        pricing: Pricing,
        /// What is sold: 1 to 1,000 lines.
        lines: Vec<LineDraft>,
        /// Allowances on the whole (BG-20).
        allowances: Vec<AllowanceDraft>,
        /// Charges on the whole (BG-21).
        charges: Vec<AllowanceDraft>,
        /// Why no tax is charged, once for each category E, AE, K, G or O.
        exemptions: Vec<ExemptionDraft>,
        /// BT-114, minor units: what cash rounding adds; at most one unit of the currency either way.
        rounding: i64,
        /// How and until when to pay.
        payment: PaymentDraft,
        /// BT-22: at most 20 notes.
        notes: Vec<String>,
        /// Whether it is about work on real estate. If the buyer is not in business, the invoice tells of the duty to keep
        /// it for two years (§ 14 (4) no. 9, § 14b (1) sentence 5 UStG).
        real_estate: bool,
        /// Why it is cancelled or corrected.
        reason: String,
    }
}

draft! {
    /// Who buys (BG-7).
    BuyerDraft {
        /// Unique name with the shop.
        login: String,
        /// BT-44: person or company.
        name: String,
        /// BT-50: street and number.
        street: String,
        /// BT-51: what else the address needs.
        street_extra: String,
        /// BT-53: postal code.
        zip: String,
        /// BT-52: town.
        city: String,
        /// BT-55: ISO 3166-1, two letters.
        country: String,
        /// Where to reach the buyer.
        email: String,
        /// BT-48.
        vat_id: String,
        /// BT-47: number in a register of companies.
        legal_id: String,
        /// BT-47-1: the register, ISO 6523.
        legal_id_scheme: String,
        /// The buyer's tax number.
        tax_number: String,
        /// BT-49.
        electronic_address: ElectronicAddressDraft,
    }
}

draft! {
    /// Where e-invoices go to.
    ElectronicAddressDraft {
        /// The address, for example an e-mail address.
        value: String,
        /// The kind of address: EAS code, `EM` for e-mail.
        scheme: String,
    }
}

draft! {
    /// When and where to it is supplied: the date, or the period.
    DeliveryDraft {
        /// BT-72.
        date: Date,
        /// BT-73: first day of the period.
        from: Date,
        /// BT-74: last day of the period.
        to: Date,
        /// The moment, µs since 1970 UTC, if it is known that exactly.
        supplied_at_us: i64,
        /// BG-13, BG-15: to whom and where, if it is not the buyer's address.
        address: DeliverToDraft,
    }
}

draft! {
    /// To whom and where it is delivered (BG-15).
    DeliverToDraft {
        /// BT-70.
        name: String,
        /// BT-75.
        street: String,
        /// BT-76.
        street_extra: String,
        /// BT-78.
        zip: String,
        /// BT-77.
        city: String,
        /// BT-80: ISO 3166-1, two letters.
        country: String,
    }
}

draft! {
    /// A line (BG-25).
    LineDraft {
        /// BT-153: what.
        name: String,
        /// BT-154.
        description: String,
        /// BT-155: the seller's number of the item.
        item_id: String,
        /// BT-127.
        note: String,
        /// BT-129: how many; below zero for what comes back, never zero.
        quantity: Decimal,
        /// BT-130: UN/ECE Rec 20 code; `C62`, which means pieces, if it is left out.
        unit: String,
        /// Price of one in the currency's major unit, with or without tax as `pricing` says (BT-146, if without).
        unit_price: Decimal,
        /// BT-149: how many the price is for; 1 if it is left out.
        base_quantity: Decimal,
        /// BT-151; `S` if it is left out and the rate is above zero.
        category: Category,
        /// BT-152, percent; left out for `O`, and 0 if it is left out for the others but `S`.
        rate: Rate,
        /// BG-27.
        allowances: Vec<AllowanceDraft>,
        /// BG-28.
        charges: Vec<AllowanceDraft>,
        /// What was booked.
        booking: BookingDraft,
    }
}

draft! {
    /// A booked slot.
    BookingDraft {
        /// The booking's id.
        id: String,
        /// The slot's begin, µs since 1970 UTC.
        from_us: i64,
        /// The slot's end, µs since 1970 UTC.
        to_us: i64,
    }
}

draft! {
    /// An allowance or a charge. With or without tax, as the prices are.
    AllowanceDraft {
        /// Minor units, not below zero (BT-92, BT-99, BT-136, BT-141). This or the percentage.
        amount: i64,
        /// Percent of the base (BT-94, BT-101, BT-138, BT-143).
        percent: Decimal,
        /// What the percentage is of, minor units (BT-93, BT-100, BT-137, BT-142); all that it is about if it is left out.
        base: i64,
        /// Why (BT-97, BT-104, BT-139, BT-144); this or the code.
        reason: String,
        /// UNTDID 5189 for allowances, 7161 for charges (BT-98, BT-105, BT-140, BT-145).
        reason_code: String,
        /// Only on the whole invoice (BT-95, BT-102): left out, it is shared out over all that the invoice has.
        category: Category,
        /// Only on the whole invoice (BT-96, BT-103).
        rate: Rate,
    }
}

draft! {
    /// Why a category has no tax.
    ExemptionDraft {
        /// Which.
        category: Category,
        /// BT-120.
        text: String,
        /// BT-121: VATEX code.
        code: String,
    }
}

draft! {
    /// How and until when to pay.
    PaymentDraft {
        /// BT-9: the day; this or the number of days.
        due_on: Date,
        /// Days from the issue date; at most 1,000.
        due_in_days: i64,
        /// BT-20: terms in words.
        terms: String,
        /// Skonto: at most 5.
        skonto: Vec<SkontoDraft>,
        /// Ways to pay: at most 5.
        means: Vec<MeansDraft>,
    }
}

draft! {
    /// Less to pay for paying early (BR-DE-18).
    SkontoDraft {
        /// Days from the issue date, 1 to 1,000.
        days: i64,
        /// Percent, two digits behind the point.
        percent: Rate,
        /// What it is of, minor units; all that is due if it is left out.
        base: i64,
    }
}

draft! {
    /// A way to pay (BG-16). Which fields it needs depends on its kind.
    MeansDraft {
        /// Which way.
        kind: MeansKind,
        /// BT-83: what to write as the purpose.
        reference: String,
        /// BT-84 the seller's account for a transfer; BT-91 the buyer's for a direct debit.
        iban: String,
        /// BT-86.
        bic: String,
        /// BT-85: who holds the account; BT-88 on a card.
        holder: String,
        /// BT-89.
        mandate: String,
        /// BT-90.
        creditor_id: String,
        /// BT-87: at most the first six and last four digits.
        card: String,
    }
}
