//! Each failure is one clear line: what, where, what to do.

mod program;

use std::{fs::File, io::Write, net::TcpListener};

use program::Place;

fn assert_words(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in: {text}");
    }
}

#[test]
fn a_taken_port_is_named_and_how_to_choose_another() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port = format!("port {}", taken.local_addr().unwrap().port());
    let text = place.refused(&["serve", "--listen", &address, "--admin-listen", "127.0.0.1:0"]);
    assert_words(&text, &[&port, "taken", "--listen", "kontor.toml"]);
    let text = place.refused(&["serve", "--listen", "127.0.0.1:0", "--admin-listen", &address]);
    assert_words(&text, &[&port, "taken", "--admin-listen"]);
}

#[test]
fn a_locked_data_folder_names_who_holds_it() {
    let place = Place::new();
    std::fs::create_dir(place.data()).unwrap();
    let mut lock = File::create(place.data().join("kontor.lock")).unwrap();
    lock.write_all(b"pid = 4711\n").unwrap();
    lock.lock().unwrap();
    let text = place.refused(&["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
    assert_words(&text, &["kontor-data", "in use by process 4711", "--data"]);
    assert_words(&place.refused(&["tokens", "list"]), &["kontor-data", "try again"]);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    let place = Place::new();
    place.write("file", "");
    let text = place.refused(&["serve", "--data", "file/data"]);
    assert_words(&text, &["data folder file/data", "file is a file", "--data"]);
    assert_words(&place.refused(&["serve", "--data", "file"]), &["the data folder file is a file", "--data"]);
}

#[test]
fn an_address_is_read_or_explained() {
    let place = Place::new();
    let shown = place.good(&["config", "check", "--listen", "localhost:9303", "--admin-listen", "localhost:9304"]);
    assert_words(&shown, &["http = \"127.0.0.1:9303\"", "admin = \"127.0.0.1:9304\""]);
    place.write("kontor.toml", "[listen]\nhttp = 'shop.example:80'\n");
    assert_words(
        &place.refused(&["serve"]),
        &["kontor.toml:2:8", "shop.example:80", "127.0.0.1:8000", "localhost:8000"],
    );
}

#[test]
fn limits_at_which_everything_would_fail_are_refused_before_anything_begins() {
    let place = Place::new();
    place.write("kontor.toml", "[functions.sales.limits]\nmemory_max = '8 TiB'\n");
    assert_words(&place.refused(&["serve"]), &["functions.sales.limits.memory_max is 8 TiB", "2 MiB", "1 GiB"]);
    assert!(!place.data().exists(), "a refused start leaves nothing behind");
}

/// Once something was sold it would not: that is shown where there are functions, in `serving::seller`.
#[test]
fn a_folder_that_was_only_tried_out_takes_a_real_seller_and_back() {
    let place = Place::new();
    let stopped = |more: &[&str]| {
        let serving = place.serve(more);
        serving.signal("TERM");
        assert_eq!(serving.ended().0, Some(0));
    };
    stopped(&["--dev"]);
    place.write("kontor.toml", "[functions.invoices.config]\nseller_name = 'Real GmbH'\n");
    stopped(&[]);
    place.write("kontor.toml", "");
    stopped(&["--dev"]);
}

#[test]
fn a_broken_file_is_explained_with_line_and_column() {
    let place = Place::new();
    place.write("kontor.toml", "domain = 'localhost'\n\n[listen]\nhtttp = '127.0.0.1:9000'\n");
    for verb in [&["serve"][..], &["config", "check"], &["tokens", "list"], &["health"]] {
        assert_words(&place.refused(verb), &["kontor.toml:4:1", "unknown key `htttp`", "did you mean `http`?"]);
    }
    place.write("kontor.toml", "domain = 'localhost\n");
    assert_words(&place.refused(&["config", "check"]), &["kontor.toml:1:"]);
    assert_words(&place.refused(&["serve", "--config", "no.toml"]), &["no.toml", "--config"]);
}

#[test]
fn what_would_be_unsafe_is_refused() {
    let place = Place::new();
    assert_words(&place.refused(&["serve", "--dev", "--listen", "0.0.0.0:0"]), &["--dev", "0.0.0.0", "127.0.0.1"]);
    assert_words(&place.refused(&["serve", "--admin-listen", "0.0.0.0:0"]), &["listen.admin", "loopback"]);
    assert!(!place.data().exists(), "a refused start leaves nothing behind");
}

#[test]
fn health_fails_where_nobody_serves() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    assert_words(&place.refused(&["health", "--admin-listen", &free]), &[&free, "does not answer", "kontor serve"]);
    assert!(!place.data().exists(), "looking changes nothing");
}

#[test]
fn a_wrong_log_filter_is_named() {
    let place = Place::new();
    assert_words(&place.refused(&["serve", "--log", "loud=very"]), &["loud=very", "info"]);
}
