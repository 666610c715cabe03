//! The OpenAPI document is a contract.

use serde_json::Value;

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    kontor_testing::assert_document(&sales::function(), env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn only_the_reset_needs_a_scope() {
    let document = sales::function().manifest().openapi;
    let paths = document["paths"].as_object().unwrap();
    let scoped: Vec<&str> = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .filter(|operation| operation["security"] != Value::Null)
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    assert_eq!(scoped, ["resetSales"]);
    assert_eq!(document["openapi"], "3.1.0");
}
