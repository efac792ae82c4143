//! One SS-MIX2 message.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = "000/000/0000001/-/PPR-01/0000001_-_PPR-01_000000000000001_20240301000000000_01_1";
    sudare_fuzz::read("ssmix2", path, bytes);
});
