//! A token's life, while nobody serves and while somebody does.

mod program;

use program::Place;

/// Makes, lists and revokes; the same whoever carries it out.
fn live_a_token(place: &Place) {
    let secret = place.good(&["tokens", "create", "shop", "--scope", "sales:reset", "--scope", "invoices:read"]);
    assert!(secret.trim().starts_with("kt_") && secret.trim().len() == 67, "{secret}");
    let list = place.good(&["tokens", "list"]);
    assert!(list.contains("shop") && list.contains("sales:reset invoices:read") && list.contains("good"), "{list}");
    assert!(!list.contains(secret.trim()), "a secret is shown once");

    let again = place.refused(&["tokens", "create", "shop", "--scope", "*"]);
    assert!(again.contains("exists already"), "{again}");
    let wrong = place.refused(&["tokens", "create", "other", "--scope", "everything"]);
    assert!(wrong.contains("\"everything\" is no scope") && wrong.contains("sales:reset"), "{wrong}");

    place.good(&["tokens", "revoke", "shop"]);
    assert!(place.good(&["tokens", "list"]).contains("revoked"));
    assert!(place.refused(&["tokens", "revoke", "shop"]).contains("no token named shop"));
    let new = place.good(&["tokens", "create", "shop", "--scope", "*"]);
    assert_ne!(new, secret);
    place.good(&["tokens", "revoke", "shop"]);
}

#[test]
fn while_nobody_serves() {
    live_a_token(&Place::new());
}

#[test]
fn while_somebody_serves() {
    let place = Place::new();
    let serving = place.serve(&[]);
    live_a_token(&place);
    serving.signal("TERM");
    assert_eq!(serving.ended().0, Some(0));
    assert!(place.good(&["tokens", "list", "--json"]).contains("\"shop\""), "what was made while serving stays");
}

#[test]
fn no_secret_is_stored_or_logged() {
    let place = Place::new();
    let serving = place.serve(&["--log", "debug"]);
    let secret = place.good(&["tokens", "create", "shop", "--scope", "*"]);
    serving.signal("INT");
    let (_, log) = serving.ended();
    assert!(log.contains("an operator made a token") && !log.contains(secret.trim()), "{log}");
    let mut folders = vec![place.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let bytes = std::fs::read(entry.path()).unwrap();
                let found = bytes.windows(secret.trim().len()).any(|window| window == secret.trim().as_bytes());
                assert!(!found, "{} has the secret", entry.path().display());
            }
        }
    }
}
