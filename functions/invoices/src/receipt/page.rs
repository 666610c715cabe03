//! The receipt as a page to print: all that § 14 (4) UStG asks for, as far as it applies (no retention note and no
//! self-billing in a shop; the buyer may be left out up to 250.00 EUR, § 33 UStDV).

use std::fmt::{self, Display, Write};

use kontor_rules::{
    Currency, Date, Decimal, Document, Invoice,
    choice::{self, Pricing},
    ledger::State,
};

use super::language::Language;
use crate::registration::RegisteredInvoice;

const STYLE: &str = "\
:root{color-scheme:light}body{font:1rem/1.5 system-ui,sans-serif;color:#111;background:#fff;max-width:44rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem;margin:2rem 0 1rem}address{font-style:normal}.parties{display:flex;gap:2rem;flex-wrap:wrap;justify-content:space-between}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}dt{color:#555}dd{margin:0}\
table{width:100%;border-collapse:collapse;margin:1.5rem 0}caption{text-align:left;font-weight:600;padding-bottom:.5rem}\
th,td{padding:.5rem .25rem;text-align:left;border-bottom:1px solid #ccc}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
tfoot tr:last-child{font-weight:700}.sample{border:3px solid #b00020;color:#b00020;font-weight:700;padding:.5rem 1rem;text-align:center}\
@media print{body{margin:0;max-width:none}}";

/// Text that cannot become markup.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|found| match found {
            '&' => formatter.write_str("&amp;"),
            '<' => formatter.write_str("&lt;"),
            '>' => formatter.write_str("&gt;"),
            '"' => formatter.write_str("&quot;"),
            '\'' => formatter.write_str("&#39;"),
            other => formatter.write_char(other),
        })
    }
}

struct Words {
    sample: &'static str,
    seller: &'static str,
    buyer: &'static str,
    number: &'static str,
    issued: &'static str,
    supplied: &'static str,
    about: &'static str,
    due: &'static str,
    vat_id: &'static str,
    tax_number: &'static str,
    lines_gross: &'static str,
    lines_net: &'static str,
    item: &'static str,
    quantity: &'static str,
    price: &'static str,
    amount: &'static str,
    net: &'static str,
    tax: &'static str,
    gross: &'static str,
    rounding: &'static str,
    prepaid: &'static str,
    open: &'static str,
    paid: &'static str,
    cancelled: &'static str,
}

const GERMAN: Words = Words {
    sample: "MUSTER – keine gültige Rechnung",
    seller: "Verkäufer",
    buyer: "Rechnungsempfänger",
    number: "Rechnungsnummer",
    issued: "Rechnungsdatum",
    supplied: "Leistungsdatum",
    about: "Zu Rechnung",
    due: "Zahlbar bis",
    vat_id: "USt-IdNr.",
    tax_number: "Steuernummer",
    lines_gross: "Leistungen (Preise einschließlich Umsatzsteuer)",
    lines_net: "Leistungen (Preise ohne Umsatzsteuer)",
    item: "Bezeichnung",
    quantity: "Menge",
    price: "Einzelpreis",
    amount: "Betrag",
    net: "Nettobetrag",
    tax: "Umsatzsteuer",
    gross: "Gesamtbetrag",
    rounding: "Rundung",
    prepaid: "Aus Guthaben bezahlt",
    open: "Zahlbetrag",
    paid: "Der Betrag ist bezahlt.",
    cancelled: "Diese Rechnung ist storniert.",
};

const ENGLISH: Words = Words {
    sample: "SAMPLE – not a valid invoice",
    seller: "Seller",
    buyer: "Bill to",
    number: "Invoice number",
    issued: "Invoice date",
    supplied: "Date of supply",
    about: "About invoice",
    due: "Due on",
    vat_id: "VAT ID",
    tax_number: "Tax number",
    lines_gross: "Items (prices include VAT)",
    lines_net: "Items (prices without VAT)",
    item: "Description",
    quantity: "Quantity",
    price: "Unit price",
    amount: "Amount",
    net: "Net amount",
    tax: "VAT",
    gross: "Total",
    rounding: "Rounding",
    prepaid: "Paid from balance",
    open: "Amount due",
    paid: "The amount has been paid.",
    cancelled: "This invoice is cancelled.",
};

