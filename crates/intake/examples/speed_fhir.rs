//! How fast the FHIR reader is on one core: `cargo run --release -p sudare-intake --example speed_fhir -- FILE [MB]`.
//!
//! Repeats the lines of an NDJSON file in memory, so that no disk is measured, and puts the bounds beside: finding
//! lines, checking UTF-8, and taking JSON apart without keeping anything.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measuring program")]

use sudare_intake::{Choice, Context, Counts, MemoryFiles, OpenGate, Sender, plan, read_unit};
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a file");
    let megabytes: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(500);
    let lines = std::fs::read(path).expect("a file that can be read");
    let mut bytes = Vec::with_capacity(megabytes * 1_000_000 + lines.len());
    while bytes.len() < megabytes * 1_000_000 {
        bytes.extend_from_slice(&lines);
        if !lines.ends_with(b"\n") {
            bytes.push(b'\n');
        }
    }
    bounds(&bytes);
    let size = bytes.len() as f64 / 1e6;
    let files = MemoryFiles::new(vec![("all.ndjson".to_owned(), bytes)]);
    let context = Context {
        provider: ProviderId::parse("speed").expect("a good id"),
        delivery: DeliveryId::parse("speed").expect("a good id"),
    };
    let gate = OpenGate::new(|_: &_| SubjectKey::from_bytes([7; 16]));
    let (plan, planned) = timed(|| plan(&files, &Sender::UNKNOWN, Choice::Auto));
    let (counts, read) = timed(|| {
        let mut counts = Counts::default();
        for unit in &plan.units {
            counts.merge(&read_unit(unit, &files, &gate, &context).counts);
        }
        counts
    });
    println!(
        "fhir: {size:.0} MB, {} units; plan {:.0} MB/s; read {:.0} MB/s, {:.0} records/s; both {:.0} MB/s",
        plan.units.len(),
        size / planned,
        size / read,
        counts.records as f64 / read,
        size / (planned + read),
    );
    println!("  rows {:?}\n  findings {:?}", counts.rows, counts.findings);
}

fn bounds(bytes: &[u8]) {
    let size = bytes.len() as f64 / 1e6;
    let (count, split) = timed(|| memchr::memchr_iter(b'\n', bytes).count());
    let (_, checked) = timed(|| std::str::from_utf8(bytes).expect("UTF-8").len());
    let (_, parsed) = timed(|| {
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            serde_json::from_slice::<serde::de::IgnoredAny>(line).expect("JSON");
        }
    });
    println!(
        "bounds: {count} lines; split {:.0} MB/s; UTF-8 {:.0} MB/s; JSON ignored {:.0} MB/s",
        size / split,
        size / checked,
        size / parsed
    );
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = cpu_seconds();
    let made = work();
    (made, cpu_seconds() - start)
}

/// Seconds this thread has been on a processor: a busy machine does not slow this clock.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel");
    let first = text.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    first.expect("nanoseconds") / 1e9
}
