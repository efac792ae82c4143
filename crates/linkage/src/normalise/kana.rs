//! Names in kana.

use super::{narrow, separates, stands_for_any, voiced, widen_kana};

/// The key of a kana name: full-width katakana, voicing joined, small kana large, ヂ ヅ ヲ ヰ ヱ as they sound, long
/// vowels folded, separators dropped, Latin letters upper case. Hiragana is read as katakana.
///
/// A name that hospitals give a newborn until it is registered (ベビー, the mother's name and ノコ) is no key: twins
/// share it. Neither is one of fewer than three letters, which is a family name alone.
pub fn kana(text: &str, key: &mut String) -> bool {
    key.clear();
    let mut letters = text.chars().map(|letter| widen_kana(narrow(letter))).peekable();
    let mut last = ' ';
    let mut count = 0u32;
    while let Some(mut letter) = letters.next() {
        if stands_for_any(letter) {
            return false;
        }
        if separates(letter) {
            continue;
        }
        if let Some(joined) = letters.peek().and_then(|mark| voiced(letter, *mark)) {
            letters.next();
            letter = joined;
        }
        if matches!(letter, '\u{3099}' | '\u{309A}') {
            continue;
        }
        let letter = folded(letter);
        if lengthens(last, letter) {
            continue;
        }
        key.push(letter);
        last = letter;
        count += 1;
    }
    count >= 3 && !is_provisional(key)
}

/// Small kana large, and kana that sound alike as one.
const fn folded(letter: char) -> char {
    match letter {
        'ァ' => 'ア',
        'ィ' | 'ヰ' => 'イ',
        'ゥ' => 'ウ',
        'ェ' | 'ヱ' => 'エ',
        'ォ' | 'ヲ' => 'オ',
        'ヵ' => 'カ',
        'ヶ' => 'ケ',
        'ッ' => 'ツ',
        'ャ' => 'ヤ',
        'ュ' => 'ユ',
        'ョ' => 'ヨ',
        'ヮ' => 'ワ',
        'ヂ' => 'ジ',
        'ヅ' => 'ズ',
        'a'..='z' => letter.to_ascii_uppercase(),
        _ => letter,
    }
}

/// Whether the vowel only lengthens what stands before it: オウ, オオ, ユウ (their stroke ー is a separator already).
const fn lengthens(last: char, letter: char) -> bool {
    let after_o = matches!(
        last,
        'オ' | 'コ'
            | 'ソ'
            | 'ト'
            | 'ノ'
            | 'ホ'
            | 'モ'
            | 'ヨ'
            | 'ロ'
            | 'ゴ'
            | 'ゾ'
            | 'ド'
            | 'ボ'
            | 'ポ'
    );
    let after_u = matches!(
        last,
        'ウ' | 'ク' | 'ス' | 'ツ' | 'ヌ' | 'フ' | 'ム' | 'ユ' | 'ル' | 'グ' | 'ズ' | 'ブ' | 'プ'
    );
    matches!(letter, 'ウ') && (after_o || after_u) || matches!(letter, 'オ') && after_o
}

/// Names that stand for "not yet named".
fn is_provisional(key: &str) -> bool {
    key.contains("ベビ")
        || key.contains("ベイビ")
        || key.contains("アカチヤン")
        || key.contains("シンセイジ")
        || key.contains("BABY")
        || key.ends_with("ノコ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        let mut out = String::new();
        kana(text, &mut out).then_some(out)
    }

    #[test]
    fn one_name_has_one_key() {
        for (one, other) in [
            ("ヤマダ　タロウ", "ﾔﾏﾀﾞ ﾀﾛｳ"),
            ("ヤマダ タロウ", "やまだ たろう"),
            ("ショウイチ ｻﾄｳ", "シヨウイチ　サトー"),
            ("オオノ ユウジ", "オーノ ユージ"),
            ("ミヅノ ヲサム", "ミズノ オサム"),
            ("カ\u{3099}トウ ハ\u{309A}ク", "ガトウ パク"),
            ("ヴァン・ゴッホ", "ｳﾞｧﾝ ｺﾞｯﾎ"),
            ("smith　John", "ＳＭＩＴＨ ＪＯＨＮ"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
            assert!(key(one).is_some());
        }
        assert_ne!(key("ヤマダ タロウ"), key("ヤマダ ジロウ"));
        assert_ne!(key("ヤマサキ ケン"), key("ヤマザキ ケン"));
    }

    #[test]
    fn what_names_nobody_is_no_key() {
        for text in [
            "",
            "　",
            "アベ",
            "ヤマ■ タロウ",
            "ヤマダ？タロウ",
            "ヤマダ ベビー",
            "ヤマダ ハナコ ノコ",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