/// The page.
pub fn of(invoice: &RegisteredInvoice, language: Language) -> String {
    let mut page = String::with_capacity(4096);
    // Writing to a string cannot fail; the result is the trait's, not this one's.
    let _ = write(&mut page, invoice, language);
    page
}

fn write(page: &mut String, registered: &RegisteredInvoice, language: Language) -> fmt::Result {
    let (words, kind) = match language {
        Language::German => (&GERMAN, choice::Language::German),
        Language::English => (&ENGLISH, choice::Language::English),
    };
    let Document { numbering, due_on, invoice, .. } = &registered.document;
    let title = format!("{} {}", invoice.kind.title(kind), numbering.number);
    write!(
        page,
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>",
        language.code(),
        title = Escaped(&title)
    )?;
    if invoice.seller.sample {
        write!(page, "<p class=\"sample\" role=\"note\">{}</p>", words.sample)?;
    }
    parties(page, invoice, words)?;
    write!(page, "<h1>{}</h1><dl>", Escaped(&title))?;
    entry(page, words.number, &numbering.number)?;
    entry(page, words.issued, &day(numbering.issued_on, language))?;
    entry(page, words.supplied, &supplied(invoice, language))?;
    for about in &invoice.preceding {
        entry(page, words.about, &format!("{}, {}", about.number, day(about.issued_on, language)))?;
    }
    if let Some(due_on) = due_on {
        entry(page, words.due, &day(*due_on, language))?;
    }
    page.write_str("</dl>")?;
    table(page, registered, words, language)?;
    for text in notes(invoice) {
        write!(page, "<p>{}</p>", Escaped(text))?;
    }
    match registered.state {
        State::Paid => writeln!(page, "<p>{}</p></main></body></html>", words.paid),
        State::Cancelled | State::Refunded => writeln!(page, "<p>{}</p></main></body></html>", words.cancelled),
        State::Registered | State::PartlyPaid | State::Overdue => writeln!(page, "</main></body></html>"),
    }
}

/// What the law wants to be written: why there is no tax, reasons, notes.
fn notes(invoice: &Invoice) -> impl Iterator<Item = &str> {
    let exemptions = invoice.taxes.iter().filter_map(|group| group.exemption.as_deref());
    let terms = invoice.payment.terms.as_deref();
    exemptions.chain(invoice.reason.as_deref()).chain(invoice.notes.iter().map(String::as_str)).chain(terms)
}

fn supplied(invoice: &Invoice, language: Language) -> String {
    let delivery = &invoice.delivery;
    match (delivery.date, delivery.from.zip(delivery.to)) {
        (Some(date), _) => day(date, language),
        (None, Some((from, to))) => format!("{} – {}", day(from, language), day(to, language)),
        (None, None) => String::new(),
    }
}

fn parties(page: &mut String, invoice: &Invoice, words: &Words) -> fmt::Result {
    let seller = &invoice.seller;
    page.write_str("<div class=\"parties\">")?;
    let named =
        |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}: {value}")).unwrap_or_default();
    if let Some(buyer) = &invoice.buyer {
        let place = format!("{} {}", buyer.zip, buyer.city);
        let (extra, vat_id) = (buyer.street_extra.as_deref().unwrap_or_default(), named(words.vat_id, &buyer.vat_id));
        address(page, words.buyer, &[&buyer.name, &buyer.street, extra, &place, &buyer.country, &vat_id])?;
    }
    let place = format!("{} {}", seller.zip, seller.city);
    let (vat_id, number) = (named(words.vat_id, &seller.vat_id), named(words.tax_number, &seller.tax_number));
    let optional = |value: &'_ Option<String>| value.clone().unwrap_or_default();
    let (extra, email, legal) = (optional(&seller.street_extra), optional(&seller.email), optional(&seller.legal_note));
    let lines: [&str; 9] =
        [&seller.name, &seller.street, &extra, &place, &seller.country, &vat_id, &number, &email, &legal];
    address(page, words.seller, &lines)?;
    page.write_str("</div>")
}

fn address(page: &mut String, heading: &str, lines: &[&str]) -> fmt::Result {
    write!(page, "<address><strong>{heading}</strong>")?;
    for line in lines.iter().filter(|line| !line.is_empty()) {
        write!(page, "<br>{}", Escaped(line))?;
    }
    page.write_str("</address>")
}

fn entry(page: &mut String, name: &str, value: &str) -> fmt::Result {
    write!(page, "<dt>{name}</dt><dd>{}</dd>", Escaped(value))
}

