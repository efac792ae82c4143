//! The summary of a stay, in the extended storage: a document that names the patient and that no fact stands in.

use sudare_model::time::Day;

use super::{Chart, Entry, Head, StoreError};
use crate::care::Problem;
use crate::period::digits;

/// LOINC of a discharge summary (退院時サマリー), as type and folder of the storage.
const KIND: &str = "18842-5^DISCHARGE-SUMMARY^LN";

impl Chart<'_> {
    /// Writes the summary on the day of discharge.
    pub(super) fn summary(
        &mut self,
        head: &Head<'_>,
        (admitted, discharged): (Day, Day),
        problem: &Problem,
    ) -> Result<(), StoreError> {
        let order = self.next_order();
        let written = &self.written;
        let note = self.stay.canary.map_or_else(String::new, |one| one.note());
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\n\
             <title>退院時サマリー</title><recordTarget><patientRole><id extension=\"{}\"/><patient>\
             <name>{}　{}</name><birthTime value=\"{}\"/></patient></patientRole></recordTarget>\n\
             <component><section><text>{}様。{admitted}、{}にて入院。{discharged}退院。{note}</text>\
             </section></component>\n</ClinicalDocument>\n",
            written.number,
            written.family,
            written.given,
            digits(written.birth),
            written.family,
            problem.illness.name,
        );
        self.store.document(&Entry::dated(KIND, head, discharged, &order), &text)
    }
}
