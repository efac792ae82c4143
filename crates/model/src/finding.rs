//! Findings: what is wrong with bytes that came in. A finding is a value, not an error; it says where, never what.

use crate::place::Place;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Read as meant, but not as the standard says.
    Note,
    /// A value was lost or could not be understood; the row stands without it.
    Warning,
    /// A row was lost.
    Error,
    /// A file or a patient's unit was set aside: reading it could link the wrong people.
    Quarantine,
}

impl Severity {
    /// All severities, mildest first.
    pub const ALL: &'static [Self] = &[Self::Note, Self::Warning, Self::Error, Self::Quarantine];

    /// The word used in `findings.jsonl`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Quarantine => "quarantine",
        }
    }
}

/// What a finding is about: a stable code with its texts. Each format declares its own as constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FindingCode {
    /// Stable code, such as `SSMIX-PID-FOLDER`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it means and what the provider can do, in English.
    pub english: &'static str,
    /// The same in Japanese.
    pub japanese: &'static str,
}

/// One finding at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: &'static FindingCode,
    /// Where it is.
    pub place: Place,
}
