//! Specific health guidance (特定保健指導) after a checkup: one document a person whom the checkup advised it.
//!
//! Structure: the schema `hg08`; sections 90010 (level, stage, course), 90030 (first interview), 90040 (sums) and 90060
//! (last evaluation), acts named by the lists 3003 and 3005, and items of the guidance's own list (1006), as published
//! readers of these files look for them. Carried through by 26.5 % of those advised (厚生労働省「特定健康診査・特定保健
//! 指導の実施状況」令和4年度; rounded from memory).

use std::fmt::Write as _;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::document::{OID, head, observation};
use super::items::{Result10, Value};
use super::{CENTRE, Examined, Parcel, Program, fiscal_year};
use crate::chunk::{Chunk, Fact, Source};
use crate::dice::Dice;
use crate::period::digits;
use crate::writing::Written;
use crate::zip::Member;

/// 保健指導レベル of a checkup.
const LEVEL: &str = "9N506000000000011";
const WAIST: &str = "9N016160100000001";
const WEIGHT: &str = "9N006000000000001";

/// Guidance of a person: the level and what was agreed and reached.
struct Course {
    /// 1 積極的支援, 2 動機付け支援.
    level: u8,
    stage: u32,
    begun: Day,
    ended: Day,
    waist: [f64; 2],
    weight: [f64; 2],
    contacts: u32,
}

/// Writes the guidance that follows a checkup; returns its first and last day.
pub(super) fn guide(
    chunk: &mut Chunk,
    examined: &Examined<'_>,
    written: &Written,
    (results, day): (&[Result10], Day),
    dice: &mut Dice,
) -> Option<(Day, Day)> {
    let (period, person) = (examined.body.period, examined.body.person);
    let (takes, begun) = (dice.chance(0.265), day.plus(dice.range(25, 60)));
    let ended = begun.plus(dice.range(90, 120));
    let (stage, lost, contacts) = (dice.count(1, 5), dice.unit() * 4.0, dice.count(2, 5));
    let level = match results.iter().find(|one| one.code == LEVEL)?.value {
        Value::Answer { code: code @ 1..=2, .. } => code,
        _ if examined.canary.is_some() => 2,
        _ => return None,
    };
    let last = person.death.map_or(period.end, |death| death.plus(-1)).min(period.end);
    if !(takes || examined.canary.is_some()) || ended > last {
        return None;
    }
    let measured = |code: &str| match &results.iter().find(|one| one.code == code)?.value {
        Value::Quantity { text, .. } => text.parse::<f64>().ok(),
        _ => None,
    };
    let (waist, weight) = (measured(WAIST)?, measured(WEIGHT)?);
    let course = Course {
        level,
        stage,
        begun,
        ended,
        waist: [waist - 4.0, waist - lost],
        weight: [weight - 3.0, weight - lost * 0.8],
        contacts,
    };
    let serial = person.no % 1_000_000;
    let parcel = Parcel::of((fiscal_year(ended), Program::Guidance), person.no, period);
    let folder = parcel.name();
    let name = format!("{folder}/DATA/g{CENTRE}{}20{serial:06}.xml", digits(ended));
    let file = format!("deliveries/{}/{folder}.zip/{name}", examined.provider.id);
    let source = Source {
        person: person.no,
        provider: examined.at,
        provider_id: &examined.provider.id,
        number: &written.number,
        file: &file,
        also: None,
    };
    course.tell(chunk, &source);
    let note = examined.canary.map_or_else(|| "歩いて減らすコース".to_owned(), |one| one.note());
    let text = course.document(written, serial, &note);
    chunk.members.push((parcel, Member::new(name, text.as_bytes())));
    chunk.count(examined.at, "documents");
    Some((begun, ended))
}

impl Course {
    /// Coded items: number, name, code list, code.
    fn answers(&self) -> [(&'static str, &'static str, u32, u32); 2] {
        [
            ("1020000001", "支援レベル", 3_001, u32::from(self.level)),
            ("1020000002", "行動変容ステージ", 3_002, self.stage),
        ]
    }

