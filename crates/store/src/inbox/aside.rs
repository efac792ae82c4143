//! What a list does not keep in memory: pieces in a file without a name, sealed under a key that is kept nowhere.
//!
//! The list names patients, so nothing of it is written in clear. The file lies in the system's folder for temporary
//! files (`TMPDIR`), has no name there, and is gone with the process, however that ends; so is the key.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use zeroize::Zeroizing;

/// A piece put aside.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    start: u64,
    /// Bytes, sealed.
    length: usize,
    nonce: [u8; 12],
}

/// The file, and its key.
pub(super) struct Aside {
    key: RandomizedNonceKey,
    file: File,
    end: u64,
}

impl Aside {
    /// Makes the file.
    ///
    /// # Errors
    /// The system's, where it has no folder for such files.
    pub(super) fn new() -> io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(&mut *key).map_err(unsealed)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*key).map_err(unsealed)?;
        Ok(Self { key, file: tempfile::tempfile()?, end: 0 })
    }

    /// Puts bytes aside.
    ///
    /// # Errors
    /// The file's, such as a full disk; what was put aside before stays.
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<Piece> {
        let (start, mut sealed) = (self.end, bytes.to_vec());
        let nonce =
            self.key.seal_in_place_append_tag(place(start), &mut sealed).map_err(unsealed)?;
        self.file.write_all_at(&sealed, start)?;
        self.end += sealed.len() as u64;
        Ok(Piece { start, length: sealed.len(), nonce: *nonce.as_ref() })
    }

    /// What was put aside.
    ///
    /// # Errors
    /// The file's; `InvalidData` where somebody altered it.
    pub(super) fn get(&self, piece: Piece) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; piece.length];
        self.file.read_exact_at(&mut bytes, piece.start)?;
        let nonce = Nonce::from(&piece.nonce);
        let opened = self.key.open_in_place(nonce, place(piece.start), &mut bytes);
        let length = opened.map_err(unsealed)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// A piece opens where it was put alone.
fn place(start: u64) -> Aad<[u8; 8]> {
    Aad::from(start.to_le_bytes())
}

fn unsealed(_: Unspecified) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a piece of a list does not seal or open")
}

#[cfg(test)]
impl Aside {
    /// Writes over all that was put.
    pub(super) fn damage(&self) {
        self.file.write_all_at(&vec![0; usize::try_from(self.end).unwrap()], 0).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_and_are_not_to_be_read_in_the_file() {
        let mut aside = Aside::new().unwrap();
        let pieces: Vec<Vec<u8>> =
            (0u8..5).map(|at| b"0000012345/".repeat(usize::from(at) * 3000)).collect();
        let put: Vec<Piece> = pieces.iter().map(|piece| aside.put(piece).unwrap()).collect();
        for (piece, put) in pieces.iter().zip(&put).rev() {
            assert_eq!(&aside.get(*put).unwrap(), piece);
        }
        let mut bytes = vec![0; usize::try_from(aside.end).unwrap()];
        aside.file.read_exact_at(&mut bytes, 0).unwrap();
        assert!(!bytes.windows(10).any(|window| window == b"0000012345"));
    }

    #[test]
    fn a_piece_that_was_altered_or_moved_does_not_open() {
        let mut aside = Aside::new().unwrap();
        let (first, second) = (aside.put(b"one").unwrap(), aside.put(b"two").unwrap());
        let mut sealed = vec![0; second.length];
        aside.file.read_exact_at(&mut sealed, second.start).unwrap();
        aside.file.write_all_at(&sealed, first.start).unwrap();
        assert!(aside.get(Piece { start: first.start, ..second }).is_err());
        assert_eq!(aside.get(second).unwrap(), b"two");
        let last = sealed.last_mut().unwrap();
        *last ^= 1;
        aside.file.write_all_at(&sealed, second.start).unwrap();
        assert!(aside.get(second).is_err());
    }
}
