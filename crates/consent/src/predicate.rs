//! The intake predicate, R-INT-04 (Act Art. 56, 58): may this item of this person be received under this track now?
//!
//! Every conjunct has its [`Rule`], and they are asked in this order:
//!
//! 1. the provider is identified (R-INT-01);
//! 2. the check of its method and security is valid today (R-INT-05);
//! 3. the notice was notified to the ministers (R-NTF-01);
//! 4. and published by them (R-NTF-03);
//! 5. its planned start has come (R-NOT-01);
//! 6. it was given to the person (R-NOT-02), in their life (R-NOT-09), and to a guardian of a child too (R-NOT-07);
//! 7. it names the item (R-INT-04);
//! 8. the period for a stop request has passed (R-NOT-03);
//! 9. no stop request is in force (R-OPT-06).
//!
//! Conjuncts 3 to 8 must hold for *one* version of a notice on the track; the rule reported is the first that fails
//! for the version that gets furthest. Facts later than the instant asked are as if they did not exist. Days are
//! Japan's. The day of notice is not counted and the period ends with its last day (Civil Code 140, 141): a notice
//! of day D with a period of P days admits from day D + P + 1.

use sudare_model::time::{Day, Instant};
use sudare_model::{Admission, DataItem, Rule, SubjectKey, Track, Tracks};

use crate::gate::{GivenTo, ProviderGate, Version};
use crate::notice::ItemSet;

/// A person as far as the asker knows them. Before content is read, the key alone is known.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Who, as content knows them.
    pub subject: SubjectKey,
    /// Birth date: with it, a notice to someone below the age of R-NOT-07 needs one to a guardian as well.
    pub birth: Option<Day>,
    /// Day of death: with it, no notice given later counts (R-NOT-09).
    pub death: Option<Day>,
}

impl Person {
    /// A person of whom nothing but the key is known.
    #[must_use]
    pub const fn new(subject: SubjectKey) -> Self {
        Self { subject, birth: None, death: None }
    }
}

impl ProviderGate {
    /// Answers for every track and item, for a person of whom only the key is known.
    #[must_use]
    pub fn admission(&self, subject: SubjectKey, at: Instant) -> Admission {
        self.admission_of(&Person::new(subject), at)
    }

    /// Answers for every track and item.
    #[must_use]
    pub fn admission_of(&self, person: &Person, at: Instant) -> Admission {
        let today = at.day_in_japan();
        let mut admission = Admission::none(person.subject);
        let given = self.given_to(person.subject);
        for track in Track::ALL {
            let standing = self.standing(track, today).and_then(|()| {
                let waited = self.notified(person, given, track, today)?;
                Ok((waited, self.is_stopped(person.subject, track, at)))
            });
            for item in DataItem::ALL.iter().copied() {
                match &standing {
                    Err(rule) => admission.refuse(track, item, *rule),
                    Ok((notified, stopped)) => match notified.ask(item) {
                        Err(rule) => admission.refuse(track, item, rule),
                        Ok(()) if *stopped => admission.refuse(track, item, Rule::StopRequested),
                        Ok(()) => admission.admit(track, item),
                    },
                }
            }
        }
        admission
    }

    /// Everything the predicate looks at of a person at an instant, added to `into` as bytes. While they stay the same
    /// so does every answer, whatever birth and death are asked with: what was refused then is refused still.
    pub fn facts_of(&self, subject: SubjectKey, at: Instant, into: &mut Vec<u8>) {
        let today = at.day_in_japan();
        into.push(self.guardian_notice_below_age);
        for track in Track::ALL {
            match self.standing(track, today) {
                Ok(()) => into.push(u8::from(self.is_stopped(subject, track, at))),
                Err(rule) => into.extend(rule.id().as_bytes()),
            }
        }
        // Versions are numbered as this person got them: what others get changes no number.
        let (mut known, mut number) = (None, 0_u8);
        for one in self.given_to(subject).iter().filter(|one| one.day <= today) {
            let Some(version) = self.versions.get(usize::from(one.version)) else { continue };
            if version.reached(today) != Reached::Started {
                continue;
            }
            if known.replace(one.version) != Some(one.version) {
                number = number.wrapping_add(1);
            }
            let waited = one.day.plus(version.period_days) < today;
            into.extend([number, Tracks::only(version.track).byte()]);
            into.extend([u8::from(one.guardian), u8::from(waited)]);
            into.extend(one.day.epoch_days().to_le_bytes());
            into.extend(version.items.bits().to_le_bytes());
        }
    }

