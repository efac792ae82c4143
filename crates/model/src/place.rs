//! Where something was found: file, line, segment, field, byte. A place never holds a value.

use std::fmt;

/// A place in a delivery. `file` is the path inside the delivery as the provider named it: it may hold a patient
/// number (SS-MIX2 does), so a place is shown to the provider and to the producer's staff, and is never written to a
/// content table, a log or the ledger. There, `file_no` alone stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Number of the file in the delivery's manifest, from 0 in path order.
    pub file_no: u32,
    /// Line, record or segment number in the file, from 1; 0 where the whole file is meant.
    pub record: u32,
    /// Segment or record name, such as `PID` or `SY`.
    pub segment: Option<&'static str>,
    /// Field number as the standard counts it (HL7 from 1; claims from 1 after the record name).
    pub field: Option<u16>,
    /// Byte offset in the file.
    pub byte: Option<u64>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file_no: u32) -> Self {
        Self { file_no, ..Self::default() }
    }

    /// A record of a file.
    #[must_use]
    pub fn record(file_no: u32, record: u32, segment: &'static str) -> Self {
        Self { file_no, record, segment: Some(segment), ..Self::default() }
    }

    /// The same place, at a field.
    #[must_use]
    pub fn field(mut self, field: u16) -> Self {
        self.field = Some(field);
        self
    }

    /// The same place, at a byte.
    #[must_use]
    pub fn byte(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {}", self.file_no)?;
        if self.record > 0 {
            write!(f, ", record {}", self.record)?;
        }
        if let Some(segment) = self.segment {
            write!(f, ", {segment}")?;
        }
        if let Some(field) = self.field {
            write!(f, "-{field}")?;
        }
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}
