//! Rules about the repository that a reader would otherwise have to check by eye.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "the whole file is a test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const LINES_MAX: usize = 400;
/// Made from the functions' documents by a tool; nobody reads them at once.
const GENERATED: &str = "generated";
const SOURCES: [&str; 10] = ["rs", "ts", "vue", "css", "py", "sh", "lua", "wit", "toml", "yml"];

/// Words that must not be in sources, and why. They are written in halves, so that this file does not contain them.
const FORBIDDEN: [(&str, &str, &str); 5] = [
    ("todo", "!(", "unfinished work belongs into an issue"),
    ("unimplemented", "!(", "unfinished work belongs into an issue"),
    ("dbg", "!(", "a trace of debugging"),
    ("/wo", "rk/", "a path of one machine"),
    ("/ro", "ot/", "a path of one machine"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file that git would keep: known ones, and new ones that are not ignored.
fn files() -> Vec<PathBuf> {
    let listed = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(listed).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let files: Vec<PathBuf> = names.lines().map(|name| root().join(name)).filter(|file| file.is_file()).collect();
    assert!(!files.is_empty());
    files
}

fn sources() -> Vec<(PathBuf, String)> {
    let is_source =
        |file: &PathBuf| file.extension().is_some_and(|extension| SOURCES.iter().any(|source| *source == extension));
    files().into_iter().filter(is_source).map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    let long = |(file, text): (PathBuf, String)| {
        let lines = text.lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines, at most {LINES_MAX}: make it several", file.display()))
    };
    let written = |(file, _): &(PathBuf, String)| file.components().all(|name| name.as_os_str() != GENERATED);
    assert_none(&sources().into_iter().filter(written).filter_map(long).collect::<Vec<_>>());
}

#[test]
fn no_source_has_what_must_not_be_there() {
    let mut faults = Vec::new();
    for (file, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            for (first, second, why) in FORBIDDEN {
                if line.contains(&format!("{first}{second}")) {
                    faults.push(format!("{}:{}: {first}{second}: {why}", file.display(), number + 1));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_crate_keeps_the_same_lints() {
    let mut faults = Vec::new();
    let mut crates = 0;
    for manifest in files().into_iter().filter(|file| file.ends_with("Cargo.toml")) {
        let text = fs::read_to_string(&manifest).unwrap();
        // A workspace of its own, such as a peer's or the test guests', is not Kontor's code; nor are its members.
        if text.contains("[workspace]") || manifest.to_string_lossy().contains("/tests/guests/") {
            continue;
        }
        crates += 1;
        if !text.contains("[lints]\nworkspace = true") {
            faults.push(format!("{}: without `[lints] workspace = true`", manifest.display()));
        }
        if !text.contains("publish = false") && !text.contains("publish.workspace = true") {
            faults.push(format!("{}: without `publish = false`", manifest.display()));
        }
    }
    assert!(crates > 5, "only {crates} manifests were found");
    assert_none(&faults);
}

#[test]
fn no_file_forces_a_download_of_a_compiler() {
    for name in ["rust-toolchain", "rust-toolchain.toml"] {
        assert!(
            !root().join(name).exists(),
            "{name}: `rust-version` states the minimum; a toolchain file forces a download"
        );
    }
}

#[test]
fn no_module_is_named_by_what_it_is_not_about() {
    let vague = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
    let named = |file: &PathBuf| {
        let names =
            file.strip_prefix(root()).unwrap().components().map(|name| name.as_os_str().to_string_lossy().into_owned());
        names
            .filter_map(|name| name.split('.').next().map(str::to_lowercase))
            .any(|name| vague.contains(&name.as_str()))
    };
    let faults: Vec<String> =
        files().iter().filter(|file| named(file)).map(|file| file.display().to_string()).collect();
    assert_none(&faults);
}

#[test]
fn documents_name_what_is_there() {
    let mut faults = Vec::new();
    let mut links = 0;
    for file in files().into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(&file).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if target.is_empty() || target.contains("://") {
                continue;
            }
            links += 1;
            if !file.parent().unwrap().join(target).exists() {
                faults.push(format!("{}: {target} is not there", file.display()));
            }
        }
    }
    assert!(links > 0, "the README links to the other documents");
    assert_none(&faults);
}
