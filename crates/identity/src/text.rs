//! Text that names a person.

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

impl fmt::Debug for Revealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealing(..)")
    }
}
