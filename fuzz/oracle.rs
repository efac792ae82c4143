//! What must hold of any bytes, whatever reader takes them.
//!
//! 1. Rows stand at a record of a file that was read, kept ranges are ordered and disjoint and lie in their file, and a
//!    file makes rows, or a finding, or is counted: none vanishes.
//! 2. Read again, its units in another order, a delivery gives the same rows, findings and kept ranges.
//! 3. Packed by gzip it gives the same once more.
//! 4. Of patients whom the gate refuses there is no row and no identity; where it refuses all there is none at all, and
//!    no byte is kept but of records that are nobody's.
//! 5. Refusing some changes no row of the others.
//!
//! Under libFuzzer one of points 2 to 5 is tried, chosen by the bytes, so that more bytes are tried; plain tests try
//! all.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, UInt32Array};
use arrow::compute::filter_record_batch;
use arrow::record_batch::RecordBatch;
use sudare_identity::SourcePatientId;
use sudare_intake::archive::{Limits, SharedFiles, unpack};
use sudare_intake::quality::Measure;
use sudare_intake::{
    Asked, Choice, Context, Gate, Masters, MemoryFiles, Sender, UnitOutcome, Version, WorkPlan,
    WorkUnit, plan, read_unit,
};
use sudare_model::time::Day;
use sudare_model::{Admission, DeliveryId, Finding, ProviderId, SubjectKey};

use super::Chosen;

/// Smaller than those of a delivery, so that what exceeds them is soon found.
const LIMITS: Limits = Limits { members_max: 64, bytes_max: 4 << 20, ratio_max: 200, depth_max: 3 };

/// How many ways there are to read a delivery a second time: points 2 to 5.
const WAYS: u32 = 4;

/// Whom a gate admits, by the first byte of their subject.
struct Door(fn(u8) -> bool);

const OPEN: Door = Door(|_| true);
const CLOSED: Door = Door(|_| false);
const AJAR: Door = Door(|byte| byte % 2 == 0);

impl Gate for Door {
    fn admission(&self, asked: &Asked<'_>) -> Admission {
        let subject = subject(asked.patient);
        match self.0(subject.as_bytes()[0]) {
            true => Admission::everything(subject),
            false => Admission::none(subject),
        }
    }
}

/// A subject without a key: good for tests only.
fn subject(patient: &SourcePatientId) -> SubjectKey {
    let mut hasher = DefaultHasher::new();
    patient.hash(&mut hasher);
    let mut bytes = [0u8; 16];
    bytes[..8].copy_from_slice(&hasher.finish().to_le_bytes());
    SubjectKey::from_bytes(bytes)
}

/// A delivery as it was read.
struct Account {
    plan: WorkPlan,
    outcomes: Vec<UnitOutcome>,
    /// Whether everybody was admitted.
    open: bool,
}

fn read(
    files: &SharedFiles,
    choice: Choice,
    masters: Option<&Arc<Masters>>,
    gate: &Door,
    backwards: bool,
) -> Account {
    let context = Context {
        provider: ProviderId::parse("fuzz").expect("a good id"),
        delivery: DeliveryId::parse("fuzz").expect("a good id"),
    };
    let mut plan = plan(&**files, &Sender::UNKNOWN, choice);
    masters.into_iter().for_each(|masters| plan.resolve_with(masters));
    let one = |unit: &WorkUnit| read_unit(unit, &**files, gate, &context);
    let outcomes = if backwards {
        let mut outcomes: Vec<_> = plan.units.iter().rev().map(one).collect();
        outcomes.reverse();
        outcomes
    } else {
        plan.units.iter().map(one).collect()
    };
    Account { plan, outcomes, open: gate.0(1) }
}

/// Reads a delivery and holds what must hold.
pub(crate) fn hold(
    chosen: Chosen,
    delivered: &[(String, Vec<u8>)],
    choice: Choice,
    masters: Option<&Arc<Masters>>,
) {
    let files: SharedFiles = Arc::new(MemoryFiles::new(delivered.to_vec()));
    let (files, refused) = match choice {
        Choice::Auto => unpack(files, Vec::new(), LIMITS),
        Choice::Named(_) => (files, Vec::new()),
    };
    let read = |gate: &Door, backwards| read(&files, choice, masters, gate, backwards);
    let open = read(&OPEN, false);
    is_sound(&files, &open);
    assert!(delivered.is_empty() || !refused.is_empty() || files.count() > 0, "a file vanished");
    let tried = |way| chosen.is_none_or(|chosen| chosen % WAYS == way);
    if tried(0) {
        is_same(&open, &read(&OPEN, true), "read again");
    }
    if tried(1) {
        is_same_packed(delivered, choice, masters, &open);
    }
    if tried(2) {
        let closed = read(&CLOSED, false);
        is_sound(&files, &closed);
        refuses_all(&files, &closed);
    }
    if tried(3) {
        let ajar = read(&AJAR, false);
        is_sound(&files, &ajar);
        refuses_some(&open, &ajar);
    }
}

