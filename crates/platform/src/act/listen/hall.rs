//! What the parts of a listener share: who it is, what waits to be received, and what was counted.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sudare_intake::dimse::Status;
use sudare_model::ProviderId;
use sudare_store::spool::{Spool, Tray};

use super::{Heard, ListenAsked, Stop};
use crate::answer::{ListenAnswer, ReceiveAnswer};
use crate::progress::Progress;
use crate::site::Desk;

/// Deliveries listed in the answer.
const DELIVERIES_LISTED: usize = 1000;

/// The shared part of a listener.
pub(super) struct Hall<'a> {
    pub(super) desk: &'a Desk,
    pub(super) spool: Spool,
    pub(super) provider: ProviderId,
    pub(super) asked: &'a ListenAsked<'a>,
    pub(super) stop: &'a Stop,
    pub(super) heard: &'a (dyn Fn(Heard<'_>) + Sync),
    pub(super) progress: &'a dyn Progress,
    door: AtomicU8,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    answer: Mutex<ListenAnswer>,
}

/// What waits to be received.
#[derive(Debug)]
struct Waiting {
    trays: VecDeque<Pending>,
    /// Objects of trays that stay where they are because something in them does not open.
    spoiled: usize,
    /// When the oldest of them began to wait, and the newest.
    since: Instant,
    latest: Instant,
    /// Associations and connections that are none yet.
    open: usize,
}

/// A tray that waits.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) tray: Arc<Tray>,
    /// Which of its objects are received.
    pub(super) taken: Vec<bool>,
    /// Whether one of them did not open.
    spoiled: bool,
}

impl Pending {
    pub(super) fn new(tray: Tray) -> Self {
        let taken = vec![false; tray.objects().len()];
        Self { tray: Arc::new(tray), taken, spoiled: false }
    }
}

/// Whether objects are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Door {
    /// They are.
    Open,
    /// What came before cannot be received now.
    Troubled,
    /// A rule refused what came before.
    Refused,
}

