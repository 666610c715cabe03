//! What can be done with lists.

use kontor_sdk::{Bounded, Created, Json, Path, Problem, Query, Text, documents::Document, id, time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stored::{VIEWS, WISHLISTS, Wish, Wishlist};

/// A new list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWishlist {
    /// The customer's login.
    #[schema(inline)]
    owner: Text<1, 100>,
    /// What it is called.
    #[schema(inline)]
    title: Text<1, 200>,
    /// What is wished for.
    wishes: Vec<Wish>,
}

/// A list's next content.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The version that was read.
    #[schema(inline)]
    version: Bounded<1, { i64::MAX }>,
    /// What it is called from now on.
    #[schema(inline)]
    title: Text<1, 200>,
    /// What is wished for from now on.
    wishes: Vec<Wish>,
}

/// A list's name.
#[derive(Deserialize, ToSchema)]
pub struct WishlistId {
    /// The list's id.
    #[schema(inline)]
    id: Text<1, 26>,
}

/// What was read.
#[derive(Deserialize, ToSchema)]
pub struct Version {
    /// The version that was read.
    #[schema(inline)]
    version: Bounded<1, { i64::MAX }>,
}

/// A list that was written.
#[derive(Serialize, ToSchema)]
pub struct Saved {
    /// The list's id.
    id: String,
    /// Its version now.
    version: u64,
}

/// A list.
#[derive(Serialize, ToSchema)]
pub struct Shown {
    /// The list's id.
    id: String,
    /// What a change has to name.
    version: u64,
    /// How often it was shown, this time included.
    views: i64,
    /// What it holds.
    list: Wishlist,
}

/// Whose lists.
#[derive(Deserialize, ToSchema)]
pub struct PageOf {
    /// The customer's login.
    #[schema(inline)]
    owner: Text<1, 100>,
    /// How many lists at most; 50 if it is left out.
    #[schema(inline)]
    limit: Option<Bounded<1, 500>>,
    /// Where the last page ended: its `next`.
    #[schema(inline)]
    after: Option<Text<1, 500>>,
}

/// A page of lists.
#[derive(Serialize, ToSchema)]
pub struct Lists {
    /// The latest change first.
    lists: Vec<Listed>,
    /// Where the next page begins; none if there is no more.
    next: Option<String>,
}

/// A list among others.
#[derive(Serialize, ToSchema)]
pub struct Listed {
    /// The list's id.
    id: String,
    /// What it is called.
    title: String,
}

/// Answers `createWishlist`.
pub fn create(Json(new): Json<NewWishlist>) -> Result<Created<Json<Saved>>, Problem> {
    let list = Wishlist { owner: new.owner, changed: time::now_us(), title: new.title, wishes: new.wishes };
    let id = id::ulid();
    let version = WISHLISTS.insert(&id, &list)?.version;
    Ok(Created(Json(Saved { id, version })))
}

/// Answers `listWishlists`.
pub fn list(Query(asked): Query<PageOf>) -> Result<Json<Lists>, Problem> {
    let limit = asked.limit.and_then(|limit| u32::try_from(limit.get()).ok()).unwrap_or(50);
    let after = asked.after.map(|after| after.to_string());
    let question = WISHLISTS.find().equal("owner", &*asked.owner).order_by("changed").descending();
    let page = question.limit(limit).after(after).page()?;
    let listed = |found: Document<Wishlist>| Listed { id: found.id, title: found.content.title.to_string() };
    Ok(Json(Lists { lists: page.documents.into_iter().map(listed).collect(), next: page.next }))
}

/// Answers `getWishlist`.
pub fn show(Path(asked): Path<WishlistId>) -> Result<Json<Shown>, Problem> {
    let Document { id, version, content: list } = WISHLISTS.get(&asked.id)?.ok_or_else(unknown)?;
    let views = VIEWS.increment(&id, 1, None)?;
    Ok(Json(Shown { id, version, views, list }))
}

/// Answers `changeWishlist`.
pub fn change(Path(asked): Path<WishlistId>, Json(change): Json<Change>) -> Result<Json<Saved>, Problem> {
    let list = WISHLISTS.get(&asked.id)?.ok_or_else(unknown)?.content;
    let list = Wishlist { changed: time::now_us(), title: change.title, wishes: change.wishes, ..list };
    // The version is the one that the client read, not the one that was read just now: what came between must not be lost.
    let version = WISHLISTS.replace(&asked.id, change.version.get().unsigned_abs(), &list)?;
    Ok(Json(Saved { id: asked.id.to_string(), version }))
}

/// Answers `deleteWishlist`.
pub fn remove(Path(asked): Path<WishlistId>, Query(read): Query<Version>) -> Result<Json<Saved>, Problem> {
    let version = read.version.get().unsigned_abs();
    WISHLISTS.delete(&asked.id, version)?;
    VIEWS.delete(&asked.id)?;
    Ok(Json(Saved { id: asked.id.to_string(), version }))
}

fn unknown() -> Problem {
    Problem::new(404, "unknown-wishlist", "There is no such list")
}
