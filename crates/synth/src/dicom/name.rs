//! Japanese words and names in DICOM (PS3.5 6.1.2.5, annex H): escapes return to the first set before every `^`, `=`
//! and at the end.

use crate::charset::push_iso2022jp;
use crate::writing::{Written, half_kana};

/// The character sets of an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repertoire {
    /// ASCII first.
    Roman,
    /// JIS X 0201 first: half-width kana need no escape.
    Kana,
}

impl Repertoire {
    /// (0008,0005).
    pub(super) const fn declared(self) -> &'static str {
        match self {
            Self::Roman => "\\ISO 2022 IR 87",
            Self::Kana => "ISO 2022 IR 13\\ISO 2022 IR 87",
        }
    }
}

/// Words with kanji; what JIS X 0208 lacks becomes 〓.
pub(super) fn words(repertoire: Repertoire, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    push_iso2022jp(&mut out, text);
    // Back to the Latin half of JIS X 0201 where that is the first set.
    if repertoire == Repertoire::Kana && out.ends_with(b"\x1B(B") {
        out.truncate(out.len() - 1);
        out.push(b'J');
    }
    out
}

/// Three groups: alphabetic, ideographic, phonetic.
pub(super) fn person_name(repertoire: Repertoire, written: &Written) -> Vec<u8> {
    let mut out = match repertoire {
        Repertoire::Roman => {
            format!("{}^{}", roman(&written.family_kana), roman(&written.given_kana)).into_bytes()
        }
        Repertoire::Kana => {
            let text =
                format!("{}^{}", half_kana(&written.family_kana), half_kana(&written.given_kana));
            text.chars().map(jis_x_0201).collect()
        }
    };
    for (family, given) in
        [(&written.family, &written.given), (&written.family_kana, &written.given_kana)]
    {
        out.push(b'=');
        out.extend(words(repertoire, family));
        out.push(b'^');
        out.extend(words(repertoire, given));
    }
    out
}

/// A half-width kana or ASCII in JIS X 0201.
fn jis_x_0201(letter: char) -> u8 {
    match letter {
        '\u{FF61}'..='\u{FF9F}' => u8::try_from(u32::from(letter) - 0xFF61 + 0xA1).unwrap_or(b'?'),
        _ => u8::try_from(letter).unwrap_or(b'?'),
    }
}

/// Katakana in Latin capitals, letter by letter (訓令式 in the main), as machines do it.
pub(crate) fn roman(kana: &str) -> String {
    const ROWS: &[(&str, &str)] = &[
        ("アイウエオ", ""),
        ("カキクケコ", "K"),
        ("ガギグゲゴ", "G"),
        ("サシスセソ", "S"),
        ("ザジズゼゾ", "Z"),
        ("タチツテト", "T"),
        ("ダヂヅデド", "D"),
        ("ナニヌネノ", "N"),
        ("ハヒフヘホ", "H"),
        ("バビブベボ", "B"),
        ("パピプペポ", "P"),
        ("マミムメモ", "M"),
        ("ヤ＿ユ＿ヨ", "Y"),
        ("ラリルレロ", "R"),
        ("ワ＿＿＿ヲ", "W"),
    ];
    let mut out = String::new();
    for letter in kana.chars() {
        let found = ROWS
            .iter()
            .find_map(|(row, sound)| Some((*sound, row.chars().position(|one| one == letter)?)));
        match (letter, found) {
            (_, Some((sound, at))) => {
                out.push_str(sound);
                out.extend("AIUEO".chars().nth(at));
            }
            ('ャ' | 'ュ' | 'ョ', _) => {
                out.pop();
                out.push_str(match letter {
                    'ャ' => "YA",
                    'ュ' => "YU",
                    _ => "YO",
                });
            }
            ('ン', _) => out.push('N'),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_romanised_and_escapes_return() {
        assert_eq!(roman("ヤマダ"), "YAMADA");
        assert_eq!(roman("ショウジ"), "SYOUZI");
        assert_eq!(words(Repertoire::Roman, "山^"), b"\x1B$B\x3B\x33\x1B(B^");
        assert_eq!(words(Repertoire::Kana, "山"), b"\x1B$B\x3B\x33\x1B(J");
        let half: Vec<u8> = half_kana("ヤマダ").chars().map(jis_x_0201).collect();
        assert_eq!(half, [0xD4, 0xCF, 0xC0, 0xDE]);
    }
}
