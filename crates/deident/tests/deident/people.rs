//! Invented people as linked rows: seeded, small, with every difference between the tracks planted.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, FixedSizeBinaryBuilder, Float64Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampSecondArray, UInt8Array, UInt32Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use sudare_model::table::{Kind, Table};

/// A cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Number(f64),
    Text(String),
    Key([u8; 16]),
}

pub(crate) type Row = BTreeMap<&'static str, Cell>;

/// Linked rows of a few tables, and the link.
#[derive(Debug, Clone, Default)]
pub(crate) struct Linked {
    pub(crate) tables: BTreeMap<&'static str, Vec<Row>>,
    pub(crate) link: Vec<([u8; 16], [u8; 16])>,
    /// In the wider types of a format without unsigned numbers, fixed bytes and dictionaries.
    pub(crate) loose: bool,
}

/// A small deterministic source of numbers (SplitMix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

pub(crate) fn key(kind: u8, number: u64) -> [u8; 16] {
    let mut bytes = [kind; 16];
    bytes[8..].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    bytes
}

/// 2024-04-01 in days since 1970-01-01.
pub(crate) const START: i32 = 19_814;
pub(crate) const RARE: &str = "G710";
pub(crate) const RARE_SIBLINGS: [&str; 3] = ["C921", "C922", "C929"];
pub(crate) const OUTLIER: f64 = 1999.0;

pub(crate) fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

fn number(value: u64) -> Cell {
    Cell::Number(value as f64)
}

impl Linked {
    /// People at two providers each, all on both tracks but every seventh (pseudonymised alone) and
    /// every eleventh (anonymised alone).
    pub(crate) fn region(people: u64, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let mut linked = Self::default();
        for person in 0..people {
            linked.person(person, &mut numbers);
        }
        linked
    }

    fn person(&mut self, person: u64, numbers: &mut Numbers) {
        let tracks = match person {
            _ if person % 7 == 3 => 2,
            _ if person % 11 == 5 => 1,
            _ => 3,
        };
        let sex = if numbers.below(2) == 0 { "M" } else { "F" };
        let year = 1920 + numbers.below(100);
        let area = format!("{:03}{:04}", 60 + numbers.below(3), numbers.below(10_000));
        for source in 0..2u64 {
            let subject = key(1, person * 2 + source);
            self.link.push((subject, key(2, person)));
            let provider = format!("hospital-{source}");
            let head = |line: u64| {
                Row::from([
                    ("subject", Cell::Key(subject)),
                    ("provider_id", text(&provider)),
                    ("tracks", number(tracks)),
                    ("delivery_id", text("delivery-secret")),
                    ("file_no", number(person)),
                    ("record_no", number(line)),
                ])
            };
            let mut row = head(0);
            row.extend([
                ("gender_source_value", text(sex)),
                ("year_of_birth", number(year)),
                ("month_of_birth", number(1 + person % 12)),
                ("day_of_birth", number(1 + person % 28)),
                ("postal_code", text(&area)),
            ]);
            self.push("person", row);
            for line in 0..4u64 {
                let visit = source * 1000 + line;
                let day = f64::from(START + 40 * line as i32 + (person % 30) as i32);
                let mut condition = head(line);
                let code = match person {
                    1 => RARE,
                    2..20 if line == 0 => RARE_SIBLINGS[(person % 3) as usize],
                    _ => ["E119", "I10", "J459", "M545"][numbers.below(4) as usize],
                };
                condition.extend([
                    ("visit_key", number(visit)),
                    ("condition_start_date", Cell::Number(day)),
                    ("condition_type_concept_id", number(32_817)),
                    ("condition_source_value", text(code)),
                    ("condition_source_system", text("ICD10")),
                    ("condition_source_name", text("山田 太郎")),
                    // Codes that are common only among rows that leave with their rare main code.
                    ("condition_status_source_value", text(&format!("S{}", person / 11))),
                    ("condition_outcome_source_value", text(&format!("T{}", person / 14))),
                ]);
                self.push("condition_occurrence", condition);
                let mut result = head(line);
                let value = if person == 4 { OUTLIER } else { 60.0 + numbers.below(90) as f64 };
                result.extend([
                    ("visit_key", number(visit)),
                    ("measurement_date", Cell::Number(day)),
                    ("measurement_datetime", Cell::Number(day * 86_400.0 + 34_000.0)),
                    ("measurement_type_concept_id", number(32_817)),
                    ("measurement_concept_id", number(0)),
                    ("measurement_source_value", text("3D010000002327101")),
                    ("measurement_source_system", text("JLAC10")),
                    ("value_as_number", Cell::Number(value)),
                    ("unit_source_value", text("mg/dL")),
                ]);
                self.push("measurement", result);
            }
        }
    }

