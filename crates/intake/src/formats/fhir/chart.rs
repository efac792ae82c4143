//! One resource being read, and what all of them share: whose rows, which visit, dates, numbers, codes, notes.

use sudare_model::code::CodeSystem;
use sudare_model::finding::FindingCode;
use sudare_model::{Admission, DataItem, Place};

use super::coded::Concept;
use super::json::Value;
use super::known::{Known, canonical};
use super::scope::Scope;
use super::time::{Precision, When, when};
use super::{codes, systems};
use crate::columns::Origin;
use crate::columns::clinical::note;
use crate::key::visit_key;
use crate::statement::Said;
use crate::unit::Reading;

/// A resource and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Page<'t> {
    pub(super) resource: Value<'t>,
    /// `fullUrl` of its entry, or empty.
    pub(super) url: &'t str,
    pub(super) kind: &'static str,
    pub(super) file_no: u32,
    pub(super) record: u32,
    /// Where the text begins in its file.
    pub(super) byte: u64,
}

/// A resource being read, of an admitted patient.
pub(super) struct Chart<'c, 'a, 't> {
    pub(super) reading: &'c mut Reading<'a>,
    pub(super) said: &'c mut Said,
    admission: &'c Admission,
    pub(super) known: &'c Known,
    pub(super) scope: &'c Scope<'t>,
    pub(super) page: Page<'t>,
    /// The patient's number.
    pub(super) number: &'c str,
    pub(super) origin: Origin,
    withheld: bool,
    /// Whether a row was made or withheld, or a finding says why not.
    told: bool,
}

/// What most rows have: when, and at which visit.
#[derive(Clone, Copy, Default)]
pub(super) struct Event {
    pub(super) when: Option<When>,
    pub(super) visit: Option<i64>,
}

impl Event {
    /// `year` or `month` where the day is not known, else nothing.
    pub(super) fn precision(self) -> &'static str {
        self.when.map_or("", When::word)
    }
}

impl<'c, 'a, 't> Chart<'c, 'a, 't> {
    pub(super) fn new(
        reading: &'c mut Reading<'a>,
        said: &'c mut Said,
        admission: &'c Admission,
        known: &'c Known,
        scope: &'c Scope<'t>,
        page: Page<'t>,
        number: &'c str,
    ) -> Self {
        let origin = Origin {
            subject: admission.subject(),
            tracks: sudare_model::Tracks::NONE,
            file_no: page.file_no,
            record_no: page.record,
        };
        Self {
            reading,
            said,
            admission,
            known,
            scope,
            page,
            number,
            origin,
            withheld: false,
            told: false,
        }
    }

    /// Makes the rows of the resource; says whether all of them were admitted.
    pub(super) fn read(&mut self) -> bool {
        if self.extensions() {
            self.add(&codes::MODIFIER);
            return !self.withheld;
        }
        match self.page.kind {
            "Patient" => self.patient(),
            "Encounter" => self.encounter(),
            "Condition" => self.condition(),
            "AllergyIntolerance" => self.allergy(),
            "FamilyMemberHistory" => self.family(),
            "Observation" => self.observation(),
            "Procedure" => self.procedure(),
            "MedicationRequest" => self.prescription(),
            "MedicationStatement" | "MedicationAdministration" => self.taken(),
            "MedicationDispense" => self.dispensing(),
            "Immunization" => self.immunization(),
            "Device" => self.device(),
            "DeviceUseStatement" => self.device_use(),
            "ImagingStudy" => self.imaging(),
            "Coverage" => self.coverage(),
            "DiagnosticReport" => self.report(),
            "DocumentReference" => self.document(),
            "Composition" => self.composition(),
            _ => {}
        }
        self.narrative();
        if !self.told {
            self.add(&codes::EMPTY);
        }
        !self.withheld
    }

    /// Where a row of an item comes from; `None`, counted, where the item is not admitted.
    pub(super) fn origin(&mut self, item: DataItem) -> Option<Origin> {
        self.told = true;
        let tracks = self.admission.tracks(item);
        if tracks.is_empty() {
            self.withheld = true;
            *self.reading.counts.withheld.entry(item).or_default() += 1;
            return None;
        }
        Some(Origin { tracks, ..self.origin })
    }

