//! Which files are read: of each message the newest valid version, unless it was deleted later.
//!
//! A message is known by patient, 診療日, data type and order number. An update renames the old file to flag 2 and
//! writes a new one with flag 1; a deletion sets the old ones to 0 and adds a newer file with flag 0.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use sudare_model::Place;
use sudare_model::finding::FindingCode;

use super::path::{Name, PathFault, data_type, extended, is_index, is_transaction, named, parse};
use super::stream::{self, Piece};
use super::{FILE_MAX, PATIENT_MAX, UNIT_BYTES, UNIT_FILES, codes, index};
use crate::files::Files;
use crate::findings;
use crate::plan::{Facts, Planner, Span, Spans, WorkUnit};

/// The kind of a document of the extended storage.
pub(super) const EXTENDED: &str = "extended";

/// Whose and what spans are that no path tells of.
#[derive(Default)]
pub(super) struct Learnt {
    /// By file and first byte.
    pieces: Vec<Piece>,
}

impl Learnt {
    fn piece(&self, span: &Span) -> Option<&Piece> {
        let key = (span.file_no, span.start);
        let at = self.pieces.binary_search_by_key(&key, |one| (one.file_no, one.start)).ok()?;
        self.pieces.get(at)
    }

    pub(super) fn patient(&self, span: &Span) -> Option<&str> {
        self.piece(span).map(|piece| &*piece.patient)
    }

    pub(super) fn kind(&self, span: &Span) -> Option<&'static str> {
        self.piece(span).map(|piece| piece.data_type)
    }
}

/// Something of one patient.
struct Found {
    patient: Box<str>,
    what: What,
}

enum What {
    /// Messages of a storage that lie together: mostly all there are of the patient.
    Stored(Versions),
    /// A message outside a storage.
    Message(Span),
    /// A document of the extended storage.
    Document(Span),
}

/// Files of one patient: those to read come first.
struct Versions {
    files: Spans,
    chosen: usize,
    deleted: usize,
    superseded: usize,
}

/// Files that lie together. What is valid is decided while the paths of a patient are at hand: to keep those of all
/// files would take too much memory, and to ask for them again more time than to decide.
#[derive(Default)]
struct Together<'p> {
    patient: String,
    files: Vec<(Cow<'p, str>, Span)>,
}

impl Together<'_> {
    /// Turns to a patient; gives the one before where it was another.
    fn turn_to(&mut self, patient: &str) -> Option<Found> {
        if self.patient == patient {
            return None;
        }
        let before = self.close();
        patient.clone_into(&mut self.patient);
        before
    }

    /// Decides on the files at hand.
    fn close(&mut self) -> Option<Found> {
        if self.files.is_empty() {
            return None;
        }
        let versions = Versions::of(&self.files);
        self.files.clear();
        Some(Found { patient: self.patient.as_str().into(), what: What::Stored(versions) })
    }
}

/// Plans the files of a storage, and messages outside one. Memory: some 15 bytes a file, and 100 a patient.
pub(super) fn plan(file_nos: &[u32], planner: &mut Planner<'_>) {
    let files = planner.files;
    let mut found: Vec<Found> = Vec::new();
    let mut together = Together::default();
    let (mut learnt, mut indexes) = (Learnt::default(), Vec::new());
    let mut met = stream::Met::default();
    for file_no in file_nos.iter().copied() {
        let path = files.path(file_no);
        let length = files.len(file_no);
        match checked(&path, length) {
            Ok(name) => {
                if !name.folders_agree {
                    planner.findings.add(&codes::FOLDER_TYPE, Place::file(file_no));
                }
                found.extend(together.turn_to(name.patient));
                let span = Span { file_no, start: 0, end: length, first_record: 1, group: 0 };
                together.files.push((path, span));
            }
            Err(code) if code.code == codes::PATH.code => {
                let Some(pieces) = elsewhere(file_no, planner, &mut met) else { continue };
                found.extend(pieces.iter().map(Found::of));
                learnt.pieces.extend(pieces);
            }
            Err(_) if is_index(&path) => indexes.push(file_no),
            Err(code) => planner.findings.add(code, Place::file(file_no)),
        }
    }
    found.extend(together.close());
    index::compare(&indexes, file_nos, planner);
    learnt.pieces.sort_unstable_by_key(|one| (one.file_no, one.start));
    // Of one patient everything stays in the order of the files.
    found.sort_by(|left, right| left.patient.cmp(&right.patient));
    let mut units = Units::default();
    for theirs in found.chunk_by(|left, right| left.patient == right.patient) {
        add_patient(theirs, planner, &mut units);
    }
    units.close();
    let facts = Facts { learnt: Some(Arc::new(learnt)), ..Facts::default() };
    planner
        .units
        .extend(units.done.into_iter().map(|unit| WorkUnit { facts: facts.clone(), ..unit }));
}

