//! Seals, one behind the other.

use serde::{Deserialize, Serialize};

use super::{Hash, Leaf, NotCanonical, canonical, merkle};

/// A seal: the root of a run of leaves, and the digest of the seal before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Its place in the chain, from 1 without gaps.
    pub sequence: i64,
    /// The digest of the seal before it; zeros for the first one.
    pub previous: Hash,
    /// The root of its tree.
    pub root: Hash,
    /// How many leaves the tree has; at least one.
    pub size: i64,
    /// When it was made: µs since 1970 UTC; never before the seal before it.
    pub made_at_us: i64,
}

impl Seal {
    /// Seals a run of leaves behind another seal, if there is one. None if there are no leaves.
    ///
    /// # Errors
    /// [`NotCanonical`] if the seal before it cannot be hashed.
    pub fn next(previous: Option<&Self>, leaves: &[Hash], now_us: i64) -> Result<Option<Self>, NotCanonical> {
        let Some(size) = i64::try_from(leaves.len()).ok().filter(|size| *size > 0) else { return Ok(None) };
        Ok(Some(Self {
            sequence: previous.map_or(1, |previous| previous.sequence + 1),
            previous: previous.map_or(Ok(Hash::ZERO), Self::digest)?,
            root: merkle::root(leaves),
            size,
            made_at_us: previous.map_or(now_us, |previous| previous.made_at_us.max(now_us)),
        }))
    }

    /// What is signed, and what the next seal names: the hash of the seal's canonical JSON.
    ///
    /// # Errors
    /// [`NotCanonical`] if a number is past ±(2⁵³ − 1).
    pub fn digest(&self) -> Result<Hash, NotCanonical> {
        canonical(self).map(|text| Hash::of(text.as_bytes()))
    }
}

/// Where a chain is broken, and how.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A seal is missing, twice, or at another place.
    #[error("seal {wanted} is wanted, and seal {found} is there: a seal was removed, added or moved")]
    Sequence {
        /// Which should be there.
        wanted: i64,
        /// Which is.
        found: i64,
    },
    /// A seal does not name the one before it: one of both was changed.
    #[error("seal {sequence} names another seal before it than there is: one of both was changed")]
    Previous {
        /// The later one.
        sequence: i64,
    },
    /// A seal was made before the one before it.
    #[error("seal {sequence} is older than the seal before it")]
    Time {
        /// The later one.
        sequence: i64,
    },
    /// The exported chain has a seal that is not here: the tail was cut off.
    #[error("seal {sequence} was exported and is not here: the chain was cut off")]
    CutOff {
        /// The first one that is missing.
        sequence: i64,
    },
    /// The exported chain has another seal at this place: history was rewritten.
    #[error("seal {sequence} is another one than was exported: history was rewritten")]
    Rewritten {
        /// The first one that differs.
        sequence: i64,
    },
    /// A seal cannot be hashed.
    #[error("a seal cannot be hashed: {0}")]
    NotCanonical(#[from] NotCanonical),
}

/// Checks that seals follow each other. `previous` is the seal before the first of them; none at the beginning. So a long
/// chain can be checked piece by piece.
///
/// # Errors
/// The first fault.
pub fn check_chain(previous: Option<&Seal>, seals: &[Seal]) -> Result<(), Broken> {
    let mut last = previous;
    for seal in seals {
        let sequence = seal.sequence;
        let wanted = last.map_or(1, |last| last.sequence.saturating_add(1));
        if sequence != wanted {
            return Err(Broken::Sequence { wanted, found: sequence });
        }
        if seal.previous != last.map_or(Ok(Hash::ZERO), Seal::digest)? {
            return Err(Broken::Previous { sequence });
        }
        if last.is_some_and(|last| last.made_at_us > seal.made_at_us) {
            return Err(Broken::Time { sequence });
        }
        last = Some(seal);
    }
    Ok(())
}

/// Checks seals against those that were exported before, both from the same place on. There may be newer ones here.
///
/// # Errors
/// [`Broken::CutOff`] or [`Broken::Rewritten`] with the first one.
pub fn check_against(exported: &[Seal], seals: &[Seal]) -> Result<(), Broken> {
    for (index, wanted) in exported.iter().enumerate() {
        match seals.get(index) {
            None => return Err(Broken::CutOff { sequence: wanted.sequence }),
            Some(seal) if seal != wanted => return Err(Broken::Rewritten { sequence: wanted.sequence }),
            Some(_) => {}
        }
    }
    Ok(())
}

/// Shows that a leaf belongs to a seal. Whether the seal is genuine, its signature says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Proof {
    /// What is shown.
    pub leaf: Leaf,
    /// The leaf's place in the seal's run, from 0.
    pub index: u64,
    /// The hashes that lead to the root, from below.
    pub path: Vec<Hash>,
    /// The seal.
    pub seal: Seal,
}

