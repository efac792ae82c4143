//! One pass over tables and mappings before rows are read: which mapping is for which table, where to cut, who
//! contradicts themselves.
//!
//! It makes no row. Memory: one block, the mappings, and some 40 bytes for each number of a person.

use std::collections::BTreeSet;
use std::sync::Arc;

use sudare_identity::Sex;
use sudare_model::Place;

use super::layout::{Headings, Layout};
use super::mapping::{self, Key, Mapping};
use super::record::{Fields, ROW_MAX, Rows};
use super::row::{folded_sex, patient_number};
use super::{codes, value};
use crate::findings;
use crate::gate::Life;
use crate::patients::{Patients, patient_hash, sex_mark};
use crate::plan::{Facts, FileNumbers, Planner, Span};

/// No mapping is longer.
const MAPPING_MAX: u64 = 1 << 20;

/// What a file is.
pub(super) enum Shape {
    Table(Box<Layout>),
    /// A mapping; whether it has faults.
    Mapping(bool),
}

/// What the survey hands to the reader besides [`Facts`].
#[derive(Default)]
pub(super) struct Learnt {
    /// By file number, ascending.
    shapes: Vec<(u32, Shape)>,
}

impl Learnt {
    pub(super) fn shape(&self, file_no: u32) -> Option<&Shape> {
        let at = self.shapes.binary_search_by_key(&file_no, |(file, _)| *file).ok()?;
        self.shapes.get(at).map(|(_, shape)| shape)
    }
}

/// A mapping of the delivery.
struct Found {
    file_no: u32,
    /// The folder it is for, with a slash behind it; empty for the whole delivery.
    folder: String,
    /// `None` where it has faults.
    mapping: Option<Arc<Mapping>>,
    used: bool,
    /// Headings that a table had.
    met: BTreeSet<String>,
}

/// Surveys files and adds their units.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>, unit_bytes: u64) {
    let mut learnt = Learnt::default();
    let (mut found, mut tables, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    for file_no in file_nos.iter() {
        let Some(head) = planner.head(file_no, ROW_MAX as u64) else { continue };
        if mapping::is_one(&head) {
            if let Some(one) = read_mapping(file_no, planner) {
                learnt.shapes.push((file_no, Shape::Mapping(one.mapping.is_none())));
                spans.push(whole(file_no, planner));
                found.push(one);
            }
        } else {
            tables.push((file_no, Headings::of(&head)));
        }
    }
    let mut patients = Patients::default();
    for (file_no, headings) in tables {
        let Some(layout) = lay_out(file_no, headings, &mut found, planner) else { continue };
        let mut table = Table::new(file_no, &layout, unit_bytes);
        if table.survey(planner, &mut patients).is_some() {
            spans.append(&mut table.spans);
            learnt.shapes.push((file_no, Shape::Table(Box::new(layout))));
        }
    }
    tell_unused(&found, planner);
    learnt.shapes.sort_unstable_by_key(|(file_no, _)| *file_no);
    let known = patients.facts(|one| one.life != Life::UNKNOWN);
    let facts = Facts { learnt: Some(Arc::new(learnt)), ..known };
    planner.add_each("municipal", spans, &facts);
}

fn whole(file_no: u32, planner: &Planner<'_>) -> Span {
    let end = planner.files.len(file_no);
    Span { file_no, start: 0, end, first_record: 1, group: 0 }
}

fn read_mapping(file_no: u32, planner: &mut Planner<'_>) -> Option<Found> {
    let bytes = planner.head(file_no, MAPPING_MAX)?;
    let path = planner.files.path(file_no);
    let folder = path.rfind('/').map_or("", |slash| path.get(..=slash).unwrap_or_default());
    let folder = folder.to_owned();
    let mapping = match mapping::read(&mapping::decode(&bytes)) {
        // A part of a mapping is another mapping.
        _ if planner.files.len(file_no) > MAPPING_MAX => {
            planner.findings.add(&findings::TOO_LARGE, Place::file(file_no));
            None
        }
        Ok(mapping) => Some(Arc::new(mapping)),
        Err(faults) => {
            for fault in faults {
                let place = Place::record(file_no, fault.line, fault.key.unwrap_or("mapping"));
                planner.findings.add(fault.code, place);
            }
            None
        }
    };
    Some(Found { file_no, folder, mapping, used: false, met: BTreeSet::new() })
}

