//! The receipt as a page to print: all that § 14 (4) UStG asks for, as far as it applies (no retention note and no
//! self-billing in a shop; the buyer may be left out up to 250.00 EUR, § 33 UStDV).

use std::fmt::{self, Display, Write};

use kontor_rules::Currency;

use super::language::Language;
use crate::registration::Invoice;

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
    invoice: &'static str,
    sample: &'static str,
    seller: &'static str,
    buyer: &'static str,
    number: &'static str,
    issued: &'static str,
    supplied: &'static str,
    vat_id: &'static str,
    tax_number: &'static str,
    lines: &'static str,
    item: &'static str,
    quantity: &'static str,
    price: &'static str,
    amount: &'static str,
    net: &'static str,
    tax: &'static str,
    gross: &'static str,
    paid: &'static str,
}

const GERMAN: Words = Words {
    invoice: "Rechnung",
    sample: "MUSTER – keine gültige Rechnung",
    seller: "Verkäufer",
    buyer: "Rechnungsempfänger",
    number: "Rechnungsnummer",
    issued: "Rechnungsdatum",
    supplied: "Leistungsdatum",
    vat_id: "USt-IdNr.",
    tax_number: "Steuernummer",
    lines: "Leistungen (Preise einschließlich Umsatzsteuer)",
    item: "Bezeichnung",
    quantity: "Menge",
    price: "Einzelpreis",
    amount: "Betrag",
    net: "Nettobetrag",
    tax: "Umsatzsteuer",
    gross: "Gesamtbetrag",
    paid: "Der Betrag ist bezahlt.",
};

const ENGLISH: Words = Words {
    invoice: "Invoice",
    sample: "SAMPLE – not a valid invoice",
    seller: "Seller",
    buyer: "Bill to",
    number: "Invoice number",
    issued: "Invoice date",
    supplied: "Date of supply",
    vat_id: "VAT ID",
    tax_number: "Tax number",
    lines: "Items (prices include VAT)",
    item: "Description",
    quantity: "Quantity",
    price: "Unit price",
    amount: "Amount",
    net: "Net amount",
    tax: "VAT",
    gross: "Total",
    paid: "The amount has been paid.",
};

/// The page.
pub fn of(invoice: &Invoice, language: Language) -> String {
    let mut page = String::with_capacity(4096);
    // Writing to a string cannot fail; the result is the trait's, not this one's.
    let _ = write(&mut page, invoice, language);
    page
}

fn write(page: &mut String, invoice: &Invoice, language: Language) -> fmt::Result {
    let words = match language {
        Language::German => &GERMAN,
        Language::English => &ENGLISH,
    };
    let title = format!("{} {}", words.invoice, invoice.number);
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
    entry(page, words.number, &invoice.number)?;
    entry(page, words.issued, &day(&invoice.issued_at, language))?;
    entry(page, words.supplied, &day(&invoice.supplied_at, language))?;
    page.write_str("</dl>")?;
    table(page, invoice, words, language)?;
    writeln!(page, "<p>{}</p></main></body></html>", words.paid)
}

fn parties(page: &mut String, invoice: &Invoice, words: &Words) -> fmt::Result {
    let seller = &invoice.seller;
    page.write_str("<div class=\"parties\">")?;
    if let Some(buyer) = &invoice.buyer {
        let place = format!("{} {}", buyer.zip, buyer.city);
        address(page, words.buyer, &[&buyer.name, &buyer.street, &place, &buyer.country])?;
    }
    let place = format!("{} {}", seller.zip, seller.city);
    let vat_id = seller.vat_id.as_ref().map(|id| format!("{}: {id}", words.vat_id)).unwrap_or_default();
    let number = seller.tax_number.as_ref().map(|number| format!("{}: {number}", words.tax_number)).unwrap_or_default();
    let email = seller.email.as_deref().unwrap_or_default();
    address(page, words.seller, &[&seller.name, &seller.street, &place, &seller.country, &vat_id, &number, email])?;
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

fn table(page: &mut String, invoice: &Invoice, words: &Words, language: Language) -> fmt::Result {
    let money = |minor: i64| Amount(amount(minor, &invoice.currency, language));
    write!(
        page,
        "<table><caption>{}</caption><thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">{}</th>\
         <th scope=\"col\" class=\"n\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr></thead><tbody>",
        words.lines, words.item, words.quantity, words.price, words.amount
    )?;
    for line in &invoice.lines {
        write!(
            page,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            Escaped(&line.name),
            line.quantity,
            money(line.unit_gross),
            money(line.gross)
        )?;
    }
    let rate = if language == Language::German { invoice.tax_rate.replace('.', ",") } else { invoice.tax_rate.clone() };
    page.write_str("</tbody><tfoot>")?;
    let tax = format!("{} {}\u{a0}%", words.tax, rate);
    for (name, minor) in [(words.net, invoice.net), (tax.as_str(), invoice.tax), (words.gross, invoice.gross)] {
        write!(
            page,
            "<tr><th scope=\"row\" colspan=\"3\">{}</th><td class=\"n\">{}</td></tr>",
            Escaped(name),
            money(minor)
        )?;
    }
    page.write_str("</tfoot></table>")
}

/// An amount that was escaped while it was made.
struct Amount(String);

impl Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(formatter)
    }
}

/// `1.234,50 EUR` in German, `EUR 1,234.50` in English.
fn amount(minor: i64, currency: &str, language: Language) -> String {
    let plain = currency.parse::<Currency>().map_or_else(|_| minor.to_string(), |known| known.format_amount(minor));
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
fn day(instant: &str, language: Language) -> String {
    let day = instant.get(..10).unwrap_or(instant);
    match (language, day.split('-').collect::<Vec<_>>().as_slice()) {
        (Language::German, [year, month, day]) => format!("{day}.{month}.{year}"),
        _ => day.to_owned(),
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
            assert_eq!(amount(minor, currency, Language::German), german);
            assert_eq!(amount(minor, currency, Language::English), english);
        }
    }
}
