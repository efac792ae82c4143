//! Documents of the extended storage: the narrative of clinical documents becomes `note`; everything else is listed.
//!
//! What it is for: files of a content folder that are no HL7 messages (those are read as messages are). The folder says
//! whose a document is; a header that says otherwise sets it aside.
//!
//! Invariant: of a document's header nothing reaches a row but the date. Bytes are kept only where every item of the
//! patient is admitted: a document may hold anything.

use std::io::Read as _;

use sudare_model::finding::FindingCode;
use sudare_model::time::Day;
use sudare_model::{Admission, DataItem, Place};

use super::cda::{self, Document};
use super::path::extended;
use super::visits::Visits;
use super::{FILE_MAX, codes};
use crate::checks::is_my_number;
use crate::columns::Origin;
use crate::columns::clinical::note;
use crate::findings;
use crate::gate::Life;
use crate::plan::Span;
use crate::unit::Reading;
use crate::xml::Tree;

/// Bytes looked at to know a clinical document.
const HEAD: u64 = 1 << 10;

/// The documents of one patient.
pub(super) struct Papers<'p, 'a> {
    pub(super) reading: &'p mut Reading<'a>,
    pub(super) admission: &'p Admission,
    pub(super) number: &'p str,
    /// Birth by the patient's messages.
    pub(super) birth: Option<Day>,
    pub(super) visits: &'p Visits<'p>,
    /// Whether what there is of the patient contradicts itself.
    pub(super) disputed: bool,
}

/// What is made of a document's bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    SetAside,
    Rejected,
}

/// The births that documents state: asked for where no message tells one.
#[derive(Default)]
pub(super) struct Births {
    pub(super) latest: Option<Day>,
    pub(super) differ: bool,
}

/// Reads the headers of documents, before they are read: nothing is counted or found here.
pub(super) fn births(reading: &Reading<'_>, papers: &[Span]) -> Births {
    let (mut buffer, mut tree) = (Vec::new(), Tree::default());
    let mut births = Births::default();
    for span in papers {
        let head = Span { end: span.end.min(HEAD), ..*span };
        let is_one = span.end <= FILE_MAX
            && reading.look(&head, &mut buffer)
            && cda::begins(&buffer)
            && reading.look(span, &mut buffer);
        if !is_one {
            continue;
        }
        let Some((text, _)) = cda::decode(&buffer) else { continue };
        let header = Document::header(&text, &mut tree).ok();
        let birth = header.and_then(|header| header.birth());
        births.differ |= birth.is_some() && births.latest.is_some() && birth != births.latest;
        births.latest = births.latest.max(birth);
    }
    births
}

/// Whether a file is a clinical document that can be read.
fn begins(reading: &mut Reading<'_>, span: &Span) -> bool {
    let mut head = Vec::new();
    let file = reading.open(span.file_no);
    let read = file.is_some_and(|file| file.take(HEAD).read_to_end(&mut head).is_ok());
    read && span.end <= FILE_MAX && cda::begins(&head)
}

impl Papers<'_, '_> {
    /// Reads them.
    pub(super) fn read(&mut self, papers: &[Span]) {
        if self.disputed {
            self.reading.dispute(self.admission, papers.iter().map(|span| span.file_no));
        }
        let (mut buffer, mut tree) = (Vec::new(), Tree::default());
        for span in papers {
            self.reading.counts.messages += 1;
            let fate = if self.disputed {
                self.add(&codes::PATIENT_CONFLICT, span);
                Fate::SetAside
            } else if begins(self.reading, span) {
                if !self.reading.load(span, &mut buffer) {
                    continue;
                }
                self.document(span, &buffer, &mut tree)
            } else {
                self.add(&codes::EXTENDED, span);
                Fate::Kept
            };
            if fate != Fate::Rejected && everything(self.admission) {
                self.reading.keep(span.file_no, 0..span.end, fate == Fate::SetAside);
            }
        }
    }

    fn add(&mut self, code: &'static FindingCode, span: &Span) {
        self.reading.findings.add(code, Place::file(span.file_no));
    }

