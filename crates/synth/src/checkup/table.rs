//! Checkups of a municipality's insured as a table: one row for each person and fiscal year, columns as its clerk calls
//! them, and the mapping that says what they hold (`docs/readings/municipal.md`).
//!
//! Tables of even fiscal years are in Shift_JIS with dates by era and words for the sexes, those of odd ones in UTF-8
//! with its mark, western dates and digits. Some rows are typed in full width, some carry units. Results are those of
//! the same body as everywhere. Taken up by 37.5 % of the insured from 40 to 74 (厚生労働省「特定健康診査・特定保健指導の実施
//! 状況」令和4年度, 市町村国保).

use std::fmt::Write as _;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::items::{self, Result10, Value};
use super::{Examined, fiscal_year};
use crate::body::Body;
use crate::charset::push_cp932;
use crate::chunk::{Chunk, Fact, Source};
use crate::dice::{Dice, Purpose, one_in};
use crate::insurance::Scheme;
use crate::period::{age, era};
use crate::writing::{Writer, Written, wide};

/// In a region of more people than this only some have rows; a bound on the volume.
const PERSONS: u64 = 20_000;
/// The folder of the tables, below the provider's.
const FOLDER: &str = "kenshin";

/// What a column of results holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number; the unit that the mapping states.
    Number(&'static str),
    /// A sign.
    Mark,
    /// A coded answer.
    Answer,
}

/// Headings of the person and the visit, and the keys of the mapping.
const KEYS: [(&str, &str); 14] = [
    ("宛名番号", "patient"),
    ("氏名（漢字）", "name"),
    ("フリガナ", "kana"),
    ("性別", "sex"),
    ("生年月日", "birth"),
    ("〒", "postal"),
    ("住所", "address"),
    ("TEL", "phone"),
    ("保険者番号", "insurer"),
    ("証記号", "symbol"),
    ("証番号", "number"),
    ("枝番", "branch"),
    ("受診年月日", "date"),
    ("会場", ""),
];

/// Headings of results, with the item of the exchange.
const COLUMNS: &[(&str, &str, Kind)] = &[
    ("身長(cm)", "9N001000000000001", Kind::Number("cm")),
    ("体重(kg)", "9N006000000000001", Kind::Number("kg")),
    ("ＢＭＩ", "9N011000000000001", Kind::Number("kg/m2")),
    ("腹囲", "9N016160100000001", Kind::Number("cm")),
    ("血圧（上）", "9A751000000000001", Kind::Number("mmHg")),
    ("血圧（下）", "9A761000000000001", Kind::Number("mmHg")),
    ("ＴＧ", "3F015000002327101", Kind::Number("mg/dL")),
    ("HDL-C", "3F070000002327101", Kind::Number("mg/dL")),
    ("LDL-C", "3F077000002327101", Kind::Number("mg/dL")),
    ("GOT", "3B035000002327201", Kind::Number("U/L")),
    ("GPT", "3B045000002327201", Kind::Number("U/L")),
    ("γGTP", "3B090000002327101", Kind::Number("U/L")),
    ("血糖", "3D010000001926101", Kind::Number("mg/dL")),
    ("HbA1c", "3D046000001906202", Kind::Number("%")),
    ("Hb", "2A030000001930101", Kind::Number("g/dL")),
    ("Cr", "3C015000002327101", Kind::Number("mg/dL")),
    ("尿糖", "1A020000000190111", Kind::Mark),
    ("尿蛋白", "1A010000000190111", Kind::Mark),
    ("服薬１", "9N701000000000011", Kind::Answer),
    ("服薬２", "9N706000000000011", Kind::Answer),
    ("服薬３", "9N711000000000011", Kind::Answer),
    ("タバコ", "9N736000000000011", Kind::Answer),
    ("メタボ", "9N501000000000011", Kind::Answer),
    ("階層化", "9N506000000000011", Kind::Answer),
];

/// The doctor's words.
const WORDS: (&str, &str) = ("医師所見", "9N511000000000049");

/// Signs of a test strip by its grade, from 1.
const SIGNS: [&str; 5] = ["－", "±", "＋", "２＋", "３＋"];

