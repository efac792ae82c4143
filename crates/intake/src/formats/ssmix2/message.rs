//! One HL7 message: from bytes to text, to segments, to fields and components.
//!
//! Text is decoded before it is split: the bytes of a JIS X 0208 character can equal any separator (formats notes,
//! 0.1 rule 1). CR and LF cannot be part of one, so a line that forgets the escape back to ASCII harms itself only.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, SHIFT_JIS};
use sudare_model::finding::FindingCode;

use super::codes;

/// Decoded text and what decoding met.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    pub(super) met: Vec<&'static FindingCode>,
    /// Whether the bytes end inside double-byte text.
    pub(super) open: bool,
}

/// Decodes a message: ISO-2022-JP, or UTF-8 or CP932 where bytes beyond ASCII show that it is none.
pub(super) fn decode(bytes: &[u8]) -> Decoded<'_> {
    let (mut met, mut open) = (Vec::new(), false);
    if memchr::memchr(0, bytes).is_some() {
        met.push(&codes::NUL);
    }
    let text = if !bytes.is_ascii() {
        met.push(&codes::ENCODING);
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                let (text, bad) = SHIFT_JIS.decode_without_bom_handling(bytes);
                if bad {
                    met.push(&codes::BYTES);
                }
                text
            }
        }
    } else if memchr::memchr(0x1b, bytes).is_some() {
        let mut decoder = Iso2022Jp::default();
        decoder.run(bytes);
        open = decoder.open;
        if decoder.bad {
            met.push(&codes::BYTES);
        }
        if decoder.unclosed {
            met.push(&codes::ESCAPE);
        }
        if decoder.foreign {
            met.push(&codes::CHARACTER);
        }
        Cow::Owned(decoder.text)
    } else {
        Cow::Borrowed(std::str::from_utf8(bytes).unwrap_or_default())
    };
    Decoded { text, met, open }
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
#[derive(Default)]
struct Iso2022Jp {
    text: String,
    euc: Vec<u8>,
    bad: bool,
    unclosed: bool,
    /// Whether the end of the bytes left it so.
    open: bool,
    foreign: bool,
}

impl Iso2022Jp {
    fn run(&mut self, bytes: &[u8]) {
        self.text.reserve(bytes.len() + bytes.len() / 4);
        let (mut rest, mut set) = (bytes, Set::Ascii);
        while !rest.is_empty() {
            let stop = match set {
                Set::Ascii => memchr::memchr(0x1b, rest),
                _ => memchr::memchr3(0x1b, b'\r', b'\n', rest),
            };
            let stop = stop.unwrap_or(rest.len());
            let (run, behind) = rest.split_at_checked(stop).unwrap_or((rest, &[]));
            self.push(set, run);
            (rest, set) = match behind {
                [0x1b, b'$', b'B' | b'@', tail @ ..] => (tail, Set::Kanji),
                [0x1b, b'(', b'B' | b'J', tail @ ..] => (tail, Set::Ascii),
                [0x1b, b'(', b'I', tail @ ..] => (tail, Set::Kana),
                [0x1b, b'$', b'(', b'D', tail @ ..] => (tail, Set::Supplement),
                [0x1b, tail @ ..] => {
                    self.bad = true;
                    self.text.push('\u{fffd}');
                    (tail, set)
                }
                // CR or LF inside double-byte text.
                [_, ..] => {
                    self.unclosed = true;
                    (behind, Set::Ascii)
                }
                [] => (&[][..], set),
            };
        }
        self.open = set != Set::Ascii;
    }

