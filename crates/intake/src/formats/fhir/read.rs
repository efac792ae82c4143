//! Reading a unit: text by text, resource by resource. Who a resource is about is asked first, then the gate, and only
//! then is its content looked at.
//!
//! Invariant: a resource whose patient is refused, not known or in doubt makes no row, and no text that holds one is
//! kept as it came.

use std::collections::HashMap;
use std::rc::Rc;

use sudare_model::finding::FindingCode;
use sudare_model::{Admission, DataItem, Place};

use super::chart::{Chart, Page};
use super::codes;
use super::json::{Tape, Value};
use super::known::{Found, Known, canonical};
use super::patient::Who;
use super::scope::Scope;
use super::survey::{BOM, DEPTH_MAX, Learnt};
use super::systems::{self, Number};
use super::types::{self, Use};
use crate::checks::is_my_number;
use crate::findings;
use crate::gate::Life;
use crate::plan::{Span, WorkUnit};
use crate::statement::Said;
use crate::unit::Reading;

/// Reads a unit.
pub(super) fn read(unit: &WorkUnit, reading: &mut Reading<'_>) {
    let learnt = unit.facts.learnt.clone().and_then(|one| one.downcast::<Learnt>().ok());
    let Some(learnt) = learnt else { return };
    let mut reader = Reader {
        reading,
        known: &learnt.known,
        said: Said::default(),
        admissions: HashMap::new(),
        texts: 0,
    };
    let (mut buffer, mut tape) = (Vec::new(), Tape::default());
    for span in &unit.spans.to_vec() {
        if reader.reading.load(span, &mut buffer) {
            if learnt.documents.contains(&span.file_no) {
                reader.document(span, &buffer, &mut tape);
            } else {
                reader.lines(span, &buffer, &mut tape);
            }
        }
    }
}

/// What may be done with the bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Keep,
    SetAside,
    Drop,
}

/// Where a text stands.
#[derive(Clone, Copy)]
struct At {
    file_no: u32,
    record: u32,
    byte: u64,
    /// Bytes before the text: a mark of UTF-8.
    mark: u64,
    /// Whether the entries of a Bundle are the records.
    entries: bool,
}

impl At {
    fn place(&self, kind: &'static str) -> Place {
        Place::record(self.file_no, self.record, kind).byte(self.byte)
    }
}

/// Whose a resource is.
enum Whose<'t> {
    /// A patient by number; by position where the delivery holds the Patient.
    Patient(&'t str, Option<u32>),
    Several,
    Nobody,
}

struct Reader<'r, 'a, 'k> {
    reading: &'r mut Reading<'a>,
    known: &'k Known,
    said: Said,
    /// By patient number, with the number of the text that was last counted.
    admissions: HashMap<Box<str>, (Rc<Admission>, u64)>,
    /// Number of the text at hand, from 1.
    texts: u64,
}

impl<'k> Reader<'_, '_, 'k> {
    fn lines(&mut self, span: &Span, bytes: &[u8], tape: &mut Tape) {
        let mut begin = 0;
        let mut record = span.first_record;
        while begin < bytes.len() {
            let rest = bytes.get(begin..).unwrap_or_default();
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let at = At {
                file_no: span.file_no,
                record,
                byte: span.start + begin as u64,
                mark: 0,
                entries: false,
            };
            self.text(&at, rest.get(..length).unwrap_or_default(), tape);
            begin += length;
            record = record.saturating_add(1);
        }
    }

    fn document(&mut self, span: &Span, bytes: &[u8], tape: &mut Tape) {
        let entries = span.start == 0 && span.first_record == 1;
        let record = span.first_record;
        let at = At { file_no: span.file_no, record, byte: span.start, mark: 0, entries };
        self.text(&at, bytes, tape);
    }

    /// Reads one text and says which of its bytes are kept.
    fn text(&mut self, at: &At, bytes: &[u8], tape: &mut Tape) {
        let end = at.byte + bytes.len() as u64;
        let bare = if at.byte == 0 { bytes.strip_prefix(BOM).unwrap_or(bytes) } else { bytes };
        let at = &At { mark: (bytes.len() - bare.len()) as u64, ..*at };
        if bare.trim_ascii().is_empty() {
            self.reading.keep(at.file_no, at.byte..end, false);
            return;
        }
        let Ok(text) = std::str::from_utf8(bare) else {
            self.reading.findings.add(&codes::ENCODING, at.place("?"));
            return;
        };
        let root = match tape.read(text) {
            Ok(root) => root,
            Err(bad) => {
                let line = u32::try_from(bad.line).unwrap_or(u32::MAX);
                let at = if at.entries { At { record: line, ..*at } } else { *at };
                self.reading.findings.add(&codes::JSON, at.place("?"));
                return;
            }
        };
        self.reading.counts.messages += 1;
        self.texts += 1;
        let scope = Scope::default();
        let verdict = if root.is_object() {
            self.one(root, "", &scope, at, 0)
        } else if root.items().all(|one| one.text("resourceType").is_empty()) {
            self.doubt(&codes::NOT_FHIR, at, "?")
        } else {
            root.items()
                .zip(1..)
                .map(|(one, number)| {
                    let record = if at.entries { number } else { at.record };
                    self.one(one, "", &scope, &At { record, ..*at }, 0)
                })
                .max()
                .unwrap_or(Verdict::Keep)
        };
        match verdict {
            Verdict::Keep => self.reading.keep(at.file_no, at.byte..end, false),
            Verdict::SetAside => self.reading.keep(at.file_no, at.byte..end, true),
            Verdict::Drop => {}
        }
    }

