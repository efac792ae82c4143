//! Which of the files received before are screened again, because what was refused of them may be taken now.
//!
//! The rule: a file is read again if the register says something else of a person than when it was refused, and as much
//! as the key alone tells, more may be taken now. Birth and death are not kept of who is refused; they can only take
//! away from what the key alone admits, so no change is missed. A file of which a part was set aside because records
//! contradict each other is read again once one of the files that contradict each other was replaced.

use std::collections::{HashMap, HashSet};

use sudare_model::SubjectKey;

use super::history::{History, Place};
use super::refused;
use crate::error::ActError;
use crate::gate::SiteGate;
use crate::site::Site;

/// What is screened again, and who stays disputed.
#[derive(Debug, Default)]
pub(super) struct Screening {
    pub(super) again: HashSet<Place>,
    pub(super) disputed: HashSet<SubjectKey>,
}

impl Screening {
    /// Decides for the files at hand that came before (`here`); `giving_way` are those whose place new files take.
    pub(super) fn decide(
        site: &Site,
        gate: &SiteGate,
        history: &History,
        here: &HashSet<Place>,
        giving_way: &HashSet<Place>,
    ) -> Result<Self, ActError> {
        let mut screening = Self::default();
        let mut disputes: HashMap<SubjectKey, Vec<Place>> = HashMap::new();
        let mut now: HashMap<SubjectKey, ([u8; 16], u32)> = HashMap::new();
        for (delivery, (_, cleared)) in history.deliveries.iter().enumerate() {
            refused::each(site, cleared, &mut |row| {
                let place = Place { delivery, file_no: row.file_no };
                if row.disputed {
                    disputes.entry(row.subject).or_default().push(place);
                } else if here.contains(&place) && !screening.again.contains(&place) {
                    let (standing, at_most) = now
                        .entry(row.subject)
                        .or_insert_with(|| (gate.standing(row.subject), gate.at_most(row.subject)));
                    if *standing != row.standing && *at_most & !row.admitted != 0 {
                        screening.again.insert(place);
                    }
                }
            })?;
        }
        screening.settle(history, here, giving_way, &disputes);
        Ok(screening)
    }

    /// Adds the files of disputes that moved, until none moves another: a file read again is replaced itself.
    fn settle(
        &mut self,
        history: &History,
        here: &HashSet<Place>,
        giving_way: &HashSet<Place>,
        disputes: &HashMap<SubjectKey, Vec<Place>>,
    ) {
        let mut grows = true;
        while grows {
            grows = false;
            for places in disputes.values() {
                let goes = |place: &Place| giving_way.contains(place) || self.again.contains(place);
                let going = places.iter().any(goes);
                let newest = places.iter().filter_map(|place| history.replaced_by(*place)).max();
                for place in places.iter().filter(|place| here.contains(place)) {
                    let moved = going || newest.is_some_and(|by| by > place.delivery);
                    let counts = history.replaced_by(*place).is_none();
                    grows |= moved && counts && self.again.insert(*place);
                }
            }
        }
        let stays = |place: &&Place| {
            history.replaced_by(**place).is_none()
                && !giving_way.contains(place)
                && !self.again.contains(place)
        };
        let disputed = disputes.iter().filter(|(_, places)| places.iter().any(|one| stays(&one)));
        self.disputed = disputed.map(|(subject, _)| *subject).collect();
    }
}
