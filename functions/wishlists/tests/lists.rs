//! What customers see, on the real embedded engines in memory.
#![allow(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test whose answer is another shall end there and say why"
)]

use kontor_testing::App;
use serde_json::{Value, json};

fn app() -> App {
    App::new(wishlists::function())
}

fn create(app: &App, owner: &str, title: &str) -> Value {
    let list = json!({"owner": owner, "title": title, "wishes": [{"item": "Licence", "quantity": 2}]});
    let answer = app.post("/wishlists").json(&list).send();
    assert_eq!(answer.status(), 201, "{}", answer.text());
    answer.json()
}

fn path(list: &Value) -> String {
    let Value::String(id) = &list["id"] else { panic!("a list without an id: {list}") };
    format!("/wishlists/{id}")
}

fn show(app: &App, list: &Value) -> Value {
    app.get(&path(list)).send().json()
}

#[test]
fn a_list_is_shown_and_counts_how_often() {
    let app = app();
    let made = create(&app, "anna", "Birthday");
    for views in 1..=3 {
        let shown = show(&app, &made);
        assert_eq!((&shown["views"], &shown["version"]), (&json!(views), &made["version"]));
        assert_eq!(shown["list"]["wishes"], json!([{"item": "Licence", "quantity": 2}]));
    }
}

#[test]
fn who_changes_an_old_version_is_told_and_changes_nothing() {
    let app = app();
    let made = create(&app, "anna", "Birthday");
    let path = path(&made);
    let change = |version: &Value, title: &str| {
        app.post(&path).json(&json!({"version": version, "title": title, "wishes": []})).send()
    };
    let changed = change(&made["version"], "Wedding");
    assert_eq!(changed.status(), 200, "{}", changed.text());
    let (status, code, _) = change(&made["version"], "Funeral").problem();
    assert_eq!((status, code.as_str()), (409, "changed-meanwhile"));
    assert_eq!(show(&app, &made)["list"]["title"], "Wedding");

    let old = app.delete(&format!("{path}?version={}", made["version"])).send();
    assert_eq!(old.problem().0, 409);
    let gone = app.delete(&format!("{path}?version={}", changed.json()["version"])).send();
    assert_eq!(gone.status(), 200, "{}", gone.text());
    assert_eq!(app.get(&path).send().problem().1, "unknown-wishlist");
}

#[test]
fn a_customers_lists_come_in_pages_the_latest_change_first() {
    let app = app();
    for (time, title) in [(1, "one"), (2, "two"), (3, "three")] {
        app.set_time(time);
        create(&app, "anna", title);
        create(&app, "berta", title);
    }
    let mut titles = Vec::new();
    let mut after = String::new();
    loop {
        let page = app.get(&format!("/wishlists?owner=anna&limit=2{after}")).send().json();
        titles.extend(page["lists"].as_array().unwrap().iter().map(|list| list["title"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={}", next.replace('"', "%22"));
    }
    assert_eq!(titles, ["three", "two", "one"]);
}

#[test]
fn while_the_stores_are_away_it_is_503() {
    let app = app();
    let made = create(&app, "anna", "Birthday");
    app.set_database_available(false);
    let path = path(&made);
    assert_eq!(app.get(&path).send().problem().0, 503);
    app.set_database_available(true);
    assert_eq!(app.get(&path).send().status(), 200);
}
