//! The records that evidence is made from, as the register holds them.

use sudare_model::time::{Day, Instant};
use sudare_model::{ProjectId, Rule, Track, UserId};

use crate::why::{Term, Why};

/// A user of released information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Its id.
    pub id: UserId,
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Recipient of packages: an X25519 recipient of the `age` format, `age1…`.
    pub recipient: String,
}

impl UserRecord {
    /// Name, address and id as one run of bytes, for the keyed digest in the statutory entry (R-LEDGER-01).
    #[must_use]
    pub fn identification(&self) -> Vec<u8> {
        [self.id.as_str(), &self.name, &self.address].join("\0").into_bytes()
    }
}

/// A certificate of a user of pseudonymised information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRecord {
    /// Who holds it.
    pub user: UserId,
    /// First day it holds.
    pub from: Day,
    /// Last day it holds.
    pub until: Day,
    /// From when it is revoked, that instant included.
    pub revoked: Option<Instant>,
}

impl CertificateRecord {
    /// Whether it is live at an instant: days are Japan's, both ends included.
    #[must_use]
    pub fn is_live(&self, at: Instant) -> bool {
        let today = at.day_in_japan();
        self.from <= today && today <= self.until && self.revoked.is_none_or(|since| at < since)
    }

    /// Why it is not live at an instant at which it is not.
    pub(crate) fn why_not(&self, at: Instant) -> Why {
        let (user, term) = (self.user.clone(), Term { from: self.from, until: self.until });
        match self.revoked.filter(|since| at >= *since) {
            Some(since) => Why::Revoked { user, since },
            None => Why::Certificate { user, term, today: at.day_in_japan() },
        }
    }
}

/// A supply contract (R-SUPA-02, R-SUPP-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractRecord {
    /// The user.
    pub user: UserId,
    /// The user's project.
    pub project: ProjectId,
    /// The track.
    pub track: Track,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

impl ContractRecord {
    pub(crate) fn is_live(&self, today: Day) -> bool {
        self.from <= today && today <= self.until
    }

    pub(crate) const fn term(&self) -> Term {
        Term { from: self.from, until: self.until }
    }
}

/// A decision of the review (R-SUPA-01).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The user.
    pub user: UserId,
    /// The user's project.
    pub project: ProjectId,
    /// The track.
    pub track: Track,
    /// When it was taken.
    pub date: Day,
    /// Whether it approves, without open conditions.
    pub approved: bool,
    /// The register's word for what was decided.
    pub outcome: &'static str,
}

/// A rule refuses. The message says what is in force and what is not; whoever prints it cites the rule before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// Which.
    pub rule: Rule,
    /// What is not in force.
    pub why: Why,
}