impl<'a> Hall<'a> {
    pub(super) fn new(
        (desk, spool, provider): (&'a Desk, Spool, ProviderId),
        asked: &'a ListenAsked<'a>,
        stop: &'a Stop,
        heard: &'a (dyn Fn(Heard<'_>) + Sync),
        progress: &'a dyn Progress,
    ) -> Self {
        let now = Instant::now();
        let waiting =
            Waiting { trays: VecDeque::new(), spoiled: 0, since: now, latest: now, open: 0 };
        Self {
            desk,
            spool,
            provider,
            asked,
            stop,
            heard,
            progress,
            door: AtomicU8::new(Door::Open as u8),
            waiting: Mutex::new(waiting),
            changed: Condvar::new(),
            answer: Mutex::default(),
        }
    }

    /// A thread that died while it held a lock left whole values behind: every change is one statement.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self) -> MutexGuard<'_, ListenAnswer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat for a connection; none beyond `most`. With it, whether there is room for an association.
    pub(super) fn seat(&self, most: usize, associations: usize) -> Option<(Seat<'_>, bool)> {
        let mut waiting = self.waiting();
        if waiting.open >= most {
            return None;
        }
        waiting.open += 1;
        Some((Seat(self), waiting.open <= associations))
    }

    /// Puts a tray before whoever receives.
    pub(super) fn put(&self, tray: Tray) {
        let mut waiting = self.waiting();
        waiting.latest = Instant::now();
        if waiting.trays.is_empty() {
            waiting.since = waiting.latest;
        }
        waiting.trays.push_back(Pending::new(tray));
        drop(waiting);
        self.changed.notify_all();
    }

    /// Waits until something is to be received; `false` once nothing will be any more.
    pub(super) fn wait(&self) -> bool {
        const SLICE: Duration = Duration::from_millis(100);
        let limits = &self.asked.limits;
        let mut waiting = self.waiting();
        loop {
            let over = self.stop.is_raised() && waiting.open == 0;
            let settled = waiting.open == 0 && waiting.latest.elapsed() >= limits.settle;
            let due = over || settled || waiting.since.elapsed() >= limits.gather;
            if due && !waiting.trays.is_empty() {
                return true;
            }
            if over {
                return false;
            }
            let woken = self.changed.wait_timeout(waiting, SLICE);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What waits, oldest first.
    pub(super) fn trays(&self) -> Vec<Pending> {
        self.waiting().trays.iter().cloned().collect()
    }

    /// These objects, by tray and number, are received; whether all of them opened. Gives the trays of which all are,
    /// which may go.
    pub(super) fn done(&self, taken: &[(usize, usize)], opened: bool) -> Vec<Arc<Tray>> {
        let mut waiting = self.waiting();
        for (tray, object) in taken {
            let Some(pending) = waiting.trays.get_mut(*tray) else { continue };
            pending.spoiled |= !opened;
            if let Some(taken) = pending.taken.get_mut(*object) {
                *taken = true;
            }
        }
        let mut gone = Vec::new();
        let trays = std::mem::take(&mut waiting.trays);
        for pending in trays {
            if pending.taken.contains(&false) {
                waiting.trays.push_back(pending);
            } else if pending.spoiled {
                waiting.spoiled += pending.taken.len();
            } else {
                gone.push(pending.tray);
            }
        }
        waiting.since = Instant::now();
        gone
    }

    /// Whether objects are taken, and with which status they are refused.
    pub(super) fn refusal(&self) -> Option<Status> {
        match self.door.load(Ordering::Acquire) {
            0 => None,
            1 => Some(Status::NO_RESOURCES),
            _ => Some(Status::NOT_AUTHORISED),
        }
    }

    pub(super) fn set(&self, door: Door) {
        self.door.store(door as u8, Ordering::Release);
    }

    pub(super) fn count_association(&self, how: &str) {
        *self.answer().associations.entry(how.to_owned()).or_default() += 1;
    }

    pub(super) fn count_echo(&self) {
        *self.answer().objects.entry("echoes".to_owned()).or_default() += 1;
    }

    pub(super) fn count_object(&self, stored: Result<u64, Status>) {
        let mut answer = self.answer();
        let word = if stored.is_ok() { "stored" } else { "refused" };
        *answer.objects.entry(word.to_owned()).or_default() += 1;
        match stored {
            Ok(bytes) => answer.bytes += bytes,
            Err(status) => {
                *answer.statuses.entry(format!("0x{:04X}", status.code)).or_default() += 1;
            }
        }
    }

    pub(super) fn count_delivery(&self, received: &ReceiveAnswer) {
        let mut answer = self.answer();
        if received.unchanged {
            return;
        }
        if answer.deliveries.len() >= DELIVERIES_LISTED {
            answer.deliveries.remove(0);
        }
        answer.deliveries.extend(received.delivery.clone());
        for (name, count) in &received.brought.rows {
            *answer.rows.entry(name.clone()).or_default() += count;
        }
        for (name, count) in &received.brought.units {
            *answer.units.entry(name.clone()).or_default() += count;
        }
    }

    /// The answer, at the end.
    pub(super) fn account(self, address: String) -> ListenAnswer {
        let waiting = self.waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
        let left = |one: &Pending| one.taken.iter().filter(|taken| !**taken).count();
        let left = waiting.trays.iter().map(left).sum::<usize>() + waiting.spoiled;
        let answer = self.answer.into_inner().unwrap_or_else(PoisonError::into_inner);
        ListenAnswer {
            provider: self.provider.to_string(),
            address,
            ae_title: self.asked.ae_title.to_owned(),
            waiting: left as u64,
            ..answer
        }
    }
}

/// A connection's place, given back when it ends, however it ends.
pub(super) struct Seat<'a>(&'a Hall<'a>);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.waiting().open -= 1;
        self.0.changed.notify_all();
    }
}
