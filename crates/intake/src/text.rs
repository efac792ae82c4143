//! Reading numbers and full-width digits; telling kana from other text. Stored text is never folded here.

use crate::shift_jis::Met;

/// The value of an ASCII or full-width digit.
pub(crate) fn digit(character: char) -> Option<u32> {
    match character {
        '0'..='9' => Some(u32::from(character) - u32::from('0')),
        '０'..='９' => Some(u32::from(character) - u32::from('０')),
        _ => None,
    }
}

/// A plain decimal number: optional sign, digits, optional fraction. `None` for anything else, also for exponents.
pub(crate) fn decimal(bytes: &[u8]) -> Option<f64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    // Up to 15 digits both parts are exact in a double, so that one division rounds correctly.
    let (mut value, mut behind, mut seen) = (0u64, None, 0usize);
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 && seen < 15 {
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            seen += 1;
        } else if *byte == b'.' && behind.is_none() {
            behind = Some(seen);
        } else {
            return None;
        }
    }
    if seen == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "at most 15 digits: exact in a double")]
    let number = match behind {
        None => value as f64,
        Some(before) => value as f64 / *TENS.get(seen - before)?,
    };
    Some(if negative { -number } else { number })
}

/// The powers of ten, each exact in a double.
const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A whole number that fits, without sign.
pub(crate) fn whole(bytes: &[u8]) -> Option<i32> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0i32, |sum, byte| {
        let digit = char::from(*byte).to_digit(10).and_then(|digit| i32::try_from(digit).ok())?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Writes a text with full-width digits, letters and the full-width stop as half width, into a cleared buffer.
pub(crate) fn narrow<'a>(text: &str, into: &'a mut String) -> &'a str {
    into.clear();
    for character in text.chars() {
        match character {
            '！'..='～' => {
                let code = u32::from(character) - 0xff01 + 0x21;
                into.extend(char::from_u32(code));
            }
            '\u{3000}' => into.push(' '),
            '−' => into.push('-'),
            other => into.push(other),
        }
    }
    into
}

/// Whether a text is katakana, full or half width, with the marks that kana names hold.
pub(crate) fn is_kana(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| {
            matches!(character, 'ァ'..='ヺ' | 'ー' | '・' | '･'..='ﾟ' | ' ' | '\u{3000}' | '-')
        })
}

/// The pieces of a text between separators that are ASCII. What HL7 holds is short: a plain loop over its bytes is
/// done before a search made for long texts has begun.
pub(crate) fn pieces(text: &str, separator: char) -> Pieces<'_> {
    Pieces { rest: Some(text), separator: u8::try_from(separator).unwrap_or_default() }
}

/// See [`pieces`].
pub(crate) struct Pieces<'t> {
    rest: Option<&'t str>,
    separator: u8,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = &'t str;

    #[inline]
    fn next(&mut self) -> Option<&'t str> {
        let text = self.rest.take()?;
        let Some(at) = text.bytes().position(|byte| byte == self.separator) else {
            return Some(text);
        };
        self.rest = text.get(at + 1..);
        text.get(..at)
    }
}

/// Where the pieces between separators end: at most `most` of them, into a list (cleared first).
pub(crate) fn positions(line: &[u8], separator: u8, most: usize, ends: &mut Vec<usize>) {
    /// All bits of each byte but the highest.
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    ends.clear();
    let wanted = u64::from_ne_bytes([separator; 8]);
    let (eights, rest) = line.as_chunks::<8>();
    let mut base = 0;
    for eight in eights {
        // Eight bytes at once: zero where they are the separator.
        let differs = u64::from_le_bytes(*eight) ^ wanted;
        // The highest bit of each byte that is zero, and of no other: adding carries into it from any lower bit.
        let mut found = !(((differs & LOW) + LOW) | differs | LOW);
        while found != 0 {
            ends.push(base + found.trailing_zeros() as usize / 8);
            found &= found - 1;
        }
        base += 8;
    }
    let found = rest.iter().enumerate().filter(|(_, byte)| **byte == separator);
    ends.extend(found.map(|(at, _)| base + at));
    ends.push(line.len());
    ends.truncate(most);
}

/// A text without the blanks at its ends. Most have none and show it by their first and last byte.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Decodes UTF-8 into a buffer (cleared first), as [`crate::shift_jis::decode`] does Shift_JIS.
pub(crate) fn decode_utf8(bytes: &[u8], into: &mut String) -> Met {
    into.clear();
    if bytes.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        return Met { control: true, ..Met::default() };
    }
    let text = String::from_utf8_lossy(bytes);
    let bad = matches!(text, std::borrow::Cow::Owned(_));
    into.push_str(text.trim_matches([' ', '\u{3000}']));
    Met { bad, ..Met::default() }
}

#[cfg(test)]
mod tests {
    use proptest::collection;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let check = |text: &str| decimal(text.as_bytes());
        assert_eq!(check("0.1"), Some(0.1));
        assert_eq!(check("123456.78901"), Some(123_456.789_01));
        assert_eq!(check("-5"), Some(-5.0));
        for bad in ["", ".", "1e5", "1.2.3", "1 +", "12345678901234567", "--1"] {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert_eq!(whole(b"0012"), Some(12));
        assert_eq!(whole(b"99999999999"), None);
    }

    proptest! {
        #[test]
        fn pieces_are_those_of_the_library(text in "[|a-z漢 ]{0,40}") {
            let expected: Vec<_> = text.split('|').collect();
            prop_assert_eq!(pieces(&text, '|').collect::<Vec<_>>(), expected.clone());
            let mut ends = vec![7];
            positions(text.as_bytes(), b'|', 5, &mut ends);
            let starts = [0].into_iter().chain(ends.iter().map(|end| end + 1));
            let found = starts.zip(&ends).map(|(start, end)| text.get(start..*end).unwrap());
            let most = expected.len().min(5);
            prop_assert_eq!(found.collect::<Vec<_>>(), expected.get(..most).unwrap());
            prop_assert_eq!(trimmed(&text), text.trim());
        }

        #[test]
        fn any_byte_is_found_where_it_stands(
            line in collection::vec(any::<u8>(), 0..40),
            separator in any::<u8>(),
        ) {
            let mut ends = Vec::new();
            positions(&line, separator, usize::MAX, &mut ends);
            let found = memchr::memchr_iter(separator, &line).chain([line.len()]);
            prop_assert_eq!(ends, found.collect::<Vec<_>>());
        }
    }

    #[test]
    fn full_width_becomes_half_width_for_comparing() {
        let mut buffer = String::new();
        assert_eq!(narrow("５０２１１１３", &mut buffer), "5021113");
        assert_eq!(narrow("１０．５", &mut buffer), "10.5");
        assert!(is_kana("ヤマダ　タロウ") && is_kana("ﾔﾏﾀﾞ") && !is_kana("山田"));
    }
}
