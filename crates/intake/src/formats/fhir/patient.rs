//! The Patient resource: which number stands for the patient, and what is said of them.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::json::Value;
use super::systems::{self, Number};
use super::time::{Precision, When, when};
use super::{coded::Coding, codes};

/// Who a Patient resource is about.
#[derive(Clone, Copy)]
pub(super) struct Who<'t> {
    /// The patient number, by preference of an institution; the id where there is no identifier.
    pub(super) number: &'t str,
    /// The system of the number where it names an institution.
    pub(super) institution: &'t str,
    pub(super) kind: Option<Number>,
    pub(super) birth: Option<Day>,
    /// The day of death, or the last one it can have been.
    pub(super) death: Option<Day>,
    pub(super) sex: Option<Sex>,
}

/// Identifiers of the United States that name a person and are no patient number (HL7 table 0203).
const NO_NUMBER: [&str; 4] = ["SS", "DL", "PPN", "TAX"];

impl<'t> Who<'t> {
    /// Reads what the survey needs.
    pub(super) fn of(patient: Value<'t>) -> Self {
        let mut best: Option<(Number, &'t str, &'t str)> = None;
        for identifier in patient.get("identifier").items() {
            let (system, value) = (identifier.text("system"), identifier.text("value").trim());
            let kind = Coding::of(identifier.get("type").first("coding")).code;
            if value.is_empty() || identifier.text("use") == "old" || NO_NUMBER.contains(&kind) {
                continue;
            }
            let number = systems::number(system, kind);
            if best.as_ref().is_none_or(|(known, ..)| number < *known) {
                best = Some((number, system, value));
            }
        }
        let (kind, institution, number) = match best {
            Some((Number::Institution, system, value)) => {
                (Some(Number::Institution), system, value)
            }
            Some((kind, _, value)) => (Some(kind), "", value),
            None => (None, "", patient.text("id")),
        };
        Self {
            number,
            institution,
            kind,
            birth: exact(patient.text("birthDate")),
            death: when(patient.text("deceasedDateTime")).map(last_day),
            sex: sex(patient.text("gender")).filter(|sex| matches!(sex, Sex::Male | Sex::Female)),
        }
    }
}

fn exact(text: &str) -> Option<Day> {
    when(text).filter(|when| when.precision == Precision::Day).map(|when| when.day)
}

/// The last day that a date can mean.
fn last_day(when: When) -> Day {
    match when.precision {
        Precision::Day => when.day,
        Precision::Month => crate::date::month_end(when.day),
        Precision::Year => Day::from_ymd(when.day.ymd().0, 12, 31).unwrap_or(when.day),
    }
}

/// The sex of a word of FHIR.
pub(super) fn sex(word: &str) -> Option<Sex> {
    match word {
        "male" => Some(Sex::Male),
        "female" => Some(Sex::Female),
        "other" => Some(Sex::Other),
        "unknown" | "" => Some(Sex::Unknown),
        _ => None,
    }
}

/// What a Patient resource says that identifies: texts are assembled, as written.
#[derive(Default)]
pub(super) struct Details {
    pub(super) kanji: String,
    pub(super) kana: String,
    pub(super) postal: String,
    pub(super) address: String,
    pub(super) phone: String,
    /// What was wrong.
    pub(super) faults: Vec<&'static FindingCode>,
}

/// Reads the identifying details.
pub(super) fn details(patient: Value<'_>) -> Details {
    let mut details = Details::default();
    names(patient, &mut details);
    let home = patient.get("address").items().find(|one| one.text("use") == "home");
    let address = home.unwrap_or_else(|| patient.first("address"));
    details.postal = address.text("postalCode").chars().filter(char::is_ascii_digit).collect();
    details.address.push_str(address.text("text"));
    if details.address.is_empty() {
        for part in ["state", "city", "district"] {
            details.address.push_str(address.text(part));
        }
        for line in address.get("line").items() {
            details.address.push_str(line.as_text());
        }
    }
    let phones = patient.get("telecom").items().filter(|one| one.text("system") == "phone");
    let phone = phones.map(|one| one.text("value")).find(|phone| !phone.is_empty());
    details.phone.push_str(phone.unwrap_or_default());
    details
}

const REPRESENTATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";

/// One name in kanji and one in kana: the first of each that is not an old one. Family and given name stand with one
/// space between; where only `text` is given it is taken as written.
fn names(patient: Value<'_>, details: &mut Details) {
    for name in patient.get("name").items() {
        if matches!(name.text("use"), "old" | "maiden" | "nickname") {
            continue;
        }
        let mut whole = String::new();
        whole.push_str(name.text("family"));
        for given in name.get("given").items() {
            if !whole.is_empty() {
                whole.push(' ');
            }
            whole.push_str(given.as_text());
        }
        if whole.is_empty() {
            whole.push_str(name.text("text"));
        }
        if whole.is_empty() {
            continue;
        }
        let said = name.get("extension").items().find(|one| one.text("url") == REPRESENTATION);
        let kana = match said.map(|one| one.text("valueCode")) {
            Some("SYL") => true,
            Some("IDE" | "ABC") => false,
            _ => {
                details.faults.push(&codes::NAME);
                crate::text::is_kana(&whole)
            }
        };
        let slot = if kana { &mut details.kana } else { &mut details.kanji };
        if slot.is_empty() {
            *slot = whole;
        }
    }
}

/// An insured number `保険者番号:記号:番号:枝番`, taken apart.
pub(super) fn member(text: &str) -> Option<[&str; 4]> {
    let mut parts = text.split(':');
    let four = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(four.map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::super::json::Tape;
    use super::*;

    #[test]
    fn the_number_of_an_institution_comes_before_others_and_the_id_last() {
        let number = |text: &str| {
            let mut tape = Tape::default();
            let who = Who::of(tape.read(text).unwrap());
            (who.number.to_owned(), who.kind)
        };
        let both = r#"{"id":"x","identifier":[
            {"system":"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID","value":"1:2:3:4"},
            {"system":"urn:oid:1.2.392.100495.20.3.51.11318814790","value":" 000999739 "}]}"#;
        assert_eq!(number(both), ("000999739".to_owned(), Some(Number::Institution)));
        let record = r#"{"id":"x","identifier":[{"system":"a","value":"b"},
            {"type":{"coding":[{"code":"SS"}]},"value":"999"},
            {"type":{"coding":[{"code":"MR"}]},"value":"m"}]}"#;
        assert_eq!(number(record), ("m".to_owned(), Some(Number::Patient)));
        assert_eq!(number(r#"{"id":"x","name":[]}"#), ("x".to_owned(), None));
        assert_eq!(
            member("00012345:あいう:１８７:05"),
            Some(["00012345", "あいう", "１８７", "05"])
        );
        assert_eq!(member("00012345:あいう"), None);
    }

    #[test]
    fn names_are_told_apart_by_their_mark_or_by_their_characters() {
        let mut tape = Tape::default();
        let text = r#"{"name":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation","valueCode":"IDE"}],"family":"見本","given":["花子"]},
            {"family":"ミホン","given":["ハナコ"]},{"use":"old","text":"旧姓"}],
            "address":[{"state":"東京都","city":"港区","line":["１－２"],"postalCode":"105-0001"}],
            "telecom":[{"system":"email","value":"x"},{"system":"phone","value":"03"}]}"#;
        let said = details(tape.read(text).unwrap());
        assert_eq!((said.kanji.as_str(), said.kana.as_str()), ("見本 花子", "ミホン ハナコ"));
        assert_eq!((said.address.as_str(), said.postal.as_str()), ("東京都港区１－２", "1050001"));
        assert_eq!(said.phone, "03");
        assert_eq!(said.faults.len(), 1);
    }
}
