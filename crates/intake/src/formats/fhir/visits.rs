//! Encounters, procedures and devices.

use sudare_model::DataItem;
use sudare_model::table::Kind;

use super::chart::{Chart, Event, resource_key};
use super::coded::{ACTS, ANY, Coding, Concept};
use super::codes;
use super::systems;
use crate::columns::{column, table};

impl Chart<'_, '_, '_> {
    pub(super) fn encounter(&mut self) {
        let resource = self.page.resource;
        if matches!(resource.text("status"), "entered-in-error" | "cancelled" | "planned") {
            return self.add(&codes::STATUS);
        }
        // R4 has one Coding; later versions a list of concepts.
        let class = resource.get("class");
        let class = match class.first("coding") {
            coding if coding.is_object() => Coding::of(coding),
            _ => Coding::of(class.items().next().unwrap_or(class)),
        };
        let period = resource.get("period");
        let period =
            if period.is_object() { period } else { resource.first("classHistory").get("period") };
        let start = self.date(period.text("start"));
        let end = self.date(period.text("end"));
        let stay = resource.get("hospitalization");
        let department = Concept::of(resource.get("serviceType"), ANY);
        let from = Concept::of(stay.get("admitSource"), ANY);
        let to = Concept::of(stay.get("dischargeDisposition"), ANY);
        let key = resource_key(resource, self.page.url);
        let event = Event { when: start, visit: key };
        for reason in resource.get("reasonCode").items() {
            let concept = Concept::of(reason, ANY);
            match concept.coding.code {
                "" => self.note("Encounter.reasonCode", concept.text, event),
                _ => self.add(&codes::ELEMENT),
            }
        }
        let Some(origin) = self.origin(DataItem::Visits) else { return };
        let rows = self.reading.batches.rows(VISIT).begin(&origin);
        if let Some(key) = key {
            rows.key(VISIT_KEY, key);
        }
        rows.int(VISIT_CONCEPT, Some(concept_of(class.code)))
            .date(VISIT_START, start.map(|when| when.day))
            .datetime(VISIT_START_TIME, start.and_then(|when| when.second))
            .date(VISIT_END, end.map(|when| when.day))
            .datetime(VISIT_END_TIME, end.and_then(|when| when.second))
            .text(VISIT_SOURCE, class.label())
            .text(VISIT_SYSTEM, systems::word(class.system))
            .text(VISIT_DEPARTMENT, department.coding.label())
            .text(VISIT_FROM, from.coding.label())
            .text(VISIT_TO, to.coding.label());
        self.sweep(|key| {
            matches!(
                key,
                "class"
                    | "period"
                    | "classHistory"
                    | "serviceType"
                    | "hospitalization"
                    | "reasonCode"
                    | "statusHistory"
                    | "length"
            )
        });
    }

    pub(super) fn procedure(&mut self) {
        let resource = self.page.resource;
        let status = resource.text("status");
        if matches!(status, "entered-in-error" | "not-done" | "preparation") {
            return self.add(&codes::STATUS);
        }
        let concept = self.concept(resource.get("code"), ACTS);
        if concept.is_empty() {
            return self.add(&codes::CODE_MISSING);
        }
        let when = self.start(["performedDateTime", "performedPeriod"]);
        let event = self.event(when);
        let category = Concept::of(resource.get("category"), ANY);
        self.annotations(event);
        let Some(origin) = self.origin(DataItem::Procedures) else { return };
        let rows = self.reading.batches.rows(ACT).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(ACT_VISIT, visit);
        }
        rows.date(ACT_DATE, event.when.map(|when| when.day))
            .datetime(ACT_TIME, event.when.and_then(|when| when.second))
            .text(ACT_CODE, concept.coding.code)
            .text(ACT_SYSTEM, concept.coding.word())
            .text(ACT_NAME, concept.name())
            .text(ACT_CATEGORY, category.coding.label())
            .word(ACT_STATUS, "performed")
            .text(ACT_PRECISION, event.precision());
        self.sweep(|key| {
            matches!(key, "code" | "category" | "performedDateTime" | "performedPeriod")
        });
    }

    /// A Device that names a patient is one the patient has or had.
    pub(super) fn device(&mut self) {
        let resource = self.page.resource;
        if resource.text("status") == "entered-in-error" {
            return self.add(&codes::STATUS);
        }
        let concept = self.concept(resource.get("type"), ACTS);
        let event = self.event(None);
        self.device_row(&concept, event);
        self.sweep(|key| matches!(key, "type" | "distinctIdentifier" | "deviceName"));
    }

    pub(super) fn device_use(&mut self) {
        let resource = self.page.resource;
        if resource.text("status") == "entered-in-error" {
            return self.add(&codes::STATUS);
        }
        let reference = resource.get("device");
        let device = self.scope.find(reference.text("reference"), resource);
        let concept = match device {
            Some(device) => self.concept(device.get("type"), ACTS),
            None => {
                self.add(&codes::REFERENCE);
                Concept { text: reference.text("display"), ..Concept::default() }
            }
        };
        let when = self.start(["timingDateTime", "timingPeriod"]);
        let event = self.event(when);
        self.annotations(event);
        self.device_row(&concept, event);
        self.sweep(|key| {
            matches!(key, "device" | "timingDateTime" | "timingPeriod" | "recordedOn")
        });
    }

    fn device_row(&mut self, concept: &Concept<'_>, event: Event) {
        if concept.is_empty() {
            return self.add(&codes::CODE_MISSING);
        }
        let Some(origin) = self.origin(DataItem::Devices) else { return };
        let rows = self.reading.batches.rows(DEVICE).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(DEVICE_VISIT, visit);
        }
        let coded = !concept.coding.code.is_empty();
        rows.date(DEVICE_DATE, event.when.map(|when| when.day))
            .text(DEVICE_CODE, concept.coding.code)
            .text(DEVICE_SYSTEM, concept.coding.word())
            .text(DEVICE_NAME, if coded { "" } else { concept.name() });
    }
}

