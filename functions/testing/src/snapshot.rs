//! A function's document is its contract: a change of it is to be seen in a review.

use std::{fs, path::Path};

use kontor_sdk::Function;

/// Compares the function's OpenAPI document with the file `openapi.json` in the crate's folder. With the environment
/// variable `KONTOR_RENEW=1` the file is written instead.
pub fn assert_document(function: &Function, folder: &str) {
    let path = Path::new(folder).join("openapi.json");
    let mut found = serde_json::to_string_pretty(&function.manifest().openapi).expect("a document is JSON");
    found.push('\n');
    if std::env::var_os("KONTOR_RENEW").is_some() {
        fs::write(&path, &found).expect("the document can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let line = found.lines().zip(kept.lines()).position(|(found, kept)| found != kept).map_or(0, |line| line + 1);
    assert!(
        found == kept,
        "the OpenAPI document is not the one in {} (first difference in line {line}); if the change is meant, renew it \
         with KONTOR_RENEW=1 cargo test -p {}",
        path.display(),
        function.manifest().name
    );
}
