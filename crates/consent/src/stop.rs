//! Stop requests (提供の停止の求め): form-free, never a reason, valid for ever (R-OPT-01, -02, -04, -06, -08).

use sudare_model::time::Instant;
use sudare_model::{ProviderId, SubjectKey, Tracks};

use crate::words::words;

words! {
    /// Who asks. The family classes are those of Order 11, without priority among them.
    Requester {
        /// The person.
        Subject = "subject" / "本人",
        /// A parent or guardian of a person who cannot judge (R-NOT-07).
        Guardian = "guardian" / "保護者等",
        /// Spouse, de facto included.
        Spouse = "spouse" / "配偶者（事実婚を含む）",
        /// Child.
        Child = "child" / "子",
        /// Parent.
        Parent = "parent" / "父母",
        /// Grandchild.
        Grandchild = "grandchild" / "孫",
        /// Grandparent.
        Grandparent = "grandparent" / "祖父母",
        /// Brother or sister.
        Sibling = "sibling" / "兄弟姉妹",
    }
}

words! {
    /// How the request reached the provider. Any way is good (Reg. 47).
    Reception {
        /// Spoken, at a counter or by telephone.
        Oral = "oral" / "口頭",
        /// On paper.
        Written = "written" / "書面",
        /// By electronic means.
        Electronic = "electronic" / "電磁的方法",
        /// Any other method, or not recorded.
        Other = "other" / "その他",
    }
}

impl Requester {
    /// Reads the word of a list or a command line. A spouse in fact is a spouse (Order 11).
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::from_word(if word == "de_facto_spouse" { "spouse" } else { word })
    }

    /// Whether this is one of the six classes that may ask after a death.
    #[must_use]
    pub const fn is_bereaved_family(self) -> bool {
        !matches!(self, Self::Subject | Self::Guardian)
    }
}

/// What was asked. There is no field for a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopRequest {
    /// The provider asked to stop.
    pub provider: ProviderId,
    /// The person, as content knows them.
    pub subject: SubjectKey,
    /// The tracks named; `None` or no track where the requester did not distinguish.
    pub tracks: Option<Tracks>,
    /// When it was received, which is when it takes effect.
    pub received: Instant,
    /// Who asked.
    pub requester: Requester,
    /// How it came.
    pub reception: Reception,
    /// Whether the requester said that the person has died.
    pub stated_dead: bool,
}

/// A stop in force: it has no end and no way to be lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopInForce {
    /// The provider.
    pub provider: ProviderId,
    /// The person.
    pub subject: SubjectKey,
    /// The tracks stopped, never none.
    pub tracks: Tracks,
    /// From when, this instant included.
    pub since: Instant,
    /// Position among the stops of one instant, as received.
    pub sequence: u64,
    /// Who asked.
    pub requester: Requester,
}

/// Why a stop request is not valid. Nothing else can make it invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StopRefused {
    /// Family may ask after the person's death only (Act 52(1), Order 11; R-OPT-02).
    #[error(
        "a family member may ask once the person has died; record or state the death, or let the person ask"
    )]
    FamilyOfTheLiving,
    /// Received later than now.
    #[error("the request is dated after now")]
    InTheFuture,
}

impl StopRequest {
    /// Checks the request and puts the stop in force.
    ///
    /// One valid request suffices whatever others say, so nothing here looks at other requests.
    ///
    /// # Errors
    /// [`StopRefused`] where the requester has no standing or the date is impossible.
    pub fn accept(
        self,
        recorded_dead: bool,
        now: Instant,
        sequence: u64,
    ) -> Result<StopInForce, StopRefused> {
        if self.requester.is_bereaved_family() && !recorded_dead && !self.stated_dead {
            return Err(StopRefused::FamilyOfTheLiving);
        }
        if self.received > now {
            return Err(StopRefused::InTheFuture);
        }
        Ok(StopInForce {
            provider: self.provider,
            subject: self.subject,
            tracks: both_unless_named(self.tracks),
            since: self.received,
            sequence,
            requester: self.requester,
        })
    }
}

/// Both tracks where the requester did not distinguish (R-OPT-08, the safe side).
pub(crate) fn both_unless_named(tracks: Option<Tracks>) -> Tracks {
    tracks.filter(|tracks| !tracks.is_empty()).unwrap_or(Tracks::BOTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudare_model::Track;

    fn request(requester: Requester) -> StopRequest {
        StopRequest {
            provider: ProviderId::parse("H01").unwrap(),
            subject: SubjectKey::from_bytes([1; 16]),
            tracks: None,
            received: Instant::from_unix(100),
            requester,
            reception: Reception::Oral,
            stated_dead: false,
        }
    }

    #[test]
    fn an_oral_request_without_track_stops_both_tracks() {
        let stop = request(Requester::Subject).accept(false, Instant::from_unix(100), 0).unwrap();
        assert_eq!(stop.tracks, Tracks::BOTH);
        let mut one = request(Requester::Guardian);
        one.tracks = Some(Tracks::only(Track::Anonymised));
        let stop = one.accept(false, Instant::from_unix(100), 0).unwrap();
        assert_eq!(stop.tracks, Tracks::only(Track::Anonymised));
    }

    #[test]
    fn family_asks_after_death_only() {
        let now = Instant::from_unix(200);
        for class in Requester::ALL.iter().copied().filter(|one| one.is_bereaved_family()) {
            assert_eq!(request(class).accept(false, now, 0), Err(StopRefused::FamilyOfTheLiving));
            assert!(request(class).accept(true, now, 0).is_ok());
            let stated = StopRequest { stated_dead: true, ..request(class) };
            assert!(stated.accept(false, now, 0).is_ok());
        }
        assert_eq!(
            request(Requester::Subject).accept(false, Instant::from_unix(99), 0),
            Err(StopRefused::InTheFuture)
        );
    }
}
