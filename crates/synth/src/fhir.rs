//! Charts of one clinic as FHIR R4 (bulk NDJSON, a file a resource type; formats.md 9).
//!
//! Identifiers, names, code systems and prescriptions are written as JP Core and JP-CLINS show them in their public
//! examples. Start at [`chart`]; [`municipal`] writes the checkups of a municipality.

mod json;
pub(crate) mod municipal;
mod notes;

use std::fmt::Write as _;

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use crate::body::Body;
use crate::canary::Canary;
use crate::care::{Problem, Visit, taken};
use crate::chunk::{Chunk, Fact, Source};
use crate::codes::{Drug, Form, Specimen, labs};
use crate::dice::{Dice, Purpose, whole};
use crate::insurance::Scheme;
use crate::places::CITIES;
use crate::site::Provider;
use crate::writing::{Writer, Written};
use json::{names, person, quoted};

/// The files of a chart.
const PATIENT: &str = "Patient.ndjson";
const ENCOUNTER: &str = "Encounter.ndjson";
const CONDITION: &str = "Condition.ndjson";
const ALLERGY: &str = "AllergyIntolerance.ndjson";
const PRESCRIPTION: &str = "MedicationRequest.ndjson.gz";
const OBSERVATION: &str = "Observation.ndjson.gz";
const DOCUMENT: &str = "DocumentReference.ndjson.gz";

/// One person at the clinic.
pub(crate) struct Charted<'a> {
    pub(crate) body: Body<'a>,
    pub(crate) provider: &'a Provider,
    pub(crate) at: usize,
    pub(crate) canary: Option<&'a Canary>,
}

/// The working state while a person's resources are written.
struct Pen<'a> {
    charted: &'a Charted<'a>,
    chunk: &'a mut Chunk,
    written: Written,
    dice: Dice,
    /// `Patient/…`.
    patient: String,
    resource: u64,
}

/// Writes the chart of a person; `visits` ascend by day and are not empty.
pub(crate) fn chart(
    chunk: &mut Chunk,
    charted: &Charted<'_>,
    writer: &Writer<'_>,
    visits: &[Visit],
) {
    let Some(last) = visits.iter().map(|one| one.day).max() else { return };
    let Some(written) = writer.on(last) else { return };
    let Body { seed, person, .. } = charted.body;
    let mut pen = Pen {
        charted,
        chunk,
        dice: Dice::new(seed, Purpose::Chart, person.no, charted.provider.no),
        patient: format!("pat-{}", written.number),
        written,
        resource: 0,
    };
    pen.subject();
    pen.diseases(last);
    if person.no % 8 == 3 {
        pen.allergy();
    }
    for visit in visits.iter().filter(|one| one.discharge.is_none()) {
        pen.visit(visit);
    }
}

/// The clinic's number with prefecture and fee schedule, 10 digits.
fn facility(provider: &Provider) -> String {
    format!("{}1{}", CITIES.first().map_or("22", |city| city.code), provider.code)
}

