//! Which files are read: of each message the newest valid version, unless it was deleted later.
//!
//! A message is known by patient, 診療日, data type and order number. An update renames the old file to flag 2 and
//! writes a new one with flag 1; a deletion sets the old ones to 0 and adds a newer file with flag 0. Records of the
//! transaction store are versions like any; what the storage has of the same instant stands for them.

use std::borrow::Cow;
use std::cmp::{Ordering, Reverse};
use std::io::Read;
use std::sync::Arc;

use sudare_model::Place;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::letter::Home;
use super::path::{
    Name, PathFault, data_type, extended, instant, is_index, is_transaction, named, parse,
};
use super::stream::{self, Piece};
use super::transaction::{self, Record};
use super::{FILE_MAX, PATIENT_MAX, UNIT_BYTES, UNIT_FILES, codes, index};
use crate::files::Files;
use crate::findings;
use crate::plan::{Facts, FileNumbers, Planner, Span, Spans, WorkUnit};

/// The kind of a document of the extended storage.
pub(super) const EXTENDED: &str = "extended";

/// Whose and what spans are that no path tells of.
#[derive(Default)]
pub(super) struct Learnt {
    /// By file and first byte.
    pieces: Vec<Piece>,
}

impl Learnt {
    pub(super) fn piece(&self, span: &Span) -> Option<&Piece> {
        let key = (span.file_no, span.start);
        let at = self.pieces.binary_search_by_key(&key, |one| (one.file_no, one.start)).ok()?;
        self.pieces.get(at)
    }

    /// What records say of the messages that are read.
    fn learn(&mut self, chosen: &[Span], records: &[&Record]) {
        let at = |span: &Span| (span.file_no, span.start);
        let mut wanted: Vec<_> = chosen.iter().map(at).collect();
        wanted.sort_unstable();
        let read = |record: &&&Record| wanted.binary_search(&at(&record.span)).is_ok();
        self.pieces.extend(records.iter().filter(read).filter_map(|record| {
            let name = named(&record.name)?;
            Some(Piece {
                file_no: record.span.file_no,
                start: record.span.start,
                end: record.span.end,
                first: record.span.first_record,
                patient: name.patient.into(),
                data_type: data_type(name.data_type)?,
                home: Home::Transactions,
                care: Day::from_digits(name.day.as_bytes()),
            })
        }));
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
    /// A message of the transaction store.
    Recorded(Record),
    /// A message outside a storage.
    Message(Span),
    /// A document of the extended storage.
    Document(Span),
}

/// Files and records of one patient: those to read come first.
struct Versions {
    files: Spans,
    chosen: usize,
    deleted: usize,
    superseded: usize,
    /// Records that delete what is not here, or what a file says to be valid, and what to tell of them.
    told: Box<[(&'static FindingCode, Span)]>,
}

/// What lies outside the folders of a storage.
enum Elsewhere {
    Pieces(Vec<Piece>),
    Records(Vec<Record>),
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
        let versions = Versions::of(&self.files, &[]);
        self.files.clear();
        Some(Found { patient: self.patient.as_str().into(), what: What::Stored(versions) })
    }
}

/// Plans the files of a storage, and messages outside one. Memory: some 6 bytes a file (measured), and 150 a patient
/// (reckoned), and of the patient at hand, until the next one's files begin or all there is of the patient is decided
/// on, the path and some 200 bytes for each version; of messages that share a file see `stream` and `transaction`.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>) {
    let files = planner.files;
    let mut found: Vec<Found> = Vec::new();
    let mut together = Together::default();
    let (mut learnt, mut indexes) = (Learnt::default(), Vec::new());
    let mut met = stream::Met::default();
    for file_no in file_nos.iter() {
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
                match elsewhere(file_no, planner, &mut met) {
                    Some(Elsewhere::Pieces(pieces)) => {
                        found.extend(pieces.iter().map(Found::of));
                        learnt.pieces.extend(pieces);
                    }
                    Some(Elsewhere::Records(records)) => {
                        found.extend(records.into_iter().filter_map(Found::recorded));
                    }
                    None => {}
                }
            }
            Err(_) if is_index(&path) => indexes.push(file_no),
            Err(code) => planner.findings.add(code, Place::file(file_no)),
        }
    }
    found.extend(together.close());
    index::compare(&indexes, file_nos, planner);
    // Of one patient everything stays in the order of the files.
    found.sort_by(|left, right| left.patient.cmp(&right.patient));
    let mut units = Units::default();
    for theirs in found.chunk_by_mut(|left, right| left.patient == right.patient) {
        add_patient(theirs, planner, &mut units, &mut learnt);
        // What a unit has now is not held twice.
        theirs.iter_mut().for_each(Found::forget);
    }
    units.close();
    learnt.pieces.sort_unstable_by_key(|one| (one.file_no, one.start));
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

    /// Gives back the memory of the spans.
    fn forget(&mut self) {
        if let What::Stored(versions) = &mut self.what {
            versions.files = Spans::default();
        }
    }

    fn recorded(record: Record) -> Option<Self> {
        let patient = named(&record.name)?.patient.into();
        Some(Self { patient, what: What::Recorded(record) })
    }
}

