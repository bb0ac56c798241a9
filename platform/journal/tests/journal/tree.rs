//! The tree against RFC 6962's own recursive definitions, and the known roots of
//! certificate-transparency's tests.

use std::convert::Infallible;

use journal::{
    Frontier, Hash, ProofError, STORED_EVERY, consistency_proof, fold, inclusion_proof, leaf_hash,
    node_hash, root_at, stored_range, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;

/// The eight inputs of certificate-transparency's tests, and the roots after 0, 1, … 8 of them.
const INPUTS: [&[u8]; 8] = [
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

/// A tree by the book: every stored hash, and RFC 6962's recursive definitions beside it.
struct Tree {
    leaves: Vec<Hash>,
    levels: Vec<Vec<Hash>>,
    frontier: Frontier,
}

impl Tree {
    fn of(inputs: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Tree {
        let mut tree = Tree { leaves: vec![], levels: vec![], frontier: Frontier::default() };
        for input in inputs {
            let leaf = leaf_hash(input.as_ref());
            tree.leaves.push(leaf);
            for node in tree.frontier.append(leaf).nodes {
                let level = usize::from(node.level);
                tree.levels.resize_with(tree.levels.len().max(level + 1), Vec::new);
                assert_eq!(tree.levels[level].len() as u64, node.index, "without a hole");
                tree.levels[level].push(node.hash);
            }
        }
        tree
    }

    fn numbered(size: usize) -> Tree {
        Tree::of((0..size).map(|number| number.to_string()))
    }

    fn fetch(&self) -> impl FnMut(u8, u64) -> Result<Hash, Infallible> {
        |level, index| Ok(self.levels[usize::from(level)][index as usize])
    }
}

fn split(size: usize) -> usize {
    (1..).map(|power| 1 << power).find(|power| power * 2 >= size).filter(|_| size > 2).unwrap_or(1)
}

/// RFC 6962 §2.1.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Frontier::default().root(),
        [leaf] => *leaf,
        leaves => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

/// RFC 6962 §2.1.1.
fn naive_path(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return vec![];
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        [naive_path(index, left), vec![naive_root(right)]].concat()
    } else {
        [naive_path(index - left.len(), right), vec![naive_root(left)]].concat()
    }
}

/// RFC 6962 §2.1.2.
fn naive_consistency(old: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if whole { vec![] } else { vec![naive_root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if old <= left.len() {
        [naive_consistency(old, left, whole), vec![naive_root(right)]].concat()
    } else {
        [naive_consistency(old - left.len(), right, false), vec![naive_root(left)]].concat()
    }
}

fn check_root(tree: &Tree, size: usize) {
    let root = root_at(size as u64, tree.fetch()).expect("all is stored");
    assert_eq!(root, naive_root(&tree.leaves[..size]), "{size}");
}

fn check_inclusion(tree: &Tree, index: usize, size: usize) {
    let leaves = &tree.leaves[..size];
    let root = naive_root(leaves);
    let path = inclusion_proof(index as u64, size as u64, tree.fetch()).expect("in range");
    assert_eq!(path, naive_path(index, leaves), "{index} of {size}");
    let holds = |leaf: &Hash, index: usize, size: usize, path: &[Hash], root: &Hash| {
        verify_inclusion(leaf, index as u64, size as u64, path, root)
    };
    let (leaf, other) = (&leaves[index], leaf_hash(b"other"));
    assert!(holds(leaf, index, size, &path, &root), "{index} of {size}");
    assert!(!holds(&other, index, size, &path, &root), "another leaf");
    assert!(!holds(leaf, index, size, &path, &other), "another root");
    assert!(!holds(leaf, index, index, &path, &root), "outside the tree");
    assert!(!holds(leaf, index, size, &[&path[..], &[other]].concat(), &root), "too long");
    for wrong in (0..size).filter(|wrong| *wrong != index) {
        assert!(!holds(leaf, wrong, size, &path, &root), "{index} as {wrong}");
    }
    for at in 0..path.len() {
        let mut changed = path.clone();
        changed[at] = other;
        assert!(!holds(leaf, index, size, &changed, &root), "hash {at} changed");
        changed.remove(at);
        assert!(!holds(leaf, index, size, &changed, &root), "hash {at} left out");
    }
}

fn check_consistency(tree: &Tree, old: usize, new: usize) {
    let roots = [naive_root(&tree.leaves[..old]), naive_root(&tree.leaves[..new])];
    let path = consistency_proof(old as u64, new as u64, tree.fetch()).expect("in range");
    let expected =
        if old == 0 { vec![] } else { naive_consistency(old, &tree.leaves[..new], true) };
    assert_eq!(path, expected, "{old} to {new}");
    let holds = |old_root: &Hash, new_root: &Hash, path: &[Hash]| {
        verify_consistency(old as u64, new as u64, old_root, new_root, path)
    };
    let other = leaf_hash(b"other");
    assert!(holds(&roots[0], &roots[1], &path), "{old} to {new}");
    assert!(!holds(&other, &roots[1], &path), "another old root");
    // Every tree begins with the empty one.
    assert_eq!(holds(&roots[0], &other, &path), old == 0 && new > 0, "another new root");
    assert!(!holds(&roots[0], &roots[1], &[&path[..], &[other]].concat()), "too long");
    for at in 0..path.len() {
        let mut changed = path.clone();
        changed[at] = other;
        assert!(!holds(&roots[0], &roots[1], &changed), "hash {at} changed");
        changed.remove(at);
        assert!(!holds(&roots[0], &roots[1], &changed), "hash {at} left out");
    }
}

#[test]
fn rfc_6962_known_roots() {
    for (size, expected) in ROOTS.iter().enumerate() {
        let tree = Tree::of(&INPUTS[..size]);
        assert_eq!(tree.frontier.root().to_string(), *expected);
        assert_eq!(naive_root(&tree.leaves).to_string(), *expected, "the test's own tree");
    }
}

#[test]
fn agrees_with_the_definition_at_all_sizes_to_64() {
    let tree = Tree::numbered(64);
    for size in 0..=64 {
        check_root(&tree, size);
        (0..size).for_each(|index| check_inclusion(&tree, index, size));
        (0..=size).for_each(|old| check_consistency(&tree, old, size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn agrees_with_the_definition_at_random_sizes(
        size in 1_usize..=1000, index: prop::sample::Index, old: prop::sample::Index,
    ) {
        let tree = Tree::numbered(size);
        prop_assert_eq!(tree.frontier.root(), naive_root(&tree.leaves));
        check_root(&tree, size);
        check_inclusion(&tree, index.index(size), size);
        check_consistency(&tree, old.index(size + 1), size);
    }

    #[test]
    fn a_frontier_survives_storing(size in 0_usize..1000) {
        let frontier = Tree::numbered(size).frontier;
        let bytes = frontier.to_bytes();
        prop_assert_eq!(Frontier::from_bytes(&bytes), Ok(frontier));
        prop_assert!(Frontier::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        prop_assert!(Frontier::from_bytes(&[&bytes[..], &[0; 32]].concat()).is_err());
    }

    #[test]
    fn every_eighth_level_is_enough(level in 0_u8..=10, index in 0_u64..4) {
        let tree = Tree::numbered(4096);
        let (stored, range) = stored_range(level, index);
        prop_assert_eq!(stored % STORED_EVERY, 0);
        let row: Vec<Hash> = range.map(|at| tree.levels[usize::from(stored)][at as usize]).collect();
        prop_assert_eq!(fold(&row), Some(tree.levels[usize::from(level)][index as usize]));
    }
}

#[test]
fn an_uneven_row_has_no_hash() {
    let leaves = Tree::numbered(6).leaves;
    assert_eq!(fold(&leaves), None);
    assert_eq!(fold(&[]), None);
}

/// From 4 to any of 5 to 8 leads one hash; from 4 to any of 9 to 16 lead two.
#[test]
fn a_consistency_proof_is_as_long_as_its_sizes_ask() {
    let tree = Tree::numbered(7);
    let roots = [naive_root(&tree.leaves[..4]), naive_root(&tree.leaves)];
    let path = consistency_proof(4, 7, tree.fetch()).expect("in range");
    assert!(verify_consistency(4, 7, &roots[0], &roots[1], &path));
    for new in 9..=16 {
        assert!(!verify_consistency(4, new, &roots[0], &roots[1], &path), "{new}");
    }
}

#[test]
fn what_is_outside_the_tree_has_no_proof() {
    let tree = Tree::numbered(5);
    let outside = |asked, size| Err(ProofError::OutOfRange { asked, size });
    assert_eq!(inclusion_proof(5, 5, tree.fetch()), outside(5, 5));
    assert_eq!(inclusion_proof(0, 0, tree.fetch()), outside(0, 0));
    assert_eq!(consistency_proof(6, 5, tree.fetch()), outside(6, 5));
}

#[test]
fn a_failed_fetch_is_passed_on() {
    let lost = |_, _| Err("lost");
    assert_eq!(inclusion_proof(1, 5, lost), Err(ProofError::Fetch("lost")));
    assert_eq!(consistency_proof(3, 5, lost), Err(ProofError::Fetch("lost")));
    assert_eq!(root_at(5, lost), Err(ProofError::Fetch("lost")));
}
