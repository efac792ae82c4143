//! Encounters, procedures and devices.

use sudare_model::DataItem;

use super::chart::{Chart, Event, resource_key};
use super::coded::{ACTS, ANY, Coding, Concept};
use super::codes;
use super::systems;
use crate::columns::clinical::{act, device, visit};

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
        let rows = self.reading.batches.rows(visit::TABLE).begin(&origin);
        if let Some(key) = key {
            rows.key(visit::KEY, key);
        }
        rows.int(visit::CONCEPT, Some(concept_of(class.code)))
            .date(visit::START, start.map(|when| when.day))
            .datetime(visit::START_TIME, start.and_then(|when| when.second))
            .date(visit::END, end.map(|when| when.day))
            .datetime(visit::END_TIME, end.and_then(|when| when.second))
            .text(visit::SOURCE, class.label())
            .text(visit::SYSTEM, systems::word(class.system))
            .text(visit::DEPARTMENT, department.coding.label())
            .text(visit::FROM, from.coding.label())
            .text(visit::OUTCOME, to.coding.label());
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
        let rows = self.reading.batches.rows(act::TABLE).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(act::VISIT, visit);
        }
        rows.date(act::DATE, event.when.map(|when| when.day))
            .datetime(act::TIME, event.when.and_then(|when| when.second))
            .text(act::CODE, concept.coding.code)
            .text(act::SYSTEM, concept.coding.word())
            .text(act::NAME, concept.name())
            .text(act::CATEGORY, category.coding.label())
            .word(act::STATUS, "performed")
            .text(act::PRECISION, event.precision());
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
        let rows = self.reading.batches.rows(device::TABLE).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(device::VISIT, visit);
        }
        let coded = !concept.coding.code.is_empty();
        rows.date(device::DATE, event.when.map(|when| when.day))
            .text(device::CODE, concept.coding.code)
            .text(device::SYSTEM, concept.coding.word())
            .text(device::NAME, if coded { "" } else { concept.name() });
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
