//! What one provider's patients were told and asked, in memory, compact and fast to ask.
//!
//! A gate is immutable once built, so any number of readers may ask it at once. A notice given to a person takes 24
//! bytes, a stop 32; entries are sorted by subject key, and since keys are digests their first two bytes lead to a
//! handful of neighbours.

use std::collections::BTreeMap;

use sudare_model::time::{Day, Instant};
use sudare_model::{NoticeId, ProviderId, SubjectKey, Track, Tracks};

use crate::document::Document;
use crate::notice::{ItemSet, Method, NoticeTo};
use crate::rules::RuleSet;

/// What the predicate needs of one version of a notice.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) track: Track,
    pub(crate) items: ItemSet,
    pub(crate) filed: Option<Day>,
    pub(crate) published: Option<Day>,
    pub(crate) planned_start: Day,
    pub(crate) period_days: i32,
}

/// A notice given to a person: whose, when, which version, to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GivenTo {
    subject: [u8; 16],
    pub(crate) version: u16,
    pub(crate) guardian: bool,
    pub(crate) day: Day,
}

/// From when a person's supply is stopped, by track; [`NEVER`] where it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stopped {
    subject: [u8; 16],
    since: [i64; 2],
}

const NEVER: i64 = i64::MAX;

/// A sorted list that a key's first two bytes lead into.
#[derive(Debug)]
struct Index {
    starts: Vec<u32>,
}

impl Index {
    fn of(keys: impl Iterator<Item = [u8; 16]>) -> Self {
        let mut starts = vec![0u32; (1 << 16) + 1];
        for key in keys {
            if let Some(slot) = starts.get_mut(Self::bucket(&key) + 1) {
                *slot += 1;
            }
        }
        let mut sum = 0;
        for slot in &mut starts {
            sum += *slot;
            *slot = sum;
        }
        Self { starts }
    }

    fn bucket([high, low, ..]: &[u8; 16]) -> usize {
        usize::from(u16::from_be_bytes([*high, *low]))
    }

    /// The entries of one key.
    fn find<'a, T>(&self, list: &'a [T], key: &[u8; 16], of: fn(&T) -> &[u8; 16]) -> &'a [T] {
        let bound = |at| self.starts.get(at).map_or(0, |at: &u32| *at as usize);
        let bucket = Self::bucket(key);
        let near = list.get(bound(bucket)..bound(bucket + 1)).unwrap_or_default();
        let from = near.partition_point(|entry| of(entry) < key);
        let rest = near.get(from..).unwrap_or_default();
        let count = rest.partition_point(|entry| of(entry) == key);
        rest.get(..count).unwrap_or_default()
    }
}

/// Everything the predicate asks about one provider.
#[derive(Debug)]
pub struct ProviderGate {
    provider: ProviderId,
    pub(crate) known: bool,
    pub(crate) security_check: Option<(Day, Day)>,
    pub(crate) guardian_notice_below_age: u8,
    pub(crate) versions: Vec<Version>,
    given: Vec<GivenTo>,
    given_index: Index,
    stopped: Vec<Stopped>,
    stopped_index: Index,
}

impl ProviderGate {
    /// The provider.
    #[must_use]
    pub const fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// How many notices given to persons it holds.
    #[must_use]
    pub fn notices_given(&self) -> usize {
        self.given.len()
    }

    /// How many persons have a stop request.
    #[must_use]
    pub fn persons_stopped(&self) -> usize {
        self.stopped.len()
    }

    pub(crate) fn given_to(&self, subject: SubjectKey) -> &[GivenTo] {
        self.given_index.find(&self.given, subject.as_bytes(), |entry| &entry.subject)
    }

    /// Whether a stop is in force at the instant, that instant included: deny wins every tie.
    pub(crate) fn is_stopped(&self, subject: SubjectKey, track: Track, at: Instant) -> bool {
        let found =
            self.stopped_index.find(&self.stopped, subject.as_bytes(), |entry| &entry.subject);
        found.iter().any(|entry| *slot(&entry.since, track) <= at.unix())
    }
}

const fn slot(since: &[i64; 2], track: Track) -> &i64 {
    let [anonymised, pseudonymised] = since;
    match track {
        Track::Anonymised => anonymised,
        Track::Pseudonymised => pseudonymised,
    }
}

