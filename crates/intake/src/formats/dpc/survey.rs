//! One pass over survey files before they are read: what each is, where to cut it, which patients contradict
//! themselves, when they were born and died, and which stays 様式1 tells of.
//!
//! It makes no row. Memory: one block, some 40 bytes for each patient number, and 8 for each stay.

use std::sync::Arc;

use hashbrown::HashSet;
use sudare_model::Place;
use sudare_model::time::Day;

use super::record::{Fields, Line, Lines};
use super::shape::{Kind, Shape, is_header};
use super::{LINE_MAX, RUN_MAX, codes};
use crate::findings;
use crate::gate::Life;
use crate::patients::{Patients, patient_hash};
use crate::plan::{Facts, FileNumbers, Planner, Span};

type Hashes = HashSet<u64, foldhash::fast::RandomState>;

/// Hash of a stay: a patient and a day of admission.
pub(super) fn stay_hash(number: &[u8], admission: &[u8]) -> u64 {
    u64::from_le_bytes(crate::key::visit_key("stay", &[number, admission]).to_le_bytes())
}

/// What the survey hands to the reader besides [`Facts`].
#[derive(Default)]
pub(super) struct Learnt {
    /// By file number, ascending.
    shapes: Vec<(u32, Shape)>,
    /// Hashes of the stays that 様式1 tells of, ascending.
    stays: Vec<u64>,
}

impl Learnt {
    pub(super) fn shape(&self, file_no: u32) -> Option<Shape> {
        let at = self.shapes.binary_search_by_key(&file_no, |(file, _)| *file).ok()?;
        self.shapes.get(at).map(|(_, shape)| *shape)
    }

    pub(super) fn has_stay(&self, hash: u64) -> bool {
        self.stays.binary_search(&hash).is_ok()
    }
}

/// What is known of everybody.
#[derive(Default)]
struct Known {
    patients: Patients,
    stays: Hashes,
    facility: Option<[u8; 9]>,
}

/// Surveys files and adds their units.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>, unit_bytes: u64) {
    let mut known = Known::default();
    let mut learnt = Learnt::default();
    let mut spans = Vec::new();
    for file_no in file_nos.iter() {
        let mut file = File::new(file_no, unit_bytes);
        if file.survey(planner, &mut known).is_some() {
            learnt.shapes.extend(file.shape.map(|shape| (file_no, shape)));
            spans.append(&mut file.spans);
        }
    }
    learnt.shapes.sort_unstable_by_key(|(file_no, _)| *file_no);
    learnt.stays = known.stays.into_iter().collect();
    learnt.stays.sort_unstable();
    let known = known.patients.facts(|one| one.life != Life::UNKNOWN);
    planner.add_each("dpc", spans, &Facts { learnt: Some(Arc::new(learnt)), ..known });
}

/// A file under survey.
struct File {
    file_no: u32,
    unit_bytes: u64,
    shape: Option<Shape>,
    /// Bytes and lines before the block.
    offset: u64,
    line: u32,
    span_start: u64,
    span_line: u32,
    /// Where the run at hand began, or was cut.
    run_start: u64,
    patient: Vec<u8>,
    met: Hashes,
    spans: Vec<Span>,
    /// First byte of a line that is longer than a block.
    overlong: Option<u64>,
    bare_ends: bool,
}

impl File {
    fn new(file_no: u32, unit_bytes: u64) -> Self {
        Self {
            file_no,
            unit_bytes,
            shape: None,
            offset: 0,
            line: 1,
            span_start: 0,
            span_line: 1,
            run_start: 0,
            patient: Vec::new(),
            met: Hashes::default(),
            spans: Vec::new(),
            overlong: None,
            bare_ends: false,
        }
    }

    /// Goes through the file; `None` where it was set aside.
    fn survey(&mut self, planner: &mut Planner<'_>, known: &mut Known) -> Option<()> {
        planner.blocks(self.file_no, LINE_MAX, |planner, block, last| {
            if self.shape.is_none() {
                self.shape = Some(self.recognise(block, last, planner, known)?);
            }
            Some(self.take_block(block, last, planner, known))
        })?;
        self.finish(planner)
    }

    /// What the file is; a finding where it is nothing, or of another facility than the others.
    fn recognise(
        &self,
        block: &[u8],
        whole: bool,
        planner: &mut Planner<'_>,
        known: &mut Known,
    ) -> Option<Shape> {
        let place = Place::file(self.file_no);
        let whole = whole || block.len() as u64 == planner.files.len(self.file_no);
        let Some(shape) = Shape::of(block, whole) else {
            planner.findings.add(&codes::LAYOUT, place);
            return None;
        };
        if known.facility.get_or_insert(*shape.facility()) != shape.facility() {
            planner.findings.add(&codes::FACILITY, place);
            return None;
        }
        if shape.utf8 {
            planner.findings.add(&codes::ENCODING, place);
        }
        Some(shape)
    }

