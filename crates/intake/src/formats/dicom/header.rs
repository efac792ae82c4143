//! The header of one object, element by element, up to its pixels.
//!
//! Values that are not looked at are passed over without being held, whatever length they state; nesting and the
//! bytes of a header are bounded. Wrong lengths and value representations of real systems are read as their readers
//! commonly do: a value representation that is none means that there is none.

use std::io::{self, Read};
use std::ops::Range;

use flate2::read::DeflateDecoder;

use super::tag::{
    CODE_SCHEME, CODE_VALUE, ITEM, ITEM_END, PIXEL_GROUP, PROCEDURE_CODES, SEQUENCE_END,
    TRANSFER_SYNTAX, Tag, WANTED,
};

/// Longest value that is kept: the longest text of the standard that is looked at has 64 characters.
const VALUE_MAX: u32 = 4 << 10;
/// Bytes of a header at most.
const HEADER_MAX: u64 = 256 << 20;
/// Elements and items of a header at most: deflated, 256 MiB of empty ones fit into 256 KiB. One of 5,000 frames with
/// 100 elements for each frame has half a million.
const TAGS_MAX: u32 = 1 << 21;
/// Sequences within sequences.
const DEPTH_MAX: u32 = 32;
/// A length that is not stated.
const UNDEFINED: u32 = u32::MAX;

/// The header cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    /// Where that shows.
    pub(super) byte: u64,
}

/// How elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Syntax {
    explicit: bool,
    big: bool,
}

const IMPLICIT: Syntax = Syntax { explicit: false, big: false };
const EXPLICIT: Syntax = Syntax { explicit: true, big: false };

/// What is kept of a header. Used again for the next object.
#[derive(Debug, Default)]
pub(super) struct Header {
    values: Vec<(Tag, Range<usize>)>,
    bytes: Vec<u8>,
    /// Whether how it is written had to be guessed.
    pub(super) guessed: bool,
    /// Whether the pixels state more bytes than the file has.
    pub(super) truncated: bool,
}

impl Header {
    /// Reads the header of an object of `length` bytes in place of the one before.
    pub(super) fn read(&mut self, object: Box<dyn Read + Send>, length: u64) -> Result<(), Broken> {
        self.values.clear();
        self.bytes.clear();
        (self.guessed, self.truncated) = (false, false);
        let mut source = Source::new(object);
        let result = self.object(&mut source, length);
        // What breaks may have said that it ends behind the object's end.
        result.map_err(|_| Broken { byte: source.passed.min(length) })
    }

    /// A value without the padding at its ends; empty where there is none.
    pub(super) fn value(&self, tag: Tag) -> &[u8] {
        let found = self.values.iter().find(|(known, _)| *known == tag);
        let bytes = found.and_then(|(_, range)| self.bytes.get(range.clone())).unwrap_or_default();
        let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
        bytes.get(..end).unwrap_or_default().trim_ascii_start()
    }

