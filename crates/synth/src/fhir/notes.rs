//! What a doctor wrote at a visit: a DocumentReference whose text lies in base64 (formats.md 9.3).
//!
//! The texts name the patient, as notes do. Two systems wrote them: one in UTF-8, an older one in Shift_JIS and with
//! line ends in the base64. About every third visit has one.

use super::{DOCUMENT, Pen, json};
use crate::care::{Problem, Visit};
use crate::charset::push_cp932;
use crate::chunk::Fact;

/// LOINC of a progress note (経過記録).
const CLASS: &str = "11506-3";

impl Pen<'_> {
    /// The note of a visit to an encounter that began at a time.
    pub(super) fn note(
        &mut self,
        visit: &Visit,
        problem: &Problem,
        (encounter, begin): (&str, &str),
    ) {
        let person = self.charted.body.person.no;
        let turn = person.wrapping_add(u64::from(visit.day.epoch_days().unsigned_abs()));
        if !turn.is_multiple_of(3) && self.charted.canary.is_none() {
            return;
        }
        let id = self.next("doc");
        let written = &self.written;
        let mut text = format!(
            "{}　{}様　{}再診。{}にて経過観察中。自覚症状に変化なし。\n次回も同様に。",
            written.family, written.given, visit.day, problem.illness.name
        );
        if let Some(canary) = self.charted.canary {
            text.push_str(&canary.note());
        }
        let (kind, data) = if turn.is_multiple_of(2) {
            ("text/plain;charset=UTF-8", base64(text.as_bytes()))
        } else {
            let mut bytes = Vec::new();
            push_cp932(&mut bytes, &text);
            ("text/plain;charset=Shift_JIS", folded(&base64(&bytes)))
        };
        let line = format!(
            "{{\"resourceType\":\"DocumentReference\",\"id\":\"{id}\",\"status\":\"current\",\
             \"type\":{{\"coding\":[{}]}},{},\"date\":\"{begin}\",\"content\":[{{\"attachment\":{{\
             \"contentType\":\"{kind}\",\"data\":\"{data}\"}}}}],\
             \"context\":{{\"encounter\":[{{\"reference\":\"Encounter/{encounter}\"}}]}}}}",
            json::coding("http://loinc.org", CLASS, "経過記録"),
            self.about("subject"),
        );
        self.put(DOCUMENT, &line);
        let day = visit.day;
        let fact = Fact { kind: "note", day, system: None, code: CLASS, value: "", unit: "" };
        self.fact(DOCUMENT, &fact);
    }
}

/// Base64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or_default());
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS.get((word >> (18 - 6 * at) & 63) as usize).copied();
            out.push(if at > three.len() { '=' } else { char::from(letter.unwrap_or(b'A')) });
        }
    }
    out
}

/// Lines of 76 letters, their ends as JSON writes them.
fn folded(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let lines: Vec<String> = letters.chunks(76).map(|line| line.iter().collect()).collect();
    lines.join("\\r\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let coded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (word, coded) in words.into_iter().zip(coded) {
            assert_eq!(base64(word.as_bytes()), coded);
        }
        assert_eq!(folded(&"a".repeat(77)), format!("{}\\r\\na", "a".repeat(76)));
    }
}
