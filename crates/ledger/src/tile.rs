//! The static files of the log: paths, tiles and entry bundles of C2SP `tlog-tiles`.
//!
//! | path | bytes |
//! | --- | --- |
//! | `checkpoint` | signed note: origin, size, root |
//! | `tile/<L>/<N>` | 256 hashes of 32 bytes: row `L` from `256 × N` |
//! | `tile/<L>/<N>.p/<W>` | the first `W` of them, while there are no more |
//! | `tile/entries/<N>`, `.p/<W>` | the entries of the same leaves, each after its length (`u16`, big-endian) |
//!
//! `<N>` is written in groups of three digits, all but the last with `x` before: 1234067 is
//! `x001/x234/067`.

/// The path of the signed head of the log.
pub const CHECKPOINT: &str = "checkpoint";

/// The longest entry, bytes: its length is written in two.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// The path of a tile of hashes; `width` is 1 to 256.
#[must_use]
pub fn tile_path(row: usize, number: u64, width: u64) -> String {
    format!("tile/{row}/{}{}", grouped(number), partial(width))
}

/// The path of a bundle of entries; `width` is 1 to 256.
#[must_use]
pub fn bundle_path(number: u64, width: u64) -> String {
    format!("tile/entries/{}{}", grouped(number), partial(width))
}

fn partial(width: u64) -> String {
    if width < 256 { format!(".p/{width}") } else { String::new() }
}

fn grouped(number: u64) -> String {
    let mut rest = number / 1000;
    let mut path = format!("{:03}", number % 1000);
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// Writes an entry behind its length; `None` if it is too long.
#[must_use]
pub fn bundled(bundle: &mut Vec<u8>, entry: &[u8]) -> Option<()> {
    let length = u16::try_from(entry.len()).ok()?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Some(())
}

/// Reads the entries of a bundle; `Err` holds the number of the entry (from 0 in the bundle) that
/// is cut short.
///
/// # Errors
/// The number of the entry at which the bytes end too early.
pub fn unbundled(mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, u64> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let cut = entries.len() as u64;
        let (length, rest) = bytes.split_first_chunk::<2>().ok_or(cut)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, rest) = rest.split_at_checked(length).ok_or(cut)?;
        entries.push(entry.to_owned());
        bytes = rest;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(tile_path(0, 0, 256), "tile/0/000");
        assert_eq!(tile_path(1, 1_234_067, 256), "tile/1/x001/x234/067");
        assert_eq!(tile_path(0, 273, 112), "tile/0/273.p/112");
        assert_eq!(bundle_path(1_000, 1), "tile/entries/x001/000.p/1");
    }

    #[test]
    fn a_bundle_reads_back_and_says_where_it_is_cut() {
        let mut bundle = Vec::new();
        bundled(&mut bundle, b"one").unwrap();
        bundled(&mut bundle, b"").unwrap();
        bundled(&mut bundle, b"three").unwrap();
        assert_eq!(unbundled(&bundle).unwrap(), [b"one".to_vec(), Vec::new(), b"three".to_vec()]);
        assert_eq!(unbundled(&bundle[..bundle.len() - 1]), Err(2));
        assert!(bundled(&mut bundle, &vec![0; ENTRY_BYTES_MAX + 1]).is_none());
    }
}
