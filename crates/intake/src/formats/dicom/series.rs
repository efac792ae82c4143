//! Reading a unit: series by series, the gate before a row is made.

use sudare_model::finding::FindingCode;
use sudare_model::{Admission, DataItem, Place, Tracks};

use super::charset::decode;
use super::header::Header;
use super::survey::birth_and_sex;
use super::{codes, tag};
use crate::checks::is_my_number;
use crate::columns::Origin;
use crate::columns::clinical::image;
use crate::date::{Stamp, stamp};
use crate::findings;
use crate::gate::Life;
use crate::key::{day_key, visit_key};
use crate::patients::patient_hash;
use crate::plan::{Facts, Span, WorkUnit};
use crate::statement::{PERSON_ITEM, Said, Statement};
use crate::unit::Reading;

/// Reads the objects of a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let mut said = Said::default();
    for group in unit.spans.to_vec().chunk_by(|left, right| left.group == right.group) {
        let mut series = Series {
            reading,
            said: &mut said,
            facts: &unit.facts,
            header: Header::default(),
            row: None,
        };
        for span in group {
            series.object(span);
        }
        series.finish();
    }
}

/// One series while its objects are looked at.
struct Series<'s, 'a> {
    reading: &'s mut Reading<'a>,
    said: &'s mut Said,
    facts: &'s Facts,
    header: Header,
    row: Option<Row>,
}

/// The row of a series, from its first object.
struct Row {
    origin: Option<Origin>,
    study: i64,
    series: i64,
    when: Option<Stamp>,
    modality: String,
    body_part: String,
    laterality: String,
    procedure: (String, String),
    manufacturer: String,
    series_description: String,
    study_description: String,
    instances: i32,
}

impl Series<'_, '_> {
    fn add(&mut self, code: &'static FindingCode, file_no: u32) {
        self.reading.findings.add(code, Place::file(file_no));
    }

