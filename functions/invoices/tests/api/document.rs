//! The OpenAPI document is a contract.

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    kontor_testing::assert_document(&invoices::function(), env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn invoices_can_only_be_read() {
    let document = invoices::function().manifest().openapi;
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods: Vec<&String> = item.as_object().unwrap().keys().collect();
        assert_eq!(methods, ["get"], "{path}");
    }
}
