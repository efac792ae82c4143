//! Check digits (formats notes, section 0.4).

/// Whether the last digit is the check digit of the others by M10W21: weights 2, 1, 2, 1 … from the right, digits of
/// each product added. Holds for insurer, payer and recipient numbers. `false` for anything but digits.
pub(crate) fn m10w21(digits: &[u8]) -> bool {
    let Some((last, rest)) = digits.split_last() else { return false };
    if !digits.iter().all(u8::is_ascii_digit) || rest.is_empty() {
        return false;
    }
    let sum: u32 = rest
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let product = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
            product / 10 + product % 10
        })
        .sum();
    (10 - sum % 10) % 10 == u32::from(last - b'0')
}

/// Whether a text is an individual number (個人番号): 12 digits, the last by modulus 11 with weights
/// 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2. Full-width digits count.
pub(crate) fn is_my_number(text: &str) -> bool {
    let mut digits = [0u32; 12];
    let mut count = 0;
    for character in text.trim().chars() {
        let Some(digit) = crate::text::digit(character) else { return false };
        let Some(slot) = digits.get_mut(count) else { return false };
        *slot = digit;
        count += 1;
    }
    if count != 12 || digits.iter().all(|digit| *digit == 0) {
        return false;
    }
    let weights = [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    let rest = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    let expected = if rest <= 1 { 0 } else { 11 - rest };
    digits.last() == Some(&expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insurer_numbers_of_the_public_list_hold() {
        for number in ["01010016", "01130012", "1130012", "34130021", "12143210"] {
            assert!(m10w21(number.as_bytes()), "{number}");
        }
        for number in ["83136019", "", "1", "01010017", "0101001x"] {
            assert!(!m10w21(number.as_bytes()), "{number}");
        }
    }

    #[test]
    fn an_individual_number_is_told_from_other_long_numbers() {
        assert!(is_my_number("123456789018"));
        assert!(is_my_number("１２３４５６７８９０１８"));
        assert!(!is_my_number("123456789012"));
        assert!(!is_my_number("12345678901"));
        assert!(!is_my_number("000000000000"));
    }
}
