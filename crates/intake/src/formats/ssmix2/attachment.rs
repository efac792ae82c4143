//! Documents inside a result: OBX-2 `ED` (encapsulated data, HL7 v2.5 2.A.24).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_model::time::Day;

use super::cda::{self, Document};
use super::coded::Coded;
use super::codes;
use super::message::Segment;
use super::walk::Chart;
use crate::xml::Tree;

impl Chart<'_, '_> {
    /// A clinical document of the same patient, or plain text, is a note; anything else stays in the message.
    /// Components: 2 type of data, 3 subtype, 4 encoding, 5 data.
    pub(super) fn attachment(
        &mut self,
        item: &Coded<'_>,
        segment: &Segment<'_, '_>,
        day: Option<Day>,
    ) {
        let field = segment.repetitions(5).next().unwrap_or_default();
        let data = segment.plain(segment.of(field, 5)).into_owned();
        let bytes = match segment.of(field, 4) {
            "A" | "" => Some(data.into_bytes()),
            encoding if encoding.eq_ignore_ascii_case("base64") => {
                let bare: String = data.split_ascii_whitespace().collect();
                STANDARD.decode(bare).ok()
            }
            _ => None,
        };
        let Some(bytes) = bytes else { return self.add(&codes::ATTACHMENT, "OBX", 5) };
        if cda::begins(&bytes) {
            return self.document(item, &bytes, day);
        }
        let kinds = [segment.of(field, 2), segment.of(field, 3)];
        let plain = kinds.iter().any(|kind| {
            ["TEXT", "plain", "text/plain"].iter().any(|one| kind.eq_ignore_ascii_case(one))
        });
        match String::from_utf8(bytes) {
            Ok(text) if plain => self.text_result(item, text.trim(), day),
            _ => self.add(&codes::ATTACHMENT, "OBX", 5),
        }
    }

    fn document(&mut self, item: &Coded<'_>, bytes: &[u8], day: Option<Day>) {
        let mut tree = Tree::default();
        let decoded = cda::decode(bytes);
        let document = decoded.as_ref().map(|(text, _)| Document::read(text, &mut tree));
        let Some(Ok(document)) = document else {
            return self.add(&codes::DOCUMENT_BROKEN, "OBX", 5);
        };
        let mut numbers = document.numbers().peekable();
        if numbers.peek().is_none() {
            self.add(&codes::DOCUMENT_UNNAMED, "OBX", 5);
        } else if !numbers.any(|number| number == self.letter.pid.person.number) {
            // The message's own rows stand; its bytes, which hold another patient's document, are not kept.
            self.withheld = true;
            return self.add(&codes::DOCUMENT_PATIENT, "OBX", 5);
        }
        let mut text = String::new();
        if document.narrative(&mut text) {
            self.add(&codes::ATTACHMENT, "OBX", 5);
        } else if text.is_empty() {
            self.add(&codes::DOCUMENT_EMPTY, "OBX", 5);
        }
        let day = day.or_else(|| document.day());
        match document.kind() {
            ("", _) => self.text_result(item, &text, day),
            (class, _) => self.note(class, &text, day),
        }
    }
}
