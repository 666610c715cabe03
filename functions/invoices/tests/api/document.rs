//! The OpenAPI document is a contract.

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    kontor_testing::assert_document(&invoices::function(), env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn no_operation_changes_or_deletes() {
    let document = invoices::function().manifest().openapi;
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert!(
            methods.iter().all(|method| ["get", "post", "x-wrong-method-hint"].contains(&method.as_str())),
            "{path}: {methods:?}"
        );
    }
}
