//! The published vectors of RFC 6962 (certificate-transparency, `merkle_tree_test`), then
//! `ct-merkle` as oracle.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;

use super::*;
use crate::proof::{root_of_path, verify_consistency};

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

const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Index and size of the published audit paths (there: from 1), and the path from the leaf up.
const PATHS: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Old and new size of the published consistency proofs, and the proof.
const PREFIXES: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

fn rows_of<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Rows {
    let mut rows = Rows::new();
    leaves.into_iter().for_each(|leaf| rows.push(leaf_hash(leaf)));
    rows
}

fn written(path: &[Digest]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

#[test]
fn the_published_roots_come_out() {
    let rows = rows_of(LEAVES);
    assert_eq!(
        empty_root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(rows.root(size).unwrap().to_string(), root, "size {size}");
    }
    assert_eq!(rows.root(9), None);
}

#[test]
fn the_published_paths_come_out() {
    let rows = rows_of(LEAVES);
    for (index, size, path) in PATHS {
        assert_eq!(written(&rows.inclusion(index, size).unwrap()), path, "{index} of {size}");
    }
    for (old, size, path) in PREFIXES {
        assert_eq!(written(&rows.consistency(old, size).unwrap()), path, "{old} of {size}");
    }
    assert_eq!(rows.inclusion(8, 8), None);
    assert_eq!(rows.inclusion(0, 9), None);
    assert_eq!(rows.consistency(0, 8), None);
    assert_eq!(rows.consistency(8, 7), None);
}

#[test]
fn every_pair_of_sizes_proves_and_no_other_root_does() {
    let leaves: Vec<[u8; 2]> = (0u16..40).map(u16::to_be_bytes).collect();
    let rows = rows_of(leaves.iter().map(<[u8; 2]>::as_slice));
    let root = |size| rows.root(size).unwrap();
    for size in 1..=40 {
        for at in 0..size {
            let leaf = rows.row(0)[usize::try_from(at).unwrap()];
            let path = rows.inclusion(at, size).unwrap();
            assert_eq!(root_of_path(leaf, at, size, &path), Some(root(size)));
            assert_ne!(root_of_path(leaf, at + 1, size, &path), Some(root(size)));
            if size > 1 {
                assert_ne!(root_of_path(leaf, at, size, &path[1..]), Some(root(size)));
            }
            let (old, proof) = (at + 1, rows.consistency(at + 1, size).unwrap());
            assert!(verify_consistency((old, root(old)), (size, root(size)), &proof).is_ok());
            if old < size {
                let wrong = root(old + 1);
                assert!(verify_consistency((old, wrong), (size, root(size)), &proof).is_err());
                assert!(
                    verify_consistency((old, root(old)), (size, wrong), &proof).is_err()
                        || size == old + 1
                );
                assert!(
                    verify_consistency((old, root(old)), (size, root(size)), &proof[1..]).is_err()
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_tree_is_that_of_ct_merkle(size in 1usize..=700, index in any::<prop::sample::Index>(),
                                     old in any::<prop::sample::Index>(), salt in any::<u8>()) {
        let leaves: Vec<Vec<u8>> = (0..size).map(|at| vec![salt; at % 70]).collect();
        let mut oracle = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        let mut rows = Rows::new();
        for leaf in &leaves {
            oracle.push(leaf.clone());
            rows.push(leaf_hash(leaf));
        }
        let all = size as u64;
        let root = rows.root(all).unwrap();
        let theirs = oracle.root();
        prop_assert_eq!(root.as_bytes().as_slice(), theirs.as_bytes().as_slice());

        let at = index.index(size);
        let path = rows.inclusion(at as u64, all).unwrap();
        let bytes: Vec<u8> = path.iter().flat_map(|hash| *hash.as_bytes()).collect();
        let proof = oracle.prove_inclusion(at);
        prop_assert_eq!(&bytes, proof.as_bytes());
        prop_assert_eq!(root_of_path(leaf_hash(&leaves[at]), at as u64, all, &path), Some(root));

        let older = 1 + old.index(size);
        let path = rows.consistency(older as u64, all).unwrap();
        let bytes: Vec<u8> = path.iter().flat_map(|hash| *hash.as_bytes()).collect();
        if older < size {
            let proof = oracle.prove_consistency(size - older);
            prop_assert_eq!(bytes.as_slice(), proof.as_bytes());
        }
        let old_root = rows.root(older as u64).unwrap();
        prop_assert!(verify_consistency((older as u64, old_root), (all, root), &path).is_ok());
    }
}
