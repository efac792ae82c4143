//! Who a claim is about: the identity its head states, the number an insurer knows a patient by, and the visit.

use sudare_identity::Sex;
use sudare_model::time::Day;

use super::layout::Dialect;
use super::record::{Fields, Line, Mark, ascii};
use super::rows::Claim;
use crate::shift_jis::decode;
use crate::statement::{PERSON_ITEM, Said, Statement};

/// Decoded texts of a claim's head, reused from claim to claim.
#[derive(Default)]
pub(super) struct Words {
    pub(super) patient: String,
    pub(super) name: String,
    pub(super) kana: String,
    pub(super) symbol: String,
    pub(super) number: String,
    pub(super) scratch: String,
}

/// The records of a claim that say who it is about.
pub(super) struct Who<'b, 'l> {
    re: &'l Fields<'b>,
    dialect: Dialect,
    ho: Option<Fields<'b>>,
    /// The first `KO`, where there is no `HO`.
    ko: Option<Fields<'b>>,
    /// 枝番, of the `SN` of the main insurance.
    branch: &'b [u8],
}

/// The first record of a name that the provider wrote.
fn record<'b>(rest: &[Line<'b>], name: [u8; 2]) -> Option<Fields<'b>> {
    let mut found = rest.iter().filter(|line| line.mark != Mark::Added);
    found.find(|line| line.name() == Some(name)).map(|line| Fields::split(line.bytes))
}

/// 枝番 of the main insurance; empty where none is stated.
fn branch<'b>(rest: &[Line<'b>]) -> &'b [u8] {
    rest.iter()
        .filter(|line| line.name() == Some(*b"SN") && line.mark != Mark::Added)
        .map(|line| Fields::split(line.bytes))
        .find(|sn| sn.get(1) == b"1")
        .map_or(b"", |sn| sn.bare(6))
}

impl<'b, 'l> Who<'b, 'l> {
    pub(super) fn of(re: &'l Fields<'b>, rest: &[Line<'b>], dialect: Dialect) -> Self {
        let ho = record(rest, *b"HO");
        let ko = if ho.is_none() { record(rest, *b"KO") } else { None };
        let branch = if ho.is_some() { branch(rest) } else { b"" };
        Self { re, dialect, ho, ko, branch }
    }

    /// The key of the claim as a visit: month, kind and insurer, and for a pharmacy who prescribed.
    pub(super) fn visit(&self, re: &Fields<'_>, dialect: Dialect) -> i64 {
        let insurer = self.ho.as_ref().map_or(&b""[..], |ho| ho.bare(1));
        let parts = [re.get(3), re.get(2), insurer];
        if dialect == Dialect::Dispensing {
            let [month, kind, insurer] = parts;
            let more = [month, kind, insurer, re.bare(9), re.bare(10), re.bare(11)];
            return crate::key::visit_key("dispensing", &more);
        }
        crate::key::visit_key("claim", &parts)
    }

    /// One statement for a claim: what `RE`, `HO` (or `KO`, where there is no `HO`) and `SN` say.
    pub(super) fn identity(
        &self,
        patient: &str,
        words: &mut Words,
        said: &mut Said,
        claim: &mut Claim<'_, '_>,
        head: &Line<'_>,
    ) {
        let birth = claim.day(self.re, 6, head, "RE");
        let sex = claim.sex(self.re, head);
        let kana = self.dialect.head().kana;
        for (field, text) in [(4, &mut words.name), (kana, &mut words.kana)] {
            let met = decode(self.re.get(usize::from(field)), text);
            claim.report_met(met, head, "RE", field);
        }
        let insurer = self.insurance(words);
        // A name in kana alone is a reading, not a spelling, where there is no reading.
        let reading_only = words.kana.is_empty() && crate::text::is_kana(&words.name);
        let (kanji, kana) = if reading_only {
            ("", words.name.as_str())
        } else {
            (words.name.as_str(), words.kana.as_str())
        };
        let statement = Statement {
            patient_number: patient,
            name_kanji: kanji,
            name_kana: kana,
            birth,
            sex,
            insurer,
            symbol: &words.symbol,
            number: &words.number,
            branch: ascii(self.branch),
            relation: relation(claim.kind),
            ..Statement::default()
        };
        store(&statement, said, claim);
    }

    /// The insurer's number; symbol and number of the insured go to the words.
    fn insurance(&self, words: &mut Words) -> &'b str {
        words.symbol.clear();
        words.number.clear();
        if let Some(ho) = &self.ho {
            decode(ho.get(2), &mut words.symbol);
            decode(ho.get(3), &mut words.number);
            return ho.ascii(1);
        }
        if let Some(ko) = self.ko.as_ref().filter(|ko| !all_zero(ko.get(2))) {
            decode(ko.get(2), &mut words.number);
            return ko.ascii(1);
        }
        ""
    }
}

fn store(statement: &Statement<'_>, said: &mut Said, claim: &mut Claim<'_, '_>) {
    said.identity(&mut claim.reading.batches, statement, &claim.origin);
    if let Some(origin) = claim.origin(PERSON_ITEM) {
        said.person(&mut claim.reading.batches, statement, &origin);
    }
}

/// The number an insurer knows a patient by, in half width: `symbol-number-branch`, with the birth date in place of a
/// branch that is not stated, because a symbol and a number are a whole household's.
pub(super) fn insured_number(
    re: &Fields<'_>,
    rest: &[Line<'_>],
    words: &mut Words,
    into: &mut String,
) {
    into.clear();
    let who = Who::of(re, rest, Dialect::of(re.bare(2), re.count()));
    who.insurance(words);
    if words.number.is_empty() {
        return;
    }
    for part in [&words.symbol, &words.number] {
        let part = crate::text::narrow(part, &mut words.scratch);
        into.extend(part.chars().filter(|character| *character != ' '));
        into.push('-');
    }
    let last = if who.branch.is_empty() { re.bare(6) } else { who.branch };
    into.push_str(ascii(last));
}

/// Employee or dependant, from the last digit of the kind of claim; empty where it does not say.
pub(super) fn relation(kind: &[u8]) -> &'static str {
    match kind.last() {
        Some(b'1' | b'2') => "self",
        Some(b'3'..=b'6') => "dependant",
        _ => "",
    }
}

fn all_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'0' | b' '))
}

/// The sex a head states.
pub(super) const fn sex(digit: &[u8]) -> Option<Sex> {
    match digit {
        b"1" => Some(Sex::Male),
        b"2" => Some(Sex::Female),
        _ => None,
    }
}

/// The days a claim's month has; 0 where the month is not known.
pub(super) fn days_of(month: Option<Day>) -> u32 {
    month.map_or(0, |first| crate::date::month_end(first).ymd().2)
}
