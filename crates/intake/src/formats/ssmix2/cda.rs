//! Clinical documents (CDA R2): whose they are, when, and their narrative as plain text.
//!
//! What it is for: the words of a document, for `note`. What it is not for: coded entries (they say in codes what the
//! narrative says in words), and the header beyond patient, kind and date: names and addresses are read by nothing.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{Encoding, UTF_8};
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::codes;
use crate::xml::{Element, Piece, Tree, root_name};

/// The root element of a clinical document.
pub(super) const ROOT: &str = "ClinicalDocument";
/// OID of LOINC, the system of document codes.
const LOINC: &str = "2.16.840.1.113883.6.1";
/// Elements of the narrative that stand on lines of their own (CDA R2, section 4.3.5).
const BLOCKS: [&str; 10] =
    ["paragraph", "item", "tr", "table", "caption", "list", "thead", "tbody", "title", "footnote"];

/// Whether bytes begin like a clinical document.
pub(super) fn begins(head: &[u8]) -> bool {
    root_name(head) == Some(ROOT)
}

/// The characters of a document, by its byte order mark or its declaration; `None` where they cannot be known. Says
/// whether some bytes were no character.
pub(super) fn decode(bytes: &[u8]) -> Option<(Cow<'_, str>, bool)> {
    let head = bytes.get(..bytes.len().min(200)).unwrap_or_default();
    let declaration = head.split(|byte| *byte == b'>').next().unwrap_or_default();
    let declaration =
        std::str::from_utf8(declaration.strip_prefix(b"\xef\xbb\xbf").unwrap_or(declaration));
    let label = declaration.ok().and_then(|text| {
        let (_, behind) = text.strip_prefix("<?xml")?.split_once("encoding")?;
        let quoted = behind.trim_start().strip_prefix('=')?.trim_start();
        quoted.split(['"', '\'']).nth(1)
    });
    let encoding = match label {
        Some(label) => Encoding::for_label(label.trim().as_bytes())?,
        None => UTF_8,
    };
    let (text, _, bad) = encoding.decode(bytes);
    Some((text, bad))
}

/// A document.
pub(super) struct Document<'t> {
    root: Element<'t>,
}

impl<'t> Document<'t> {
    /// Reads a document into a tree.
    pub(super) fn read(text: &str, tree: &'t mut Tree) -> Result<Self, &'static FindingCode> {
        Self::until(text, tree, None)
    }

    /// Reads a document as far as it tells whose it is.
    pub(super) fn header(text: &str, tree: &'t mut Tree) -> Result<Self, &'static FindingCode> {
        Self::until(text, tree, Some("recordTarget"))
    }

    fn until(
        text: &str,
        tree: &'t mut Tree,
        until: Option<&str>,
    ) -> Result<Self, &'static FindingCode> {
        tree.read(text, until).map_err(|_| &codes::DOCUMENT_BROKEN)?;
        let root = tree.root().filter(|root| root.name() == ROOT);
        root.map(|root| Self { root }).ok_or(&codes::DOCUMENT_BROKEN)
    }

    fn patient(&self) -> Option<Element<'t>> {
        self.root.first(&["recordTarget", "patientRole"])
    }

    /// The numbers of the patient, of whatever system.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &'t str> {
        let ids = self.patient().into_iter().flat_map(|patient| patient.named("id"));
        ids.map(|id| id.attribute("extension")).filter(|number| !number.is_empty())
    }

    /// The patient's birth date.
    pub(super) fn birth(&self) -> Option<Day> {
        day(self.patient()?.first(&["patient", "birthTime"])?)
    }

    /// The first day of what it tells of, else the day it was made.
    pub(super) fn day(&self) -> Option<Day> {
        let event = self.root.first(&["documentationOf", "serviceEvent", "effectiveTime"]);
        let low = event.and_then(|event| event.first(&["low"]));
        let stated = [low, event, self.root.first(&["effectiveTime"])];
        stated.into_iter().flatten().find_map(day)
    }

    /// The kind of document: its code, and whether that is of LOINC.
    pub(super) fn kind(&self) -> (&'t str, bool) {
        let Some(code) = self.root.first(&["code"]) else { return ("", false) };
        (code.attribute("code"), code.attribute("codeSystem") == LOINC)
    }

    /// The narrative: titles and text of the sections, or a body of plain text. Says whether there is a body that is
    /// none (a scan, a PDF).
    pub(super) fn narrative(&self, into: &mut String) -> bool {
        into.clear();
        let mut binary = false;
        for part in self.root.named("component").flat_map(|component| component.children()) {
            match part.name() {
                "nonXMLBody" => {
                    binary |= !part.first(&["text"]).is_some_and(|text| plain(text, into));
                }
                _ => sections(part, into),
            }
        }
        let kept = into.trim_end().len();
        into.truncate(kept);
        binary
    }
}

