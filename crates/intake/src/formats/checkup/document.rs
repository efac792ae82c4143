//! Reading a unit: document by document, the gate before the content.

use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place, Tracks};

use super::person::Person;
use super::{Kind, codes, payer_kind};
use crate::checks::{is_my_number, m10w21};
use crate::columns::Origin;
use crate::columns::clinical::{payer, visit};
use crate::findings;
use crate::gate::Life;
use crate::patients::patient_hash;
use crate::plan::{Facts, Span, WorkUnit};
use crate::statement::{PERSON_ITEM, Said, Statement};
use crate::unit::Reading;
use crate::xml::{Element, Tree, is_wide, root_name};

/// Reads the documents of a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let mut buffer = Vec::new();
    let mut tree = Tree::default();
    let mut said = Said::default();
    for span in &unit.spans.to_vec() {
        if reading.load(span, &mut buffer) {
            let mut desk = Desk { reading, said: &mut said, facts: &unit.facts, span };
            desk.read(&buffer, &mut tree);
        }
    }
}

/// Where one document is looked at.
struct Desk<'d, 'a> {
    reading: &'d mut Reading<'a>,
    said: &'d mut Said,
    facts: &'d Facts,
    span: &'d Span,
}

impl Desk<'_, '_> {
    fn add(&mut self, code: &'static FindingCode, byte: Option<u64>) {
        let place = Place { byte, ..Place::file(self.span.file_no) };
        self.reading.findings.add(code, place);
    }

    fn read(&mut self, buffer: &[u8], tree: &mut Tree) {
        let bytes = buffer.strip_prefix(b"\xef\xbb\xbf").unwrap_or(buffer);
        // Without a mark, Latin letters in UTF-16 are good UTF-8.
        if is_wide(bytes) {
            return self.add(&codes::ENCODING, Some(0));
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return self.add(&codes::ENCODING, Some(error.valid_up_to() as u64)),
        };
        if let Err(fault) = tree.read(text, None) {
            return self.add(&codes::BROKEN, Some(fault.byte));
        }
        let kind = root_name(bytes).and_then(Kind::of_root);
        let (Some(kind), Some(root)) = (kind, tree.root()) else {
            return self.add(&codes::DOCUMENT, None);
        };
        self.reading.counts.records += 1;
        match kind {
            // Nobody's data: kept whole.
            Kind::Index | Kind::Summary => self.keep(false),
            Kind::Document | Kind::Claim => self.document(root, kind),
        }
    }

    fn keep(&mut self, quarantined: bool) {
        self.reading.keep(self.span.file_no, 0..self.span.end, quarantined);
    }

    fn document(&mut self, root: Element<'_>, kind: Kind) {
        let person = Person::read(root, kind).filter(Person::is_somebody);
        let Some(person) = person else { return self.add(&codes::PERSON, None) };
        if person.numbers().into_iter().any(is_my_number) {
            return self.add(&findings::MY_NUMBER, None);
        }
        let mut number = String::new();
        person.patient_number(&mut number);
        let life = Life { birth: person.birth, death: None };
        let admission = self.reading.admission(&number, life, [self.span.file_no]);
        if admission.is_refused() {
            return;
        }
        if self.facts.conflict(patient_hash(number.as_bytes()))
            || self.reading.is_disputed(&admission)
        {
            self.reading.dispute(&admission, [self.span.file_no]);
            self.add(&codes::CONFLICT, None);
            let whole = |item: &DataItem| !admission.tracks(*item).is_empty();
            if DataItem::ALL.iter().all(whole) {
                self.keep(true);
            }
            return;
        }
        if person.branch.is_empty() {
            self.add(&codes::BRANCH, None);
        }
        if !matches!(person.insurer.len(), 6 | 8) || !m10w21(person.insurer.as_bytes()) {
            self.add(&codes::INSURER, None);
        }
        let mut sheet = Sheet::new(self.reading, &admission, self.span.file_no);
        sheet.person(self.said, &person, &number);
        match kind {
            Kind::Claim => sheet.claim(root),
            _ => sheet.checkup(root, &person),
        }
        if !sheet.withheld {
            self.keep(false);
        }
    }
}

