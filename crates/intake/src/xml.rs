//! XML documents as a tree that is used again for the next document: no allocation per element.
//!
//! What it is for: formats whose documents are small and looked at here and there (specific health checkups, CDA).
//! What it is not for: validating against a schema, or fetching anything: external entities and document type
//! definitions of a document's own are never followed, so no entity can grow.
//!
//! Elements are known by their local names: namespaces of one format change between editions, names do not.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Elements within elements; deeper is no document of ours.
const DEPTH_MAX: usize = 64;

/// A document that is not well formed, or nested too deep: the byte where that shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) byte: u64,
}

/// A part of [`Tree::text`].
type Slice = Range<usize>;

#[derive(Debug, Clone)]
enum Node {
    Element { name: Slice, attributes: Range<usize>, byte: u64, end: usize },
    Text(Slice),
}

/// One document. Nodes lie in document order; the nodes below an element are those up to its `end`.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    attributes: Vec<(Slice, Slice)>,
    text: String,
    open: Vec<usize>,
}

impl Tree {
    /// Reads a document in place of the one before. With `until`, reading stops where the first element of that name
    /// ends, and what stands behind it is not looked at.
    pub(crate) fn read(&mut self, source: &str, until: Option<&str>) -> Result<(), Fault> {
        self.nodes.clear();
        self.attributes.clear();
        self.text.clear();
        self.open.clear();
        let mut reader = Reader::from_str(source);
        loop {
            let byte = reader.buffer_position();
            let fault = |_| Fault { byte };
            match reader.read_event().map_err(fault)? {
                Event::Start(tag) => {
                    self.begin(&tag, byte).ok_or(Fault { byte })?;
                }
                Event::Empty(tag) => {
                    self.begin(&tag, byte).ok_or(Fault { byte })?;
                    self.end();
                }
                Event::End(tag) => {
                    self.end();
                    if until.is_some_and(|name| name == tag.local_name().as_ref()) {
                        while !self.open.is_empty() {
                            self.end();
                        }
                        return Ok(());
                    }
                }
                Event::Text(text) => self.push_text(&text),
                Event::CData(text) => self.push_text(&text),
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().map_err(fault)? {
                        Some(character) => character,
                        None => predefined(&reference).ok_or(Fault { byte })?,
                    };
                    self.push_text(character.encode_utf8(&mut [0; 4]));
                }
                Event::Eof if self.open.is_empty() && !self.nodes.is_empty() => return Ok(()),
                Event::Eof => return Err(Fault { byte }),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn push(&mut self, text: &str) -> Slice {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn begin(&mut self, tag: &BytesStart<'_>, byte: u64) -> Option<()> {
        if self.open.len() >= DEPTH_MAX {
            return None;
        }
        let name = self.push(tag.local_name().as_ref());
        let first = self.attributes.len();
        for attribute in tag.attributes() {
            let attribute = attribute.ok()?;
            let name = self.push(attribute.key.local_name().as_ref());
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?;
            let value = self.push(&value);
            self.attributes.push((name, value));
        }
        self.open.push(self.nodes.len());
        let attributes = first..self.attributes.len();
        self.nodes.push(Node::Element { name, attributes, byte, end: 0 });
        Some(())
    }

    fn end(&mut self) {
        let count = self.nodes.len();
        let opened = self.open.pop().and_then(|at| self.nodes.get_mut(at));
        if let Some(Node::Element { end, .. }) = opened {
            *end = count;
        }
    }

    fn push_text(&mut self, text: &str) {
        if self.open.is_empty() {
            return;
        }
        let slice = self.push(text);
        self.nodes.push(Node::Text(slice));
    }

    /// The root element.
    pub(crate) fn root(&self) -> Option<Element<'_>> {
        let at = self.nodes.iter().position(|node| matches!(node, Node::Element { .. }))?;
        Some(Element { tree: self, at })
    }
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// An element of a tree.
#[derive(Clone, Copy)]
pub(crate) struct Element<'t> {
    tree: &'t Tree,
    at: usize,
}

impl<'t> Element<'t> {
    fn parts(&self) -> Option<(&'t Slice, &'t Range<usize>, u64, usize)> {
        match self.tree.nodes.get(self.at)? {
            Node::Element { name, attributes, byte, end } => Some((name, attributes, *byte, *end)),
            Node::Text(_) => None,
        }
    }

    fn slice(&self, slice: &Slice) -> &'t str {
        self.tree.text.get(slice.clone()).unwrap_or_default()
    }

    /// The local name.
    pub(crate) fn name(&self) -> &'t str {
        self.parts().map_or("", |(name, ..)| self.slice(name))
    }

