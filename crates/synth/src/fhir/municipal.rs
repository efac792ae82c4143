//! Lung cancer screening of a municipality's residents: a document Bundle a person and fiscal year.
//!
//! Structure and codes are those of the public example of the municipal checkup guide (肺がん検診, formats.md 9.2). The
//! municipality knows people by its own resident number (宛名番号). Share: 6 % of residents from 40 on a year
//! (「地域保健・健康増進事業報告」令和4年度, municipal lung screening; rounded from memory), fewer in large regions.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::json::{self, names, person, quoted};
use super::{Charted, facility};
use crate::chunk::{Chunk, Fact, Source};
use crate::dice::{Dice, Purpose};
use crate::period::age;
use crate::writing::{Writer, Written};

/// Bundles a year, at most; a bound on the volume.
const BUNDLES: u64 = 1_500;
/// Code list of the guide.
const ITEMS: &str = "http://jpfhir.jp/fhir/eCheckup/CodeSystem/jlac10";

/// A coded item: number, name, category, code list, code, its words.
type Item = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

/// Writes a person's screenings below `out`; returns the days of the first and the last.
pub(crate) fn screenings(
    chunk: &mut Chunk,
    charted: &Charted<'_>,
    writer: &Writer<'_>,
    (persons, out): (u64, &Path),
) -> io::Result<Option<(Day, Day)>> {
    let body = charted.body;
    let mut dice = Dice::new(body.seed, Purpose::Municipal, body.person.no, 0);
    let mut days: Option<(Day, Day)> = None;
    let one_in = usize::try_from((persons / 4 / BUNDLES).max(17)).unwrap_or(usize::MAX);
    for year in 0..i32::try_from(body.period.months() / 12).unwrap_or_default() {
        let day = body.period.start.plus(year * 365 + dice.range(30, 330));
        let comes = dice.below(one_in) == 0 || charted.canary.is_some();
        let resident = body.person.on(day).is_some_and(|known| known.home.city == 0);
        let old = age(body.person.birth, day) >= 40;
        let alive = body.person.death.is_none_or(|death| death > day);
        if !comes || !(resident && old || charted.canary.is_some()) || !alive {
            continue;
        }
        if body.person.birth >= day || day > body.period.end {
            continue;
        }
        let Some(written) = writer.on(day) else { continue };
        let items = items(charted, day, &mut dice);
        let id = identity(body.person.no, year);
        let name = format!("Bundle-{id}.json");
        let file = format!("deliveries/{}/{}/{name}", charted.provider.id, day.ymd().0);
        tell(chunk, charted, (&written, &file), &items, day);
        let text = bundle(charted, &written, &items, (day, &id));
        let path = out.join(&file);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
        chunk.count(charted.at, "documents");
        days = Some((days.map_or(day, |one| one.0), day));
    }
    Ok(days)
}

/// What was found, after the person's own illness.
fn items(charted: &Charted<'_>, day: Day, dice: &mut Dice) -> Vec<Item> {
    let ill = charted.body.has(&["C349"], day);
    let (judged, further) = match dice.unit() {
        _ if ill => (("4", "Ｅ（肺癌の疑い）"), ("2", "要精密検査（肺がん疑い）")),
        u if u < 0.02 => (("3", "Ｄ（肺癌以外の疾患）"), ("3", "要精密検査（肺がん以外）")),
        _ => (("2", "Ｂ（異常所見を認めない）"), ("1", "精密検査不要")),
    };
    vec![
        (
            "9P502000000000011",
            "肺がん検診の胸部エックス線検査判定",
            "imaging",
            "2100",
            judged.0,
            judged.1,
        ),
        ("9P504000000000011", "肺がん検診の精密検査対象有無", "exam", "2140", further.0, further.1),
    ]
}

/// A UUID of a person and year, version 4 in form.
fn identity(person: u64, year: i32) -> String {
    uuid(person, u64::from(year.unsigned_abs()))
}

/// A number spread over the form of a UUID.
fn uuid(person: u64, part: u64) -> String {
    let one =
        person.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(part.wrapping_mul(0xD1B5_4A33));
    let two = one.rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        one >> 32,
        one >> 16 & 0xFFFF,
        one & 0xFFF,
        two >> 52,
        two & 0xFFFF_FFFF_FFFF
    )
}

fn tell(
    chunk: &mut Chunk,
    charted: &Charted<'_>,
    (written, file): (&Written, &str),
    items: &[Item],
    day: Day,
) {
    let source = Source {
        person: charted.body.person.no,
        provider: charted.at,
        provider_id: &charted.provider.id,
        number: &written.number,
        file,
        also: None,
    };
    for (code, _, _, _, value, _) in items {
        let system = Some(CodeSystem::Jlac10);
        chunk.fact(&source, &Fact { kind: "observation", day, system, code, value, unit: "" });
    }
    let code = "screening";
    chunk.fact(&source, &Fact { kind: "visit", day, system: None, code, value: "", unit: "" });
}

/// The addresses of a Bundle's resources.
struct Parts {
    composition: String,
    patient: String,
    centre: String,
    encounter: String,
    /// One an item, and one for the words.
    results: Vec<String>,
}

