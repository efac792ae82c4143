//! Parts of a table's persons, so that a release can be sorted a part at a time.
//!
//! Persons are cut by the first bytes of their released ids, which are even by nature and in the order in which the
//! release is written: the parts one after the other are the whole, sorted.

use std::num::NonZeroU32;
use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use sudare_store::compute::{KEEP, Kernel, KernelError, KeyRing};

use super::Cache;
use super::gate::{COHORT_PERSON, keys};
use super::ids::{Alias, Aliases, Namer};

/// One of so many equal parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    at: u32,
    of: NonZeroU32,
}

impl Part {
    /// Everybody.
    pub const WHOLE: Self = Self { at: 0, of: NonZeroU32::MIN };

    /// All of so many parts, in the order of the ids.
    pub fn all(of: NonZeroU32) -> impl Iterator<Item = Self> {
        (0..of.get()).map(move |at| Self { at, of })
    }

    fn holds(self, alias: &Alias) -> bool {
        let head = alias.id.iter().take(8).fold(0, |head, byte| head << 8 | u128::from(*byte));
        (head * u128::from(self.of.get())) >> 64 == u128::from(self.at)
    }
}

/// Parameters of the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartParams {
    /// Whose rows stay.
    pub part: Part,
    /// Id of the key that names persons.
    pub key: String,
}

/// Keeps the rows of a part's persons.
#[derive(Debug, Default)]
pub struct PartKernel(Cache<PartParams>);

/// Name of the kernel.
pub const PART: &str = "deident.part";

impl Kernel for PartKernel {
    fn name(&self) -> &'static str {
        PART
    }

    fn output(&self, input: &Schema, params: &str) -> Result<Schema, KernelError> {
        self.0.read(params, |params: PartParams| params)?;
        let mut fields: Vec<_> = input.fields().iter().cloned().collect();
        fields.push(Arc::new(Field::new(KEEP, DataType::Boolean, false)));
        Ok(Schema::new(fields))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        ring: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        let PartParams { part, key } = &*self.0.read(params, |params: PartParams| params)?;
        let aliases = Aliases::of(&Namer::new(ring, key, 0)?, &keys(batch, COHORT_PERSON)?);
        let held: Vec<bool> = aliases.distinct.iter().map(|alias| part.holds(alias)).collect();
        let of = |at: &i32| usize::try_from(*at).ok().and_then(|at| held.get(at)).copied();
        let keep = aliases.rows.iter().map(|at| Some(of(at).unwrap_or_default()));
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(keep.collect::<BooleanArray>()));
        let schema = self.output(&batch.schema(), params)?;
        RecordBatch::try_new(Arc::new(schema), columns).map_err(|_| KernelError::Batch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Everybody is in one part, and a greater id never in an earlier one.
        #[test]
        fn parts_are_the_whole_in_the_order_of_ids(
            ids in proptest::array::uniform2(any::<[u8; 10]>()), of in 1u32..700,
        ) {
            let of = NonZeroU32::new(of).unwrap();
            let part = |id: [u8; 10]| {
                let alias = Alias { id, shift: 0 };
                let parts: Vec<u32> =
                    Part::all(of).filter(|part| part.holds(&alias)).map(|part| part.at).collect();
                assert_eq!(parts.len(), 1);
                parts[0]
            };
            let [low, high] = if ids[0] <= ids[1] { ids } else { [ids[1], ids[0]] };
            prop_assert!(part(low) <= part(high));
        }
    }
}