impl Found {
    fn of(piece: &Piece) -> Self {
        let span = Span {
            file_no: piece.file_no,
            start: piece.start,
            end: piece.end,
            first_record: piece.first,
            group: 0,
        };
        let what =
            if piece.data_type == EXTENDED { What::Document(span) } else { What::Message(span) };
        Self { patient: piece.patient.clone(), what }
    }
}

/// Adds what there is of one patient to the units.
fn add_patient(theirs: &[Found], planner: &mut Planner<'_>, units: &mut Units) {
    let (mut stored, mut messages, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for one in theirs {
        match &one.what {
            What::Stored(versions) => stored.push(versions),
            What::Message(span) => messages.push(*span),
            What::Document(span) => documents.push(*span),
        }
    }
    let again;
    let versions = match stored.as_slice() {
        [] => None,
        [one] => Some(*one),
        several => {
            // In more than one storage: a version in one may replace that in another.
            let files = several.iter().flat_map(|one| one.files.iter());
            let paths = files.map(|span| (planner.files.path(span.file_no), span));
            again = Versions::of(&paths.collect::<Vec<_>>());
            Some(&again)
        }
    };
    let mut spans: Vec<Span> = Vec::new();
    if let Some(versions) = versions {
        planner.counts.deleted += versions.deleted as u64;
        planner.counts.superseded += versions.superseded as u64;
        spans.extend(versions.files.iter().take(versions.chosen));
    }
    spans.extend(messages);
    let mut bytes: u64 = spans.iter().map(|span| span.end - span.start).sum();
    if let Some(first) = spans.first().filter(|_| bytes > PATIENT_MAX) {
        let place = match versions.filter(|one| one.chosen > 0) {
            Some(_) => Place::file(first.file_no),
            None => Place::record(first.file_no, first.first_record, "MSH"),
        };
        planner.findings.add(&findings::TOO_LARGE, place);
        (spans, bytes) = (Vec::new(), 0);
    }
    // Documents are looked at one by one, so they do not count towards what is held at once.
    bytes += documents.iter().map(|span| span.end).sum::<u64>();
    spans.extend(documents);
    units.add(&spans, bytes);
}

/// The messages of a file outside a storage, or the document it is; `None`, with a finding, where it is neither.
fn elsewhere(file_no: u32, planner: &mut Planner<'_>, met: &mut stream::Met) -> Option<Vec<Piece>> {
    let place = Place::file(file_no);
    let files = planner.files;
    let mut refuse = |code: &'static FindingCode| -> Option<Vec<Piece>> {
        planner.findings.add(code, Place::file(file_no));
        None
    };
    match extended(&files.path(file_no)) {
        Ok(name) if crate::checks::is_my_number(name.patient) => {
            return refuse(&findings::MY_NUMBER);
        }
        Ok(Name { flag: "0", .. }) => {
            planner.counts.deleted += 1;
            return None;
        }
        Ok(Name { flag: "2", .. }) => {
            planner.counts.superseded += 1;
            return None;
        }
        Ok(Name { flag: "1", patient, .. }) => {
            let (patient, end) = (Box::<str>::from(patient), files.len(file_no));
            let (start, first, data_type) = (0, 1, EXTENDED);
            // A message is read as one; the folder says whose it is.
            if peek(file_no, files).is_ok_and(|head| stream::begins(&head)) {
                let pieces = stream::survey(file_no, planner, met)?.into_iter();
                let pieces: Vec<_> =
                    pieces.map(|piece| Piece { patient: patient.clone(), ..piece }).collect();
                if !pieces.is_empty() {
                    return Some(pieces);
                }
            }
            return Some(vec![Piece { file_no, start, end, first, patient, data_type }]);
        }
        Ok(_) => return refuse(&codes::FLAG),
        Err(PathFault::Folder) => return refuse(&codes::NAME_FOLDER),
        Err(PathFault::Shape) => {}
    }
    match peek(file_no, files) {
        Err(code) => refuse(code),
        Ok(head) if stream::is_transaction(&head) => refuse(&codes::NOT_READ_STORE),
        Ok(head) if !stream::begins(&head) => refuse(&codes::PATH),
        Ok(_) => {
            let before = planner.findings.count();
            let pieces = stream::survey(file_no, planner, met)?;
            if pieces.is_empty() && planner.findings.count() == before {
                planner.findings.add(&codes::NOT_HL7, place);
            }
            Some(pieces)
        }
    }
}

