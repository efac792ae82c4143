//! The release: rows of events as they leave.
//!
//! # Guarantee
//! The output holds the columns named and no other; a code that is not in the kept list leaves in
//! no form but its category; a number leaves within the bounds of its item; a date leaves moved by
//! the person's shift. Preconditions the caller owes: the kept lists and bounds come from
//! [`crate::survey`], the cohort from [`crate::cohort`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use serde::{Deserialize, Serialize};
use sudare_store::compute::{KEEP, Kernel, KernelError, KeyRing};

use super::Cache;
use super::code::{CodeColumn, Codes, KeptCodes, NULL, Pairs, Verdict};
use super::gate::{Gate, Passed, SUBJECT, Why, column, keys};
use super::ids::visits;
use crate::policy::Treatment;

/// What was decided for a table from its survey.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// By column, the codes that may leave.
    pub codes: BTreeMap<String, KeptCodes>,
    /// By column, system and main code: least and greatest number that leaves.
    pub bounds: BTreeMap<String, BTreeMap<String, BTreeMap<String, [f64; 2]>>>,
}

/// A column of the output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutColumn {
    /// Its stored name.
    pub source: String,
    /// Its name in the release.
    pub name: String,
    /// What is done.
    pub treatment: Treatment,
    /// The column of its system, where it is a code that has one.
    pub system: Option<String>,
}

/// Parameters of the kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Which rows stay.
    pub gate: Gate,
    /// The columns that leave, in order.
    pub columns: Vec<OutColumn>,
    /// The main code and the column of its system.
    pub main: Option<(String, String)>,
    /// Whether a row leaves with its main code.
    pub stands_on_code: bool,
    /// What was decided.
    pub decisions: Decisions,
}

/// Bounds of each main code, by position.
#[derive(Debug)]
struct Prepared {
    params: Params,
    items: HashMap<String, HashMap<String, u32>>,
    bounds: HashMap<String, Vec<Option<[f64; 2]>>>,
}

impl Prepared {
    fn new(params: Params) -> Self {
        let mut items: HashMap<String, HashMap<String, u32>> = HashMap::new();
        let mut count = 0u32;
        let mut bounds: HashMap<String, Vec<Option<[f64; 2]>>> = HashMap::new();
        for (name, systems) in &params.decisions.bounds {
            let list = bounds.entry(name.clone()).or_default();
            for (system, codes) in systems {
                let known = items.entry(system.clone()).or_default();
                for (code, pair) in codes {
                    let at = *known.entry(code.clone()).or_insert_with(|| {
                        count += 1;
                        count - 1
                    });
                    let at = usize::try_from(at).unwrap_or_default();
                    if list.len() <= at {
                        list.resize(at + 1, None);
                    }
                    if let Some(slot) = list.get_mut(at) {
                        *slot = Some(*pair);
                    }
                }
            }
        }
        Self { params, items, bounds }
    }

    /// The item of each row: position among the bounds, or none.
    fn items_of(&self, batch: &RecordBatch) -> Result<Vec<u32>, KernelError> {
        let none = u32::MAX - 1;
        let find = |system: &str, code: &str| {
            self.items.get(system).and_then(|codes| codes.get(code)).copied().unwrap_or(none)
        };
        let Some((code, system)) = &self.params.main else {
            return Ok(vec![find("", ""); batch.num_rows()]);
        };
        let (codes, systems) = (Codes::named(batch, code)?, Codes::named(batch, system)?);
        let mut pairs = Pairs::new(systems.distinct(), codes.distinct());
        let rows = (0..batch.num_rows()).map(|row| {
            let (s, c) = (systems.position(row), codes.position(row));
            pairs.number(s, c, || find(systems.value(s), codes.value(c)))
        });
        Ok(rows.collect())
    }
}

/// Turns linked rows into rows that leave.
#[derive(Debug, Default)]
pub struct ReleaseKernel(Cache<Prepared>);

/// Name of the kernel.
pub const RELEASE: &str = "deident.release";