/// Adds what there is of one patient to the units.
fn add_patient(
    theirs: &[Found],
    planner: &mut Planner<'_>,
    units: &mut Units,
    learnt: &mut Learnt,
) {
    let (mut stored, mut records) = (Vec::new(), Vec::new());
    let (mut messages, mut documents) = (Vec::new(), Vec::new());
    for one in theirs {
        match &one.what {
            What::Stored(versions) => stored.push(versions),
            What::Recorded(record) => records.push(record),
            What::Message(span) => messages.push(*span),
            What::Document(span) => documents.push(*span),
        }
    }
    let again;
    let versions = match stored.as_slice() {
        [] if records.is_empty() => None,
        [one] if records.is_empty() => Some(*one),
        several => {
            // In more than one place: a version in one may replace that in another.
            let files = several.iter().flat_map(|one| one.files.iter());
            let paths = files.map(|span| (planner.files.path(span.file_no), span));
            again = Versions::of(&paths.collect::<Vec<_>>(), &records);
            Some(&again)
        }
    };
    let mut spans: Vec<Span> = Vec::new();
    if let Some(versions) = versions {
        planner.counts.deleted += versions.deleted as u64;
        planner.counts.superseded += versions.superseded as u64;
        for (code, span) in &versions.told {
            let place = Place::record(span.file_no, span.first_record, "#SSMIX").byte(span.start);
            planner.findings.add(code, place);
        }
        spans.extend(versions.files.iter().take(versions.chosen));
        learnt.learn(&spans, &records);
    }
    spans.extend(messages);
    let mut bytes: u64 = spans.iter().map(|span| span.end - span.start).sum();
    if let Some(first) = spans.first().filter(|_| bytes > PATIENT_MAX) {
        // Others may share the file of a record or of a stream.
        let (recorded, record) = (records.iter().any(|one| one.span == *first), first.first_record);
        let place = match versions.filter(|one| one.chosen > 0) {
            Some(_) if recorded => Place::record(first.file_no, record, "#SSMIX"),
            Some(_) => Place::file(first.file_no),
            None => Place::record(first.file_no, record, "MSH"),
        };
        planner.findings.add(&findings::TOO_LARGE, place);
        (spans, bytes) = (Vec::new(), 0);
    }
    // Documents are looked at one by one, so they do not count towards what is held at once.
    bytes += documents.iter().map(|span| span.end).sum::<u64>();
    spans.extend(documents);
    units.add(&spans, bytes);
}

