//! The summary of a stay, in the extended storage: a clinical document (CDA R2) that names the patient in its header
//! and in its text.

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::{Chart, Entry, Head, StoreError};
use crate::care::Problem;
use crate::chunk::Fact;
use crate::period::digits;

/// LOINC of a discharge summary (退院時サマリー).
const CODE: &str = "18842-5";
/// The same, as type and folder of the storage.
const KIND: &str = "18842-5^DISCHARGE-SUMMARY^LN";

impl Chart<'_> {
    /// Writes the summary on the day of discharge.
    pub(super) fn summary(
        &mut self,
        head: &Head<'_>,
        stay: (Day, Day),
        problem: &Problem,
    ) -> Result<(), StoreError> {
        let order = self.next_order();
        let text = self.summary_text(stay, problem);
        let day = stay.1;
        let file = self.store.document(&Entry::dated(KIND, head, day, &order), &text)?;
        let system = Some(CodeSystem::Loinc);
        let fact = Fact { kind: "note", day, system, code: CODE, value: "", unit: "" };
        self.fact(&file, &fact);
        Ok(())
    }

    fn summary_text(&self, (admitted, discharged): (Day, Day), problem: &Problem) -> String {
        let written = &self.written;
        let note = self.stay.canary.map_or_else(String::new, |one| one.note());
        let (from, until) = (digits(admitted), digits(discharged));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\n\
             <code code=\"{CODE}\" codeSystem=\"2.16.840.1.113883.6.1\"/><title>退院時サマリー</title>\
             <effectiveTime value=\"{until}\"/>\n\
             <recordTarget><patientRole><id root=\"1.2.392.200119.6.102\" extension=\"{}\"/><patient>\
             <name>{}　{}</name><birthTime value=\"{}\"/></patient></patientRole></recordTarget>\n\
             <documentationOf><serviceEvent classCode=\"ACCM\"><effectiveTime><low value=\"{from}\"/>\
             <high value=\"{until}\"/></effectiveTime></serviceEvent></documentationOf>\n\
             <component><structuredBody>\n\
             <component><section><title>入院経過</title><text><paragraph>{}様。{admitted}、{}にて入院。\
             {discharged}退院。{note}</paragraph></text></section></component>\n\
             <component><section><title>診断</title><text><table><tbody><tr><th>病名</th><th>ICD-10</th>\
             </tr><tr><td>{}</td><td>{}</td></tr></tbody></table></text></section></component>\n\
             </structuredBody></component>\n</ClinicalDocument>\n",
            written.number,
            written.family,
            written.given,
            digits(written.birth),
            written.family,
            problem.illness.name,
            problem.illness.name,
            problem.illness.icd10,
        )
    }
}
