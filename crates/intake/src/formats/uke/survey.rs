//! One pass over claim files before they are read: where to cut them, whether they are whole, and which patients
//! contradict themselves.
//!
//! It looks at record names, at the totals of HO and KO, at patient number, birth date and sex of RE, and at deaths
//! among the outcomes of SY; it makes no row. Memory: one block, and 24 bytes for each patient number.

use sudare_model::Place;
use sudare_model::time::Day;

use super::encoding::{Guess, guess};
use super::layout::{Dialect, Role};
use super::record::{Fields, Line, Lines, Mark, ascii, line_end};
use super::{BY_INSURED, CLAIM_MAX, LINE_MAX, codes};
use crate::date::month_end;
use crate::findings;
use crate::gate::Life;
use crate::patients::{Patients, Stated, patient_hash};
use crate::plan::{FileNumbers, Planner, Span};

/// The last day on which a death that a record states can have been: the end of the claim's month (RE-3) where a
/// disease ends with it (outcome 3), the day of discharge where a stay does.
pub(super) fn death(month: Option<Day>, line: &Line<'_>) -> Option<Day> {
    let column = |at| line.bytes.split(|byte| *byte == b',').nth(at).unwrap_or_default();
    let dead = match line.name().as_ref() {
        Some(b"SY") => column(3) == b"3",
        Some(b"HS") => column(2) == b"3",
        Some(b"BU") if matches!(column(4), b"6" | b"7") => {
            let discharged = crate::date::day(column(3)).map(|dated| dated.day);
            return discharged.or(month.map(month_end));
        }
        _ => false,
    };
    if dead { month.map(month_end) } else { None }
}

/// Whether IR or YK names an institution (column 4, with prefecture and points table before it) of which none of these
/// is the code. Leading zeros that were lost are put back; what is no number names nobody.
fn is_strange(line: &Line<'_>, codes: &[String]) -> bool {
    let fields = Fields::split(line.bytes);
    let number = |column| Some(fields.ascii(column)).and_then(|text| text.parse::<u64>().ok());
    let Some(code) = number(4).filter(|_| !codes.is_empty()) else { return false };
    // Some write all ten digits, or prefecture and code as the DPC survey does, where seven belong.
    let (area, table) = match fields.ascii(4).len() {
        10 => (Some(code / 100_000_000), Some(code / 10_000_000 % 10)),
        9 => (Some(code / 10_000_000), number(3)),
        _ => (number(2), number(3)),
    };
    let code = code % 10_000_000;
    !codes.iter().any(|own| {
        let Ok(known) = own.parse::<u64>() else { return false };
        let same = |stated: Option<u64>, known| stated.is_none_or(|stated| stated == known);
        let whole = same(area, known / 100_000_000) && same(table, known / 10_000_000 % 10);
        code == known % 10_000_000 && (own.len() < 10 || whole)
    })
}

/// Surveys files and adds their units.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>, unit_bytes: u64) {
    let mut stated = Patients::default();
    let mut spans = Vec::new();
    for file_no in file_nos.iter() {
        spans.extend(survey(file_no, planner, &mut stated, unit_bytes));
    }
    // What every claim of a patient states itself need not be told.
    let needed = |one: &Stated| one.life.death.is_some() || one.silent && one.life.birth.is_some();
    planner.add_each("uke", spans, &stated.facts(needed));
}

/// Surveys one file; gives its spans, none where it was set aside.
fn survey(
    file_no: u32,
    planner: &mut Planner<'_>,
    stated: &mut Patients,
    unit_bytes: u64,
) -> Vec<Span> {
    let mut file = File::new(file_no, unit_bytes);
    let read = planner.blocks(file_no, LINE_MAX, |planner, block, last| {
        file.end.get_or_insert_with(|| line_end(block));
        Some(file.take_block(block, last, planner, stated))
    });
    if read.is_some() { file.finish(planner) } else { Vec::new() }
}

/// A file under survey.
struct File {
    file_no: u32,
    unit_bytes: u64,
    end: Option<u8>,
    /// Bytes and lines before the block.
    offset: u64,
    line: u32,
    span_start: u64,
    span_line: u32,
    claim_start: u64,
    claim_line: u32,
    spans: Vec<Span>,
    /// Inside a line that is longer than a block.
    overlong: bool,
    first_seen: bool,
    bare_ends: bool,
    bad_start: bool,
    /// Whether a record names another institution than the sender.
    strange: bool,
    eof_mark: bool,
    /// Names that are certainly Shift_JIS, and those that are certainly not.
    right_names: u64,
    wrong_names: u64,
    volumes: bool,
    cards: u64,
    points: f64,
    /// Whether the claim's points were counted.
    counted: bool,
    /// Hash of the claim's patient number, and the month of the claim.
    patient: Option<(u64, Option<Day>)>,
    /// Whether the claim is a detail of a summary.
    detail: bool,
    /// Whether it is an insurer's file.
    by_insured: bool,
    /// The first of the records that stand before the next claim, and the same once the claim is there.
    before: Option<(u64, u32)>,
    open: Option<(u64, u32)>,
    go: Option<(u32, f64, f64)>,
}

