//! Imaging studies: one row a series, under the keys that the headers of its images give as well.

use sudare_model::DataItem;
use sudare_model::table::Kind;

use super::chart::Chart;
use super::coded::{ACTS, Coding, Concept};
use super::codes;
use super::json::Value;
use crate::columns::{column, table};
use crate::key::visit_key;

impl<'t> Chart<'_, '_, 't> {
    pub(super) fn imaging(&mut self) {
        let resource = self.page.resource;
        if matches!(resource.text("status"), "entered-in-error" | "cancelled" | "registered") {
            return self.add(&codes::STATUS);
        }
        let when = self.date(resource.text("started"));
        let event = self.event(when);
        let procedure = match resource.first("procedureCode") {
            code if code.is_object() => self.concept(code, ACTS),
            _ => Concept::default(),
        };
        let study = uid(resource);
        self.note(self.page.kind, resource.text("description"), event);
        for series in resource.get("series").items() {
            let date = self.date(series.text("started"));
            let when = event.when.or(date);
            let counted = series.get("instance").items().count();
            let instances = match series.get("numberOfInstances") {
                number if number.is_missing() => i32::try_from(counted).ok(),
                number => self.number(number).and_then(whole),
            };
            let modality = Coding::of(series.get("modality"));
            let site = Coding::of(series.get("bodySite"));
            let side = Coding::of(series.get("laterality"));
            self.note(self.page.kind, series.text("description"), event);
            let Some(origin) = self.origin(DataItem::Images) else { continue };
            let rows = self.reading.batches.rows(IMAGE).begin(&origin);
            if let Some(visit) = event.visit {
                rows.key(VISIT, visit);
            }
            rows.key(STUDY, visit_key("study", &[study.as_bytes()]))
                .key(SERIES, visit_key("series", &[series.text("uid").as_bytes()]))
                .date(DATE, when.map(|when| when.day))
                .datetime(TIME, when.and_then(|when| when.second))
                .text(MODALITY, modality.label())
                .text(SITE, site.label())
                .text(SIDE, side.label())
                .text(PROCEDURE, procedure.coding.label())
                .text(PROCEDURE_SYSTEM, system(&procedure))
                .int(INSTANCES, instances);
        }
        self.sweep(|key| {
            matches!(
                key,
                "started"
                    | "series"
                    | "modality"
                    | "procedureCode"
                    | "description"
                    | "numberOfSeries"
                    | "numberOfInstances"
                    | "endpoint"
                    | "referrer"
                    | "interpreter"
            )
        });
    }
}

/// The study's DICOM UID among its identifiers: `urn:oid:` and the UID.
fn uid(study: Value<'_>) -> &str {
    let own = study.get("identifier").items().find(|one| one.text("system") == "urn:dicom:uid");
    let value = own.map_or("", |one| one.text("value"));
    value.strip_prefix("urn:oid:").unwrap_or(value)
}

fn system<'t>(procedure: &Concept<'t>) -> &'t str {
    if procedure.coding.label().is_empty() { "" } else { procedure.coding.word() }
}

/// A count.
fn whole(number: f64) -> Option<i32> {
    #[expect(clippy::cast_possible_truncation, reason = "within bounds")]
    (0.0..=1e6).contains(&number).then_some(number as i32)
}

const IMAGE: usize = table("image_occurrence");
const VISIT: usize = column(IMAGE, "visit_key", Kind::Int64);
const STUDY: usize = column(IMAGE, "study_key", Kind::Int64);
const SERIES: usize = column(IMAGE, "series_key", Kind::Int64);
const DATE: usize = column(IMAGE, "image_occurrence_date", Kind::Date);
const TIME: usize = column(IMAGE, "image_occurrence_datetime", Kind::DateTime);
const MODALITY: usize = column(IMAGE, "modality_source_value", Kind::Code);
const SITE: usize = column(IMAGE, "anatomic_site_source_value", Kind::Code);
const SIDE: usize = column(IMAGE, "laterality_source_value", Kind::Code);
const PROCEDURE: usize = column(IMAGE, "procedure_source_value", Kind::Code);
const PROCEDURE_SYSTEM: usize = column(IMAGE, "procedure_source_system", Kind::Code);
const INSTANCES: usize = column(IMAGE, "instances", Kind::Int32);