    fn push(&mut self, set: Set, run: &[u8]) {
        if run.is_empty() {
            return;
        }
        if set == Set::Ascii {
            self.text.push_str(std::str::from_utf8(run).unwrap_or_default());
            return;
        }
        self.foreign |= set != Set::Kanji;
        self.euc.clear();
        match set {
            Set::Kana => self.euc.extend(run.iter().flat_map(|byte| [0x8e, byte | 0x80])),
            Set::Supplement => {
                for pair in run.chunks(2) {
                    self.euc.push(0x8f);
                    self.euc.extend(pair.iter().map(|byte| byte | 0x80));
                }
            }
            _ => self.euc.extend(run.iter().map(|byte| byte | 0x80)),
        }
        let mut decoder = EUC_JP.new_decoder_without_bom_handling();
        let most = decoder.max_utf8_buffer_length(self.euc.len()).unwrap_or(self.euc.len() * 3);
        self.text.reserve(most);
        let (_, _, bad) = decoder.decode_to_string(&self.euc, &mut self.text, true);
        self.bad |= bad;
    }
}

/// The separators a message states in MSH.
#[derive(Clone, Copy)]
pub(super) struct Separators {
    pub(super) field: char,
    pub(super) component: char,
    pub(super) repetition: char,
    pub(super) escape: char,
    pub(super) sub: char,
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
        !self.text.contains('\r') && self.text.contains('\n')
    }

    /// Calls `take` with each segment that is not blank, by its number in the file; gives how many there were and the
    /// numbers of those too long to read.
    pub(super) fn each(&self, mut take: impl FnMut(&Segment<'_, 't>)) -> (u32, Vec<u32>) {
        let mut fields = Vec::with_capacity(FIELDS_MAX);
        let mut number = self.before;
        let mut overlong = Vec::new();
        for line in self.text.split(['\r', '\n']) {
            let line = line.trim_end_matches(['\u{1c}', '\u{1a}', ' ']);
            if line.is_empty() {
                continue;
            }
            number += 1;
            if line.len() > SEGMENT_MAX {
                overlong.push(number);
                continue;
            }
            fields.clear();
            fields.extend(line.split(self.separators.field).take(FIELDS_MAX));
            take(&Segment { fields: &fields, number, separators: self.separators });
        }
        (number - self.before, overlong)
    }
}

/// One segment: its fields, by the numbers HL7 gives them.
pub(super) struct Segment<'f, 't> {
    fields: &'f [&'t str],
    /// Number in the message, from 1.
    pub(super) number: u32,
    pub(super) separators: Separators,
}

impl<'t> Segment<'_, 't> {
    /// The three letters.
    pub(super) fn name(&self) -> &'t str {
        self.fields.first().copied().unwrap_or_default()
    }

    /// A field as it stands; empty where there is none, or where it is the explicit null `""`.
    pub(super) fn field(&self, number: usize) -> &'t str {
        // MSH-1 is the field separator itself.
        let at = if self.name() == "MSH" { number.saturating_sub(1) } else { number };
        match self.fields.get(at).copied().unwrap_or_default() {
            "\"\"" => "",
            field => field.trim(),
        }
    }

    /// The repetitions of a field.
    pub(super) fn repetitions(&self, number: usize) -> impl Iterator<Item = &'t str> {
        self.field(number).split(self.separators.repetition)
    }

    /// A component of the first repetition of a field, both from 1.
    pub(super) fn part(&self, number: usize, component: usize) -> &'t str {
        let first = self.repetitions(number).next().unwrap_or_default();
        self.of(first, component)
    }

    /// A component of a text, from 1.
    pub(super) fn of(&self, text: &'t str, component: usize) -> &'t str {
        text.split(self.separators.component)
            .nth(component.saturating_sub(1))
            .unwrap_or_default()
            .trim()
    }

    /// A sub-component of a text, from 1.
    pub(super) fn sub(&self, text: &'t str, number: usize) -> &'t str {
        text.split(self.separators.sub).nth(number.saturating_sub(1)).unwrap_or_default().trim()
    }

    /// A text with its escapes resolved: `\F\ \S\ \T\ \R\ \E\`, `\.br\` as a line break, `\X..\` as ASCII; other
    /// sequences are dropped.
    pub(super) fn plain<'x>(&self, text: &'x str) -> Cow<'x, str> {
        let escape = self.separators.escape;
        if !text.contains(escape) {
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
