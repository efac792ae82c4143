//! Shift_JIS as claims and masters write it (CP932), decoded by a table.
//!
//! Names and comments are short, and a decoder made for whole documents spends more on being set up than on them.
//! The table is made once from `encoding_rs`, and the tests hold the two to the same text for any bytes.

use std::sync::LazyLock;

use encoding_rs::SHIFT_JIS;

/// What decoding met.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Met {
    /// Bytes that are not Shift_JIS, now U+FFFD.
    pub(crate) bad: bool,
    /// A character outside JIS X 0208.
    pub(crate) outside: bool,
    /// NUL or another control character; the text is empty.
    pub(crate) control: bool,
}

/// Characters by lead and trail byte; 0 where there is none.
static PAIRS: LazyLock<Box<[u16]>> = LazyLock::new(|| {
    let leads = (0x81u8..=0x9f).chain(0xe0..=0xfc);
    let character = |lead: u8, trail: u8| {
        let pair = [lead, trail];
        let (text, bad) = SHIFT_JIS.decode_without_bom_handling(&pair);
        let mut characters = text.chars();
        match (characters.next(), characters.next(), bad) {
            (Some(one), None, false) => u16::try_from(u32::from(one)).unwrap_or_default(),
            _ => 0,
        }
    };
    leads.flat_map(|lead| (0..=u8::MAX).map(move |trail| character(lead, trail))).collect()
});

/// The character of a pair of bytes.
#[inline]
fn pair(table: &[u16], lead: u8, trail: u8) -> Option<char> {
    let row = if lead < 0xa0 { lead - 0x81 } else { lead - 0xe0 + 31 };
    let code = *table.get(usize::from(row) << 8 | usize::from(trail))?;
    if code == 0 { None } else { char::from_u32(u32::from(code)) }
}

/// Whether a pair of bytes lies beyond row 84 of JIS X 0208, or in its empty rows 9 to 15.
#[inline]
const fn outside_jis_x_0208(lead: u8, trail: u8) -> bool {
    match lead {
        0x85..=0x87 | 0xeb..=0xfc => true,
        0x88 => trail < 0x9f,
        0xea => trail > 0xa4,
        _ => false,
    }
}

const BLANK: [char; 2] = [' ', '\u{3000}'];

/// Decodes a field into a buffer (cleared first), with blanks at both ends taken off.
pub(crate) fn decode(bytes: &[u8], into: &mut String) -> Met {
    into.clear();
    let mut met = Met::default();
    if bytes.is_empty() {
        return met;
    }
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        into.push_str(std::str::from_utf8(bytes.trim_ascii()).unwrap_or_default());
        return met;
    }
    let table = &**PAIRS;
    // A pair of bytes becomes at most three, a byte of katakana three.
    into.reserve(bytes.len() * 3);
    let mut rest = bytes;
    while let [lead, after @ ..] = rest {
        rest = after;
        let character = match *lead {
            0x20..=0x7e => char::from(*lead),
            0xa1..=0xdf => char::from_u32(0xff61 + u32::from(lead - 0xa1)).unwrap_or_default(),
            0x81..=0x9f | 0xe0..=0xfc => {
                let found = match after {
                    [trail, behind @ ..] => {
                        let found = pair(table, *lead, *trail);
                        // A byte of ASCII behind a lead stands for itself.
                        if found.is_some() || *trail >= 0x80 {
                            rest = behind;
                        }
                        met.outside |= found.is_some() && outside_jis_x_0208(*lead, *trail);
                        found
                    }
                    [] => None,
                };
                met.bad |= found.is_none();
                found.unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            0x80 => '\u{80}',
            0x00..=0x1f | 0x7f => {
                into.clear();
                return Met { control: true, ..Met::default() };
            }
            0xa0 | 0xfd..=0xff => {
                met.bad = true;
                char::REPLACEMENT_CHARACTER
            }
        };
        into.push(character);
    }
    if into.ends_with(BLANK) {
        into.truncate(into.trim_end_matches(BLANK).len());
    }
    if into.starts_with(BLANK) {
        let leading = into.len() - into.trim_start_matches(BLANK).len();
        into.drain(..leading);
    }
    met
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_decode_as_the_public_decoder_has_them(
            bytes in proptest::collection::vec(
                prop_oneof![any::<u8>(), 0x20u8..0x7f, 0x81u8..0xa0, 0x40u8..0x7f],
                0..40,
            ),
        ) {
            let mut text = String::new();
            let met = decode(&bytes, &mut text);
            let control = bytes.iter().any(|byte| *byte < 0x20 || *byte == 0x7f);
            prop_assert_eq!(met.control, control);
            if control {
                prop_assert_eq!(text, "");
            } else {
                let (expected, bad) = SHIFT_JIS.decode_without_bom_handling(&bytes);
                prop_assert_eq!(text.as_str(), expected.trim_matches(BLANK));
                prop_assert_eq!(met.bad, bad);
            }
        }
    }

    #[test]
    fn characters_outside_jis_x_0208_are_noticed() {
        let check = |bytes: &[u8]| {
            let mut text = String::new();
            (decode(bytes, &mut text).outside, text)
        };
        assert_eq!(check(b"\x8e\x52\x93\x63"), (false, "山田".to_owned()));
        assert_eq!(check(b"\xfb\xfc"), (true, "髙".to_owned()));
        assert_eq!(check(b"\x87\x40"), (true, "①".to_owned()));
        assert_eq!(check(b"\xf0\x40"), (true, "\u{e000}".to_owned()));
        assert_eq!(check(b"\x88\x9f\xea\xa4"), (false, "亜熙".to_owned()));
        assert_eq!(check(b" \x81\x40\xb1\xde\x81\x40 "), (false, "ｱﾞ".to_owned()));
    }
}