    /// Numbers agreed at the first interview, counted on the way, and measured at the end.
    fn numbers(&self) -> [(&'static str, &'static str, String, &'static str); 6] {
        let [aim_waist, waist] = self.waist;
        let [aim_weight, weight] = self.weight;
        [
            ("1021001031", "目標腹囲", format!("{aim_waist:.1}"), "cm"),
            ("1021001032", "目標体重", format!("{aim_weight:.1}"), "kg"),
            ("1042800117", "継続的な支援の実施回数", self.contacts.to_string(), "1"),
            ("1042001031", "最終評価時の腹囲", format!("{waist:.1}"), "cm"),
            ("1042001032", "最終評価時の体重", format!("{weight:.1}"), "kg"),
            ("1042000116", "評価できない場合の確認回数", "0".to_owned(), "1"),
        ]
    }

    fn tell(&self, chunk: &mut Chunk, source: &Source<'_>) {
        let day = self.ended;
        let system = Some(CodeSystem::Local);
        for (code, _, _, value) in self.answers() {
            let value = value.to_string();
            let kind = "observation";
            chunk.fact(source, &Fact { kind, day, system, code, value: &value, unit: "" });
        }
        for (code, _, value, unit) in self.numbers() {
            chunk.fact(source, &Fact { kind: "lab", day, system, code, value: &value, unit });
        }
        for (code, day) in [("3003-1", self.begun), ("3005-1", self.ended)] {
            let kind = "procedure";
            chunk.fact(source, &Fact { kind, day, system, code, value: "1", unit: "" });
        }
        let code = "1020000003";
        chunk.fact(source, &Fact { kind: "note", day, system, code, value: "", unit: "" });
        let code = "guidance";
        chunk.fact(source, &Fact { kind: "visit", day, system: None, code, value: "", unit: "" });
    }

    fn document(&self, written: &Written, serial: u64, note: &str) -> String {
        let mut out = String::with_capacity(8 << 10);
        // 22: a course carried through.
        head(&mut out, written, (self.ended, "22"), serial);
        out.push_str("<component><structuredBody>\n");
        let mut common = String::new();
        for (code, name, list, value) in self.answers() {
            let value =
                format!("<value xsi:type=\"CD\" code=\"{value}\" codeSystem=\"{OID}.{list}\"/>");
            beside(&mut common, (code, name), &value);
        }
        let words = format!("<value xsi:type=\"ST\">{note}</value>");
        beside(&mut common, ("1020000003", "保健指導コース名"), &words);
        let whole = "<code nullFlavor=\"NA\"/>";
        section(&mut out, ("90010", "指導共通情報セクション"), whole, &common);
        let numbers = self.numbers();
        let some = |from: usize, to: usize| {
            let mut text = String::new();
            for (code, name, value, unit) in numbers.get(from..to).unwrap_or_default() {
                let value = format!("<value xsi:type=\"PQ\" value=\"{value}\" unit=\"{unit}\"/>");
                beside(&mut text, (code, name), &value);
            }
            text
        };
        let act = |list: u32, name: &str, day: Day| {
            format!(
                "<code code=\"1\" codeSystem=\"{OID}.{list}\" displayName=\"{name}\"/>\
                 <effectiveTime value=\"{}\"/>",
                digits(day)
            )
        };
        let first = act(3_003, "個別支援", self.begun);
        section(&mut out, ("90030", "指導初回情報セクション"), &first, &some(0, 2));
        section(&mut out, ("90040", "指導集計情報セクション"), whole, &some(2, 3));
        let last = act(3_005, "個別面接", self.ended);
        section(&mut out, ("90060", "最終評価情報セクション"), &last, &some(3, 6));
        out.push_str("</structuredBody></component>\n</ClinicalDocument>\n");
        out
    }
}

/// An item within an act.
fn beside(out: &mut String, (code, name): (&str, &str), value: &str) {
    out.push_str("<entryRelationship typeCode=\"COMP\">");
    observation(out, (code, name), "", value);
    out.push_str("</entryRelationship>\n");
}

/// A section of one act; `begin` is its code and day.
fn section(out: &mut String, (code, name): (&str, &str), begin: &str, items: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<component><section><code code=\"{code}\" codeSystem=\"{OID}.1010\" \
         displayName=\"{name}\"/><title>{name}</title><text/>\n\
         <entry><act classCode=\"ACT\" moodCode=\"EVN\">{begin}\n{items}</act></entry>\
         </section></component>"
    );
}
