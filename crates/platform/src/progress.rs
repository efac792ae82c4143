//! How far a long act is. The command line draws bars; tests and machines stay quiet.

/// Someone who wants to know.
pub trait Progress: Sync + Send {
    /// A stage begins; `total` in `unit`s where it is known.
    fn begin(&self, stage: &'static str, total: Option<u64>, unit: Unit);
    /// So much more of it is done.
    fn advance(&self, amount: u64);
    /// The stage ends.
    fn end(&self);
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Files.
    Files,
    /// Rows.
    Rows,
    /// People.
    Persons,
    /// Tables.
    Tables,
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _stage: &'static str, _total: Option<u64>, _unit: Unit) {}
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
}
