//! A first look at each header: whose the object is and which series it belongs to.
//!
//! Memory: some 50 bytes for each object and each patient.

use sudare_identity::Sex;
use sudare_model::Place;
use sudare_model::time::Day;

use super::header::Header;
use super::{codes, tag};
use crate::findings;
use crate::gate::Life;
use crate::key::visit_key;
use crate::patients::{Patients, patient_hash, sex_mark};
use crate::plan::{Facts, FileNumbers, Planner, Span, WorkUnit};

/// What stands for the storage of a directory in its meta group.
const DIRECTORY: &[u8] = b"1.2.840.10008.1.3.10";
/// Objects of a unit, more where one series has more.
const UNIT_OBJECTS: usize = 256;

/// Birth date and sex of a header, where they are stated.
pub(super) fn birth_and_sex(header: &Header) -> (Option<Day>, Sex) {
    let sex = match header.value(tag::SEX) {
        b"M" => Sex::Male,
        b"F" => Sex::Female,
        b"O" => Sex::Other,
        _ => Sex::Unknown,
    };
    (Day::from_digits(header.value(tag::BIRTH_DATE)), sex)
}

/// An object: patient, series, file.
type Object = (u64, i64, u32);

/// Looks at the files and adds their units: the objects of a series together.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>) {
    let mut patients = Patients::default();
    let mut objects: Vec<Object> = Vec::new();
    let mut header = Header::default();
    for file_no in file_nos.iter() {
        let length = planner.files.len(file_no);
        let file = match planner.files.open(file_no) {
            Ok(file) => file,
            Err(error) => {
                planner.findings.add(findings::unopened(error), Place::file(file_no));
                continue;
            }
        };
        if let Err(broken) = header.read(file, length) {
            planner.findings.add(&codes::BROKEN, Place::file(file_no).byte(broken.byte));
            continue;
        }
        if header.value(tag::SOP_CLASS) == DIRECTORY {
            planner.findings.add(&codes::DIRECTORY, Place::file(file_no));
            continue;
        }
        let id = header.value(tag::PATIENT_ID);
        if id.is_empty() {
            planner.findings.add(&codes::PATIENT, Place::file(file_no));
            continue;
        }
        let patient = patient_hash(id);
        let (birth, sex) = birth_and_sex(&header);
        patients.state(patient, Life { birth, death: None }, sex_mark(sex));
        objects.push((patient, series(&header, file_no), file_no));
    }
    objects.sort_unstable();
    add_units(&objects, &patients.facts(|_| false), planner);
}

/// The key of a series; an object that names none stands alone.
fn series(header: &Header, file_no: u32) -> i64 {
    match header.value(tag::SERIES_UID) {
        b"" => visit_key("object", &[&file_no.to_le_bytes()]),
        uid => visit_key("series", &[uid]),
    }
}

fn add_units(objects: &[Object], facts: &Facts, planner: &mut Planner<'_>) {
    let files = planner.files;
    let mut open: Vec<Span> = Vec::new();
    let close = |spans: Vec<Span>| WorkUnit {
        format: "dicom",
        bytes: spans.iter().map(|span| span.end).sum(),
        spans: spans.into_iter().collect(),
        facts: facts.clone(),
    };
    let series = objects.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1));
    for (group, series) in (0..).zip(series) {
        if !open.is_empty() && open.len() + series.len() > UNIT_OBJECTS {
            planner.units.push(close(std::mem::take(&mut open)));
        }
        open.extend(series.iter().map(|(_, _, file_no)| Span {
            file_no: *file_no,
            start: 0,
            end: files.len(*file_no),
            first_record: 1,
            group,
        }));
    }
    if !open.is_empty() {
        planner.units.push(close(open));
    }
}
