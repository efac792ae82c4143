//! The clinical tables: names and columns of the OMOP Common Data Model 5.4, with source codes always kept.
//!
//! A column's [`Role`] says what it could do to a patient, and is what `deident` reads: every rule is stated over
//! roles, and a column without a rule does not leave. Start at [`CLINICAL`].

use crate::item::DataItem;

mod clinical;

pub use clinical::CLINICAL;

/// How a column is stored. All columns but the keys may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 16 bytes (Arrow `FixedSizeBinary(16)`).
    Bytes16,
    /// Unsigned byte.
    UInt8,
    /// Unsigned 32-bit integer.
    UInt32,
    /// Signed 32-bit integer.
    Int32,
    /// Signed 64-bit integer.
    Int64,
    /// Double.
    Float64,
    /// Days since 1970-01-01 (Arrow `Date32`).
    Date,
    /// Seconds since 1970-01-01 in Japan's wall clock, no zone (Arrow `Timestamp(Second, None)`).
    DateTime,
    /// Text with few distinct values (Arrow `Dictionary(Int32, Utf8)`).
    Code,
    /// Text (Arrow `Utf8`).
    Text,
}

/// What a column could do to a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The subject key: replaced in every dataset.
    Subject,
    /// A key that joins rows of one subject, meaningless elsewhere: renumbered in every dataset.
    Key,
    /// Where the row comes from: delivery, file, record. Never leaves.
    Lineage,
    /// The tracks the row may serve. Never leaves.
    Track,
    /// The provider. Generalised or dropped when anonymised.
    Provider,
    /// A standard concept id of OMOP.
    Concept,
    /// Tells people apart together with others: birth, sex, area.
    Quasi,
    /// A date or time of care.
    Date,
    /// A clinical code with its system beside it: rare ones are peculiar (R-ANON-04).
    Code,
    /// A number or short result: extreme ones are peculiar (R-ANON-04).
    Value,
    /// Text a person typed: may hold anything, off by default (R-ANON-06).
    FreeText,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Name, as OMOP has it where OMOP has one.
    pub name: &'static str,
    /// How it is stored.
    pub kind: Kind,
    /// What it could do to a patient.
    pub role: Role,
    /// What it holds, in English.
    pub english: &'static str,
    /// The same in Japanese.
    pub japanese: &'static str,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Name, as OMOP has it.
    pub name: &'static str,
    /// The notice item its rows belong to.
    pub item: DataItem,
    /// The columns of its own; [`HEAD`] stands before them and [`TAIL`] behind.
    pub body: &'static [Column],
}

impl Table {
    /// All columns in stored order: head, body, tail.
    pub fn columns(&self) -> impl Iterator<Item = &'static Column> {
        HEAD.iter().chain(self.body).chain(TAIL)
    }

    /// The table of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        CLINICAL.iter().find(|table| table.name == name)
    }
}

/// The column every clinical row begins with.
pub const HEAD: &[Column] = &[Column {
    name: "subject",
    kind: Kind::Bytes16,
    role: Role::Subject,
    english: "patient at one provider, as content knows them",
    japanese: "施設内患者の内部識別子",
}];

/// The columns every clinical row ends with: where it comes from and what it may serve.
pub const TAIL: &[Column] = &[
    Column {
        name: "provider_id",
        kind: Kind::Code,
        role: Role::Provider,
        english: "provider",
        japanese: "医療情報取扱事業者",
    },
    Column {
        name: "tracks",
        kind: Kind::UInt8,
        role: Role::Track,
        english: "tracks the row was received under",
        japanese: "受領経路",
    },
    Column {
        name: "delivery_id",
        kind: Kind::Code,
        role: Role::Lineage,
        english: "delivery",
        japanese: "受領単位",
    },
    Column {
        name: "file_no",
        kind: Kind::UInt32,
        role: Role::Lineage,
        english: "file in the delivery, from 0",
        japanese: "ファイル番号",
    },
    Column {
        name: "record_no",
        kind: Kind::UInt32,
        role: Role::Lineage,
        english: "record in the file, from 1",
        japanese: "レコード番号",
    },
];
