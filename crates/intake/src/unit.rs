//! Reading one unit of work: what every format shares while it reads.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;
use std::ops::Range;

use sudare_identity::{Revealing, SourcePatientId};
use sudare_model::finding::FindingCode;
use sudare_model::{Admission, Finding, Place};

use crate::columns::Batches;
use crate::files::Files;
use crate::findings::{self, Findings};
use crate::formats;
use crate::gate::{Asked, Gate, Life};
use crate::outcome::{Context, Counts, Kept, Refused, UnitOutcome};
use crate::plan::{Span, WorkUnit};

/// Reads one unit. Never fails: what cannot be read is a finding.
#[must_use]
pub fn read_unit(
    unit: &WorkUnit,
    files: &dyn Files,
    gate: &dyn Gate,
    context: &Context,
) -> UnitOutcome {
    let found = formats::ALL.iter().find(|format| format.name() == unit.format);
    let mut reading = Reading {
        files,
        gate,
        context,
        batches: Batches::new(context, found.map_or(0, |format| format.record_type())),
        findings: Findings::default(),
        counts: Counts::default(),
        kept: Vec::new(),
        unread: Vec::new(),
        refused: BTreeSet::new(),
        previous: None,
    };
    if let Some(format) = found {
        format.read(unit, &mut reading);
    }
    reading.finish()
}

/// A unit being read.
pub(crate) struct Reading<'a> {
    files: &'a dyn Files,
    gate: &'a dyn Gate,
    context: &'a Context,
    pub(crate) batches: Batches,
    pub(crate) findings: Findings,
    pub(crate) counts: Counts,
    kept: Vec<Kept>,
    unread: Vec<Finding>,
    refused: BTreeSet<Refused>,
    previous: Option<(SourcePatientId, Life, Admission)>,
}

