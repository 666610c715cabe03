//! Serving: from the start over the admin listener to the stop.

mod program;

use program::{Place, ask};

#[test]
fn it_says_where_it_serves_answers_there_and_stops_when_told() {
    let place = Place::new();
    let serving = place.serve(&[]);
    assert!(!serving.text.contains("DEVELOPMENT"), "{}", serving.text);
    assert_eq!(place.good(&["health"]), "ready\n");
    let (status, _) = ask(serving.address("dashboard"), "GET /healthz HTTP/1.1\r\nHost: localhost");
    assert_eq!(status, 200);
    let second = place.refused(&["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    assert!(second.contains(&format!("process {}", serving.pid())), "{second}");
    serving.signal("TERM");
    let (code, log) = serving.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("stopped"), "{log}");

    let again = place.serve(&["--dev"]);
    assert!(again.text.contains("DEVELOPMENT"), "{}", again.text);
    again.signal("INT");
    assert_eq!(again.ended().0, Some(0));
}

#[test]
fn a_killed_program_leaves_a_folder_that_serves_again() {
    let place = Place::new();
    let first = place.serve(&[]);
    first.signal("KILL");
    assert_eq!(first.ended().0, None);
    let second = place.serve(&[]);
    assert_eq!(place.good(&["health"]), "ready\n");
    second.signal("TERM");
    assert_eq!(second.ended().0, Some(0));
}

#[test]
fn the_admin_listener_answers_this_machine_alone() {
    let place = Place::new();
    let serving = place.serve(&["--dev"]);
    let admin = serving.address("dashboard");
    for (head, expected) in [
        ("GET /metrics HTTP/1.1\r\nHost: localhost", 200),
        ("GET /metrics HTTP/1.1\r\nHost: evil.example", 421),
        ("GET /api/overview HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site", 403),
        ("GET /api/tokens HTTP/1.1\r\nHost: localhost", 401),
        ("GET /api/tokens HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer kt_0", 401),
        ("POST /api/events/skip HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0", 401),
        ("DELETE /api/tokens/shop HTTP/1.1\r\nHost: localhost", 401),
        ("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0", 405),
        ("GET /nothing HTTP/1.1\r\nHost: localhost", 404),
    ] {
        let (status, text) = ask(admin, head);
        assert_eq!(status, expected, "{head}\n{text}");
    }
}
