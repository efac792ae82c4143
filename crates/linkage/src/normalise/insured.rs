//! Insured persons' numbers: insurer, symbol, number and branch (保険者番号・記号・番号・枝番).

use super::{narrow, separates, stands_for_any, widen_kana};

/// The key of an insurer number: 6 or 8 digits with a lost leading zero given back, and a check digit that fits
/// (modulus 10, weights 2 and 1 from the right).
pub fn insurer(text: &str, key: &mut String) -> bool {
    key.clear();
    let digits = text.chars().map(narrow).filter(|letter| !separates(*letter));
    key.extend(digits);
    if !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if matches!(key.len(), 5 | 7) {
        key.insert(0, '0');
    }
    matches!(key.len(), 6 | 8) && check_digit_fits(key.as_bytes())
}

/// Whether the number alone, without a branch, is one person's: that of the late elderly (law number 39).
#[must_use]
pub fn has_whole_person_number(insurer: &str) -> bool {
    insurer.len() == 8 && insurer.starts_with("39")
}

fn check_digit_fits(digits: &[u8]) -> bool {
    let Some((check, rest)) = digits.split_last() else { return false };
    let weighted = rest.iter().rev().zip([2u8, 1].into_iter().cycle()).map(|(digit, weight)| {
        let product = (digit - b'0') * weight;
        u32::from(product / 10 + product % 10)
    });
    (10 - weighted.sum::<u32>() % 10) % 10 == u32::from(check - b'0')
}

/// The key of a symbol or a number: one width, upper case, without separators and leading zeros. Empty where the
/// source has none, which for a symbol is a value.
pub fn plain(text: &str, key: &mut String) -> bool {
    key.clear();
    for letter in text.chars().map(|letter| widen_kana(narrow(letter))) {
        if stands_for_any(letter) {
            return false;
        }
        let leading_zero = letter == '0' && key.is_empty();
        if !separates(letter) && !leading_zero {
            key.push(letter.to_ascii_uppercase());
        }
    }
    !key.is_empty()
}

/// A branch as a number 0 to 99.
#[must_use]
pub fn branch(text: &str) -> Option<u8> {
    let mut number = None;
    for letter in text.chars().map(narrow).filter(|letter| !separates(*letter)) {
        let digit = letter.to_digit(10)?;
        let so_far: u32 = number.unwrap_or_default();
        number = Some(so_far * 10 + digit).filter(|number| *number < 100);
        number?;
    }
    number.and_then(|number| u8::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fold: fn(&str, &mut String) -> bool, text: &str) -> Option<String> {
        let mut out = String::new();
        fold(text, &mut out).then_some(out)
    }

    #[test]
    fn an_insurer_gets_its_zero_back_and_is_checked() {
        assert_eq!(of(insurer, "1130012").as_deref(), Some("01130012"));
        assert_eq!(of(insurer, "０１１３００１２").as_deref(), Some("01130012"));
        assert_eq!(of(insurer, "  01130012"), of(insurer, "01130012"));
        assert_eq!(of(insurer, "01130013"), None);
        assert_eq!(of(insurer, "83136019"), None);
        assert_eq!(of(insurer, ""), None);
        assert!(has_whole_person_number("39131008") && !has_whole_person_number("391310"));
    }

    #[test]
    fn numbers_lose_what_only_writing_gave_them() {
        assert_eq!(of(plain, "１２－３").as_deref(), Some("123"));
        assert_eq!(of(plain, "００12a").as_deref(), Some("12A"));
        assert_eq!(of(plain, "ｱｲｳ"), of(plain, "あいう"));
        assert_eq!(of(plain, "000"), None);
        assert_eq!(branch("０２"), Some(2));
        assert_eq!(branch("2"), Some(2));
        assert_eq!(branch("100"), None);
        assert_eq!(branch(""), None);
        assert_eq!(branch("a"), None);
    }
}
