//! How fast the readers are on one core, beside what bounds them.
//!
//! `SUDARE_BENCH_REGION=FOLDER cargo bench -p sudare-intake --bench readers` reads the deliveries of a region that
//! `sudare synth` wrote; `SUDARE_BENCH_FILES=FOLDER` reads a folder as one delivery; without either a region of 1,500
//! people is made. `SUDARE_BENCH_FORMATS=fhir,uke` reads these formats only. What a format has less than
//! `SUDARE_BENCH_MEGABYTES` (500) of is read again until it is that much. Files are in memory and unpacked before the
//! clock starts, and the clock is the processor's time of this thread: neither the disk nor a busy machine is measured.
//! Every figure stands beside two bounds over the same bytes in the same run, see [`bounds`]. Run by `cargo test` it
//! takes 40 people and holds every reader to reading some of it.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measuring program")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudare_identity::SourcePatientId;
use sudare_intake::archive::{Limits, unpack};
use sudare_intake::formats::names;
use sudare_intake::{Choice, Context, Counts, MemoryFiles, OpenGate, Sender, plan, read_unit};
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

#[path = "readers/bounds.rs"]
mod bounds;

fn main() {
    let measured = std::env::args().any(|word| word == "--bench");
    let given = |name| std::env::var_os(name).map(PathBuf::from).filter(|_| measured);
    let made = tempfile::tempdir().expect("a folder");
    let deliveries = match (given("SUDARE_BENCH_REGION"), given("SUDARE_BENCH_FILES")) {
        (_, Some(folder)) => vec![folder],
        (Some(region), None) => entries(&region.join("deliveries")),
        (None, None) => {
            let persons = if measured { 1_500 } else { 40 };
            let region = made.path().join("region");
            sudare_synth::write(&sudare_synth::Region::new(persons, 1), &region, &|_| ())
                .expect("a region");
            entries(&region.join("deliveries"))
        }
    };
    let megabytes = std::env::var("SUDARE_BENCH_MEGABYTES").ok();
    let megabytes = megabytes.and_then(|text| text.parse().ok()).unwrap_or(500);
    let wanted: usize = if measured { megabytes * 1_000_000 } else { 0 };
    let only = std::env::var("SUDARE_BENCH_FORMATS").unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
    let rounds = if measured { 3 } else { 1 };
    for format in names().filter(|name| only.is_empty() || only.contains(name)) {
        let files = by_format(&deliveries, format);
        if files.is_empty() {
            println!("{format:>9} skipped: no file of it");
        } else {
            measure(format, files, wanted, rounds);
        }
    }
}

/// The files of one format that one provider delivered.
struct Delivery {
    provider: ProviderId,
    files: Vec<(String, Vec<u8>)>,
}

/// Every delivery's files of a format, unpacked.
fn by_format(deliveries: &[PathBuf], format: &str) -> Vec<Delivery> {
    let mut found = Vec::new();
    for folder in deliveries {
        let files = MemoryFiles::new(below(folder));
        let (files, _findings) = unpack(Arc::new(files), Vec::new(), Limits::DEFAULT);
        let plan = plan(&*files, &Sender::UNKNOWN, Choice::Auto);
        let units = plan.units.iter().filter(|unit| unit.format == format);
        let spans = units.flat_map(|unit| unit.spans.iter());
        let numbers: BTreeMap<u32, ()> = spans.map(|span| (span.file_no, ())).collect();
        let taken = numbers.into_keys().map(|file_no| {
            let mut bytes = Vec::new();
            files.open(file_no).expect("a file").read_to_end(&mut bytes).expect("its bytes");
            (files.path(file_no).into_owned(), bytes)
        });
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let provider = ProviderId::parse(name);
        let provider = provider.or_else(|_| ProviderId::parse("bench")).expect("a good id");
        let files: Vec<_> = taken.collect();
        if !files.is_empty() {
            found.push(Delivery { provider, files });
        }
    }
    found
}

/// All files below a folder, by their path in it.
fn below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(open) = folders.pop() {
        for path in entries(&open) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below").to_string_lossy();
                files.push((name.into_owned(), std::fs::read(&path).expect("a readable file")));
            }
        }
    }
    files
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// One line for each of the reader and its bounds: the best of so many rounds.
fn measure(format: &'static str, deliveries: Vec<Delivery>, wanted: usize, rounds: usize) {
    let whole = deliveries.iter().flat_map(|one| &one.files).map(|(_, bytes)| &**bytes);
    let whole: Vec<&[u8]> = whole.collect();
    let count = whole.len();
    let once: usize = whole.iter().map(|bytes| bytes.len()).sum();
    let times = wanted.div_ceil(once).max(1);
    let megabytes = (once * times) as f64 / 1e6;
    let once = once as f64 / 1e6;
    println!("{format:>9} {megabytes:.1} MB: {once:.1} MB in {count} files, {times} times");
    let best = |work: &mut dyn FnMut() -> u64| {
        let each = (0..rounds).map(|_| {
            let start = cpu_seconds();
            let records: u64 = (0..times).map(|_| black_box(work())).sum();
            (cpu_seconds() - start, records)
        });
        each.min_by(|left, right| left.0.total_cmp(&right.0)).expect("a round")
    };
    let tell = |what: &str, (seconds, records): (f64, u64)| {
        let (speed, rate) = (megabytes / seconds, records as f64 / seconds);
        println!("{format:>9} {what:<34} {speed:8.1} MB/s {rate:12.0} records/s");
    };
    for (what, bound) in bounds::of(format) {
        tell(what, best(&mut || whole.iter().map(|bytes| bound(bytes)).sum()));
    }
    let inputs: Vec<_> =
        deliveries.into_iter().map(|one| (one.provider, MemoryFiles::new(one.files))).collect();
    let mut counts = Counts::default();
    let taken = best(&mut || {
        counts = Counts::default();
        inputs.iter().for_each(|(provider, files)| read(format, provider, files, &mut counts));
        counts.records
    });
    tell("read", taken);
    let rows: u64 = counts.rows.values().sum();
    let rate = (rows * times as u64) as f64 / taken.0;
    println!("{format:>9} {rows} rows, {rate:.0} rows/s; findings {:?}", counts.findings);
    assert!(rows > 0 && counts.records > 0, "{format} read nothing");
}

/// Plans and reads a delivery, as a site does at the door: everyone is admitted.
fn read(format: &'static str, provider: &ProviderId, files: &MemoryFiles, counts: &mut Counts) {
    let context = Context {
        provider: provider.clone(),
        delivery: DeliveryId::parse("bench").expect("a good id"),
    };
    let gate = OpenGate::new(|patient: &SourcePatientId| {
        // Any spread will do: the site's own key is not measured here.
        let hash = patient.number().reveal().bytes().fold(7u128, |sum, byte| {
            sum.wrapping_mul(0x0100_0000_01b3).wrapping_add(u128::from(byte))
        });
        SubjectKey::from_bytes(hash.to_le_bytes())
    });
    for unit in &plan(files, &Sender::UNKNOWN, Choice::Named(format)).units {
        counts.merge(&black_box(read_unit(unit, files, &gate, &context)).counts);
    }
}

/// Seconds this thread has been on a processor: a busy machine does not slow this clock.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel");
    let first = text.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    first.expect("nanoseconds") / 1e9
}
