//! What is stored.

use kontor_sdk::{
    Bounded, Text,
    documents::{Collection, Declaration},
    keyvalue::Bucket,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lists by their id.
pub const WISHLISTS: Collection<Wishlist> = Collection::new("wishlists");
/// How often a list was shown, by its id.
pub const VIEWS: Bucket<i64> = Bucket::new("views");

/// A list. What it may hold is checked at the edge of the function and again by the store: both read it from here.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wishlist {
    /// The customer's login. Lists of one customer lie together.
    #[schema(inline)]
    pub owner: Text<1, 100>,
    /// When it was changed last, µs since 1970 UTC.
    pub changed: i64,
    /// What it is called.
    #[schema(inline)]
    pub title: Text<1, 200>,
    /// What is wished for.
    pub wishes: Vec<Wish>,
}

/// A wish.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// What.
    #[schema(inline)]
    pub item: Text<1, 200>,
    /// How many.
    #[schema(inline)]
    pub quantity: Bounded<1, 1000>,
}

/// How the collection is declared.
pub fn wishlists() -> Declaration {
    WISHLISTS.versioned().text("owner").integer("changed").index(&["owner", "changed"]).shard_key("owner")
}
