//! One FHIR file: lines or texts.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sudare_fuzz::read("fhir", "all.ndjson", bytes));
