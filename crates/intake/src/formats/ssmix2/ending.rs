//! How a message ends: as it should, without the CR its last segment needs, or cut short.
//!
//! A message that was cut looks like one whose writer leaves the last CR out. What is told from each other here is told
//! by the last segment itself and by how else the sender writes.

use sudare_model::finding::FindingCode;

use super::codes;
use super::message::Message;

/// How a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the end of a segment (CR, or LF), or with that of a block (FS, 0x1C, and CR behind it: HL7 v2.5,
    /// Appendix C, lower layer protocol), as in some stores that keep what was sent over the wire.
    Whole,
    /// The last segment is whole but for its end.
    Bare,
    /// In the middle of a segment.
    Cut,
}

impl Ending {
    /// Looks at the end of a decoded message; `open` if its bytes end inside double-byte text.
    pub(super) fn of(text: &str, open: bool) -> Self {
        if open {
            return Self::Cut;
        }
        let start = memchr::memrchr2(b'\r', b'\n', text.as_bytes()).map_or(0, |at| at + 1);
        let last = text.get(start..).unwrap_or_default();
        let block = text.trim_end_matches(['\r', '\n']).ends_with('\u{1c}');
        if last.is_empty() || block {
            return Self::Whole;
        }
        let Ok(message) = Message::parse(text) else { return Self::Bare };
        let fields = last.split(message.separators.field).count();
        let name = last.get(..3).unwrap_or_default();
        let named = last.chars().nth(3).is_none_or(|next| next == message.separators.field);
        let whole = name.len() == 3 && named && fields > needed(name);
        if whole { Self::Bare } else { Self::Cut }
    }

    /// The finding to make. `habit`: this sender ends no message otherwise, or writes text with LF between lines, where
    /// the last commonly has none. A message without the CR among others that have it may have been cut at the end of
    /// any field.
    pub(super) const fn finding(self, habit: bool) -> Option<&'static FindingCode> {
        match self {
            Self::Whole => None,
            Self::Bare if habit => Some(&codes::UNTERMINATED),
            Self::Bare | Self::Cut => Some(&codes::TRUNCATED),
        }
    }
}

/// The last field that a segment must have (optionality R in HL7 v2.5, chapters 2 to 7); 0 where none is asked for.
fn needed(name: &str) -> usize {
    match name {
        "MSH" => 11,
        "OBX" => 11,
        "PID" => 5,
        "OBR" | "SPM" | "PRB" | "RXC" | "ROL" => 4,
        "IN1" | "AL1" => 3,
        "EVN" | "PV1" | "RXE" => 2,
        "ORC" | "NK1" | "RXR" | "ODS" | "DB1" => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "MSH|^~\\&|H|S|G|R|20240301||ORU^R01|1|P|2.5\rPID|1||1^^^^PI||A^B\r";
    const RESULT: &str = "OBX|1|NM|3B045^ALT^JC10||30|U/L|1-40||||F";

    #[test]
    fn the_end_of_a_block_ends_a_message() {
        for end in ["\r", "\n", "\r\n", "\r\u{1c}", "\r\u{1c}\r", "\u{1c}\r", "\u{1c}"] {
            let text = format!("{HEAD}{RESULT}{end}");
            assert_eq!(Ending::of(&text, false), Ending::Whole, "{end:?}");
        }
    }

    #[test]
    fn a_segment_is_cut_where_it_lacks_what_it_must_have() {
        assert_eq!(Ending::of(&format!("{HEAD}{RESULT}"), false), Ending::Bare);
        assert_eq!(Ending::of(&format!("{HEAD}{RESULT}"), true), Ending::Cut);
        for cut in ["O", "OB", "OBX", "OBX|1|NM|3B045^ALT^JC10||30|U/L|1-40|||", "OBXX|1"] {
            assert_eq!(Ending::of(&format!("{HEAD}{cut}"), false), Ending::Cut, "{cut}");
        }
        // A custom segment tells nothing by itself; how the sender writes does.
        assert_eq!(Ending::of(&format!("{HEAD}ZPR|"), false), Ending::Bare);
        assert_eq!(Ending::Bare.finding(false).map(|code| code.code), Some("SSMIX-TRUNCATED"));
        assert_eq!(Ending::Bare.finding(true).map(|code| code.code), Some("SSMIX-UNTERMINATED"));
    }
}
