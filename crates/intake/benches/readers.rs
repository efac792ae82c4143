//! How fast the readers are on one core, beside what bounds them.
//!
//! `SUDARE_BENCH_REGION=FOLDER cargo bench -p sudare-intake --bench readers` reads the deliveries of a region that
//! `sudare synth` wrote; without it a region of 1,500 people is made. Files are in memory before the clock starts,
//! and the clock is the processor's time of this thread: neither the disk nor a busy machine is measured. Every figure
//! stands beside two bounds over the same bytes in the same run: finding lines and fields alone, and decoding alone.
//! Run by `cargo test` it takes 40 people and holds the readers to reading all of it.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a measuring program")]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, ISO_2022_JP, SHIFT_JIS};
use sudare_identity::SourcePatientId;
use sudare_intake::{Choice, Context, Counts, MemoryFiles, OpenGate, Sender, plan, read_unit};
use sudare_model::{DeliveryId, ProviderId, SubjectKey};

fn main() {
    let measured = std::env::args().any(|word| word == "--bench");
    let given = std::env::var_os("SUDARE_BENCH_REGION").map(PathBuf::from).filter(|_| measured);
    let made = tempfile::tempdir().expect("a folder");
    let region = given.unwrap_or_else(|| {
        let persons = if measured { 1_500 } else { 40 };
        let region = made.path().join("region");
        sudare_synth::write(&sudare_synth::Region::new(persons, 1), &region, &|_| ())
            .expect("a region");
        region
    });
    let deliveries = region.join("deliveries");
    let is_claim = |name: &str| name.to_ascii_uppercase().ends_with(".UKE");
    let claims = Sort { name: "uke", encoding: SHIFT_JIS, line: b"\n", field: b"," };
    let messages = Sort { name: "ssmix2", encoding: ISO_2022_JP, line: b"\r", field: b"|" };
    let rounds = if measured { 3 } else { 1 };
    claims.measure(&files(&deliveries, &is_claim), rounds);
    messages.measure(&files(&deliveries, &|name| !is_claim(name)), rounds);
}

/// Files of a region by provider and path, those whose path is wanted.
fn files(deliveries: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<Delivery> {
    let mut found = Vec::new();
    for provider in entries(deliveries) {
        let (mut files, mut folders) = (Vec::new(), vec![provider.clone()]);
        while let Some(folder) = folders.pop() {
            for path in entries(&folder) {
                let name = path.strip_prefix(&provider).expect("below").to_string_lossy();
                if path.is_dir() {
                    folders.push(path);
                } else if wanted(&name) {
                    let bytes = std::fs::read(&path).expect("a readable file");
                    files.push((name.into_owned(), bytes));
                }
            }
        }
        let name = provider.file_name().and_then(|name| name.to_str()).expect("an id");
        if !files.is_empty() {
            let provider = ProviderId::parse(name).expect("a good id");
            found.push(Delivery { provider, files });
        }
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

struct Delivery {
    provider: ProviderId,
    files: Vec<(String, Vec<u8>)>,
}

/// What a format looks like to whoever does not understand it.
struct Sort {
    name: &'static str,
    encoding: &'static Encoding,
    line: &'static [u8; 1],
    field: &'static [u8; 1],
}

impl Sort {
    /// One line for each of the reader and its bounds: the best of so many rounds.
    fn measure(&self, deliveries: &[Delivery], rounds: usize) {
        let whole: Vec<&[u8]> =
            deliveries.iter().flat_map(|one| &one.files).map(|(_, bytes)| &**bytes).collect();
        let bytes: usize = whole.iter().map(|bytes| bytes.len()).sum();
        let (count, megabytes) = (whole.len(), bytes as f64 / 1e6);
        println!("{}: {megabytes:.1} MB in {count} files", self.name);
        let best = |work: &mut dyn FnMut() -> u64| {
            let each = (0..rounds).map(|_| {
                let start = cpu_seconds();
                let records = black_box(work());
                (cpu_seconds() - start, records)
            });
            each.min_by(|left, right| left.0.total_cmp(&right.0)).expect("a round")
        };
        let tell = |what: &str, (seconds, records): (f64, u64)| {
            println!(
                "{:>8} {what:<28} {:8.1} MB/s {:12.0} records/s  peak {:6} MiB",
                self.name,
                megabytes / seconds,
                records as f64 / seconds,
                peak_kib() / 1024
            );
        };
        tell("lines and fields found", best(&mut || self.split(&whole)));
        tell("text decoded", best(&mut || self.decode(&whole)));
        let inputs: Vec<_> = deliveries
            .iter()
            .map(|one| (&one.provider, MemoryFiles::new(one.files.clone())))
            .collect();
        let mut counts = Counts::default();
        let read = best(&mut || {
            counts = Counts::default();
            inputs.iter().for_each(|(provider, files)| read(provider, files, &mut counts));
            counts.records
        });
        tell("read", read);
        let rows: u64 = counts.rows.values().sum();
        println!("{:>8} {rows} rows, {:.0} rows/s", self.name, rows as f64 / read.0);
        assert!(rows > 0 && counts.records > 0, "{} read nothing", self.name);
    }

    /// What no reader of the bytes can save: where lines and fields begin.
    fn split(&self, whole: &[&[u8]]) -> u64 {
        let (mut lines, mut fields) = (0u64, 0u64);
        for bytes in whole {
            for _ in memchr::memchr_iter(self.line[0], bytes) {
                lines += 1;
            }
            fields += memchr::memchr_iter(self.field[0], bytes).count() as u64;
        }
        black_box(fields);
        lines
    }

    /// Every byte to UTF-8, file by file.
    fn decode(&self, whole: &[&[u8]]) -> u64 {
        whole
            .iter()
            .map(|bytes| {
                black_box(self.encoding.decode_without_bom_handling(bytes));
                memchr::memchr_iter(self.line[0], bytes).count() as u64
            })
            .sum()
    }
}

/// Plans and reads a delivery, as a site does at the door: everyone is admitted.
fn read(provider: &ProviderId, files: &MemoryFiles, counts: &mut Counts) {
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
    for unit in &plan(files, &Sender::UNKNOWN, Choice::Auto).units {
        counts.merge(&black_box(read_unit(unit, files, &gate, &context)).counts);
    }
}

/// Seconds this thread has been on a processor: a busy machine does not slow this clock.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("a Linux kernel");
    let first = text.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    first.expect("nanoseconds") / 1e9
}

/// Most memory this process has held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