impl Kernel for ReleaseKernel {
    fn name(&self) -> &'static str {
        RELEASE
    }

    fn output(&self, input: &Schema, params: &str) -> Result<Schema, KernelError> {
        let prepared = self.0.read(params, Prepared::new)?;
        let mut fields = Vec::new();
        for out in &prepared.params.columns {
            let field = input
                .field_with_name(&out.source)
                .map_err(|_| KernelError::Column(out.source.clone()))?;
            let stored = match field.data_type() {
                DataType::Utf8 | DataType::Utf8View | DataType::Dictionary(..) => text_type(),
                other => other.clone(),
            };
            let data_type = match out.treatment {
                Treatment::PersonId => text_type(),
                Treatment::VisitId => DataType::Int64,
                Treatment::Shift => DataType::Date32,
                Treatment::ConceptOf => DataType::Int32,
                _ => stored,
            };
            fields.push(Field::new(&out.name, data_type, true));
        }
        fields.push(Field::new(KEEP, DataType::Boolean, false));
        Ok(Schema::new(fields))
    }

    fn run(
        &self,
        batch: &RecordBatch,
        params: &str,
        keys: &dyn KeyRing,
    ) -> Result<RecordBatch, KernelError> {
        let prepared = self.0.read(params, Prepared::new)?;
        let passed = prepared.params.gate.pass(batch, keys)?;
        let schema = self.output(&batch.schema(), params)?;
        Work { prepared: &prepared, batch, passed: &passed }.run(schema)
    }
}

fn text_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Key that stands for an emptied code in a [`Pairs`].
const EMPTY: u32 = u32::MAX - 1;
/// Set on a key whose code was kept as it is.
const AS_IT_IS: u32 = 1 << 31;

/// One batch on its way.
struct Work<'a> {
    prepared: &'a Prepared,
    batch: &'a RecordBatch,
    passed: &'a Passed,
}

/// A rewritten code column and what became of each row's code: 0 null before, 1 emptied, 2
/// category, 3 kept.
struct Rewritten {
    array: ArrayRef,
    fates: Vec<u8>,
}

