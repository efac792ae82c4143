//! Reading a unit of a table: row by row, the gate before the results.

use sudare_identity::Sex;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place, Tracks};

use super::layout::Layout;
use super::mapping::{Item, Key, Kind};
use super::record::{Fields, Row, Rows};
use super::spelling::fold;
use super::survey::{Learnt, Shape};
use super::value::{self, Amount, Nothing};
use super::{codes, payer_kind};
use crate::checks::is_my_number;
use crate::columns::Origin;
use crate::columns::clinical::{measurement, note, observation, payer, visit};
use crate::findings;
use crate::patients::patient_hash;
use crate::plan::{Facts, Span, WorkUnit};
use crate::shift_jis::Met;
use crate::statement::{PERSON_ITEM, Said, Statement};
use crate::unit::Reading;

/// A longer sign or answer is a text: it may hold anything.
const WORD_MAX: usize = 20;
/// The items that any row may state, whether a column of it is read or not: a row is kept where all are admitted.
const STANDING: [DataItem; 6] = [
    DataItem::Demographics,
    DataItem::Visits,
    DataItem::Insurance,
    DataItem::Measurements,
    DataItem::Observations,
    DataItem::Notes,
];

/// Reads the spans of a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let none = Learnt::default();
    let learnt = unit.facts.learnt.as_ref().and_then(|learnt| learnt.downcast_ref());
    let learnt: &Learnt = learnt.unwrap_or(&none);
    let mut buffer = Vec::new();
    let mut said = Said::default();
    for span in &unit.spans.to_vec() {
        let Some(shape) = learnt.shape(span.file_no) else { continue };
        if !reading.load(span, &mut buffer) {
            continue;
        }
        match shape {
            // Nobody's data: kept whole.
            Shape::Mapping(faulty) => reading.keep(span.file_no, 0..span.end, *faulty),
            Shape::Table(layout) => {
                let facts = &unit.facts;
                let texts = Texts::default();
                let mut desk = Desk { reading, said: &mut said, facts, layout, span, texts };
                desk.read(&buffer);
            }
        }
    }
}

/// The number of a row's person, in half width, into a cleared buffer.
pub(super) fn patient_number(layout: &Layout, fields: &Fields<'_>, into: &mut String) {
    let mut wide = String::new();
    layout.text(fields, Key::Patient, &mut wide);
    let length = crate::text::narrow(&wide, into).trim_end().len();
    into.truncate(length);
}

/// The sex that a text says, by the words of the mapping and the common ones.
pub(super) fn folded_sex(layout: &Layout, text: &str) -> Option<Sex> {
    let folded = fold(text);
    layout.mapping.sexes.get(&folded).copied().or_else(|| value::sex(&folded))
}

/// Texts of one row, decoded.
#[derive(Default)]
struct Texts {
    patient: String,
    name: String,
    kana: String,
    postal: String,
    address: String,
    phone: String,
    insurer: String,
    symbol: String,
    number: String,
    branch: String,
    value: String,
}

/// Where a table is read.
struct Desk<'d, 'a> {
    reading: &'d mut Reading<'a>,
    said: &'d mut Said,
    facts: &'d Facts,
    layout: &'d Layout,
    span: &'d Span,
    texts: Texts,
}

/// A row that may be read.
struct Admitted<'r> {
    admission: &'r Admission,
    origin: Origin,
    visit: i64,
    day: Option<Day>,
}

impl Admitted<'_> {
    /// Where a row of an item comes from; `None`, counted, where the item is not admitted.
    fn origin(&self, item: DataItem, reading: &mut Reading<'_>) -> Option<Origin> {
        let tracks = self.admission.tracks(item);
        if tracks.is_empty() {
            *reading.counts.withheld.entry(item).or_default() += 1;
            return None;
        }
        Some(Origin { tracks, ..self.origin })
    }
}

