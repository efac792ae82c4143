//! Diseases: PRB with the modifiers of ZPR.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::coded::Coded;
use super::codes;
use super::letter::Home;
use super::message::Segment;
use super::walk::{Chart, State};
use crate::columns::clinical::{death, disease};

/// A disease held until its modifiers have come.
pub(super) struct Problem<'t> {
    disease: Coded<'t>,
    icd10: Coded<'t>,
    start: Option<Day>,
    /// `year` or `month` where more of the start is not known.
    precision: &'static str,
    end: Option<Day>,
    outcome: &'t str,
    outcome_day: Option<Day>,
    main: bool,
    text: String,
    modifiers: String,
    suspected: bool,
    deleted: bool,
    record_no: u32,
}

/// 病名管理番号 of a disease that is not coded.
const UNCODED: &str = "20084317";
/// の疑い as claim code, 管理番号 and exchange code.
const SUSPECTED: [&str; 3] = ["8002", "27000001", "5395"];

/// The day of a death that a PRB states as the outcome of a disease (HL7 table 0241: D).
pub(super) fn problem_death(segment: &Segment<'_, '_>) -> Option<Day> {
    let dead = segment.part(14, 1) == "D" && segment.part(1, 1) != "DE";
    let day = |field| crate::date::stamp(segment.part(field, 1)).map(|stamp| stamp.day);
    day(15).or_else(|| day(9)).filter(|_| dead)
}

impl Chart<'_, '_> {
    /// PRB.
    pub(super) fn problem<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        self.end_problem(state);
        if self.letter.home == Home::Stream && segment.part(1, 1) == "DE" {
            self.add(&codes::CANCEL, "PRB", 1);
        }
        let day = |chart: &mut Self, field: u16| {
            chart.stamp(segment.part(usize::from(field), 1), "PRB", field).map(|stamp| stamp.day)
        };
        let resolved = day(self, 9);
        let outcome_day = day(self, 15);
        let start = self.onset(segment.part(7, 1), "PRB", 7);
        let onset = self.onset(segment.part(16, 1), "PRB", 16);
        let (start, precision) = start.or(onset).unzip();
        let outcome = segment.part(14, 1);
        // The outcome's date ends the disease only if the outcome is an end: N is 回復せず.
        let ended = outcome_day.filter(|_| !matches!(outcome, "" | "N"));
        state.problem = Some(Problem {
            disease: Coded::field(segment, 3),
            icd10: Coded::field(segment, 10),
            start,
            precision: precision.unwrap_or_default(),
            end: ended.or(resolved),
            outcome,
            outcome_day: outcome_day.or(resolved),
            main: segment.part(18, 1) == "1",
            text: segment.plain(segment.field(17)).into_owned(),
            modifiers: String::new(),
            suspected: false,
            deleted: matches!(segment.part(1, 1), "DE"),
            record_no: segment.number,
        });
    }

    /// ZPR-1 and ZPR-3: prefixes and suffixes by 管理番号; ZPR-4 and ZPR-6 by exchange code where those are empty.
    pub(super) fn modifiers<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let Some(problem) = &mut state.problem else { return };
        for (field, exchange) in [(1, 4), (3, 6)] {
            let field = if segment.field(field).is_empty() { exchange } else { field };
            for modifier in segment.repetitions(field) {
                let modifier = Coded::text(segment, modifier);
                if modifier.is_empty() {
                    continue;
                }
                problem.suspected |=
                    SUSPECTED.contains(&modifier.code) || modifier.name.contains("疑い");
                if !problem.modifiers.is_empty() {
                    problem.modifiers.push('+');
                }
                let code = if modifier.code.is_empty() { modifier.name } else { modifier.code };
                problem.modifiers.push_str(code);
            }
        }
    }

    /// ZPD-2: the teeth of the disease, behind its modifiers as in dental claims.
    pub(super) fn teeth<'t>(&mut self, segment: &Segment<'_, 't>, state: &mut State<'t>) {
        let Some(problem) = &mut state.problem else { return };
        for tooth in segment.repetitions(2) {
            let tooth = Coded::text(segment, tooth);
            let code = if tooth.code.is_empty() { tooth.name } else { tooth.code };
            if !problem.modifiers.is_empty() && !code.is_empty() {
                problem.modifiers.push('+');
            }
            problem.modifiers.push_str(code);
        }
    }

    /// Makes the row of the disease at hand and forgets it.
    pub(super) fn end_problem(&mut self, state: &mut State<'_>) {
        let Some(problem) = state.problem.take().filter(|problem| !problem.deleted) else { return };
        let place = std::mem::replace(&mut self.origin.record_no, problem.record_no);
        self.problem_rows(&problem);
        self.origin.record_no = place;
    }

    fn problem_rows(&mut self, problem: &Problem<'_>) {
        let disease = problem.disease;
        if disease.is_empty() && problem.icd10.is_empty() {
            self.add(&codes::CODE_MISSING, "PRB", 3);
            return;
        }
        let uncoded = disease.code == UNCODED || disease.code.is_empty();
        let system = if uncoded {
            CodeSystem::Uncoded.word()
        } else {
            disease.word(CodeSystem::MedisDisease)
        };
        let exact = problem.start.filter(|_| problem.precision.is_empty());
        if let Some(origin) = self.origin(DataItem::Diagnoses) {
            let visit = self.visit(exact);
            let icd10 = problem.icd10.code;
            self.reading
                .batches
                .rows(disease::TABLE)
                .begin(&origin)
                .key(disease::VISIT, visit)
                .date(disease::START, problem.start)
                .date(disease::END, problem.end)
                .text(disease::CODE, disease.code)
                .text(disease::SYSTEM, system)
                .text(disease::ICD10, icd10)
                .text(disease::NAME, if uncoded { disease.name } else { "" })
                .text(disease::MODIFIERS, &problem.modifiers)
                .text(disease::STATUS, if problem.suspected { "suspected" } else { "confirmed" })
                .uint8(disease::MAIN, u8::from(problem.main))
                .text(disease::OUTCOME, problem.outcome)
                .text(disease::PRECISION, problem.precision);
        }
        // HL7 table 0241: D is a death.
        if problem.outcome == "D"
            && let Some(origin) = self.origin(DataItem::Death)
        {
            self.reading
                .batches
                .rows(death::TABLE)
                .begin(&origin)
                .date(death::DATE, problem.outcome_day)
                .text(death::CAUSE, disease.code)
                .text(death::SYSTEM, system);
        }
        self.note("PRB-17", &problem.text, exact);
    }
}
