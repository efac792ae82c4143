//! What is in a dataset, as the ledger knows it: a digest, counts, tracks. Never a value.

use std::collections::BTreeMap;

use serde_json::Value;
use sudare_model::{Digest, Tracks};

use crate::entry::field::{Field, Fields};

/// What a dataset holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The digest of the dataset's manifest, which names every file by digest. Keyed
    /// ([`crate::commitment`]) where the manifest says anything about a person.
    pub manifest: Digest,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// The tracks under which any of its rows were received.
    pub tracks: Tracks,
}

impl Contents {
    /// All rows of all tables.
    #[must_use]
    pub fn rows_total(&self) -> u64 {
        self.rows.values().fold(0, |sum, rows| sum.saturating_add(*rows))
    }
}

impl Field for Contents {
    fn write(&self) -> Option<Value> {
        let mut fields = Fields::default();
        fields.put("manifest", &self.manifest);
        fields.put("rows", &self.rows);
        fields.put("tracks", &self.tracks);
        Some(fields.into_value())
    }

    fn read(value: Option<&Value>) -> Option<Self> {
        let mut fields = Fields::from(value?.as_object()?.clone());
        let contents = Self {
            manifest: fields.take("manifest").ok()?,
            rows: fields.take("rows").ok()?,
            tracks: fields.take("tracks").ok()?,
        };
        fields.end("contents").ok()?;
        Some(contents)
    }
}
