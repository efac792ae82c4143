//! Searching: one automaton over all spellings, streamed over every file, and into what is compressed.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::spelling::{Needle, SPELLING_BYTES_MIN, spellings};

mod zip;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 4 << 20;
/// Letters from which a run of base64 is decoded and searched too.
const BASE64_RUN_MIN: usize = 64;
/// Digits up to which a number counts only as a whole one: within a longer number they would be chance.
const SHORT_NUMBER: usize = 9;
/// Containers within containers that are opened.
const DEPTH_MAX: usize = 4;

/// Why a hunt could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HuntError {
    /// A needle too short to be told from chance.
    #[error("needle `{0}` is too short to be told from chance")]
    Short(String),
    /// The automaton could not be built.
    #[error("the needles do not fit one automaton")]
    Automaton(#[from] aho_corasick::BuildError),
    /// A file or folder could not be read: what was not read was not searched.
    #[error("`{0}` could not be read")]
    Read(PathBuf, #[source] io::Error),
}

/// A needle that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// The file, and what was opened inside it, such as `a.json > base64`.
    pub place: String,
    /// The needle's label.
    pub label: String,
    /// How it was written.
    pub how: String,
}

/// What a hunt looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Files searched.
    pub files: u64,
    /// Bytes searched, what was decompressed included.
    pub bytes: u64,
    /// What was found, once for each place, needle and spelling.
    pub sightings: BTreeSet<Sighting>,
}

/// The needles, ready to be looked for.
#[derive(Debug)]
pub struct Hunter {
    automaton: AhoCorasick,
    /// Label and spelling of each pattern.
    names: Vec<(String, String)>,
    longest: usize,
}

impl Hunter {
    /// Spells the needles and builds the automaton.
    ///
    /// # Errors
    /// [`HuntError::Short`] for a needle under [`SPELLING_BYTES_MIN`] bytes.
    pub fn new(needles: &[Needle]) -> Result<Self, HuntError> {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for needle in needles {
            if needle.text.len() < SPELLING_BYTES_MIN {
                return Err(HuntError::Short(needle.label.clone()));
            }
            for spelling in spellings(&needle.text) {
                patterns.push(spelling.bytes);
                names.push((needle.label.clone(), spelling.how));
            }
        }
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        Ok(Self { automaton: AhoCorasick::new(&patterns)?, names, longest })
    }

    /// How many spellings are looked for.
    #[must_use]
    pub fn spellings(&self) -> usize {
        self.names.len()
    }

