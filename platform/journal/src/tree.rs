//! The Merkle tree of RFC 6962 §2.1: appending, proving and checking.
//!
//! A *full subtree* of level `l` and index `i` covers the leaves `[i·2^l, (i+1)·2^l)`; its hash
//! never changes once complete, so it may be stored. Appending needs only the right edge
//! ([`Frontier`]); proofs read stored hashes through a `fetch(level, index)` of the caller, who
//! may keep every level or every [`STORED_EVERY`]th ([`stored_range`], [`fold`]).

use std::ops::Range;

use crate::{Hash, node_hash};

/// Storing the hashes of every eighth level costs 1.004 rows per entry instead of 2, and a
/// missing hash costs at most 127 node hashes to compute again.
pub const STORED_EVERY: u8 = 8;

/// Hash of one full subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// 0 is a leaf.
    pub level: u8,
    /// Position within its level, from the left.
    pub index: u64,
    /// The subtree's hash.
    pub hash: Hash,
}

/// What appending one leaf completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The leaf's number, from 0.
    pub index: u64,
    /// The leaf itself (level 0) and every full subtree it completes, upwards without a gap.
    pub nodes: Vec<Node>,
}

/// The right edge of a tree: the full subtrees that the binary digits of its size name, the
/// largest first. All that is needed to append and to compute the root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

/// Stored bytes are no frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frontier of {have} bytes cannot be of its size")]
pub struct FrontierError {
    have: usize,
}

impl Frontier {
    /// Leaves in the tree; also the number the next leaf gets.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its [`leaf_hash`](crate::leaf_hash).
    pub fn append(&mut self, leaf: Hash) -> Appended {
        let index = self.size;
        let mut nodes = Vec::new();
        self.advance(leaf, |node| nodes.push(node));
        Appended { index, nodes }
    }

    /// Appends a leaf and names the full subtrees it completes, from itself upwards.
    pub(crate) fn advance(&mut self, leaf: Hash, mut completed: impl FnMut(Node)) {
        let mut node = Node { level: 0, index: self.size, hash: leaf };
        completed(node);
        for _ in 0..self.size.trailing_ones() {
            // The edge has one hash for every binary one of the size; these are its last ones.
            let left = self.edge.pop().expect("a full subtree stands to the left");
            let hash = node_hash(&left, &node.hash);
            node = Node { level: node.level + 1, index: node.index >> 1, hash };
            completed(node);
        }
        self.edge.push(node.hash);
        self.size += 1;
    }

    /// The root of the tree so far; of the empty tree it is the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_right(&self.edge)
    }

    /// For storing: the size (8 bytes, big-endian), then the edge's hashes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for hash in &self.edge {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the number of hashes is not the one that the size asks for.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier, FrontierError> {
        let wrong = FrontierError { have: bytes.len() };
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or(wrong)?;
        let size = u64::from_be_bytes(*size);
        let (hashes, odd) = rest.as_chunks::<{ Hash::LEN }>();
        if !odd.is_empty() || hashes.len() != size.count_ones() as usize {
            return Err(wrong);
        }
        Ok(Frontier { size, edge: hashes.iter().copied().map(Hash::from_bytes).collect() })
    }
}

/// The stored level and the indexes in it from which [`fold`] computes the hash of the full
/// subtree (`level`, `index`), when only every [`STORED_EVERY`]th level is stored.
#[must_use]
pub fn stored_range(level: u8, index: u64) -> (u8, Range<u64>) {
    let above = level % STORED_EVERY;
    (level - above, index << above..(index + 1) << above)
}

/// The hash over a row of equal full subtrees, or nothing when their number is no power of two.
#[must_use]
pub fn fold(row: &[Hash]) -> Option<Hash> {
    if !row.len().is_power_of_two() {
        return None;
    }
    let mut row = row.to_vec();
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied()
}

