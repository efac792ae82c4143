//! Text that names a person.

use std::borrow::Cow;
use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// A piece of identifying text: a name, an address, a number. Prints nothing, is overwritten on drop.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Zeroize, ZeroizeOnDrop)]
pub struct Revealing(String);

impl Revealing {
    /// Takes the text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Every caller is on the list that tidy holds.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A patient number with full-width digits and Latin letters as half-width ones, so that it is one number whoever typed
/// it. Everything else stays as it is.
#[must_use]
pub fn half_width(number: &str) -> Cow<'_, str> {
    // U+FF10 and its kin stand 0xFEE0 behind their ASCII forms.
    let wide = |letter: char| matches!(letter, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ');
    if number.is_ascii() || !number.contains(wide) {
        return Cow::Borrowed(number);
    }
    let narrow = |letter: char| {
        let folded = if wide(letter) { u32::from(letter) - 0xfee0 } else { u32::from(letter) };
        char::from_u32(folded).unwrap_or(letter)
    };
    Cow::Owned(number.chars().map(narrow).collect())
}

impl fmt::Debug for Revealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealing(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_width_of_digits_and_letters_is_folded() {
        assert_eq!(half_width("００１２Ａｚ"), "0012Az");
        assert_eq!(half_width("患者２－１"), "患者2－1");
        assert!(matches!(half_width("0012-ア"), Cow::Borrowed("0012-ア")));
    }
}
