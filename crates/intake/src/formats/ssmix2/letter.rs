//! The messages of one patient, loaded: their text, and what one pass over it says of whose each is.
//!
//! All texts of a patient stand in one buffer that the next patient uses again, and what is said of a message is
//! borrowed from it: a storage has millions of messages of a kilobyte, and most of them repeat who the patient is.

use std::ops::Range;

use sudare_model::Place;
use sudare_model::finding::FindingCode;
use sudare_model::time::Day;

use super::codes;
use super::ending::Ending;
use super::message::{Decoded, Message, Segment, decode};
use super::path::{data_type, extended, named};
use super::person::{Known, Person, Pid};
use super::select::Learnt;
use super::transaction;
use super::visits::{Event, event};
use crate::plan::Span;
use crate::unit::Reading;

/// Where a message was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// In a storage: its path says whose it is, what, and which version.
    Storage,
    /// In a file of the transaction store: the line before it says so.
    Transactions,
    /// Outside one: it says itself whose it is and what.
    Stream,
}

/// The texts of one patient's messages.
#[derive(Default)]
pub(super) struct Post {
    bytes: Vec<u8>,
    text: String,
    sheets: Vec<Sheet>,
}

/// One of them.
struct Sheet {
    span: Span,
    home: Home,
    data_type: &'static str,
    care: Option<Day>,
    text: Range<usize>,
    decoded: Decoded,
}

impl Post {
    /// Loads the messages of a patient, in place of those of the one before.
    pub(super) fn load(&mut self, reading: &mut Reading<'_>, learnt: &Learnt, group: &[Span]) {
        self.text.clear();
        self.sheets.clear();
        for span in group {
            if !reading.load(span, &mut self.bytes) {
                continue;
            }
            let path = reading.path(span.file_no);
            let known = match learnt.piece(span) {
                // A message in a content folder of the extended storage has the day of its folder.
                Some(piece) => {
                    let day = || Day::from_digits(extended(&path).ok()?.day.as_bytes());
                    Some((piece.home, piece.data_type, piece.care.or_else(day)))
                }
                None => named(&path).and_then(|name| {
                    let day = Day::from_digits(name.day.as_bytes());
                    Some((Home::Storage, data_type(name.data_type)?, day))
                }),
            };
            let Some((home, data_type, care)) = known else { continue };
            let behind = match home {
                Home::Transactions => transaction::message_at(&self.bytes),
                _ => 0,
            };
            let before = self.text.len();
            let bytes = self.bytes.get(behind..).unwrap_or_default();
            let decoded = decode(bytes, &mut self.text);
            self.sheets.push(Sheet {
                span: *span,
                home,
                data_type,
                care,
                text: before..self.text.len(),
                decoded,
            });
        }
    }

    /// Looks at each message, in order.
    pub(super) fn open(&self) -> Vec<Letter<'_>> {
        let mut known = None;
        self.sheets.iter().map(|sheet| sheet.open(&self.text, &mut known)).collect()
    }
}

impl Sheet {
    fn open<'t>(&'t self, texts: &'t str, known: &mut Known<'t>) -> Letter<'t> {
        let text = texts.get(self.text.clone()).unwrap_or_default();
        let line = u32::from(self.home == Home::Transactions);
        let before = self.span.first_record.saturating_sub(1).saturating_add(line);
        let message = match Message::parse(text) {
            Err(_) if line > 0 && text.trim().is_empty() => Err(&codes::STORE_MESSAGE),
            parsed => parsed.map(|message| message.behind(before)),
        };
        let mut survey = Survey::default();
        let mut event = None;
        if let Ok(message) = &message {
            survey = Survey::of(message, known);
            event = self::event(self.data_type, message, (self.span.file_no, self.span.start));
        }
        let fault = match (&message, &survey.pid) {
            (Err(code), _) => Some(*code),
            (Ok(_), None) => Some(&codes::PID_MISSING),
            (Ok(_), Some(_)) => None,
        };
        Letter {
            file_no: self.span.file_no,
            start: self.span.start,
            end: self.span.end,
            before,
            home: self.home,
            data_type: self.data_type,
            care: self.care,
            met: &self.decoded.met,
            ending: Ending::of(text, self.decoded.open),
            message,
            event,
            kind: survey.kind,
            individual: survey.individual,
            insured: survey.insured,
            pid: survey.pid.unwrap_or_default(),
            fault,
        }
    }
}

