//! One HL7 message: from bytes to text, to segments, to fields and components.
//!
//! Text is decoded before it is split: the bytes of a JIS X 0208 character can equal any separator (formats notes,
//! 0.1 rule 1). CR and LF cannot be part of one, so a line that forgets the escape back to ASCII harms itself only.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, SHIFT_JIS};
use sudare_model::finding::FindingCode;

use super::{codes, jis};
use crate::text::{pieces, positions, trimmed};

/// What decoding met.
#[derive(Default)]
pub(super) struct Decoded {
    pub(super) met: Vec<&'static FindingCode>,
    /// Whether the bytes end inside double-byte text.
    pub(super) open: bool,
}

/// Decodes a message behind a text: ISO-2022-JP, or UTF-8 or CP932 where bytes beyond ASCII show that it is none.
pub(super) fn decode(bytes: &[u8], text: &mut String) -> Decoded {
    let mut decoded = Decoded::default();
    if memchr::memchr(0, bytes).is_some() {
        decoded.met.push(&codes::NUL);
    }
    match std::str::from_utf8(bytes) {
        Ok(plain) if plain.is_ascii() => {
            let mut decoder = Iso2022Jp::new(text);
            decoder.run(plain);
            decoded.open = decoder.open;
            let met = [
                (decoder.bad, &codes::BYTES),
                (decoder.unclosed, &codes::ESCAPE),
                (decoder.foreign, &codes::CHARACTER),
            ];
            decoded.met.extend(met.into_iter().filter(|(met, _)| *met).map(|(_, code)| code));
        }
        Ok(plain) => {
            decoded.met.push(&codes::ENCODING);
            text.push_str(plain);
        }
        Err(_) => {
            decoded.met.push(&codes::ENCODING);
            let (plain, bad) = SHIFT_JIS.decode_without_bom_handling(bytes);
            if bad {
                decoded.met.push(&codes::BYTES);
            }
            text.push_str(&plain);
        }
    }
    decoded
}

/// Character sets of ISO-2022-JP.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Set {
    #[default]
    Ascii,
    Kanji,
    Supplement,
    Kana,
}

/// A decoder that frames the escapes itself and leaves the tables to the EUC-JP decoder: an unclosed run ends with
/// its line, which a decoder of the whole would not allow.
struct Iso2022Jp<'t> {
    text: &'t mut String,
    bad: bool,
    unclosed: bool,
    /// Whether the end of the bytes left it so.
    open: bool,
    foreign: bool,
}

impl<'t> Iso2022Jp<'t> {
    const fn new(text: &'t mut String) -> Self {
        Self { text, bad: false, unclosed: false, open: false, foreign: false }
    }

    fn run(&mut self, plain: &str) {
        self.text.reserve(plain.len() + plain.len() / 4);
        let (mut rest, mut set) = (plain, Set::Ascii);
        while !rest.is_empty() {
            let behind = match set {
                Set::Ascii => self.plain(rest),
                set => self.double(set, rest),
            };
            let (used, next) = match behind.as_bytes() {
                [0x1b, b'$', b'B' | b'@', ..] => (3, Set::Kanji),
                [0x1b, b'(', b'B' | b'J', ..] => (3, Set::Ascii),
                [0x1b, b'(', b'I', ..] => (3, Set::Kana),
                [0x1b, b'$', b'(', b'D', ..] => (4, Set::Supplement),
                [0x1b, ..] => {
                    self.bad = true;
                    self.text.push('\u{fffd}');
                    (1, set)
                }
                // CR or LF inside double-byte text.
                [_, ..] => {
                    self.unclosed = true;
                    (0, Set::Ascii)
                }
                [] => (0, set),
            };
            (rest, set) = (behind.get(used..).unwrap_or_default(), next);
        }
        self.open = set != Set::Ascii;
    }

