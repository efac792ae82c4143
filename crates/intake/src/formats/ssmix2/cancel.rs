//! Messages that take others back, outside a storage: what they name without doubt is not read; anything else is told.
//!
//! A storage says by its flags which version counts, so only messages outside one are taken back, and only those that
//! a message of the same patient names: of an ADT event the message of the event it cancels (HL7 v2.5, chapter 3: A11
//! the admission A01 or the registration A04, A12 the transfer A02, A13 the discharge A03, A52 and A53 the leave A21
//! and the return A22) of the same visit; of an order (ORC-1 is CA, table 0119) those of the same kind whose every
//! order it names. Sent before it, in any case. Plans and attending doctors (A25, A26, A27, A55) have no row that could
//! be taken back.

use foldhash::fast::RandomState;
use hashbrown::HashSet;

use super::letter::{Home, Letter};
use super::message::Segment;
use crate::date::{Stamp, stamp};

/// The kind of a message that takes an event back.
pub(super) const CANCEL: &str = "cancel";

/// Messages of one patient that take others back: of more, what they name is not looked for. No real patient has so
/// many, and each is compared with all messages of the patient.
const ACTS_MAX: usize = 1000;

/// File and first byte of a message.
type At = (u32, u64);

/// What a patient's messages take back.
#[derive(Default)]
pub(super) struct Cancelled {
    /// Messages taken back.
    taken: HashSet<At, RandomState>,
    /// Messages that take back; they make no row.
    acts: HashSet<At, RandomState>,
    /// Those of them that name nothing, or nothing without doubt.
    doubtful: HashSet<At, RandomState>,
}

/// What a message says that matters here.
#[derive(Default)]
struct Told<'t> {
    at: At,
    data_type: &'static str,
    trigger: &'t str,
    /// MSH-7.
    sent: Option<Stamp>,
    /// PV1-19.
    visit: &'t str,
    /// When the event was, and when the stay began (PV1-44).
    event: Option<Stamp>,
    began: Option<Stamp>,
    /// ORC-2 of each order, and whether ORC-1 is CA.
    orders: Vec<(&'t str, bool)>,
}

impl<'t> Told<'t> {
    fn of(letter: &Letter<'t>) -> Option<Self> {
        let concerns = letter.data_type.starts_with("ADT") || letter.data_type == CANCEL;
        let orders =
            matches!(letter.data_type, "OMD" | "OMG" | "OMG-11" | "OML-01" | "OMP-01" | "OMP-11");
        if letter.home != Home::Stream || !concerns && !orders {
            return None;
        }
        let (_, trigger) = letter.kind?;
        let (at, data_type) = (letter.at(), letter.data_type);
        let mut told = Told { at, data_type, trigger, ..Told::default() };
        let wanted = |name: &str| matches!(name, "MSH" | "EVN" | "PV1" | "PV2" | "ORC");
        letter.message.as_ref().ok()?.each(wanted, |segment| told.take(segment));
        Some(told)
    }

    fn take(&mut self, segment: &Segment<'_, 't>) {
        match (segment.name(), self.trigger) {
            ("MSH", _) => self.sent = stamp(segment.part(7, 1)),
            ("EVN", "A02" | "A12" | "A21" | "A52" | "A22") => {
                self.event = stamp(segment.part(6, 1));
            }
            ("PV2", "A53") => self.event = stamp(segment.part(47, 1)),
            ("PV1", trigger) => {
                self.visit = segment.part(19, 1);
                self.began = stamp(segment.part(44, 1));
                match trigger {
                    "A01" | "A04" | "A11" => self.event = self.began,
                    "A03" | "A13" => self.event = stamp(segment.part(45, 1)),
                    _ => {}
                }
            }
            ("ORC", _) => {
                self.orders.push((segment.part(2, 1), segment.part(1, 1) == "CA"));
            }
            _ => {}
        }
    }

    /// Whether it was sent before another; `None` where nobody says. Of one instant the order of the files counts.
    fn before(&self, other: &Self) -> Option<bool> {
        let (one, two) = (self.sent?, other.sent?);
        let instants = one.second.zip(two.second);
        let differ = match instants {
            Some((one, two)) if one != two => Some(one < two),
            _ if one.day != two.day => Some(one.day < two.day),
            _ => None,
        };
        Some(differ.unwrap_or(self.at < other.at))
    }

