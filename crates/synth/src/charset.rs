//! Writing Shift_JIS (CP932) and ISO-2022-JP quickly.
//!
//! `encoding_rs` searches its tables for every kanji; here its decoder fills one inverse table once, so that a
//! character costs one look-up. A character that the target lacks becomes 〓, as hospital systems write it.

use std::sync::OnceLock;

use encoding_rs::SHIFT_JIS;

/// The two bytes of every BMP character in CP932, 0 where there is none.
fn table() -> &'static [u16] {
    static TABLE: OnceLock<Vec<u16>> = OnceLock::new();
    TABLE.get_or_init(build)
}

fn build() -> Vec<u16> {
    let mut table = vec![0u16; 0x1_0000];
    // IBM's extensions at 0xFA.. come before NEC's copies of them at 0xED..; the first entry stays.
    let leads = (0x81..=0x9Fu8).chain(0xE0..=0xEC).chain(0xFA..=0xFC);
    for lead in leads {
        for trail in (0x40..=0x7Eu8).chain(0x80..=0xFC) {
            let bytes = [lead, trail];
            let (text, _, broken) = SHIFT_JIS.decode(&bytes);
            let mut letters = text.chars();
            if let (Some(letter), None, false) = (letters.next(), letters.next(), broken)
                && let Some(slot) = table.get_mut(letter as usize)
                && *slot == 0
            {
                *slot = u16::from_be_bytes(bytes);
            }
        }
    }
    table
}

const GETA: u16 = 0x81AC;

fn cp932(letter: char) -> u16 {
    let found = match letter {
        '\u{2212}' => cp932_bmp('\u{FF0D}'),
        '\u{301C}' => cp932_bmp('\u{FF5E}'),
        _ => cp932_bmp(letter),
    };
    if found == 0 { GETA } else { found }
}

fn cp932_bmp(letter: char) -> u16 {
    table().get(letter as usize).copied().unwrap_or_default()
}

/// Appends the text in CP932; half-width kana stay half width.
pub(crate) fn push_cp932(out: &mut Vec<u8>, text: &str) {
    for letter in text.chars() {
        match letter {
            '\0'..='\x7F' => out.extend(u8::try_from(letter)),
            '\u{FF61}'..='\u{FF9F}' => {
                out.extend(u8::try_from(letter as u32 - 0xFF61 + 0xA1));
            }
            _ => out.extend(cp932(letter).to_be_bytes()),
        }
    }
}

/// Row and cell of JIS X 0208 from the Shift_JIS bytes; 〓 for rows outside the standard.
fn jis(letter: char) -> [u8; 2] {
    let [lead, trail] = cp932(letter).to_be_bytes();
    // Row 13 (NEC) and everything behind row 84 is not JIS X 0208.
    if lead == 0x87 || lead > 0xEA || (lead == 0xEA && trail > 0xA4) {
        return [0x22, 0x2E];
    }
    let pair = if lead < 0xA0 { lead - 0x81 } else { lead - 0xC1 };
    let high = pair * 2 + 0x21;
    if trail >= 0x9F {
        [high + 1, trail - 0x9F + 0x21]
    } else if trail >= 0x80 {
        [high, trail - 1 - 0x40 + 0x21]
    } else {
        [high, trail - 0x40 + 0x21]
    }
}

/// Appends the text in ISO-2022-JP, ASCII again at the end.
pub(crate) fn push_iso2022jp(out: &mut Vec<u8>, text: &str) {
    let mut wide = false;
    for letter in text.chars() {
        if letter.is_ascii() {
            if wide {
                out.extend_from_slice(b"\x1B(B");
                wide = false;
            }
            out.extend(u8::try_from(letter));
        } else {
            if !wide {
                out.extend_from_slice(b"\x1B$B");
                wide = true;
            }
            out.extend(jis(letter));
        }
    }
    if wide {
        out.extend_from_slice(b"\x1B(B");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::ISO_2022_JP;
    use proptest::prelude::*;

    #[test]
    fn vendor_kanji_are_ibm_s_in_cp932_and_geta_in_jis() {
        let mut out = Vec::new();
        push_cp932(&mut out, "髙﨑ｱ𠮷");
        assert_eq!(out, [0xFB, 0xFC, 0xFA, 0xB1, 0xB1, 0x81, 0xAC]);
        let mut out = Vec::new();
        push_iso2022jp(&mut out, "髙");
        assert_eq!(out, b"\x1B$B\x22\x2E\x1B(B");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(text in "[ -~ぁ-んァ-ヶ一-七、。Ａ-Ｚ０-９]{0,40}") {
            let mut sjis = Vec::new();
            push_cp932(&mut sjis, &text);
            let mut jis = Vec::new();
            push_iso2022jp(&mut jis, &text);
            let read = SHIFT_JIS.decode(&sjis).0.into_owned();
            let same = |a: char, b: char| a == b || a == '〓';
            prop_assert_eq!(read.chars().count(), text.chars().count());
            prop_assert!(read.chars().zip(text.chars()).all(|(a, b)| same(a, b)));
            prop_assert_eq!(ISO_2022_JP.decode(&jis).0.into_owned(), read);
        }
    }
}