    /// Text up to the next escape; gives the rest.
    fn plain<'p>(&mut self, rest: &'p str) -> &'p str {
        let stop = memchr::memchr(0x1b, rest.as_bytes());
        let (run, behind) = stop.and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        self.text.push_str(run);
        behind
    }

    /// Text of another set up to the next escape or the end of the line; gives the rest.
    fn double<'p>(&mut self, set: Set, rest: &'p str) -> &'p str {
        let before = self.text.len();
        if set == Set::Kanji {
            let used = jis::push_pairs(rest.as_bytes(), self.text);
            let behind = rest.get(used..).unwrap_or_default();
            if matches!(behind.as_bytes(), [] | [0x1b | b'\r' | b'\n', ..]) {
                return behind;
            }
            self.text.truncate(before);
        }
        let stop = memchr::memchr3(0x1b, b'\r', b'\n', rest.as_bytes());
        let (run, behind) = stop.and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        if !run.is_empty() {
            self.rare(set, run.as_bytes());
        }
        behind
    }

    /// Half-width kana and JIS X 0212, which do not belong here, and double-byte text that is damaged.
    fn rare(&mut self, set: Set, run: &[u8]) {
        self.foreign |= set != Set::Kanji;
        let mut euc = Vec::with_capacity(run.len() * 2);
        match set {
            Set::Kana => euc.extend(run.iter().flat_map(|byte| [0x8e, byte | 0x80])),
            Set::Supplement => {
                for pair in run.chunks(2) {
                    euc.push(0x8f);
                    euc.extend(pair.iter().map(|byte| byte | 0x80));
                }
            }
            _ => euc.extend(run.iter().map(|byte| byte | 0x80)),
        }
        let (decoded, bad) = EUC_JP.decode_without_bom_handling(&euc);
        self.text.push_str(&decoded);
        self.bad |= bad;
    }
}

/// The separators a message states in MSH: all of them are punctuation of ASCII.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Separators {
    pub(super) field: char,
    pub(super) component: char,
    pub(super) repetition: char,
    pub(super) escape: char,
    pub(super) sub: char,
}

/// A separator as the byte it is.
fn ascii(separator: char) -> u8 {
    u8::try_from(separator).unwrap_or_default()
}

/// A message: its text and separators.
#[derive(Clone, Copy)]
pub(super) struct Message<'t> {
    text: &'t str,
    pub(super) separators: Separators,
    /// How many segments the file has before it.
    before: u32,
}

/// The longest segment that is read, in bytes: OBX-5 may have 65,536 characters.
const SEGMENT_MAX: usize = 1 << 20;
/// The most fields of a segment that are looked at.
const FIELDS_MAX: usize = 128;