impl Desk<'_, '_> {
    fn read(&mut self, buffer: &[u8]) {
        let mut fields = Fields::default();
        for row in Rows::new(buffer, self.layout.separator, self.span.first_record, true) {
            if row.number <= self.layout.headings {
                self.above(&row);
                continue;
            }
            if row.broken {
                self.reading.counts.records += 1;
                self.report(&codes::QUOTE, &row, None);
                continue;
            }
            fields.refill(row.bytes, self.layout.separator);
            if fields.filled() == 0 {
                self.keep(&row, false);
                continue;
            }
            self.reading.counts.records += 1;
            if self.layout.fits(&fields) {
                self.row(&row, &fields);
            } else {
                self.report(&codes::ROW, &row, None);
            }
        }
    }

    /// A row that is no person's by its place: the headings, which are kept, or one above them, which may name
    /// somebody.
    fn above(&mut self, row: &Row<'_>) {
        let mut fields = Fields::default();
        fields.refill(row.bytes, self.layout.separator);
        if row.number == self.layout.headings || fields.filled() == 0 {
            self.keep(row, false);
        } else {
            self.report(&codes::TITLE, row, None);
        }
    }

    fn report(&mut self, code: &'static FindingCode, row: &Row<'_>, column: Option<usize>) {
        let place = Place::record(self.span.file_no, row.number, "row");
        let field = column.and_then(|column| u16::try_from(column + 1).ok());
        let place = Place { field, ..place.byte(self.span.start + row.start as u64) };
        self.reading.findings.add(code, place);
    }

    fn keep(&mut self, row: &Row<'_>, quarantined: bool) {
        let range = self.span.start + row.start as u64..self.span.start + row.end as u64;
        self.reading.keep(self.span.file_no, range, quarantined);
    }

    fn row(&mut self, row: &Row<'_>, fields: &Fields<'_>) {
        let mut texts = std::mem::take(&mut self.texts);
        self.person_of(row, fields, &mut texts);
        if self.has_my_number(fields, &mut texts) {
            self.report(&findings::MY_NUMBER, row, None);
        } else if texts.patient.is_empty() {
            self.report(&codes::PATIENT, row, self.layout.column(Key::Patient));
        } else {
            self.admitted(row, fields, &mut texts);
        }
        self.texts = texts;
    }

    /// Decodes what a row says of the person.
    fn person_of(&mut self, row: &Row<'_>, fields: &Fields<'_>, texts: &mut Texts) {
        patient_number(self.layout, fields, &mut texts.patient);
        for (key, into) in [
            (Key::Name, &mut texts.name),
            (Key::Kana, &mut texts.kana),
            (Key::Postal, &mut texts.postal),
            (Key::Address, &mut texts.address),
            (Key::Phone, &mut texts.phone),
            (Key::Insurer, &mut texts.insurer),
            (Key::Symbol, &mut texts.symbol),
            (Key::Number, &mut texts.number),
            (Key::Branch, &mut texts.branch),
        ] {
            let met = self.layout.text(fields, key, into);
            self.tell(met, row, self.layout.column(key));
        }
        let mut narrow = String::new();
        crate::text::narrow(&texts.postal, &mut narrow);
        narrow.retain(|one| one.is_ascii_digit());
        texts.postal = narrow;
    }

    fn tell(&mut self, met: Met, row: &Row<'_>, column: Option<usize>) {
        if met.bad {
            self.report(&codes::BYTES, row, column);
        }
        if met.control {
            self.report(&codes::CONTROL, row, column);
        }
    }

    fn has_my_number(&self, fields: &Fields<'_>, texts: &mut Texts) -> bool {
        let known = [&texts.patient, &texts.insurer, &texts.symbol, &texts.number, &texts.branch];
        if known.into_iter().any(|one| is_my_number(one)) {
            return true;
        }
        self.layout.suspects.iter().any(|at| {
            fields.decode(*at, self.layout.utf8, &mut texts.value);
            is_my_number(&texts.value)
        })
    }