/// Finds out what a table's columns hold; `None`, with a finding, where nobody says.
fn lay_out(
    file_no: u32,
    headings: Option<Headings>,
    found: &mut [Found],
    planner: &mut Planner<'_>,
) -> Option<Layout> {
    let place = Place::file(file_no);
    let path = planner.files.path(file_no).into_owned();
    let Some(headings) = headings else {
        planner.findings.add(&findings::UNKNOWN, place);
        return None;
    };
    if headings.wide {
        planner.findings.add(&codes::ENCODING, place);
        return None;
    }
    let mut report = |code, column| {
        planner.findings.add(code, Place::record(file_no, headings.row, "heading").field(column));
    };
    let near = found.iter_mut().filter(|one| path.starts_with(&one.folder));
    let (mut some, mut faulty) = (false, false);
    let mut best: Option<((usize, usize), &mut Found, Arc<Mapping>)> = None;
    for one in near {
        some = true;
        let Some(mapping) = one.mapping.clone() else {
            faulty = true;
            continue;
        };
        if let Some(count) = headings.fit(&mapping) {
            // The nearest folder counts before the number of headings, of two alike the first.
            let rank = (one.folder.len(), count);
            if best.as_ref().is_none_or(|(other, ..)| rank > *other) {
                best = Some((rank, one, mapping));
            }
        }
    }
    if let Some((_, one, mapping)) = best {
        one.used = true;
        one.met.extend(headings.cells.iter().map(|cell| super::spelling::fold(cell)));
        return Some(Layout::new(&headings, Some(&mapping), report));
    }
    if !faulty && headings.are_spelt() {
        let layout = Layout::new(&headings, None, &mut report);
        planner.findings.add(&codes::SPELLING, place);
        return Some(layout);
    }
    let code = match (some, headings.speak()) {
        (true, _) => &codes::UNMAPPED,
        (false, true) => &codes::KEYLESS,
        (false, false) => &findings::UNKNOWN,
    };
    planner.findings.add(code, place);
    None
}

/// Tells mappings that fit no table, and lines of the others that no table has.
fn tell_unused(found: &[Found], planner: &mut Planner<'_>) {
    for one in found {
        let Some(mapping) = &one.mapping else { continue };
        if !one.used {
            planner.findings.add(&codes::MAP_UNUSED, Place::file(one.file_no));
            continue;
        }
        for (heading, (_, line)) in &mapping.headings {
            if !one.met.contains(heading) {
                let place = Place::record(one.file_no, *line, "mapping");
                planner.findings.add(&codes::MAP_COLUMN, place);
            }
        }
    }
}

/// A table under survey.
struct Table<'l> {
    file_no: u32,
    layout: &'l Layout,
    unit_bytes: u64,
    /// Bytes before the block, and the number of its first row.
    offset: u64,
    row: u32,
    span_start: u64,
    span_row: u32,
    spans: Vec<Span>,
    /// Whether there is a row that holds anything.
    filled: bool,
    text: String,
}

impl<'l> Table<'l> {
    const fn new(file_no: u32, layout: &'l Layout, unit_bytes: u64) -> Self {
        Self {
            file_no,
            layout,
            unit_bytes,
            offset: 0,
            row: 1,
            span_start: 0,
            span_row: 1,
            spans: Vec::new(),
            filled: false,
            text: String::new(),
        }
    }

    /// Goes through the table; `None` where it could not be read to its end.
    fn survey(&mut self, planner: &mut Planner<'_>, patients: &mut Patients) -> Option<()> {
        let place = Place::file(self.file_no);
        planner.blocks(self.file_no, ROW_MAX, |_, block, last| {
            Some(self.take_block(block, last, patients))
        })?;
        self.cut(self.offset);
        if !self.filled {
            planner.findings.add(&codes::NO_ROW, place.clone());
        }
        if self.offset != planner.files.len(self.file_no) {
            planner.findings.add(&findings::CHANGED, place);
            return None;
        }
        Some(())
    }

    /// Goes through the whole rows of a block; gives how many bytes were used.
    fn take_block(&mut self, block: &[u8], last: bool, patients: &mut Patients) -> usize {
        let mut used = 0;
        let mut fields = Fields::default();
        for row in Rows::new(block, self.layout.separator, self.row, last) {
            let at = self.offset + row.start as u64;
            if at - self.span_start >= self.unit_bytes {
                self.row = row.number;
                self.cut(at);
            }
            used = row.end;
            self.row = row.number.saturating_add(1);
            if row.number <= self.layout.headings {
                continue;
            }
            if row.broken {
                self.filled = true;
                continue;
            }
            fields.refill(row.bytes, self.layout.separator);
            self.filled |= fields.filled() > 0;
            if self.layout.fits(&fields) {
                self.take_row(&fields, patients);
            }
        }
        self.offset += used as u64;
        used
    }

    fn take_row(&mut self, fields: &Fields<'_>, patients: &mut Patients) {
        let layout = self.layout;
        layout.text(fields, Key::Birth, &mut self.text);
        let life = Life { birth: value::day(&self.text), death: None };
        layout.text(fields, Key::Sex, &mut self.text);
        let sex = folded_sex(layout, &self.text).unwrap_or(Sex::Unknown);
        if life == Life::UNKNOWN && sex == Sex::Unknown {
            return;
        }
        patient_number(layout, fields, &mut self.text);
        if !self.text.is_empty() {
            patients.state(patient_hash(self.text.as_bytes()), life, sex_mark(sex));
        }
    }

    fn cut(&mut self, at: u64) {
        if at > self.span_start {
            self.spans.push(Span {
                file_no: self.file_no,
                start: self.span_start,
                end: at,
                first_record: self.span_row,
                group: 0,
            });
        }
        (self.span_start, self.span_row) = (at, self.row);
    }
}