fn day(time: Element<'_>) -> Option<Day> {
    Day::from_digits(time.attribute("value").as_bytes().get(..8)?)
}

/// A body that is no XML: its text, where it is plain.
fn plain(element: Element<'_>, into: &mut String) -> bool {
    let kind = element.attribute("mediaType");
    if !matches!(kind, "" | "text/plain") {
        return false;
    }
    let mut text = String::new();
    element.text(&mut text);
    if element.attribute("representation") != "B64" {
        into.push_str(&text);
        return true;
    }
    let bare: String = text.split_ascii_whitespace().collect();
    let decoded = STANDARD.decode(bare).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.inspect(|text| into.push_str(text)).is_some()
}

/// The sections in an element, with those in them.
fn sections(element: Element<'_>, into: &mut String) {
    if element.name() == "section" {
        for part in ["title", "text"].into_iter().filter_map(|name| element.named(name).next()) {
            line(into);
            flow(part, into);
        }
    }
    for below in element.children() {
        if matches!(below.name(), "component" | "section" | "structuredBody") {
            sections(below, into);
        }
    }
}

/// The text in an element, tables line by line with tabs between their cells.
fn flow(element: Element<'_>, into: &mut String) {
    element.walk(|piece| match piece {
        Piece::Begin("br") => into.push('\n'),
        Piece::Begin("td" | "th") if !into.is_empty() && !into.ends_with('\n') => into.push('\t'),
        Piece::Begin(name) | Piece::End(name) if BLOCKS.contains(&name) => line(into),
        Piece::Begin(_) | Piece::End(_) => {}
        Piece::Text(text) => words(text, into),
    });
}

/// Text as it stands, but for the blanks that only indent the document.
fn words(text: &str, into: &mut String) {
    let last = text.lines().count().saturating_sub(1);
    for (at, one) in text.lines().enumerate() {
        if at > 0 {
            line(into);
        }
        let one = if at > 0 { one.trim_ascii_start() } else { one };
        let one = if at < last { one.trim_ascii_end() } else { one };
        let begins = into.is_empty() || into.ends_with('\n');
        into.push_str(if begins { one.trim_ascii_start() } else { one });
    }
    if text.ends_with('\n') {
        line(into);
    }
}

