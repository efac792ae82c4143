//! Every byte of every file, rebuilt from the entries.

use aws_lc_rs::digest::{SHA256, digest};
use sudare_model::Digest;

use super::{Fault, Story, Wrong};
use crate::note::{Checkpoint, Verifier};
use crate::storage::ReadLog;

/// Hashes of a tile, entries of a bundle.
const WIDTH: u64 = 256;

/// What the leaves of the log are, with the file that each came from named by its number.
pub(super) struct Leaves(Vec<[u8; 32]>);

pub(super) fn checkpoint(source: &dyn ReadLog, verifier: &Verifier) -> Result<Checkpoint, Fault> {
    let note = must_read(source, "checkpoint", None)?;
    verifier.open(&note).map_err(|note| fault("checkpoint", None, Wrong::Note(note)))
}

/// Reads every entry, tells it to the story, and gives the leaf hashes.
pub(super) fn leaves(source: &dyn ReadLog, size: u64, story: &mut Story) -> Result<Leaves, Fault> {
    let mut leaves = Vec::new();
    for number in 0..size.div_ceil(WIDTH) {
        let first = number * WIDTH;
        let width = WIDTH.min(size - first);
        let file = path("entries", number, width);
        let (bytes, exact) = part_or_whole(source, &file, &path("entries", number, WIDTH), first)?;
        let mut rest = bytes.as_slice();
        for index in first..first + width {
            let (entry, after) =
                next_entry(rest).ok_or_else(|| fault(&file, Some(index), Wrong::Bundle))?;
            leaves.push(hash(&[0], entry));
            story.tell(index, entry, &file);
            rest = after;
        }
        if exact && !rest.is_empty() {
            return Err(fault(&file, Some(first + width - 1), Wrong::Bundle));
        }
    }
    Ok(Leaves(leaves))
}

/// Compares the root; if it differs, finds the first entry that its tile does not know.
pub(super) fn root(
    source: &dyn ReadLog,
    leaves: &Leaves,
    checkpoint: &Checkpoint,
) -> Result<(), Fault> {
    if Digest::from_bytes(tree(&leaves.0)) == checkpoint.root {
        return Ok(());
    }
    let size = checkpoint.size;
    for (number, expected) in (0u64..).zip(leaves.0.chunks(256)) {
        let first = number * WIDTH;
        let width = expected.len() as u64;
        let file = path("0", number, width);
        let (tile, _) = part_or_whole(source, &file, &path("0", number, WIDTH), first)?;
        for (index, (ours, theirs)) in (first..).zip(expected.iter().zip(tile.chunks(32))) {
            if ours != theirs {
                let bundle = path("entries", number, WIDTH.min(size - first));
                return Err(fault(&bundle, Some(index), Wrong::Entry));
            }
        }
    }
    Err(fault("checkpoint", None, Wrong::Root))
}