    /// Searches a folder, its file names included. `spared` folders are not entered.
    ///
    /// # Errors
    /// [`HuntError::Read`] if anything there cannot be read.
    pub fn folder(&self, folder: &Path, spared: &[&Path]) -> Result<Account, HuntError> {
        let mut account = Account::default();
        let walk = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| !spared.contains(&entry.path())) {
            let entry = entry.map_err(|error| HuntError::Read(folder.into(), error.into()))?;
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
            self.look(name.as_bytes(), &format!("{name} > name"), &mut account);
            if entry.file_type().is_file() {
                self.file(path, &name, &mut account)
                    .map_err(|error| HuntError::Read(path.into(), error))?;
            }
        }
        Ok(account)
    }

    fn file(&self, path: &Path, place: &str, account: &mut Account) -> io::Result<()> {
        account.files += 1;
        self.stream(&mut File::open(path)?, place, 0, account)?;
        let mut magic = [0; 4];
        let mut file = File::open(path)?;
        if file.read_exact(&mut magic).is_ok() && magic == *b"PAR1" {
            // A file that only begins like Parquet was searched as bytes above.
            if let Ok(reader) = SerializedFileReader::new(File::open(path)?) {
                self.parquet(&reader, place, account);
            }
        }
        Ok(())
    }

    /// Every page of a Parquet file, decompressed. An encrypted page does not open and is passed over.
    fn parquet(&self, reader: &SerializedFileReader<File>, place: &str, account: &mut Account) {
        let place = format!("{place} > Parquet page");
        for group in (0..reader.num_row_groups()).filter_map(|at| reader.get_row_group(at).ok()) {
            for column in 0..group.num_columns() {
                let Ok(mut pages) = group.get_column_page_reader(column) else { continue };
                while let Ok(Some(page)) = pages.get_next_page() {
                    self.look(page.buffer(), &place, account);
                }
            }
        }
    }

    /// Searches a stream, and what it is a container of. A container that breaks off was searched up to there.
    fn stream(
        &self,
        from: &mut dyn Read,
        place: &str,
        depth: usize,
        account: &mut Account,
    ) -> io::Result<()> {
        let mut kept: Vec<u8> = Vec::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut first = true;
        // A whole container is kept only when it begins like one.
        let mut container: Option<Vec<u8>> = None;
        loop {
            let read = fill(from, &mut chunk)?;
            let fresh = chunk.get(..read).unwrap_or_default();
            if first {
                first = false;
                container = is_compressed(fresh).then(Vec::new);
            }
            if let Some(container) = &mut container {
                container.extend_from_slice(fresh);
            }
            account.bytes += read as u64;
            kept.extend_from_slice(fresh);
            self.search(&kept, place, account);
            self.decode_runs(&kept, place, depth, account)?;
            if read < CHUNK_BYTES {
                break;
            }
            let overlap = self.longest.max(BASE64_RUN_MIN).min(kept.len());
            kept.drain(..kept.len() - overlap);
        }
        match container {
            Some(bytes) if depth < DEPTH_MAX => self.open(&bytes, place, depth, account),
            _ => Ok(()),
        }
    }

    fn open(
        &self,
        bytes: &[u8],
        place: &str,
        depth: usize,
        account: &mut Account,
    ) -> io::Result<()> {
        if bytes.starts_with(zip::MAGIC) {
            for (name, member) in zip::members(bytes) {
                self.look(name, &format!("{place} > name"), account);
                let place = format!("{place} > {}", String::from_utf8_lossy(name));
                self.stream(&mut member.as_slice(), &place, depth + 1, account)?;
            }
            return Ok(());
        }
        let mut inside: Box<dyn Read> = if bytes.starts_with(GZIP) {
            Box::new(flate2::read::MultiGzDecoder::new(bytes))
        } else {
            Box::new(zstd::Decoder::new(bytes)?)
        };
        let place = format!("{place} > decompressed");
        self.stream(&mut Lenient(BufReader::new(&mut *inside)), &place, depth + 1, account)
    }

    /// Long runs of base64 (a certificate's payload) are decoded and searched as files of their own. A run that begins
    /// where the buffer does may have been cut there, so it is tried from each of its first four letters.
    fn decode_runs(
        &self,
        bytes: &[u8],
        place: &str,
        depth: usize,
        account: &mut Account,
    ) -> io::Result<()> {
        if depth >= DEPTH_MAX {
            return Ok(());
        }
        let place = format!("{place} > base64");
        let runs = bytes.split(|byte| !is_base64(*byte)).enumerate();
        for (at, run) in runs.filter(|(_, run)| run.len() >= BASE64_RUN_MIN) {
            for skipped in 0..if at == 0 { 4 } else { 1 } {
                if let Some(inside) = decode(run.get(skipped..).unwrap_or_default()) {
                    self.stream(&mut inside.as_slice(), &place, depth + 1, account)?;
                }
            }
        }
        Ok(())
    }

    fn look(&self, bytes: &[u8], place: &str, account: &mut Account) {
        account.bytes += bytes.len() as u64;
        self.search(bytes, place, account);
    }

    fn search(&self, bytes: &[u8], place: &str, account: &mut Account) {
        for found in self.automaton.find_overlapping_iter(bytes) {
            if is_part_of_number(bytes, found.start()..found.end()) {
                continue;
            }
            if let Some((label, how)) = self.names.get(found.pattern().as_usize()) {
                account.sightings.insert(Sighting {
                    place: place.into(),
                    label: label.clone(),
                    how: how.clone(),
                });
            }
        }
    }
}

/// Whether these bytes are a short number within a longer one.
fn is_part_of_number(bytes: &[u8], at: Range<usize>) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let beside = || {
        let before = at.start.checked_sub(1).and_then(|before| bytes.get(before));
        is_digit(before) || is_digit(bytes.get(at.end))
    };
    at.len() <= SHORT_NUMBER
        && bytes.get(at.clone()).is_some_and(|found| found.iter().all(u8::is_ascii_digit))
        && beside()
}

const GZIP: &[u8] = b"\x1f\x8b\x08";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

fn is_compressed(head: &[u8]) -> bool {
    head.starts_with(GZIP) || head.starts_with(ZSTD) || head.starts_with(zip::MAGIC)
}

/// A letter of either alphabet of base64.
const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Decodes whole groups of four letters of either alphabet.
fn decode(run: &[u8]) -> Option<Vec<u8>> {
    let standard = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let letters: Vec<u8> = run.chunks_exact(4).flatten().map(standard).collect();
    STANDARD_NO_PAD.decode(letters).ok()
}

/// Reads until the buffer is full or the stream ends.
fn fill(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A decoder whose failure ends the stream: what looked compressed and was not has been searched as bytes.
struct Lenient<R>(R);

impl<R: Read> Read for Lenient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read(buffer).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests;