impl File {
    fn new(file_no: u32, unit_bytes: u64) -> Self {
        Self {
            file_no,
            unit_bytes,
            end: None,
            offset: 0,
            line: 1,
            span_start: 0,
            span_line: 1,
            claim_start: 0,
            claim_line: 1,
            spans: Vec::new(),
            overlong: false,
            first_seen: false,
            bare_ends: false,
            bad_start: false,
            strange: false,
            eof_mark: false,
            right_names: 0,
            wrong_names: 0,
            volumes: false,
            cards: 0,
            points: 0.0,
            counted: false,
            patient: None,
            detail: false,
            by_insured: false,
            before: None,
            open: None,
            go: None,
        }
    }

    /// Goes through the whole lines of a block; gives how many bytes were used.
    fn take_block(
        &mut self,
        block: &[u8],
        last: bool,
        planner: &mut Planner<'_>,
        stated: &mut Patients,
    ) -> usize {
        let end = self.end.unwrap_or(b'\n');
        let mut used = 0;
        for line in Lines::new(block, self.line, end) {
            if !line.ended && !last {
                // A line that fills a block is no record: drop what there is and go on to its end.
                if block.len() - line.start >= LINE_MAX {
                    self.overlong = true;
                    used = block.len();
                }
                break;
            }
            self.take_line(&line, planner, stated);
            self.overlong = false;
            self.line = self.line.saturating_add(1);
            used = line.end;
        }
        self.offset += used as u64;
        used
    }

    fn take_line(&mut self, line: &Line<'_>, planner: &mut Planner<'_>, stated: &mut Patients) {
        if self.overlong || line.bytes.len() > LINE_MAX {
            // The reader reports it; here it must not be mistaken for a record.
            return;
        }
        self.eof_mark = line.bytes.last() == Some(&0x1a);
        if line.ended && line.end - line.start == line.bytes.len() + 1 {
            self.bare_ends = true;
        }
        if line.is_blank() {
            return;
        }
        if !self.first_seen {
            self.first_seen = true;
            self.bad_start = line.name().is_none();
            self.by_insured = line.name() == Some(*b"MN");
        }
        let role = Role::of(line);
        if role == Role::Before {
            // What stands before a claim is read with it.
            let at = self.offset + line.start as u64;
            self.before.get_or_insert((at, line.number));
        } else if role != Role::Inside {
            self.open = self.before.take();
        }
        match line.name().as_ref() {
            _ if role == Role::Head => self.take_claim(line, stated),
            _ if line.mark == Mark::Added => {}
            Some(b"SY" | b"HS" | b"BU") => self.take_death(line, stated),
            Some(b"HO" | b"KO") => self.take_card(line.bytes),
            Some(b"IR") => {
                self.take_volume(line, 8);
                self.strange |= is_strange(line, planner.sender.claims_codes);
            }
            Some(b"UK") => self.take_volume(line, 9),
            Some(b"YK") => {
                self.take_volume(line, 7);
                self.strange |= is_strange(line, planner.sender.claims_codes);
            }
            Some(b"GO") => self.take_totals(line, planner),
            // What a payer sends back is counted by a record of its own, or not at all.
            Some(b"MN" | b"HI") => self.volumes = true,
            _ => {}
        }
    }

    fn take_volume(&mut self, line: &Line<'_>, column: usize) {
        let volume = Fields::split(line.bytes);
        // A dental `IR` stands before each claim and has another column there.
        let volume = if column == 8 && volume.count() < 10 { "" } else { volume.ascii(column) };
        self.volumes |= !matches!(volume, "" | "0" | "00");
    }