fn table(page: &mut String, registered: &RegisteredInvoice, words: &Words, language: Language) -> fmt::Result {
    let Document { numbering, due, invoice, .. } = &registered.document;
    let money = |minor: i64| Amount(amount(minor, invoice.currency, language));
    let is_gross = invoice.pricing == Pricing::Gross;
    write!(
        page,
        "<table><caption>{}</caption><thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">{}</th>\
         <th scope=\"col\" class=\"n\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr></thead><tbody>",
        if is_gross { words.lines_gross } else { words.lines_net },
        words.item,
        words.quantity,
        words.price,
        words.amount
    )?;
    for line in &invoice.lines {
        write!(
            page,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Escaped(&line.name),
            number(&line.quantity.to_string(), language),
            Amount(price(line.unit_price, invoice.currency, language)),
            money(line.gross.unwrap_or(line.net))
        )?;
    }
    page.write_str("</tbody><tfoot>")?;
    let mut sums = vec![(words.net.to_owned(), invoice.net)];
    for group in &invoice.taxes {
        let rate = group.rate.unwrap_or_default().to_string();
        let base = if invoice.taxes.len() > 1 {
            format!(" ({})", amount(group.net, invoice.currency, language))
        } else {
            String::new()
        };
        sums.push((format!("{} {}\u{a0}%{base}", words.tax, number(&rate, language)), group.tax));
    }
    sums.push((words.gross.to_owned(), invoice.gross));
    let besides = [(words.rounding, invoice.rounding), (words.prepaid, -numbering.balance_used)];
    sums.extend(besides.into_iter().filter(|(_, sum)| *sum != 0).map(|(name, sum)| (name.to_owned(), sum)));
    if *due != invoice.gross {
        sums.push((words.open.to_owned(), *due));
    }
    for (name, minor) in sums {
        write!(
            page,
            "<tr><th scope=\"row\" colspan=\"3\">{}</th><td class=\"n\">{}</td></tr>",
            Escaped(&name),
            money(minor)
        )?;
    }
    page.write_str("</tfoot></table>")
}

/// A decimal number with the language's point.
fn number(text: &str, language: Language) -> String {
    if language == Language::German { text.replace('.', ",") } else { text.to_owned() }
}

/// A price: as an amount if it is one, and with all its digits if it has more.
fn price(price: Decimal, currency: Currency, language: Language) -> String {
    let minor = currency.parse_amount(&price.to_string());
    minor.map_or_else(|_| number(&price.to_string(), language), |minor| amount(minor, currency, language))
}

/// An amount that was escaped while it was made.
struct Amount(String);

impl Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(formatter)
    }
}

/// `1.234,50 EUR` in German, `EUR 1,234.50` in English.
fn amount(minor: i64, currency: Currency, language: Language) -> String {
    let (plain, currency) = (currency.format_amount(minor), currency.code().to_owned());
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let (group, point) = if language == Language::German { ('.', ',') } else { (',', '.') };
    let digits = whole.trim_start_matches('-');
    let mut text = String::from(if whole.starts_with('-') { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(group);
        }
        text.push(digit);
    }
    if !part.is_empty() {
        text.push(point);
        text.push_str(part);
    }
    if language == Language::German { format!("{text}\u{a0}{currency}") } else { format!("{currency}\u{a0}{text}") }
}

/// `21.11.2026` in German, `2026-11-21` in English.
fn day(day: Date, language: Language) -> String {
    let day = day.to_string();
    match (language, day.split('-').collect::<Vec<_>>().as_slice()) {
        (Language::German, [year, month, day]) => format!("{day}.{month}.{year}"),
        _ => day,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        let cases = [
            (123_450, "EUR", "1.234,50\u{a0}EUR", "EUR\u{a0}1,234.50"),
            (5, "EUR", "0,05\u{a0}EUR", "EUR\u{a0}0.05"),
            (-100_000_000, "EUR", "-1.000.000,00\u{a0}EUR", "EUR\u{a0}-1,000,000.00"),
            (500, "JPY", "500\u{a0}JPY", "JPY\u{a0}500"),
        ];
        for (minor, currency, german, english) in cases {
            assert_eq!(amount(minor, currency.parse().unwrap(), Language::German), german);
            assert_eq!(amount(minor, currency.parse().unwrap(), Language::English), english);
        }
    }
}