/// Point 1 of the module.
fn is_sound(files: &SharedFiles, account: &Account) {
    let Account { plan, outcomes, .. } = account;
    let mut told: BTreeSet<u32> = plan.findings.iter().map(|one| one.place.file_no).collect();
    let mut counts = plan.counts.clone();
    let mut kept: BTreeMap<u32, Vec<Range<u64>>> = BTreeMap::new();
    for (unit, outcome) in plan.units.iter().zip(outcomes) {
        counts.merge(&outcome.counts);
        for batch in batches(outcome) {
            told.extend(has_places(unit, batch));
        }
        told.extend(outcome.findings.iter().map(|one| one.place.file_no));
        for one in &outcome.kept {
            assert!(one.ranges.iter().all(|range| range.start <= range.end), "a range ends first");
            let ordered = one.ranges.windows(2).all(|pair| pair[0].end <= pair[1].start);
            assert!(ordered, "kept ranges are out of order");
            kept.entry(one.file_no).or_default().extend(one.ranges.iter().cloned());
        }
    }
    for (file_no, ranges) in &mut kept {
        ranges.retain(|range| range.start < range.end);
        ranges.sort_by_key(|range| range.start);
        let apart = ranges.windows(2).all(|pair| pair[0].end <= pair[1].start);
        assert!(apart, "a byte is kept twice");
        let end = ranges.last().map_or(0, |range| range.end);
        assert!(end <= files.len(*file_no), "a kept range leaves its file");
        told.insert(*file_no);
    }
    let listed = plan.findings.iter().chain(outcomes.iter().flat_map(|one| &one.findings));
    for Finding { code, place } in listed {
        assert!(place.file_no < files.count(), "{} of no file", code.code);
        let byte = place.byte.unwrap_or_default();
        assert!(byte <= files.len(place.file_no), "{} beyond the file", code.code);
        assert!(counts.findings.contains_key(code.code), "{} is not counted", code.code);
    }
    if account.open {
        let mut measure = Measure::new(Day::from_epoch_days(20_000));
        for (unit, outcome) in plan.units.iter().zip(outcomes) {
            measure.add(unit.format, &outcome.content);
        }
        let counted = counts.superseded + counts.deleted;
        let silent = (0..files.count()).filter(|file_no| !told.contains(file_no)).count();
        assert!(silent as u64 <= counted, "a file vanished");
    }
    for file_no in 0..files.count() {
        let _ = Version::of(&files.path(file_no), b"");
    }
}

fn batches(outcome: &UnitOutcome) -> impl Iterator<Item = &RecordBatch> {
    outcome.content.iter().map(|(_, batch)| batch).chain(&outcome.identity)
}

/// The files that rows say they come from; each row says a record of a span of the unit.
fn has_places(unit: &WorkUnit, batch: &RecordBatch) -> BTreeSet<u32> {
    let column = |name| {
        let column = batch.column_by_name(name).expect("a place");
        column.as_any().downcast_ref::<UInt32Array>().expect("a number").clone()
    };
    let (files, records) = (column("file_no"), column("record_no"));
    assert!(files.null_count() == 0 && records.null_count() == 0, "a row without a place");
    for (file_no, record_no) in files.values().iter().zip(records.values()) {
        let mut spans = unit.spans.iter().filter(|span| span.file_no == *file_no);
        let there = spans.any(|span| {
            let records = u64::from(span.first_record)..=u64::from(span.first_record) + span.end;
            records.contains(&u64::from(*record_no))
        });
        assert!(there, "a row of no record: {} {record_no}", unit.format);
    }
    files.values().iter().copied().collect()
}

/// Point 2 and 3.
fn is_same(one: &Account, other: &Account, how: &str) {
    assert_eq!(one.plan.findings, other.plan.findings, "{how}");
    assert_eq!(one.plan.counts, other.plan.counts, "{how}");
    assert_eq!(one.plan.rejected, other.plan.rejected, "{how}");
    assert_eq!(one.outcomes.len(), other.outcomes.len(), "{how}");
    for (one, other) in one.outcomes.iter().zip(&other.outcomes) {
        assert!(one.content == other.content, "{how}: other rows");
        assert!(one.identity == other.identity, "{how}: other identities");
        assert_eq!(one.findings, other.findings, "{how}");
        assert_eq!(one.kept, other.kept, "{how}");
        assert_eq!(one.refused, other.refused, "{how}");
        assert_eq!(one.counts, other.counts, "{how}");
    }
}

