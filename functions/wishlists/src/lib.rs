//! An example of a function with documents and key-value: customers' wish lists. It does not come with the program; tests copy
//! it into a running one.
//!
//! A list is a document: read whole, changed whole, by whoever names the version that was read. How often each was looked at is
//! a counter beside it: many look at once, and nobody of them should have to read and write the list for that.

mod lists;
mod stored;

use kontor_sdk::{Function, delete, get, post};

kontor_sdk::export!(crate::function);

/// The function.
#[must_use]
pub fn function() -> Function {
    Function::new("wishlists", env!("CARGO_PKG_VERSION"))
        .title("Wish lists")
        .description("What customers wish for. An example of documents and key-value.")
        .collection(stored::wishlists)
        .bucket(&stored::VIEWS)
        .operation(post("/wishlists", "createWishlist", lists::create).summary("Begins a list"))
        .operation(
            get("/wishlists", "listWishlists", lists::list).summary("A customer's lists, the latest change first"),
        )
        .operation(get("/wishlists/{id}", "getWishlist", lists::show).summary("One list, and how often it was shown"))
        .operation(
            post("/wishlists/{id}", "changeWishlist", lists::change).summary("Changes a list").description(
                "`version` is the one that was read: if somebody else changed the list meanwhile, it is 409.",
            ),
        )
        .operation(delete("/wishlists/{id}", "deleteWishlist", lists::remove).summary("Deletes a list"))
}
