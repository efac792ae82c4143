//! Rows into Arrow batches, by the tables of `model::table` and `identity::table`.
//!
//! A row names only the columns it has a value for; the others become null without cost on the way, because a column
//! catches up with its table when it is next written or at the end. Invariant: every column of a finished batch has
//! as many values as the table has rows, whatever was written.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use sudare_identity::table::IDENTITY_COLUMNS;
use sudare_model::table::{CLINICAL, Column, HEAD, Kind, TAIL, Table};
use sudare_model::time::Day;
use sudare_model::{SubjectKey, Tracks};

use crate::outcome::Context;

mod cells;
pub(crate) mod clinical;

use cells::Cells;

/// The Arrow type of a kind of column.
fn arrow_type(kind: Kind) -> DataType {
    match kind {
        Kind::Bytes16 => DataType::FixedSizeBinary(16),
        Kind::UInt8 => DataType::UInt8,
        Kind::UInt32 => DataType::UInt32,
        Kind::Int32 => DataType::Int32,
        Kind::Int64 => DataType::Int64,
        Kind::Float64 => DataType::Float64,
        Kind::Date => DataType::Date32,
        Kind::DateTime => DataType::Timestamp(TimeUnit::Second, None),
        Kind::Code => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Text => DataType::Utf8,
    }
}

/// Columns that are never null, as the store has it: who a row is about, and what it may serve.
const KEYS: [&str; 2] = ["subject", "tracks"];

fn field(name: &str, kind: Kind) -> Field {
    Field::new(name, arrow_type(kind), !KEYS.contains(&name))
}