/// Adds a person's rows; returns the days of the first and the last.
pub(crate) fn tables(
    chunk: &mut Chunk,
    examined: &Examined<'_>,
    writer: &Writer<'_>,
    persons: u64,
) -> Option<(Day, Day)> {
    let Body { seed, period, person, .. } = examined.body;
    let mut dice = Dice::new(seed, Purpose::Table, person.no, 0);
    let some = person.no.is_multiple_of(one_in(persons, PERSONS));
    let mut days: Option<(Day, Day)> = None;
    for year in fiscal_year(period.start)..=fiscal_year(period.end) {
        let (Some(begin), Some(end)) = (Day::from_ymd(year, 5, 1), Day::from_ymd(year + 1, 3, 31))
        else {
            continue;
        };
        let day = begin.plus(dice.range(0, 300));
        let marked = examined.canary.is_some();
        let comes = dice.chance(0.375) && some || marked;
        let Some(known) = person.on(day).filter(|_| comes) else { continue };
        let insured = known.cover.scheme == Scheme::Municipal && known.home.city == 0;
        let of_age = (40..75).contains(&age(person.birth, end));
        let alive = person.birth < day && person.death.is_none_or(|death| death > day);
        if !(insured && of_age || marked) || !alive || day < period.start || day > period.end {
            continue;
        }
        let Some(written) = writer.on(day) else { continue };
        let row = Row { examined, written: &written, day, year };
        row.add(chunk, &items::results(&examined.body, day, &mut dice));
        days = Some((days.map_or(day, |one| one.0), day));
    }
    days
}

/// One person's row of a year.
struct Row<'a> {
    examined: &'a Examined<'a>,
    written: &'a Written,
    day: Day,
    year: i32,
}