/// Gathers a provider's facts in any order.
#[derive(Debug)]
pub struct GateBuilder {
    gate: ProviderGate,
    accepted: Vec<Method>,
    version_of: BTreeMap<NoticeId, u16>,
    stops: Vec<Stopped>,
}

impl GateBuilder {
    /// A gate for one provider of a register. A provider the register does not know gets a gate that refuses all.
    #[must_use]
    pub fn new(document: &Document, provider: &ProviderId, rules: &RuleSet) -> Self {
        let record = document.provider(provider);
        let filed = |id: &NoticeId| {
            document.notifications.iter().find(|filing| filing.notice == *id).map(|one| one.filed)
        };
        let published = |id: &NoticeId| {
            document.publications.iter().find(|one| one.notice == *id).map(|one| one.date)
        };
        let mut version_of = BTreeMap::new();
        let mut versions = Vec::new();
        for notice in document.notices.iter().filter(|notice| notice.provider == *provider) {
            let Ok(number) = u16::try_from(versions.len()) else { break };
            version_of.insert(notice.id.clone(), number);
            versions.push(Version {
                track: notice.track,
                items: notice.items,
                filed: filed(&notice.id),
                published: published(&notice.id),
                planned_start: notice.planned_start,
                period_days: i32::from(notice.stop_request_period_days),
            });
        }
        let gate = ProviderGate {
            provider: provider.clone(),
            known: record.is_some(),
            security_check: record.and_then(|record| record.security_check),
            guardian_notice_below_age: rules.guardian_notice_below_age,
            versions,
            given: Vec::new(),
            given_index: Index { starts: Vec::new() },
            stopped: Vec::new(),
            stopped_index: Index { starts: Vec::new() },
        };
        Self { gate, accepted: rules.accepted_methods.clone(), version_of, stops: Vec::new() }
    }

    /// The provider this gate is for.
    #[must_use]
    pub const fn provider(&self) -> &ProviderId {
        &self.gate.provider
    }

    /// A notice was given to a person. A notice of another provider, or a method that is not accepted, counts for
    /// nothing; the answer says whether it counted.
    pub fn given(
        &mut self,
        notice: &NoticeId,
        subject: SubjectKey,
        day: Day,
        method: Method,
        to: NoticeTo,
    ) -> bool {
        let Some(version) = self.version_of.get(notice).copied() else { return false };
        if !self.accepted.contains(&method) {
            return false;
        }
        let guardian = to == NoticeTo::Guardian;
        self.gate.given.push(GivenTo { subject: *subject.as_bytes(), version, guardian, day });
        true
    }

    /// A person's supply is stopped on these tracks (both, where none is named) from an instant, for ever.
    pub fn stop(&mut self, subject: SubjectKey, tracks: Tracks, since: Instant) {
        let tracks = if tracks.is_empty() { Tracks::BOTH } else { tracks };
        let at = |track| if tracks.has(track) { since.unix() } else { NEVER };
        let since = Track::ALL.map(at);
        self.stops.push(Stopped { subject: *subject.as_bytes(), since });
    }

    /// The gate. The order in which facts were given makes no difference.
    #[must_use]
    pub fn build(mut self) -> ProviderGate {
        let given = &mut self.gate.given;
        given.sort_unstable();
        // Of the same version given twice to the same receiver, the first day stands and sorts first.
        given.dedup_by_key(|entry| (entry.subject, entry.version, entry.guardian));
        given.shrink_to_fit();
        self.gate.given_index = Index::of(given.iter().map(|entry| entry.subject));
        self.stops.sort_unstable();
        let stopped = &mut self.gate.stopped;
        for stop in self.stops {
            match stopped.last_mut() {
                Some(last) if last.subject == stop.subject => {
                    let [first, second] = &mut last.since;
                    let [anonymised, pseudonymised] = stop.since;
                    *first = anonymised.min(*first);
                    *second = pseudonymised.min(*second);
                }
                _ => stopped.push(stop),
            }
        }
        self.gate.stopped_index = Index::of(self.gate.stopped.iter().map(|entry| entry.subject));
        self.gate
    }
}
