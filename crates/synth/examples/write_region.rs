//! Writes a region and says how long it took and how much memory it needed.
//!
//! `cargo run --release -p sudare-synth --example write_region -- OUT PERSONS [SEED [CANARY]]`; peak memory is read
//! from `/proc/self/status`.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use sudare_synth::{CanaryPrefix, Region, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let out = words.next().ok_or("usage: write_region OUT PERSONS [SEED [CANARY]]")?;
    let persons = words.next().ok_or("usage: write_region OUT PERSONS [SEED [CANARY]]")?.parse()?;
    let seed = words.next().map_or(Ok(1), |word| word.parse())?;
    let mut region = Region::new(persons, seed);
    region.canary = words.next().and_then(|word| CanaryPrefix::new(&word));
    let began = Instant::now();
    let summary = write(&region, Path::new(&out), &|_| ())?;
    let seconds = began.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    writeln!(std::io::stdout(), "{seconds:.2} s, {peak}\n{summary:#?}")?;
    Ok(())
}
