//! Who a message is about: PID, and the insurance of IN1 and ZI1.

use std::borrow::Cow;
use std::rc::Rc;

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::codes;
use super::message::{Segment, Separators};
use crate::date::stamp;

/// What PID says of the person, as written.
#[derive(Default)]
pub(super) struct Person<'t> {
    pub(super) number: &'t str,
    pub(super) kanji: Cow<'t, str>,
    pub(super) kana: Cow<'t, str>,
    pub(super) birth: Option<Day>,
    pub(super) sex: Sex,
    pub(super) postal: String,
    pub(super) address: Cow<'t, str>,
    pub(super) phone: Cow<'t, str>,
    /// PID-29: the day of death; PID-30: whether there was one.
    death: Option<Day>,
    dead: bool,
    /// Whether any of its numbers is an individual number.
    pub(super) individual: bool,
    /// What was wrong with it, by field.
    pub(super) faults: Vec<(&'static FindingCode, u16)>,
}

/// The PID read last, with its line: messages of a patient repeat it to the letter.
pub(super) type Known<'t> = Option<(&'t str, Separators, Rc<Person<'t>>)>;

/// The PID of a message.
#[derive(Clone, Default)]
pub(super) struct Pid<'t> {
    pub(super) person: Rc<Person<'t>>,
    /// The day of death, or the last on which it can have been.
    pub(super) death: Option<Day>,
    /// Number of the segment, from 1.
    pub(super) record: u32,
    /// Whether another PID of the message names another patient.
    pub(super) disputed: bool,
}

impl<'t> Pid<'t> {
    /// Of a message sent that day: the day of a death without a day.
    pub(super) fn new(person: Rc<Person<'t>>, record: u32, sent: Option<Day>) -> Self {
        let death = person.death.or(sent.filter(|_| person.dead));
        Self { person, death, record, disputed: false }
    }

    /// Notes a death: the earliest counts.
    pub(super) fn died(&mut self, day: Option<Day>) {
        self.death = match (self.death, day) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }
}

impl<'t> Person<'t> {
    /// Reads a PID that is not the same as the one before.
    pub(super) fn read(segment: &Segment<'_, 't>, known: &mut Known<'t>) -> Rc<Self> {
        if let Some((line, separators, person)) = known
            && (*line, *separators) == (segment.line(), segment.separators)
        {
            return Rc::clone(person);
        }
        let person = Rc::new(read(segment));
        *known = Some((segment.line(), segment.separators, Rc::clone(&person)));
        person
    }
}

fn read<'t>(segment: &Segment<'_, 't>) -> Person<'t> {
    let mut ids = segment.repetitions(3);
    let mut person = Person {
        number: number(segment),
        individual: ids.any(|id| crate::checks::is_my_number(segment.of(id, 1))),
        death: stamp(segment.part(29, 1)).map(|stamp| stamp.day),
        dead: segment.part(30, 1) == "Y",
        ..Person::default()
    };
    let birth = segment.part(7, 1);
    person.birth = stamp(birth).map(|stamp| stamp.day);
    if person.birth.is_none() && !birth.is_empty() {
        person.faults.push((&codes::BIRTH, 7));
    }
    person.sex = match segment.part(8, 1) {
        "M" => Sex::Male,
        "F" => Sex::Female,
        "O" | "A" => Sex::Other,
        "U" | "N" | "" => Sex::Unknown,
        _ => {
            person.faults.push((&codes::SEX, 8));
            Sex::Unknown
        }
    };
    names(segment, &mut person);
    address(segment, &mut person);
    person.phone = [13, 14]
        .into_iter()
        .flat_map(|field| segment.repetitions(field))
        .map(|phone| match segment.of(phone, 12) {
            // Component 12 holds the number as written; older messages have it in component 1.
            "" => segment.of(phone, 1),
            number => number,
        })
        .find(|phone| phone.bytes().any(|byte| byte.is_ascii_digit()))
        .map_or(Cow::Borrowed(""), |phone| segment.plain(phone));
    person
}

