//! Drugs: prescribed, taken, given and dispensed; vaccines.

use sudare_model::DataItem;
use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::chart::{Chart, Event};
use super::coded::{ANY, Concept, DRUGS};
use super::codes;
use super::json::Value;
use super::systems;
use crate::columns::clinical::drug;

/// A drug by code and name.
#[derive(Clone, Copy, Default)]
struct Drug<'x> {
    code: &'x str,
    system: &'x str,
    name: &'x str,
}

/// What one row says besides the drug.
#[derive(Clone, Copy, Default)]
struct Amount<'t> {
    quantity: Option<f64>,
    days: Option<i32>,
    dose: Option<f64>,
    unit: &'t str,
    route: &'t str,
    usage: &'t str,
    sig: &'t str,
    /// The dosage, for what else it says in words.
    dosage: Option<Value<'t>>,
}

/// No real dosage says more; what is beyond stays in the resource as it came.
const LABELS_MAX: usize = 32;

impl Amount<'_> {
    /// The usage in words: the text, and what it does not say of additional instructions (in JP Core every other day
    /// and days of the week are such), of when to take it, and of where on the body.
    fn words(&self) -> String {
        let mut words = self.sig.to_owned();
        let Some(dosage) = self.dosage else { return words };
        let when = dosage.get("asNeededCodeableConcept");
        let concepts =
            dosage.get("additionalInstruction").items().chain([when, dosage.get("site")]);
        let labels = concepts.map(|one| {
            let concept = Concept::of(one, ANY);
            let text = concept.text;
            if text.is_empty() { concept.name() } else { text }
        });
        let labels = labels.chain([dosage.text("patientInstruction")]);
        for label in labels.filter(|label| !label.is_empty()).take(LABELS_MAX) {
            // 左 is not said by 左右交互.
            let long = label.chars().nth(2).is_some();
            if !(long && words.contains(label)) && words.split(' ').all(|word| word != label) {
                if !words.is_empty() {
                    words.push(' ');
                }
                words.push_str(label);
            }
        }
        words
    }
}

const PERIOD_OF_USE: &str =
    "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_MedicationDosage_PeriodOfUse";

impl<'t> Chart<'_, '_, 't> {
    /// MedicationRequest.
    pub(super) fn prescription(&mut self) {
        let resource = self.page.resource;
        let never = resource.get("doNotPerform").as_bool() == Some(true);
        let planned = matches!(resource.text("intent"), "proposal" | "plan" | "option");
        if never || planned || undone(resource.text("status")) {
            return self.add(&codes::STATUS);
        }
        let dosage = resource.first("dosageInstruction");
        let mut amount = self.dosage("dosageInstruction");
        let dispense = resource.get("dispenseRequest");
        let supplied = self.number(dispense.get("quantity").get("value"));
        amount.quantity = supplied.or(amount.quantity);
        let supply = dispense.get("expectedSupplyDuration");
        amount.days = self.days(supply).or(amount.days);
        let begins = dosage.get("extension").items().find(|one| one.text("url") == PERIOD_OF_USE);
        let begins = begins.map_or("", |one| one.get("valuePeriod").text("start"));
        let begins = if begins.is_empty() { resource.text("authoredOn") } else { begins };
        let when = self.date(begins);
        let event = self.event(when);
        self.drug_row(&amount, event, None, "ordered");
        self.sweep(|key| {
            matches!(
                key,
                "medicationCodeableConcept"
                    | "medicationReference"
                    | "dosageInstruction"
                    | "dispenseRequest"
                    | "authoredOn"
                    | "intent"
                    | "doNotPerform"
                    | "groupIdentifier"
                    | "priority"
                    | "reportedBoolean"
            )
        });
    }

    /// MedicationStatement and MedicationAdministration.
    pub(super) fn taken(&mut self) {
        let resource = self.page.resource;
        if undone(resource.text("status")) {
            return self.add(&codes::STATUS);
        }
        let amount = self.dosage("dosage");
        let when = self.start(["effectiveDateTime", "effectivePeriod"]);
        let end = self.date(resource.get("effectivePeriod").text("end")).map(|end| end.day);
        let event = self.event(when);
        let given = self.page.kind == "MedicationAdministration";
        self.drug_row(&amount, event, end, if given { "given" } else { "stated" });
        self.sweep(|key| {
            matches!(
                key,
                "medicationCodeableConcept"
                    | "medicationReference"
                    | "dosage"
                    | "effectiveDateTime"
                    | "effectivePeriod"
                    | "dateAsserted"
                    | "request"
            )
        });
    }

    /// MedicationDispense.
    pub(super) fn dispensing(&mut self) {
        let resource = self.page.resource;
        if undone(resource.text("status")) {
            return self.add(&codes::STATUS);
        }
        let mut amount = self.dosage("dosageInstruction");
        amount.quantity = self.number(resource.get("quantity").get("value")).or(amount.quantity);
        amount.days = self.days(resource.get("daysSupply")).or(amount.days);
        let when = self.start(["whenHandedOver", "whenPrepared"]);
        let when = if when.is_none() { self.start(["whenPrepared", ""]) } else { when };
        let event = self.event(when);
        self.drug_row(&amount, event, None, "dispensed");
        self.sweep(|key| {
            matches!(
                key,
                "medicationCodeableConcept"
                    | "medicationReference"
                    | "dosageInstruction"
                    | "quantity"
                    | "daysSupply"
                    | "whenHandedOver"
                    | "whenPrepared"
                    | "authorizingPrescription"
                    | "receiver"
                    | "destination"
            )
        });
    }