/// A message that was loaded.
pub(super) struct Letter<'t> {
    pub(super) file_no: u32,
    /// Its bytes in the file: those of a record with its line.
    pub(super) start: u64,
    pub(super) end: u64,
    /// How many segments and lines of a store the file has before it.
    pub(super) before: u32,
    pub(super) home: Home,
    pub(super) data_type: &'static str,
    /// 診療日 of the file name, or of the line before it.
    pub(super) care: Option<Day>,
    /// What decoding met.
    pub(super) met: &'t [&'static FindingCode],
    pub(super) ending: Ending,
    pub(super) message: Result<Message<'t>, &'static FindingCode>,
    /// What it opens or closes.
    pub(super) event: Option<Event<'t>>,
    /// MSH-9: message and trigger.
    pub(super) kind: Option<(&'t str, &'t str)>,
    /// Whether it holds an individual number where no such number belongs.
    pub(super) individual: bool,
    /// Whether it states an insurance.
    pub(super) insured: bool,
    pub(super) pid: Pid<'t>,
    /// Why nothing can be made of it.
    pub(super) fault: Option<&'static FindingCode>,
}

impl Letter<'_> {
    /// File and first byte: no other message has them.
    pub(super) const fn at(&self) -> (u32, u64) {
        (self.file_no, self.start)
    }

    /// The whole of it, as a place.
    pub(super) fn place(&self) -> Place {
        match self.home {
            Home::Storage => Place::file(self.file_no),
            Home::Transactions => {
                Place::record(self.file_no, self.before, "#SSMIX").byte(self.start)
            }
            Home::Stream => Place::record(self.file_no, self.before + 1, "MSH").byte(self.start),
        }
    }
}

/// What a message says of whose it is.
#[derive(Default)]
pub(super) struct Survey<'t> {
    /// `None` where there is none.
    pub(super) pid: Option<Pid<'t>>,
    /// MSH-9: message and trigger.
    pub(super) kind: Option<(&'t str, &'t str)>,
    /// MSH-7.
    sent: Option<Day>,
    individual: bool,
    insured: bool,
}

impl<'t> Survey<'t> {
    /// Goes through a message. `known` is the person of the message before.
    pub(super) fn of(message: &Message<'t>, known: &mut Known<'t>) -> Self {
        let mut survey = Self::default();
        let wanted =
            |name: &str| matches!(name.as_bytes(), b"MSH" | b"PID" | b"PRB" | b"IN1" | b"ZI1");
        message.each(wanted, |segment| survey.take(segment, known));
        survey
    }

    fn take(&mut self, segment: &Segment<'_, 't>, known: &mut Known<'t>) {
        match (segment.name(), &mut self.pid) {
            ("MSH", _) => {
                self.kind = Some((segment.part(9, 1), segment.part(9, 2)));
                self.sent = crate::date::stamp(segment.part(7, 1)).map(|stamp| stamp.day);
            }
            ("PID", first) => {
                let person = Person::read(segment, known);
                self.individual |= person.individual;
                match first {
                    None => self.pid = Some(Pid::new(person, segment.number, self.sent)),
                    Some(first) => first.disputed |= person.number != first.person.number,
                }
            }
            ("PRB", Some(first)) => first.died(super::problems::problem_death(segment)),
            ("IN1" | "ZI1", _) => {
                self.insured = true;
                let mut fields = [2, 3, 10, 11].into_iter();
                self.individual |=
                    fields.any(|field| crate::checks::is_my_number(segment.part(field, 1)));
            }
            _ => {}
        }
    }
}