/// One document while its rows are made.
pub(super) struct Sheet<'s, 'a> {
    pub(super) reading: &'s mut Reading<'a>,
    admission: &'s Admission,
    pub(super) origin: Origin,
    pub(super) visit: i64,
    /// Day of the checkup or guidance.
    pub(super) day: Option<Day>,
    withheld: bool,
    pub(super) text: String,
}

impl<'s, 'a> Sheet<'s, 'a> {
    fn new(reading: &'s mut Reading<'a>, admission: &'s Admission, file_no: u32) -> Self {
        let origin =
            Origin { subject: admission.subject(), tracks: Tracks::NONE, file_no, record_no: 1 };
        Self {
            reading,
            admission,
            origin,
            visit: 0,
            day: None,
            withheld: false,
            text: String::new(),
        }
    }

    /// Where a row of an item comes from; `None`, counted, where the item is not admitted.
    pub(super) fn origin(&mut self, item: DataItem) -> Option<Origin> {
        let tracks = self.admission.tracks(item);
        if tracks.is_empty() {
            self.withheld = true;
            *self.reading.counts.withheld.entry(item).or_default() += 1;
            return None;
        }
        Some(Origin { tracks, ..self.origin })
    }

    pub(super) fn add(&mut self, code: &'static FindingCode, at: Element<'_>) {
        let mut place = Place::file(self.origin.file_no).byte(at.byte());
        place.record = self.origin.record_no;
        self.reading.findings.add(code, place);
    }

    /// The day in `@value`, or the low end of an interval; with a finding where it is no date.
    pub(super) fn day_of(&mut self, time: Option<Element<'_>>) -> Option<Day> {
        let time = time?;
        let point = if time.attribute("value").is_empty() { time.first(&["low"])? } else { time };
        let digits = point.attribute("value");
        let day = digits.get(..8).and_then(|digits| Day::from_digits(digits.as_bytes()));
        if day.is_none() && !digits.is_empty() {
            self.add(&codes::DATE, point);
        }
        day
    }

    fn person(&mut self, said: &mut Said, person: &Person<'_>, number: &str) {
        let statement = Statement {
            patient_number: number,
            name_kana: &person.name,
            birth: person.birth,
            sex: person.sex,
            postal_code: &person.postal,
            address: &person.address,
            insurer: person.insurer,
            symbol: person.symbol,
            number: person.number,
            branch: person.branch,
            ..Statement::default()
        };
        said.identity(&mut self.reading.batches, &statement, &self.origin);
        if let Some(origin) = self.origin(PERSON_ITEM) {
            said.person(&mut self.reading.batches, &statement, &origin);
        }
    }

    /// A checkup or guidance: the visit, the insurance, the observations of each section.
    fn checkup(&mut self, root: Element<'_>, person: &Person<'_>) {
        let event = root.first(&["documentationOf", "serviceEvent"]);
        let day = self.day_of(event.and_then(|event| event.first(&["effectiveTime"])));
        self.day = day.or_else(|| self.day_of(root.first(&["effectiveTime"])));
        self.visit = match self.day {
            Some(day) => crate::key::day_key("checkup", day),
            None => crate::key::visit_key("undated", &[]),
        };
        let kind = event.and_then(|event| event.first(&["code"]));
        if let Some(origin) = self.origin(DataItem::Visits) {
            self.reading
                .batches
                .rows(visit::TABLE)
                .begin(&origin)
                .key(visit::KEY, self.visit)
                .int(visit::CONCEPT, Some(0))
                .date(visit::START, self.day)
                .date(visit::END, self.day)
                .text(visit::SOURCE, kind.map_or("", |kind| kind.attribute("code")))
                .word(visit::SYSTEM, "CHECKUP-PROGRAM");
        }
        if let Some(origin) = self.origin(DataItem::Insurance) {
            self.reading
                .batches
                .rows(payer::TABLE)
                .begin(&origin)
                .date(payer::START, self.day)
                .date(payer::END, self.day)
                .text(payer::SOURCE, payer_kind(person.insurer));
        }
        let body = root.first(&["component", "structuredBody"]);
        let sections = body.into_iter().flat_map(|body| body.named("component"));
        for section in sections.filter_map(|one| one.first(&["section"])) {
            for entry in section.named("entry") {
                self.entry(entry);
            }
        }
    }
}