/// The Arrow schema of a clinical table: head, body, tail.
#[must_use]
pub fn content_schema(table: &Table) -> SchemaRef {
    let fields = table.columns().map(|column| field(column.name, column.kind));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The Arrow schema of the identity table.
#[must_use]
pub fn identity_schema() -> SchemaRef {
    let fields = IDENTITY_COLUMNS.iter().map(|(name, kind)| field(name, *kind));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The schemas of [`CLINICAL`], made once: a unit may be a small file, and there are hundreds of columns.
static CONTENT: LazyLock<Vec<SchemaRef>> =
    LazyLock::new(|| CLINICAL.iter().map(content_schema).collect());
static IDENTITY: LazyLock<SchemaRef> = LazyLock::new(identity_schema);

/// The position of a column in a clinical table; a wrong name or kind does not compile where it is a constant.
pub(crate) const fn column(table: usize, name: &str, kind: Kind) -> usize {
    let mut at = 0;
    let mut rest = CLINICAL;
    while let [first, others @ ..] = rest {
        if at == table {
            return in_body(first.body, name, kind);
        }
        at += 1;
        rest = others;
    }
    assert!(at == usize::MAX, "there is no such table");
    at
}

const fn in_body(body: &[Column], name: &str, kind: Kind) -> usize {
    let mut position = HEAD.len();
    let mut rest = body;
    while let [first, others @ ..] = rest {
        if same(first.name.as_bytes(), name.as_bytes()) {
            assert!(first.kind as u8 == kind as u8, "the column is of another kind");
            return position;
        }
        position += 1;
        rest = others;
    }
    assert!(position == usize::MAX, "there is no such column");
    position
}

/// The position of a table in [`CLINICAL`]; a wrong name does not compile where it is a constant.
pub(crate) const fn table(name: &str) -> usize {
    let mut position = 0;
    let mut rest = CLINICAL;
    while let [first, others @ ..] = rest {
        if same(first.name.as_bytes(), name.as_bytes()) {
            return position;
        }
        position += 1;
        rest = others;
    }
    assert!(position == usize::MAX, "there is no such table");
    position
}

pub(crate) const fn same(mut left: &[u8], mut right: &[u8]) -> bool {
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.is_empty() && right.is_empty()
}

/// The tables of one unit, filling.
pub(crate) struct Batches {
    tables: Vec<Rows>,
    identity: Rows,
}

impl Batches {
    pub(crate) fn new(context: &Context, record_type: i32) -> Self {
        let content = |(table, schema): (&'static Table, &SchemaRef)| {
            let cells = table.columns().map(|column| match constant(column, record_type) {
                Some(value) => Cells::constant_int(value),
                None => Cells::new(column.name, column.kind, context),
            });
            Rows::new(Arc::clone(schema), cells.collect(), TAIL.len())
        };
        let identity =
            IDENTITY_COLUMNS.iter().map(|(name, kind)| Cells::new(name, *kind, context)).collect();
        Self {
            tables: CLINICAL.iter().zip(&*CONTENT).map(content).collect(),
            identity: Rows::new(Arc::clone(&IDENTITY), identity, 0),
        }
    }

    /// The rows of a clinical table, by its position from [`table`].
    pub(crate) fn rows(&mut self, table: usize) -> &mut Rows {
        self.tables.get_mut(table).unwrap_or(&mut self.identity)
    }

    /// The identity rows.
    pub(crate) fn identity(&mut self) -> &mut Rows {
        &mut self.identity
    }

    /// The batches with rows, in the order of [`CLINICAL`], and identity.
    pub(crate) fn finish(self) -> (Vec<(&'static Table, RecordBatch)>, Option<RecordBatch>) {
        let content = CLINICAL
            .iter()
            .zip(self.tables)
            .filter_map(|(table, rows)| Some((table, rows.finish()?)))
            .collect();
        (content, self.identity.finish())
    }
}

/// Columns that hold one number in every row: standard concepts where no vocabulary is installed, and the record type.
fn constant(column: &Column, record_type: i32) -> Option<i32> {
    if column.name.ends_with("_type_concept_id") {
        return Some(record_type);
    }
    let own = ["gender_concept_id", "visit_concept_id"].contains(&column.name);
    (column.name.ends_with("_concept_id") && !own).then_some(0)
}

/// Where a row comes from and what it may serve.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) subject: SubjectKey,
    pub(crate) tracks: Tracks,
    pub(crate) file_no: u32,
    pub(crate) record_no: u32,
}

/// One table, filling row by row.
pub(crate) struct Rows {
    schema: SchemaRef,
    cells: Vec<Cells>,
    len: usize,
    tail: usize,
}

impl Rows {
    fn new(schema: SchemaRef, cells: Vec<Cells>, tail: usize) -> Self {
        let tail = cells.len() - tail;
        Self { schema, cells, len: 0, tail }
    }

    /// Begins a row of a clinical table.
    #[inline]
    pub(crate) fn begin(&mut self, origin: &Origin) -> &mut Self {
        self.len += 1;
        let tail = self.tail;
        self.bytes16(0, origin.subject.as_bytes())
            .uint8(tail + 1, origin.tracks.byte())
            .uint32(tail + 3, origin.file_no)
            .uint32(tail + 4, origin.record_no)
    }

    /// Begins a row of the identity table.
    pub(crate) fn begin_bare(&mut self) -> &mut Self {
        self.len += 1;
        self
    }

    #[inline]
    fn cell(&mut self, column: usize) -> Option<(&mut Cells, usize)> {
        let before = self.len.saturating_sub(1);
        self.cells.get_mut(column).map(|cells| (cells, before))
    }

    #[inline]
    pub(crate) fn bytes16(&mut self, column: usize, value: &[u8; 16]) -> &mut Self {
        if let Some((Cells::Bytes16(list), before)) = self.cell(column) {
            list.put(before, *value);
        }
        self
    }

    #[inline]
    pub(crate) fn uint8(&mut self, column: usize, value: u8) -> &mut Self {
        if let Some((Cells::UInt8(list), before)) = self.cell(column) {
            list.put(before, value);
        }
        self
    }

    #[inline]
    pub(crate) fn uint32(&mut self, column: usize, value: u32) -> &mut Self {
        if let Some((Cells::UInt32(list), before)) = self.cell(column) {
            list.put(before, value);
        }
        self
    }

    #[inline]
    pub(crate) fn int(&mut self, column: usize, value: Option<i32>) -> &mut Self {
        if let (Some(value), Some((Cells::Int32(list), before))) = (value, self.cell(column)) {
            list.put(before, value);
        }
        self
    }

    #[inline]
    pub(crate) fn key(&mut self, column: usize, value: i64) -> &mut Self {
        if let Some((Cells::Int64(list), before)) = self.cell(column) {
            list.put(before, value);
        }
        self
    }

    #[inline]
    pub(crate) fn number(&mut self, column: usize, value: Option<f64>) -> &mut Self {
        if let (Some(value), Some((Cells::Float64(list), before))) = (value, self.cell(column)) {
            list.put(before, value);
        }
        self
    }

    #[inline]
    pub(crate) fn date(&mut self, column: usize, value: Option<Day>) -> &mut Self {
        if let (Some(day), Some((Cells::Date(list), before))) = (value, self.cell(column)) {
            list.put(before, day.epoch_days());
        }
        self
    }

    /// An instant as seconds of Japan's wall clock since 1970-01-01.
    pub(crate) fn datetime(&mut self, column: usize, value: Option<i64>) -> &mut Self {
        if let (Some(value), Some((Cells::DateTime(list), before))) = (value, self.cell(column)) {
            list.put(before, value);
        }
        self
    }

    /// A code or text; empty is null.
    #[inline]
    pub(crate) fn text(&mut self, column: usize, value: &str) -> &mut Self {
        if value.is_empty() {
            return self;
        }
        match self.cell(column) {
            Some((Cells::Code(codes), before)) => codes.put(before, value),
            Some((Cells::Text(texts), before)) => texts.put(before, value),
            _ => {}
        }
        self
    }

    /// A code as the source has it, in a column of codes: blanks at its ends taken off, null where it is empty or not
    /// printable ASCII.
    #[inline]
    pub(crate) fn code(&mut self, column: usize, value: &[u8]) -> &mut Self {
        let value = value.trim_ascii();
        if value.is_empty() {
            return self;
        }
        if let Some((Cells::Code(codes), before)) = self.cell(column) {
            codes.put_ascii(before, value);
        }
        self
    }

    /// A code that is a word of the program itself; not empty.
    #[inline]
    pub(crate) fn word(&mut self, column: usize, word: &'static str) -> &mut Self {
        if let Some((Cells::Code(codes), before)) = self.cell(column) {
            codes.put_constant(before, word);
        }
        self
    }

    /// A unit as written, empty is null, and in a second column what `of` makes of it: the same for the same unit.
    pub(crate) fn unit(
        &mut self,
        column: usize,
        ucum: usize,
        unit: &str,
        of: fn(&str) -> &'static str,
    ) -> &mut Self {
        if unit.is_empty() {
            return self;
        }
        let Some((Cells::Code(codes), before)) = self.cell(column) else { return self };
        match codes.put_with_meaning(before, unit, of) {
            "" => self,
            known => self.word(ucum, known),
        }
    }

    fn finish(self) -> Option<RecordBatch> {
        if self.len == 0 {
            return None;
        }
        let len = self.len;
        let columns = self
            .cells
            .into_iter()
            .zip(self.schema.fields())
            .map(|(cells, field)| cells.finish(len, field.data_type()))
            .collect();
        RecordBatch::try_new(self.schema, columns).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_not_written_is_null_and_a_batch_always_fits_its_schema() {
        let context = Context {
            provider: sudare_model::ProviderId::parse("h").unwrap(),
            delivery: sudare_model::DeliveryId::parse("d").unwrap(),
        };
        let mut batches = Batches::new(&context, 32810);
        let origin = Origin {
            subject: SubjectKey::from_bytes([1; 16]),
            tracks: Tracks::BOTH,
            file_no: 0,
            record_no: 7,
        };
        for (at, table) in CLINICAL.iter().enumerate() {
            let rows = batches.rows(at);
            for _ in 0..3 {
                rows.begin(&origin);
                if let Some(position) =
                    table.body.iter().position(|c| c.role == sudare_model::table::Role::Key)
                {
                    rows.key(HEAD.len() + position, 5);
                }
            }
        }
        let (content, identity) = batches.finish();
        assert_eq!(content.len(), CLINICAL.len());
        assert!(identity.is_none());
        assert!(content.iter().all(|(_, batch)| batch.num_rows() == 3));
    }
}
