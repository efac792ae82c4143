//! One command of a DICOM message, or the beginning of a data set beside one.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sudare_fuzz::message(bytes));