    fn take_claim(&mut self, line: &Line<'_>, stated: &mut Patients) {
        let here = (self.offset + line.start as u64, line.number);
        let (at, number) = self.open.take().unwrap_or(here);
        self.end_claim(at, number);
        self.claim_start = at;
        self.claim_line = number;
        self.patient = None;
        let fields = Fields::split(line.bytes);
        let kind = Dialect::of(fields.bare(2), fields.count());
        let layout = kind.head();
        let column =
            |field: u16| if field == 0 { &b""[..] } else { fields.bare(usize::from(field)) };
        // The details of a summary are not counted beside it.
        self.detail = matches!(column(layout.summary), b"2" | b"3");
        self.counted = self.detail;
        for name in [fields.get(4), column(layout.kana)] {
            match guess(name) {
                Guess::ShiftJis => self.right_names += 1,
                Guess::Utf8 | Guess::EucJp | Guess::Iso2022Jp => self.wrong_names += 1,
                Guess::Unclear => {}
            }
        }
        let number = column(layout.patient);
        if number.is_empty() || self.by_insured {
            return;
        }
        let birth = crate::date::day(fields.get(6)).map(|dated| dated.day);
        let month = crate::date::month(fields.get(3));
        // The outcome of a dental outpatient stands in the head.
        let died = kind == Dialect::Dental && fields.bare(10) == b"3";
        let death = if died { month.map(month_end) } else { None };
        let hash = patient_hash(number);
        let sex = fields.get(5).first().copied().unwrap_or(0);
        stated.state(hash, Life { birth, death }, sex);
        self.patient = Some((hash, month));
    }

    fn take_death(&mut self, line: &Line<'_>, stated: &mut Patients) {
        let Some((patient, month)) = self.patient else { return };
        if let Some(day) = death(month, line) {
            stated.died(patient, Life { birth: None, death: Some(day) });
        }
    }

    fn take_card(&mut self, record: &[u8]) {
        self.cards += u64::from(!self.detail);
        if !self.counted {
            self.counted = true;
            let points = record.split(|byte| *byte == b',').nth(5).unwrap_or_default();
            self.points += crate::text::decimal(points).unwrap_or_default();
        }
    }

    fn take_totals(&mut self, line: &Line<'_>, planner: &mut Planner<'_>) {
        let fields = Fields::split(line.bytes);
        let number = |column| crate::text::decimal(ascii(fields.get(column)).as_bytes());
        if let (Some(cards), Some(points)) = (number(1), number(2)) {
            self.go = Some((line.number, cards, points));
        } else {
            let place = Place::record(self.file_no, line.number, "GO");
            planner.findings.add(&codes::NUMBER, place);
            self.go = Some((line.number, -1.0, -1.0));
        }
    }

    /// Cuts where the unit is full. A claim beyond all bounds gets a span of its own, to be set aside.
    fn end_claim(&mut self, at: u64, line: u32) {
        if at - self.claim_start > CLAIM_MAX {
            self.cut(self.claim_start, self.claim_line);
            self.cut(at, line);
        } else if at - self.span_start >= self.unit_bytes {
            self.cut(at, line);
        }
    }

    fn cut(&mut self, at: u64, line: u32) {
        if at > self.span_start {
            self.spans.push(Span {
                file_no: self.file_no,
                start: self.span_start,
                end: at,
                first_record: self.span_line,
                group: if self.by_insured { BY_INSURED } else { 0 },
            });
        }
        self.span_start = at;
        self.span_line = line;
    }

    /// Ends the file: its findings, and its spans unless it is set aside.
    fn finish(mut self, planner: &mut Planner<'_>) -> Vec<Span> {
        let place = Place::file(self.file_no);
        self.end_claim(self.offset, self.line);
        self.cut(self.offset, self.line);
        if self.offset != planner.files.len(self.file_no) {
            planner.findings.add(&findings::CHANGED, place);
            return Vec::new();
        }
        if self.bad_start || !self.first_seen {
            planner.findings.add(&codes::SEPARATOR, place);
            return Vec::new();
        }
        if self.wrong_names > self.right_names {
            planner.findings.add(&codes::ENCODING, place);
            return Vec::new();
        }
        if self.strange && !self.by_insured {
            planner.findings.add(&codes::PROVIDER, place);
            return Vec::new();
        }
        if self.bare_ends || self.end == Some(b'\r') {
            planner.findings.add(&codes::LINE_END, place.clone());
        }
        if !self.eof_mark {
            planner.findings.add(&codes::EOF_MARK, place.clone());
        }
        match self.go {
            None if self.volumes => {}
            None => planner.findings.add(&codes::GO_MISSING, place),
            Some((line, cards, points)) => {
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 records")]
                let counted = self.cards as f64;
                if !self.volumes && (counted != cards || self.points != points) {
                    let place = Place::record(self.file_no, line, "GO");
                    planner.findings.add(&codes::GO_TOTALS, place);
                }
            }
        }
        let (fits, huge): (Vec<_>, Vec<_>) =
            self.spans.into_iter().partition(|span| span.end - span.start <= CLAIM_MAX * 3 / 2);
        for span in huge {
            planner.findings.add(&findings::TOO_LARGE, Place::file(span.file_no).byte(span.start));
        }
        fits
    }
}