impl Reading<'_> {
    /// The path of a file.
    pub(crate) fn path(&self, file_no: u32) -> Cow<'_, str> {
        self.files.path(file_no)
    }

    /// Asks the gate for a patient unit that is all or part of these files, counts the answer and lists what it
    /// refuses.
    pub(crate) fn admission(
        &mut self,
        number: &str,
        life: Life,
        files: impl IntoIterator<Item = u32>,
    ) -> Admission {
        let admission = self.ask(number, life);
        self.count(&admission, files);
        admission
    }

    /// Counts an answer of the gate for a patient unit that is all or part of these files, and lists what it refuses.
    pub(crate) fn count(&mut self, admission: &Admission, files: impl IntoIterator<Item = u32>) {
        self.counts.units += 1;
        self.counts.refused += u64::from(admission.is_refused());
        // A gate answers item by item; a unit counts once for a rule and track, however many items it refuses.
        let refusals: BTreeSet<_> =
            admission.refusals().iter().map(|one| (one.rule, one.track)).collect();
        for one in refusals {
            *self.counts.refusals.entry(one).or_default() += 1;
        }
        if !admission.is_everything() {
            self.list(admission, files, false);
        }
    }

    /// Whether a patient's parts are set aside because of what was received before.
    pub(crate) fn is_disputed(&self, admission: &Admission) -> bool {
        self.gate.is_disputed(admission.subject())
    }

    /// Lists parts of files that were set aside because the patient's records contradict each other.
    pub(crate) fn dispute(&mut self, admission: &Admission, files: impl IntoIterator<Item = u32>) {
        self.list(admission, files, true);
    }

    fn list(
        &mut self,
        admission: &Admission,
        files: impl IntoIterator<Item = u32>,
        disputed: bool,
    ) {
        let (subject, admitted) = (admission.subject(), admission.mask());
        let listed = |file_no| Refused { file_no, subject, admitted, disputed };
        self.refused.extend(files.into_iter().map(listed));
    }

    /// Asks the gate without counting: before anything else is known of a patient, and for a second number found
    /// beside the first.
    pub(crate) fn ask(&mut self, number: &str, life: Life) -> Admission {
        let patient =
            SourcePatientId::new(self.context.provider.clone(), Revealing::new(number.to_owned()));
        if let Some((known, lived, admission)) = &self.previous
            && (known, *lived) == (&patient, life)
        {
            return admission.clone();
        }
        let admission = self.gate.admission(&Asked { patient: &patient, life });
        self.previous = Some((patient, life, admission.clone()));
        admission
    }

    /// Reads a span into a buffer (cleared first). A file that shrank, grew past the span's end where the span ends
    /// the file, or cannot be read is a finding, and nothing of it is used.
    pub(crate) fn load(&mut self, span: &Span, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        match self.fill(span, buffer) {
            Ok(()) => {
                self.counts.bytes += span.end.saturating_sub(span.start);
                true
            }
            Err(code) => {
                buffer.clear();
                let place = Place::file(span.file_no);
                self.findings.add(code, place.clone());
                self.unread.push(Finding { code, place });
                false
            }
        }
    }

    /// Reads a span that is loaded later into a buffer (cleared first): neither counted nor, where it cannot be read, a
    /// finding.
    pub(crate) fn look(&self, span: &Span, buffer: &mut Vec<u8>) -> bool {
        buffer.clear();
        self.fill(span, buffer).is_ok()
    }

    /// Opens a file to look at its beginning; one that cannot be opened is a finding.
    pub(crate) fn open(&mut self, file_no: u32) -> Option<Box<dyn Read + Send>> {
        match self.files.open(file_no) {
            Ok(file) => Some(file),
            Err(error) => {
                let (code, place) = (findings::unopened(error), Place::file(file_no));
                self.findings.add(code, place.clone());
                self.unread.push(Finding { code, place });
                None
            }
        }
    }

    fn fill(&self, span: &Span, buffer: &mut Vec<u8>) -> Result<(), &'static FindingCode> {
        let length = span.end.saturating_sub(span.start);
        buffer.reserve(usize::try_from(length).unwrap_or_default());
        // One byte more than planned shows a file that grew; a span inside a file stops at its end.
        let ends_file = span.end == self.files.len(span.file_no);
        let limit = length + u64::from(ends_file);
        let read = self.files.read_at(span.file_no, span.start, limit, buffer);
        let read = read.map_err(findings::unloaded)?;
        if read as u64 != length {
            return Err(&findings::CHANGED);
        }
        // A reader that stops inside a file does not see whether it is still the file that was listed.
        if !ends_file {
            self.files.open(span.file_no).map(drop).map_err(findings::unopened)?;
        }
        Ok(())
    }

    /// Notes bytes to keep; adjoining ranges of one file become one.
    pub(crate) fn keep(&mut self, file_no: u32, range: Range<u64>, quarantined: bool) {
        // A file has at most two entries, and they are the last ones.
        let mut recent = self.kept.iter_mut().rev().take(2);
        let same = recent.find(|one| one.file_no == file_no && one.quarantined == quarantined);
        if let Some(last) = same {
            match last.ranges.last_mut() {
                Some(end) if end.end == range.start => end.end = range.end,
                _ => last.ranges.push(range),
            }
            return;
        }
        self.kept.push(Kept { file_no, ranges: vec![range], quarantined });
    }

    fn finish(self) -> UnitOutcome {
        let mut counts = self.counts;
        counts.quarantined += self.findings.quarantined();
        let (findings, by_code) = self.findings.finish();
        counts.findings = by_code;
        let (content, identity) = self.batches.finish();
        let refused = self.refused.into_iter().collect();
        let mut kept = self.kept;
        kept.iter_mut().for_each(|one| put_in_order(&mut one.ranges));
        for (table, batch) in &content {
            counts.rows.insert(table.name, batch.num_rows() as u64);
        }
        if let Some(batch) = &identity {
            counts.rows.insert(sudare_identity::table::IDENTITY, batch.num_rows() as u64);
        }
        UnitOutcome { content, identity, findings, kept, unread: self.unread, refused, counts }
    }
}

/// Sorts ranges that do not overlap, and joins those that adjoin: a blank line within a claim is noted before the claim
/// is.
fn put_in_order(ranges: &mut Vec<Range<u64>>) {
    if ranges.is_sorted_by_key(|range| range.start) {
        return;
    }
    ranges.sort_unstable_by_key(|range| range.start);
    ranges.dedup_by(|next, last| {
        let adjoins = last.end == next.start;
        if adjoins {
            last.end = next.end;
        }
        adjoins
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_ranges_ascend_in_whatever_order_they_were_noted() {
        let mut ranges = vec![0..2, 7..9, 2..4, 4..7, 11..12];
        put_in_order(&mut ranges);
        assert_eq!(ranges, [0..9, 11..12]);
    }
}
