//! The port `documents` on MongoDB 5.0 and later: a replica set or a sharded cluster, with any number of `mongos` in the
//! address.
//!
//! A function's collection is `FUNCTION.COLLECTION` in one database, the one that the address names, else `kontor`. A document
//! is `{_id, v, b}`: id, version and content. Only inserts of single documents, unique keys and compare-and-set on the version
//! are used, with write concern majority and journal and read concern majority on the primary, so that it makes no difference
//! whether there are shards, sessions or transactions. What a server has besides is used where it says so itself: retryable
//! writes, validators, roles, sharding.
//!
//! # On a sharded cluster
//!
//! A collection with a shard key is sharded by its hash, and the index over shard key and id is unique. Equal shard keys lie on
//! one shard, so that index is unique everywhere; `_id` alone is unique on each shard only. A function therefore makes ids that
//! depend on the shard key's value, for example with a hash of the customer at the end. Were one id given to two customers all
//! the same, then reading that id says so, instead of showing one of the two. A collection without a shard key is sharded by the
//! hash of its ids.
//!
//! # What it does not do
//!
//! Nothing is ever dropped, sharded anew or taken away from a role. What is there and differs from what is needed is named by
//! [`MongoDocuments::check`], with the command that mends it. Versions of documents that were deleted are not remembered: the
//! clock keeps a new document's version apart from theirs (see `kontor_data::documents::first_version`).

mod bodies;
mod check;
mod connection;
mod declared;
mod engine;
mod failure;
mod find;
mod layout;
mod server;
mod setup;
mod store;
mod validator;

pub use engine::{MongoDocuments, MongoSettings};
