//! What no reader of the same bytes can save: finding where things stand, and decoding the text.

use std::hint::black_box;

use encoding_rs::{Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};
use quick_xml::events::Event;
use serde::de::IgnoredAny;

/// A bound: goes over one file and gives its records.
type Bound = (&'static str, fn(&[u8]) -> u64);

/// The bounds of a format.
pub(crate) fn of(format: &str) -> Vec<Bound> {
    match format {
        "uke" => vec![("lines and fields found", fields::<b'\n', b','>), ("decoded", shift_jis)],
        "dpc" => vec![("lines and fields found", fields::<b'\n', b'\t'>), ("decoded", shift_jis)],
        "municipal" => {
            vec![("lines and fields found", fields::<b'\n', b','>), ("decoded", shift_jis)]
        }
        "ssmix2" => vec![("segments and fields found", fields::<b'\r', b'|'>), ("decoded", jis)],
        "checkup" => vec![("decoded", utf8), ("XML events (quick-xml)", events)],
        "fhir" => vec![("decoded", utf8), ("JSON checked and dropped (serde_json)", ignored)],
        "dicom" => vec![("bytes read through", sum)],
        _ => Vec::new(),
    }
}

fn fields<const LINE: u8, const FIELD: u8>(bytes: &[u8]) -> u64 {
    black_box(memchr::memchr_iter(FIELD, bytes).count());
    memchr::memchr_iter(LINE, bytes).count() as u64
}

fn decoded<const LINE: u8>(bytes: &[u8], encoding: &'static Encoding) -> u64 {
    black_box(encoding.decode_without_bom_handling(bytes));
    memchr::memchr_iter(LINE, bytes).count() as u64
}

fn shift_jis(bytes: &[u8]) -> u64 {
    decoded::<b'\n'>(bytes, SHIFT_JIS)
}

fn jis(bytes: &[u8]) -> u64 {
    decoded::<b'\r'>(bytes, ISO_2022_JP)
}

/// A document, or the lines of one.
fn utf8(bytes: &[u8]) -> u64 {
    black_box(UTF_8.decode_without_bom_handling(bytes));
    1
}

fn events(bytes: &[u8]) -> u64 {
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut seen = 0u64;
    while let Ok(event) = reader.read_event() {
        if matches!(event, Event::Eof) {
            break;
        }
        seen += 1;
    }
    black_box(seen);
    1
}

fn ignored(bytes: &[u8]) -> u64 {
    let values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    values.filter(Result::is_ok).count() as u64
}

/// Pixels are not decoded by anybody here.
fn sum(bytes: &[u8]) -> u64 {
    black_box(bytes.iter().fold(0u64, |sum, byte| sum.wrapping_add(u64::from(*byte))));
    1
}
