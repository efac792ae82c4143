//! The formats that can be read: one module each, behind one trait, in one list.
//!
//! Adding a format is a module and a line of [`ALL`]; nothing else in this crate names a format.

use sudare_model::finding::FindingCode;

use crate::plan::{FileNumbers, Planner, WorkUnit};
use crate::unit::Reading;
use crate::version::Version;

pub mod checkup;
pub mod dicom;
pub mod dpc;
pub mod fhir;
pub mod municipal;
pub mod ssmix2;
pub mod uke;

/// A format: how its files are recognised, planned and read.
pub(crate) trait Format: Sync {
    /// The word for it on the command line and in plans.
    fn name(&self) -> &'static str;

    /// Whether a path alone shows that the file belongs here.
    fn owns_path(&self, path: &str) -> bool;

    /// Whether a file that begins with these bytes is of this format.
    fn recognises(&self, head: &[u8], path: &str) -> bool;

    /// What a file is a version of; `None` where its path says it all.
    fn version(&self, _path: &str, _head: &[u8]) -> Option<Version> {
        None
    }

    /// Cuts files into units of bounded size.
    fn plan(&self, file_nos: &FileNumbers, planner: &mut Planner<'_>);

    /// Reads one unit.
    fn read(&self, unit: &WorkUnit, reading: &mut Reading<'_>);

    /// The code for records that a place on a patient's chart or a claim: `32817` or `32810` (OMOP type concept).
    fn record_type(&self) -> i32;

    /// Whether its codes are named by claim masters, where there are any.
    fn asks_masters(&self) -> bool {
        false
    }

    /// Every finding it can make, besides the common ones.
    fn codes(&self) -> &'static [&'static FindingCode];
}

/// All formats, in the order they are asked to recognise a file.
pub(crate) static ALL: &[&dyn Format] =
    &[&ssmix2::Ssmix2, &uke::Uke, &dpc::Dpc, &checkup::Checkup, &fhir::Fhir, &dicom::Dicom, LAST];

/// Tables that nobody standardised take what no other format knows.
const LAST: &dyn Format = &municipal::Municipal;

/// Which format the files of a delivery have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Told from the files themselves.
    Auto,
    /// Every file is of this format; see [`names`].
    Named(&'static str),
}

impl Choice {
    /// Reads `auto` or the name of a format.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        if word == "auto" {
            return Some(Self::Auto);
        }
        names().find(|name| *name == word).map(Self::Named)
    }
}

/// The names of the formats.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|format| format.name())
}

/// Every finding that reading can make, common ones first.
pub fn finding_codes() -> impl Iterator<Item = &'static FindingCode> {
    crate::findings::ALL
        .iter()
        .copied()
        .chain(crate::archive::ALL.iter().copied())
        .chain(ALL.iter().flat_map(|format| format.codes().iter().copied()))
}

/// The law number of an insurer or payer: the first two digits of eight, `00` for the six of a municipality. A lost
/// leading zero (seven or five digits) is put back.
pub(crate) fn payer_kind(number: &str) -> &str {
    match (number.len(), number.as_bytes().first()) {
        (8, _) => number.get(..2).unwrap_or_default(),
        (7, Some(first)) => match first {
            b'1' => "01",
            b'2' => "02",
            b'3' => "03",
            b'4' => "04",
            b'6' => "06",
            b'7' => "07",
            _ => "0?",
        },
        (5 | 6, _) => "00",
        _ => "",
    }
}
