//! Seals: a proof of what was registered, that anybody can check.
//!
//! A run of [`Leaf`]s, one for each invoice and each rendering, becomes a Merkle tree ([`merkle`]); its root goes into a
//! [`Seal`], which names the digest of the seal before it. So whoever knows one digest knows that nothing before it was
//! changed, and a [`Proof`] of a few hashes shows that one invoice belongs to it. What is hashed is canonical JSON
//! ([`canonical`]), which a few lines of any language can make again.
//!
//! Signing is not done here: it needs a key, which is a file. What is signed is [`Seal::digest`].

mod canonical;
mod chain;
mod hash;
mod leaf;
pub mod merkle;

pub use canonical::{NotCanonical, canonical, canonical_text};
pub use chain::{Broken, Proof, Seal, check_against, check_chain};
pub use hash::{Hash, NotAHash};
pub use leaf::Leaf;
