//! Check digits of Japanese insurance numbers (formats.md 0.4).

/// Modulus 10, weights 2 and 1 from the right, digits of each product added (M10W21).
///
/// Takes the digits before the check digit; anything that is not a digit counts as 0.
pub(crate) fn m10w21(digits: &str) -> char {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = char::from(byte).to_digit(10).unwrap_or_default();
            let product = if at % 2 == 0 { digit * 2 } else { digit };
            product / 10 + product % 10
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap_or('0')
}

/// The digits with their check digit behind them.
pub(crate) fn with_check(digits: &str) -> String {
    let mut all = String::with_capacity(digits.len() + 1);
    all.push_str(digits);
    all.push(m10w21(digits));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_insurer_numbers_hold() {
        // Numbers of public insurers: Tokyo branch of the Health Insurance Association, Hokkaido, a municipal one.
        for number in ["01130012", "01010016", "34130021", "01350016"] {
            assert_eq!(with_check(number.get(..7).unwrap()), number);
        }
    }

    #[test]
    fn a_lost_leading_zero_does_not_change_it() {
        assert_eq!(m10w21("0113001"), m10w21("113001"));
    }
}
