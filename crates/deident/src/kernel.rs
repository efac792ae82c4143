//! The named functions that the engine maps over rows: gate, survey, release.
//!
//! What it is for: everything that is done to a row of events, one batch at a time, with keys by id
//! alone. What it is not for: deciding; decisions come as parameters and hold only what ten or more
//! persons share. Invariant: no parameter holds a key or a value of fewer persons than the
//! threshold; no error holds a value. Start reading at [`release::ReleaseKernel`].

use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use sudare_store::compute::{KernelError, KernelRegistry};

pub mod code;
pub mod gate;
pub mod ids;
pub mod part;
pub mod release;
pub mod survey;

/// A registry with the kernels of this crate added.
#[must_use]
pub fn register(registry: KernelRegistry) -> KernelRegistry {
    registry
        .with(Arc::new(survey::SurveyKernel::default()))
        .with(Arc::new(part::PartKernel::default()))
        .with(Arc::new(release::ReleaseKernel::default()))
}

/// Parameters read once and kept: an engine hands the same text with every batch, and it may be
/// long.
#[derive(Debug)]
pub(crate) struct Cache<T>(Mutex<Vec<(String, Arc<T>)>>);

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

/// Plans that run at a time are few; the oldest leaves.
const CACHED: usize = 16;

impl<T> Cache<T> {
    pub(crate) fn read<R: DeserializeOwned>(
        &self,
        params: &str,
        prepare: impl FnOnce(R) -> T,
    ) -> Result<Arc<T>, KernelError> {
        let mut cached = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, found)) = cached.iter().find(|(text, _)| text == params) {
            return Ok(Arc::clone(found));
        }
        let raw: R = serde_json::from_str(params)
            .map_err(|_| KernelError::Params("not what this kernel takes"))?;
        let made = Arc::new(prepare(raw));
        if cached.len() == CACHED {
            cached.remove(0);
        }
        cached.push((params.to_owned(), Arc::clone(&made)));
        Ok(made)
    }
}