    pub(super) fn add(&mut self, code: &'static FindingCode) {
        self.told = true;
        let page = &self.page;
        let place = Place::record(page.file_no, page.record, page.kind).byte(page.byte);
        self.reading.findings.add(code, place);
    }

    /// The same, at a value of the resource.
    fn add_at(&mut self, code: &'static FindingCode, value: Value<'_>) {
        self.told = true;
        let page = &self.page;
        let byte = page.byte + u64::from(value.offset().unwrap_or_default());
        let place = Place::record(page.file_no, page.record, page.kind).byte(byte);
        self.reading.findings.add(code, place);
    }

    /// Reports extensions that are not known; says whether one of them may turn the meaning round.
    fn extensions(&mut self) -> bool {
        let mut modified = false;
        let resource = self.page.resource;
        resource.each("extension", |list| {
            for one in list.items().filter(|one| !known_extension(one.text("url"))) {
                self.add_at(&codes::EXTENSION, one.get("url"));
            }
        });
        resource.each("modifierExtension", |list| modified |= list.items().next().is_some());
        modified
    }

    /// Reports the elements that are neither read (`used`) nor without content of their own.
    pub(super) fn sweep(&mut self, used: impl Fn(&str) -> bool) {
        for (key, value) in self.page.resource.fields() {
            if !used(key) && !is_frame(key) {
                self.add_at(&codes::ELEMENT, value);
            }
        }
    }

    /// A date, with findings; empty is none.
    pub(super) fn date(&mut self, text: &str) -> Option<When> {
        if text.is_empty() {
            return None;
        }
        let read = when(text);
        match read {
            None => self.add(&codes::DATE),
            Some(read) if read.precision != Precision::Day => self.add(&codes::DATE_PARTIAL),
            Some(_) => {}
        }
        read
    }

    /// The start of a choice such as `effective[x]`: the first name is of a dateTime, the second of a period.
    pub(super) fn start(&mut self, names: [&str; 2]) -> Option<When> {
        let [at, period] = names;
        let resource = self.page.resource;
        let text = resource.text(at);
        let text = if text.is_empty() { resource.get(period).text("start") } else { text };
        self.date(text)
    }

    /// A number, with a finding where there is something else. Numbers in quotes are read.
    pub(super) fn number(&mut self, value: Value<'_>) -> Option<f64> {
        if value.is_missing() {
            return None;
        }
        let read =
            value.as_number().or_else(|| crate::text::decimal(value.as_text().trim().as_bytes()));
        if read.is_none() {
            self.add(&codes::NUMBER);
        }
        read
    }

