//! What every target does: read bytes as one file of a delivery, and hold what must hold of any bytes.

use sudare_intake::{Choice, Context, MemoryFiles, OpenGate, Sender, plan, read_unit};
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

/// Reads a file of a format. Panics where a reader breaks its word: a row without its columns cannot be built, a kept
/// range lies outside the file, or a file vanished without a row and without a finding.
pub fn read(format: &'static str, path: &str, bytes: &[u8]) {
    let files = MemoryFiles::new(vec![(path.to_owned(), bytes.to_vec())]);
    let context = Context {
        provider: ProviderId::parse("fuzz").expect("a good id"),
        delivery: DeliveryId::parse("fuzz").expect("a good id"),
    };
    let subject = |_: &sudare_identity::SourcePatientId| SubjectKey::from_bytes([1; 16]);
    let gate = OpenGate::new(subject);
    let plan = plan(&files, &Sender::UNKNOWN, Choice::Named(format));
    let (mut rows, mut findings) = (0, plan.findings.len());
    for unit in &plan.units {
        let outcome = read_unit(unit, &files, &gate, &context);
        rows += outcome.counts.rows.values().sum::<u64>();
        findings += outcome.findings.len();
        for range in outcome.kept.iter().flat_map(|kept| &kept.ranges) {
            assert!(range.start <= range.end && range.end <= bytes.len() as u64);
        }
    }
    assert!(rows > 0 || findings > 0, "a file vanished");
}
