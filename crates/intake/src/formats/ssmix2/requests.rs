//! Drugs as they were requested: OMP^O09 and ORM^O01 with RXO (HL7 v2.5, chapter 4), outside a storage.
//!
//! What it is for: knowing such messages, and those whose orders came encoded (RDE^O11) as well, so that no order makes
//! two rows. What it is not for: the rows themselves (`drugs`). ORM^O01 may order anything; one that orders more than
//! drugs is told as before.

use foldhash::fast::RandomState;
use hashbrown::HashSet;
use sudare_model::finding::FindingCode;

use super::codes;
use super::letter::{Home, Letter};

/// Details of orders in ORM^O01 that are no drugs.
const OTHERS: [&[u8; 3]; 5] = [b"OBR", b"RQD", b"RQ1", b"ODS", b"ODT"];

/// What kind of message a request of drugs is; `None` for other messages.
pub(super) fn kind(
    message: &str,
    trigger: &str,
    bytes: &[u8],
) -> Option<Result<&'static str, &'static FindingCode>> {
    let read = match (message, trigger) {
        ("OMP", "O09") => holds(bytes, b"RXO"),
        ("ORM", "O01") => holds(bytes, b"RXO") && !OTHERS.iter().any(|one| holds(bytes, one)),
        _ => return None,
    };
    Some(if read { Ok("OMP-01") } else { Err(&codes::TRIGGER) })
}

/// Whether a message holds a segment.
fn holds(bytes: &[u8], name: &[u8; 3]) -> bool {
    memchr::memmem::find_iter(bytes, name).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let behind = bytes.get(at + 3).is_none_or(u8::is_ascii_punctuation);
        behind && matches!(before, Some(b'\r' | b'\n'))
    })
}

/// Whether a message is a request whose RXO-2 may be the amount of a day.
pub(super) fn is_general(letter: &Letter<'_>) -> bool {
    letter.kind == Some(("ORM", "O01"))
}

fn is_request(letter: &Letter<'_>) -> bool {
    letter.home == Home::Stream && (is_general(letter) || letter.kind == Some(("OMP", "O09")))
}

/// The orders of a patient that came encoded.
#[derive(Default)]
pub(super) struct Encoded<'t> {
    /// ORC-2.
    orders: HashSet<&'t str, RandomState>,
}

/// How much of a request came encoded as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Nothing,
    Some,
    All,
}

impl<'t> Encoded<'t> {
    /// Looks for them only where something was requested.
    pub(super) fn of(letters: &[Letter<'t>]) -> Self {
        let mut encoded = Self::default();
        if letters.iter().any(is_request) {
            let encodes = |letter: &&Letter<'_>| letter.kind == Some(("RDE", "O11"));
            for letter in letters.iter().filter(encodes) {
                encoded.take(letter);
            }
        }
        encoded
    }

    /// The orders of a message that stand with their drug: those that it takes back or that name none stand for
    /// nothing.
    fn take(&mut self, letter: &Letter<'t>) {
        let Ok(message) = &letter.message else { return };
        let mut order = "";
        message.each(
            |name| matches!(name, "ORC" | "RXE"),
            |segment| match segment.name() {
                "ORC" if takes_back(segment.part(1, 1)) => order = "",
                "ORC" => order = segment.part(2, 1),
                _ if !order.is_empty() => {
                    self.orders.insert(order);
                }
                _ => {}
            },
        );
    }

    /// How much of a message it holds.
    pub(super) fn again(&self, letter: &Letter<'_>) -> Again {
        if self.orders.is_empty() || !is_request(letter) {
            return Again::Nothing;
        }
        let orders = orders(letter);
        match orders.iter().filter(|order| self.orders.contains(*order)).count() {
            0 => Again::Nothing,
            known if known == orders.len() => Again::All,
            _ => Again::Some,
        }
    }
}

/// Whether an order's control (ORC-1, HL7 table 0119) takes it back or ends it, or asks for that.
pub(super) fn takes_back(control: &str) -> bool {
    matches!(control, "CA" | "CR" | "DC" | "DR" | "OC" | "OD")
}

/// The placer's numbers of a message's orders (ORC-2).
fn orders<'t>(letter: &Letter<'t>) -> Vec<&'t str> {
    let mut orders = Vec::new();
    if let Ok(message) = &letter.message {
        message.each(|name| name == "ORC", |segment| orders.push(segment.part(2, 1)));
    }
    // An order without a number is none that another message names.
    if orders.iter().any(|order| order.is_empty()) { Vec::new() } else { orders }
}
