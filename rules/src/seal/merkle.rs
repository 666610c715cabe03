//! Merkle trees and inclusion proofs, as RFC 9162 (Certificate Transparency, 2.1) defines them.

use super::Hash;

/// The hash of a leaf: SHA-256 of a zero byte and the leaf's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Hash::of_parts(&[&[0], leaf])
}

/// The hash of a node: SHA-256 of a one and both hashes below it. The byte in front keeps a node from being passed off as a
/// leaf.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash::of_parts(&[&[1], &left.0, &right.0])
}

/// The root of a tree over the leaves' hashes. Of none, it is the hash of nothing.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_size(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The hashes that lead from a leaf to the root, from below. None if there is no such leaf.
#[must_use]
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let size = left_size(leaves.len());
    let (left, right) = leaves.split_at(size);
    let (mut path, sibling) = if index < size {
        (inclusion_proof(left, index)?, root(right))
    } else {
        (inclusion_proof(right, index - size)?, root(left))
    };
    path.push(sibling);
    Some(path)
}

/// The root that a proof leads to (RFC 9162, 2.1.3.2). None if the path does not fit a tree of that size.
#[must_use]
pub fn root_of_proof(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    let mut node = index;
    let mut last = size.checked_sub(1).filter(|last| index <= *last)?;
    let mut hash = leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node.is_multiple_of(2) && node != 0 {
                (node, last) = (node / 2, last / 2);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node / 2, last / 2);
    }
    (last == 0).then_some(hash)
}

/// The largest power of two below a size of at least two.
fn left_size(size: usize) -> usize {
    size.div_ceil(2).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The test vectors of Certificate Transparency (google/certificate-transparency, `merkletree/merkle_tree_test.cc`).
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let leaves: Vec<Hash> = LEAVES.iter().map(|leaf| leaf_hash(leaf)).collect();
        for (size, wanted) in ROOTS.iter().enumerate() {
            assert_eq!(root(&leaves[..size]).to_string(), *wanted, "{size} leaves");
        }
        assert_eq!(inclusion_proof(&leaves, 8), None);
        assert_eq!(inclusion_proof(&[], 0), None);
    }

    proptest! {
        #[test]
        fn a_proof_leads_to_the_root_and_no_other_does(size in 1..300_usize, at in any::<prop::sample::Index>(), bit in 0..256_usize) {
            let leaves: Vec<Hash> = (0..size).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect();
            let index = at.index(size);
            let path = inclusion_proof(&leaves, index).unwrap();
            let (place, count, root) = (index as u64, size as u64, root(&leaves));
            prop_assert_eq!(root_of_proof(leaves[index], place, count, &path), Some(root));
            let mut other = leaves[index];
            other.0[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(root_of_proof(other, place, count, &path), Some(root));
            prop_assert_ne!(root_of_proof(leaves[index], (place + 1) % count, count, &path), Some(root).filter(|_| size > 1));
            prop_assert_eq!(root_of_proof(leaves[index], count, count, &path), None);
            prop_assert_eq!(root_of_proof(leaves[index], place, 0, &path), None);
            let mut longer = path.clone();
            longer.push(root);
            prop_assert_eq!(root_of_proof(leaves[index], place, count, &longer), None);
            if let Some((_, shorter)) = path.split_last() {
                prop_assert_eq!(root_of_proof(leaves[index], place, count, shorter), None);
            }
        }
    }
}
