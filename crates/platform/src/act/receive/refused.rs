//! What was not taken of each file, kept beside the rows: who, what was admitted all the same, and what the register
//! said of them. It holds no number and no name, and no row of it counts as content.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BooleanArray, FixedSizeBinaryArray, FixedSizeBinaryBuilder, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use sudare_intake::Refused;
use sudare_model::{DatasetId, SubjectKey};

use crate::error::{ActError, Doing as _};
use crate::gate::SiteGate;
use crate::replaced::rows_of;
use crate::site::Site;

/// The table of a cleared dataset.
pub(super) const REFUSED: &str = "refused";

/// A row: what intake listed, and the standing of the person when it was.
pub(super) struct Row {
    pub(super) file_no: u32,
    pub(super) subject: SubjectKey,
    /// [`SiteGate::standing`] on that day.
    pub(super) standing: [u8; 16],
    /// What was admitted all the same.
    pub(super) admitted: u32,
    /// Set aside because of a contradiction, and not by a rule.
    pub(super) disputed: bool,
}

/// The rows of a cleared dataset.
pub(super) fn each(
    site: &Site,
    cleared: &DatasetId,
    each: &mut dyn FnMut(Row),
) -> Result<(), ActError> {
    let doing = "reading what was refused before";
    for batch in rows_of(site, cleared, REFUSED)? {
        let batch = batch.doing(doing)?;
        let rows = read(&batch).ok_or_else(|| std::io::Error::other("other columns"));
        rows.doing(doing)?.into_iter().for_each(&mut *each);
    }
    Ok(())
}

fn read(batch: &RecordBatch) -> Option<Vec<Row>> {
    let number = |at: usize| batch.column(at).as_any().downcast_ref::<UInt32Array>();
    let bytes = |at: usize| batch.column(at).as_any().downcast_ref::<FixedSizeBinaryArray>();
    let (files, subjects, standings) = (number(0)?, bytes(1)?, bytes(2)?);
    let (admitted, disputed) =
        (number(3)?, batch.column(4).as_any().downcast_ref::<BooleanArray>()?);
    let row = |at: usize| {
        Some(Row {
            file_no: files.value(at),
            subject: SubjectKey::from_bytes(subjects.value(at).try_into().ok()?),
            standing: standings.value(at).try_into().ok()?,
            admitted: admitted.value(at),
            disputed: disputed.value(at),
        })
    };
    (0..batch.num_rows()).map(row).collect()
}

/// What a unit did not take, as a batch; nothing where it took all.
pub(super) fn batch(refused: &[Refused], gate: &SiteGate) -> Result<Option<RecordBatch>, ActError> {
    if refused.is_empty() {
        return Ok(None);
    }
    let fixed = |each: &dyn Fn(&Refused) -> [u8; 16]| {
        let mut column = FixedSizeBinaryBuilder::with_capacity(refused.len(), 16);
        for one in refused {
            // Sixteen bytes always fit sixteen.
            let _fits = column.append_value(each(one));
        }
        Arc::new(column.finish()) as ArrayRef
    };
    let numbers = |each: fn(&Refused) -> u32| {
        Arc::new(refused.iter().map(each).collect::<UInt32Array>()) as ArrayRef
    };
    let disputed: BooleanArray = refused.iter().map(|one| Some(one.disputed)).collect();
    let columns = vec![
        numbers(|one| one.file_no),
        fixed(&|one| *one.subject.as_bytes()),
        fixed(&|one| gate.standing(one.subject)),
        numbers(|one| one.admitted),
        Arc::new(disputed),
    ];
    RecordBatch::try_new(schema(), columns).map(Some).doing("listing what was refused")
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file_no", DataType::UInt32, false),
        Field::new("subject", DataType::FixedSizeBinary(16), false),
        Field::new("standing", DataType::FixedSizeBinary(16), false),
        Field::new("admitted", DataType::UInt32, false),
        Field::new("disputed", DataType::Boolean, false),
    ]))
}