impl Parts {
    fn of(person: u64, day: Day, items: usize) -> Self {
        let seed = person.wrapping_add(1);
        let part = |nth: u64| {
            let (year, month, _) = day.ymd();
            let year = u64::from(year.unsigned_abs());
            format!("urn:uuid:{}", uuid(seed, year * 10_000 + u64::from(month) * 100 + nth))
        };
        Self {
            composition: part(1),
            patient: part(2),
            centre: part(3),
            encounter: part(4),
            results: (0..=items as u64).map(|nth| part(10 + nth)).collect(),
        }
    }

    /// `"subject":…`.
    fn about(&self) -> String {
        format!("\"subject\":{{\"reference\":\"{}\"}}", self.patient)
    }
}

fn bundle(
    charted: &Charted<'_>,
    written: &Written,
    items: &[Item],
    (day, id): (Day, &str),
) -> String {
    let parts = Parts::of(charted.body.person.no, day, items.len());
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"id\":\"{id}\",\"meta\":{{\"profile\":\
         [\"http://jpfhir.jp/fhir/eMunicipalCheckup/StructureDefinition/JP_Bundle_eMunicipalCheckup\"]}},\
         \"identifier\":{{\"system\":\"urn:ietf:rfc:3986\",\"value\":\"urn:uuid:{id}\"}},\
         \"type\":\"document\",\"timestamp\":\"{day}T16:00:00+09:00\",\"entry\":["
    );
    composition(&mut out, &parts, day);
    people(&mut out, charted, written, &parts);
    let _ = write!(
        out,
        ",{{\"fullUrl\":\"{}\",\"resource\":{{\"resourceType\":\"Encounter\",\
         \"status\":\"finished\",\"class\":{},{},\
         \"period\":{{\"start\":\"{day}\",\"end\":\"{day}\"}}}}}}",
        parts.encounter,
        json::coding(
            "http://jpfhir.jp/fhir/eCheckup/CodeSystem/encounter-category",
            "checkup",
            "健診"
        ),
        parts.about(),
    );
    let mut observation = |url: &str, (code, name, category): (&str, &str, &str), value: &str| {
        let _ = write!(
            out,
            ",{{\"fullUrl\":\"{url}\",\"resource\":{{\"resourceType\":\"Observation\",\
             \"status\":\"final\",\"category\":[{}],\"code\":{{\"coding\":[{}]}},{},\
             \"effectiveDateTime\":\"{day}\",{value}}}}}",
            json::concept("http://terminology.hl7.org/CodeSystem/observation-category", category),
            json::coding(ITEMS, code, name),
            parts.about(),
        );
    };
    for (url, (code, name, category, list, value, words)) in parts.results.iter().zip(items) {
        let system = format!("urn:oid:1.2.392.100495.100.{list}");
        let coded = json::coding(&system, value, words);
        let value = format!("\"valueCodeableConcept\":{{\"coding\":[{coded}]}}");
        observation(url, (code, name, category), &value);
    }
    let note = charted.canary.map_or_else(|| "特記事項無し".to_owned(), |one| one.note());
    let text = format!("\"valueString\":{}", quoted(&note));
    let words = ("9P503160800000049", "肺がん検診の胸部エックス線検査所見", "imaging");
    if let Some(url) = parts.results.last() {
        observation(url, words, &text);
    }
    out.push_str("]}\n");
    out
}

fn composition(out: &mut String, parts: &Parts, day: Day) {
    let list: Vec<String> =
        parts.results.iter().map(|one| format!("{{\"reference\":\"{one}\"}}")).collect();
    let _ = write!(
        out,
        "{{\"fullUrl\":\"{}\",\"resource\":{{\"resourceType\":\"Composition\",\
         \"status\":\"final\",\"type\":{},\"category\":[{}],{},\
         \"encounter\":{{\"reference\":\"{}\"}},\"date\":\"{day}T16:00:00+09:00\",\
         \"author\":[{{\"reference\":\"{}\"}}],\"title\":\"肺がん検診結果のお知らせ\",\
         \"section\":[{{\"title\":\"検査結果\",\"code\":{},\"entry\":[{}]}}]}}}}",
        parts.composition,
        json::concept("http://jpfhir.jp/fhir/Common/CodeSystem/doc-typecodes", "53576-5"),
        json::concept("http://jpfhir.jp/fhir/eCheckup/CodeSystem/checkup-report-category", "51"),
        parts.about(),
        parts.encounter,
        parts.centre,
        json::concept("http://jpfhir.jp/fhir/eCheckup/CodeSystem/section-code", "01910"),
        list.join(","),
    );
}

/// Patient and Organization.
fn people(out: &mut String, charted: &Charted<'_>, written: &Written, parts: &Parts) {
    let centre = facility(charted.provider);
    let _ = write!(
        out,
        ",{{\"fullUrl\":\"{}\",\"resource\":{{\"resourceType\":\"Patient\",\"identifier\":\
         [{{\"system\":\"urn:oid:1.2.392.200119.6.102.1{centre}\",\"value\":{}}}],{}{}}}}}",
        parts.patient,
        quoted(&written.number),
        names(written, "　"),
        person(written),
    );
    let _ = write!(
        out,
        ",{{\"fullUrl\":\"{}\",\"resource\":{{\"resourceType\":\"Organization\",\
         \"identifier\":[{{\"system\":\"urn:oid:1.2.392.200119.6.102\",\"value\":\"{centre}\"}}],\
         \"name\":{}}}}}",
        parts.centre,
        quoted(&charted.provider.name),
    );
}
