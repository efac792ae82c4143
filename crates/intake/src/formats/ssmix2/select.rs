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
use crate::plan::{Facts, Planner, Span, WorkUnit};

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
struct Found<'p> {
    patient: Cow<'p, str>,
    what: What,
}

enum What {
    /// Messages of a storage that lie together: mostly all there are of the patient.
    Stored(Run),
    /// A message outside a storage.
    Message(Span),
    /// A document of the extended storage.
    Document(Span),
}

/// Files of one patient, by their positions among the stored ones: those to read come first.
#[derive(Clone, Copy, Default)]
struct Run {
    start: usize,
    end: usize,
    chosen: usize,
    deleted: usize,
}

/// The files of a storage. What is valid is decided while the names of a patient are at hand: to keep those of all
/// files would take more memory than their paths, and to read them again more time than to decide.
#[derive(Default)]
struct Stored<'p> {
    files: Vec<u32>,
    at_hand: Vec<(Name<'p>, u32)>,
}

impl<'p> Stored<'p> {
    /// Adds a file; gives the patient before where it is another's.
    fn add(&mut self, name: Name<'p>, file_no: u32) -> Option<Found<'p>> {
        let other = self.at_hand.first().is_some_and(|(first, _)| first.patient != name.patient);
        let before = if other { self.close() } else { None };
        self.at_hand.push((name, file_no));
        before
    }

    /// Decides on the files at hand.
    fn close(&mut self) -> Option<Found<'p>> {
        let patient = self.at_hand.first()?.0.patient.into();
        let run = valid_versions(&mut self.at_hand, &mut self.files);
        self.at_hand.clear();
        Some(Found { patient, what: What::Stored(run) })
    }
}

/// Plans the files of a storage, and messages outside one. Memory: 36 bytes a file, and some 70 a patient.
pub(super) fn plan(file_nos: &[u32], planner: &mut Planner<'_>) {
    let files = planner.files;
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut stored = Stored::default();
    let (mut learnt, mut indexes) = (Learnt::default(), Vec::new());
    let mut met = stream::Met::default();
    for file_no in file_nos.iter().copied() {
        let path = files.path(file_no);
        match checked(path, files.len(file_no)) {
            Ok(name) => {
                if !name.folders_agree {
                    planner.findings.add(&codes::FOLDER_TYPE, Place::file(file_no));
                }
                found.extend(stored.add(name, file_no));
            }
            Err(code) if code.code == codes::PATH.code => {
                let Some(pieces) = elsewhere(file_no, planner, &mut met) else { continue };
                found.extend(pieces.iter().map(Found::of));
                learnt.pieces.extend(pieces);
            }
            Err(_) if is_index(path) => indexes.push(file_no),
            Err(code) => planner.findings.add(code, Place::file(file_no)),
        }
    }
    found.extend(stored.close());
    index::compare(&indexes, file_nos, planner);
    learnt.pieces.sort_unstable_by_key(|one| (one.file_no, one.start));
    // Of one patient everything stays in the order of the files.
    found.sort_by(|left, right| left.patient.cmp(&right.patient));
    let mut units = Units::default();
    for theirs in found.chunk_by(|left, right| left.patient == right.patient) {
        add_patient(theirs, &stored.files, planner, &mut units);
    }
    units.close();
    let facts = Facts { learnt: Some(Arc::new(learnt)), ..Facts::default() };
    planner
        .units
        .extend(units.done.into_iter().map(|unit| WorkUnit { facts: facts.clone(), ..unit }));
}

impl Found<'_> {
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
        Self { patient: piece.patient.to_string().into(), what }
    }
}

/// Adds what there is of one patient to the units.
fn add_patient(theirs: &[Found<'_>], stored: &[u32], planner: &mut Planner<'_>, units: &mut Units) {
    let files = planner.files;
    let (mut runs, mut messages, mut documents) = (Vec::new(), Vec::new(), Vec::new());
    for one in theirs {
        match &one.what {
            What::Stored(run) => runs.push(*run),
            What::Message(span) => messages.push(span.clone()),
            What::Document(span) => documents.push(span.clone()),
        }
    }
    let mut together = Vec::new();
    let (stored, run) = match runs.as_slice() {
        [] => (stored, Run::default()),
        [one] => (stored, *one),
        several => {
            // In more than one storage: a version in one may replace that in another.
            let numbers = several.iter().filter_map(|run| stored.get(run.start..run.end)).flatten();
            let versions =
                numbers.filter_map(|file_no| Some((named(files.path(*file_no))?, *file_no)));
            let run = valid_versions(&mut versions.collect::<Vec<_>>(), &mut together);
            (together.as_slice(), run)
        }
    };
    planner.counts.deleted += run.deleted as u64;
    planner.counts.superseded += (run.end - run.start - run.chosen - run.deleted) as u64;
    let chosen = stored.get(run.start..run.start + run.chosen).unwrap_or_default();
    let whole = |file_no: &u32| {
        let end = files.len(*file_no);
        Span { file_no: *file_no, start: 0, end, first_record: 1, group: 0 }
    };
    let mut spans: Vec<Span> = chosen.iter().map(whole).chain(messages).collect();
    let mut bytes: u64 = spans.iter().map(|span| span.end - span.start).sum();
    if bytes > PATIENT_MAX {
        let place = match (chosen.first(), spans.first()) {
            (None, Some(span)) => Place::record(span.file_no, span.first_record, "MSH"),
            (file_no, _) => Place::file(file_no.copied().unwrap_or_default()),
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
    match extended(files.path(file_no)) {
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

/// Decides on the versions of one patient: behind the files come those to read, then the others.
fn valid_versions(versions: &mut [(Name<'_>, u32)], files: &mut Vec<u32>) -> Run {
    // Of one message, newest first; of the same instant, a deletion before a valid version.
    versions.sort_by(|(left, left_no), (right, right_no)| {
        (left.data_type, left.day, left.order)
            .cmp(&(right.data_type, right.day, right.order))
            .then_with(|| right.time.cmp(left.time))
            .then_with(|| left.flag.cmp(right.flag))
            .then_with(|| right_no.cmp(left_no))
    });
    let (start, mut deleted, mut others) = (files.len(), 0, Vec::new());
    let same = |left: &(Name<'_>, u32), right: &(Name<'_>, u32)| {
        (left.0.data_type, left.0.day, left.0.order)
            == (right.0.data_type, right.0.day, right.0.order)
    };
    for message in versions.chunk_by(same) {
        let newest = message.iter().find(|(name, _)| name.flag != "2");
        let valid = newest.filter(|(name, _)| name.flag == "1").map(|(_, file_no)| *file_no);
        for (name, file_no) in message {
            if Some(*file_no) == valid {
                files.push(*file_no);
                continue;
            }
            others.push(*file_no);
            // A valid version before a deletion is gone with it.
            deleted += usize::from(name.flag == "0" || name.flag == "1" && valid.is_none());
        }
    }
    let chosen = files.len() - start;
    files.extend(others);
    Run { start, end: files.len(), chosen, deleted }
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
        self.spans.extend(spans.iter().map(|span| Span { group: self.group, ..span.clone() }));
        self.bytes += bytes;
        self.group += 1;
    }

    fn close(&mut self) {
        if !self.spans.is_empty() {
            self.done.push(WorkUnit {
                format: "ssmix2",
                spans: std::mem::take(&mut self.spans).into_boxed_slice().into_vec(),
                bytes: self.bytes,
                facts: Facts::default(),
            });
        }
        (self.bytes, self.group) = (0, 0);
    }
}