fn is_same_packed(
    delivered: &[(String, Vec<u8>)],
    choice: Choice,
    masters: Option<&Arc<Masters>>,
    open: &Account,
) {
    let archive = |bytes: &[u8]| bytes.starts_with(b"PK") || bytes.starts_with(&[0x1f, 0x8b]);
    if delivered.iter().any(|(_, bytes)| bytes.is_empty() || archive(bytes)) {
        return;
    }
    let pack = |(path, bytes): &(String, Vec<u8>)| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).expect("memory");
        (format!("{path}.gz"), packed.finish().expect("memory"))
    };
    let packed = MemoryFiles::new(delivered.iter().map(pack).collect());
    let (files, refused) = unpack(Arc::new(packed), Vec::new(), Limits::DEFAULT);
    let mut paths: Vec<&str> = delivered.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    if (0..).zip(&paths).any(|(file_no, path)| files.path(file_no) != *path) {
        // Files are numbered in the order of their paths, which the ending may change, and a file below the folders of
        // an extended storage is a document of it, packed or not.
        return;
    }
    // Packed well enough, a large file is taken for a bomb.
    if refused.is_empty() {
        is_same(open, &read(&files, choice, masters, &OPEN, false), "packed");
    }
}

/// Point 4. An index, a summary and a mapping are kept whole, of tables what names the columns, of claim
/// files what stands between claims, of FHIR what is about no patient.
fn refuses_all(files: &SharedFiles, closed: &Account) {
    for (unit, outcome) in closed.plan.units.iter().zip(&closed.outcomes) {
        assert!(batches(outcome).next().is_none(), "a row of the refused: {}", unit.format);
        for kept in &outcome.kept {
            let mut bytes = Vec::new();
            let mut file = files.open(kept.file_no).expect("memory");
            file.read_to_end(&mut bytes).expect("memory");
            for range in &kept.ranges {
                let at = |byte| usize::try_from(byte).expect("memory");
                let kept = &bytes[at(range.start)..at(range.end)];
                let nobodys = match unit.format {
                    "checkup" => kept.len() == bytes.len(),
                    "dpc" => range.start == 0 || is_empty_row(kept),
                    "municipal" => is_headings(&bytes, range) || is_empty_row(kept),
                    "uke" => stands_between_claims(&bytes, kept),
                    // Of institutions, devices and the like.
                    "fhir" if find(kept, b"resourceType") => true,
                    _ => is_blank(kept),
                };
                assert!(nobodys, "kept of the refused: {} {range:?}", unit.format);
            }
        }
    }
}

/// Whether there is nothing but blanks and marks: of UTF-8, and of a file's end.
fn is_blank(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0x1a)
}

/// Whether a range may be the headings of a table: they stand in one of its first rows.
fn is_headings(bytes: &[u8], range: &Range<u64>) -> bool {
    let start = usize::try_from(range.start).expect("memory");
    bytes[..start].iter().filter(|byte| **byte == b'\n').count() < 6
}

/// Whether there is nothing but what stands between the cells of a table.
fn is_empty_row(bytes: &[u8]) -> bool {
    let mut cells = bytes.split(|byte| matches!(byte, b',' | b';' | b'\t' | b'"'));
    cells.all(is_blank)
}

fn find(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|one| one == word)
}

/// Whether lines of a claim file are of records that belong to no claim.
fn stands_between_claims(bytes: &[u8], kept: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(64 << 10)];
    let end = if head.contains(&b'\n') || !head.contains(&b'\r') { b'\n' } else { b'\r' };
    kept.split(|byte| *byte == end).all(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let record = line.trim_ascii_start();
        let mark = record.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b',').count();
        matches!(line, [] | [0x1a])
            || matches!(
                &record[mark..],
                [b'I', b'R', ..]
                    | [b'Y', b'K', ..]
                    | [b'M', b'N', ..]
                    | [b'U', b'K', ..]
                    | [b'H', b'I' | b'G', ..]
                    | [b'G', b'O', ..]
                    | [0x1a]
                    | []
            )
    })
}

/// Points 4 and 5.
fn refuses_some(open: &Account, ajar: &Account) {
    assert_eq!(open.outcomes.len(), ajar.outcomes.len());
    for ((unit, open), ajar) in open.plan.units.iter().zip(&open.outcomes).zip(&ajar.outcomes) {
        let mut expected: BTreeMap<&str, RecordBatch> = BTreeMap::new();
        let tables = |outcome: &'_ UnitOutcome| -> Vec<(&'static str, RecordBatch)> {
            let content = outcome.content.iter().map(|(table, batch)| (table.name, batch.clone()));
            content.chain(outcome.identity.iter().map(|one| ("identity", one.clone()))).collect()
        };
        for (table, batch) in tables(open) {
            let subjects = batch.column_by_name("subject").expect("a subject");
            let subjects = subjects.as_any().downcast_ref::<FixedSizeBinaryArray>().expect("keys");
            let admitted: BooleanArray =
                subjects.iter().map(|key| key.map(|key| AJAR.0(key[0]))).collect();
            let rest = filter_record_batch(&batch, &admitted).expect("as many rows");
            if rest.num_rows() > 0 {
                expected.insert(table, rest);
            }
        }
        let seen: BTreeMap<&str, RecordBatch> = tables(ajar).into_iter().collect();
        assert!(expected == seen, "refusing some changed rows of others: {}", unit.format);
    }
}
