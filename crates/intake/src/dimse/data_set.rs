//! Whether a data set is the object that its command names: (0008,0016) and (0008,0018) stand among its first elements.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

use super::Uid;

/// Bytes of a data set's beginning that are looked at: whoever receives it keeps so many at hand.
pub const HEAD_BYTES: usize = 64 << 10;

const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// What a look at a data set's beginning tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It names the class and the object that the command names, or its beginning ends before it names any.
    Fits,
    /// It names another.
    Mismatch,
    /// It cannot be read, or is over without naming them.
    Broken,
}

/// Compares the beginning of a data set with what its command names. `whole` says that there is no more of it.
#[must_use]
pub fn fit(head: &[u8], whole: bool, transfer_syntax: &Uid, class: &Uid, instance: &Uid) -> Fit {
    let inflated;
    let (head, whole) = if transfer_syntax.as_str() == DEFLATED {
        let mut bytes = Vec::new();
        let inflating = DeflateDecoder::new(head).take(HEAD_BYTES as u64).read_to_end(&mut bytes);
        let ended = inflating.is_ok() && bytes.len() < HEAD_BYTES;
        if bytes.is_empty() || (whole && inflating.is_err()) {
            return Fit::Broken;
        }
        inflated = bytes;
        (inflated.as_slice(), ended)
    } else {
        (head, whole)
    };
    let mut elements = Elements {
        rest: head,
        big: transfer_syntax.as_str() == BIG_ENDIAN,
        explicit: transfer_syntax.as_str() != IMPLICIT,
    };
    let mut found: [Option<bool>; 2] = [None, None];
    loop {
        match elements.next() {
            Ok(Some((0x0008_0016, value))) => {
                found = [Some(Uid::parse(value).as_ref() == Some(class)), found[1]];
            }
            Ok(Some((0x0008_0018, value))) => {
                found = [found[0], Some(Uid::parse(value).as_ref() == Some(instance))];
            }
            Ok(Some((tag, _))) if tag < 0x0008_0018 => {}
            // Tags ascend: what is not named by now is not named.
            Ok(_) => return verdict(found, true),
            Err(Halt::Early) => return verdict(found, whole),
            Err(Halt::Unknown) => return verdict(found, false),
            Err(Halt::Broken) => return Fit::Broken,
        }
        if let [Some(_), Some(_)] = found {
            return verdict(found, true);
        }
    }
}

fn verdict(found: [Option<bool>; 2], over: bool) -> Fit {
    match found {
        [Some(false), _] | [_, Some(false)] => Fit::Mismatch,
        [Some(true), Some(true)] => Fit::Fits,
        _ if over => Fit::Broken,
        _ => Fit::Fits,
    }
}

/// Why there is no next element.
enum Halt {
    /// The bytes at hand end within it.
    Early,
    /// It does not say how long it is.
    Unknown,
    /// It cannot be one.
    Broken,
}

/// The elements of a data set's beginning, one after the other.
struct Elements<'a> {
    rest: &'a [u8],
    big: bool,
    explicit: bool,
}

impl<'a> Elements<'a> {
    /// Tag and value; none at the end.
    fn next(&mut self) -> Result<Option<(u32, &'a [u8])>, Halt> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let group = self.number16()?;
        let tag = u32::from(group) << 16 | u32::from(self.number16()?);
        let length = self.length()?;
        if length == u32::MAX {
            // A sequence may stand before them. One of unknown length is for the reader of headers to pass over.
            return Err(if tag < 0x0008_0018 { Halt::Unknown } else { Halt::Broken });
        }
        let length = usize::try_from(length).map_err(|_| Halt::Broken)?;
        let (value, rest) = self.rest.split_at_checked(length).ok_or(Halt::Early)?;
        self.rest = rest;
        Ok(Some((tag, value)))
    }

    fn length(&mut self) -> Result<u32, Halt> {
        if !self.explicit {
            return self.number32();
        }
        let [a, b] = self.bytes()?;
        if !(a.is_ascii_uppercase() && b.is_ascii_uppercase()) {
            return Err(Halt::Broken);
        }
        match &[a, b] {
            b"OB" | b"OD" | b"OF" | b"OL" | b"OV" | b"OW" | b"SQ" | b"SV" | b"UC" | b"UN"
            | b"UR" | b"UT" | b"UV" => {
                let [_, _] = self.bytes()?;
                self.number32()
            }
            _ => Ok(u32::from(self.number16()?)),
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Halt> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>().ok_or(Halt::Early)?;
        self.rest = rest;
        Ok(*bytes)
    }

    fn number16(&mut self) -> Result<u16, Halt> {
        let bytes = self.bytes()?;
        Ok(if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn number32(&mut self) -> Result<u32, Halt> {
        let bytes = self.bytes()?;
        Ok(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }
}
