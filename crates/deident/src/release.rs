//! A release being written: for each table Parquet and CSV, with what must be known of it counted
//! on the way.
//!
//! What it is for: turning rows that leave into files whose bytes depend on the rows alone. What it
//! is not for: the file system; files are made by a [`ReleaseWriter`]. Invariants: rows are grouped
//! anew, so the engine's batches leave no trace; every text is looked at by [`crate::detect`]
//! before the table is closed; k is counted from the rows that were written, not from the plan that
//! chose them. Start reading at [`Release`].

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sudare_model::{Digest, Rule};

use crate::detect::{Hit, Scanner};
use crate::policy::Policy;
use crate::risk::{Quasi, Sizes};
use crate::seal::Hasher;

mod classes;
mod csv;
mod stats;

pub use classes::ClassCounter;
pub(crate) use csv::{BYTE_ORDER_MARK, cell};
pub use stats::{ColumnStats, Range};

/// Makes the files of a release.
pub trait ReleaseWriter {
    /// A new, empty file of this name in the release's folder.
    ///
    /// # Errors
    /// Whatever the storage says.
    fn create(&mut self, name: &str) -> io::Result<Box<dyn Write + Send>>;
}

/// Why a release cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A file could not be made or written.
    #[error("`{file}` could not be written")]
    Write {
        /// Which one.
        file: String,
        /// What the storage said.
        source: io::Error,
    },
    /// Rows of a table could not be encoded.
    #[error("rows of `{table}` could not be encoded as {form}")]
    Encode {
        /// The table.
        table: String,
        /// Parquet or CSV.
        form: &'static str,
    },
    /// An identification code would leave.
    #[error("{hit}")]
    IdentificationCode {
        /// The rule that refuses.
        rule: Rule,
        /// Where, and how many rows.
        hit: Hit,
    },
    /// The rows written have a class below k.
    #[error("the smallest class holds {measured} persons, {required} are required")]
    BelowK {
        /// The rule that refuses.
        rule: Rule,
        /// Smallest class in the rows written.
        measured: u64,
        /// What the specification requires.
        required: u64,
    },
    /// A table of the specification was not written.
    #[error("the table `{0}` was not written")]
    TableMissing(&'static str),
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OutFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A table that was written.
#[derive(Debug, Clone)]
pub struct TableSummary {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Its columns in order.
    pub columns: Vec<ColumnStats>,
    /// Its files.
    pub files: Vec<OutFile>,
    /// Class sizes, where it is `person` of an anonymised dataset.
    pub classes: Option<Sizes>,
}

/// Bytes on their way to a file, hashed as they go.
struct Hashed {
    name: String,
    inner: Box<dyn Write + Send>,
    hasher: Hasher,
    bytes: u64,
}

impl Hashed {
    fn create(out: &mut dyn ReleaseWriter, name: String) -> Result<Self, ReleaseError> {
        match out.create(&name) {
            Ok(inner) => Ok(Self { name, inner, hasher: Hasher::default(), bytes: 0 }),
            Err(source) => Err(ReleaseError::Write { file: name, source }),
        }
    }

    fn finish(mut self) -> Result<OutFile, ReleaseError> {
        match self.inner.flush() {
            Ok(()) => {
                Ok(OutFile { name: self.name, digest: self.hasher.finish(), bytes: self.bytes })
            }
            Err(source) => Err(ReleaseError::Write { file: self.name, source }),
        }
    }
}

impl Write for Hashed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.bytes += u64::try_from(count).unwrap_or_default();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes a small whole file.
pub(crate) fn whole_file(
    out: &mut dyn ReleaseWriter,
    name: &str,
    bytes: &[u8],
) -> Result<OutFile, ReleaseError> {
    let mut file = Hashed::create(out, name.to_owned())?;
    file.write_all(bytes)
        .map_err(|source| ReleaseError::Write { file: name.to_owned(), source })?;
    file.finish()
}

/// Rows of a group in the files. Fixed, so that bytes depend on rows alone.
const GROUP_ROWS: usize = 65_536;
/// Rows of a Parquet row group.
const ROW_GROUP_ROWS: usize = 1_048_576;
/// Who wrote the Parquet files; without a version, so that bytes do not change with the program.
const CREATED_BY: &str = "sudare";

/// One table of a release on its way out.
pub struct TableWriter {
    name: String,
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    rows: u64,
    parquet: ArrowWriter<Hashed>,
    csv: csv::CsvWriter<Hashed>,
    stats: Vec<ColumnStats>,
    scanner: Scanner,
    classes: Option<ClassCounter>,
}

impl TableWriter {
    /// Opens the two files of a table. `schema` is that of the batches to come.
    ///
    /// # Errors
    /// [`ReleaseError`] if a file cannot be made.
    pub fn open(
        policy: &Policy,
        name: &str,
        schema: &SchemaRef,
        out: &mut dyn ReleaseWriter,
    ) -> Result<Self, ReleaseError> {
        let encode = |form| ReleaseError::Encode { table: name.to_owned(), form };
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .build();
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let file = Hashed::create(out, format!("{name}.parquet"))?;
        let parquet = ArrowWriter::try_new_with_options(file, Arc::clone(schema), options)
            .map_err(|_| encode("Parquet"))?;
        let text = Hashed::create(out, format!("{name}.csv"))?;
        let csv = csv::CsvWriter::open(text, schema).map_err(|_| encode("CSV"))?;
        let counts = name == "person" && policy.goal().is_some();
        Ok(Self {
            name: name.to_owned(),
            schema: Arc::clone(schema),
            waiting: Vec::new(),
            waiting_rows: 0,
            rows: 0,
            parquet,
            csv,
            stats: schema.fields().iter().map(|field| ColumnStats::new(field.name())).collect(),
            scanner: Scanner::default(),
            classes: counts.then(|| ClassCounter::new(stated(policy))),
        })
    }

    /// Takes rows in their final order.
    ///
    /// # Errors
    /// [`ReleaseError`] if they cannot be encoded or written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ReleaseError> {
        let mut rest = self.fitted(batch)?;
        while rest.num_rows() > 0 {
            let take = rest.num_rows().min(GROUP_ROWS - self.waiting_rows);
            self.waiting.push(rest.slice(0, take));
            self.waiting_rows += take;
            rest = rest.slice(take, rest.num_rows() - take);
            if self.waiting_rows == GROUP_ROWS {
                self.group()?;
            }
        }
        Ok(())
    }

    /// The batch in the types of the table: an engine may give texts in another form.
    fn fitted(&self, batch: &RecordBatch) -> Result<RecordBatch, ReleaseError> {
        let encode = || ReleaseError::Encode { table: self.name.clone(), form: "Arrow" };
        let mut columns = Vec::with_capacity(batch.num_columns());
        for field in self.schema.fields() {
            let array = batch.column_by_name(field.name()).ok_or_else(encode)?;
            columns.push(if array.data_type() == field.data_type() {
                Arc::clone(array)
            } else {
                cast(array, field.data_type()).map_err(|_| encode())?
            });
        }
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|_| encode())
    }

    fn group(&mut self) -> Result<(), ReleaseError> {
        let encode = |form: &'static str| ReleaseError::Encode { table: self.name.clone(), form };
        let batch = concat_batches(&self.schema, &self.waiting).map_err(|_| encode("Arrow"))?;
        self.waiting.clear();
        self.waiting_rows = 0;
        self.rows += u64::try_from(batch.num_rows()).unwrap_or_default();
        self.parquet.write(&batch).map_err(|_| encode("Parquet"))?;
        self.csv.write(&batch).map_err(|_| encode("CSV"))?;
        for (stats, array) in self.stats.iter_mut().zip(batch.columns()) {
            stats.add(array).map_err(|_| encode("Arrow"))?;
        }
        self.scanner.scan(&self.name, &batch).map_err(|_| encode("Arrow"))?;
        if let Some(classes) = &mut self.classes {
            classes.add(&batch).map_err(|_| encode("Arrow"))?;
        }
        Ok(())
    }

    /// Closes the files.
    ///
    /// # Errors
    /// [`ReleaseError`] if the last rows cannot be written, or an identification code was among the
    /// rows.
    pub fn close(mut self) -> Result<TableSummary, ReleaseError> {
        if self.waiting_rows > 0 {
            self.group()?;
        }
        if let Some(hit) = self.scanner.hits().into_iter().next() {
            return Err(ReleaseError::IdentificationCode { rule: Rule::IdentificationCode, hit });
        }
        let encode = |form| ReleaseError::Encode { table: self.name.clone(), form };
        let parquet = self.parquet.into_inner().map_err(|_| encode("Parquet"))?;
        let text = self.csv.into_inner();
        let files = vec![text.finish()?, parquet.finish()?];
        Ok(TableSummary {
            name: self.name,
            rows: self.rows,
            columns: self.stats,
            files,
            classes: self.classes.map(|classes| classes.sizes()),
        })
    }
}

/// The columns by which persons are counted in classes.
fn stated(policy: &Policy) -> Vec<&'static str> {
    let stated = &policy.spec.anonymise.quasi_identifiers;
    Quasi::ALL.into_iter().filter(|one| stated.contains(one)).map(Quasi::column).collect()
}
