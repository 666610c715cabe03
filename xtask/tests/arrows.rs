//! The rooms' dependencies point one way, as ARCHITECTURE.md draws them. This test reads the manifests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "the whole file is a test")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
};

use serde_json::Value;

/// What each room may know of the others: the whole drawing. Whoever is missing here fails the test too.
const ARROWS: &[(&str, &[&str])] = &[
    // Leaves: they know nobody.
    ("kontor-contract", &[]),
    ("kontor-telemetry", &[]),
    ("kontor-rules", &[]),
    // The ports know the words of the contract and nothing that does I/O.
    ("kontor-data", &["kontor-contract"]),
    // The suite knows the ports; which engines it runs on is its tests' business.
    ("kontor-data-conformance", &["kontor-contract", "kontor-data"]),
    ("kontor-data-sqlite", &["kontor-contract", "kontor-data", "kontor-telemetry"]),
    ("kontor-data-postgres", &["kontor-contract", "kontor-data", "kontor-telemetry"]),
    // Starts real servers for tests, and for people; knows nobody.
    ("kontor-test-servers", &[]),
    // Makes and checks seals with the rules; knows the port, and neither functions nor what runs them.
    ("kontor-seals", &["kontor-data", "kontor-rules"]),
    ("kontor-host", &["kontor-contract", "kontor-data", "kontor-telemetry"]),
    ("kontor-edge", &["kontor-contract", "kontor-data", "kontor-host", "kontor-telemetry"]),
    (
        "kontor",
        &[
            "kontor-contract",
            "kontor-data",
            "kontor-data-postgres",
            "kontor-data-sqlite",
            "kontor-edge",
            "kontor-host",
            "kontor-rules",
            "kontor-seals",
            "kontor-telemetry",
        ],
    ),
    ("kontor-sdk", &["kontor-contract"]),
    ("sales", &["kontor-sdk", "kontor-rules"]),
    ("invoices", &["kontor-sdk", "kontor-rules"]),
    ("wishlists", &["kontor-sdk"]),
    // Only functions' tests use it: the one place where a function meets an engine.
    ("kontor-testing", &["kontor-contract", "kontor-data", "kontor-data-sqlite", "kontor-sdk"]),
    ("e2e", &[]),
    ("xtask", &["kontor-test-servers"]),
];

/// The runtime is named in one crate, so that another one could take its place.
const WASMTIME_ROOM: &str = "kontor-host";

struct Package {
    name: String,
    /// Names of all dependencies but those of tests.
    dependencies: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(manifest)
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let package = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let dependencies = dependencies.filter(|dependency| dependency["kind"] != "dev");
        Package {
            name: package["name"].as_str().unwrap().to_owned(),
            dependencies: dependencies.map(|dependency| dependency["name"].as_str().unwrap().to_owned()).collect(),
        }
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

#[test]
fn every_arrow_is_drawn() {
    let drawn: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(from, to)| (*from, to.iter().copied().collect())).collect();
    let packages = packages();
    let rooms: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut faults = Vec::new();
    for package in &packages {
        let Some(allowed) = drawn.get(package.name.as_str()) else {
            faults.push(format!("{} is no room in the drawing", package.name));
            continue;
        };
        let known = package.dependencies.iter().map(String::as_str).filter(|name| rooms.contains(name));
        faults
            .extend(known.filter(|to| !allowed.contains(to)).map(|to| format!("{} → {to} is not drawn", package.name)));
    }
    assert!(faults.is_empty(), "dependencies point another way than ARCHITECTURE.md:\n{}", faults.join("\n"));
}

#[test]
fn the_drawing_has_no_circle() {
    let drawn: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    fn reaches<'a>(drawn: &BTreeMap<&'a str, &[&'a str]>, from: &str, to: &str) -> bool {
        drawn.get(from).is_some_and(|next| next.iter().any(|next| *next == to || reaches(drawn, next, to)))
    }
    for (room, _) in ARROWS {
        assert!(!reaches(&drawn, room, room), "{room} depends on itself");
    }
}

#[test]
fn wasmtime_is_named_in_one_room() {
    for package in packages() {
        let named: Vec<&String> = package.dependencies.iter().filter(|name| name.starts_with("wasmtime")).collect();
        assert_eq!(!named.is_empty(), package.name == WASMTIME_ROOM, "{}: {named:?}", package.name);
    }
}