    /// Whether an event is the one that `cancel` names: of its visit and, where both say when, of its time.
    fn is_event_of(&self, cancel: &Self) -> bool {
        let wanted = match cancel.trigger {
            "A11" => matches!(self.trigger, "A01" | "A04"),
            "A12" => self.trigger == "A02",
            "A13" => self.trigger == "A03",
            "A52" => self.trigger == "A21",
            "A53" => self.trigger == "A22",
            _ => false,
        };
        let times = self.event.zip(cancel.event);
        let same = match times {
            Some((one, two)) => one == two,
            // A stay ends once, so its beginning names its end.
            None if cancel.trigger == "A13" => {
                self.began.is_some_and(|began| Some(began) == cancel.began)
            }
            None => false,
        };
        let named = !self.visit.is_empty() && !cancel.visit.is_empty();
        let fits =
            if named { self.visit == cancel.visit && (same || times.is_none()) } else { same };
        wanted && self.data_type != CANCEL && fits
    }
}

impl Cancelled {
    /// What the messages of one patient take back.
    pub(super) fn of<'l, 't: 'l>(letters: impl Iterator<Item = &'l Letter<'t>>) -> Self {
        let told: Vec<Told<'t>> = letters.filter_map(Told::of).collect();
        let mut found = Self::default();
        let orders = |one: &Told<'_>| one.orders.iter().any(|(_, cancels)| *cancels);
        let mut acts: Vec<&Told<'t>> =
            told.iter().filter(|one| one.data_type == CANCEL || orders(one)).collect();
        let instant = |stamp: Stamp| (stamp.day, stamp.second.unwrap_or(i64::MIN));
        acts.sort_by_key(|one| (one.sent.map(instant), one.at));
        for act in acts {
            match act.data_type {
                CANCEL if found.acts.len() >= ACTS_MAX => {
                    found.acts.insert(act.at);
                    found.doubtful.insert(act.at);
                }
                // Cancelled orders are told where the message is walked.
                _ if found.acts.len() >= ACTS_MAX => {}
                CANCEL => found.event(act, &told),
                _ => found.order(act, &told),
            }
        }
        found
    }

    fn event(&mut self, act: &Told<'_>, told: &[Told<'_>]) {
        self.acts.insert(act.at);
        if matches!(act.trigger, "A25" | "A26" | "A27" | "A55") {
            return;
        }
        let mut named = told.iter().filter(|one| {
            one.is_event_of(act) && one.before(act) == Some(true) && !self.taken.contains(&one.at)
        });
        match (named.next().map(|one| one.at), named.next()) {
            (Some(at), None) => self.taken.insert(at),
            _ => self.doubtful.insert(act.at),
        };
    }

    fn order(&mut self, act: &Told<'_>, told: &[Told<'_>]) {
        // A message that cancels some of its orders only, or does not say which, is walked, and told there.
        if act.orders.iter().any(|(number, cancels)| !cancels || number.is_empty()) {
            return;
        }
        self.acts.insert(act.at);
        let orders: HashSet<&str, RandomState> = act.orders.iter().map(|(one, _)| *one).collect();
        let named = |number: &str| orders.contains(number);
        let mut targets = Vec::new();
        let mut doubtful = false;
        for one in told.iter().filter(|one| one.data_type == act.data_type) {
            let cancels = one.orders.iter().any(|(_, cancels)| *cancels);
            let any = one.orders.iter().any(|(number, _)| named(number));
            if cancels || !any {
                continue;
            }
            match one.before(act) {
                Some(false) => {}
                // It may hold other orders as well.
                Some(true) if one.orders.iter().all(|(number, _)| named(number)) => {
                    targets.push(one.at);
                }
                _ => doubtful = true,
            }
        }
        if doubtful || targets.is_empty() {
            self.doubtful.insert(act.at);
        } else {
            self.taken.extend(targets);
        }
    }

    /// Whether a message was taken back.
    pub(super) fn is_taken(&self, letter: &Letter<'_>) -> bool {
        self.taken.contains(&letter.at())
    }

    /// Whether a message takes another back, and so makes no row.
    pub(super) fn is_act(&self, letter: &Letter<'_>) -> bool {
        self.acts.contains(&letter.at())
    }

    /// Whether nothing was removed for a message that takes back.
    pub(super) fn is_doubtful(&self, letter: &Letter<'_>) -> bool {
        self.doubtful.contains(&letter.at())
    }

    /// Whether there is anything to do.
    pub(super) fn is_none(&self) -> bool {
        self.acts.is_empty()
    }
}
