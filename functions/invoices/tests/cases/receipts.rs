//! `GET /receipts/{token}`.

use kontor_testing::Answer;
use serde_json::json;

use super::{Shop, customer};

fn receipt(shop: &Shop, path: &str, language: &str) -> Answer {
    shop.office.get(path).header("accept", "text/html").header("accept-language", language).send()
}

#[test]
fn a_buyer_reads_all_that_the_law_asks_for() {
    let shop = Shop::new();
    shop.office.set_time(1_795_262_400_000_000);
    shop.sales.set_time(1_795_262_399_000_000);
    let bought = shop.buy(json!({"license": "enterprise", "quantity": 7, "customer": customer()}));
    let path = bought["receipt"].as_str().unwrap();
    let german = receipt(&shop, path, "de-DE,de;q=0.9,en;q=0.8");
    assert_eq!(
        (german.status(), german.header("content-type"), german.header("content-language")),
        (200, Some("text/html; charset=utf-8"), Some("de"))
    );
    for part in [
        // § 14 (4) no. 1: both parties' names and addresses.
        "Kontor GmbH &amp; Söhne",
        "Speicherstraße 1",
        "20457 Hamburg",
        "Anna Änderung",
        "Weg 1",
        "10115 Berlin",
        // No. 2 to 4: tax id, date, number.
        "USt-IdNr.: DE123456789",
        "<dt>Rechnungsdatum</dt><dd>21.11.2026</dd>",
        "<dt>Rechnungsnummer</dt><dd>RE-2026-000001</dd>",
        // No. 5 and 6: quantity and kind, time of supply.
        "<td>enterprise</td><td class=\"n\">7</td>",
        "<dt>Leistungsdatum</dt><dd>21.11.2026</dd>",
        // No. 7 and 8: net, rate and tax.
        "1.170,59\u{a0}EUR",
        "Umsatzsteuer 19\u{a0}%",
        "222,41\u{a0}EUR",
        "1.393,00\u{a0}EUR",
    ] {
        assert!(german.text().contains(part), "{part} is missing in {}", german.text());
    }
    let english = receipt(&shop, path, "en");
    assert!(english.text().contains("EUR\u{a0}1,393.00") && english.text().contains("lang=\"en\""));
    assert!(!german.text().contains("MUSTER") && !english.text().contains("SAMPLE"));
    assert_eq!(german.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(german.header("cache-control"), Some("private, no-store"));
}

#[test]
fn programs_get_json() {
    let shop = Shop::new();
    let bought = shop.buy(json!({"license": "basic"}));
    let answer = shop.office.get(bought["receipt"].as_str().unwrap()).header("accept", "application/json").send();
    assert_eq!((answer.status(), &answer.json()["id"]), (200, &bought["invoice"]["id"]));
    assert!(!answer.text().contains("receipt_hash"));
}

#[test]
fn hostile_names_stay_text() {
    let shop = Shop::new();
    let name = r#"</title><script>alert("1")</script><img src=x onerror='a()'>&amp;"#;
    let mut customer = customer();
    for field in ["login", "name", "street", "city"] {
        customer[field] = json!(name);
    }
    let bought = shop.buy(json!({"license": "basic", "customer": customer}));
    let page = receipt(&shop, bought["receipt"].as_str().unwrap(), "en");
    assert_eq!(page.status(), 200);
    assert!(!page.text().contains("<script") && !page.text().contains("<img"), "{}", page.text());
    assert!(page.text().contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"));
}

#[test]
fn samples_are_marked() {
    let shop = Shop { office: super::office().configure("seller_sample", "true"), ..Shop::new() };
    let bought = shop.buy(json!({"license": "basic"}));
    let path = bought["receipt"].as_str().unwrap();
    assert!(receipt(&shop, path, "en").text().contains("SAMPLE"));
    assert!(receipt(&shop, path, "de").text().contains("MUSTER"));
}

#[test]
fn a_wrong_secret_and_no_invoice_look_the_same() {
    let shop = Shop::new();
    let bought = shop.buy(json!({"license": "basic"}));
    let path = bought["receipt"].as_str().unwrap();
    let other = if path.ends_with('0') { "1" } else { "0" };
    let wrong = format!("{}{other}", &path[..path.len() - 1]);
    let answers = [
        receipt(&shop, &wrong, "en"),
        receipt(&shop, &format!("/receipts/{}", "0".repeat(58)), "en"),
        receipt(&shop, "/receipts/x", "en"),
        receipt(&shop, &format!("/receipts/{}", "ä".repeat(29)), "en"),
        receipt(&shop, &path.to_lowercase(), "en"),
    ];
    for answer in &answers {
        assert_eq!((answer.problem().1.as_str(), answer.header("retry-after")), ("unknown-receipt", Some("1")));
        assert_eq!(answer, &answers[0]);
    }
}
