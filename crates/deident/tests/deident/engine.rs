//! The plainest engine: every verb in a few lines over tables in memory. Slow and obviously right.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, FixedSizeBinaryArray, RecordBatch, UInt32Array};
use arrow::compute::{
    SortColumn, SortOptions, cast, concat_batches, filter_record_batch, lexsort_to_indices, take,
};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use sudare_deident::kernel;
use sudare_store::compute::{KEEP, KernelRegistry, KeyRing, Plan, TableRef};

#[derive(Debug, Default)]
pub(crate) struct Keys(BTreeMap<String, Vec<u8>>);

impl Keys {
    pub(crate) fn with(mut self, id: &str, key: &[u8]) -> Self {
        self.0.insert(id.to_owned(), key.to_vec());
        self
    }
}

impl KeyRing for Keys {
    fn with_key(&self, id: &str, use_key: &mut dyn FnMut(&[u8])) -> Option<()> {
        self.0.get(id).map(|key| use_key(key))
    }
}

pub(crate) struct Engine {
    pub(crate) tables: BTreeMap<String, Vec<RecordBatch>>,
    pub(crate) registry: KernelRegistry,
    pub(crate) keys: Keys,
    /// Rows of the batches that kernels see.
    pub(crate) batch_rows: usize,
}

impl Engine {
    pub(crate) fn new(keys: Keys, batch_rows: usize) -> Self {
        let registry = kernel::register(KernelRegistry::default());
        Self { tables: BTreeMap::new(), registry, keys, batch_rows }
    }

    pub(crate) fn put(
        &mut self,
        name: &str,
        schema: SchemaRef,
        batches: Vec<RecordBatch>,
    ) -> TableRef {
        self.tables.insert(name.to_owned(), batches);
        TableRef { schema, files: vec![name.to_owned()] }
    }

    pub(crate) fn run(&self, plan: &Plan) -> Vec<RecordBatch> {
        match plan {
            Plan::Scan { table, columns } => {
                let places: Vec<usize> =
                    columns.iter().map(|name| table.schema.index_of(name).unwrap()).collect();
                let all = table.files.iter().flat_map(|file| &self.tables[file]);
                let all: Vec<_> = all.map(|batch| batch.project(&places).unwrap()).collect();
                if all.is_empty() {
                    let schema = Arc::new(table.schema.project(&places).unwrap());
                    return vec![RecordBatch::new_empty(schema)];
                }
                self.cut(&concat_batches(&all[0].schema(), &all).unwrap())
            }
            Plan::Join { left, right, on, .. } => {
                let key = &on[0].0;
                let right = one(&self.run(right));
                let keys = bytes(&right, key);
                let places: HashMap<&[u8], u32> =
                    (0..right.num_rows()).map(|row| (keys.value(row), row as u32)).collect();
                let join = |batch: &RecordBatch| join(batch, &right, &places, key);
                self.run(left).iter().map(join).collect()
            }
            Plan::Map { input, call } => {
                let kernel = self.registry.named(&call.kernel).unwrap();
                let map = |batch: &RecordBatch| {
                    let out = kernel.run(batch, &call.params, &self.keys).unwrap();
                    let said = kernel.output(&batch.schema(), &call.params).unwrap();
                    assert_eq!((&*out.schema(), out.num_rows()), (&said, batch.num_rows()));
                    kept(&out)
                };
                self.run(input).iter().map(map).collect()
            }
            Plan::Sort { input, by } => {
                let batch = one(&self.run(input));
                let columns: Vec<SortColumn> = by
                    .iter()
                    .map(|name| SortColumn {
                        values: plain(batch.column_by_name(name).unwrap()),
                        options: Some(SortOptions { descending: false, nulls_first: true }),
                    })
                    .collect();
                let order = lexsort_to_indices(&columns, None).unwrap();
                self.cut(&taken(&batch, &order))
            }
            Plan::CountGroups { .. } => panic!("no plan of this crate counts"),
        }
    }

    fn cut(&self, batch: &RecordBatch) -> Vec<RecordBatch> {
        let starts = (0..batch.num_rows().max(1)).step_by(self.batch_rows);
        starts.map(|at| batch.slice(at, self.batch_rows.min(batch.num_rows() - at))).collect()
    }
}

pub(crate) fn one(batches: &[RecordBatch]) -> RecordBatch {
    concat_batches(&batches[0].schema(), batches).unwrap()
}

pub(crate) fn bytes<'a>(batch: &'a RecordBatch, name: &str) -> &'a FixedSizeBinaryArray {
    batch.column_by_name(name).unwrap().as_any().downcast_ref().unwrap()
}

fn plain(array: &ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Dictionary(..) => cast(array, &DataType::Utf8).unwrap(),
        _ => Arc::clone(array),
    }
}

fn taken(batch: &RecordBatch, rows: &UInt32Array) -> RecordBatch {
    let columns = batch.columns().iter().map(|array| take(array, rows, None).unwrap());
    RecordBatch::try_new(batch.schema(), columns.collect()).unwrap()
}

fn join(
    left: &RecordBatch,
    right: &RecordBatch,
    places: &HashMap<&[u8], u32>,
    key: &str,
) -> RecordBatch {
    let keys = bytes(left, key);
    let pairs: Vec<(u32, u32)> = (0..left.num_rows())
        .filter_map(|row| places.get(keys.value(row)).map(|at| (row as u32, *at)))
        .collect();
    let left = taken(left, &pairs.iter().map(|pair| Some(pair.0)).collect());
    let right = taken(right, &pairs.iter().map(|pair| Some(pair.1)).collect());
    let mut fields: Vec<_> = left.schema().fields().iter().cloned().collect();
    let mut columns = left.columns().to_vec();
    for (field, array) in right.schema().fields().iter().zip(right.columns()) {
        if field.name() != key {
            fields.push(Arc::clone(field));
            columns.push(Arc::clone(array));
        }
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn kept(batch: &RecordBatch) -> RecordBatch {
    let Ok(at) = batch.schema().index_of(KEEP) else { return batch.clone() };
    let keep: &BooleanArray = batch.column(at).as_any().downcast_ref().unwrap();
    let mut batch = filter_record_batch(batch, keep).unwrap();
    batch.remove_column(at);
    batch
}
