//! Character sets of DICOM, with the code extensions that Japanese systems use.
//!
//! Defined terms: PS3.3 C.12.1.1.2. Code extensions: PS3.5 6.1.2.5 (ISO/IEC 2022). Sets designated inside a value last
//! until the next delimiter, where those of the first declared term return.

use encoding_rs::{
    EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5,
    ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1252,
    WINDOWS_1254,
};

/// What bytes below 0x80 mean.
#[derive(Clone, Copy, PartialEq)]
enum Low {
    Ascii,
    /// JIS X 0201: a yen sign and an overline in two places.
    Romaji,
    /// JIS X 0208.
    Kanji,
    /// JIS X 0212.
    Supplementary,
}

/// What bytes from 0x80 on mean.
#[derive(Clone, Copy)]
enum High {
    Nothing,
    /// JIS X 0201 katakana, half width.
    Katakana,
    One(&'static Encoding),
    Two(&'static Encoding),
}

/// The sets of a value: those it begins with.
#[derive(Clone, Copy)]
struct Sets {
    low: Low,
    high: High,
}

const ASCII: Sets = Sets { low: Low::Ascii, high: High::Nothing };

/// Decodes a value under the character sets declared. The second answer is whether it has characters that nothing
/// declares.
pub(super) fn decode(value: &[u8], declared: &[u8]) -> (String, bool) {
    let terms: Vec<&[u8]> = declared.split(|byte| *byte == b'\\').map(<[u8]>::trim_ascii).collect();
    let first = terms.first().copied().unwrap_or_default();
    let whole = match first {
        b"ISO_IR 192" => Some(UTF_8),
        b"GB18030" => Some(GB18030),
        b"GBK" => Some(GBK),
        _ => None,
    };
    if let Some(encoding) = whole {
        let (text, bad) = encoding.decode_without_bom_handling(value);
        return (text.into_owned(), bad);
    }
    let escaped = value.contains(&0x1b);
    let plain = !escaped && value.is_ascii() && first != b"ISO_IR 13" && first != b"ISO 2022 IR 13";
    if plain {
        return (String::from_utf8_lossy(value).into_owned(), false);
    }
    match initial(first) {
        Some(sets) => {
            let (text, bad) = designated(value, sets);
            // Some declare nothing and write Japanese all the same.
            if bad && matches!(sets.high, High::Nothing) { guessed(value) } else { (text, bad) }
        }
        None => guessed(value),
    }
}

fn guessed(value: &[u8]) -> (String, bool) {
    if value.contains(&0x1b) {
        return (designated(value, ASCII).0, true);
    }
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => SHIFT_JIS.decode_without_bom_handling(value).0.into_owned(),
    };
    (text, true)
}

/// The sets that a term begins a value with; `None` for a term that is not one.
fn initial(term: &[u8]) -> Option<Sets> {
    let number = term.strip_prefix(b"ISO_IR ").or_else(|| term.strip_prefix(b"ISO 2022 IR "));
    let high = match number.unwrap_or(term) {
        b"" | b"6" | b"87" | b"159" => High::Nothing,
        b"13" => return Some(Sets { low: Low::Romaji, high: High::Katakana }),
        b"100" => High::One(WINDOWS_1252),
        b"101" => High::One(ISO_8859_2),
        b"109" => High::One(ISO_8859_3),
        b"110" => High::One(ISO_8859_4),
        b"144" => High::One(ISO_8859_5),
        b"127" => High::One(ISO_8859_6),
        b"126" => High::One(ISO_8859_7),
        b"138" => High::One(ISO_8859_8),
        b"148" => High::One(WINDOWS_1254),
        b"203" => High::One(ISO_8859_15),
        b"166" => High::One(WINDOWS_874),
        b"149" => High::Two(EUC_KR),
        b"58" => High::Two(GBK),
        _ => return None,
    };
    Some(Sets { low: Low::Ascii, high })
}

/// The sets after an escape sequence, and its length.
fn designate(rest: &[u8], sets: Sets) -> Option<(Sets, usize)> {
    let low = |low, length| Some((Sets { low, ..sets }, length));
    let high = |high, length| Some((Sets { high, ..sets }, length));
    match rest {
        [b'(', b'B', ..] => low(Low::Ascii, 2),
        [b'(', b'J', ..] => low(Low::Romaji, 2),
        [b')', b'I', ..] => high(High::Katakana, 2),
        [b'$', b'B' | b'@', ..] => low(Low::Kanji, 2),
        [b'$', b'(', b'D', ..] => low(Low::Supplementary, 3),
        [b'$', b')', b'C', ..] => high(High::Two(EUC_KR), 3),
        [b'$', b')', b'A', ..] => high(High::Two(GBK), 3),
        [b'-', letter, ..] => {
            let encoding = match letter {
                b'A' => WINDOWS_1252,
                b'B' => ISO_8859_2,
                b'C' => ISO_8859_3,
                b'D' => ISO_8859_4,
                b'L' => ISO_8859_5,
                b'G' => ISO_8859_6,
                b'F' => ISO_8859_7,
                b'H' => ISO_8859_8,
                b'M' => WINDOWS_1254,
                b'T' => WINDOWS_874,
                b'b' => ISO_8859_15,
                _ => return None,
            };
            high(High::One(encoding), 2)
        }
        _ => None,
    }
}

fn designated(value: &[u8], begin: Sets) -> (String, bool) {
    let (mut text, mut bad, mut sets) = (String::with_capacity(value.len()), false, begin);
    let mut rest = value;
    while let [byte, behind @ ..] = rest {
        if *byte == 0x1b {
            match designate(behind, sets) {
                Some((next, length)) => {
                    sets = next;
                    rest = behind.get(length..).unwrap_or_default();
                }
                None => {
                    bad = true;
                    rest = behind;
                }
            }
            continue;
        }
        let taken = character(rest, sets, &mut text);
        bad |= taken.is_none();
        let single = matches!(sets.low, Low::Ascii | Low::Romaji);
        if single && matches!(byte, b'^' | b'=' | b'\\' | b'\r' | b'\n' | b'\t' | 0x0c) {
            sets = begin;
        }
        rest = rest.get(taken.unwrap_or(1)..).unwrap_or_default();
    }
    (text, bad)
}

/// Decodes one character; gives its bytes, or `None` where the sets have no such character.
fn character(rest: &[u8], sets: Sets, text: &mut String) -> Option<usize> {
    let (first, second) = (*rest.first()?, rest.get(1).copied());
    if first < 0x80 {
        let bytes = match (sets.low, first, second) {
            (Low::Kanji, 0x21..=0x7e, Some(second)) => vec![first | 0x80, second | 0x80],
            (Low::Supplementary, 0x21..=0x7e, Some(second)) => {
                vec![0x8f, first | 0x80, second | 0x80]
            }
            (Low::Romaji, 0x5c, _) => return put(text, '¥', 1),
            (Low::Romaji, 0x7e, _) => return put(text, '‾', 1),
            _ => return put(text, char::from(first), 1),
        };
        return put_decoded(text, EUC_JP, &bytes, 2);
    }
    match (sets.high, second) {
        (High::Katakana, _) if (0xa1..=0xdf).contains(&first) => {
            put(text, char::from_u32(0xff61 + u32::from(first) - 0xa1)?, 1)
        }
        (High::One(encoding), _) => put_decoded(text, encoding, &[first], 1),
        (High::Two(encoding), Some(second)) => put_decoded(text, encoding, &[first, second], 2),
        _ => {
            text.push('\u{fffd}');
            None
        }
    }
}

fn put(text: &mut String, one: char, length: usize) -> Option<usize> {
    text.push(one);
    Some(length)
}

fn put_decoded(
    text: &mut String,
    encoding: &'static Encoding,
    bytes: &[u8],
    length: usize,
) -> Option<usize> {
    let (decoded, bad) = encoding.decode_without_bom_handling(bytes);
    text.push_str(&decoded);
    if bad { None } else { Some(length) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_the_standard_read_as_the_standard_says() {
        // PS3.5 annex H.3.1 and H.3.2.
        let kanji =
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        let (text, bad) = decode(kanji, b"\\ISO 2022 IR 87");
        assert_eq!((text.as_str(), bad), ("Yamada^Tarou=山田^太郎=やまだ^たろう", false));
        let half = b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J";
        let (text, bad) = decode(half, b"ISO 2022 IR 13\\ISO 2022 IR 87");
        assert_eq!((text.as_str(), bad), ("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎", false));
    }

    #[test]
    fn what_is_not_declared_is_guessed_and_told() {
        let sjis = SHIFT_JIS.encode("山田").0.into_owned();
        assert_eq!(decode(&sjis, b""), ("山田".to_owned(), true));
        assert_eq!(decode("山田".as_bytes(), b"ISO_IR 6"), ("山田".to_owned(), true));
        assert_eq!(decode(b"\x1b$B;3ED\x1b(B", b"nonsense"), ("山田".to_owned(), true));
        assert_eq!(decode(b"Buc^J\xe9r\xf4me", b"ISO_IR 100"), ("Buc^Jérôme".to_owned(), false));
    }

    proptest! {
        #[test]
        fn no_bytes_fail(value in prop::collection::vec(any::<u8>(), 0..40), term in 0..9usize) {
            let terms: [&[u8]; 9] = [
                b"", b"ISO_IR 13", b"ISO 2022 IR 13\\ISO 2022 IR 87",
                b"\\ISO 2022 IR 87\\ISO 2022 IR 159",
                b"ISO_IR 192", b"\\ISO 2022 IR 149", b"GB18030", b"x", b"\\ISO 2022 IR 58",
            ];
            let _ = decode(&value, terms[term]);
        }
    }
}
