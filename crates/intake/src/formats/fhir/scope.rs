//! Where a reference leads within one JSON text: to an entry of the same Bundle, or to a contained resource.

use std::collections::HashMap;

use super::json::Value;
use super::known::canonical;

/// One entry of a Bundle.
#[derive(Clone, Copy)]
struct Entry<'t> {
    full_url: &'t str,
    resource: Value<'t>,
}

/// The entries of a Bundle; none for a resource that stands alone.
#[derive(Default)]
pub(super) struct Scope<'t> {
    entries: Vec<Entry<'t>>,
    by_url: HashMap<&'t str, usize>,
    by_id: HashMap<(&'t str, &'t str), usize>,
    /// The only Patient.
    pub(super) patient: Option<Value<'t>>,
    /// The only Encounter.
    encounter: Option<Entry<'t>>,
    /// The Composition of a document.
    pub(super) composition: Option<Value<'t>>,
}

impl<'t> Scope<'t> {
    /// The entries of a Bundle.
    pub(super) fn of(bundle: Value<'t>) -> Self {
        let mut scope = Self::default();
        let (mut patients, mut encounters) = (0, 0);
        for entry in bundle.get("entry").items() {
            let resource = entry.get("resource");
            let entry = Entry { full_url: entry.text("fullUrl"), resource };
            let at = scope.entries.len();
            let kind = resource.text("resourceType");
            if !entry.full_url.is_empty() {
                scope.by_url.entry(entry.full_url).or_insert(at);
            }
            if !resource.text("id").is_empty() {
                scope.by_id.entry((kind, resource.text("id"))).or_insert(at);
            }
            match kind {
                "Patient" => {
                    patients += 1;
                    scope.patient = Some(resource);
                }
                "Encounter" => {
                    encounters += 1;
                    scope.encounter = Some(entry);
                }
                "Composition" if scope.composition.is_none() => scope.composition = Some(resource),
                _ => {}
            }
            scope.entries.push(entry);
        }
        if patients != 1 {
            scope.patient = None;
        }
        // A referral names several encounters: then the Composition says which one it is about.
        if encounters != 1 {
            let own = scope.composition.map(|one| one.get("encounter").text("reference"));
            scope.encounter = own.and_then(|reference| scope.entry(reference));
        }
        scope
    }

    fn entry(&self, reference: &str) -> Option<Entry<'t>> {
        if reference.is_empty() {
            return None;
        }
        let at = self.by_url.get(reference).or_else(|| {
            let (kind, id) = canonical(reference).split_once('/')?;
            self.by_id.get(&(kind, id))
        })?;
        self.entries.get(*at).copied()
    }

    /// What a reference leads to: a resource contained in `resource`, or an entry.
    pub(super) fn find(&self, reference: &str, resource: Value<'t>) -> Option<Value<'t>> {
        match reference.strip_prefix('#') {
            Some(id) => {
                resource.get("contained").items().find(|one| !id.is_empty() && one.text("id") == id)
            }
            None => self.entry(reference).map(|entry| entry.resource),
        }
    }

    /// The encounter that the whole Bundle is about, with its URL.
    pub(super) fn encounter(&self) -> Option<(Value<'t>, &'t str)> {
        self.encounter.map(|entry| (entry.resource, entry.full_url))
    }

    /// The URL of the entry that a reference leads to.
    pub(super) fn url(&self, reference: &str) -> Option<(Value<'t>, &'t str)> {
        self.entry(reference).map(|entry| (entry.resource, entry.full_url))
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::Tape;
    use super::*;

    #[test]
    fn references_lead_to_entries_by_url_or_id_and_to_contained_resources() {
        let text = r#"{"resourceType":"Bundle","entry":[
            {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"p"}},
            {"fullUrl":"https://h/fhir/Encounter/e","resource":{"resourceType":"Encounter","id":"e"}},
            {"resource":{"resourceType":"Observation","contained":[{"resourceType":"Specimen","id":"s"}]}}]}"#;
        let mut tape = Tape::default();
        let root = tape.read(text).unwrap();
        let scope = Scope::of(root);
        let last = root.get("entry").items().last().unwrap().get("resource");
        let kind = |reference: &str| {
            scope.find(reference, last).map(|value| value.text("resourceType").to_owned())
        };
        assert_eq!(kind("urn:uuid:1").as_deref(), Some("Patient"));
        assert_eq!(kind("Patient/p").as_deref(), Some("Patient"));
        assert_eq!(kind("Encounter/e").as_deref(), Some("Encounter"));
        assert_eq!(kind("#s").as_deref(), Some("Specimen"));
        assert_eq!(kind("#x"), None);
        assert_eq!(kind(""), None);
        assert!(scope.patient.is_some() && scope.encounter().is_some());
    }
}
