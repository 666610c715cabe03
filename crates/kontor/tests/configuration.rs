//! `kontor config check` and `--help`, as an operator sees them.

mod program;

use program::Place;

#[test]
fn what_is_printed_is_in_force_and_can_be_read_again() {
    let place = Place::new();
    place.write("kontor.toml", "domain = 'file.example'\n[functions.mail.config]\nsmtp_password = 'hush'\n");
    let mut command = place.command(&["config", "check", "--listen", "127.0.0.1:9999"]);
    let output = command.env("KONTOR_LIMITS_ROWS_MAX", "77").env("KONTOR_LISTEN_HTTP", "127.0.0.1:1").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in ["domain = \"file.example\"", "rows_max = 77", "http = \"127.0.0.1:9999\"", "memory_max = \"64 MiB\""] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
    }
    assert!(!text.contains("hush"), "{text}");
    place.write("again.toml", &text);
    assert_eq!(place.good(&["config", "check", "--config", "again.toml"]), text);
}

#[test]
fn every_verb_explains_itself() {
    let place = Place::new();
    for verb in [
        &["--help"][..],
        &["serve", "--help"],
        &["tokens", "--help"],
        &["tokens", "create", "--help"],
        &["events", "--help"],
        &["events", "replay", "--help"],
        &["health", "--help"],
        &["config", "check", "--help"],
    ] {
        let text = place.good(verb);
        assert!(text.contains("Usage: kontor"), "{verb:?}: {text}");
    }
    assert!(place.good(&["serve", "--help"]).contains("kontor serve --dev"));
}