/// Begins a line.
fn line(into: &mut String) {
    if !into.is_empty() && !into.ends_with('\n') {
        into.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOCUMENT: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <c:ClinicalDocument xmlns:c=\"urn:hl7-org:v3\"><c:title>氏名入りの題</c:title>\
        <c:code code=\"18842-5\" codeSystem=\"2.16.840.1.113883.6.1\"/>\
        <c:effectiveTime value=\"20240331101010+0900\"/>\
        <c:recordTarget><c:patientRole><c:id extension=\"0000001\" root=\"1.2\"/><c:addr>東京都</c:addr>\
        <c:patient><c:name>山田 太郎</c:name><c:birthTime value=\"19700101\"/></c:patient>\
        </c:patientRole></c:recordTarget>\
        <c:author><c:assignedAuthor><c:assignedPerson><c:name>医師 花子</c:name></c:assignedPerson>\
        </c:assignedAuthor></c:author>\
        <c:documentationOf><c:serviceEvent><c:effectiveTime><c:low value=\"20240301\"/>\
        </c:effectiveTime></c:serviceEvent></c:documentationOf>\
        <c:component><c:structuredBody>\n\
          <c:component><c:section><c:title>経過</c:title><c:text>\n\
            <c:paragraph>胃痛にて<c:content styleCode=\"Bold\">入院</c:content>。<c:br/>軽快。</c:paragraph>\n\
            <c:table><c:thead><c:tr><c:th>項目</c:th><c:th>値</c:th></c:tr></c:thead>\n\
              <c:tbody><c:tr><c:td>AST</c:td><c:td>30 U/L &lt; 40</c:td></c:tr></c:tbody></c:table>\n\
            <c:list><c:item>一</c:item><c:item>二</c:item></c:list>\n\
          </c:text><c:entry><c:observation><c:value>9</c:value></c:observation></c:entry>\
          <c:component><c:section><c:title>内</c:title><c:text>深い\n   節</c:text></c:section></c:component>\
          </c:section></c:component>\n\
          <c:component><c:section><c:text>末 a <c:sub>b</c:sub> c</c:text></c:section></c:component>\n\
        </c:structuredBody></c:component></c:ClinicalDocument>";

    #[test]
    fn the_narrative_is_titles_and_text_and_nothing_of_the_header_or_the_entries() {
        let mut tree = Tree::default();
        let document = Document::read(DOCUMENT, &mut tree).unwrap();
        let mut text = String::new();
        assert!(!document.narrative(&mut text));
        let lines = [
            "経過",
            "胃痛にて入院。",
            "軽快。",
            "項目\t値",
            "AST\t30 U/L < 40",
            "一",
            "二",
            "内",
            "深い",
            "節",
            "末 a b c",
        ];
        assert_eq!(text, lines.join("\n"));
    }

    #[test]
    fn the_header_tells_whose_it_is_and_when() {
        let mut tree = Tree::default();
        let document = Document::read(DOCUMENT, &mut tree).unwrap();
        assert_eq!(document.numbers().collect::<Vec<_>>(), ["0000001"]);
        assert_eq!(document.birth().map(Day::ymd), Some((1970, 1, 1)));
        assert_eq!(document.day().map(Day::ymd), Some((2024, 3, 1)));
        assert_eq!(document.kind(), ("18842-5", true));
    }

    #[test]
    fn characters_are_those_the_declaration_names() {
        let text =
            "<?xml version='1.0' encoding='Shift_JIS'?><ClinicalDocument>経過</ClinicalDocument>";
        let jis = text.replace("Shift_JIS", "ISO-2022-JP");
        for (encoding, text) in
            [(encoding_rs::SHIFT_JIS, text), (encoding_rs::ISO_2022_JP, jis.as_str())]
        {
            let bytes = encoding.encode(text).0;
            assert_eq!(decode(&bytes), Some((text.into(), false)));
        }
        assert_eq!(decode(b"<?xml version='1.0' encoding='klingon'?><a/>"), None);
        assert_eq!(decode(b"<a>\xff</a>").map(|(_, bad)| bad), Some(true));
        assert_eq!(decode(b""), Some(("".into(), false)));
    }

    #[test]
    fn a_body_that_is_no_xml_is_text_or_told() {
        let body = |kind: &str, inner: &str| {
            let text = format!(
                "<ClinicalDocument><component><nonXMLBody><text {kind}>{inner}</text></nonXMLBody>\
                 </component></ClinicalDocument>"
            );
            let (mut tree, mut said) = (Tree::default(), String::new());
            let binary = Document::read(&text, &mut tree).unwrap().narrative(&mut said);
            (binary, said)
        };
        assert_eq!(body("mediaType='text/plain'", "経過"), (false, "経過".to_owned()));
        let plain = "mediaType='text/plain' representation='B64'";
        assert_eq!(body(plain, " 57WM\n6YGO "), (false, "経過".to_owned()));
        assert_eq!(body(plain, "/"), (true, String::new()));
        let pdf = "mediaType='application/pdf' representation='B64'";
        assert_eq!(body(pdf, "JVBERi0="), (true, String::new()));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(
            at in 0usize..DOCUMENT.len(),
            byte: u8,
            cut in 0usize..DOCUMENT.len(),
        ) {
            let mut bytes = DOCUMENT.as_bytes().to_vec();
            bytes[at] = byte;
            bytes.truncate(DOCUMENT.len() - cut / 2);
            if let Some((text, _)) = decode(&bytes) {
                let (mut tree, mut said) = (Tree::default(), String::new());
                if let Ok(document) = Document::read(&text, &mut tree) {
                    document.narrative(&mut said);
                    prop_assert!(said.len() <= text.len());
                }
            }
        }
    }
}