    fn doubt(&mut self, code: &'static FindingCode, at: &At, kind: &'static str) -> Verdict {
        self.reading.findings.add(code, at.place(kind));
        Verdict::Drop
    }

    /// Reads a resource, or the resources of a Bundle.
    fn one<'t>(
        &mut self,
        resource: Value<'t>,
        url: &'t str,
        scope: &Scope<'t>,
        at: &At,
        depth: usize,
    ) -> Verdict
    where
        'k: 't,
    {
        let name = resource.text("resourceType");
        let Some((kind, how)) = types::named(name) else {
            let code = if name.is_empty() { &codes::NOT_FHIR } else { &codes::TYPE_UNKNOWN };
            self.reading.counts.records += 1;
            return self.doubt(code, at, "?");
        };
        if kind == "Bundle" {
            return self.bundle(resource, at, depth);
        }
        self.reading.counts.records += 1;
        let (file_no, record, byte) = (at.file_no, at.record, at.byte + at.mark);
        let page = Page { resource, url, kind, file_no, record, byte };
        match how {
            Use::Administrative => {
                self.reading.findings.add(&codes::TYPE_ADMINISTRATIVE, at.place(kind));
                // What it contains may be anybody's.
                let alone = resource.get("contained").items().next().is_none();
                if alone { Verdict::Keep } else { Verdict::Drop }
            }
            Use::Unread => self.unread(&page, scope, at),
            Use::Read => self.patient_resource(&page, scope, at),
        }
    }

    fn bundle(&mut self, bundle: Value<'_>, at: &At, depth: usize) -> Verdict {
        if depth >= DEPTH_MAX {
            return self.doubt(&codes::JSON, at, "Bundle");
        }
        // Nobody can be asked about what stands in a Bundle or an entry, but in no resource.
        if bundle.get("entry").items().next().is_none() {
            return self.doubt(&codes::EMPTY, at, "Bundle");
        }
        let scope = Scope::of(bundle);
        let mut verdict = Verdict::Keep;
        for (entry, number) in bundle.get("entry").items().zip(1..) {
            let resource = entry.get("resource");
            let entries = at.entries && depth == 0;
            let at = At { record: if entries { number } else { at.record }, ..*at };
            if resource.is_missing() {
                verdict = verdict.max(self.doubt(&codes::EMPTY, &at, "Bundle"));
                continue;
            }
            let url = entry.text("fullUrl");
            verdict = verdict.max(self.one(resource, url, &scope, &at, depth + 1));
        }
        verdict
    }

    /// A resource that makes no row is counted; its bytes are kept only for a patient who is admitted in full.
    fn unread<'t>(&mut self, page: &Page<'t>, scope: &Scope<'t>, at: &At) -> Verdict
    where
        'k: 't,
    {
        self.reading.findings.add(&codes::TYPE_UNREAD, at.place(page.kind));
        match self.whose(page, scope) {
            Whose::Patient(number, known) if !is_my_number(number) => {
                let admission = self.admission(number, known, Life::UNKNOWN, at.file_no);
                if everything(&admission) { Verdict::Keep } else { Verdict::Drop }
            }
            _ => Verdict::Drop,
        }
    }

    fn patient_resource<'t>(&mut self, page: &Page<'t>, scope: &Scope<'t>, at: &At) -> Verdict
    where
        'k: 't,
    {
        let (number, known) = match self.whose(page, scope) {
            Whose::Patient(number, known) => (number, known),
            Whose::Several => return self.doubt(&codes::PATIENT_AMBIGUOUS, at, page.kind),
            // A device of the house belongs to nobody.
            Whose::Nobody if page.kind == "Device" => {
                self.reading.findings.add(&codes::TYPE_ADMINISTRATIVE, at.place(page.kind));
                return Verdict::Keep;
            }
            Whose::Nobody => return self.doubt(&codes::PATIENT_MISSING, at, page.kind),
        };
        if is_my_number(number) || individual(page) {
            return self.doubt(&findings::MY_NUMBER, at, page.kind);
        }
        let said = if page.kind == "Patient" { life(page.resource) } else { Life::UNKNOWN };
        let admission = self.admission(number, known, said, at.file_no);
        if admission.is_refused() {
            return Verdict::Drop;
        }
        let person = known.and_then(|at| self.known.patient(at));
        let conflict = person.is_some_and(|person| !person.agree);
        if conflict || self.reading.is_disputed(&admission) {
            self.reading.dispute(&admission, [at.file_no]);
            self.reading.findings.add(&codes::PATIENT_CONFLICT, at.place(page.kind));
            return if everything(&admission) { Verdict::SetAside } else { Verdict::Drop };
        }
        let mut chart =
            Chart::new(self.reading, &mut self.said, &admission, self.known, scope, *page, number);
        if chart.read() { Verdict::Keep } else { Verdict::Drop }
    }

    /// The admission of a patient; counted once a text.
    fn admission(
        &mut self,
        number: &str,
        known: Option<u32>,
        said: Life,
        file_no: u32,
    ) -> Rc<Admission> {
        let person = known.and_then(|at| self.known.patient(at));
        let life = person.map_or(said, |person| person.life.or(said));
        if let Some((admission, counted)) = self.admissions.get_mut(number) {
            let admission = Rc::clone(admission);
            if std::mem::replace(counted, self.texts) != self.texts {
                self.reading.count(&admission, [file_no]);
            }
            return admission;
        }
        let admission = Rc::new(self.reading.ask(number, life));
        self.reading.count(&admission, [file_no]);
        self.admissions.insert(number.into(), (Rc::clone(&admission), self.texts));
        admission
    }

    /// Whose a resource is: what it says itself, or the one patient of its Bundle.
    fn whose<'t>(&self, page: &Page<'t>, scope: &Scope<'t>) -> Whose<'t>
    where
        'k: 't,
    {
        if page.kind == "Patient" {
            return self.named(Who::of(page.resource).number);
        }
        let keys = ["subject", "patient", "beneficiary", "for", "individual"];
        let subject = keys.iter().map(|key| page.resource.get(key)).find(|one| one.is_object());
        let Some(subject) = subject else {
            return scope.patient.map_or(Whose::Nobody, |one| self.named(Who::of(one).number));
        };
        let reference = subject.text("reference");
        if let Some(patient) = scope.find(reference, page.resource) {
            return match patient.text("resourceType") {
                "Patient" => self.named(Who::of(patient).number),
                _ => Whose::Nobody,
            };
        }
        let found = match canonical(reference) {
            "" => Found::Nobody,
            reference => self.known.by_reference(reference),
        };
        let found = match (found, reference.split_once("?identifier=")) {
            (Found::Nobody, Some((_, token))) => {
                let (system, value) = token.split_once('|').unwrap_or_default();
                self.known.by_identifier(system, value)
            }
            (found, _) => found,
        };
        match found {
            Found::Nobody => self.by_identifier(subject.get("identifier")),
            found => self.person(found),
        }
    }

    /// Whose a logical reference is. A patient number of an institution needs no Patient to be understood.
    fn by_identifier<'t>(&self, identifier: Value<'t>) -> Whose<'t>
    where
        'k: 't,
    {
        let (system, value) = (identifier.text("system"), identifier.text("value").trim());
        if value.is_empty() {
            return Whose::Nobody;
        }
        match self.known.by_identifier(system, value) {
            Found::Nobody => match systems::number(system, "") {
                Number::Institution | Number::Patient => self.named(value),
                _ => Whose::Nobody,
            },
            found => self.person(found),
        }
    }

    fn person<'t>(&self, found: Found) -> Whose<'t>
    where
        'k: 't,
    {
        match found {
            Found::Person(at) => self
                .known
                .patient(at)
                .map_or(Whose::Nobody, |person| Whose::Patient(&person.number, Some(at))),
            Found::Several => Whose::Several,
            Found::Nobody => Whose::Nobody,
        }
    }

    fn named<'t>(&self, number: &'t str) -> Whose<'t> {
        if number.is_empty() {
            return Whose::Nobody;
        }
        Whose::Patient(number, self.known.by_number(number))
    }
}

/// Birth and death as a Patient says them.
fn life(patient: Value<'_>) -> Life {
    let who = Who::of(patient);
    Life { birth: who.birth, death: who.death }
}

/// Whether every item of a patient is admitted.
fn everything(admission: &Admission) -> bool {
    DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty())
}

/// Whether a field for another number holds an individual number.
fn individual(page: &Page<'_>) -> bool {
    let own = |key: &str| page.resource.get(key).items().any(|one| is_my_number(one.text("value")));
    match page.kind {
        "Patient" => own("identifier"),
        "Coverage" => own("identifier") || is_my_number(page.resource.text("subscriberId")),
        _ => false,
    }
}