    fn document(&mut self, span: &Span, bytes: &[u8], tree: &mut Tree) -> Fate {
        let Some((text, bad)) = cda::decode(bytes) else {
            self.add(&codes::DOCUMENT_BROKEN, span);
            return Fate::Kept;
        };
        if bad {
            self.add(&codes::BYTES, span);
        }
        let document = match Document::read(&text, tree) {
            Ok(document) => document,
            Err(code) => {
                self.add(code, span);
                return Fate::Kept;
            }
        };
        self.reading.counts.records += 1;
        if let Some((code, fate)) = self.doubt(&document) {
            self.add(code, span);
            return fate;
        }
        if document.numbers().next().is_none() {
            self.add(&codes::DOCUMENT_UNNAMED, span);
        }
        self.note(span, &document);
        Fate::Kept
    }

    /// Why a document cannot be this patient's, and what becomes of its bytes: kept only where everybody it may be
    /// about is admitted in full.
    fn doubt(&mut self, document: &Document<'_>) -> Option<(&'static FindingCode, Fate)> {
        if document.numbers().any(is_my_number) {
            return Some((&findings::MY_NUMBER, Fate::Rejected));
        }
        let birth = document.birth();
        if document.numbers().all(|number| number != self.number)
            && document.numbers().next().is_some()
        {
            let life = Life { birth, death: None };
            let all = document.numbers().all(|other| everything(&self.reading.ask(other, life)));
            let fate = if all { Fate::SetAside } else { Fate::Rejected };
            return Some((&codes::DOCUMENT_PATIENT, fate));
        }
        let differs = birth.is_some() && self.birth.is_some() && birth != self.birth;
        differs.then_some((&codes::PATIENT_CONFLICT, Fate::SetAside))
    }

    fn note(&mut self, span: &Span, document: &Document<'_>) {
        let mut text = String::new();
        if document.narrative(&mut text) {
            self.add(&codes::EXTENDED, span);
        } else if text.is_empty() {
            self.add(&codes::DOCUMENT_EMPTY, span);
        }
        if text.is_empty() {
            return;
        }
        let tracks = self.admission.tracks(DataItem::Notes);
        if tracks.is_empty() {
            *self.reading.counts.withheld.entry(DataItem::Notes).or_default() += 1;
            return;
        }
        let (subject, file_no) = (self.admission.subject(), span.file_no);
        let origin = Origin { subject, tracks, file_no, record_no: 1 };
        let path = self.reading.path(file_no);
        let name = extended(&path).ok();
        let care = name.and_then(|name| Day::from_digits(name.day.as_bytes()));
        let kind = name.map_or("", |name| name.data_type);
        let class = class(kind, document.kind()).to_owned();
        let day = care.or_else(|| document.day());
        self.reading
            .batches
            .rows(note::TABLE)
            .begin(&origin)
            .key(note::VISIT, self.visits.key(day, false))
            .date(note::DATE, day)
            .text(note::CLASS, &class)
            .text(note::TEXT, &text);
    }
}

fn everything(admission: &Admission) -> bool {
    DataItem::ALL.iter().all(|item| !admission.tracks(*item).is_empty())
}

/// The code of a document's kind: LOINC of the folder's type (`local^name^system^code^name^LN`, or `code^name^LN`),
/// else of the header, else the folder's own.
fn class<'t>(kind: &'t str, (code, is_loinc): (&'t str, bool)) -> &'t str {
    let mut parts = kind.split('^');
    let mut part = || parts.next().unwrap_or_default();
    let (local, name, system) = (part(), part(), part());
    let (standard, _, standard_system) = (part(), part(), part());
    match (system, standard_system) {
        (_, "LN") if !standard.is_empty() => standard,
        ("LN", _) if !local.is_empty() => local,
        _ if is_loinc && !code.is_empty() => code,
        _ => [standard, local, code, name].into_iter().find(|one| !one.is_empty()).unwrap_or(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_document_is_loinc_where_anybody_says_so() {
        let header = ("18842-5", true);
        assert_eq!(class("L1^入院診療録^99ZZZ^11506-3^経過記録^LN", header), "11506-3");
        assert_eq!(class("^退院^^18842-5^退院時サマリー^LN", ("", false)), "18842-5");
        assert_eq!(class("57133-1^REFERRAL^LN", ("MD0020730", false)), "57133-1");
        assert_eq!(class("L-OBSERVATIONS^OBSERVATIONS^99ZL01", header), "18842-5");
        assert_eq!(class("L-OBSERVATIONS^OBSERVATIONS^99ZL01", ("X", false)), "L-OBSERVATIONS");
        assert_eq!(class("^経過^", ("", false)), "経過");
    }
}
