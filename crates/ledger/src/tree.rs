//! The Merkle tree of RFC 6962 section 2, as rows of hashes.
//!
//! What it is for: the root of any prefix, audit paths and consistency proofs, from what
//! `tlog-tiles` stores: row `r` holds the roots of the complete subtrees of 256^r leaves, in order.
//! What it is not for: checking a proof (that is [`crate::proof`]), and checking the files (that is
//! [`crate::fsck`], which shares nothing with this page).
//!
//! Invariant: a node is hashed as RFC 6962 says, leaf and node apart (0x00 and 0x01 before), so
//! that no node can be passed off as a leaf.

use aws_lc_rs::digest::{Context, SHA256, digest};
use sudare_model::Digest;

/// Leaves under one hash of the next row: tiles have height 8.
pub(crate) const TILE_WIDTH: u64 = 256;

/// The hash of a leaf: SHA-256 of 0x00 and the entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(entry);
    taken(context.finish().as_ref())
}

/// The hash of a node: SHA-256 of 0x01, the left hash and the right hash.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&[1]);
    context.update(left.as_bytes());
    context.update(right.as_bytes());
    taken(context.finish().as_ref())
}

/// The root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Digest {
    sha256(&[])
}

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    taken(digest(&SHA256, bytes).as_ref())
}

fn taken(bytes: &[u8]) -> Digest {
    let mut array = [0; 32];
    for (slot, byte) in array.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    Digest::from_bytes(array)
}

/// All hashes that the tiles of a log hold.
#[derive(Debug, Clone, Default)]
pub struct Rows(Vec<Vec<Digest>>);

impl Rows {
    /// A tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.row(0).len() as u64
    }

    /// The stored hashes of a row, lowest row first.
    #[must_use]
    pub fn row(&self, row: usize) -> &[Digest] {
        self.0.get(row).map_or(&[], Vec::as_slice)
    }

    /// How many rows hold a hash.
    #[must_use]
    pub fn height(&self) -> usize {
        self.0.len()
    }

    /// Adds a leaf, and every stored root that it completes.
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        let mut at = 0;
        let mut height = 0;
        loop {
            if at == self.0.len() {
                self.0.push(Vec::new());
            }
            let Some(row) = self.0.get_mut(at) else { return };
            row.push(hash);
            let count = row.len() as u64;
            if !count.is_multiple_of(TILE_WIDTH) {
                return;
            }
            let Some(above) = self.complete(height + 8, count / TILE_WIDTH - 1) else {
                return;
            };
            hash = above;
            at += 1;
            height += 8;
        }
    }

    /// The root of the first `size` leaves; `None` if there are fewer.
    #[must_use]
    pub fn root(&self, size: u64) -> Option<Digest> {
        if size == 0 { Some(empty_root()) } else { self.range(0, size) }
    }

    /// The audit path of a leaf in the tree of the first `size` leaves, from the leaf up (RFC 6962
    /// section 2.1.1).
    #[must_use]
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The proof that the first `old` leaves are a prefix of the first `size` (RFC 6962 section
    /// 2.1.2).
    #[must_use]
    pub fn consistency(&self, old: u64, size: u64) -> Option<Vec<Digest>> {
        if old == 0 || old > size || size > self.size() {
            return None;
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        let mut whole = true;
        while old != end {
            let middle = start + split(end - start);
            if old <= middle {
                path.push(self.range(middle, end)?);
                end = middle;
            } else {
                path.push(self.range(start, middle)?);
                start = middle;
                whole = false;
            }
        }
        if !whole {
            path.push(self.range(start, end)?);
        }
        path.reverse();
        Some(path)
    }

    /// The root over leaves `start..end`, where `start` is a multiple of the largest power of two
    /// below the length.
    fn range(&self, start: u64, end: u64) -> Option<Digest> {
        let length = end.checked_sub(start)?;
        if length.is_power_of_two() {
            let height = length.trailing_zeros();
            return self.complete(height, start >> height);
        }
        let middle = start + split(length);
        Some(node_hash(&self.range(start, middle)?, &self.range(middle, end)?))
    }

    /// The root of the complete subtree number `index` of 2^height leaves.
    fn complete(&self, height: u32, index: u64) -> Option<Digest> {
        let row = self.row((height / 8) as usize);
        if height.is_multiple_of(8)
            && let Some(stored) = row.get(usize::try_from(index).ok()?)
        {
            return Some(*stored);
        }
        let below = height.checked_sub(1)?;
        Some(node_hash(&self.complete(below, 2 * index)?, &self.complete(below, 2 * index + 1)?))
    }
}

/// The largest power of two below a length of at least 2.
pub(crate) const fn split(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

#[cfg(test)]
mod tests;
