//! A fuzz target: the line of `readers::TARGETS` that has the name of the binary.
#![no_main]

#[path = "readers.rs"]
mod readers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let sum = bytes.iter().fold(0u32, |sum, one| sum.wrapping_mul(31).wrapping_add((*one).into()));
    readers::run(env!("CARGO_BIN_NAME"), bytes, Some(sum));
});