/// Compares every tile, and the partial tiles that earlier sizes left in the last place of each
/// row.
pub(super) fn tiles(source: &dyn ReadLog, leaves: &Leaves) -> Result<(), Fault> {
    let mut row = leaves.0.clone();
    let mut span = 1u64;
    for level in 0u32.. {
        let name = level.to_string();
        for (number, hashes) in (0u64..).zip(row.chunks(256)) {
            let first = number * WIDTH;
            let entry = |at: usize| Some((first + at as u64).saturating_mul(span));
            let expected = hashes.concat();
            let width = hashes.len() as u64;
            let file = path(&name, number, width);
            let (mut tile, exact) =
                part_or_whole(source, &file, &path(&name, number, WIDTH), first * span)?;
            if !exact {
                tile.truncate(expected.len());
            }
            if tile != expected {
                let same = tile.iter().zip(&expected).take_while(|(a, b)| a == b).count();
                return Err(fault(&file, entry(same / 32), Wrong::Tile));
            }
        }
        if let Some((number, hashes)) = (0u64..).zip(row.chunks(256)).last() {
            let begins =
                |width: u64| hashes.iter().take(narrow(width)).flatten().copied().collect();
            partials(source, &name, number, hashes.len() as u64, begins)?;
        }
        row = row.chunks_exact(256).map(tree).collect();
        span = span.saturating_mul(WIDTH);
        if row.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Compares the partial bundles that earlier sizes left in the last place.
pub(super) fn partial_bundles(source: &dyn ReadLog, size: u64) -> Result<(), Fault> {
    let Some(last) = size.checked_sub(1) else { return Ok(()) };
    let number = last / WIDTH;
    let width = size - number * WIDTH;
    let file = path("entries", number, width);
    let (bytes, _) = part_or_whole(source, &file, &path("entries", number, WIDTH), last)?;
    let mut ends = vec![0];
    let mut rest = bytes.as_slice();
    while let Some((_, after)) = next_entry(rest) {
        ends.push(bytes.len() - after.len());
        rest = after;
    }
    let begins = |width: u64| {
        let end = ends.get(narrow(width)).copied().unwrap_or_default();
        bytes.iter().take(end).copied().collect()
    };
    partials(source, "entries", number, width, begins)
}

fn partials(
    source: &dyn ReadLog,
    row: &str,
    number: u64,
    width: u64,
    begins: impl Fn(u64) -> Vec<u8>,
) -> Result<(), Fault> {
    for narrower in 1..width {
        let file = path(row, number, narrower);
        if let Some(bytes) = may_read(source, &file, None)?
            && bytes != begins(narrower)
        {
            return Err(fault(&file, None, Wrong::Partial));
        }
    }
    Ok(())
}

/// RFC 6962 section 2.1, word for word.
fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
    match leaves {
        [] => hash(&[], &[]),
        [leaf] => *leaf,
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            let (left, right) = leaves.split_at(k);
            hash(&[1], &[tree(left), tree(right)].concat())
        }
    }
}

fn hash(prefix: &[u8], bytes: &[u8]) -> [u8; 32] {
    <[u8; 32]>::try_from(digest(&SHA256, &[prefix, bytes].concat()).as_ref()).unwrap_or_default()
}

/// The first entry of a bundle and what follows it.
fn next_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(2)?;
    let length = length.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
    rest.split_at_checked(length)
}

fn path(row: &str, number: u64, width: u64) -> String {
    let digits = number.to_string();
    let padded = format!("{}{digits}", "0".repeat((3 - digits.len() % 3) % 3));
    let mut groups: Vec<String> = padded
        .as_bytes()
        .chunks(3)
        .map(|group| group.iter().copied().map(char::from).collect())
        .collect();
    let last = groups.pop().unwrap_or_default();
    let above: String = groups.iter().map(|group| format!("x{group}/")).collect();
    let part = if width == WIDTH { String::new() } else { format!(".p/{width}") };
    format!("tile/{row}/{above}{last}{part}")
}

/// A partial file may be gone once its whole is there; `true` says that the file asked for was
/// there.
fn part_or_whole(
    source: &dyn ReadLog,
    part: &str,
    whole: &str,
    entry: u64,
) -> Result<(Vec<u8>, bool), Fault> {
    if let Some(bytes) = may_read(source, part, Some(entry))? {
        return Ok((bytes, true));
    }
    match may_read(source, whole, Some(entry))? {
        Some(bytes) => Ok((bytes, false)),
        None => Err(fault(part, Some(entry), Wrong::Missing)),
    }
}

fn must_read(source: &dyn ReadLog, file: &str, entry: Option<u64>) -> Result<Vec<u8>, Fault> {
    may_read(source, file, entry)?.ok_or_else(|| fault(file, entry, Wrong::Missing))
}

fn may_read(
    source: &dyn ReadLog,
    file: &str,
    entry: Option<u64>,
) -> Result<Option<Vec<u8>>, Fault> {
    source.read(file).map_err(|error| fault(file, entry, Wrong::Unreadable(error.to_string())))
}

fn fault(file: &str, entry: Option<u64>, wrong: Wrong) -> Fault {
    Fault { file: file.to_owned(), entry, wrong }
}

fn narrow(width: u64) -> usize {
    usize::try_from(width).unwrap_or(usize::MAX)
}
