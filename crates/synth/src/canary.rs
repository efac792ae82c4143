//! Canary persons: every identifying field carries a string that occurs nowhere else, in every script.
//!
//! A test hunts these strings through every byte that a run leaves behind. `truth/canary.csv` lists them by person,
//! field and form (`kanji`, `kana`, `half_kana`, `roman`, `wide`, `ascii`, `digits`); the hunter encodes each as it
//! likes.

use crate::dicom::roman;
use crate::insurance::Scheme;
use crate::site::Provider;
use crate::writing::{Written, half_kana, wide};

/// The letters that make the strings of one run unique: three ASCII capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanaryPrefix([u8; 3]);

impl CanaryPrefix {
    /// Takes three ASCII capitals; `None` for anything else.
    #[must_use]
    pub fn new(letters: &str) -> Option<Self> {
        let bytes: [u8; 3] = letters.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }
}

/// How many persons carry the marks.
pub(crate) const COUNT: u64 = 5;

/// The marks of one person.
pub(crate) struct Canary {
    prefix: [u8; 3],
    at: u8,
}

/// Rare kanji of JIS X 0208, one a letter.
const KANJI: [char; 26] = [
    '鶯', '鷺', '鰐', '麒', '鵺', '鶸', '鷸', '麝', '鱒', '鯱', '鸚', '鵡', '鼬', '鯰', '鶉', '鼯',
    '鴉', '鵲', '鶺', '鴒', '鷦', '鷯', '鼈', '鸛', '鵯', '鱶',
];
/// Katakana without marks, one a letter.
const KANA: [char; 26] = [
    'ア', 'イ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'サ', 'シ', 'ス', 'セ', 'ソ', 'タ', 'チ', 'ツ',
    'テ', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ',
];

/// A field that carries a mark.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Field {
    Family,
    Given,
    Address,
    Phone,
    Symbol,
    Card,
    Note,
}

/// A person with marks, if the region asks for them and the number is one of theirs.
pub(crate) fn of(prefix: Option<CanaryPrefix>, person: u64) -> Option<Canary> {
    let CanaryPrefix(prefix) = prefix?;
    let (at, rest) = (person / 97, person % 97);
    if rest != 13 || at >= COUNT {
        return None;
    }
    Some(Canary { prefix, at: u8::try_from(at).ok()? })
}

impl Canary {
    /// Positions 0 to 25 of the letters: three of the prefix, the field, the person.
    fn letters(&self, field: Field) -> [usize; 5] {
        let [a, b, c] = self.prefix.map(|letter| usize::from(letter.saturating_sub(b'A')));
        [a, b, c, field as usize, usize::from(self.at)]
    }

    fn map(&self, field: Field, table: &[char; 26]) -> String {
        self.letters(field).iter().filter_map(|at| table.get(*at)).collect()
    }

    fn ascii(&self, field: Field) -> String {
        let letters: String = (b'A'..=b'Z').map(char::from).collect();
        let all: Vec<char> = letters.chars().collect();
        let text: String = self.letters(field).iter().filter_map(|at| all.get(*at)).collect();
        format!("ZQ{text}")
    }

    /// Ten digits: two a letter.
    fn digits(&self, field: Field) -> String {
        self.letters(field).iter().map(|at| format!("{:02}", at + 70)).collect()
    }

    /// Position among the persons with marks.
    pub(crate) fn position(&self) -> usize {
        usize::from(self.at)
    }

    /// The patient number at a provider: ten digits, of the prefix, the person and the provider.
    pub(crate) fn patient_number(&self, provider: &Provider) -> String {
        let [a, b, c, _, _] = self.letters(Field::Family);
        format!("{:02}{:02}{:02}{}{:03}", a + 70, b + 70, c + 70, self.at, provider.no % 1_000)
    }

    /// Puts the marks in the place of names, address and card.
    pub(crate) fn overwrite(&self, written: &mut Written, hyphens: bool) {
        written.family = self.map(Field::Family, &KANJI);
        written.family_kana = self.map(Field::Family, &KANA);
        written.given = self.map(Field::Given, &KANJI);
        written.given_kana = self.map(Field::Given, &KANA);
        let mark = self.map(Field::Address, &KANJI);
        written.address.push_str(&format!("　{mark}荘{}", wide(&self.ascii(Field::Address))));
        let phone = self.digits(Field::Phone);
        written.phone = match (hyphens, phone.split_at_checked(6)) {
            (true, Some((area, line))) => format!("0{area}-{line}"),
            _ => format!("0{phone}"),
        };
        if !written.symbol.is_empty() {
            written.symbol = wide(&self.digits(Field::Symbol));
        }
        if written.scheme != Scheme::Assistance {
            written.card = wide(&self.digits(Field::Card));
        }
    }

    /// A sentence that names the person, for free text of every kind.
    pub(crate) fn note(&self) -> String {
        let family = self.map(Field::Family, &KANJI);
        let note = self.map(Field::Note, &KANJI);
        let ascii = self.ascii(Field::Note);
        format!("{family}さま（{note}）{ascii} 来院")
    }

    /// Rows of `truth/canary.csv`: person, field, form, string.
    pub(crate) fn rows(&self, person: u64, providers: &[&Provider]) -> String {
        let mut out = String::new();
        let mut row = |field: &str, form: &str, text: &str| {
            out.push_str(&format!("P{person:08},{field},{form},{text}\n"));
        };
        for (field, name) in [(Field::Family, "family"), (Field::Given, "given")] {
            row(name, "kanji", &self.map(field, &KANJI));
            let kana = self.map(field, &KANA);
            row(name, "kana", &kana);
            row(name, "half_kana", &half_kana(&kana));
            row(name, "roman", &roman(&kana));
        }
        row("address", "kanji", &self.map(Field::Address, &KANJI));
        row("address", "wide", &wide(&self.ascii(Field::Address)));
        row("address", "ascii", &self.ascii(Field::Address));
        let phone = self.digits(Field::Phone);
        row("phone", "digits", &phone);
        if let Some((area, line)) = phone.split_at_checked(6) {
            row("phone", "ascii", &format!("{area}-{line}"));
        }
        for (field, name) in [(Field::Symbol, "symbol"), (Field::Card, "number")] {
            row(name, "digits", &self.digits(field));
            row(name, "wide", &wide(&self.digits(field)));
        }
        for provider in providers {
            row("patient_number", "digits", &self.patient_number(provider));
        }
        row("note", "kanji", &self.map(Field::Note, &KANJI));
        row("note", "ascii", &self.ascii(Field::Note));
        out
    }
}
