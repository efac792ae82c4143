//! Extra files as real storages have them: nothing in them is a fact (formats.md 7.3, deviations).
//!
//! Each is listed in `truth/messy.csv`, so that a test can expect its finding.

use sudare_model::time::Day;

use super::{Chart, Entry, Head, StoreError};
use crate::care::Visit;
use crate::chunk::person_id;

impl Chart<'_> {
    /// Adds at most one kind of mess, for about one patient in forty.
    pub(super) fn mess(&mut self, visits: &[Visit]) -> Result<(), StoreError> {
        let Some(day) = visits.first().map(|one| one.day) else { return Ok(()) };
        let throw = self.dice.unit();
        if self.stay.canary.is_some() {
            return Ok(());
        }
        let head = self.head(day, false, "01");
        match throw {
            t if t < 0.005 => self.empty(&head, day),
            t if t < 0.008 => self.not_hl7(&head, day),
            t if t < 0.014 => self.other_patient(&head, day),
            t if t < 0.017 => self.other_birth(&head, day),
            t if t < 0.024 => self.misplaced(&head, day),
            t if t < 0.027 => self.bare_segments(&head, day),
            _ => Ok(()),
        }
    }

    fn note(&mut self, word: &'static str, file: &str) {
        self.chunk.count(self.stay.at, word);
        self.chunk.count(self.stay.at, "files");
        let row = format!(
            "{},{},{},{word},{file}\n",
            person_id(self.stay.person.no),
            self.stay.provider.id,
            self.written.number
        );
        self.chunk.messy.extend_from_slice(row.as_bytes());
    }

    fn empty(&mut self, head: &Head<'_>, day: Day) -> Result<(), StoreError> {
        let order = self.next_order();
        let file = self.store.write_bytes(&Entry::dated("OML-11", head, day, &order), b"")?;
        self.note("empty", &file);
        Ok(())
    }

    fn not_hl7(&mut self, head: &Head<'_>, day: Day) -> Result<(), StoreError> {
        let order = self.next_order();
        let entry = Entry::dated("OMP-01", head, day, &order);
        let file = self.store.write_bytes(&entry, &[0xFB, 0xFC, 0x0D, 0x0A])?;
        self.note("not_hl7", &file);
        Ok(())
    }

    /// PID-3 of somebody else.
    fn other_patient(&mut self, head: &Head<'_>, day: Day) -> Result<(), StoreError> {
        let order = self.next_order();
        let mut message = self.message(head, "ADT^A04^ADT_A01");
        message.event();
        let stranger: String = self.written.number.chars().rev().collect();
        let stranger = if stranger == self.written.number { "0000001".into() } else { stranger };
        message.line(&format!(
            "PID|0001||{stranger}^^^^PI||仮名^別人^^^^^L^I~カメイ^ベツジン^^^^^L^P||19500101|M"
        ));
        message.visit(Some(&head.stamp()), None);
        let entry = Entry::dated("ADT-12", head, day, &order);
        let file = self.store.write(&entry, message.text())?;
        self.note("pid_mismatch", &file);
        Ok(())
    }

    /// A birth date ten years off.
    fn other_birth(&mut self, head: &Head<'_>, day: Day) -> Result<(), StoreError> {
        let order = self.next_order();
        let birth = self.written.birth;
        self.written.birth = birth.plus(-3_653);
        let mut message = self.message(head, "ADT^A04^ADT_A01");
        self.written.birth = birth;
        message.event().patient().visit(Some(&head.stamp()), None);
        let entry = Entry::dated("ADT-12", head, day, &order);
        let file = self.store.write(&entry, message.text())?;
        self.note("birth_conflict", &file);
        Ok(())
    }

    /// A file that is called OML-11 and lies with the prescriptions; it repeats no result.
    fn misplaced(&mut self, head: &Head<'_>, day: Day) -> Result<(), StoreError> {
        let order = self.next_order();
        let mut message = self.message(head, "OUL^R22^OUL_R22");
        message.patient().visit(None, None);
        let entry = Entry::dated("OML-11", head, day, &order).misplaced("OMP-01");
        let file = self.store.write(&entry, message.text())?;
        self.note("wrong_folder", &file);
        Ok(())
    }

    /// Segments without fields, and one shifted by one field.
    fn bare_segments(&mut self, head: &Head<'_>, day: Day) -> Result<(), StoreError> {
        let order = self.next_order();
        let mut message = self.message(head, "RDE^O11^RDE_O11");
        message.patient().line("PV1").line("ORC").line("RXE").line("TQ1|1|||||||||20240401");
        let entry = Entry::dated("OMP-01", head, day, &order);
        let file = self.store.write(&entry, message.text())?;
        self.note("bare_segments", &file);
        Ok(())
    }
}
