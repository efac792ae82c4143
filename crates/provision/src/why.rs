//! What is in force and what is not, where a rule refuses: with its days, so that whoever reads it sees what to mend.
//!
//! What it is for: the sentence after the rule. What it is not for: the rule itself, which stands beside it in
//! [`crate::Refused`] and cites its article.

use std::fmt;

use sudare_model::time::{Day, Instant};
use sudare_model::{DatasetId, ProjectId, Track, UserId};

/// What a contract or a decision must be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// The user.
    pub user: UserId,
    /// The user's project.
    pub project: ProjectId,
    /// The track.
    pub track: Track,
}

impl fmt::Display for Sought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, project, track } = self;
        write!(f, "`{user}` for project `{project}` on the {track} track")
    }
}

/// First and last day of something that holds by the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Day,
}

impl Term {
    /// What it is to a day on which it does not hold.
    fn told(self, today: Day) -> String {
        let Self { from, until } = self;
        if today < from {
            format!("begins on {from}, until {until}")
        } else if today > until {
            format!("ended on {until}, begun on {from}")
        } else {
            format!("is in force from {from} until {until}")
        }
    }
}

/// What stands between a user and a dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// There is no certificate.
    #[error("the register in force has no certificate of `{0}`")]
    NoCertificate(UserId),
    /// The certificate does not hold today.
    #[error("the certificate of `{user}` {}", term.told(*today))]
    Certificate {
        /// Whose.
        user: UserId,
        /// When it holds.
        term: Term,
        /// The day that asks.
        today: Day,
    },
    /// The certificate was revoked.
    #[error("the certificate of `{user}` was revoked at {since}")]
    Revoked {
        /// Whose.
        user: UserId,
        /// From when on.
        since: Instant,
    },
    /// There is no contract for this project on this track.
    #[error("the register in force has no contract with {sought}{}", listed(others))]
    NoContract {
        /// What was looked for.
        sought: Sought,
        /// Projects of the user that are under contract on the track today.
        others: Vec<ProjectId>,
    },
    /// The user has no contract on the track at all, for whatever project.
    #[error("the register in force has no contract with `{user}` on the {track} track")]
    NoContractOnTrack {
        /// The user.
        user: UserId,
        /// The track.
        track: Track,
    },
    /// No contract holds today; this one is the next to begin, or else the last that ended.
    #[error("the contract with {sought} {}", term.told(*today))]
    Contract {
        /// What it is for.
        sought: Sought,
        /// When it holds.
        term: Term,
        /// The day that asks.
        today: Day,
    },
    /// The contract ends before the day asked for.
    #[error(
        "the contract with {sought} is in force from {} until {}, and no grant outlasts it", term.from, term.until
    )]
    ContractTooShort {
        /// What it is for.
        sought: Sought,
        /// When it holds.
        term: Term,
    },
    /// Nothing was decided for this project on this track.
    #[error(
        "the contract is in force until {contract}, but the register in force has no review decision on {sought}"
    )]
    NoDecision {
        /// What was looked for.
        sought: Sought,
        /// Last day of the contract.
        contract: Day,
    },
    /// The only decision is dated later than today.
    #[error("the review decision on {sought} is of {date}, which is to come")]
    DecisionToCome {
        /// What it is on.
        sought: Sought,
        /// Its day.
        date: Day,
    },
    /// The decision that counts approves nothing.
    #[error(
        "the review decision of {date} on {sought} is `{outcome}`{}, and it counts from then on",
        instead_of(*instead)
    )]
    Declined {
        /// What it is on.
        sought: Sought,
        /// Its day.
        date: Day,
        /// The register's word for it.
        outcome: &'static str,
        /// The day of the approval before it, if there was one.
        instead: Option<Day>,
    },
    /// Contract and decision hold, and nothing was granted.
    #[error(
        "contract and review decision are in force, but no grant of `{dataset}` to `{user}` is recorded"
    )]
    NoGrant {
        /// The dataset.
        dataset: DatasetId,
        /// The user.
        user: UserId,
    },
    /// The last grant was withdrawn.
    #[error(
        "contract and review decision are in force, but the grant of entry {entry} was withdrawn by entry {by}"
    )]
    GrantWithdrawn {
        /// The entry that granted.
        entry: u64,
        /// The entry that withdrew it.
        by: u64,
    },
    /// The last grant does not hold today.
    #[error("the grant of entry {entry} {}", term.told(*today))]
    Grant {
        /// The entry that granted.
        entry: u64,
        /// When it holds.
        term: Term,
        /// The day that asks.
        today: Day,
    },
    /// The grant is another user's or for another dataset.
    #[error("the grant of entry {entry} does not let `{user}` have `{dataset}`")]
    GrantOther {
        /// The entry that granted.
        entry: u64,
        /// Who asks.
        user: UserId,
        /// What for.
        dataset: DatasetId,
    },
}

/// The projects that are under contract, where there are any.
fn listed(others: &[ProjectId]) -> String {
    let names: Vec<String> = others.iter().map(|one| format!("`{one}`")).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!("; on that track it is under contract for {}", names.join(", "))
    }
}

fn instead_of(approval: Option<Day>) -> String {
    approval.map_or_else(String::new, |day| format!(", in place of the approval of {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_says_what_it_is_on_a_day() {
        let day = |text| Day::from_iso(text).unwrap();
        let term = Term { from: day("2024-06-01"), until: day("2025-05-31") };
        assert_eq!(term.told(day("2024-05-31")), "begins on 2024-06-01, until 2025-05-31");
        assert_eq!(term.told(day("2024-06-01")), "is in force from 2024-06-01 until 2025-05-31");
        assert_eq!(term.told(day("2025-06-01")), "ended on 2025-05-31, begun on 2024-06-01");
    }
}
