//! One sealed file: an `age` file under a data key, bound to the place it belongs to.
//!
//! The plaintext of a sealed file begins with a frame of 32 bytes, the SHA-256 of its place, such as
//! `cleared/<dataset>/<table>/part-0.parquet`; then the content. A file moved or renamed under the same key does not
//! open. `age` cuts the whole into chunks of 64 KiB, each authenticated with its position and whether it is the last,
//! so that a range can be read without the rest, and a cut or a swapped chunk is an error.
//!
//! What it is not for: choosing keys ([`crate::keys`]) or places (their owners). Start at [`DataKey::seal`].

use std::fmt;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use age::stream::{StreamReader, StreamWriter};
use age::x25519::Identity;

use crate::files::Sha256;

/// Bytes of the frame before the content.
const FRAME: u64 = 32;
/// Bytes of content in an `age` chunk, and of the tag after it.
const CHUNK: u64 = 64 * 1024;
const TAG: u64 = 16;
/// Bytes of the nonce between header and chunks.
const NONCE: u64 = 16;
/// More than a header for one recipient ever has.
const HEADER_BYTES_MAX: u64 = 4096;

/// The key of one vault, pack or set of wrapped secrets. Overwritten when dropped; prints nothing.
#[derive(Clone)]
pub struct DataKey(Identity);

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(..)")
    }
}

impl DataKey {
    pub(crate) fn generate() -> Self {
        Self(Identity::generate())
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    pub(crate) fn text(&self) -> age::secrecy::SecretString {
        self.0.to_string()
    }

    pub(crate) fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// Starts a sealed file. What is written goes in encrypted; [`StreamWriter::finish`] must be called, without it
    /// the file does not open.
    ///
    /// # Errors
    /// The writer's.
    pub fn seal<W: Write>(&self, place: &str, out: W) -> io::Result<StreamWriter<W>> {
        let recipient = self.0.to_public();
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let mut writer = encryptor.wrap_output(out)?;
        writer.write_all(frame(place).as_bytes())?;
        Ok(writer)
    }

    /// Opens a sealed file at the beginning of its content.
    ///
    /// # Errors
    /// `InvalidData` if it was not sealed under this key for this place, or was altered; the reader's.
    pub fn open<R: BufRead>(&self, place: &str, input: R) -> io::Result<StreamReader<R>> {
        let decryptor = age::Decryptor::new_buffered(input).map_err(not_sealed)?;
        let identities = std::iter::once(&self.0 as &dyn age::Identity);
        let mut reader = decryptor.decrypt(identities).map_err(not_sealed)?;
        let mut found = [0u8; 32];
        reader.read_exact(&mut found)?;
        if &found == frame(place).as_bytes() {
            Ok(reader)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "a sealed file lies at a foreign place"))
        }
    }

    /// Seals bytes in memory.
    ///
    /// # Errors
    /// The cipher's.
    pub fn seal_bytes<'a>(
        &self,
        place: &str,
        pieces: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<Vec<u8>> {
        let mut writer = self.seal(place, Vec::new())?;
        for piece in pieces {
            writer.write_all(piece)?;
        }
        writer.finish()
    }

    /// Opens a sealed file that fits into memory.
    ///
    /// # Errors
    /// As [`DataKey::open`].
    pub fn open_bytes(&self, place: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(sealed.len());
        self.open(place, sealed)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn frame(place: &str) -> sudare_model::Digest {
    let mut hash = Sha256::new();
    hash.update(b"sudare-place-1\0");
    hash.update(place.as_bytes());
    hash.finish()
}

fn not_sealed(_: age::DecryptError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a file is not sealed under its key, or was altered")
}

/// Moves an opened reader to an offset of the content.
///
/// # Errors
/// The reader's.
pub fn seek<R: Read + Seek>(reader: &mut StreamReader<R>, offset: u64) -> io::Result<()> {
    reader.seek(SeekFrom::Start(offset.saturating_add(FRAME))).map(drop)
}

/// Bytes of content of a sealed file, from its length and its header, which `input` begins with. Not authenticated:
/// whoever reads the last byte learns whether it was true.
///
/// # Errors
/// `InvalidData` if it is not an `age` file of one recipient; the reader's.
pub fn content_length(input: impl BufRead, file_length: u64) -> io::Result<u64> {
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "a file is not sealed");
    let mut input = input.take(HEADER_BYTES_MAX);
    let mut header = 0u64;
    let mut line = Vec::with_capacity(128);
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line)?;
        header += read as u64;
        if read == 0 {
            return Err(invalid());
        }
        if line.starts_with(b"--- ") && line.ends_with(b"\n") {
            break;
        }
    }
    let chunks = file_length.checked_sub(header + NONCE).ok_or_else(invalid)?;
    let tags = chunks.div_ceil(CHUNK + TAG) * TAG;
    chunks.checked_sub(tags + FRAME).ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn sealed(key: &DataKey, place: &str, content: &[u8]) -> Vec<u8> {
        key.seal_bytes(place, std::iter::once(content)).unwrap()
    }

    #[test]
    fn a_sealed_file_opens_at_its_place_alone() {
        let key = DataKey::generate();
        let bytes = sealed(&key, "cleared/d1/person/0", b"content");
        assert_eq!(key.open_bytes("cleared/d1/person/0", &bytes).unwrap(), b"content");
        assert!(key.open_bytes("cleared/d1/person/1", &bytes).is_err());
        assert!(DataKey::generate().open_bytes("cleared/d1/person/0", &bytes).is_err());
        assert!(!bytes.windows(7).any(|window| window == b"content"));
    }

    #[test]
    fn lengths_around_chunks_are_known_without_the_key() {
        let key = DataKey::generate();
        for length in [0, 1, CHUNK - FRAME - 1, CHUNK - FRAME, CHUNK - FRAME + 1, 3 * CHUNK] {
            let bytes = sealed(&key, "p", &vec![7; usize::try_from(length).unwrap()]);
            assert_eq!(content_length(bytes.as_slice(), bytes.len() as u64).unwrap(), length);
        }
        assert!(content_length(b"plain text\n".as_slice(), 11).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_range_reads_as_the_whole_does(length in 0usize..200_000, at in 0usize..200_000) {
            let key = DataKey::generate();
            let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let bytes = sealed(&key, "p", &content);
            let mut reader = key.open("p", Cursor::new(&bytes)).unwrap();
            let at = at.min(length);
            seek(&mut reader, at as u64).unwrap();
            let mut read = Vec::new();
            reader.read_to_end(&mut read).unwrap();
            prop_assert!(read == content[at..]);
        }

        #[test]
        fn one_flipped_byte_is_found(flip in 0usize..70_300) {
            let key = DataKey::generate();
            let mut bytes = sealed(&key, "p", &[7; 70_000]);
            let at = flip % bytes.len();
            bytes[at] ^= 1;
            prop_assert!(key.open_bytes("p", &bytes).is_err());
        }
    }
}