    /// A row with a person: the gate, then contradictions, then what it says.
    fn admitted(&mut self, row: &Row<'_>, fields: &Fields<'_>, texts: &mut Texts) {
        self.reading.counts.messages += 1;
        let hash = patient_hash(texts.patient.as_bytes());
        let files = [self.span.file_no];
        let admission = self.reading.admission(&texts.patient, self.facts.life(hash), files);
        if admission.is_refused() {
            return;
        }
        let whole = STANDING.iter().all(|item| !admission.tracks(*item).is_empty());
        if self.facts.conflict(hash) || self.reading.is_disputed(&admission) {
            self.reading.dispute(&admission, files);
            self.report(&codes::CONFLICT, row, self.layout.column(Key::Patient));
            if whole {
                self.keep(row, true);
            }
            return;
        }
        let day = self.day(row, fields, Key::Date, &mut texts.value);
        let visit = match day {
            Some(day) => crate::key::day_key("checkup", day),
            None => crate::key::visit_key("undated", &[]),
        };
        let origin = Origin {
            subject: admission.subject(),
            tracks: Tracks::NONE,
            file_no: self.span.file_no,
            record_no: row.number,
        };
        let admitted = Admitted { admission: &admission, origin, visit, day };
        self.statement(row, fields, texts, &admitted);
        self.visit(row, fields, texts, &admitted);
        for (at, item) in &self.layout.items {
            self.item(row, fields, (*at, item), &mut texts.value, &admitted);
        }
        if whole {
            self.keep(row, false);
        }
    }

    /// The date of a key, with a finding where it is none.
    fn day(
        &mut self,
        row: &Row<'_>,
        fields: &Fields<'_>,
        key: Key,
        text: &mut String,
    ) -> Option<Day> {
        self.layout.text(fields, key, text);
        let day = value::day(text);
        // A day that nobody wrote is missed only where it must be there.
        if day.is_none() && (key == Key::Date || !text.is_empty()) {
            self.report(&codes::DATE, row, self.layout.column(key));
        }
        day
    }

    fn statement(
        &mut self,
        row: &Row<'_>,
        fields: &Fields<'_>,
        texts: &mut Texts,
        admitted: &Admitted<'_>,
    ) {
        let birth = self.day(row, fields, Key::Birth, &mut texts.value);
        self.layout.text(fields, Key::Sex, &mut texts.value);
        let sex = folded_sex(self.layout, &texts.value);
        if sex.is_none() && !texts.value.is_empty() {
            self.report(&codes::SEX, row, self.layout.column(Key::Sex));
        }
        let statement = Statement {
            patient_number: &texts.patient,
            name_kanji: &texts.name,
            name_kana: &texts.kana,
            birth,
            sex: sex.unwrap_or(Sex::Unknown),
            postal_code: &texts.postal,
            address: &texts.address,
            phone: &texts.phone,
            insurer: &texts.insurer,
            symbol: &texts.symbol,
            number: &texts.number,
            branch: &texts.branch,
            ..Statement::default()
        };
        self.said.identity(&mut self.reading.batches, &statement, &admitted.origin);
        if let Some(origin) = admitted.origin(PERSON_ITEM, self.reading) {
            self.said.person(&mut self.reading.batches, &statement, &origin);
        }
    }

    fn visit(
        &mut self,
        row: &Row<'_>,
        fields: &Fields<'_>,
        texts: &mut Texts,
        admitted: &Admitted<'_>,
    ) {
        let met = self.layout.text(fields, Key::Program, &mut texts.value);
        self.tell(met, row, self.layout.column(Key::Program));
        if texts.value.chars().count() > WORD_MAX {
            self.report(&codes::LONG, row, self.layout.column(Key::Program));
            self.note("program", &texts.value, admitted);
            texts.value.clear();
        }
        if texts.value.is_empty() {
            texts.value.push_str(&self.layout.mapping.program);
        }
        if let Some(origin) = admitted.origin(DataItem::Visits, self.reading) {
            self.reading
                .batches
                .rows(visit::TABLE)
                .begin(&origin)
                .key(visit::KEY, admitted.visit)
                .int(visit::CONCEPT, Some(0))
                .date(visit::START, admitted.day)
                .date(visit::END, admitted.day)
                .text(visit::SOURCE, &texts.value)
                .word(visit::SYSTEM, "MUNICIPAL");
        }
        if texts.insurer.is_empty() {
            return;
        }
        if let Some(origin) = admitted.origin(DataItem::Insurance, self.reading) {
            let mut narrow = String::new();
            let insurer = crate::text::narrow(&texts.insurer, &mut narrow);
            self.reading
                .batches
                .rows(payer::TABLE)
                .begin(&origin)
                .date(payer::START, admitted.day)
                .date(payer::END, admitted.day)
                .text(payer::SOURCE, payer_kind(insurer));
        }
    }

