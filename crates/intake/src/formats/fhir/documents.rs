//! Text: the sections of documents, attachments, the conclusions of reports.
//!
//! Text may hold anything, names among it: it becomes a note and nothing else.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::chart::{Chart, Event};
use super::coded::{ANY, Concept, DISEASES};
use super::codes;
use super::json::Value;

/// How deep sections may lie in sections.
const SECTIONS_MAX: usize = 8;

impl<'t> Chart<'_, '_, 't> {
    pub(super) fn report(&mut self) {
        let resource = self.page.resource;
        if matches!(resource.text("status"), "entered-in-error" | "cancelled") {
            return self.add(&codes::STATUS);
        }
        let when = self.start(["effectiveDateTime", "effectivePeriod"]);
        let when = when.or_else(|| self.date(resource.text("issued")));
        let event = self.event(when);
        let class = Concept::of(resource.get("code"), ANY).label();
        self.note(class, resource.text("conclusion"), event);
        for code in resource.get("conclusionCode").items() {
            let concept = self.concept(code, DISEASES);
            if !concept.coding.label().is_empty() {
                self.finding(&concept.coding, ("", ""), event);
            }
        }
        for form in resource.get("presentedForm").items() {
            self.attachment(class, form, event);
        }
        self.sweep(|key| {
            matches!(
                key,
                "category"
                    | "code"
                    | "effectiveDateTime"
                    | "effectivePeriod"
                    | "result"
                    | "resultsInterpreter"
                    | "conclusion"
                    | "conclusionCode"
                    | "presentedForm"
            )
        });
    }

    pub(super) fn document(&mut self) {
        let resource = self.page.resource;
        if resource.text("status") == "entered-in-error" {
            return self.add(&codes::STATUS);
        }
        let period = resource.get("context").get("period").text("start");
        let date = resource.text("date");
        let when = self.date(if date.is_empty() { period } else { date });
        let event = self.document_event(when);
        let class = Concept::of(resource.get("type"), ANY).label();
        for content in resource.get("content").items() {
            self.attachment(class, content.get("attachment"), event);
        }
        self.note(class, resource.text("description"), event);
        self.sweep(|key| {
            matches!(
                key,
                "type"
                    | "category"
                    | "date"
                    | "content"
                    | "description"
                    | "docStatus"
                    | "masterIdentifier"
            )
        });
    }

    /// A DocumentReference names its encounters in a list in its context.
    fn document_event(&mut self, when: Option<super::time::When>) -> Event {
        let named = self.page.resource.get("context").first("encounter");
        let event = self.event(when);
        match self.encounter_key(named) {
            Some(visit) => Event { visit: Some(visit), ..event },
            None => event,
        }
    }

    pub(super) fn composition(&mut self) {
        let resource = self.page.resource;
        if resource.text("status") == "entered-in-error" {
            return self.add(&codes::STATUS);
        }
        let when = self.date(resource.text("date"));
        let event = self.event(when);
        for section in resource.get("section").items() {
            self.section(section, event, 0);
        }
        self.sweep(|key| {
            matches!(
                key,
                "type" | "category" | "date" | "title" | "confidentiality" | "attester" | "section"
            )
        });
    }

    fn section(&mut self, section: Value<'t>, event: Event, depth: usize) {
        if depth >= SECTIONS_MAX {
            return self.add(&codes::ELEMENT);
        }
        let class = Concept::of(section.get("code"), ANY).label();
        let text = plain(section.get("text").text("div"));
        self.note(class, &text, event);
        for inner in section.get("section").items() {
            self.section(inner, event, depth + 1);
        }
    }

    /// An attachment: text is a note; anything else is reported.
    fn attachment(&mut self, class: &str, attachment: Value<'t>, event: Event) {
        if !attachment.is_object() {
            return;
        }
        let kind = attachment.text("contentType");
        let data = attachment.text("data");
        let mut parts = kind.split(';').map(str::trim);
        let main = parts.next().unwrap_or_default();
        let charset = parts.find_map(|part| part.strip_prefix("charset="));
        let textual = main.is_empty() || main.starts_with("text/") || main.ends_with("xml");
        if data.is_empty() || !textual {
            return self.add(&codes::ATTACHMENT);
        }
        // White space is allowed in base64Binary, and rare.
        let bare: Cow<'_, str> = match data.contains(|c: char| c.is_ascii_whitespace()) {
            true => data.split_ascii_whitespace().collect::<String>().into(),
            false => data.into(),
        };
        let Ok(bytes) = STANDARD.decode(bare.as_bytes()) else {
            return self.add(&codes::BASE64);
        };
        let label = charset.unwrap_or("utf-8").trim_matches('"');
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes());
        let (text, _, bad) = encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes);
        if bad || encoding.is_none() {
            self.add(&codes::BASE64);
        }
        match main {
            "text/html" | "application/xhtml+xml" => self.note(class, &plain(&text), event),
            _ => self.note(class, &text, event),
        }
    }
}

/// The text of a narrative: tags dropped, the five entities of XML resolved, blocks on lines of their own.
pub(super) fn plain(div: &str) -> String {
    let mut text = String::with_capacity(div.len() / 2);
    let mut rest = div;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        if from.starts_with('<') {
            let (tag, after) = from.split_once('>').unwrap_or((from, ""));
            let name = tag.trim_start_matches(['<', '/']);
            let block = ["p", "br", "li", "div", "tr", "h", "table", "ul"];
            let ends_line = block.iter().any(|block| {
                name.strip_prefix(block)
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_lowercase()))
            });
            if ends_line && !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            rest = after;
            continue;
        }
        // Looking no further than an entity can reach keeps this linear.
        let end = from.bytes().take(8).position(|byte| byte == b';');
        let (entity, after) = match end {
            Some(end) => (from.get(..end).unwrap_or_default(), from.get(end + 1..)),
            None => ("", from.get(1..)),
        };
        let after = after.unwrap_or_default();
        text.push_str(match entity {
            "&lt" => "<",
            "&gt" => ">",
            "&quot" => "\"",
            "&apos" | "&#39" => "'",
            "&nbsp" | "&#160" | "&#xa0" => " ",
            _ => "&",
        });
        let kept = matches!(entity, "" | "&amp" | "&lt" | "&gt" | "&quot" | "&apos" | "&#39")
            || matches!(entity, "&nbsp" | "&#160" | "&#xa0");
        rest = if kept { after } else { from.get(1..).unwrap_or_default() };
    }
    text.push_str(rest);
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrative_is_read_without_its_tags() {
        let div = r#"<div xmlns="http://www.w3.org/1999/xhtml"><p>身長 162.3</p><ul><li>a &lt; b &amp; c</li></ul>x &unknown; y</div>"#;
        assert_eq!(plain(div), "身長 162.3\na < b & c\nx &unknown; y");
        assert_eq!(plain(""), "");
        assert_eq!(plain("<"), "");
        assert_eq!(plain("a & b"), "a & b");
        assert_eq!(plain(&"&".repeat(1 << 20)).len(), 1 << 20);
    }
}
