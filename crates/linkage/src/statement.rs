//! One statement about one patient, as keyed hashes: what linkage remembers instead of texts.
//!
//! 64 bytes each. Keys that bring records together are 64 bits wide; those that only confirm a name, birth date and
//! sex already equal are 32. The hash key is drawn anew for each run, so a statement means nothing outside it.

use std::hash::{BuildHasher, RandomState};

use sudare_identity::Sex;
use sudare_model::time::Day;

use crate::normalise;

/// No value, in every hashed field.
pub(crate) const MISSING: u32 = 0;
/// No birth date.
pub(crate) const NO_BIRTH: i32 = i32::MIN;
/// No branch was given.
pub(crate) const NO_BRANCH: u8 = u8::MAX;
/// The number is one person's without a branch.
pub(crate) const WHOLE: u8 = u8::MAX - 1;

/// A statement reduced to what can be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    pub(crate) subject: [u8; 16],
    /// Insurer, symbol and number; 0 where there is none.
    pub(crate) insured: u64,
    /// Kana name; 0 where there is none.
    pub(crate) kana: u64,
    pub(crate) kanji: u32,
    pub(crate) postal: u32,
    pub(crate) phone: u32,
    pub(crate) address: u32,
    /// Symbol and number without the insurer.
    pub(crate) member: u32,
    pub(crate) birth: i32,
    pub(crate) sex: u8,
    pub(crate) branch: u8,
}

/// The texts of one row of the identity table, as written.
#[derive(Clone, Copy, Default)]
pub(crate) struct Written<'r> {
    pub(crate) kanji: &'r str,
    pub(crate) kana: &'r str,
    pub(crate) birth: Option<Day>,
    pub(crate) sex: &'r str,
    pub(crate) postal_code: &'r str,
    pub(crate) address: &'r str,
    pub(crate) phone: &'r str,
    pub(crate) insurer: &'r str,
    pub(crate) symbol: &'r str,
    pub(crate) number: &'r str,
    pub(crate) branch: &'r str,
}

/// Folds and hashes; the buffers are overwritten when it goes.
pub(crate) struct Reducer {
    hasher: RandomState,
    key: String,
    second: String,
    rejected_insurers: u64,
}

impl Reducer {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            key: String::with_capacity(256),
            second: String::with_capacity(64),
            rejected_insurers: 0,
        }
    }

    /// Insurer numbers that were written and are none: a wrong length or check digit.
    pub(crate) const fn rejected_insurers(&self) -> u64 {
        self.rejected_insurers
    }

    pub(crate) fn reduce(&mut self, subject: [u8; 16], written: &Written<'_>) -> Statement {
        let (insured, member, branch) = self.insurance(written);
        Statement {
            subject,
            insured,
            member,
            branch,
            kana: self.wide(written.kana, normalise::kana),
            kanji: self.narrow(written.kanji, normalise::kanji),
            postal: self.narrow(written.postal_code, normalise::postal_code),
            phone: self.narrow(written.phone, normalise::phone),
            address: self.narrow(written.address, normalise::address),
            birth: written.birth.and_then(normalise::birth).map_or(NO_BIRTH, Day::epoch_days),
            sex: sex(written.sex),
        }
    }

    fn insurance(&mut self, written: &Written<'_>) -> (u64, u32, u8) {
        let branch = normalise::branch(written.branch);
        if written.number.is_empty() || !normalise::plain(written.number, &mut self.second) {
            return (0, MISSING, NO_BRANCH);
        }
        self.second.push('\u{1}');
        let number = self.second.len();
        // An unreadable symbol makes the whole number unreadable; an absent one is a value.
        if !normalise::plain(written.symbol, &mut self.key) && !written.symbol.trim().is_empty() {
            return (0, MISSING, NO_BRANCH);
        }
        self.second.push_str(&self.key);
        let member = short(self.hasher.hash_one(self.second.as_bytes()));
        if written.insurer.is_empty() {
            return (0, member, NO_BRANCH);
        }
        if !normalise::insurer(written.insurer, &mut self.key) {
            self.rejected_insurers += 1;
            return (0, member, NO_BRANCH);
        }
        let whole = normalise::has_whole_person_number(&self.key);
        if whole {
            // The late elderly have no symbol; what some systems write there is noise.
            self.second.truncate(number);
        }
        self.key.push('\u{1}');
        self.key.push_str(&self.second);
        let insured = self.hasher.hash_one(self.key.as_bytes()).max(1);
        let branch = if whole { WHOLE } else { branch.unwrap_or(NO_BRANCH) };
        (insured, member, branch)
    }

    fn wide(&mut self, text: &str, fold: fn(&str, &mut String) -> bool) -> u64 {
        if text.is_empty() || !fold(text, &mut self.key) {
            return 0;
        }
        self.hasher.hash_one(self.key.as_bytes()).max(1)
    }

    fn narrow(&mut self, text: &str, fold: fn(&str, &mut String) -> bool) -> u32 {
        match self.wide(text, fold) {
            0 => MISSING,
            hash => short(hash),
        }
    }
}

impl Drop for Reducer {
    fn drop(&mut self) {
        for buffer in [&mut self.key, &mut self.second] {
            let length = buffer.capacity();
            buffer.clear();
            buffer.extend(std::iter::repeat_n('\0', length));
        }
    }
}

fn short(hash: u64) -> u32 {
    u32::try_from(hash >> 32).unwrap_or_default().max(1)
}

/// A sex that can be equal: 0 where it is not known.
fn sex(code: &str) -> u8 {
    match Sex::from_code(code) {
        Sex::Male => 1,
        Sex::Female => 2,
        Sex::Other => 3,
        Sex::Unknown => 0,
    }
}