    fn object(&mut self, span: &Span) {
        let Some(file) = self.reading.open(span.file_no) else { return };
        if let Err(broken) = self.header.read(file, span.end) {
            let place = Place::file(span.file_no).byte(broken.byte);
            return self.reading.findings.add(&codes::BROKEN, place);
        }
        self.reading.counts.records += 1;
        let number = self.text(tag::PATIENT_ID, span.file_no);
        let (birth, _) = birth_and_sex(&self.header);
        if is_my_number(&number) {
            return self.add(&findings::MY_NUMBER, span.file_no);
        }
        let admission =
            self.reading.admission(&number, Life { birth, death: None }, [span.file_no]);
        if admission.is_refused() {
            return;
        }
        let whole = DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty());
        let conflict = self.facts.conflict(patient_hash(self.header.value(tag::PATIENT_ID)));
        if conflict || self.reading.is_disputed(&admission) {
            self.reading.dispute(&admission, [span.file_no]);
            self.add(&codes::CONFLICT, span.file_no);
            if whole {
                self.reading.keep(span.file_no, 0..span.end, true);
            }
            return;
        }
        self.notes(span.file_no);
        self.person(&admission, &number, span.file_no);
        self.count(&admission, span.file_no);
        // An object holds pixels, words and who it is of: it is kept only where all of it may be.
        if whole {
            self.reading.keep(span.file_no, 0..span.end, false);
        }
    }

    fn notes(&mut self, file_no: u32) {
        if self.header.guessed {
            self.add(&codes::META, file_no);
        }
        if self.header.truncated {
            self.add(&codes::TRUNCATED, file_no);
        }
        if self.header.value(tag::SERIES_UID).is_empty() {
            self.add(&codes::NO_SERIES, file_no);
        }
    }

    /// A value as text, with a finding where its characters are not declared.
    fn text(&mut self, wanted: tag::Tag, file_no: u32) -> String {
        let declared = self.header.value(tag::CHARACTER_SET);
        let (text, undeclared) = decode(self.header.value(wanted), declared);
        if undeclared {
            self.add(&codes::CHARSET, file_no);
        }
        text
    }

    fn person(&mut self, admission: &Admission, number: &str, file_no: u32) {
        let name = self.text(tag::PATIENT_NAME, file_no);
        let (kanji, kana) = names(&name);
        let (birth, sex) = birth_and_sex(&self.header);
        if birth.is_none() && !self.header.value(tag::BIRTH_DATE).is_empty() {
            self.add(&codes::DATE, file_no);
        }
        let statement = Statement {
            patient_number: number,
            name_kanji: &kanji,
            name_kana: &kana,
            birth,
            sex,
            ..Statement::default()
        };
        let origin =
            Origin { subject: admission.subject(), tracks: Tracks::NONE, file_no, record_no: 1 };
        self.said.identity(&mut self.reading.batches, &statement, &origin);
        let tracks = admission.tracks(PERSON_ITEM);
        if tracks.is_empty() {
            *self.reading.counts.withheld.entry(PERSON_ITEM).or_default() += 1;
        } else {
            let origin = Origin { tracks, ..origin };
            self.said.person(&mut self.reading.batches, &statement, &origin);
        }
    }

    /// Begins the row with the first object, counts the others.
    fn count(&mut self, admission: &Admission, file_no: u32) {
        if let Some(row) = &mut self.row {
            row.instances = row.instances.saturating_add(1);
            return;
        }
        let tracks = admission.tracks(DataItem::Images);
        let origin = (!tracks.is_empty()).then(|| Origin {
            subject: admission.subject(),
            tracks,
            file_no,
            record_no: 1,
        });
        let row = Row {
            origin,
            study: self.key("study", tag::STUDY_UID),
            series: self.key("series", tag::SERIES_UID),
            when: self.when(file_no),
            modality: self.text(tag::MODALITY, file_no),
            body_part: self.text(tag::BODY_PART, file_no),
            laterality: self.text(tag::LATERALITY, file_no),
            procedure: (self.text(tag::CODE_VALUE, file_no), self.text(tag::CODE_SCHEME, file_no)),
            manufacturer: self.text(tag::MANUFACTURER, file_no),
            series_description: self.text(tag::SERIES_DESCRIPTION, file_no),
            study_description: self.text(tag::STUDY_DESCRIPTION, file_no),
            instances: 1,
        };
        self.row = Some(row);
    }

    fn key(&self, kind: &str, wanted: tag::Tag) -> i64 {
        visit_key(kind, &[self.header.value(wanted)])
    }

    /// The first day that is stated: of study, series, acquisition; with the time of the study where both are.
    fn when(&mut self, file_no: u32) -> Option<Stamp> {
        let dates = [tag::STUDY_DATE, tag::SERIES_DATE, tag::ACQUISITION_DATE];
        let stated = dates.into_iter().find(|one| !self.header.value(*one).is_empty())?;
        // Old objects write dots between the parts.
        let mut digits = String::from_utf8_lossy(self.header.value(stated)).replace('.', "");
        let day = stamp(digits.get(..8).unwrap_or_default());
        if day.is_none() {
            self.add(&codes::DATE, file_no);
        }
        let time = self.header.value(tag::STUDY_TIME);
        if stated == tag::STUDY_DATE && time.first().is_some_and(u8::is_ascii_digit) {
            digits.push_str(&String::from_utf8_lossy(time).replace(':', ""));
        }
        stamp(&digits).or(day)
    }

    fn finish(self) {
        let Some(row) = self.row else { return };
        let Some(origin) = row.origin else {
            *self.reading.counts.withheld.entry(DataItem::Images).or_default() += 1;
            return;
        };
        let day = row.when.map(|when| when.day);
        let visit = day.map_or_else(|| visit_key("undated", &[]), |day| day_key("day", day));
        self.reading
            .batches
            .rows(image::TABLE)
            .begin(&origin)
            .key(image::VISIT, visit)
            .key(image::STUDY, row.study)
            .key(image::SERIES, row.series)
            .date(image::DATE, day)
            .datetime(image::TIME, row.when.and_then(|when| when.second))
            .text(image::MODALITY, &row.modality)
            .text(image::SITE, &row.body_part)
            .text(image::SIDE, &row.laterality)
            .text(image::PROCEDURE, &row.procedure.0)
            .text(image::PROCEDURE_SYSTEM, &row.procedure.1)
            .text(image::MANUFACTURER, &row.manufacturer)
            .text(image::SERIES_TEXT, &row.series_description)
            .text(image::STUDY_TEXT, &row.study_description)
            .int(image::INSTANCES, Some(row.instances));
    }
}

/// Names in ideographs and in kana, of the three groups of a person name (PS3.5 6.2.1.1): alphabetic, ideographic,
/// phonetic. An alphabetic group that is kana is the kana name; without ideographs the alphabet stands for them.
fn names(name: &str) -> (String, String) {
    let mut groups = name.split('=').map(|group| {
        let parts = group.split('^').map(str::trim).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(" ")
    });
    let mut group = || groups.next().unwrap_or_default();
    let (alphabetic, ideographic, phonetic) = (group(), group(), group());
    let kana = crate::text::is_kana(&alphabetic);
    match (ideographic.is_empty(), phonetic.is_empty(), kana) {
        (true, true, true) => (String::new(), alphabetic),
        (true, _, _) => (alphabetic, phonetic),
        (false, true, true) => (ideographic, alphabetic),
        (false, _, _) => (ideographic, phonetic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_three_groups_or_fewer() {
        let check = |name| {
            let (kanji, kana) = names(name);
            format!("{kanji}/{kana}")
        };
        assert_eq!(check("Yamada^Tarou=山田^太郎=やまだ^たろう"), "山田 太郎/やまだ たろう");
        assert_eq!(check("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"), "山田 太郎/ﾔﾏﾀﾞ ﾀﾛｳ");
        assert_eq!(check("ﾔﾏﾀﾞ^ﾀﾛｳ"), "/ﾔﾏﾀﾞ ﾀﾛｳ");
        assert_eq!(check("Buc^Jérôme^^^"), "Buc Jérôme/");
    }
}
