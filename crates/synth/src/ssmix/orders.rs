//! Prescriptions (OMP-01), injections (OMP-02) and imaging (OMG-01, OMG-11).

use sudare_model::code::CodeSystem;
use sudare_model::time::Day;

use super::{Chart, Entry, Flag, StoreError};
use crate::care::taken;
use crate::chunk::Fact;
use crate::codes::{Course, Drug, Form};
use crate::dicom::Study;
use crate::period::digits;

impl Chart<'_> {
    /// OMP-01: what the person takes for every problem under care here.
    pub(super) fn prescribe(
        &mut self,
        day: Day,
        inside: bool,
        days: u32,
    ) -> Result<(), StoreError> {
        let (at, person) = (self.stay.at, self.stay.person.no);
        let mut drugs = taken(self.stay.plan, at, day, person);
        drugs.truncate(6);
        if drugs.is_empty() {
            return Ok(());
        }
        let order = self.next_order();
        let head = self.head(day, inside, "01");
        let mut message = self.message(&head, "RDE^O11^RDE_O11");
        message.patient_full().visit(None, None);
        let mut amounts = Vec::new();
        for drug in &drugs {
            let amount = supply(drug, days);
            message.order(&order, true, "01");
            self.drug(&mut message, drug, amount, days, day);
            amounts.push(amount.to_string());
        }
        let entry = Entry::dated("OMP-01", &head, day, &order);
        if self.dice.chance(0.03) {
            // Taken back: the order, flag 0, and the deletion beside it; no fact stands in them.
            let gone = self.next_order();
            let entry = Entry::dated("OMP-01", &head, day, &gone).flagged(Flag::Deleted);
            self.put(&entry, &message)?;
        }
        let file = self.put(&entry, &message)?;
        for (drug, amount) in drugs.iter().zip(&amounts) {
            let (system, code) = self.drug_code(drug);
            let fact = Fact {
                kind: "drug",
                day,
                system: Some(system),
                code,
                value: amount,
                unit: drug.unit.0,
            };
            self.fact(&file, &fact);
        }
        Ok(())
    }

    /// HOT9, or YJ in every third hospital.
    fn drug_code(&self, drug: &'static Drug) -> (CodeSystem, &'static str) {
        if self.stay.provider.no % 3 == 2 {
            (CodeSystem::Yj, drug.yj)
        } else {
            (CodeSystem::Hot9, drug.hot9)
        }
    }

    /// RXE, TQ1 and RXR of one drug.
    fn drug(
        &self,
        message: &mut super::Message,
        drug: &'static Drug,
        amount: u32,
        days: u32,
        day: Day,
    ) {
        let (system, code) = self.drug_code(drug);
        let (unit, unit_name) = drug.unit;
        let (usage, times) = match drug.daily {
            0 | 1 => ("1011000400000000&内服・経口・１日１回朝食後&JAMISDP01", 1),
            2 => ("1012040400000000&内服・経口・１日２回朝夕食後&JAMISDP01", 2),
            _ => ("1013044400000000&内服・経口・１日３回朝昼夕食後&JAMISDP01", 3),
        };
        let dose = if drug.daily.is_multiple_of(times) {
            (drug.daily / times).to_string()
        } else {
            format!("{:.2}", f64::from(drug.daily) / f64::from(times))
        };
        let (usage, form, route) = match drug.form {
            Form::External => {
                ("2B70000000000000&外用・１日１回&JAMISDP01", "EXT^外用剤", "AP^外用")
            }
            _ => (usage, "TAB^錠剤", "PO^口"),
        };
        message.line(&format!(
            "RXE||{code}^{}^{}|{dose}||{unit}^{unit_name}^MR9P|{form}^MR9P||||{amount}\
             |{unit}^{unit_name}^MR9P||||||||{}^{unit}&{unit_name}&MR9P\
             ||OHP^外来処方^MR9P~OHI^院内処方^MR9P",
            drug.name,
            system.word(),
            drug.daily
        ));
        message.line(&format!("TQ1|1||{usage}|||{days}^d|{}", digits(day)));
        message.line(&format!("RXR|{route}^HL70162"));
    }

    /// OMP-02: a drip, its drugs in RXC.
    pub(super) fn inject(
        &mut self,
        day: Day,
        inside: bool,
        drugs: &[&'static Drug],
    ) -> Result<(), StoreError> {
        let order = self.next_order();
        let head = self.head(day, inside, "01");
        let mut message = self.message(&head, "RDE^O11^RDE_O11");
        message.patient_full().visit(None, None).order(&order, true, "01");
        message.line("RXE||00^一般^99I02|500||ML^ミリリットル^MR9P|INJ^注射剤^MR9P|||||||||||||||IHP^入院処方^MR9P");
        let stamp = digits(day);
        message.line(&format!("TQ1|1||||||{stamp}0900|{stamp}1300"));
        message.line("RXR|IV^静脈内^HL70162||IVP^点滴ポンプ^HL70164");
        for (at, drug) in drugs.iter().enumerate() {
            let (system, code) = self.drug_code(drug);
            let role = if at == 0 { "A" } else { "B" };
            let (unit, unit_name) = drug.unit;
            message.line(&format!(
                "RXC|{role}|{code}^{}^{}|{}|{unit}^{unit_name}^MR9P",
                drug.name,
                system.word(),
                drug.daily
            ));
        }
        let file = self.put(&Entry::dated("OMP-02", &head, day, &order), &message)?;
        for drug in drugs {
            let (system, code) = self.drug_code(drug);
            let value = drug.daily.to_string();
            let fact = Fact {
                kind: "drug",
                day,
                system: Some(system),
                code,
                value: &value,
                unit: drug.unit.0,
            };
            self.fact(&file, &fact);
        }
        Ok(())
    }

    /// OMG-01 and OMG-11: an imaging order and its performance.
    pub(super) fn image(
        &mut self,
        day: Day,
        inside: bool,
        course: &'static Course,
    ) -> Result<(), StoreError> {
        let Some((code, name, modality)) = course.order else { return Ok(()) };
        let order = self.next_order();
        let head = self.head(day, inside, "01");
        let mut message = self.message(&head, "OMG^O19^OMG_O19");
        message.patient_full().visit(None, None).order(&order, false, "01");
        message.line("TQ1|1||||||||R^^HL70485");
        let doctor = message.doctor().to_owned();
        let act = format!("OBR||{order}||{code}^{name}^JJ1017");
        message.line(&format!("{act}||||||||||||{doctor}"));
        message.line("OBX||NM|01-02^体重^JSHR001||62|kg^kg^ISO+|||||F");
        let file = self.put(&Entry::dated("OMG-01", &head, day, &order), &message)?;
        let fact =
            |kind| Fact { kind, day, system: Some(CodeSystem::Jj1017), code, value: "1", unit: "" };
        self.fact(&file, &fact("order"));
        let mut message = self.message(&head, "OMI^Z23^OMI_Z23");
        message.patient_full().visit(None, None).order(&order, false, "01");
        message.line("TQ1|1||||||||R^^HL70485");
        let stamp = head.stamp();
        message.line(&format!("{act}|||{}|||||||||{doctor}||||||{stamp}|||F", digits(day)));
        message.line(&format!("ZE1|1|RS|{code}^{name}^JJ1017|1"));
        let exposed = matches!(modality, "CT" | "CR" | "DX" | "XA" | "RF" | "MG");
        if exposed {
            message.line("ZE2|1|120^kV|200^mA|||1");
        }
        let uid = format!("1.2.392.999999.{}.{}", self.stay.provider.no + 1, self.order);
        message.line(&format!("IPC|A{order}|P{}|{uid}||{modality}^^DCM", self.order));
        let file = self.put(&Entry::dated("OMG-11", &head, day, &order), &message)?;
        self.fact(&file, &fact("procedure"));
        let study =
            Fact { kind: "image", system: None, code: modality, value: &uid, ..fact("image") };
        self.fact(&file, &study);
        for (code, value, unit) in
            [("ZE2-2", "120", "kV"), ("ZE2-3", "200", "mA"), ("ZE2-6", "1", "")]
        {
            if exposed {
                let (kind, system) = ("lab", Some(CodeSystem::Local));
                self.fact(&file, &Fact { kind, day, system, code, value, unit });
            }
        }
        if self.stay.provider.dpc {
            let accession = format!("A{order}");
            let seconds = stamp.get(8..14).unwrap_or("120000").to_owned();
            let study = Study {
                written: &self.written,
                day,
                time: &seconds,
                uid: &uid,
                accession: &accession,
                procedure: (code, name),
                modality,
                institution: &self.stay.provider.name,
                person: self.stay.person.no,
            };
            let month = digits(day).get(..6).unwrap_or_default().to_owned();
            let file = self.store.archive(&study, &format!("dicom/{month}/{order}"))?;
            let fact =
                Fact { kind: "image", day, system: None, code: modality, value: &uid, unit: "" };
            self.fact(&file, &fact);
        }
        Ok(())
    }
}

/// Units handed out for so many days.
fn supply(drug: &Drug, days: u32) -> u32 {
    match drug.form {
        Form::Oral => drug.daily * days.max(1),
        _ => drug.daily * (days / 14).max(1),
    }
}
