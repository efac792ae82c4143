//! Which files are read: of each message the newest valid version, unless it was deleted later.
//!
//! A message is known by patient, 診療日, data type and order number. An update renames the old file to flag 2 and
//! writes a new one with flag 1; a deletion sets the old ones to 0 and adds a newer file with flag 0.

use std::collections::BTreeMap;

use sudare_model::Place;

use super::path::{Name, PathFault, data_type, is_transaction, parse};
use super::{FILE_MAX, PATIENT_MAX, UNIT_BYTES, UNIT_FILES, codes};
use crate::findings;
use crate::plan::{Facts, Planner, Span, WorkUnit};

/// Plans the files of a storage.
pub(super) fn plan(file_nos: &[u32], planner: &mut Planner<'_>) {
    let files = planner.files;
    let mut patients: BTreeMap<&str, Vec<(Name<'_>, u32)>> = BTreeMap::new();
    for file_no in file_nos.iter().copied() {
        let path = files.path(file_no);
        match checked(path, files.len(file_no)) {
            Ok(name) => {
                if !name.folders_agree {
                    planner.findings.add(&codes::FOLDER_TYPE, Place::file(file_no));
                }
                patients.entry(name.patient).or_default().push((name, file_no));
            }
            Err(code) => planner.findings.add(code, Place::file(file_no)),
        }
    }
    let mut units = Units::default();
    for versions in patients.into_values() {
        let chosen = valid_versions(versions, planner);
        let bytes: u64 = chosen.iter().map(|file_no| files.len(*file_no)).sum();
        if bytes > PATIENT_MAX {
            let first = chosen.first().copied().unwrap_or_default();
            planner.findings.add(&findings::TOO_LARGE, Place::file(first));
            continue;
        }
        units.add(planner, &chosen, bytes);
    }
    units.close(planner);
}

/// The name of a file that can be read, or why it cannot.
fn checked(path: &str, len: u64) -> Result<Name<'_>, &'static sudare_model::finding::FindingCode> {
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

/// The files to read of one patient, in path order; the others are counted.
fn valid_versions(mut versions: Vec<(Name<'_>, u32)>, planner: &mut Planner<'_>) -> Vec<u32> {
    // Of one message, newest first; of the same instant, a deletion before a valid version.
    versions.sort_by(|(left, left_no), (right, right_no)| {
        (left.data_type, left.day, left.order)
            .cmp(&(right.data_type, right.day, right.order))
            .then_with(|| right.time.cmp(left.time))
            .then_with(|| left.flag.cmp(right.flag))
            .then_with(|| right_no.cmp(left_no))
    });
    let mut chosen = Vec::with_capacity(versions.len());
    let same = |left: &(Name<'_>, u32), right: &(Name<'_>, u32)| {
        (left.0.data_type, left.0.day, left.0.order)
            == (right.0.data_type, right.0.day, right.0.order)
    };
    for message in versions.chunk_by(same) {
        let newest = message.iter().find(|(name, _)| name.flag != "2");
        let valid = newest.filter(|(name, _)| name.flag == "1").map(|(_, file_no)| *file_no);
        for (name, file_no) in message {
            match name.flag {
                _ if Some(*file_no) == valid => chosen.push(*file_no),
                "0" => planner.counts.deleted += 1,
                // A valid version before a deletion is gone with it.
                "1" if valid.is_none() => planner.counts.deleted += 1,
                _ => planner.counts.superseded += 1,
            }
        }
    }
    chosen
}

/// Units in the making.
#[derive(Default)]
struct Units {
    spans: Vec<Span>,
    bytes: u64,
    group: u32,
}

impl Units {
    fn add(&mut self, planner: &mut Planner<'_>, file_nos: &[u32], bytes: u64) {
        let full =
            self.bytes + bytes > UNIT_BYTES || self.spans.len() + file_nos.len() > UNIT_FILES;
        if full {
            self.close(planner);
        }
        self.spans.extend(file_nos.iter().map(|file_no| Span {
            file_no: *file_no,
            start: 0,
            end: planner.files.len(*file_no),
            first_record: 1,
            group: self.group,
        }));
        self.bytes += bytes;
        self.group += 1;
    }

    fn close(&mut self, planner: &mut Planner<'_>) {
        if !self.spans.is_empty() {
            planner.units.push(WorkUnit {
                format: "ssmix2",
                spans: std::mem::take(&mut self.spans),
                bytes: self.bytes,
                facts: Facts::default(),
            });
        }
        *self = Self::default();
    }
}
