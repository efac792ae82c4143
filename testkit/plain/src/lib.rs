//! Second readers: the input formats read in the plainest way, from the format notes alone.
//!
//! What it is for: keeping the readers of `intake` and the writers of `synth` from agreeing on a mistake. No line of it
//! was taken from either. What it is not for: speed, damaged files, or anything that ships: it reads a whole file into
//! memory and gives up at the first thing it does not expect.
//!
//! Start at [`claims`], [`survey`], [`table`] or [`chart`].

pub mod chart;
pub mod claims;
pub mod survey;
pub mod table;

/// Something that a source says happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happened {
    /// The source's own number of the person.
    pub patient: String,
    /// `diagnosis`, `procedure`, `drug`, `device`, `lab`, `observation`, `note`, `visit`.
    pub kind: &'static str,
    /// `YYYY-MM-DD`.
    pub day: String,
    /// The code, as written.
    pub code: String,
}

/// What a plain reader did not expect.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Unexpected {
    /// Line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong with it, without a value of a person.
    pub what: String,
}

impl Unexpected {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// `YYYYMMDD` with hyphens.
fn hyphens(digits: &str) -> Option<String> {
    let whole = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let part = |from: usize, to: usize| digits.get(from..to);
    whole.then(|| Some(format!("{}-{}-{}", part(0, 4)?, part(4, 6)?, part(6, 8)?))).flatten()
}