    /// Goes through the whole lines of a block; gives how many bytes were used.
    fn take_block(
        &mut self,
        block: &[u8],
        last: bool,
        planner: &mut Planner<'_>,
        known: &mut Known,
    ) -> usize {
        let mut used = 0;
        let mut fields = Fields::new();
        for line in Lines::new(block, self.line) {
            let at = self.offset + line.start as u64;
            if !line.ended && !last {
                // A line that fills a block is none: drop what there is and go on to its end.
                if block.len() - line.start > LINE_MAX {
                    self.overlong.get_or_insert(at);
                    used = block.len();
                }
                break;
            }
            if self.overlong.is_some() || line.bytes.len() > LINE_MAX {
                let from = self.overlong.take().unwrap_or(at);
                self.leave_out(from, self.offset + line.end as u64, line.number, planner);
            } else {
                fields.refill(line.bytes);
                self.take_line(&line, &fields, at, planner, known);
            }
            self.line = self.line.saturating_add(1);
            used = line.end;
        }
        self.offset += used as u64;
        used
    }

    /// A line beyond all bounds belongs to no span, and no run goes over it.
    fn leave_out(&mut self, from: u64, to: u64, line: u32, planner: &mut Planner<'_>) {
        let place = Place { record: line, ..Place::file(self.file_no).byte(from) };
        planner.findings.add(&codes::LINE_LENGTH, place);
        self.cut(from, line);
        (self.span_start, self.span_line) = (to, line.saturating_add(1));
        self.run_start = to;
        self.patient.clear();
    }

    fn take_line(
        &mut self,
        line: &Line<'_>,
        fields: &Fields<'_>,
        at: u64,
        planner: &mut Planner<'_>,
        known: &mut Known,
    ) {
        self.bare_ends |= line.bare;
        let Some(shape) = self.shape else { return };
        let patient = match shape.patient(line, fields) {
            Ok(patient) if !is_header(line) => Some(patient),
            _ => None,
        };
        let starts = patient.is_some_and(|number| number != self.patient.as_slice());
        if at - self.run_start >= RUN_MAX {
            self.cut(at, line.number);
            self.run_start = at;
        } else if starts && at - self.span_start >= self.unit_bytes {
            self.cut(at, line.number);
        }
        let Some(number) = patient else { return };
        let hash = patient_hash(number);
        if starts {
            self.run_start = at;
            self.patient.clear();
            self.patient.extend_from_slice(number);
            if !self.met.insert(hash) {
                let place = Place::record(self.file_no, line.number, shape.segment()).byte(at);
                planner.findings.add(&codes::SCATTERED, place);
            }
        }
        let (life, sex) = match shape.kind {
            Kind::Form1 => known.form1(number, &shape, fields),
            Kind::Ef | Kind::E | Kind::F if shape.outpatient => {
                (Life { birth: shape.birth(fields), death: None }, shape.sex(fields))
            }
            _ => return,
        };
        let sex = if matches!(sex, b'1' | b'2') { sex } else { 0 };
        if life != Life::UNKNOWN || sex != 0 {
            known.patients.state(hash, life, sex);
        }
    }

    fn cut(&mut self, at: u64, line: u32) {
        if at > self.span_start {
            self.spans.push(Span {
                file_no: self.file_no,
                start: self.span_start,
                end: at,
                first_record: self.span_line,
                group: 0,
            });
        }
        (self.span_start, self.span_line) = (at, line);
    }

    fn finish(&mut self, planner: &mut Planner<'_>) -> Option<()> {
        let place = Place::file(self.file_no);
        if let Some(from) = self.overlong.take() {
            self.leave_out(from, self.offset, self.line, planner);
        }
        self.cut(self.offset, self.line);
        if self.offset != planner.files.len(self.file_no) {
            planner.findings.add(&findings::CHANGED, place);
            return None;
        }
        if self.bare_ends {
            planner.findings.add(&codes::LINE_END, place);
        }
        Some(())
    }
}

impl Known {
    /// What a line of 様式1 states of birth, death and sex; and the stay it tells of.
    fn form1(&mut self, number: &[u8], shape: &Shape, fields: &Fields<'_>) -> (Life, u8) {
        let mut life = Life::UNKNOWN;
        match fields.get(5) {
            b"A000010" => life.birth = Day::from_digits(fields.get(8)),
            b"A000020" => {
                self.stays.insert(stay_hash(number, fields.get(2)));
            }
            b"A000030" if is_death(fields.get(10)) => life.death = Day::from_digits(fields.get(8)),
            _ => {}
        }
        (life, shape.sex(fields))
    }
}

/// Whether an outcome at discharge (A000030, payload 3) is a death: 6 of the disease that took most resources, 7 of
/// another.
pub(super) fn is_death(outcome: &[u8]) -> bool {
    matches!(outcome, b"6" | b"7")
}
