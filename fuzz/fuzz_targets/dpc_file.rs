//! One survey file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sudare_fuzz::read("dpc", "survey.txt", bytes));