    /// Where it begins in the document.
    pub(crate) fn byte(&self) -> u64 {
        self.parts().map_or(0, |(_, _, byte, _)| byte)
    }

    /// The value of an attribute, by local name; empty where there is none.
    pub(crate) fn attribute(&self, name: &str) -> &'t str {
        let range = self.parts().map(|(_, attributes, ..)| attributes.clone()).unwrap_or_default();
        let attributes = self.tree.attributes.get(range).unwrap_or_default();
        let found = attributes.iter().find(|(key, _)| self.slice(key) == name);
        found.map_or("", |(_, value)| self.slice(value).trim())
    }

    /// The elements directly below, in order.
    pub(crate) fn children(&self) -> impl Iterator<Item = Self> + use<'t> {
        let tree = self.tree;
        let (mut at, end) = (self.at + 1, self.parts().map_or(0, |(.., end)| end));
        std::iter::from_fn(move || {
            while at < end {
                let element = Self { tree, at };
                match element.parts() {
                    Some((.., behind)) => {
                        at = behind.max(at + 1);
                        return Some(element);
                    }
                    None => at += 1,
                }
            }
            None
        })
    }

    /// The elements of a name directly below.
    pub(crate) fn named(&self, name: &'static str) -> impl Iterator<Item = Self> + use<'t> {
        self.children().filter(move |child| child.name() == name)
    }

    /// The first element along a path of names.
    pub(crate) fn first(&self, path: &[&'static str]) -> Option<Self> {
        path.iter().try_fold(*self, |element, name| element.named(name).next())
    }

    /// The text directly inside, whatever elements stand between, trimmed.
    pub(crate) fn text(&self, into: &mut String) {
        into.clear();
        let end = self.parts().map_or(0, |(.., end)| end);
        let mut at = self.at + 1;
        while at < end {
            match self.tree.nodes.get(at) {
                Some(Node::Text(slice)) => {
                    into.push_str(self.slice(slice));
                    at += 1;
                }
                Some(Node::Element { end, .. }) => at = (*end).max(at + 1),
                None => break,
            }
        }
        let kept = into.trim_end().len();
        into.truncate(kept);
        let lead = into.len() - into.trim_start().len();
        into.drain(..lead);
    }
}

/// A piece of what stands in an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// An element begins; its local name.
    Begin(&'t str),
    /// An element ends.
    End(&'t str),
    Text(&'t str),
}

impl<'t> Element<'t> {
    /// Takes what stands inside piece by piece, in the order of the document.
    pub(crate) fn walk(&self, mut take: impl FnMut(Piece<'t>)) {
        let end = self.parts().map_or(0, |(.., end)| end);
        let mut open: Vec<(usize, &'t str)> = Vec::new();
        for at in self.at + 1..end {
            while let Some((_, name)) = open.pop_if(|(end, _)| *end <= at) {
                take(Piece::End(name));
            }
            match self.tree.nodes.get(at) {
                Some(Node::Text(slice)) => take(Piece::Text(self.slice(slice))),
                Some(Node::Element { name, end, .. }) => {
                    let name = self.slice(name);
                    take(Piece::Begin(name));
                    open.push((*end, name));
                }
                None => {}
            }
        }
        open.into_iter().rev().for_each(|(_, name)| take(Piece::End(name)));
    }
}

/// The text of a beginning in UTF-16; `None` for others.
pub(crate) fn wide(head: &[u8]) -> Option<String> {
    let little = matches!(head, [0xff, 0xfe, ..] | [b'<', 0, ..]);
    let encoding = if little { encoding_rs::UTF_16LE } else { encoding_rs::UTF_16BE };
    is_wide(head).then(|| encoding.decode_with_bom_removal(head).0.into_owned())
}

/// Whether bytes are in UTF-16, by its mark or by the first `<`.
pub(crate) const fn is_wide(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..])
}

/// The local name of the root element of a document that begins with these bytes.
pub(crate) fn root_name(head: &[u8]) -> Option<&str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    let mut rest = valid.trim_start();
    loop {
        let tag = rest.strip_prefix('<')?;
        if tag.starts_with("!--") {
            rest = tag.split_once("-->")?.1.trim_start();
        } else if tag.starts_with(['?', '!']) {
            rest = tag.split_once('>')?.1.trim_start();
        } else {
            let end = tag.find(|one: char| one.is_whitespace() || matches!(one, '>' | '/'))?;
            let (name, _) = tag.split_at_checked(end)?;
            return Some(name.rsplit(':').next().unwrap_or(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOCUMENT: &str = "<?xml version='1.0'?><!-- a --><h:root xmlns:h='x'>\
        <h:a id='1'>one &amp; <b/>two</h:a><a id='&lt;2'><![CDATA[<c>]]></a></h:root>";

    #[test]
    fn elements_have_names_attributes_and_text_of_their_own() {
        let mut tree = Tree::default();
        tree.read(DOCUMENT, None).unwrap();
        let root = tree.root().unwrap();
        assert_eq!(root.name(), "root");
        let mut text = String::new();
        let seen: Vec<_> = root
            .named("a")
            .map(|one| {
                one.text(&mut text);
                (one.attribute("id"), text.clone(), one.attribute("none"))
            })
            .collect();
        assert_eq!(seen, [("1", "one & two".to_owned(), ""), ("<2", "<c>".to_owned(), "")]);
        assert!(root.first(&["a", "b"]).is_some() && root.first(&["b"]).is_none());
        assert_eq!(root.byte(), 31);
    }

    #[test]
    fn pieces_come_in_the_order_of_the_document() {
        let mut tree = Tree::default();
        tree.read("<r><a>1<b><c/>2</b>3</a>4</r>", None).unwrap();
        let mut seen = String::new();
        tree.root().unwrap().walk(|piece| match piece {
            Piece::Begin(name) => seen.push_str(&format!("({name}")),
            Piece::End(_) => seen.push(')'),
            Piece::Text(text) => seen.push_str(text),
        });
        assert_eq!(seen, "(a1(b(c)2)3)4");
    }

    #[test]
    fn reading_stops_where_it_is_told_to() {
        let mut tree = Tree::default();
        tree.read("<r><a><b/></a><broken", Some("a")).unwrap();
        assert!(tree.root().unwrap().first(&["a", "b"]).is_some());
        assert!(tree.read("<r><a><b/></a><broken", None).is_err());
    }

    #[test]
    fn what_is_not_well_formed_is_a_fault_at_a_byte() {
        let mut tree = Tree::default();
        for bad in ["", "text", "<a>", "<a></b>", "<a>&unknown;</a>", "<a b=c/>"] {
            assert!(tree.read(bad, None).is_err(), "{bad}");
        }
        assert!(tree.read(&"<a>".repeat(1000), None).is_err());
        let bomb = "<!DOCTYPE a [<!ENTITY x \"yyyy\">]><a>&x;</a>";
        assert_eq!(tree.read(bomb, None), Err(Fault { byte: 36 }));
    }

    #[test]
    fn a_root_is_known_from_the_first_bytes() {
        let cut = "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<!-- 健診 -->\n<x:index a='健"
            .as_bytes();
        assert_eq!(root_name(cut.get(..cut.len() - 1).unwrap()), Some("index"));
        assert_eq!(root_name(b"{\"resourceType\":1}"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[<>/a-c='\"&;!\\[\\]\\- ]{0,60}") {
            let mut tree = Tree::default();
            if tree.read(&text, None).is_ok() {
                prop_assert!(tree.root().is_some());
            }
            let _ = root_name(text.as_bytes());
        }
    }
}
