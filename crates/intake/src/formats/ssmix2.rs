//! SS-MIX2 standardised storage.

use sudare_model::finding::FindingCode;

use super::Format;
use crate::plan::{Planner, WorkUnit};
use crate::unit::Reading;

/// The format.
pub(crate) struct Ssmix2;

impl Format for Ssmix2 {
    fn name(&self) -> &'static str {
        "ssmix2"
    }

    fn owns_path(&self, _path: &str) -> bool {
        false
    }

    fn recognises(&self, head: &[u8], _path: &str) -> bool {
        head.starts_with(b"MSH")
    }

    fn plan(&self, _file_nos: &[u32], _planner: &mut Planner<'_>) {}

    fn read(&self, _unit: &WorkUnit, _reading: &mut Reading<'_>) {}

    fn record_type(&self) -> i32 {
        32817
    }

    fn codes(&self) -> &'static [&'static FindingCode] {
        &[]
    }
}