    /// A concept, with findings on its codings.
    pub(super) fn concept(&mut self, value: Value<'t>, order: &[CodeSystem]) -> Concept<'t> {
        let concept = Concept::of(value, order);
        if concept.more {
            self.add(&codes::CODINGS_MORE);
        }
        let system = concept.coding.system;
        if !system.is_empty() && systems::known(system).is_none() {
            self.add(&codes::SYSTEM_UNKNOWN);
        }
        if systems::known(system) == Some(CodeSystem::Jlac10) && concept.coding.code.len() != 17 {
            self.add(&codes::CODE_LENGTH);
        }
        concept
    }

    /// The visit of the resource: the encounter it names, else the one its Bundle is about.
    pub(super) fn visit(&mut self) -> Option<i64> {
        let own = self.page.resource.get("encounter");
        let own = if own.is_object() { own } else { self.page.resource.get("context") };
        if own.is_object() {
            return self.encounter_key(own);
        }
        self.scope.encounter().and_then(|(encounter, url)| resource_key(encounter, url))
    }

    pub(super) fn encounter_key(&self, reference: Value<'t>) -> Option<i64> {
        let text = reference.text("reference");
        if text.starts_with('#') {
            // A contained encounter is known by its identifier alone.
            let encounter = self.scope.find(text, self.page.resource)?;
            return identifier_key(encounter.first("identifier"));
        }
        if let Some((encounter, url)) = self.scope.url(text) {
            return resource_key(encounter, url);
        }
        match canonical(text) {
            "" => identifier_key(reference.get("identifier")),
            text => Some(visit_key("encounter", &[text.as_bytes()])),
        }
    }

    /// The visit, and the day: where the resource has none, the first day of the encounter its Bundle is about, or the
    /// day of its Composition.
    pub(super) fn event(&mut self, when: Option<When>) -> Event {
        let visit = self.visit();
        Event { when: when.or_else(|| self.stand_in()), visit }
    }

    fn stand_in(&self) -> Option<When> {
        let period = self.scope.encounter().map(|(encounter, _)| encounter.get("period"));
        let start = period.and_then(|period| when(period.text("start")));
        start.or_else(|| when(self.scope.composition?.text("date")))
    }

    /// A row of `note`.
    pub(super) fn note(&mut self, class: &str, text: &str, event: Event) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let Some(origin) = self.origin(DataItem::Notes) else { return };
        let rows = self.reading.batches.rows(note::TABLE).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(note::VISIT, visit);
        }
        rows.date(note::DATE, event.when.map(|when| when.day))
            .text(note::CLASS, class)
            .text(note::TEXT, text);
    }

    /// The annotations of the resource.
    pub(super) fn annotations(&mut self, event: Event) {
        for note in self.page.resource.get("note").items() {
            self.note(self.page.kind, note.text("text"), event);
        }
    }

    /// A narrative that says more than the elements do; others only repeat them, names and birth dates among them.
    fn narrative(&mut self) {
        let text = self.page.resource.get("text");
        let adds = text.text("status") == "additional";
        if adds && !matches!(self.page.kind, "Patient" | "Coverage" | "Composition") {
            let event = self.event(None);
            let plain = super::documents::plain(text.text("div"));
            self.note(self.page.kind, &plain, event);
        }
    }
}

/// The key of an Encounter resource.
pub(super) fn resource_key(encounter: Value<'_>, url: &str) -> Option<i64> {
    let reference = canonical(url);
    if !reference.is_empty() {
        return Some(visit_key("encounter", &[reference.as_bytes()]));
    }
    let id = encounter.text("id");
    if id.is_empty() {
        return identifier_key(encounter.first("identifier"));
    }
    // The same bytes as the reference `Encounter/id`.
    let mut reference = String::from("Encounter/");
    reference.push_str(id);
    Some(visit_key("encounter", &[reference.as_bytes()]))
}

fn identifier_key(identifier: Value<'_>) -> Option<i64> {
    let (system, value) = (identifier.text("system"), identifier.text("value"));
    let parts = [system.as_bytes(), value.as_bytes()];
    (!value.is_empty()).then(|| visit_key("encounter-identifier", &parts))
}

/// Elements that frame a resource: who wrote it, what it answers, how it is displayed. Staff go nowhere.
fn is_frame(key: &str) -> bool {
    matches!(
        key,
        "resourceType"
            | "id"
            | "meta"
            | "language"
            | "text"
            | "contained"
            | "extension"
            | "modifierExtension"
            | "identifier"
            | "subject"
            | "patient"
            | "encounter"
            | "context"
            | "performer"
            | "recorder"
            | "asserter"
            | "author"
            | "requester"
            | "informationSource"
            | "basedOn"
            | "partOf"
            | "custodian"
            | "authenticator"
            | "participant"
            | "serviceProvider"
            | "location"
            | "recordedDate"
            | "issued"
            | "status"
            | "note"
    )
}

/// Extensions that are read, or that say nothing about the patient.
fn known_extension(url: &str) -> bool {
    const READ: &[&str] = &[
        "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation",
        "http://hl7.org/fhir/StructureDefinition/composition-clinicaldocument-versionNumber",
        "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
        "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonSymbol",
        "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonNumber",
        "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonSubNumber",
        "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePrefixModifier",
        "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Condition_DiseasePostfixModifier",
        "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_MedicationDosage_PeriodOfUse",
        "http://jpfhir.jp/fhir/clins/Extension/StructureDefinition/JP_eCS_InstitutionNumber",
        "http://jpfhir.jp/fhir/eCS/Extension/StructureDefinition/JP_eCS_DiagnosisType",
    ];
    READ.contains(&url)
}
