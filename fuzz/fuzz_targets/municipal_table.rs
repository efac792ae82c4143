//! One table of a municipality, or one mapping.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sudare_fuzz::read("municipal", "table.csv", bytes));
