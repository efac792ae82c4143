//! Texts of identity folded to keys: what two spellings of one thing have in common.
//!
//! A key is for comparing and never for showing. Every function clears `key`, writes the folded text into it, and
//! says whether it can be compared: an empty text, or one with a mark for a character the source could not write
//! (〓 ■ ● ?), can neither agree nor disagree, so that mark matches anything.
//!
//! Source of the folding rules: the comparison keys of the linkage notes, `spec/link` holds them as tables.

mod address;
mod insured;
mod kana;
mod kanji;

pub use address::{address, phone, postal_code};
pub use insured::{branch, has_whole_person_number, insurer, plain};
pub use kana::kana;
pub use kanji::kanji;

use sudare_model::time::Day;

/// Full-width letters, digits and signs to ASCII; the wide space to a space. Half-width kana are left to
/// [`widen_kana`], for they may be two characters.
const fn narrow(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => match char::from_u32(letter as u32 - 0xFEE0) {
            Some(ascii) => ascii,
            None => letter,
        },
        '\u{3000}' | '\u{00A0}' | '\t' => ' ',
        _ => letter,
    }
}

/// A half-width kana as its full-width twin, without its mark of voicing.
const fn widen_kana(letter: char) -> char {
    const WIDE: [char; 63] = [
        '。', '「', '」', '、', '・', 'ヲ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ', 'ャ', 'ュ', 'ョ', 'ッ',
        'ー', 'ア', 'イ', 'ウ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ',
        'ソ', 'タ', 'チ', 'ツ', 'テ', 'ト', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ',
        'ホ', 'マ', 'ミ', 'ム', 'メ', 'モ', 'ヤ', 'ユ', 'ヨ', 'ラ', 'リ', 'ル', 'レ', 'ロ', 'ワ',
        'ン', '\u{3099}', '\u{309A}',
    ];
    match letter {
        '\u{FF61}'..='\u{FF9F}' => {
            let (_, from) = WIDE.split_at(letter as usize - 0xFF61);
            match from.first() {
                Some(wide) => *wide,
                None => letter,
            }
        }
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => match char::from_u32(letter as u32 + 0x60) {
            Some(katakana) => katakana,
            None => letter,
        },
        '\u{309B}' => '\u{3099}',
        '\u{309C}' => '\u{309A}',
        _ => letter,
    }
}

/// A kana with its mark of voicing, where there is such a kana.
const fn voiced(base: char, mark: char) -> Option<char> {
    let step = match (base, mark) {
        ('ウ', '\u{3099}') => return Some('ヴ'),
        ('カ' | 'キ' | 'ク' | 'ケ' | 'コ' | 'サ' | 'シ' | 'ス' | 'セ' | 'ソ', '\u{3099}')
        | ('タ' | 'チ' | 'ツ' | 'テ' | 'ト', '\u{3099}')
        | ('ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ', '\u{3099}') => 1,
        ('ハ' | 'ヒ' | 'フ' | 'ヘ' | 'ホ', '\u{309A}') => 2,
        _ => return None,
    };
    char::from_u32(base as u32 + step)
}

/// Signs that stand for a character the source could not write.
const fn stands_for_any(letter: char) -> bool {
    matches!(letter, '〓' | '■' | '□' | '●' | '?' | '\u{FFFD}')
}

/// Spaces, dots and all the strokes that stand between or within names and numbers.
const fn separates(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '・' | '\u{00B7}' | 'ー' | '-' | '\u{00AD}' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{2500}'
                | '\''
                | '\u{2019}'
                | '.'
                | ','
                | '、'
                | '。'
                | '='
                | '/'
                | '_'
    )
}

/// A birth date that says something: the well-known placeholders and impossible centuries are missing.
#[must_use]
pub fn birth(day: Day) -> Option<Day> {
    let (year, month, date) = day.ymd();
    let placeholder = matches!(
        (year, month, date),
        (1900, 1, 1) | (1111, 11, 11) | (1868, 1, 1) | (1901, 1, 1) | (1999, 9, 9)
    );
    // Nobody alive when records began was born before 1850, and none after 2100.
    ((1850..2100).contains(&year) && !placeholder).then_some(day)
}