    fn object(&mut self, source: &mut Source, length: u64) -> io::Result<()> {
        if source.peek(132)?.get(128..132) == Some(b"DICM") {
            source.skip(132)?;
        } else {
            self.guessed = true;
        }
        while source.peek(2)? == [2, 0] {
            self.element(source, EXPLICIT, TOP)?;
        }
        let syntax = match self.value(TRANSFER_SYNTAX) {
            b"1.2.840.10008.1.2" => IMPLICIT,
            b"1.2.840.10008.1.2.2" => Syntax { explicit: true, big: true },
            b"1.2.840.10008.1.2.1.99" => {
                source.inflate();
                EXPLICIT
            }
            b"" => {
                self.guessed = true;
                guess(source.peek(6)?)
            }
            _ => EXPLICIT,
        };
        // A syntax that the first element contradicts is not the one it is written in.
        let syntax = match source.peek(6)? {
            [_, _, _, _, b'A'..=b'Z', b'A'..=b'Z'] if !syntax.explicit => {
                self.guessed = true;
                EXPLICIT
            }
            _ => syntax,
        };
        while !source.peek(1)?.is_empty() {
            if self.element(source, syntax, TOP)? == End::Pixels {
                let stated = source.last_length;
                let left = length.saturating_sub(source.passed);
                self.truncated =
                    stated != UNDEFINED && u64::from(stated) > left && !source.inflated;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// What ended where an element was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Element,
    Item,
    Pixels,
}

/// Where an element stands.
#[derive(Clone, Copy)]
struct Inside {
    depth: u32,
    /// The sequence it is an item of.
    sequence: Option<Tag>,
}

const TOP: Inside = Inside { depth: 0, sequence: None };

impl Header {
    fn element(&mut self, source: &mut Source, syntax: Syntax, inside: Inside) -> io::Result<End> {
        let tag = source.tag(syntax.big)?;
        if tag == ITEM_END {
            source.number32(syntax.big)?;
            return Ok(End::Item);
        }
        let (kind, length) = source.kind_and_length(syntax)?;
        if inside.depth == 0 && tag >> 16 >= PIXEL_GROUP {
            source.last_length = length;
            return Ok(End::Pixels);
        }
        let codes = tag == PROCEDURE_CODES && inside.depth == 0;
        if length == UNDEFINED || codes {
            // Of an element whose kind is unknown, the items are implicit and little-endian (PS3.5 6.2.2).
            let syntax = if kind == *b"UN" { IMPLICIT } else { syntax };
            let inside = Inside { depth: inside.depth + 1, sequence: Some(tag) };
            return self.sequence(source, syntax, inside, length).map(|()| End::Element);
        }
        let wanted = match inside.sequence {
            None => WANTED.contains(&tag),
            Some(PROCEDURE_CODES) => inside.depth == 1 && matches!(tag, CODE_VALUE | CODE_SCHEME),
            Some(_) => false,
        };
        let new = !self.values.iter().any(|(known, _)| *known == tag);
        if wanted && new && length <= VALUE_MAX {
            let start = self.bytes.len();
            let count = usize::try_from(length).map_err(io::Error::other)?;
            self.bytes.extend_from_slice(source.take(count)?);
            self.values.push((tag, start..self.bytes.len()));
        } else {
            source.skip(u64::from(length))?;
        }
        Ok(End::Element)
    }

    /// The items of a sequence, to its end.
    fn sequence(
        &mut self,
        source: &mut Source,
        syntax: Syntax,
        inside: Inside,
        length: u32,
    ) -> io::Result<()> {
        if inside.depth > DEPTH_MAX {
            return Err(malformed());
        }
        let end = (length != UNDEFINED).then(|| source.passed + u64::from(length));
        while end.is_none_or(|end| source.passed < end) {
            let tag = source.tag(syntax.big)?;
            let length = source.number32(syntax.big)?;
            match tag {
                SEQUENCE_END => return Ok(()),
                ITEM if length == UNDEFINED => {
                    while self.element(source, syntax, inside)? != End::Item {}
                }
                ITEM if inside.sequence == Some(PROCEDURE_CODES) => {
                    let end = source.passed + u64::from(length);
                    while source.passed < end {
                        self.element(source, syntax, inside)?;
                    }
                }
                ITEM => source.skip(u64::from(length))?,
                _ => return Err(malformed()),
            }
        }
        Ok(())
    }
}

/// How an object without a transfer syntax is written, from its first tag and what follows.
fn guess(first: &[u8]) -> Syntax {
    Syntax {
        explicit: matches!(first, [_, _, _, _, b'A'..=b'Z', b'A'..=b'Z']),
        big: matches!(first, [0, 1..=0x10, ..]),
    }
}

fn malformed() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// The bytes of an object, forward only.
struct Source {
    inner: Box<dyn Read + Send>,
    held: Vec<u8>,
    at: usize,
    /// Bytes passed, those of a deflated object as they come out.
    passed: u64,
    last_length: u32,
    inflated: bool,
    /// Tags read.
    tags: u32,
}

impl Source {
    fn new(inner: Box<dyn Read + Send>) -> Self {
        Self { inner, held: Vec::new(), at: 0, passed: 0, last_length: 0, inflated: false, tags: 0 }
    }

    /// The next bytes, fewer at the end.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        const AT_ONCE: u64 = 8 << 10;
        if self.held.len() - self.at < count {
            self.held.drain(..self.at);
            self.at = 0;
            while self.held.len() < count {
                if self.inner.by_ref().take(AT_ONCE).read_to_end(&mut self.held)? == 0 {
                    break;
                }
            }
        }
        let end = self.held.len().min(self.at + count);
        Ok(self.held.get(self.at..end).unwrap_or_default())
    }

    /// The next bytes, all of them.
    fn take(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.peek(count)?.len() < count {
            return Err(malformed());
        }
        let start = self.at;
        self.at += count;
        self.pass(count as u64)?;
        Ok(self.held.get(start..self.at).unwrap_or_default())
    }

    fn pass(&mut self, count: u64) -> io::Result<()> {
        self.passed += count;
        if self.passed > HEADER_MAX { Err(malformed()) } else { Ok(()) }
    }

    fn skip(&mut self, count: u64) -> io::Result<()> {
        self.pass(count)?;
        let held = (self.held.len() - self.at) as u64;
        if count <= held {
            self.at += usize::try_from(count).map_err(io::Error::other)?;
            return Ok(());
        }
        self.at = self.held.len();
        let rest = count - held;
        let skipped = io::copy(&mut self.inner.by_ref().take(rest), &mut io::sink())?;
        if skipped == rest { Ok(()) } else { Err(malformed()) }
    }

    /// What follows is deflated.
    fn inflate(&mut self) {
        let held = io::Cursor::new(self.held.split_off(self.at));
        let inner = std::mem::replace(&mut self.inner, Box::new(io::empty()));
        self.inner = Box::new(DeflateDecoder::new(held.chain(inner)));
        self.inflated = true;
    }

    fn number16(&mut self, big: bool) -> io::Result<u16> {
        match self.take(2)? {
            [a, b] if big => Ok(u16::from_be_bytes([*a, *b])),
            [a, b] => Ok(u16::from_le_bytes([*a, *b])),
            _ => Err(malformed()),
        }
    }

    fn number32(&mut self, big: bool) -> io::Result<u32> {
        match self.take(4)? {
            [a, b, c, d] if big => Ok(u32::from_be_bytes([*a, *b, *c, *d])),
            [a, b, c, d] => Ok(u32::from_le_bytes([*a, *b, *c, *d])),
            _ => Err(malformed()),
        }
    }

    fn tag(&mut self, big: bool) -> io::Result<Tag> {
        self.tags += 1;
        if self.tags > TAGS_MAX {
            return Err(malformed());
        }
        let group = self.number16(big)?;
        Ok(u32::from(group) << 16 | u32::from(self.number16(big)?))
    }

    /// The value representation, `--` where there is none, and the length.
    fn kind_and_length(&mut self, syntax: Syntax) -> io::Result<([u8; 2], u32)> {
        let kind = match self.peek(2)? {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] if syntax.explicit => [*a, *b],
            _ => return Ok((*b"--", self.number32(syntax.big)?)),
        };
        self.take(2)?;
        let long = matches!(
            &kind,
            b"OB"
                | b"OD"
                | b"OF"
                | b"OL"
                | b"OV"
                | b"OW"
                | b"SQ"
                | b"SV"
                | b"UC"
                | b"UN"
                | b"UR"
                | b"UT"
                | b"UV"
        );
        if long {
            self.take(2)?;
            return Ok((kind, self.number32(syntax.big)?));
        }
        Ok((kind, u32::from(self.number16(syntax.big)?)))
    }
}
