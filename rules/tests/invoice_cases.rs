//! One checker, and cases that are only data: `cases/*.json`. Each case is the file's draft with a patch (RFC 7396), and
//! says what has to come of it and where it is published.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "the whole file is a test")]

use std::{collections::BTreeSet, fs, path::Path};

use kontor_rules::{Seller, choice::Language, invoice, violation::Violation};
use serde_json::{Map, Value, json};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files() -> Vec<(String, Value)> {
    let mut names: Vec<_> =
        fs::read_dir(folder().join("tests/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let read = |path: &Path| serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    names.iter().map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(path))).collect()
}

fn cases() -> Vec<(String, Value, Value, Value)> {
    let mut cases = Vec::new();
    for (file, content) in files() {
        for case in content["cases"].as_array().unwrap() {
            let mut draft = content["base"].clone();
            merge(&mut draft, &case["patch"]);
            let mut seller = content["seller"].clone();
            merge(&mut seller, &case["seller"]);
            cases.push((format!("{file}: {}", case["name"].as_str().unwrap()), draft, seller, case.clone()));
        }
    }
    cases
}

/// RFC 7396, but that a patch of null changes nothing at the top.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.as_object_mut().unwrap().remove(name);
            }
            Value::Object(_) => {
                if !target[name].is_object() {
                    target[name] = Value::Object(Map::new());
                }
                merge(&mut target[name], value);
            }
            other => target[name] = other.clone(),
        }
    }
}

/// What is wanted and is not there. Objects may have more fields than wanted, and null means that there is no such field.
fn differences(wanted: &Value, found: &Value, at: &str, differences: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, wanted) in wanted {
                self::differences(
                    wanted,
                    found.get(name).unwrap_or(&Value::Null),
                    &format!("{at}/{name}"),
                    differences,
                );
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                self::differences(wanted, found, &format!("{at}/{index}"), differences);
            }
        }
        (wanted, found) if wanted == found => {}
        (wanted, found) => differences.push(format!("{at}: {wanted} is wanted, and there is {found}")),
    }
}

fn places(violations: &[Violation]) -> BTreeSet<(String, String)> {
    violations.iter().map(|one| (one.code.to_owned(), one.pointer.clone())).collect()
}

fn wanted_places(case: &Value, field: &str) -> BTreeSet<(String, String)> {
    let pairs = case[field].as_array().into_iter().flatten();
    pairs.map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned())).collect()
}

#[test]
fn every_case_comes_out_as_it_says() {
    let mut faults = Vec::new();
    for (name, draft, seller, case) in cases() {
        let seller: Seller = serde_json::from_value(seller).unwrap();
        let mut found = Vec::new();
        match invoice::check_json(draft.to_string().as_bytes(), &seller) {
            Ok(accepted) => {
                if let Some(wanted) = case.get("expect") {
                    differences(wanted, &serde_json::to_value(&accepted.invoice).unwrap(), "", &mut found);
                } else {
                    found.push(format!("accepted, and {} is wanted", case["violations"]));
                }
                if places(&accepted.warnings) != wanted_places(&case, "warnings") {
                    found.push(format!("warnings: {:#?}", accepted.warnings));
                }
            }
            Err(violations) if case.get("violations").is_some() => {
                let (wanted, places) = (wanted_places(&case, "violations"), places(&violations));
                found.extend(wanted.difference(&places).map(|one| format!("not found: {one:?}")));
                found.extend(places.difference(&wanted).map(|one| format!("not wanted: {one:?}")));
                found.extend(
                    violations
                        .iter()
                        .filter(|one| one.detail.is_empty() || one.hint.is_empty())
                        .map(|one| format!("says nothing: {one:?}")),
                );
            }
            Err(violations) => found.push(format!("{violations:#?}")),
        }
        faults.extend(found.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn half_of_the_cases_are_published_ones() {
    let cases = cases();
    let published =
        cases.iter().filter(|(_, _, _, case)| !case["source"].as_str().unwrap().starts_with("Kontor")).count();
    assert!(cases.len() >= 100 && 2 * published >= cases.len(), "{published} of {}", cases.len());
}

/// A rule without a case may be broken and nobody would know.
#[test]
fn every_code_has_a_case() {
    let mut text = String::new();
    for entry in fs::read_dir(folder().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && path.file_name().unwrap() != "invoice_cases.rs" {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    for (_, content) in files() {
        text.push_str(&content["cases"].to_string());
    }
    let mut missing = Vec::new();
    for entry in fs::read_dir(folder().join("src/invoice")).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let literals = source.split('"').skip(1).step_by(2);
        let is_code = |text: &&str| {
            ["BR-", "UStG-", "UStDV-", "PEPPOL-"].iter().any(|prefix| text.starts_with(prefix)) && !text.contains(' ')
        };
        missing
            .extend(literals.filter(is_code).filter(|code| !text.contains(&format!("\"{code}\""))).map(str::to_owned));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_shop_says_how_to_pay_where_the_draft_does_not() {
    let (_, mut draft, seller, _) = cases().into_iter().find(|(name, ..)| name == "law: a full invoice").unwrap();
    let seller: Seller = serde_json::from_value(seller).unwrap();
    let payment = json!({"due_in_days": 14, "means": [{"kind": "transfer", "iban": "DE89370400440532013000"}]});
    let defaults = invoice::Defaults {
        language: Some(Language::English),
        payment: serde_json::from_value(payment.clone()).unwrap(),
    };
    let made =
        |draft: &Value| invoice::check_json_with(draft.to_string().as_bytes(), &seller, &defaults).unwrap().invoice;
    let invoice = made(&draft);
    assert_eq!((serde_json::to_value(&invoice.payment).unwrap(), invoice.title.as_str()), (payment, "Invoice"));
    draft["payment"] = json!({"due_in_days": 7});
    draft["language"] = "de".into();
    let invoice = made(&draft);
    assert_eq!(
        (invoice.payment.due_in_days, invoice.payment.means.len(), invoice.title.as_str()),
        (Some(7), 0, "Rechnung")
    );
}

#[test]
fn a_draft_that_is_no_json_is_refused() {
    let seller = Seller::default();
    let code = |draft: &[u8]| invoice::check_json(draft, &seller).unwrap_err()[0].code;
    assert_eq!(code(b"{"), "not-json");
    assert_eq!(code(b"[]"), "wrong-type");
    assert_eq!(code(br#"{"login": "a", "login": "b"}"#), "wrong-type");
    assert_eq!(code(b"\xff"), "not-json");
}

#[test]
fn lists_have_limits_that_the_message_names() {
    let (_, mut draft, seller, _) = cases().into_iter().find(|(name, ..)| name == "law: a full invoice").unwrap();
    let seller: Seller = serde_json::from_value(seller).unwrap();
    let line = draft["lines"][0].clone();
    draft["lines"] = vec![line.clone(); 1000].into();
    let accepted = invoice::check_json(draft.to_string().as_bytes(), &seller).unwrap();
    assert_eq!((accepted.invoice.gross, accepted.invoice.net), (11_900_000, 10_000_000));
    draft["lines"] = vec![line; 1001].into();
    draft["notes"] = vec![json!("x"); 21].into();
    let violations = invoice::check_json(draft.to_string().as_bytes(), &seller).unwrap_err();
    let found: Vec<_> = violations.iter().map(|one| (one.code, one.pointer.as_str())).collect();
    assert_eq!(found, [("too-many", "/lines"), ("too-many", "/notes")]);
    assert!(violations[0].detail.contains("at most 1000") && violations[1].detail.contains("at most 20"));
}
