//! Files whose rows no longer count, because a later delivery brought what takes their place.
//!
//! Each cleared dataset says in a table of its own which files it replaces, so the ledger's digest of it covers that
//! too. Rows of a replaced file stay where they are and are left out wherever rows are read: by `link` and by
//! `dataset build`. A file can also be late: a version older than one received before replaces itself.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, BooleanArray, StringArray, UInt32Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use sudare_model::{DatasetId, DeliveryId, LevelName};
use sudare_store::vault::{Shelf, Vault, VaultError};

use crate::error::{ActError, Doing as _};
use crate::site::Site;

/// The table of a cleared dataset that says which files it replaces.
pub(crate) const REPLACED: &str = "replaced_file";

/// A file that gives way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gone {
    pub(crate) delivery: DeliveryId,
    pub(crate) file_no: u32,
    /// Whether what it states of the person goes as well ([`sudare_intake::Version::personal`]).
    pub(crate) personal: bool,
}

/// Which rows of a file are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Who the person is: identity, and `person`.
    Personal,
    /// All others.
    Events,
}

/// Files by delivery whose rows do not count: events, and who the person is.
#[derive(Debug, Default)]
pub(crate) struct Replaced(HashMap<DeliveryId, [HashSet<u32>; 2]>);

impl Replaced {
    /// What these cleared datasets replace, among them or elsewhere.
    pub(crate) fn by<'d>(
        site: &Site,
        cleared: impl IntoIterator<Item = &'d DatasetId>,
    ) -> Result<Self, ActError> {
        let mut all = Self::default();
        for dataset in cleared {
            each(site, dataset, &mut |gone| {
                let [events, personal] = all.0.entry(gone.delivery).or_default();
                events.insert(gone.file_no);
                if gone.personal {
                    personal.insert(gone.file_no);
                }
            })?;
        }
        Ok(all)
    }

    /// The files of a cleared dataset whose rows no longer count; `None` if all do.
    pub(crate) fn in_dataset(&self, cleared: &DatasetId, rows: Rows) -> Option<&HashSet<u32>> {
        let delivery = cleared.as_str().strip_prefix("c-")?;
        let [events, personal] = self.0.get(&DeliveryId::parse(delivery).ok()?)?;
        let files = if rows == Rows::Personal { personal } else { events };
        Some(files).filter(|files| !files.is_empty())
    }
}

/// Rows of a batch with a `file_no` column that are not of these files.
pub(crate) fn without(
    replaced: &HashSet<u32>,
    batch: &RecordBatch,
) -> Result<RecordBatch, ActError> {
    let doing = "leaving out files that were replaced";
    let files = batch
        .column_by_name("file_no")
        .and_then(|column| column.as_any().downcast_ref::<UInt32Array>())
        .ok_or_else(|| std::io::Error::other("rows without a file"))
        .doing(doing)?;
    let counts = |file: Option<u32>| file.is_some_and(|file| !replaced.contains(&file));
    let keep: BooleanArray = files.iter().map(|file| Some(counts(file))).collect();
    filter_record_batch(batch, &keep).doing(doing)
}

/// Calls `each` with every file that a cleared dataset replaces.
pub(crate) fn each(
    site: &Site,
    cleared: &DatasetId,
    each: &mut dyn FnMut(Gone),
) -> Result<(), ActError> {
    let doing = "reading which files were replaced";
    for batch in rows_of(site, cleared, REPLACED)? {
        let batch = batch.doing(doing)?;
        let files = read(&batch).ok_or_else(|| std::io::Error::other("other columns"));
        files.doing(doing)?.into_iter().for_each(&mut *each);
    }
    Ok(())
}

fn read(batch: &RecordBatch) -> Option<Vec<Gone>> {
    let deliveries = batch.column(0).as_any().downcast_ref::<StringArray>()?;
    let files = batch.column(1).as_any().downcast_ref::<UInt32Array>()?;
    let personal = batch.column(2).as_any().downcast_ref::<BooleanArray>()?;
    let row = |at: usize| {
        Some(Gone {
            delivery: DeliveryId::parse(deliveries.value(at)).ok()?,
            file_no: files.value(at),
            personal: personal.value(at),
        })
    };
    (0..batch.num_rows()).map(row).collect()
}

/// The rows of a table beside the content of a cleared dataset; none where it has no such table.
pub(crate) fn rows_of(
    site: &Site,
    cleared: &DatasetId,
    table: &str,
) -> Result<impl Iterator<Item = Result<RecordBatch, VaultError>> + use<>, ActError> {
    let shelf = Shelf::Content(LevelName::Cleared);
    let vault: &Vault = &site.vault;
    let opened = match site.runtime.block_on(vault.table(shelf, cleared, table)) {
        Err(VaultError::Absent { .. }) => None,
        opened => Some(opened.doing("opening a list of files")?),
    };
    Ok(opened.map(|table| vault.read(&table)).into_iter().flatten())
}

/// The table as a batch.
pub(crate) fn batch(files: &BTreeSet<Gone>) -> Result<RecordBatch, ActError> {
    let personal: BooleanArray = files.iter().map(|one| Some(one.personal)).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(files.iter().map(|one| one.delivery.as_str()))),
        Arc::new(UInt32Array::from_iter_values(files.iter().map(|one| one.file_no))),
        Arc::new(personal),
    ];
    RecordBatch::try_new(schema(), columns).doing("listing the files that are replaced")
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("delivery_id", DataType::Utf8, false),
        Field::new("file_no", DataType::UInt32, false),
        Field::new("personal", DataType::Boolean, false),
    ]))
}