impl Pen<'_> {
    /// An id that no other resource of the clinic has.
    fn next(&mut self, kind: &str) -> String {
        self.resource += 1;
        let no = self.charted.body.person.no;
        let scrambled = u128::from(no) * 2_654_435_761 % 10_000_000_000;
        format!("{kind}-{scrambled:010}-{}", self.resource)
    }

    fn put(&mut self, file: &'static str, line: &str) {
        let lines = self.chunk.lines.entry((self.charted.at, format!("fhir/{file}"))).or_default();
        lines.extend_from_slice(line.as_bytes());
        lines.push(b'\n');
        self.chunk.count(self.charted.at, "resources");
    }

    fn fact(&mut self, file: &str, fact: &Fact<'_>) {
        let provider = self.charted.provider;
        let file = format!("deliveries/{}/fhir/{file}", provider.id);
        let source = Source {
            person: self.charted.body.person.no,
            provider: self.charted.at,
            provider_id: &provider.id,
            number: &self.written.number,
            file: &file,
            also: None,
        };
        self.chunk.fact(&source, fact);
    }

    /// Patient, with the number of the clinic and the insured number.
    fn subject(&mut self) {
        let written = &self.written;
        let mut ids = format!(
            "{{\"system\":\"urn:oid:1.2.392.100495.20.3.51.1{}\",\"value\":{}}}",
            facility(self.charted.provider),
            quoted(&written.number)
        );
        if written.scheme != Scheme::Assistance {
            let member = format!(
                "{:0>8}:{}:{}:{}",
                written.insurer, written.symbol, written.card, written.branch
            );
            let _ = write!(
                ids,
                ",{{\"system\":\"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID\",\
                 \"value\":{}}}",
                quoted(&member)
            );
        }
        let line = format!(
            "{{\"resourceType\":\"Patient\",\"id\":{},\"meta\":{{\"profile\":\
             [\"http://jpfhir.jp/fhir/core/StructureDefinition/JP_Patient\"]}},\
             \"identifier\":[{ids}],{}{}}}",
            quoted(&self.patient),
            names(written, "　"),
            person(written),
        );
        self.put(PATIENT, &line);
    }

    /// `"subject":…`.
    fn about(&self, element: &str) -> String {
        format!("\"{element}\":{{\"reference\":\"Patient/{}\"}}", self.patient)
    }

    /// Condition: every problem once, as it stands at the last visit.
    fn diseases(&mut self, last: Day) {
        let (plan, at) = (self.charted.body.plan, self.charted.at);
        let list = plan.problems.iter().filter(|one| one.place == at && one.since <= last);
        for (nth, problem) in list.enumerate() {
            self.disease(problem, nth == 0);
        }
    }

    fn disease(&mut self, problem: &Problem, first: bool) {
        let illness = problem.illness;
        let id = self.next("cond");
        let (status, ended) = match (problem.outcome, problem.until) {
            (2, Some(day)) => ("resolved", format!(",\"abatementDateTime\":\"{day}\"")),
            (4, Some(day)) => ("inactive", format!(",\"abatementDateTime\":\"{day}\"")),
            _ => ("active", String::new()),
        };
        let verified = if problem.suspected { "provisional" } else { "confirmed" };
        let note = match (self.charted.canary, first) {
            (Some(canary), true) => {
                format!(",\"note\":[{{\"text\":{}}}]", quoted(&canary.note()))
            }
            _ => String::new(),
        };
        let line = format!(
            "{{\"resourceType\":\"Condition\",\"id\":\"{id}\",\
             \"clinicalStatus\":{},\"verificationStatus\":{},\
             \"code\":{{\"coding\":[{},{}],\"text\":\"{}\"}},{},\
             \"onsetDateTime\":\"{}\"{ended}{note}}}",
            json::concept("http://terminology.hl7.org/CodeSystem/condition-clinical", status),
            json::concept("http://terminology.hl7.org/CodeSystem/condition-ver-status", verified),
            json::coding(CodeSystem::MedisDisease.uri(), illness.medis, illness.name),
            json::coding(CodeSystem::Icd10.uri(), illness.icd10, illness.name),
            illness.name,
            self.about("subject"),
            problem.since,
        );
        self.put(CONDITION, &line);
        let fact = Fact {
            kind: "diagnosis",
            day: problem.since,
            system: Some(CodeSystem::MedisDisease),
            code: illness.medis,
            value: if problem.suspected { "suspected" } else { "confirmed" },
            unit: "",
        };
        self.fact(CONDITION, &fact);
    }

    fn allergy(&mut self) {
        let id = self.next("alg");
        let day = self.charted.body.period.start.plus(-400);
        let line = format!(
            "{{\"resourceType\":\"AllergyIntolerance\",\"id\":\"{id}\",\"clinicalStatus\":{},\
             \"verificationStatus\":{},\"category\":[\"medication\"],\"criticality\":\"low\",\
             \"code\":{{\"text\":\"ペニシリン\"}},{},\"onsetDateTime\":\"{day}\"}}",
            json::concept(
                "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                "active"
            ),
            json::concept(
                "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
                "confirmed"
            ),
            self.about("patient"),
        );
        self.put(ALLERGY, &line);
        let fact = Fact { kind: "allergy", day, system: None, code: "", value: "DA", unit: "" };
        self.fact(ALLERGY, &fact);
    }

    /// Encounter, and what was prescribed and found.
    fn visit(&mut self, visit: &Visit) {
        let plan = self.charted.body.plan;
        let Some(problem) = plan.problems.get(visit.problem) else { return };
        let id = self.next("enc");
        let minute = self.dice.count(0, 59);
        let hour = self.dice.count(9, 17);
        let begin = format!("{}T{hour:02}:{minute:02}:00+09:00", visit.day);
        let end = format!("{}T{hour:02}:{:02}:00+09:00", visit.day, (minute + 20).min(59));
        let line = format!(
            "{{\"resourceType\":\"Encounter\",\"id\":\"{id}\",\"status\":\"finished\",\
             \"class\":{},{},\"period\":{{\"start\":\"{begin}\",\"end\":\"{end}\"}}}}",
            json::coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", "外来"),
            self.about("subject"),
        );
        self.put(ENCOUNTER, &line);
        let code = "outpatient";
        let fact = Fact { kind: "visit", day: visit.day, system: None, code, value: "", unit: "" };
        self.fact(ENCOUNTER, &fact);
        let encounter = format!("\"encounter\":{{\"reference\":\"Encounter/{id}\"}}");
        if visit.drugs {
            let (at, no) = (self.charted.at, self.charted.body.person.no);
            for (nth, drug) in taken(plan, at, visit.day, no).into_iter().enumerate() {
                self.prescribe(visit, drug, (&encounter, &begin), nth + 1);
            }
        }
        if visit.labs {
            self.examine(visit, problem, &encounter);
        }
        self.note(visit, problem, (&id, &begin));
    }

    /// MedicationRequest: one a drug.
    fn prescribe(
        &mut self,
        visit: &Visit,
        drug: &'static Drug,
        (encounter, begin): (&str, &str),
        nth: usize,
    ) {
        let id = self.next("rx");
        let days = visit.days.max(1);
        let amount = match drug.form {
            Form::Oral => drug.daily * days,
            _ => drug.daily * (days / 14).max(1),
        };
        let (unit, unit_name) = drug.unit;
        let (usage, times, text) = match (drug.form, drug.daily) {
            (Form::External, _) => ("2B70000000000000", 1, "外用・１日１回"),
            (_, 0 | 1) => ("1011000400000000", 1, "１日１回朝食後"),
            (_, 2) => ("1012040400000000", 2, "１日２回朝夕食後"),
            _ => ("1013044400000000", 3, "１日３回朝昼夕食後"),
        };
        let dose = f64::from(drug.daily) / f64::from(times);
        let merit9 = "http://jpfhir.jp/fhir/core/mhlw/CodeSystem/MedicationUnitMERIT9Code";
        let line = format!(
            "{{\"resourceType\":\"MedicationRequest\",\"id\":\"{id}\",\"identifier\":[\
             {{\"system\":\"http://jpfhir.jp/fhir/core/mhlw/IdSystem/Medication-RPGroupNumber\",\
             \"value\":\"{nth}\"}},\
             {{\"system\":\"http://jpfhir.jp/fhir/core/mhlw/IdSystem/MedicationAdministrationIndex\",\
             \"value\":\"1\"}}],\"status\":\"completed\",\"intent\":\"order\",\
             \"medicationCodeableConcept\":{{\"coding\":[{}]}},{},{encounter},\
             \"authoredOn\":\"{begin}\",\"dosageInstruction\":[{{\"text\":\"{text}\",\"timing\":{{\
             \"repeat\":{{\"boundsDuration\":{}}},\"code\":{{\"coding\":[{}]}}}},\
             \"doseAndRate\":[{{\"doseQuantity\":{}}}]}}],\"dispenseRequest\":{{\"quantity\":{},\
             \"expectedSupplyDuration\":{}}}}}",
            json::coding(CodeSystem::Yj.uri(), drug.yj, drug.name),
            self.about("subject"),
            json::quantity(&days.to_string(), "日", "http://unitsofmeasure.org", "d"),
            json::coding(CodeSystem::JamiUsage.uri(), usage, text),
            json::quantity(&format!("{dose}"), unit_name, merit9, unit),
            json::quantity(&amount.to_string(), unit_name, merit9, unit),
            json::quantity(&days.to_string(), "日", "http://unitsofmeasure.org", "d"),
        );
        self.put(PRESCRIPTION, &line);
        let fact = Fact {
            kind: "drug",
            day: visit.day,
            system: Some(CodeSystem::Yj),
            code: drug.yj,
            value: &amount.to_string(),
            unit: drug.unit.0,
        };
        self.fact(PRESCRIPTION, &fact);
    }

    /// Observation: one a laboratory item of the problem's panels.
    fn examine(&mut self, visit: &Visit, problem: &Problem, encounter: &str) {
        let mut seen = Vec::new();
        let panels = problem.illness.panels.iter().copied().chain([labs::BASIC]);
        for lab in panels.flatten() {
            if seen.contains(&lab.no) {
                continue;
            }
            seen.push(lab.no);
            let body = self.charted.body;
            let value = body.lab(lab, Some(problem), visit.day, &mut self.dice);
            let id = self.next("obs");
            let grade = ["(-)", "(±)", "(1+)", "(2+)", "(3+)"];
            let (told, result) = if lab.specimen == Specimen::Urine {
                let at = usize::try_from(whole(value.clamp(0.0, 4.0))).unwrap_or_default();
                let text = grade.get(at).copied().unwrap_or("(-)");
                (text.to_owned(), format!("\"valueString\":\"{text}\""))
            } else {
                let places = lab.decimals;
                let text = format!("{value:.places$}");
                let quantity =
                    json::quantity(&text, lab.unit, "http://unitsofmeasure.org", lab.unit);
                let (low, high) = lab.range;
                let range = format!(
                    ",\"referenceRange\":[{{\"low\":{{\"value\":{low}}},\"high\":{{\"value\":{high}}}}}]"
                );
                (text, format!("\"valueQuantity\":{quantity}{range}"))
            };
            let category = json::concept(
                "http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS",
                "laboratory",
            );
            let line = format!(
                "{{\"resourceType\":\"Observation\",\"id\":\"{id}\",\"status\":\"final\",\
                 \"category\":[{category}],\"code\":{{\"coding\":[{}]}},{},{encounter},\
                 \"effectiveDateTime\":\"{}\",{result}}}",
                json::coding(CodeSystem::Jlac10.uri(), lab.jlac10, lab.name),
                self.about("subject"),
                visit.day,
            );
            self.put(OBSERVATION, &line);
            let unit = if lab.specimen == Specimen::Urine { "" } else { lab.unit };
            let fact = Fact {
                kind: "lab",
                day: visit.day,
                system: Some(CodeSystem::Jlac10),
                code: lab.jlac10,
                value: &told,
                unit,
            };
            self.fact(OBSERVATION, &fact);
        }
    }
}
