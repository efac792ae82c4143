//! Rows about the patient: identity, `person`, death, insurance.

use sudare_identity::Sex;
use sudare_model::DataItem;

use super::chart::Chart;
use super::coded::{ANY, Concept};
use super::codes;
use super::known::{canonical, insurer_number};
use super::patient::{Who, details, member, sex};
use super::systems::{self, Number};
use super::time::Precision;
use crate::columns::clinical::{death, payer};

use crate::formats::payer_kind;
use crate::statement::{PERSON_ITEM, Statement};

const SYMBOL: &str =
    "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonSymbol";
const NUMBER: &str =
    "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonNumber";
const BRANCH: &str =
    "http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPersonSubNumber";

impl<'x, 't: 'x> Chart<'x, '_, 't> {
    pub(super) fn patient(&mut self) {
        let resource = self.page.resource;
        let who = Who::of(resource);
        if !matches!(who.kind, Some(Number::Institution | Number::Patient)) {
            self.add(&codes::NUMBER_MISSING);
        }
        let said = details(resource);
        said.faults.iter().for_each(|fault| self.add(fault));
        let gender = sex(resource.text("gender"));
        if gender.is_none() {
            self.add(&codes::GENDER);
        }
        let birth = self.date(resource.text("birthDate"));
        let birth = birth.filter(|birth| birth.precision == Precision::Day).map(|birth| birth.day);
        let bare = Statement {
            patient_number: self.number,
            name_kanji: &said.kanji,
            name_kana: &said.kana,
            birth,
            sex: gender.unwrap_or(Sex::Unknown),
            postal_code: &said.postal,
            address: &said.address,
            phone: &said.phone,
            ..Statement::default()
        };
        if let Some(origin) = self.origin(PERSON_ITEM) {
            self.said.person(&mut self.reading.batches, &bare, &origin);
        }
        let mut insured = false;
        for identifier in resource.get("identifier").items() {
            if !systems::is_member_id(identifier.text("system")) {
                continue;
            }
            let Some([insurer, symbol, number, branch]) = member(identifier.text("value")) else {
                self.add(&codes::MEMBER_ID);
                continue;
            };
            insured = true;
            let statement = Statement { insurer, symbol, number, branch, ..bare };
            self.said.identity(&mut self.reading.batches, &statement, &self.origin);
        }
        if !insured {
            self.said.identity(&mut self.reading.batches, &bare, &self.origin);
        }
        self.death();
        self.sweep(|key| {
            matches!(
                key,
                "active"
                    | "name"
                    | "telecom"
                    | "gender"
                    | "birthDate"
                    | "address"
                    | "contact"
                    | "deceasedDateTime"
                    | "deceasedBoolean"
                    | "generalPractitioner"
                    | "managingOrganization"
                    | "communication"
            )
        });
    }

    fn death(&mut self) {
        let resource = self.page.resource;
        let text = resource.text("deceasedDateTime");
        if text.is_empty() && resource.get("deceasedBoolean").as_bool() != Some(true) {
            return;
        }
        let day = self.date(text).and(Who::of(resource).death);
        let Some(origin) = self.origin(DataItem::Death) else { return };
        self.reading.batches.rows(death::TABLE).begin(&origin).date(death::DATE, day);
    }

    pub(super) fn coverage(&mut self) {
        let resource = self.page.resource;
        if matches!(resource.text("status"), "entered-in-error" | "cancelled" | "draft") {
            return self.add(&codes::STATUS);
        }
        let extension = |url: &str| {
            let found = resource.get("extension").items().find(|one| one.text("url") == url);
            found.map_or("", |one| one.text("valueString").trim())
        };
        let [mut symbol, mut number, mut branch] = [SYMBOL, NUMBER, BRANCH].map(extension);
        let mut insurer = self.insurer();
        for identifier in resource.get("identifier").items() {
            if systems::is_member_id(identifier.text("system"))
                && let Some(parts) = member(identifier.text("value"))
            {
                [insurer, symbol, number, branch] = parts;
            }
        }
        let relation = match Concept::of(resource.get("relationship"), ANY).coding.code {
            "" => "",
            "1" | "self" => "self",
            _ => "dependant",
        };
        let statement = Statement {
            patient_number: self.number,
            insurer,
            symbol,
            number,
            branch,
            relation,
            ..Statement::default()
        };
        if !(insurer.is_empty() && number.is_empty()) {
            self.said.identity(&mut self.reading.batches, &statement, &self.origin);
        }
        let period = resource.get("period");
        let from = self.date(period.text("start")).map(|when| when.day);
        let until = self.date(period.text("end")).map(|when| when.day);
        let kind = payer_kind(insurer);
        if let Some(origin) = self.origin(DataItem::Insurance) {
            self.reading
                .batches
                .rows(payer::TABLE)
                .begin(&origin)
                .date(payer::START, from)
                .date(payer::END, until)
                .text(payer::SOURCE, kind)
                .text(payer::RELATION, relation);
        }
        self.sweep(|key| {
            matches!(
                key,
                "type"
                    | "beneficiary"
                    | "dependent"
                    | "relationship"
                    | "period"
                    | "payor"
                    | "subscriberId"
                    | "subscriber"
                    | "policyHolder"
                    | "order"
                    | "network"
            )
        });
    }

    /// The number of the insurer: of the Organization that pays, wherever it stands.
    fn insurer(&mut self) -> &'x str {
        let payor = self.page.resource.first("payor");
        let reference = payor.text("reference");
        if let Some(organization) = self.scope.find(reference, self.page.resource) {
            return insurer_number(organization);
        }
        let identifier = payor.get("identifier");
        if systems::is_insurer(identifier.text("system")) {
            return identifier.text("value").trim();
        }
        let known = self.known.insurer(canonical(reference));
        if known.is_empty() && !reference.is_empty() {
            self.add(&codes::REFERENCE);
        }
        known
    }
}
