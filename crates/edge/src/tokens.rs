//! Service tokens: which secret is whose.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use kontor_host::Identity;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of a secret. Secrets are long and random, so a slow hash would protect nothing.
pub type TokenHash = [u8; 32];

/// Hashes a secret as it is stored.
#[must_use]
pub fn hash(secret: &str) -> TokenHash {
    Sha256::digest(secret.as_bytes()).into()
}

type ByPrefix = HashMap<[u8; 8], Vec<(TokenHash, Arc<Identity>)>>;

fn prefix(hash: &TokenHash) -> [u8; 8] {
    let mut prefix = [0; 8];
    prefix.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    prefix
}

/// The tokens that are good. Replaced as a whole; looking one up takes no lock.
#[derive(Default)]
pub struct Tokens(ArcSwap<ByPrefix>);

impl Tokens {
    /// Takes these for good, and no others.
    pub fn replace(&self, tokens: impl IntoIterator<Item = (TokenHash, Arc<Identity>)>) {
        let mut all = ByPrefix::new();
        for (hash, identity) in tokens {
            all.entry(prefix(&hash)).or_default().push((hash, identity));
        }
        self.0.store(Arc::new(all));
    }

    /// Whose secret this is. How long it takes says nothing about any other secret.
    #[must_use]
    pub fn find(&self, secret: &str) -> Option<Arc<Identity>> {
        let hash = hash(secret);
        let all = self.0.load();
        let candidates = all.get(&prefix(&hash))?;
        candidates.iter().find(|(known, _)| bool::from(known.ct_eq(&hash))).map(|(_, identity)| identity.clone())
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load().values().map(Vec::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_until_it_is_replaced() {
        let tokens = Tokens::default();
        let shop = Arc::new(Identity { name: "shop".into(), scopes: vec!["sales:reset".into()] });
        tokens.replace([(hash("kontor_abc"), shop.clone())]);
        assert_eq!(tokens.find("kontor_abc"), Some(shop));
        assert_eq!(tokens.find("kontor_abd"), None);
        assert_eq!(tokens.count(), 1);
        tokens.replace([]);
        assert_eq!(tokens.find("kontor_abc"), None);
    }
}
