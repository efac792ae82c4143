//! The cohort as tables: the one that events are joined with, and the released persons.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryBuilder, Int32Array, RecordBatch, StringArray};
use arrow::array::{UInt8Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use sudare_model::Track;
use sudare_store::compute::KeyRing;

use super::{Cohort, CohortError, Person};
use crate::kernel::gate::{COHORT_FATE, COHORT_PERSON, SUBJECT};
use crate::kernel::ids::Namer;
use crate::policy::PERSON_COLUMNS;
use crate::risk::Step;

const BATCH_ROWS: usize = 65_536;

impl Cohort {
    /// The schema of [`Cohort::table`].
    #[must_use]
    pub fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new(SUBJECT, DataType::FixedSizeBinary(16), false),
            Field::new(COHORT_PERSON, DataType::FixedSizeBinary(16), false),
            Field::new(COHORT_FATE, DataType::UInt8, false),
        ]))
    }

    /// One row for each subject of the cohort. Stored as linked data while events are joined with
    /// it.
    pub fn table(&self) -> impl Iterator<Item = Result<RecordBatch, CohortError>> + '_ {
        self.links.chunks(BATCH_ROWS).map(|chunk| {
            let rows: Vec<(&[u8; 16], Person)> = chunk
                .iter()
                .filter_map(|(subject, at)| {
                    let person = self.people.get(usize::try_from(*at).ok()?)?;
                    Some((subject, *person))
                })
                .collect();
            let mut subjects = FixedSizeBinaryBuilder::with_capacity(rows.len(), 16);
            let mut persons = FixedSizeBinaryBuilder::with_capacity(rows.len(), 16);
            for (subject, person) in &rows {
                subjects.append_value(subject).map_err(|_| CohortError::Ids)?;
                persons.append_value(person.id).map_err(|_| CohortError::Ids)?;
            }
            let fates = rows.iter().map(|(_, person)| u8::from(person.class.is_none()));
            let columns: Vec<ArrayRef> = vec![
                Arc::new(subjects.finish()),
                Arc::new(persons.finish()),
                Arc::new(fates.collect::<UInt8Array>()),
            ];
            RecordBatch::try_new(Self::schema(), columns).map_err(|_| CohortError::Ids)
        })
    }

    /// Who is in the release, in which class (R-ANON-08): rows of
    /// [`crate::earlier::book_schema`], to be kept inside the site and never with the release.
    pub fn book(&self) -> impl Iterator<Item = Result<RecordBatch, CohortError>> + '_ {
        let mut stay = self.people.iter().filter_map(|one| Some((one.id, one.class?))).peekable();
        std::iter::from_fn(move || {
            stay.peek()?;
            let mut persons = FixedSizeBinaryBuilder::with_capacity(BATCH_ROWS, 16);
            let mut classes = Vec::with_capacity(BATCH_ROWS);
            for (person, class) in stay.by_ref().take(BATCH_ROWS) {
                if persons.append_value(person).is_err() {
                    return Some(Err(CohortError::Ids));
                }
                classes.push(class);
            }
            let columns: Vec<ArrayRef> =
                vec![Arc::new(persons.finish()), Arc::new(UInt32Array::from(classes))];
            let batch = RecordBatch::try_new(crate::earlier::book_schema(), columns);
            Some(batch.map_err(|_| CohortError::Ids))
        })
    }

    /// The released persons in the order of their ids, for [`crate::release::TableWriter::write`].
    ///
    /// # Errors
    /// [`CohortError::Ids`] if the key is not held, or two persons would share an id.
    pub fn people(
        &self,
        keys: &dyn KeyRing,
        key_id: &str,
    ) -> Result<Vec<RecordBatch>, CohortError> {
        let namer = Namer::new(keys, key_id, 0).map_err(|_| CohortError::Ids)?;
        let stay = self.people.iter().filter(|person| person.class.is_some());
        let mut rows: Vec<([u8; 10], &Person)> =
            stay.map(|person| (namer.person(&person.id).id, person)).collect();
        rows.sort_unstable_by_key(|(id, _)| *id);
        if rows.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
            return Err(CohortError::Ids);
        }
        rows.chunks(BATCH_ROWS).map(|chunk| self.released(chunk)).collect()
    }

    /// The schema of the released person table.
    #[must_use]
    pub fn people_schema(track: Track) -> SchemaRef {
        let leaves = |name: &str| {
            track == Track::Pseudonymised
                || PERSON_COLUMNS.iter().any(|column| column.name == name && column.anonymised)
        };
        let fields = PERSON_COLUMNS.iter().filter(|column| leaves(column.name)).map(|column| {
            let text = matches!(column.name, "person_id" | "gender_source_value" | "area");
            let data_type = if text { DataType::Utf8 } else { DataType::Int32 };
            Field::new(column.name, data_type, true)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    fn released(&self, rows: &[([u8; 10], &Person)]) -> Result<RecordBatch, CohortError> {
        let schema = Self::people_schema(self.track);
        let [_, _, area_step] = self.risk.steps;
        let columns = schema.fields().iter().map(|field| -> ArrayRef {
            match field.name().as_str() {
                "person_id" => Arc::new(StringArray::from_iter_values(
                    rows.iter()
                        .map(|(id, _)| crate::kernel::ids::Alias { id: *id, shift: 0 }.text()),
                )),
                "gender_concept_id" => {
                    Arc::new(rows.iter().map(|(_, one)| Some(concept(one))).collect::<Int32Array>())
                }
                "gender_source_value" => {
                    Arc::new(rows.iter().map(|(_, one)| self.sex(one)).collect::<StringArray>())
                }
                "year_of_birth" => {
                    Arc::new(rows.iter().map(|(_, one)| year(one)).collect::<Int32Array>())
                }
                "month_of_birth" => {
                    Arc::new(rows.iter().map(|(_, one)| number(one.month)).collect::<Int32Array>())
                }
                _ => Arc::new(
                    rows.iter().map(|(_, one)| area(one, area_step)).collect::<StringArray>(),
                ),
            }
        });
        RecordBatch::try_new(Arc::clone(&schema), columns.collect()).map_err(|_| CohortError::Ids)
    }

    /// `U` is said where the sex is unknown, null where it is not told.
    fn sex(&self, person: &Person) -> Option<&'static str> {
        let [step, ..] = self.risk.steps;
        let [sex, ..] = person.tuple;
        match sex {
            1 => Some("M"),
            2 => Some("F"),
            3 => Some("O"),
            _ if step == Step::Exact => Some("U"),
            _ => None,
        }
    }
}

fn concept(person: &Person) -> i32 {
    let [sex, ..] = person.tuple;
    match sex {
        1 => 8507,
        2 => 8532,
        _ => 0,
    }
}

fn year(person: &Person) -> Option<i32> {
    let [_, year, _] = person.tuple;
    number(year)
}

fn number(value: u32) -> Option<i32> {
    i32::try_from(value).ok().filter(|value| *value > 0)
}

fn area(person: &Person, step: Step) -> Option<String> {
    let [.., area] = person.tuple;
    step.area(area)
}