/// Why a proof could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// No tree of that size has what was asked.
    #[error("{asked} is outside a tree of {size}")]
    OutOfRange {
        /// The leaf's number or the old size.
        asked: u64,
        /// The tree's size.
        size: u64,
    },
    /// The caller's `fetch` failed.
    #[error("a stored hash could not be read")]
    Fetch(#[source] E),
}

/// The hashes that lead from leaf `index` to the root at `size` (RFC 6962 §2.1.1), leaf first.
///
/// # Errors
/// When `index` is not below `size`, or `fetch` fails.
pub fn inclusion_proof<E>(
    index: u64,
    size: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProofError<E>> {
    if index >= size {
        return Err(ProofError::OutOfRange { asked: index, size });
    }
    let mut span = 0..size;
    let mut path = Vec::new();
    while span.end - span.start > 1 {
        let middle = split(&span);
        let (inside, sibling) = if index < middle {
            (span.start..middle, middle..span.end)
        } else {
            (middle..span.end, span.start..middle)
        };
        path.push(span_hash(sibling, &mut fetch).map_err(ProofError::Fetch)?);
        span = inside;
    }
    path.reverse();
    Ok(path)
}

/// The hashes that show the tree of `new` leaves to begin with the tree of `old` (RFC 6962
/// §2.1.2). Empty when both are equal or `old` is 0.
///
/// # Errors
/// When `old` is above `new`, or `fetch` fails.
pub fn consistency_proof<E>(
    old: u64,
    new: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, ProofError<E>> {
    if old > new {
        return Err(ProofError::OutOfRange { asked: old, size: new });
    }
    if old == 0 || old == new {
        return Ok(Vec::new());
    }
    let mut span = 0..new;
    let mut path = Vec::new();
    while span.end != old {
        let middle = split(&span);
        let (inside, sibling) = if old <= middle {
            (span.start..middle, middle..span.end)
        } else {
            (middle..span.end, span.start..middle)
        };
        path.push(span_hash(sibling, &mut fetch).map_err(ProofError::Fetch)?);
        span = inside;
    }
    // A span that starts at 0 is the old tree itself, whose root the checker already has.
    if span.start > 0 {
        path.push(span_hash(span, &mut fetch).map_err(ProofError::Fetch)?);
    }
    path.reverse();
    Ok(path)
}

/// The root of the tree when it had `size` leaves.
///
/// # Errors
/// When `fetch` fails.
pub fn root_at<E>(
    size: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, ProofError<E>> {
    span_hash(0..size, &mut fetch).map_err(ProofError::Fetch)
}

/// Where RFC 6962 divides a span of more than one leaf: after the largest power of two below its
/// length.
fn split(span: &Range<u64>) -> u64 {
    span.start + (1 << (span.end - span.start - 1).ilog2())
}

/// The hash over the leaves of `span`, whose start is a multiple of the largest power of two in
/// its length: full subtrees from the left, folded from the right.
fn span_hash<E>(
    span: Range<u64>,
    fetch: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut start = span.start;
    let mut full = Vec::new();
    while start < span.end {
        let level = (span.end - start).ilog2();
        // Below 64, the number of binary digits of a length.
        full.push(fetch(level as u8, start >> level)?);
        start += 1 << level;
    }
    Ok(fold_right(&full))
}

/// The hash over full subtrees of falling size; of none it is the hash of nothing.
fn fold_right(full: &[Hash]) -> Hash {
    let joined = full.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    joined.unwrap_or_else(|| Hash::of(&[]))
}

/// Whether `path` leads from `leaf` at `index` to `root` at `size` (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *root
}

/// Whether `path` shows that the tree (`new`, `new_root`) begins with the tree (`old`,
/// `old_root`) (RFC 9162 §2.1.4.2). Every tree begins with the empty one.
#[must_use]
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    path: &[Hash],
) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && *old_root == fold_right(&[]);
    }
    let complete = old.is_power_of_two();
    let Some((first, rest)) = (if complete { Some((old_root, path)) } else { path.split_first() })
    else {
        return false;
    };
    let shift = (old - 1).trailing_ones();
    let (mut at, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}
