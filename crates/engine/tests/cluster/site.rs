//! A site with two tables of chosen rows, and the answers as text.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use sudare_model::table::Kind;
use sudare_model::{DatasetId, LevelName, ProjectId};
use sudare_store::compute::{Compute, ComputeError, JoinKind, KernelCall, Plan, TableRef};
use sudare_store::keys::SiteKeys;
use sudare_store::schema::schema_of;
use sudare_store::vault::{Shelf, Vault, VaultError};

pub(crate) type Row<'a> = (&'a str, Option<i64>);

/// A site whose tables `left` and `right` hold text in `subject` and numbers in `a` and `b`.
pub(crate) struct Site {
    home: tempfile::TempDir,
    pub(crate) keys: Arc<SiteKeys>,
    left: TableRef,
    right: TableRef,
}

impl Site {
    /// Tables of these rows, cut into files of so many rows.
    pub(crate) async fn new(left: &[Row<'_>], right: &[Row<'_>], rows: usize) -> Self {
        let home = tempfile::tempdir().unwrap();
        let keys = Arc::new(SiteKeys::create(home.path()).unwrap());
        // The key that a kernel of the bench asks for.
        keys.project_key(&ProjectId::parse("bench").unwrap()).unwrap();
        let vault = Vault::open(home.path(), Arc::clone(&keys)).unwrap();
        let shelf = Shelf::Content(LevelName::Linked);
        let dataset = DatasetId::parse("d1").unwrap();
        let draft = vault.create(shelf, &dataset).unwrap();
        for (table, number, data) in [("left", "a", left), ("right", "b", right)] {
            let schema = schema_of([("subject", Kind::Text), (number, Kind::Int64)]);
            for part in data.chunks(rows) {
                let columns: Vec<ArrayRef> = vec![
                    Arc::new(part.iter().map(|row| Some(row.0)).collect::<StringArray>()),
                    Arc::new(part.iter().map(|row| row.1).collect::<Int64Array>()),
                ];
                let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
                draft.append(table, &schema, [Ok::<_, VaultError>(batch)]).unwrap();
            }
        }
        draft.commit().await.unwrap();
        let left = vault.table(shelf, &dataset, "left").await.unwrap();
        let right = vault.table(shelf, &dataset, "right").await.unwrap();
        Self { home, keys, left, right }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// All columns of `left`.
    pub(crate) fn left(&self) -> Plan {
        scan(&self.left)
    }

    /// Both tables joined by `subject`: `subject`, `a`, `b`.
    pub(crate) fn joined(&self) -> Plan {
        let on = vec![("subject".to_owned(), "subject".to_owned())];
        let (left, right) = (Box::new(self.left()), Box::new(scan(&self.right)));
        Plan::Join { left, right, on, kind: JoinKind::Inner }
    }
}

fn scan(table: &TableRef) -> Plan {
    let columns = table.schema.fields().iter().map(|field| field.name().clone()).collect();
    Plan::Scan { table: table.clone(), columns }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn sorted(input: Plan, by: &[&str]) -> Plan {
    Plan::Sort { input: Box::new(input), by: names(by) }
}

pub(crate) fn counted(input: Plan, keys: &[&str]) -> Plan {
    Plan::CountGroups { input: Box::new(input), keys: names(keys) }
}

pub(crate) fn mapped(input: Plan, kernel: &str, params: &str) -> Plan {
    let call = KernelCall { kernel: kernel.to_owned(), params: params.to_owned() };
    Plan::Map { input: Box::new(input), call }
}

/// The rows as text, in the order they came.
pub(crate) async fn answer(
    compute: &dyn Compute,
    plan: &Plan,
) -> Result<Vec<String>, ComputeError> {
    let batches: Vec<RecordBatch> = compute.run(plan).await?.try_collect().await?;
    let options = FormatOptions::new().with_null("null");
    let mut rows = Vec::new();
    for batch in batches {
        let columns = batch.columns().iter();
        let cells: Vec<_> =
            columns.map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for at in 0..batch.num_rows() {
            let row = cells.iter().map(|cell| cell.value(at).to_string());
            rows.push(row.collect::<Vec<_>>().join(" "));
        }
    }
    Ok(rows)
}