    pub(crate) fn push(&mut self, table: &'static str, row: Row) {
        self.tables.entry(table).or_default().push(row);
    }

    pub(crate) fn link_batch(&self) -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![
            Field::new("subject", DataType::FixedSizeBinary(16), false),
            Field::new("person", DataType::FixedSizeBinary(16), false),
        ]));
        let mut subjects = FixedSizeBinaryBuilder::new(16);
        let mut persons = FixedSizeBinaryBuilder::new(16);
        for (subject, person) in &self.link {
            subjects.append_value(subject).unwrap();
            persons.append_value(person).unwrap();
        }
        let columns: Vec<ArrayRef> = vec![Arc::new(subjects.finish()), Arc::new(persons.finish())];
        RecordBatch::try_new(schema, columns).unwrap()
    }

    pub(crate) fn batch(&self, table: &Table) -> RecordBatch {
        let none = Vec::new();
        let strict = batch(table, self.tables.get(table.name).unwrap_or(&none));
        if self.loose { loosened(&strict) } else { strict }
    }
}

pub(crate) fn schema(table: &Table) -> SchemaRef {
    let fields = table.columns().map(|column| Field::new(column.name, arrow(column.kind), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn loosened(batch: &RecordBatch) -> RecordBatch {
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let wide = match field.data_type() {
            DataType::FixedSizeBinary(_) if field.name() != "subject" => DataType::Binary,
            DataType::UInt8 => DataType::Int16,
            DataType::UInt32 => DataType::Int64,
            DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Dictionary(..) | DataType::Utf8 => DataType::Utf8View,
            other => other.clone(),
        };
        columns.push(cast(array, &wide).unwrap());
        fields.push(Field::new(field.name(), wide, true));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn arrow(kind: Kind) -> DataType {
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

fn batch(table: &Table, rows: &[Row]) -> RecordBatch {
    let columns = table.columns().map(|column| array(column.name, column.kind, rows));
    RecordBatch::try_new(schema(table), columns.collect()).unwrap()
}

fn array(name: &str, kind: Kind, rows: &[Row]) -> ArrayRef {
    let numbers = || {
        rows.iter().map(|row| match row.get(name) {
            Some(Cell::Number(number)) => Some(*number),
            _ => None,
        })
    };
    let texts = || {
        rows.iter().map(|row| match row.get(name) {
            Some(Cell::Text(text)) => Some(text.clone()),
            _ => None,
        })
    };
    match kind {
        Kind::Bytes16 => {
            let mut builder = FixedSizeBinaryBuilder::new(16);
            for row in rows {
                match row.get(name) {
                    Some(Cell::Key(key)) => builder.append_value(key).unwrap(),
                    _ => builder.append_null(),
                }
            }
            Arc::new(builder.finish())
        }
        Kind::UInt8 => Arc::new(numbers().map(|n| n.map(|n| n as u8)).collect::<UInt8Array>()),
        Kind::UInt32 => Arc::new(numbers().map(|n| n.map(|n| n as u32)).collect::<UInt32Array>()),
        Kind::Int32 => Arc::new(numbers().map(|n| n.map(|n| n as i32)).collect::<Int32Array>()),
        Kind::Int64 => Arc::new(numbers().map(|n| n.map(|n| n as i64)).collect::<Int64Array>()),
        Kind::Float64 => Arc::new(numbers().collect::<Float64Array>()),
        Kind::Date => Arc::new(numbers().map(|n| n.map(|n| n as i32)).collect::<Date32Array>()),
        Kind::DateTime => {
            let instants = numbers().map(|n| n.map(|n| n as i64));
            Arc::new(instants.collect::<TimestampSecondArray>())
        }
        Kind::Text => Arc::new(texts().collect::<StringArray>()),
        Kind::Code => {
            let plain: ArrayRef = Arc::new(texts().collect::<StringArray>());
            cast(&plain, &arrow(Kind::Code)).unwrap()
        }
    }
}