/// The first bytes of a file.
fn peek(file_no: u32, files: &dyn Files) -> Result<Vec<u8>, &'static FindingCode> {
    let mut head = Vec::new();
    let file = files.open(file_no).map_err(findings::unopened)?;
    file.take(64).read_to_end(&mut head).map_err(|error| findings::unread(&error))?;
    Ok(head)
}

/// The name of a file that can be read, or why it cannot.
fn checked(path: &str, len: u64) -> Result<Name<'_>, &'static FindingCode> {
    if is_transaction(path) {
        return Err(&codes::NOT_READ_STORE);
    }
    let name = parse(path).map_err(|fault| match fault {
        PathFault::Shape => &codes::PATH,
        PathFault::Folder => &codes::NAME_FOLDER,
    })?;
    if crate::checks::is_my_number(name.patient) {
        return Err(&findings::MY_NUMBER);
    }
    if !matches!(name.flag, "0" | "1" | "2") {
        return Err(&codes::FLAG);
    }
    if data_type(name.data_type).is_none() {
        return Err(&codes::TYPE_UNKNOWN);
    }
    if len > FILE_MAX {
        return Err(&findings::TOO_LARGE);
    }
    Ok(name)
}

impl Versions {
    /// Decides on the versions of one patient.
    fn of(files: &[(Cow<'_, str>, Span)]) -> Self {
        let named = files.iter().filter_map(|(path, span)| Some((named(path)?, *span)));
        let mut versions: Vec<(Name<'_>, Span)> = named.collect();
        // Of one message, newest first; of the same instant, a deletion before a valid version.
        versions.sort_by(|(left, left_span), (right, right_span)| {
            (left.data_type, left.day, left.order)
                .cmp(&(right.data_type, right.day, right.order))
                .then_with(|| right.time.cmp(left.time))
                .then_with(|| left.flag.cmp(right.flag))
                .then_with(|| right_span.file_no.cmp(&left_span.file_no))
        });
        let (mut chosen, mut others, mut deleted) = (Vec::new(), Vec::new(), 0);
        let same = |left: &(Name<'_>, Span), right: &(Name<'_>, Span)| {
            (left.0.data_type, left.0.day, left.0.order)
                == (right.0.data_type, right.0.day, right.0.order)
        };
        for message in versions.chunk_by(same) {
            let newest = message.iter().find(|(name, _)| name.flag != "2");
            let valid = newest.filter(|(name, _)| name.flag == "1").map(|(_, span)| *span);
            for (name, span) in message {
                if Some(*span) == valid {
                    chosen.push(*span);
                    continue;
                }
                others.push(*span);
                // A valid version before a deletion is gone with it.
                deleted += usize::from(name.flag == "0" || name.flag == "1" && valid.is_none());
            }
        }
        let superseded = others.len() - deleted;
        let files = chosen.iter().chain(&others).copied().collect();
        Self { files, chosen: chosen.len(), deleted, superseded }
    }
}

/// Units in the making.
#[derive(Default)]
struct Units {
    done: Vec<WorkUnit>,
    spans: Vec<Span>,
    bytes: u64,
    group: u32,
}

impl Units {
    /// Adds what there is of a patient: a group of its own.
    fn add(&mut self, spans: &[Span], bytes: u64) {
        if spans.is_empty() {
            return;
        }
        let full = self.bytes + bytes > UNIT_BYTES || self.spans.len() + spans.len() > UNIT_FILES;
        if full {
            self.close();
        }
        self.spans.extend(spans.iter().map(|span| Span { group: self.group, ..*span }));
        self.bytes += bytes;
        self.group += 1;
    }

    fn close(&mut self) {
        if !self.spans.is_empty() {
            self.done.push(WorkUnit {
                format: "ssmix2",
                spans: self.spans.drain(..).collect(),
                bytes: self.bytes,
                facts: Facts::default(),
            });
        }
        (self.bytes, self.group) = (0, 0);
    }
}