    /// One result.
    fn item(
        &mut self,
        row: &Row<'_>,
        fields: &Fields<'_>,
        (at, item): (usize, &Item),
        text: &mut String,
        admitted: &Admitted<'_>,
    ) {
        let met = fields.decode(at, self.layout.utf8, text);
        self.tell(met, row, Some(at));
        let folded = fold(text);
        let nothing = match value::nothing(&folded) {
            _ if self.layout.mapping.none.contains(&folded) => Some(Nothing::Blank),
            // A dash is a sign among signs: negative.
            Some(Nothing::Blank) if item.kind == Kind::Mark && !text.is_empty() => None,
            found => found,
        };
        match (nothing, item.kind) {
            (Some(Nothing::Blank), _) => {}
            (Some(nothing), Kind::Number | Kind::Mark) => {
                let status = if nothing == Nothing::NotDone { "not-done" } else { "null-NI" };
                self.measurement(item, None, "", status, admitted);
            }
            (_, Kind::Number) => match value::amount(text, &item.unit) {
                Some(amount) => self.measurement(item, Some(amount), "", "F", admitted),
                None => self.report(&codes::NUMBER, row, Some(at)),
            },
            (_, Kind::Mark | Kind::Answer) if text.chars().count() > WORD_MAX => {
                self.report(&codes::LONG, row, Some(at));
                self.note(&item.code, text, admitted);
            }
            (_, Kind::Mark) => self.measurement(item, None, text, "F", admitted),
            (_, Kind::Answer) => self.observation(item, text, None, admitted),
            (_, Kind::Text) => self.note(&item.code, text, admitted),
            (_, Kind::Date) => match value::day(text) {
                Some(day) => self.observation(item, "", Some(day), admitted),
                None => self.report(&codes::DATE, row, Some(at)),
            },
        }
    }

    fn measurement(
        &mut self,
        item: &Item,
        amount: Option<Amount>,
        word: &str,
        status: &'static str,
        admitted: &Admitted<'_>,
    ) {
        let Some(origin) = admitted.origin(DataItem::Measurements, self.reading) else { return };
        self.reading
            .batches
            .rows(measurement::TABLE)
            .begin(&origin)
            .key(measurement::VISIT, admitted.visit)
            .date(measurement::DATE, admitted.day)
            .text(measurement::CODE, &item.code)
            .word(measurement::SYSTEM, item.system)
            .text(measurement::NAME, &item.name)
            .text(measurement::OPERATOR, amount.map_or("", |one| one.operator))
            .number(measurement::NUMBER, amount.map(|one| one.number))
            .text(measurement::VALUE, word)
            .text(measurement::UNIT, &item.unit)
            .text(measurement::UCUM, &item.ucum)
            .word(measurement::STATUS, status);
    }

    fn observation(
        &mut self,
        item: &Item,
        value: &str,
        as_date: Option<Day>,
        admitted: &Admitted<'_>,
    ) {
        let Some(origin) = admitted.origin(DataItem::Observations, self.reading) else { return };
        self.reading
            .batches
            .rows(observation::TABLE)
            .begin(&origin)
            .key(observation::VISIT, admitted.visit)
            .date(observation::DATE, admitted.day)
            .text(observation::CODE, &item.code)
            .word(observation::SYSTEM, item.system)
            .text(observation::VALUE, value)
            .date(observation::VALUE_DATE, as_date);
    }

    fn note(&mut self, class: &str, text: &str, admitted: &Admitted<'_>) {
        if text.is_empty() {
            return;
        }
        let Some(origin) = admitted.origin(DataItem::Notes, self.reading) else { return };
        self.reading
            .batches
            .rows(note::TABLE)
            .begin(&origin)
            .key(note::VISIT, admitted.visit)
            .date(note::DATE, admitted.day)
            .text(note::CLASS, class)
            .text(note::TEXT, text);
    }
}
