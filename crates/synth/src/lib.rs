//! Invented regions: people, lives and deliveries in the real formats, with the truth.
//!
//! What it is for: a region of any size from a seed, for demonstrations, tests and measurements. What it is not for:
//! statistics about Japan (the published figures it follows are rounded and smoothed), or any real person.
//!
//! Invariants: the same [`Region`] gives the same bytes with any number of threads; memory does not grow with the
//! number of people; what `truth/facts.csv` says stands in the deliveries, and nothing else does.
//!
//! Start at [`write`]. Below the folder it is given:
//!
//! ```text
//! deliveries/<provider>/uke/RECEIPTC-YYYYMM.UKE     claims, by month of the file (…D DPC, …S dental, …Y dispensing)
//! deliveries/<hospital>/ssmix2/123/456/1234567/…    SS-MIX2 standardised storage
//! deliveries/<hospital>/ssmix2ext/123/456/1234567/… summaries of stays, as documents of the extended storage
//! deliveries/hospital-1/dpc/FF1_….txt, EFn_….txt, … DPC survey files (様式1, EFn, EFg, D, H), by month
//! deliveries/hospital-1/dicom/YYYYMM/…/IM00001     images of its orders: headers and a few pixels
//! deliveries/clinic-1/hl7/OUL-YYYYMM.hl7            what its laboratory sent it
//! deliveries/<last clinic>/fhir/Patient.ndjson, …   its charts and notes as FHIR, some packed
//! deliveries/municipality-1/YYYY/Bundle-….json      lung cancer screening as FHIR documents
//! deliveries/municipality-1/kenshin/tokutei-YYYY.csv, mapping.toml   its insured's checkups as tables
//! deliveries/insurer-1/<centre>_<insurer>_….zip     specific health checkups and guidance, by fiscal year
//! deliveries/insurer-1/rece/YYYYMM/1…_RECODEINFO_….CSV   its members' claims as its payer returns them
//! register.toml, register/*.csv                     notices, publications, stop requests, users
//! truth/people.csv, facts.csv, messy.csv, expect.json, canary.csv
//! ```

mod body;
mod canary;
mod care;
mod charset;
mod check;
mod checkup;
mod chunk;
mod claims;
mod codes;
mod dice;
mod dicom;
mod fhir;
mod insurance;
mod names;
mod people;
mod period;
mod places;
mod register;
mod run;
mod site;
mod ssmix;
mod streams;
mod totals;
mod writing;
mod zip;

use std::io;
use std::path::{Path, PathBuf};

pub use canary::CanaryPrefix;
use sudare_model::time::Day;

/// A region to invent.
#[derive(Debug, Clone)]
pub struct Region {
    /// How many people live there, sick or not.
    pub persons: u64,
    /// Everything follows from it.
    pub seed: u64,
    /// Years of care, up to the month before `as_of`; 1 to 10.
    pub years: u8,
    /// The day the deliveries were made; notices are recent or old against it.
    pub as_of: Day,
    /// Whether `truth/facts.csv` is filled: about 90 rows and 11 kB a person, a third of the time.
    pub facts: bool,
    /// Marks the identifying fields of five persons with strings that occur nowhere else.
    pub canary: Option<CanaryPrefix>,
}

impl Region {
    /// Two years of care up to 31 March 2026, all facts, no canary.
    #[must_use]
    pub fn new(persons: u64, seed: u64) -> Self {
        let as_of = Day::from_ymd(2026, 4, 1).unwrap_or(Day::from_epoch_days(20_544));
        Self { persons, seed, years: 2, as_of, facts: true, canary: None }
    }
}

/// How far the writing has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// People written.
    pub done: u64,
    /// People in all.
    pub persons: u64,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// People in the region.
    pub persons: u64,
    /// Households.
    pub households: u64,
    /// The ids of the providers that deliver, in order.
    pub delivering: Vec<String>,
    /// Rows of `truth/people.csv`.
    pub patients: u64,
    /// Files of the SS-MIX2 storages, messes included.
    pub storage_files: u64,
    /// Receipts in the claim files.
    pub receipts: u64,
    /// Facts in the deliveries: rows of `truth/facts.csv` if it is filled.
    pub facts: u64,
}

/// Why a region could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The years are not 1 to 10, or the calendar ends.
    #[error("a region covers 1 to 10 years of care within the calendar, not {0}")]
    Period(u8),
    /// Something is there already.
    #[error("`{}` is not an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// A file or folder could not be written.
    #[error("cannot write below `{}`", path.display())]
    Write {
        /// The file, or the provider's folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Writes a region below `out`, which must be empty or absent.
///
/// `progress` is called after every few thousand people, on the calling thread. Work is shared among the threads of
/// the current rayon pool.
///
/// # Errors
/// [`SynthError`] if the region cannot be, if `out` holds anything, or if a file cannot be written.
pub fn write(
    region: &Region,
    out: &Path,
    progress: &dyn Fn(Progress),
) -> Result<Summary, SynthError> {
    run::write(region, out, progress)
}
