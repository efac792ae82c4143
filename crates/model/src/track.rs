//! The two legal tracks of the Act, which never mix (R-DEF-04).

use std::fmt;

/// A track under which a provider may supply medical information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Track {
    /// Article 52: to make anonymised medical information (匿名加工医療情報).
    Anonymised,
    /// Article 57: to make pseudonymised medical information (仮名加工医療情報).
    Pseudonymised,
}

impl Track {
    /// Both tracks, in the order of the Act.
    pub const ALL: [Self; 2] = [Self::Anonymised, Self::Pseudonymised];

    /// The word used in files, the ledger and on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Anonymised => "anonymised",
            Self::Pseudonymised => "pseudonymised",
        }
    }

    /// The article under which supply happens.
    #[must_use]
    pub const fn article(self) -> &'static str {
        match self {
            Self::Anonymised => "Act Art. 52",
            Self::Pseudonymised => "Act Art. 57",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|track| track.word() == word)
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Anonymised => 1,
            Self::Pseudonymised => 2,
        }
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The tracks a row was lawfully received under; stored as one byte: bit 0 anonymised, bit 1 pseudonymised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Tracks(u8);

impl Tracks {
    /// No track: the row may not be received.
    pub const NONE: Self = Self(0);
    /// Both tracks.
    pub const BOTH: Self = Self(3);

    /// Just this track.
    #[must_use]
    pub const fn only(track: Track) -> Self {
        Self(track.bit())
    }

    /// These tracks and this one.
    #[must_use]
    pub const fn with(self, track: Track) -> Self {
        Self(self.0 | track.bit())
    }

    /// The tracks in both.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the track is among them.
    #[must_use]
    pub const fn has(self, track: Track) -> bool {
        self.0 & track.bit() != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The byte that is stored with a row.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }

    /// Reads the stored byte; unknown bits are dropped.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte & 3)
    }
}