impl Proof {
    /// Whether the path leads from the leaf to the seal's root.
    ///
    /// # Errors
    /// [`NotCanonical`] if the leaf cannot be hashed.
    pub fn holds(&self) -> Result<bool, NotCanonical> {
        let size = u64::try_from(self.seal.size).unwrap_or(0);
        Ok(merkle::root_of_proof(self.leaf.hash()?, self.index, size, &self.path) == Some(self.seal.root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(sequence: i64) -> Leaf {
        Leaf::Invoice {
            id: format!("id-{sequence}"),
            seller: "default".to_owned(),
            series: "RE".to_owned(),
            period: "2026".to_owned(),
            sequence,
            number: format!("RE-2026-{sequence:06}"),
            issued_at_us: 1_795_300_000_000_000,
            balance_used: 0,
            body: Hash::of(b"body"),
        }
    }

    fn hashes(range: std::ops::Range<i64>) -> Vec<Hash> {
        range.map(|sequence| leaf(sequence).hash().unwrap()).collect()
    }

    fn chain() -> Vec<Seal> {
        let first = Seal::next(None, &hashes(1..6), 10).unwrap().unwrap();
        // The clock jumped back.
        let second = Seal::next(Some(&first), &hashes(6..7), 5).unwrap().unwrap();
        let third = Seal::next(Some(&second), &hashes(7..20), 20).unwrap().unwrap();
        vec![first, second, third]
    }

    #[test]
    fn a_chain_shows_every_change() {
        let seals = chain();
        assert_eq!((seals[1].sequence, seals[1].size, seals[1].made_at_us), (2, 1, 10));
        check_chain(None, &seals).unwrap();
        check_chain(Some(&seals[0]), &seals[1..]).unwrap();
        assert!(Seal::next(None, &[], 1).unwrap().is_none());
        let fault = |change: fn(&mut Vec<Seal>)| {
            let mut seals = chain();
            change(&mut seals);
            check_chain(None, &seals).unwrap_err()
        };
        assert!(matches!(fault(|seals| seals[0].root = Hash::ZERO), Broken::Previous { sequence: 2 }));
        assert!(matches!(fault(|seals| seals[1].size = 2), Broken::Previous { sequence: 3 }));
        assert!(matches!(fault(|seals| seals[1].made_at_us = 9), Broken::Time { sequence: 2 }));
        assert!(matches!(fault(|seals| seals.swap(1, 2)), Broken::Sequence { wanted: 2, found: 3 }));
        assert!(matches!(fault(|seals| seals.rotate_left(1)), Broken::Sequence { wanted: 1, found: 2 }));
    }

    #[test]
    fn an_export_shows_what_a_chain_of_its_own_cannot() {
        let (exported, mut seals) = (chain(), chain());
        check_against(&exported[..2], &seals).unwrap();
        assert!(matches!(check_against(&exported, &seals[..2]), Err(Broken::CutOff { sequence: 3 })));
        // Whoever has the key rewrites the end, and the new chain is a good one.
        seals[2] = Seal::next(Some(&seals[1]), &hashes(7..19), 20).unwrap().unwrap();
        check_chain(None, &seals).unwrap();
        assert!(matches!(check_against(&exported, &seals), Err(Broken::Rewritten { sequence: 3 })));
    }

    #[test]
    fn a_proof_holds_for_its_invoice_alone() {
        let leaves = hashes(1..6);
        let seal = Seal::next(None, &leaves, 10).unwrap().unwrap();
        let path = merkle::inclusion_proof(&leaves, 2).unwrap();
        let proof = Proof { leaf: leaf(3), index: 2, path, seal };
        assert!(proof.holds().unwrap());
        let json = serde_json::to_string(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
        for wrong in [
            Proof { leaf: leaf(4), ..proof.clone() },
            Proof { index: 3, ..proof.clone() },
            Proof { path: Vec::new(), ..proof.clone() },
            Proof { seal: Seal { size: -1, ..proof.seal.clone() }, ..proof.clone() },
            Proof { seal: Seal { root: Hash::ZERO, ..proof.seal.clone() }, ..proof },
        ] {
            assert!(!wrong.holds().unwrap(), "{wrong:?}");
        }
    }

    #[test]
    fn a_leaf_is_the_hash_of_plain_json() {
        let rendering = Leaf::Rendering {
            id: "a".to_owned(),
            format: "cii.xml".to_owned(),
            generator: "1".to_owned(),
            body: Hash::ZERO,
        };
        let text =
            format!(r#"{{"body":"{}","format":"cii.xml","generator":"1","id":"a","kind":"rendering"}}"#, Hash::ZERO);
        assert_eq!(canonical(&rendering).unwrap(), text);
        assert_eq!(rendering.hash().unwrap(), merkle::leaf_hash(text.as_bytes()));
    }
}
