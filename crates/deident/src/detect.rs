//! The detector of individual identification codes (個人識別符号) in what leaves (R-ANON-02, R-PSEU-02).
//!
//! What it is for: a last, blocking look at every text of a release. What it is not for: names and
//! addresses; those are withheld by role. Invariant: a hit says column and count, never the value.
//! Shapes are from memory of the issuing rules (`unverified`); the check digits of My Number and of
//! insurer numbers are applied, so that nine codes in ten of the same length pass. Clinical codes
//! are checked against the shape of their own system first. Start reading at [`find`].

use std::collections::BTreeMap;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use sudare_model::code::CodeSystem;
use sudare_model::table::Table;
use sudare_store::compute::KernelError;

use crate::kernel::code::{Codes, NULL};
use crate::policy::system_of;

mod shape;

pub use shape::find;

/// A kind of identification code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeKind {
    /// 個人番号, 12 digits with a check digit.
    MyNumber,
    /// Insurer, symbol, number and branch together (被保険者等記号・番号).
    InsuredNumber,
    /// 運転免許証番号, 12 digits with a check digit.
    DrivingLicence,
    /// 旅券番号, two letters and seven digits.
    Passport,
    /// 基礎年金番号, four digits and six.
    Pension,
    /// 在留カード番号, two letters, eight digits, two letters.
    ResidenceCard,
}

impl CodeKind {
    /// The word in errors and certificates.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::MyNumber => "my-number",
            Self::InsuredNumber => "insured-number",
            Self::DrivingLicence => "driving-licence",
            Self::Passport => "passport",
            Self::Pension => "pension-number",
            Self::ResidenceCard => "residence-card",
        }
    }
}

/// Where a code was found, and in how many rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rows} rows of `{table}.{column}` hold what looks like a {}", kind.word())]
pub struct Hit {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What it looks like.
    pub kind: CodeKind,
    /// Rows that hold one.
    pub rows: u64,
}

/// Looks at batches and counts.
#[derive(Debug, Default)]
pub struct Scanner(BTreeMap<(String, String, CodeKind), u64>);

impl Scanner {
    /// Looks at every text of a batch of a released table.
    ///
    /// # Errors
    /// [`KernelError`] if a text column cannot be read.
    pub fn scan(&mut self, table: &str, batch: &RecordBatch) -> Result<(), KernelError> {
        let schema = batch.schema();
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            let text = matches!(
                field.data_type(),
                DataType::Utf8
                    | DataType::LargeUtf8
                    | DataType::Utf8View
                    | DataType::Dictionary(..)
            );
            if !text || field.name() == crate::policy::PERSON_ID {
                continue;
            }
            let codes = Codes::of(array, field.name())?;
            let kinds: Vec<Option<CodeKind>> =
                (0..codes.distinct()).map(|at| find(codes.value(at))).collect();
            if kinds.iter().all(Option::is_none) {
                continue;
            }
            let systems = Self::systems(table, field.name(), batch)?;
            for row in 0..array.len() {
                let at = codes.position(row);
                let Some(kind) = kinds.get(at).copied().flatten() else { continue };
                let system = systems.as_ref().map(|systems| (systems, systems.position(row)));
                let exempt = system.is_some_and(|(systems, at)| {
                    at != NULL && fits(systems.value(at), codes.value(codes.position(row)))
                });
                if !exempt {
                    let key = (table.to_owned(), field.name().clone(), kind);
                    *self.0.entry(key).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    fn systems(
        table: &str,
        column: &str,
        batch: &RecordBatch,
    ) -> Result<Option<Codes>, KernelError> {
        let Some(table) = Table::named(table) else { return Ok(None) };
        let system = table
            .columns()
            .find(|one| one.name == column)
            .and_then(|code| system_of(table, code))
            .filter(|system| batch.column_by_name(system.name).is_some());
        system.map(|system| Codes::named(batch, system.name)).transpose()
    }

    /// What was found, in order of table and column.
    #[must_use]
    pub fn hits(&self) -> Vec<Hit> {
        let one = |((table, column, kind), rows): (&(String, String, CodeKind), &u64)| Hit {
            table: table.clone(),
            column: column.clone(),
            kind: *kind,
            rows: *rows,
        };
        self.0.iter().map(one).collect()
    }
}

/// Whether a value has the shape of its system. Local codes and systems without a fixed shape are
/// never exempt.
#[must_use]
pub fn fits(system: &str, value: &str) -> bool {
    let digits = |count: usize| value.len() == count && value.bytes().all(|b| b.is_ascii_digit());
    let letters = |count: usize| {
        value.len() == count && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    match CodeSystem::from_word(system) {
        Some(CodeSystem::ClaimDisease | CodeSystem::Hot7) => digits(7),
        Some(CodeSystem::MedisDisease) => digits(8),
        Some(
            CodeSystem::ClaimProcedure
            | CodeSystem::ClaimDrug
            | CodeSystem::ClaimMaterial
            | CodeSystem::ClaimComment
            | CodeSystem::Hot9,
        ) => digits(9),
        Some(CodeSystem::Hot13) => digits(13),
        Some(CodeSystem::JamiUsage) => letters(16),
        Some(CodeSystem::Jlac10) => letters(17),
        // Twelve characters with the letter of the dose form in the eighth place: never twelve
        // digits.
        Some(CodeSystem::Yj) => {
            letters(12) && value.as_bytes().get(7).is_some_and(|b| b.is_ascii_uppercase())
        }
        _ => false,
    }
}
