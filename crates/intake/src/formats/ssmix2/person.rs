//! Who a message is about: PID, and the insurance of IN1 and ZI1.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::codes;
use super::message::{Message, Segment};
use super::problems::problem_death;
use crate::date::stamp;

/// What PID says, as written.
#[derive(Clone, Default)]
pub(super) struct Pid {
    pub(super) number: String,
    pub(super) kanji: String,
    pub(super) kana: String,
    pub(super) birth: Option<Day>,
    /// The day of death, or the last on which it can have been (PID-29, PID-30).
    pub(super) death: Option<Day>,
    pub(super) sex: Sex,
    pub(super) postal: String,
    pub(super) address: String,
    pub(super) phone: String,
    /// Number of the segment, from 1.
    pub(super) record: u32,
    /// What was wrong with it, by field.
    pub(super) faults: Vec<(&'static FindingCode, u16)>,
    /// Whether another PID of the message names another patient.
    pub(super) disputed: bool,
}

/// The PID of a message; `None` where there is none.
pub(super) fn pid(message: &Message<'_>) -> Option<Pid> {
    let mut found: Option<Pid> = None;
    let mut sent = None;
    message.each(|segment| match (segment.name(), &mut found) {
        ("MSH", _) => sent = stamp(segment.part(7, 1)).map(|stamp| stamp.day),
        ("PID", None) => found = Some(read(segment, sent)),
        ("PID", Some(first)) => first.disputed |= number(segment) != first.number,
        ("PRB", Some(first)) => first.died(problem_death(segment)),
        _ => {}
    });
    found
}

impl Pid {
    /// Notes a death: the earliest counts.
    fn died(&mut self, day: Option<Day>) {
        self.death = match (self.death, day) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }
}

/// PID-29 and PID-30: the day of death; of a death without a day, the day the message was sent.
fn death(segment: &Segment<'_, '_>, sent: Option<Day>) -> Option<Day> {
    let day = stamp(segment.part(29, 1)).map(|stamp| stamp.day);
    day.or(sent.filter(|_| segment.part(30, 1) == "Y"))
}

fn read(segment: &Segment<'_, '_>, sent: Option<Day>) -> Pid {
    let mut pid = Pid {
        number: number(segment).to_owned(),
        record: segment.number,
        death: death(segment, sent),
        ..Pid::default()
    };
    let birth = segment.part(7, 1);
    pid.birth = stamp(birth).map(|stamp| stamp.day);
    if pid.birth.is_none() && !birth.is_empty() {
        pid.faults.push((&codes::BIRTH, 7));
    }
    pid.sex = match segment.part(8, 1) {
        "M" => Sex::Male,
        "F" => Sex::Female,
        "O" | "A" => Sex::Other,
        "U" | "N" | "" => Sex::Unknown,
        _ => {
            pid.faults.push((&codes::SEX, 8));
            Sex::Unknown
        }
    };
    names(segment, &mut pid);
    address(segment, &mut pid);
    pid.phone = [13, 14]
        .into_iter()
        .flat_map(|field| segment.repetitions(field))
        .map(|phone| match segment.of(phone, 12) {
            // Component 12 holds the number as written; older messages have it in component 1.
            "" => segment.of(phone, 1),
            number => number,
        })
        .find(|phone| phone.bytes().any(|byte| byte.is_ascii_digit()))
        .map_or_else(String::new, |phone| segment.plain(phone).into_owned());
    pid
}

/// PID-3: the repetition of type PI, or the first.
fn number<'t>(segment: &Segment<'_, 't>) -> &'t str {
    let of_type = segment.repetitions(3).find(|id| segment.of(id, 5) == "PI");
    segment.of(of_type.unwrap_or_else(|| segment.part(3, 1)), 1)
}

/// PID-5: one repetition in kanji (I), one in kana (P). Messages that lack a caret have the letter one component
/// early, so the last component counts; without a letter the characters decide.
fn names(segment: &Segment<'_, '_>, pid: &mut Pid) {
    let component = segment.separators.component;
    for repetition in segment.repetitions(5) {
        let (family, given) = (segment.of(repetition, 1), segment.of(repetition, 2));
        let name = match (family, given) {
            ("", "") => continue,
            (one, "") | ("", one) => segment.plain(one).into_owned(),
            (family, given) => {
                format!("{} {}", segment.plain(family), segment.plain(given))
            }
        };
        let letter = repetition.rsplit(component).map(str::trim).find(|one| !one.is_empty());
        let phonetic = match letter {
            Some("P") => true,
            Some("I" | "A") => false,
            _ => crate::text::is_kana(&name),
        };
        let slot = if phonetic { &mut pid.kana } else { &mut pid.kanji };
        if slot.is_empty() {
            *slot = name;
        }
    }
}

/// PID-11: the home address (H) or the first; component 5 postal code, 8 the whole address, else 1 to 4 joined.
fn address(segment: &Segment<'_, '_>, pid: &mut Pid) {
    let home = segment.repetitions(11).find(|one| segment.of(one, 7) == "H");
    let Some(address) = home.or_else(|| segment.repetitions(11).next()) else { return };
    pid.postal = segment.of(address, 5).chars().filter(char::is_ascii_digit).collect();
    let whole = segment.of(address, 8);
    if whole.is_empty() {
        for component in [4, 3, 1, 2] {
            pid.address.push_str(&segment.plain(segment.of(address, component)));
        }
    } else {
        pid.address = segment.plain(whole).into_owned();
    }
}

/// An insurance, of IN1 or ZI1: the fields have the same numbers.
#[derive(Clone, Copy)]
pub(super) struct Insured<'t> {
    pub(super) insurer: &'t str,
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
