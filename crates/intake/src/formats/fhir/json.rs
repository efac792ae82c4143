//! One JSON text as a tape of nodes that point into it: built by `serde_json`, reused from record to record.
//!
//! What it is for: looking at a resource without allocating for each of its values. What it is not for: checking FHIR.
//! A key that is absent, and a value of another type than asked for, read as nothing; callers that must tell the two
//! apart ask [`Value::is_missing`].
//!
//! Invariant: nesting is bounded by the recursion limit of `serde_json` (128), so that walking a tape is bounded too.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

/// A text that is no JSON, or is nested deeper than any resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no JSON text at line {line}, column {column}")]
pub(super) struct BadJson {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A node: what stands at one place of the text.
#[derive(Clone, Copy)]
enum Node {
    Null,
    Bool(bool),
    Number(f64),
    /// A string without escapes: where it lies in the text.
    Text(u32, u32),
    /// A string that had escapes: where it lies among the unescaped ones.
    Unescaped(u32, u32),
    /// A key of an object without escapes: where it lies in the text.
    Key(u32, u32),
    /// The node behind the last of the array.
    Array(u32),
    /// The node behind the last of the object; keys and values take turns.
    Object(u32),
}

/// The nodes of one text.
#[derive(Default)]
pub(super) struct Tape {
    nodes: Vec<Node>,
    unescaped: String,
}

impl Tape {
    /// Reads one JSON text into the tape, in place of what it held.
    ///
    /// # Errors
    /// [`BadJson`] says where in the text.
    pub(super) fn read<'t>(&'t mut self, text: &'t str) -> Result<Value<'t>, BadJson> {
        self.nodes.clear();
        self.unescaped.clear();
        let bad = |error: serde_json::Error| BadJson { line: error.line(), column: error.column() };
        if u32::try_from(text.len()).is_err() {
            return Err(BadJson { line: 0, column: 0 });
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        Builder { tape: self, start: text.as_ptr().addr() }
            .deserialize(&mut reader)
            .and_then(|()| reader.end())
            .map_err(bad)?;
        Ok(Value { tape: self, text, at: 0 })
    }
}

struct Builder<'b> {
    tape: &'b mut Tape,
    start: usize,
}

impl Builder<'_> {
    fn again(&mut self) -> Builder<'_> {
        Builder { tape: self.tape, start: self.start }
    }

    fn len(&self) -> u32 {
        u32::try_from(self.tape.nodes.len()).unwrap_or(u32::MAX)
    }

    fn close(&mut self, at: u32, node: impl Fn(u32) -> Node) {
        let end = self.len();
        if let Some(slot) = self.tape.nodes.get_mut(at as usize) {
            *slot = node(end);
        }
    }

    fn push<E>(self, node: Node) -> Result<(), E> {
        self.tape.nodes.push(node);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Builder<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Builder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.push(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.push(Node::Bool(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "a result beyond 2^53 is not measured")]
    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.push(Node::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a result beyond 2^53 is not measured")]
    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.push(Node::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.push(Node::Number(value))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<(), E> {
        let start = value.as_ptr().addr().wrapping_sub(self.start);
        match (u32::try_from(start), u32::try_from(value.len())) {
            (Ok(start), Ok(len)) => self.push(Node::Text(start, len)),
            _ => Err(E::custom("too long")),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        let start = u32::try_from(self.tape.unescaped.len()).map_err(|_| E::custom("too long"))?;
        let len = u32::try_from(value.len()).map_err(|_| E::custom("too long"))?;
        self.tape.unescaped.push_str(value);
        self.push(Node::Unescaped(start, len))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut from: A) -> Result<(), A::Error> {
        let at = self.len();
        self.tape.nodes.push(Node::Null);
        while from.next_element_seed(self.again())?.is_some() {}
        self.close(at, Node::Array);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut from: A) -> Result<(), A::Error> {
        let at = self.len();
        self.tape.nodes.push(Node::Null);
        loop {
            let key = self.len();
            if from.next_key_seed(self.again())?.is_none() {
                break;
            }
            if let Some(slot) = self.tape.nodes.get_mut(key as usize)
                && let Node::Text(start, len) = *slot
            {
                *slot = Node::Key(start, len);
            }
            from.next_value_seed(self.again())?;
        }
        if self.len() == u32::MAX {
            return Err(A::Error::custom("too many values"));
        }
        self.close(at, Node::Object);
        Ok(())
    }
}

/// A value on a tape, or none.
#[derive(Clone, Copy)]
pub(super) struct Value<'t> {
    tape: &'t Tape,
    text: &'t str,
    at: u32,
}

/// The position of a value that is not there.
const NONE: u32 = u32::MAX;

impl<'t> Value<'t> {
    fn node(self) -> Option<Node> {
        self.tape.nodes.get(self.at as usize).copied()
    }

    const fn moved(self, at: u32) -> Self {
        Self { at, ..self }
    }

    /// Whether there is no value; `null` is none too.
    pub(super) fn is_missing(self) -> bool {
        matches!(self.node(), None | Some(Node::Null))
    }

    /// Where in the text it stands: a string itself, anything else by its key.
    pub(super) fn offset(self) -> Option<u32> {
        let key = self.at.checked_sub(1).map(|at| self.moved(at).node());
        match (self.node(), key) {
            (Some(Node::Text(start, _)), _) | (_, Some(Some(Node::Key(start, _)))) => Some(start),
            _ => None,
        }
    }

    /// Whether it is an object.
    pub(super) fn is_object(self) -> bool {
        matches!(self.node(), Some(Node::Object(_)))
    }

    /// The text of a string; empty for anything else.
    pub(super) fn as_text(self) -> &'t str {
        let (from, start, len) = match self.node() {
            Some(Node::Text(start, len) | Node::Key(start, len)) => (self.text, start, len),
            Some(Node::Unescaped(start, len)) => (self.tape.unescaped.as_str(), start, len),
            _ => return "",
        };
        let start = start as usize;
        from.get(start..start + len as usize).unwrap_or_default()
    }

    /// The number, where it is one.
    pub(super) fn as_number(self) -> Option<f64> {
        match self.node() {
            Some(Node::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The truth value, where it is one.
    pub(super) fn as_bool(self) -> Option<bool> {
        match self.node() {
            Some(Node::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// The keys and values of an object; none of anything else.
    pub(super) fn fields(self) -> Fields<'t> {
        let end = match self.node() {
            Some(Node::Object(end)) => end,
            _ => 0,
        };
        Fields { from: self, next: self.at.saturating_add(1), end }
    }

    /// The items of an array. A single value where the standard has a list counts as a list of one.
    pub(super) fn items(self) -> Items<'t> {
        match self.node() {
            Some(Node::Array(end)) => Items { from: self, next: self.at + 1, end },
            None | Some(Node::Null) => Items { from: self, next: NONE, end: 0 },
            Some(_) => Items { from: self, next: self.at, end: self.at + 1 },
        }
    }

    /// The value of a key of an object.
    pub(super) fn get(self, key: &str) -> Self {
        self.fields().find(|(name, _)| *name == key).map_or(self.moved(NONE), |(_, value)| value)
    }

    /// The first item of the list under a key.
    pub(super) fn first(self, key: &str) -> Self {
        self.get(key).items().next().unwrap_or(self.moved(NONE))
    }

    /// The text under a key.
    pub(super) fn text(self, key: &str) -> &'t str {
        self.get(key).as_text()
    }

    /// Calls back for every key named so at any depth, with its value.
    pub(super) fn each(self, name: &str, mut each: impl FnMut(Self)) {
        for at in self.at..self.behind() {
            let Some(Node::Key(start, len)) = self.tape.nodes.get(at as usize).copied() else {
                continue;
            };
            let key = self.text.get(start as usize..).and_then(|rest| rest.get(..len as usize));
            if len as usize == name.len() && key == Some(name) {
                each(self.moved(at + 1));
            }
        }
    }

    fn behind(self) -> u32 {
        match self.node() {
            Some(Node::Array(end) | Node::Object(end)) => end,
            _ => self.at.saturating_add(1),
        }
    }
}

/// The fields of an object.
#[derive(Clone)]
pub(super) struct Fields<'t> {
    from: Value<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Fields<'t> {
    type Item = (&'t str, Value<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let key = self.from.moved(self.next);
        let value = self.from.moved(self.next + 1);
        self.next = value.behind();
        Some((key.as_text(), value))
    }
}

/// The items of a list.
#[derive(Clone)]
pub(super) struct Items<'t> {
    from: Value<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Items<'t> {
    type Item = Value<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let value = self.from.moved(self.next);
        self.next = value.behind().min(self.end);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_keys_and_what_is_absent_reads_as_nothing() {
        let text = r#"{"a":[{"b":"x\u3042y"},{"b":2.5}],"c":true,"d":null,"e":"漢字"}"#;
        let mut tape = Tape::default();
        let root = tape.read(text).unwrap();
        let items: Vec<_> = root.get("a").items().collect();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].text("b"), "xあy");
        assert_eq!(items[1].get("b").as_number(), Some(2.5));
        assert_eq!(root.get("c").as_bool(), Some(true));
        assert!(root.get("d").is_missing() && root.get("nothing").get("b").is_missing());
        assert_eq!(root.text("e"), "漢字");
        assert_eq!(root.fields().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "c", "d", "e"]);
        assert_eq!(root.get("e").items().count(), 1);
        assert_eq!(root.get("nothing").items().count(), 0);
        assert_eq!(root.first("a").text("b"), "xあy");
        assert_eq!(root.get("e").offset(), text.find('漢').map(|at| u32::try_from(at).unwrap()));
        assert_eq!(root.get("a").offset(), Some(2));
        let mut found = 0;
        root.each("b", |value| found += u32::from(!value.is_missing()));
        assert_eq!(found, 2);
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place_and_depth_is_bounded() {
        let mut tape = Tape::default();
        for bad in ["", "{", "{\"a\":}", "[1,]", "{} {}", "\"a", "nul"] {
            assert!(tape.read(bad).is_err(), "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert!(tape.read(&deep).is_err());
        assert_eq!(tape.read("{\n  x").err(), Some(BadJson { line: 2, column: 3 }));
        assert!(tape.read("[]").is_ok());
    }
}
