//! Units as Japanese systems write them, and what they are in UCUM.
//!
//! What it is for: the UCUM column beside the unit as written, in every format. What it is not for: changing a number
//! (a unit gets a name here, never a factor), or judging whether a unit suits an item.
//!
//! Invariants: what is not in the list gets no code; what is given is a valid UCUM code, and the code of itself.
//! Nothing is allocated, so that every row may ask. Case is folded: laboratories write `MG/DL` and `U/l`. Where UCUM
//! tells two units by case alone (`mg` and `Mg`), medicine's is meant.

use table::{CLAIM, UNITS};

mod table;

/// The longest spelling that is looked at, folded, in bytes.
const LONGEST: usize = 32;

/// The UCUM code of a unit as written; empty where it is not known.
pub(crate) fn of(unit: &str) -> &'static str {
    if unit.is_empty() {
        return "";
    }
    let mut folded = Folded { bytes: [0; LONGEST], length: 0 };
    for character in unit.chars() {
        if folded.add(character).is_none() {
            return "";
        }
    }
    let key = folded.key();
    let found = UNITS.binary_search_by(|(written, _)| written.as_bytes().cmp(key));
    found.ok().and_then(|at| UNITS.get(at)).map_or("", |(_, code)| code)
}

/// The UCUM code of a unit in claims: its number in the claims' own list, or a word.
pub(crate) fn of_claim(unit: &str) -> &'static str {
    if unit.len() != 3 || !unit.bytes().all(|one| one.is_ascii_digit()) {
        return of(unit);
    }
    let found = CLAIM.binary_search_by(|(number, _)| number.cmp(&unit));
    found.ok().and_then(|at| CLAIM.get(at)).map_or("", |(_, code)| code)
}

/// A spelling without what people write this way or that: width, case, blanks, signs for micro and times.
struct Folded {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Folded {
    /// Adds a character; `None` where the spelling is longer than any known one.
    fn add(&mut self, character: char) -> Option<()> {
        let character = match character {
            '！'..='～' => char::from_u32(u32::from(character) - 0xff01 + 0x21)?,
            other => other,
        };
        match character {
            '\u{b5}' | 'μ' | 'Μ' => self.put("u"),
            '×' | '✕' => self.put("x"),
            '^' => self.put("*"),
            '・' | '･' | '·' => self.put("."),
            '⁰' | '⁴'..='⁹' | '¹' | '²' | '³' => self.raised(character),
            '㍱'..='㏟' | 'ℓ' => self.put(square(character)?),
            other if other.is_whitespace() => Some(()),
            other => {
                let lower = other.to_ascii_lowercase();
                self.put(lower.encode_utf8(&mut [0; 4]))
            }
        }
    }

    /// A raised digit: an exponent of ten, else (m², cm³) the digit.
    fn raised(&mut self, digit: char) -> Option<()> {
        let digit = match digit {
            '¹' => '1',
            '²' => '2',
            '³' => '3',
            other => char::from_digit(u32::from(other).checked_sub(0x2070)?, 10)?,
        };
        if self.bytes.get(..self.length)?.ends_with(b"10") {
            self.put("*")?;
        }
        self.put(digit.encode_utf8(&mut [0; 4]))
    }

    fn put(&mut self, text: &str) -> Option<()> {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Some(())
    }

    /// The spelling: no full stop behind it, and no times before a power of ten.
    fn key(&self) -> &[u8] {
        let mut key = self.bytes.get(..self.length).unwrap_or_default();
        while let [rest @ .., b'.'] = key {
            key = rest;
        }
        let mut bare = key;
        while let [b'x' | b'.' | b'*', rest @ ..] = bare {
            bare = rest;
        }
        let power = ["1", "万", "千", "百"].iter().any(|one| bare.starts_with(one.as_bytes()));
        if power { bare } else { key }
    }
}

/// A unit that is one character, written out.
const fn square(character: char) -> Option<&'static str> {
    Some(match character {
        '㎍' => "ug",
        '㎎' => "mg",
        '㎏' => "kg",
        '㎕' => "ul",
        '㎖' => "ml",
        '㎗' => "dl",
        'ℓ' => "l",
        '㎚' => "nm",
        '㎛' => "um",
        '㎜' => "mm",
        '㎝' => "cm",
        '㎟' => "mm2",
        '㎠' => "cm2",
        '㎡' => "m2",
        '㎣' => "mm3",
        '㎤' => "cm3",
        '㎉' => "kcal",
        '㎐' => "hz",
        '㎳' => "ms",
        '㏄' => "cc",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
