//! Notes in FHIR: the base64 texts of DocumentReference (section 9.3 of the format notes), plain or packed.

use std::collections::BTreeMap;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::{Happened, Unexpected};

/// The lines of an NDJSON file, unpacked where it is gzip.
///
/// # Errors
/// [`Unexpected`] for what is no gzip or no JSON.
pub fn resources(bytes: &[u8]) -> Result<Vec<Value>, Unexpected> {
    let mut text = String::new();
    let read = if bytes.starts_with(b"\x1f\x8b") {
        flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text)
    } else {
        let mut plain = bytes;
        plain.read_to_string(&mut text)
    };
    read.map_err(|_| Unexpected::new(0, "neither gzip nor UTF-8"))?;
    let line = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|_| Unexpected::new(at + 1, "no JSON"))
    };
    text.lines().enumerate().map(line).collect()
}

/// The text at a JSON pointer; empty where there is none.
fn text<'v>(value: &'v Value, at: &str) -> &'v str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

/// The numbers of patients by their resource id: of the identifier whose system is an institution's.
#[must_use]
pub fn patients(resources: &[Value]) -> BTreeMap<String, String> {
    let number = |patient: &Value| {
        let ids = patient.pointer("/identifier")?.as_array()?;
        let system =
            |id: &&Value| text(id, "/system").starts_with("urn:oid:1.2.392.100495.20.3.51.");
        Some(text(ids.iter().find(system)?, "/value").to_owned())
    };
    resources.iter().filter_map(|one| Some((text(one, "/id").to_owned(), number(one)?))).collect()
}

/// Each note with its text.
///
/// # Errors
/// [`Unexpected`] for a note of nobody, without a day, or whose text does not decode.
pub fn notes(
    documents: &[Value],
    patients: &BTreeMap<String, String>,
) -> Result<Vec<(Happened, String)>, Unexpected> {
    let mut found = Vec::new();
    for (at, one) in documents.iter().enumerate() {
        let wrong = |what: &str| Unexpected::new(at + 1, what);
        let reference = text(one, "/subject/reference");
        let patient = reference.strip_prefix("Patient/").and_then(|id| patients.get(id));
        let patient = patient.ok_or_else(|| wrong("a note of nobody"))?.clone();
        let day = text(one, "/date").get(..10);
        let day = day.ok_or_else(|| wrong("a note without a day"))?.to_owned();
        let code = text(one, "/type/coding/0/code").to_owned();
        let data = text(one, "/content/0/attachment/data");
        let data: String = data.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(data).map_err(|_| wrong("no base64"))?;
        let kind = text(one, "/content/0/attachment/contentType");
        let charset = kind.rsplit_once("charset=").map_or("utf-8", |(_, charset)| charset);
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes());
        let (text, _, broken) = encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes);
        if broken {
            return Err(wrong("a text that is not of its character set"));
        }
        found.push((Happened { patient, kind: "note", day, code }, text.into_owned()));
    }
    Ok(found)
}