impl Row<'_> {
    fn file(&self) -> String {
        format!("{FOLDER}/tokutei-{}.csv", self.year)
    }

    const fn is_old(&self) -> bool {
        self.year % 2 == 0
    }

    fn push(&self, out: &mut Vec<u8>, cells: &[String]) {
        let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
        let line = cells.join(",") + "\r\n";
        if self.is_old() {
            push_cp932(out, &line);
        } else {
            out.extend_from_slice(line.as_bytes());
        }
    }

    fn add(&self, chunk: &mut Chunk, results: &[Result10]) {
        let at = self.examined.at;
        let key = (at, self.file());
        if !chunk.heads.contains_key(&key) {
            let keys = KEYS.iter().map(|one| one.0);
            let headings = keys.chain(COLUMNS.iter().map(|one| one.0)).chain([WORDS.0]);
            let headings: Vec<String> = headings.map(str::to_owned).collect();
            let mut head = if self.is_old() { Vec::new() } else { "\u{feff}".as_bytes().to_vec() };
            self.push(&mut head, &headings);
            chunk.heads.insert(key.clone(), head);
            let mapped = (at, format!("{FOLDER}/mapping.toml"));
            chunk.heads.insert(mapped.clone(), mapping().into_bytes());
            chunk.lines.entry(mapped).or_default();
        }
        let mut cells = self.person();
        cells.extend(COLUMNS.iter().map(|column| {
            let result = results.iter().find(|one| one.code == column.1);
            result.map_or_else(String::new, |one| self.cell(one, column.2))
        }));
        let words = self.examined.canary.map_or("特記事項なし".to_owned(), |one| one.note());
        cells.push(words);
        let mut line = Vec::new();
        self.push(&mut line, &cells);
        chunk.lines.entry(key).or_default().extend_from_slice(&line);
        chunk.count(at, "rows");
        self.tell(chunk, results);
    }

    /// Whether this row was typed in full width.
    fn is_wide(&self) -> bool {
        self.examined.body.person.no % 7 == 2
    }

    fn person(&self) -> Vec<String> {
        let written = self.written;
        let sex = match (self.is_old(), written.male) {
            (true, true) => "男",
            (true, false) => "女",
            (false, true) => "1",
            (false, false) => "2",
        };
        let date = |day: Day| {
            let (year, month, of_month) = day.ymd();
            let (letter, count) = era(day);
            match (self.is_old(), self.is_wide()) {
                (true, false) => format!("{letter}{count}.{month}.{of_month}"),
                (true, true) => wide(&format!("{letter}{count:02}/{month:02}/{of_month:02}")),
                (false, false) => format!("{year}/{month}/{of_month}"),
                (false, true) => format!("{year}年{month}月{of_month}日"),
            }
        };
        let number = &written.number;
        vec![
            if self.is_wide() { wide(number) } else { number.clone() },
            format!("{}　{}", written.family, written.given),
            format!("{}　{}", written.family_kana, written.given_kana),
            sex.to_owned(),
            date(written.birth),
            written.postal.clone(),
            written.address.clone(),
            written.phone.clone(),
            written.insurer.clone(),
            written.symbol.clone(),
            written.card.clone(),
            written.branch.clone(),
            date(self.day),
            "市民センター, ２階".to_owned(),
        ]
    }

    fn cell(&self, result: &Result10, kind: Kind) -> String {
        let no = self.examined.body.person.no;
        match (&result.value, kind) {
            (Value::NotDone, _) => "未実施".to_owned(),
            (Value::Grade { .. }, _) => sign(result),
            (Value::Answer { code, .. }, _) if self.is_wide() => wide(&code.to_string()),
            (Value::Answer { code, .. }, _) => code.to_string(),
            (Value::Quantity { text, .. }, _) if self.is_wide() => wide(text),
            (Value::Quantity { text, .. }, Kind::Number(unit)) if no % 13 == 4 => {
                format!("{text} {unit}")
            }
            (Value::Quantity { text, .. }, _) => text.clone(),
        }
    }

    fn tell(&self, chunk: &mut Chunk, results: &[Result10]) {
        let provider = self.examined.provider;
        let file = format!("deliveries/{}/{}", provider.id, self.file());
        let source = Source {
            person: self.examined.body.person.no,
            provider: self.examined.at,
            provider_id: &provider.id,
            number: &self.written.number,
            file: &file,
            also: None,
        };
        let day = self.day;
        let system = Some(CodeSystem::Jlac10);
        for (_, code, _) in COLUMNS {
            let Some(one) = results.iter().find(|one| one.code == *code) else { continue };
            let (kind, value, unit) = match &one.value {
                Value::Quantity { text, unit, .. } => ("lab", text.clone(), *unit),
                Value::Grade { .. } => ("lab", sign(one), ""),
                Value::NotDone => ("lab", String::new(), ""),
                Value::Answer { code, .. } => ("observation", code.to_string(), ""),
            };
            chunk.fact(&source, &Fact { kind, day, system, code, value: &value, unit });
        }
        let note = Fact { kind: "note", day, system, code: WORDS.1, value: "", unit: "" };
        chunk.fact(&source, &note);
        let code = "checkup";
        chunk.fact(&source, &Fact { kind: "visit", day, system: None, code, value: "", unit: "" });
    }
}

fn sign(result: &Result10) -> String {
    let Value::Grade { code, .. } = &result.value else { return String::new() };
    let at = usize::from(*code).saturating_sub(1);
    SIGNS.get(at).copied().unwrap_or_default().to_owned()
}

/// A cell, in quotes where CSV needs them.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// The mapping, as a clerk writes it.
fn mapping() -> String {
    let mut out = String::from(
        "# 国保特定健診の表の対応表\nformat = \"sudare-municipal-1\"\nprogram = \"国保特定健診\"\n\
         ignore = [\"会場\"]\n\n[columns]\n",
    );
    // Writing to a string cannot fail.
    for (heading, key) in KEYS.iter().filter(|one| !one.1.is_empty()) {
        let _ = writeln!(out, "{key} = \"{heading}\"");
    }
    for (heading, code, kind) in COLUMNS {
        let _ = write!(out, "\n[[item]]\ncolumn = \"{heading}\"\ncode = \"{code}\"\n");
        let _ = match kind {
            Kind::Number(unit) => writeln!(out, "unit = \"{unit}\""),
            Kind::Mark => writeln!(out, "kind = \"mark\""),
            Kind::Answer => writeln!(out, "kind = \"answer\""),
        };
    }
    let (heading, code) = WORDS;
    let _ = write!(out, "\n[[item]]\ncolumn = \"{heading}\"\ncode = \"{code}\"\nkind = \"text\"\n");
    out
}