/// The standard concept of a class of encounter (HL7 v3 ActCode).
fn concept_of(class: &str) -> i32 {
    match class {
        "IMP" | "ACUTE" | "NONAC" | "SS" => 9201,
        "AMB" | "HH" | "VR" | "OBSENC" | "PRENC" | "checkup" => 9202,
        "EMER" => 9203,
        _ => 0,
    }
}

const VISIT: usize = table("visit_occurrence");
const VISIT_KEY: usize = column(VISIT, "visit_key", Kind::Int64);
const VISIT_CONCEPT: usize = column(VISIT, "visit_concept_id", Kind::Int32);
const VISIT_START: usize = column(VISIT, "visit_start_date", Kind::Date);
const VISIT_START_TIME: usize = column(VISIT, "visit_start_datetime", Kind::DateTime);
const VISIT_END: usize = column(VISIT, "visit_end_date", Kind::Date);
const VISIT_END_TIME: usize = column(VISIT, "visit_end_datetime", Kind::DateTime);
const VISIT_SOURCE: usize = column(VISIT, "visit_source_value", Kind::Code);
const VISIT_SYSTEM: usize = column(VISIT, "visit_source_system", Kind::Code);
const VISIT_DEPARTMENT: usize = column(VISIT, "department_source_value", Kind::Code);
const VISIT_FROM: usize = column(VISIT, "admitted_from_source_value", Kind::Code);
const VISIT_TO: usize = column(VISIT, "discharged_to_source_value", Kind::Code);
const ACT: usize = table("procedure_occurrence");
const ACT_VISIT: usize = column(ACT, "visit_key", Kind::Int64);
const ACT_DATE: usize = column(ACT, "procedure_date", Kind::Date);
const ACT_TIME: usize = column(ACT, "procedure_datetime", Kind::DateTime);
const ACT_CODE: usize = column(ACT, "procedure_source_value", Kind::Code);
const ACT_SYSTEM: usize = column(ACT, "procedure_source_system", Kind::Code);
const ACT_NAME: usize = column(ACT, "procedure_source_name", Kind::Code);
const ACT_CATEGORY: usize = column(ACT, "category_source_value", Kind::Code);
const ACT_PRECISION: usize = column(ACT, "date_precision", Kind::Code);
const ACT_STATUS: usize = column(ACT, "order_status_source_value", Kind::Code);
const DEVICE: usize = table("device_exposure");
const DEVICE_VISIT: usize = column(DEVICE, "visit_key", Kind::Int64);
const DEVICE_DATE: usize = column(DEVICE, "device_exposure_start_date", Kind::Date);
const DEVICE_CODE: usize = column(DEVICE, "device_source_value", Kind::Code);
const DEVICE_SYSTEM: usize = column(DEVICE, "device_source_system", Kind::Code);
const DEVICE_NAME: usize = column(DEVICE, "device_source_name", Kind::Text);