/// PID-3: the repetition of type PI, or the first.
fn number<'t>(segment: &Segment<'_, 't>) -> &'t str {
    let of_type = segment.repetitions(3).find(|id| segment.of(id, 5) == "PI");
    segment.of(of_type.unwrap_or_else(|| segment.part(3, 1)), 1)
}

/// PID-5: one repetition in kanji (I), one in kana (P). Messages that lack a caret have the letter one component
/// early, so the last component counts; without a letter the characters decide.
fn names<'t>(segment: &Segment<'_, 't>, person: &mut Person<'t>) {
    let component = segment.separators.component;
    for repetition in segment.repetitions(5) {
        let (family, given) = (segment.of(repetition, 1), segment.of(repetition, 2));
        let name = match (family, given) {
            ("", "") => continue,
            (one, "") | ("", one) => segment.plain(one),
            (family, given) => {
                Cow::Owned(format!("{} {}", segment.plain(family), segment.plain(given)))
            }
        };
        let letter = repetition.rsplit(component).map(str::trim).find(|one| !one.is_empty());
        let phonetic = match letter {
            Some("P") => true,
            Some("I" | "A") => false,
            _ => crate::text::is_kana(&name),
        };
        let slot = if phonetic { &mut person.kana } else { &mut person.kanji };
        if slot.is_empty() {
            *slot = name;
        }
    }
}

/// PID-11: the home address (H) or the first; component 5 postal code, 8 the whole address, else 1 and 2. What of 4
/// (prefecture) and 3 (municipality) these do not name already is put before them, the municipality behind a prefecture
/// that they begin with.
fn address<'t>(segment: &Segment<'_, 't>, person: &mut Person<'t>) {
    let home = segment.repetitions(11).find(|one| segment.of(one, 7) == "H");
    let Some(address) = home.or_else(|| segment.repetitions(11).next()) else { return };
    person.postal = segment.of(address, 5).chars().filter(char::is_ascii_digit).collect();
    let plain = |component| segment.plain(segment.of(address, component));
    let mut street = plain(8);
    if street.is_empty() {
        street = Cow::Owned([plain(1), plain(2)].concat());
    }
    let (prefecture, mut municipality) = (plain(4), plain(3));
    if street.contains(&*municipality) {
        municipality = Cow::Borrowed("");
    }
    let named = !prefecture.is_empty() && street.contains(&*prefecture);
    // Only a whole name ends where it ends: 京都 is not all of 京都府.
    let begins = street.strip_prefix(&*prefecture);
    let whole = prefecture.chars().count() > 2 && prefecture.ends_with(['都', '道', '府', '県']);
    let behind = begins.filter(|_| named && whole);
    person.address = match behind {
        _ if municipality.is_empty() && (named || prefecture.is_empty()) => street,
        Some(behind) => Cow::Owned([&*prefecture, &*municipality, behind].concat()),
        None if named => Cow::Owned([municipality, street].concat()),
        None => Cow::Owned([prefecture, municipality, street].concat()),
    };
}

/// An insurance, of IN1 or ZI1: the fields have the same numbers.
#[derive(Clone, Copy)]
pub(super) struct Insured<'t> {
    pub(super) insurer: &'t str,
    /// The kind of insurance (IN1-2), where a table of ours numbers it: the law number.
    pub(super) plan: &'t str,
    pub(super) symbol: &'t str,
    pub(super) number: &'t str,
    pub(super) from: &'t str,
    pub(super) until: &'t str,
    /// `self`, `dependant` or empty.
    pub(super) relation: &'static str,
}

impl<'t> Insured<'t> {
    /// Reads the segment. IN1-11 of one published sample holds a name, which is not a number: see the readings page.
    pub(super) fn read(segment: &Segment<'_, 't>) -> Self {
        Self {
            insurer: segment.part(3, 1),
            plan: if segment.part(2, 3) == "JHSD0001" { segment.part(2, 1) } else { "" },
            symbol: segment.part(10, 1),
            number: segment.part(11, 1),
            from: segment.part(12, 1),
            until: segment.part(13, 1),
            relation: match segment.part(17, 1) {
                "" => "",
                "SEL" => "self",
                _ => "dependant",
            },
        }
    }
}