/// The messages of a file outside a storage, the records of the transaction store, or the document it is; `None`, with
/// a finding, where it is none of them.
fn elsewhere(file_no: u32, planner: &mut Planner<'_>, met: &mut stream::Met) -> Option<Elsewhere> {
    let place = Place::file(file_no);
    let files = planner.files;
    let mut refuse = |code: &'static FindingCode| -> Option<Elsewhere> {
        planner.findings.add(code, Place::file(file_no));
        None
    };
    let path = files.path(file_no);
    match extended(&path) {
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
                    return Some(Elsewhere::Pieces(pieces));
                }
            }
            let (home, care) = (Home::Stream, None);
            let piece = Piece { file_no, start, end, first, patient, data_type, home, care };
            return Some(Elsewhere::Pieces(vec![piece]));
        }
        Ok(_) => return refuse(&codes::FLAG),
        Err(PathFault::Folder) => return refuse(&codes::NAME_FOLDER),
        Err(PathFault::Shape) => {}
    }
    match peek(file_no, files) {
        Err(code) => refuse(code),
        Ok(head) if transaction::begins(&head) || is_transaction(&path) => {
            transaction::survey(file_no, planner).map(Elsewhere::Records)
        }
        Ok(head) if !stream::begins(&head) => refuse(&codes::PATH),
        Ok(_) => {
            let before = planner.findings.count();
            let pieces = stream::survey(file_no, planner, met)?;
            if pieces.is_empty() && planner.findings.count() == before {
                planner.findings.add(&codes::NOT_HL7, place);
            }
            Some(Elsewhere::Pieces(pieces))
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
    if is_index(path) {
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

/// A version.
struct Version<'p> {
    name: Name<'p>,
    at: i64,
    span: Span,
    /// Whether it is a record of the transaction store.
    record: bool,
    /// The last record of the same instant, and whether it deletes: of a file.
    again: Option<(Span, bool)>,
}

impl<'p> Version<'p> {
    fn of(path: &'p str, span: Span, record: bool) -> Option<Self> {
        let name = named(path)?;
        Some(Self { name, at: instant(name.time), span, record, again: None })
    }

    /// Newest first; of the same instant, files before records. Of files of one instant, a deletion before a valid
    /// version; of records, the last one: they stand in the order of what was done.
    fn order(&self, other: &Self) -> Ordering {
        let key = |one: &Self| {
            let flag = if one.record { "" } else { one.name.flag };
            (Reverse(one.at), one.record, flag, Reverse((one.span.file_no, one.span.start)))
        };
        let message = |one: &Self| (one.name.data_type, one.name.day, one.name.order);
        message(self).cmp(&message(other)).then_with(|| key(self).cmp(&key(other)))
    }
}

impl Versions {
    /// Decides on the versions of one patient.
    fn of(files: &[(Cow<'_, str>, Span)], records: &[&Record]) -> Self {
        let files = files.iter().filter_map(|(path, span)| Version::of(path, *span, false));
        let records = records.iter().filter_map(|one| Version::of(&one.name, one.span, true));
        let mut versions: Vec<Version<'_>> = files.chain(records).collect();
        versions.sort_by(Version::order);
        let (mut chosen, mut others, mut told) = (Vec::new(), Vec::new(), Vec::new());
        // A record of a file's instant is that file over again.
        versions.dedup_by(|one, file| {
            let again = one.record && !file.record && is_same(&one.name, &file.name);
            let again = again && one.at == file.at;
            if again {
                file.again.get_or_insert((one.span, one.name.flag == "0"));
                others.push(one.span);
            }
            again
        });
        let mut deleted = 0;
        for message in versions.chunk_by(|left, right| is_same(&left.name, &right.name)) {
            let newest = message.iter().find(|one| one.name.flag != "2");
            let valid = newest.filter(|one| one.name.flag == "1");
            for one in message {
                let (flag, of_valid) = (one.name.flag, valid.filter(|valid| valid.at == one.at));
                if let (Some(_), Some((span, true))) = (of_valid, one.again) {
                    told.push((&codes::STORE_CONTRARY, span));
                }
                if of_valid.is_some_and(|valid| valid.span == one.span) {
                    chosen.push(one.span);
                    continue;
                }
                others.push(one.span);
                // A valid version before a deletion is gone with it.
                deleted += usize::from(flag == "0" || flag == "1" && valid.is_none());
            }
            if message.iter().all(|one| one.record && one.name.flag == "0") {
                told.extend(message.first().map(|one| (&codes::STORE_DELETED, one.span)));
            }
        }
        let superseded = others.len() - deleted;
        let files = chosen.iter().chain(&others).copied().collect();
        Self { files, chosen: chosen.len(), deleted, superseded, told: told.into() }
    }
}

/// Whether two names are of one message.
fn is_same(left: &Name<'_>, right: &Name<'_>) -> bool {
    (left.data_type, left.day, left.order) == (right.data_type, right.day, right.order)
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
