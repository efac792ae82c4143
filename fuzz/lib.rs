//! What every target does: read bytes as one file of a delivery, and hold what must hold of any bytes.

use sudare_intake::dimse::{self, Request, Status, Uid};
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

/// Reads a command of a DICOM message, and the same bytes as the beginning of a data set. Panics where an answer does
/// not read as the command it is.
pub fn message(bytes: &[u8]) {
    if let Ok(request) = Request::read(bytes) {
        let answer = dimse::answer(&request, Status::TOO_LARGE);
        let answered = Request::read(&answer);
        assert!(answer.is_empty() || answered.is_err(), "an answer is no request");
        assert_eq!(answer.len() % 2, 0);
    }
    let uid = |text: &str| Uid::parse(text.as_bytes()).expect("a good UID");
    let (class, instance) = (uid("1.2.840.10008.5.1.4.1.1.2"), uid("1.2.3.4.55"));
    for syntax in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"] {
        let whole = dimse::fit(bytes, true, &uid(syntax), &class, &instance);
        let part = dimse::fit(bytes, false, &uid(syntax), &class, &instance);
        let deflated = syntax.ends_with(".99");
        assert!(deflated || whole == part || part == dimse::Fit::Fits, "more bytes make it worse");
    }
}
