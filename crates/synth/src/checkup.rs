//! Specific health checkups (特定健診, 4th edition; formats.md 8) of the insurer's members from 40 to 74, the guidance that
//! follows some, and the municipality's checkups as a table.
//!
//! One document a person and fiscal year, zipped by fiscal year and 20,000 persons, with index and summary, as
//! examination centres send them to the insurer. Structure: the schemas of the exchange (`hc08`, `ix08`, `su08`);
//! items and answers: the item table of the 4th edition, from memory. Answers follow the same life as claims and
//! charts: who is treated for hypertension says so. Taken up by 82 % of members (厚生労働省「特定健康診査・特定保健指導の
//! 実施状況」令和4年度, 健康保険組合). Start at [`checkups`].

mod document;
mod guidance;
mod items;
mod table;

use sudare_model::time::Day;

use crate::body::Body;
use crate::canary::Canary;
use crate::chunk::{Chunk, Source};
use crate::dice::{Dice, Purpose};
use crate::insurance::Scheme;
use crate::period::{Period, age, digits};
use crate::places::employer_number;
use crate::site::Provider;
use crate::writing::{Writer, Written, narrow};
use crate::zip::Member;
pub(crate) use table::tables;

/// Position of the insurer among the employers' schemes.
const INSURER: usize = 3;
/// Persons of the region whose documents share a zip; a bound on memory.
const ZIP_PERSONS: u64 = 20_000;
/// The examination centre, 10 digits.
const CENTRE: &str = "2219900012";

/// What a zip holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Program {
    /// 特定健診.
    Checkup,
    /// 特定保健指導.
    Guidance,
}

impl Program {
    /// 実施区分.
    const fn digit(self) -> u8 {
        match self {
            Self::Checkup => 1,
            Self::Guidance => 2,
        }
    }

    /// In yen, for each person.
    const fn price(self) -> u64 {
        match self {
            Self::Checkup => 8_800,
            Self::Guidance => 24_000,
        }
    }
}

/// Where a document goes: the zip of a program, a fiscal year and a block of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Parcel {
    /// The fiscal year, by the calendar year it begins in.
    year: i32,
    program: Program,
    block: u64,
    /// The day it was packed.
    packed: Day,
}

impl Parcel {
    fn of((year, program): (i32, Program), person: u64, period: &Period) -> Self {
        let block = person / ZIP_PERSONS;
        let late = i32::try_from(block / 10).unwrap_or_default();
        let packed = Day::from_ymd(year + 1, 4, 1).unwrap_or(period.as_of).plus(late);
        Self { year, program, block, packed }
    }

    /// Whether no document of this or a later person can go into `other` any more.
    pub(crate) fn is_after(self, other: Self) -> bool {
        self.block > other.block
    }

    /// `送付元機関番号_送付先機関番号_送付年月日N_種別`.
    pub(crate) fn name(self) -> String {
        format!(
            "{CENTRE}_{}_{}{}_{}",
            employer_number(INSURER),
            digits(self.packed),
            self.block % 10,
            self.program.digit()
        )
    }

    /// Index and summary of so many documents.
    pub(crate) fn covers(self, documents: u64) -> [Member; 2] {
        let name = self.name();
        let day = digits(self.packed);
        [
            Member::new(
                format!("{name}/ix08_V08.xml"),
                document::index(&day, documents, self.program).as_bytes(),
            ),
            Member::new(
                format!("{name}/su08_V08.xml"),
                document::summary(documents, self.program).as_bytes(),
            ),
        ]
    }
}

/// Whose checkups are written.
pub(crate) struct Examined<'a> {
    pub(crate) body: Body<'a>,
    pub(crate) provider: &'a Provider,
    pub(crate) at: usize,
    pub(crate) canary: Option<&'a Canary>,
}

/// A number under which the insurer knows the person, and the first and last day of its checkups.
pub(crate) type Insured = (String, Day, Day);

/// The insurer whose members are examined and whose claims its payer returns to it.
pub(crate) fn is_member(scheme: Scheme) -> bool {
    scheme == Scheme::Employer(INSURER)
}

/// The number under which the insurer knows someone: `記号-番号-枝番` in half width.
pub(crate) fn insured_number(written: &mut Written) -> String {
    if written.branch.is_empty() {
        "01".clone_into(&mut written.branch);
    }
    let card = [&written.symbol, &written.card, &written.branch].map(|one| narrow(one));
    card.join("-")
}

/// Writes a person's checkups and guidance; returns the numbers they and the person's claims stand under.
pub(crate) fn checkups(
    chunk: &mut Chunk,
    examined: &Examined<'_>,
    writer: &Writer<'_>,
) -> Vec<Insured> {
    let Body { seed, period, person, .. } = examined.body;
    let mut dice = Dice::new(seed, Purpose::Checkup, person.no, 0);
    let mut after = Dice::new(seed, Purpose::Guidance, person.no, 0);
    let mut numbers: Vec<Insured> = std::mem::take(&mut chunk.insured);
    let (first, last) = (fiscal_year(period.start), fiscal_year(period.end));
    for year in first..=last {
        let (Some(begin), Some(end)) = (Day::from_ymd(year, 4, 1), Day::from_ymd(year + 1, 3, 31))
        else {
            continue;
        };
        let day = begin.plus(dice.range(20, 340));
        let comes = dice.chance(0.82) || examined.canary.is_some();
        let Some(known) = person.on(day).filter(|_| comes) else { continue };
        let member = is_member(known.cover.scheme) || examined.canary.is_some();
        let of_age = (40..75).contains(&age(person.birth, end)) || examined.canary.is_some();
        let alive = person.birth < day && person.death.is_none_or(|death| death > day);
        if !(member && of_age && alive) || day < period.start || day > period.end {
            continue;
        }
        let Some(mut written) = writer.on(day) else { continue };
        written.number = insured_number(&mut written);
        also_known(&mut numbers, (&written.number, day, day));
        let parcel = Parcel::of((year, Program::Checkup), person.no, period);
        let folder = parcel.name();
        let serial = person.no % 1_000_000;
        let name = format!("{folder}/DATA/h{CENTRE}{}0{:06}.xml", digits(day) + "1", serial);
        let file = format!("deliveries/{}/{folder}.zip/{name}", examined.provider.id);
        let source = Source {
            person: person.no,
            provider: examined.at,
            provider_id: &examined.provider.id,
            number: &written.number,
            file: &file,
            also: None,
        };
        let results = items::results(&examined.body, day, &mut dice);
        items::tell(chunk, &source, &results, day);
        let text = document::document(&written, &results, day, serial, examined.canary);
        chunk.members.push((parcel, Member::new(name, text.as_bytes())));
        chunk.count(examined.at, "documents");
        let guided = guidance::guide(chunk, examined, &written, (&results, day), &mut after);
        if let Some((from, to)) = guided {
            also_known(&mut numbers, (&written.number, from, to));
        }
    }
    numbers
}

/// Adds days to those of a number.
pub(crate) fn also_known(numbers: &mut Vec<Insured>, (number, from, to): (&str, Day, Day)) {
    match numbers.iter_mut().find(|one| one.0 == number) {
        Some(one) => (one.1, one.2) = (one.1.min(from), one.2.max(to)),
        None => numbers.push((number.to_owned(), from, to)),
    }
}

fn fiscal_year(day: Day) -> i32 {
    let (year, month, _) = day.ymd();
    year - i32::from(month < 4)
}