impl<'t> Message<'t> {
    /// Finds the separators in MSH.
    pub(super) fn parse(text: &'t str) -> Result<Self, &'static FindingCode> {
        let text = text.trim_start_matches(['\u{feff}', '\u{b}', '\r', '\n', ' ']);
        let Some(behind) = text.strip_prefix("MSH") else {
            let mut lines = text.split(['\r', '\n']);
            let alike = lines.any(|line| line.starts_with("PID|"));
            return Err(if alike { &codes::MSH_MISSING } else { &codes::NOT_HL7 });
        };
        let mut next = behind.chars();
        let mut separator = || next.next().filter(|one| one.is_ascii_punctuation());
        let field = separator().ok_or(&codes::SEPARATORS)?;
        let (component, repetition) = (separator(), separator());
        let (escape, sub) = (separator(), separator());
        // A message without escapes or sub-components may leave these out.
        let optional =
            |one: Option<char>, default| one.filter(|one| *one != field).unwrap_or(default);
        let component = component.filter(|one| *one != field).ok_or(&codes::SEPARATORS)?;
        let repetition = repetition.filter(|one| *one != field).ok_or(&codes::SEPARATORS)?;
        let separators = Separators {
            field,
            component,
            repetition,
            escape: optional(escape, '\\'),
            sub: optional(sub, '&'),
        };
        let all = [field, component, repetition, separators.escape, separators.sub];
        let distinct =
            all.iter().enumerate().all(|(at, one)| !all.iter().skip(at + 1).any(|b| b == one));
        if distinct { Ok(Self { text, separators, before: 0 }) } else { Err(&codes::SEPARATORS) }
    }

    /// The same message behind so many segments of its file.
    pub(super) const fn behind(self, before: u32) -> Self {
        Self { before, ..self }
    }

    /// Whether segments end with LF alone.
    pub(super) fn ends_with_lf(&self) -> bool {
        let has = |end: u8| memchr::memchr(end, self.text.as_bytes()).is_some();
        !has(b'\r') && has(b'\n')
    }

    /// Calls `take` with each segment that is not blank and whose name is wanted, by its number in the file; gives how
    /// many there were, wanted or not, and the numbers of those too long to read.
    pub(super) fn each(
        &self,
        wanted: impl Fn(&str) -> bool,
        mut take: impl FnMut(&Segment<'_, 't>),
    ) -> (u32, Vec<u32>) {
        let mut ends = Vec::with_capacity(FIELDS_MAX);
        let mut number = self.before;
        let mut overlong = Vec::new();
        let (text, field) = (self.text, self.separators.field);
        let borders = memchr::memchr2_iter(b'\r', b'\n', text.as_bytes());
        let mut start = 0;
        for border in borders.chain([text.len()]) {
            let line = without_end(text.get(start..border).unwrap_or_default());
            start = border + 1;
            if line.is_empty() {
                continue;
            }
            number += 1;
            if line.len() > SEGMENT_MAX {
                overlong.push(number);
                continue;
            }
            let name = pieces(line, field).next().unwrap_or_default();
            if wanted(name) {
                positions(line.as_bytes(), ascii(field), FIELDS_MAX, &mut ends);
                take(&Segment { name, line, ends: &ends, number, separators: self.separators });
            }
        }
        (number - self.before, overlong)
    }
}

/// A line without what may stand between its last field and its end.
fn without_end(line: &str) -> &str {
    let kept = line.bytes().rposition(|one| !matches!(one, 0x1c | 0x1a | b' '));
    kept.and_then(|at| line.get(..=at)).unwrap_or_default()
}

/// One segment: its fields, by the numbers HL7 gives them.
pub(super) struct Segment<'f, 't> {
    name: &'t str,
    line: &'t str,
    /// The byte behind each field.
    ends: &'f [usize],
    /// Number in the message, from 1.
    pub(super) number: u32,
    pub(super) separators: Separators,
}

impl<'t> Segment<'_, 't> {
    /// The three letters.
    pub(super) const fn name(&self) -> &'t str {
        self.name
    }

    /// The whole of it.
    pub(super) const fn line(&self) -> &'t str {
        self.line
    }

    /// A field as it stands; empty where there is none, or where it is the explicit null `""`.
    pub(super) fn field(&self, number: usize) -> &'t str {
        // MSH-1 is the field separator itself.
        let at = if self.name == "MSH" { number.saturating_sub(1) } else { number };
        let Some(end) = self.ends.get(at) else { return "" };
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |before| before + 1);
        match self.line.get(start..*end).unwrap_or_default() {
            "\"\"" => "",
            field => trimmed(field),
        }
    }

    /// The repetitions of a field.
    pub(super) fn repetitions(&self, number: usize) -> impl Iterator<Item = &'t str> {
        pieces(self.field(number), self.separators.repetition)
    }

    /// A component of the first repetition of a field, both from 1.
    pub(super) fn part(&self, number: usize, component: usize) -> &'t str {
        let first = self.repetitions(number).next().unwrap_or_default();
        self.of(first, component)
    }

    /// The components of a text.
    pub(super) fn components(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        pieces(text, self.separators.component).map(trimmed)
    }

    /// A component of a text, from 1.
    pub(super) fn of(&self, text: &'t str, component: usize) -> &'t str {
        let mut components = pieces(text, self.separators.component);
        trimmed(components.nth(component.saturating_sub(1)).unwrap_or_default())
    }

    /// A sub-component of a text, from 1.
    pub(super) fn sub(&self, text: &'t str, number: usize) -> &'t str {
        let mut parts = pieces(text, self.separators.sub);
        trimmed(parts.nth(number.saturating_sub(1)).unwrap_or_default())
    }

    /// A text with its escapes resolved: `\F\ \S\ \T\ \R\ \E\`, `\.br\` as a line break, `\X..\` as ASCII; other
    /// sequences are dropped.
    pub(super) fn plain<'x>(&self, text: &'x str) -> Cow<'x, str> {
        let escape = self.separators.escape;
        if memchr::memchr(ascii(escape), text.as_bytes()).is_none() {
            return Cow::Borrowed(text);
        }
        let mut plain = String::with_capacity(text.len());
        let mut pieces = text.split(escape);
        plain.push_str(pieces.next().unwrap_or_default());
        while let Some(sequence) = pieces.next() {
            let Some(behind) = pieces.next() else {
                // No second escape: it was a character like any other.
                plain.push(escape);
                plain.push_str(sequence);
                break;
            };
            match sequence {
                "F" => plain.push(self.separators.field),
                "S" => plain.push(self.separators.component),
                "T" => plain.push(self.separators.sub),
                "R" => plain.push(self.separators.repetition),
                "E" => plain.push(escape),
                ".br" | ".sp" => plain.push('\n'),
                other => plain.extend(hexadecimal(other)),
            }
            plain.push_str(behind);
        }
        Cow::Owned(plain)
    }
}

/// The ASCII characters of an `X…` escape.
fn hexadecimal(sequence: &str) -> Vec<char> {
    let Some(digits) = sequence.strip_prefix('X') else { return Vec::new() };
    let value = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok().filter(u8::is_ascii).map(char::from)
    };
    digits.as_bytes().chunks(2).filter_map(value).collect()
}