    /// Conjuncts 1 to 5: what holds or fails for every person of the provider alike.
    fn standing(&self, track: Track, today: Day) -> Result<(), Rule> {
        if !self.known {
            return Err(Rule::ProviderUnknown);
        }
        if !self.security_check.is_some_and(|(from, until)| from <= today && today <= until) {
            return Err(Rule::SecurityCheckMissing);
        }
        let versions = || self.versions.iter().filter(|version| version.track == track);
        let furthest = versions().map(|version| version.reached(today)).max().unwrap_or_default();
        furthest.rule().map_or(Ok(()), Err)
    }

    /// Conjuncts 6 to 8 for one person: which items were told, and which of them were waited for.
    fn notified(
        &self,
        person: &Person,
        given: &[GivenTo],
        track: Track,
        today: Day,
    ) -> Result<Notified, Rule> {
        let mut found = Notified::default();
        let (mut after_death, mut half) = (false, false);
        for one in given.iter().filter(|one| one.day <= today) {
            let Some(version) = self.versions.get(usize::from(one.version)) else { continue };
            if version.track != track || version.reached(today) != Reached::Started {
                continue;
            }
            if person.death.is_some_and(|death| death < one.day) {
                after_death = true;
                continue;
            }
            if !self.reaches_whom_it_must(person, given, one, today) {
                half = true;
                continue;
            }
            found.told = found.told.union(version.items);
            if one.day.plus(version.period_days) < today {
                found.waited = found.waited.union(version.items);
            }
        }
        match (found.told.is_empty(), half, after_death) {
            (false, ..) => Ok(found),
            (true, true, _) => Err(Rule::GuardianNoticeMissing),
            (true, false, true) => Err(Rule::UnnotifiedDead),
            (true, false, false) => Err(Rule::NoticeMissing),
        }
    }

    /// R-NOT-07: below the age, both the subject and a guardian have the version; the later of the two counts. Above
    /// it, or where the birth date is not known, a notice to the subject or, for one who cannot judge, to a guardian.
    fn reaches_whom_it_must(
        &self,
        person: &Person,
        given: &[GivenTo],
        one: &GivenTo,
        today: Day,
    ) -> bool {
        let Some(birth) = person.birth else { return true };
        if age(birth, one.day) >= i32::from(self.guardian_notice_below_age) {
            return true;
        }
        given.iter().any(|other| {
            other.version == one.version
                && other.guardian != one.guardian
                && other.day <= one.day
                && other.day <= today
        })
    }
}

/// Age in full years on a day.
fn age(birth: Day, on: Day) -> i32 {
    let ((year, month, day), (this_year, this_month, this_day)) = (birth.ymd(), on.ymd());
    this_year - year - i32::from((this_month, this_day) < (month, day))
}

/// How far a version of a notice gets without looking at a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Reached {
    #[default]
    Nothing,
    Filed,
    Published,
    Started,
}

impl Reached {
    const fn rule(self) -> Option<Rule> {
        match self {
            Self::Nothing => Some(Rule::NotificationMissing),
            Self::Filed => Some(Rule::PublicationMissing),
            Self::Published => Some(Rule::BeforePlannedStart),
            Self::Started => None,
        }
    }
}

impl Version {
    fn reached(&self, today: Day) -> Reached {
        if self.filed.is_none_or(|day| day > today) {
            Reached::Nothing
        } else if self.published.is_none_or(|day| day > today) {
            Reached::Filed
        } else if self.planned_start > today {
            Reached::Published
        } else {
            Reached::Started
        }
    }
}

/// Items of the versions given to a person, and those whose period has passed.
#[derive(Debug, Default)]
struct Notified {
    told: ItemSet,
    waited: ItemSet,
}

impl Notified {
    const fn ask(&self, item: DataItem) -> Result<(), Rule> {
        if self.waited.has(item) {
            Ok(())
        } else if self.told.has(item) {
            Err(Rule::WaitingPeriod)
        } else {
            Err(Rule::ItemNotNotified)
        }
    }
}
