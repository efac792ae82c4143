//! Imaging studies: one row a series, under the keys that the headers of its images give as well.

use sudare_model::DataItem;

use super::chart::Chart;
use super::coded::{ACTS, Coding, Concept};
use super::codes;
use super::json::Value;
use crate::columns::clinical::image;

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
            let rows = self.reading.batches.rows(image::TABLE).begin(&origin);
            if let Some(visit) = event.visit {
                rows.key(image::VISIT, visit);
            }
            rows.key(image::STUDY, visit_key("study", &[study.as_bytes()]))
                .key(image::SERIES, visit_key("series", &[series.text("uid").as_bytes()]))
                .date(image::DATE, when.map(|when| when.day))
                .datetime(image::TIME, when.and_then(|when| when.second))
                .text(image::MODALITY, modality.label())
                .text(image::SITE, site.label())
                .text(image::SIDE, side.label())
                .text(image::PROCEDURE, procedure.coding.label())
                .text(image::PROCEDURE_SYSTEM, system(&procedure))
                .int(image::INSTANCES, instances);
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
