//! Where a person lives and how they are reached.

use super::kanji::usual;
use super::{narrow, separates, stands_for_any};

/// The key of an address: one width, usual forms, no spaces, and 丁目 番地 番 号 and all strokes as one stroke, with
/// kanji numbers before them as digits.
pub fn address(text: &str, key: &mut String) -> bool {
    key.clear();
    for letter in text.chars().map(narrow) {
        if stands_for_any(letter) {
            return false;
        }
        match letter {
            ' ' => {}
            '丁' | '番' | '号' => {
                number_before(key);
                stroke(key);
            }
            // 目 and 地 belong to 丁目 and 番地 when a stroke was just written.
            '目' | '地' if key.ends_with('-') => {}
            letter if separates(letter) => stroke(key),
            letter => key.push(usual(letter).to_ascii_uppercase()),
        }
    }
    while key.ends_with('-') {
        key.pop();
    }
    !key.is_empty()
}

fn stroke(key: &mut String) {
    if !key.ends_with('-') {
        key.push('-');
    }
}

/// Replaces a kanji number at the end of the key by its digits.
fn number_before(key: &mut String) {
    let mut written = Vec::new();
    while let Some(letter) =
        key.chars().next_back().filter(|letter| "〇一二三四五六七八九十".contains(*letter))
    {
        key.pop();
        written.push(letter);
    }
    let digit = |letter: char| "〇一二三四五六七八九".chars().position(|one| one == letter);
    if written.contains(&'十') {
        let (mut tens, mut ones, mut passed) = (1, 0, false);
        for letter in written.into_iter().rev() {
            match digit(letter) {
                Some(value) if passed => ones = value,
                Some(value) => tens = value,
                None => passed = true,
            }
        }
        key.push_str(&(tens * 10 + ones).to_string());
    } else {
        for value in written.into_iter().rev().filter_map(digit) {
            key.push_str(&value.to_string());
        }
    }
}

/// The key of a telephone number: its digits, the country's code as a zero. Ten or eleven digits, not all the same.
pub fn phone(text: &str, key: &mut String) -> bool {
    digits(text, key);
    if let Some(rest) = key.strip_prefix("81").filter(|rest| matches!(rest.len(), 9 | 10)) {
        *key = format!("0{rest}");
    }
    matches!(key.len(), 10 | 11) && says_something(key)
}

/// The key of a postal code: seven digits, not all the same.
pub fn postal_code(text: &str, key: &mut String) -> bool {
    digits(text, key);
    key.len() == 7 && says_something(key)
}

fn digits(text: &str, key: &mut String) {
    key.clear();
    key.extend(text.chars().map(narrow).filter(char::is_ascii_digit));
}

fn says_something(digits: &str) -> bool {
    let mut bytes = digits.bytes();
    let first = bytes.next();
    bytes.any(|byte| Some(byte) != first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fold: fn(&str, &mut String) -> bool, text: &str) -> Option<String> {
        let mut out = String::new();
        fold(text, &mut out).then_some(out)
    }

    #[test]
    fn one_address_has_one_key() {
        for (one, other) in [
            ("東京都千代田区霞が関一丁目２番３号", "東京都千代田区霞が関1-2-3"),
            ("札幌市中央区北三条西二十一丁目 5番地", "札幌市中央区北三条西２１－５"),
            ("港区芝十丁目", "港区芝10"),
            ("横濱市中区1ー2", "横浜市中区1-2"),
        ] {
            assert_eq!(of(address, one), of(address, other), "{one}");
        }
        assert_eq!(of(address, "港区■1-2"), None);
    }

    #[test]
    fn digits_are_what_counts() {
        assert_eq!(of(phone, "０３（１２３４）5678").as_deref(), Some("0312345678"));
        assert_eq!(of(phone, "+81-90-1234-5678").as_deref(), Some("09012345678"));
        assert_eq!(of(phone, "00-0000-0000"), None);
        assert_eq!(of(phone, "内線 12"), None);
        assert_eq!(of(postal_code, "〒100－0001").as_deref(), Some("1000001"));
        assert_eq!(of(postal_code, "999-9999"), None);
    }
}