    /// Immunization.
    pub(super) fn immunization(&mut self) {
        let resource = self.page.resource;
        if undone(resource.text("status")) {
            return self.add(&codes::STATUS);
        }
        let concept = self.concept(resource.get("vaccineCode"), DRUGS);
        let when = self.start(["occurrenceDateTime", ""]);
        let event = self.event(when);
        let dose = resource.get("doseQuantity");
        let amount = Amount {
            dose: self.number(dose.get("value")),
            unit: unit(dose),
            route: Concept::of(resource.get("route"), ANY).coding.label(),
            ..Amount::default()
        };
        self.annotations(event);
        self.amount_row(of(&concept), &amount, event, None, "given");
        self.sweep(|key| {
            matches!(
                key,
                "vaccineCode"
                    | "occurrenceDateTime"
                    | "primarySource"
                    | "doseQuantity"
                    | "route"
                    | "recorded"
            )
        });
    }

    /// The first dosage of a list.
    fn dosage(&mut self, key: &str) -> Amount<'t> {
        let list = self.page.resource.get(key);
        if list.items().nth(1).is_some() {
            self.add(&codes::DOSAGE_MORE);
        }
        let dosage = self.page.resource.first(key);
        // An administration has one dose; an instruction a list of doses and rates.
        let own = dosage.get("dose");
        let dose =
            if own.is_object() { own } else { dosage.first("doseAndRate").get("doseQuantity") };
        let timing = dosage.get("timing");
        let repeat = timing.get("repeat");
        let usage = Concept::of(timing.get("code"), &[CodeSystem::JamiUsage]);
        Amount {
            quantity: None,
            days: self.days(repeat.get("boundsDuration")),
            dose: self.number(dose.get("value")),
            unit: unit(dose),
            route: Concept::of(dosage.get("route"), ANY).coding.label(),
            usage: usage.coding.code,
            sig: if dosage.text("text").is_empty() { usage.text } else { dosage.text("text") },
            dosage: Some(dosage),
        }
    }

    /// A duration in days, where it is one.
    fn days(&mut self, duration: Value<'t>) -> Option<i32> {
        let value = self.number(duration.get("value"))?;
        let scale = match (duration.text("code"), duration.text("unit")) {
            ("d", _) | ("", "d" | "日" | "day" | "days" | "") => 1.0,
            ("wk", _) => 7.0,
            _ => return None,
        };
        let days = value * scale;
        #[expect(clippy::cast_possible_truncation, reason = "within bounds")]
        (1.0..=3660.0).contains(&days).then_some(days as i32)
    }

    fn drug_row(
        &mut self,
        amount: &Amount<'t>,
        event: Event,
        end: Option<Day>,
        status: &'static str,
    ) {
        let resource = self.page.resource;
        self.annotations(event);
        let direct = resource.get("medicationCodeableConcept");
        if direct.is_object() {
            let concept = self.concept(direct, DRUGS);
            return self.amount_row(of(&concept), amount, event, end, status);
        }
        let reference = resource.get("medicationReference").text("reference");
        if let Some(medication) = self.scope.find(reference, resource) {
            let concept = self.concept(medication.get("code"), DRUGS);
            return self.amount_row(of(&concept), amount, event, end, status);
        }
        let known = self.known;
        let drug = match known.drug(super::known::canonical(reference)) {
            Some(drug) => Drug { code: &drug.code, system: &drug.system, name: &drug.name },
            None => {
                self.add(&codes::REFERENCE);
                let name = resource.get("medicationReference").text("display");
                Drug { code: "", system: CodeSystem::Uncoded.word(), name }
            }
        };
        self.amount_row(drug, amount, event, end, status);
    }

    fn amount_row(
        &mut self,
        drug: Drug<'_>,
        amount: &Amount<'t>,
        event: Event,
        end: Option<Day>,
        status: &'static str,
    ) {
        if drug.code.is_empty() && drug.name.is_empty() {
            return self.add(&codes::CODE_MISSING);
        }
        let start = event.when.map(|when| when.day);
        let end = end.or_else(|| Some(start?.plus(amount.days? - 1)));
        // Usage as written is free text: only where notes are admitted too.
        let mut sig = amount.words();
        if !sig.is_empty() && self.origin(DataItem::Notes).is_none() {
            sig.clear();
        }
        let Some(origin) = self.origin(DataItem::Drugs) else { return };
        let rows = self.reading.batches.rows(drug::TABLE).begin(&origin);
        if let Some(visit) = event.visit {
            rows.key(drug::VISIT, visit);
        }
        rows.date(drug::START, start)
            .date(drug::END, end)
            .text(drug::CODE, drug.code)
            .text(drug::SYSTEM, drug.system)
            .text(drug::NAME, drug.name)
            .number(drug::QUANTITY, amount.quantity)
            .int(drug::DAYS, amount.days)
            .number(drug::DOSE, amount.dose)
            .unit(drug::UNIT, drug::UCUM, amount.unit, crate::ucum::of)
            .text(drug::ROUTE, amount.route)
            .text(drug::USAGE, amount.usage)
            .text(drug::SIG, &sig)
            .word(drug::STATUS, status)
            .text(drug::PRECISION, event.precision());
    }
}

fn of<'t>(concept: &Concept<'t>) -> Drug<'t> {
    let coding = &concept.coding;
    Drug { code: coding.code, system: coding.word(), name: concept.name() }
}

/// The unit of a quantity: the code of its system where that is a Japanese one, else as written.
fn unit(quantity: Value<'_>) -> &str {
    let coded = systems::known(quantity.text("system")) == Some(CodeSystem::Mr9p);
    let (code, unit) = (quantity.text("code"), quantity.text("unit"));
    if unit.is_empty() || coded && !code.is_empty() { code } else { unit }
}

/// Whether a status says that nothing was taken or ordered.
fn undone(status: &str) -> bool {
    matches!(status, "entered-in-error" | "cancelled" | "not-taken" | "not-done" | "declined")
}