impl Work<'_> {
    fn run(&self, schema: Schema) -> Result<RecordBatch, KernelError> {
        let params = &self.prepared.params;
        let mut rewritten: HashMap<&str, Rewritten> = HashMap::new();
        for out in params.columns.iter().filter(|out| out.treatment == Treatment::RareCode) {
            rewritten.insert(&out.source, self.rewrite(out)?);
        }
        let clips = params.columns.iter().any(|out| out.treatment == Treatment::Clip);
        let items = if clips { self.prepared.items_of(self.batch)? } else { Vec::new() };
        let mut columns = Vec::with_capacity(params.columns.len() + 1);
        for out in &params.columns {
            columns.push(self.column(out, &rewritten, &items)?);
        }
        columns.push(Arc::new(self.keep(&rewritten)));
        RecordBatch::try_new(Arc::new(schema), columns).map_err(|_| KernelError::Batch)
    }

    fn column(
        &self,
        out: &OutColumn,
        rewritten: &HashMap<&str, Rewritten>,
        items: &[u32],
    ) -> Result<ArrayRef, KernelError> {
        let stored = self.stored(&out.source)?;
        match out.treatment {
            Treatment::PersonId => self.passed.aliases.column(),
            Treatment::VisitId => {
                let subjects = keys(self.batch, SUBJECT)?;
                let visit_keys = column(self.batch, &out.source, &DataType::Int64)?;
                Ok(visits(&self.passed.namer, &subjects, &visit_keys))
            }
            Treatment::Shift => self.shift(&out.source),
            Treatment::RareCode => rewritten
                .get(out.source.as_str())
                .map(|done| Arc::clone(&done.array))
                .ok_or_else(|| KernelError::Column(out.source.clone())),
            Treatment::SystemOf => self.system(out, rewritten),
            Treatment::ConceptOf => self.concept(out, rewritten),
            Treatment::Clip => self.clip(out, stored, items),
            Treatment::Copy => match stored.data_type() {
                DataType::Utf8 | DataType::Utf8View => {
                    cast(stored, &text_type()).map_err(|_| KernelError::Column(out.name.clone()))
                }
                _ => Ok(Arc::clone(stored)),
            },
            Treatment::Generalise | Treatment::Withhold => {
                Err(KernelError::Params("a column of events is neither generalised nor withheld"))
            }
        }
    }

    fn stored(&self, name: &str) -> Result<&ArrayRef, KernelError> {
        self.batch.column_by_name(name).ok_or_else(|| KernelError::Column(name.to_owned()))
    }

    fn shift(&self, name: &str) -> Result<ArrayRef, KernelError> {
        let days: Date32Array = column(self.batch, name, &DataType::Date32)?;
        let moved = days.iter().zip(self.passed.aliases.shifts());
        let moved = moved.map(|(day, shift)| day.map(|day| day.saturating_add(shift)));
        Ok(Arc::new(moved.collect::<Date32Array>()))
    }

    fn rewrite(&self, out: &OutColumn) -> Result<Rewritten, KernelError> {
        let codes = Codes::named(self.batch, &out.source)?;
        let systems =
            out.system.as_deref().map(|name| Codes::named(self.batch, name)).transpose()?;
        let none = KeptCodes::default();
        let kept = self.prepared.params.decisions.codes.get(&out.source).unwrap_or(&none);
        let mut pairs = Pairs::new(systems.as_ref().map_or(0, Codes::distinct), codes.distinct());
        let mut written = CodeColumn::default();
        let mut fates = Vec::with_capacity(codes.rows());
        for row in 0..codes.rows() {
            let code = codes.position(row);
            if code == NULL {
                written.push(None);
                fates.push(0);
                continue;
            }
            let system = systems.as_ref().map_or(NULL, |systems| systems.position(row));
            let number = pairs.number(system, code, || {
                let word = systems.as_ref().map_or("", |systems| systems.value(system));
                let text = codes.value(code);
                match kept.judge(&out.source, word, text) {
                    Verdict::Keep => written.value(text) | AS_IT_IS,
                    Verdict::Parent(up) => written.value(up),
                    Verdict::Empty => EMPTY,
                }
            });
            let (key, fate) = match number {
                EMPTY => (None, 1),
                number if number & AS_IT_IS != 0 => (Some(number & !AS_IT_IS), 3),
                number => (Some(number), 2),
            };
            written.push(key);
            fates.push(fate);
        }
        Ok(Rewritten { array: written.finish()?, fates })
    }

    /// The system goes with its code.
    fn system(
        &self,
        out: &OutColumn,
        rewritten: &HashMap<&str, Rewritten>,
    ) -> Result<ArrayRef, KernelError> {
        let systems = Codes::named(self.batch, &out.source)?;
        let code = self.prepared.params.columns.iter().find(|other| {
            other.treatment == Treatment::RareCode
                && other.system.as_deref() == Some(out.source.as_str())
        });
        let fates = code.and_then(|code| rewritten.get(code.source.as_str()));
        let mut pairs = Pairs::new(0, systems.distinct());
        let mut written = CodeColumn::default();
        for row in 0..systems.rows() {
            let at = systems.position(row);
            let emptied = fates.and_then(|done| done.fates.get(row)) == Some(&1);
            let key = (at != NULL && !emptied)
                .then(|| pairs.number(NULL, at, || written.value(systems.value(at))));
            written.push(key);
        }
        written.finish()
    }

    /// The concept stands only for a code that is kept as it is.
    fn concept(
        &self,
        out: &OutColumn,
        rewritten: &HashMap<&str, Rewritten>,
    ) -> Result<ArrayRef, KernelError> {
        let concepts: Int32Array = column(self.batch, &out.source, &DataType::Int32)?;
        let main = self.prepared.params.main.as_ref();
        let Some(done) = main.and_then(|(code, _)| rewritten.get(code.as_str())) else {
            return Ok(Arc::new(concepts));
        };
        let told = concepts.iter().zip(&done.fates);
        let told =
            told.map(|(concept, fate)| if *fate == 3 { concept } else { concept.map(|_| 0) });
        Ok(Arc::new(told.collect::<Int32Array>()))
    }

    /// Numbers of items without bounds are emptied: nothing leaves by default.
    fn clip(
        &self,
        out: &OutColumn,
        stored: &ArrayRef,
        items: &[u32],
    ) -> Result<ArrayRef, KernelError> {
        let fail = || KernelError::Column(out.source.clone());
        let numbers = cast(stored, &DataType::Float64).map_err(|_| fail())?;
        let numbers: &Float64Array = numbers.as_any().downcast_ref().ok_or_else(fail)?;
        let none = Vec::new();
        let bounds = self.prepared.bounds.get(&out.source).unwrap_or(&none);
        let clipped = numbers.iter().zip(items).map(|(number, item)| {
            let item = usize::try_from(*item).ok()?;
            let [low, high] = (*bounds.get(item)?)?;
            number.filter(|number| number.is_finite()).map(|number| number.max(low).min(high))
        });
        let clipped: Float64Array = clipped.collect();
        cast(&clipped, stored.data_type()).map_err(|_| fail())
    }

    fn keep(&self, rewritten: &HashMap<&str, Rewritten>) -> BooleanArray {
        let params = &self.prepared.params;
        let main = params.main.as_ref().filter(|_| params.stands_on_code);
        let main = main.and_then(|(code, _)| rewritten.get(code.as_str()));
        let second = rewritten.get(SECOND_CODE);
        let keep = self.passed.why.iter().enumerate().map(|(row, why)| {
            let fate = |done: &Rewritten| done.fates.get(row).copied();
            let emptied = main.and_then(fate) == Some(1);
            let spared = second.and_then(fate).is_some_and(|fate| fate >= 2);
            Some(*why == Why::Stays as u8 && (!emptied || spared))
        });
        keep.collect()
    }
}

/// A diagnosis stands on its ICD-10 code where its own is emptied.
pub(crate) const SECOND_CODE: &str = "condition_icd10";
