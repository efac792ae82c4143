//! CSV that a spreadsheet opens safely: RFC 4180, UTF-8 with a byte-order mark, lines ended by CR
//! LF.
//!
//! A text cell that a spreadsheet might run (one that begins with `= + - @`, a tab or a carriage
//! return, or with the full-width forms of the first four) is written with an apostrophe before it,
//! and so is one that begins with an apostrophe: to read the data back, take one apostrophe off.
//! Numbers, and texts that are numbers or signs alone (`-1.5`, `+`, `2+`), are written as they are.
//! Null is an empty cell, an empty text is `""`.

use std::io::{self, Write};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int32Type, Int64Type, SchemaRef};
use arrow::datatypes::{TimeUnit, TimestampSecondType};
use sudare_model::time::Day;

use crate::kernel::code::{Codes, NULL};

/// The mark by which spreadsheets know UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

pub(crate) struct CsvWriter<W: Write> {
    inner: W,
    buffer: Vec<u8>,
}

/// A column ready to be written row by row.
enum Cells {
    Int32(arrow::array::Int32Array),
    Int64(arrow::array::Int64Array),
    Float(arrow::array::Float64Array),
    Day(arrow::array::Date32Array),
    Instant(arrow::array::TimestampSecondArray),
    /// Codes, and each distinct value as its cell is written.
    Text(Codes, Vec<Vec<u8>>),
}

const FLUSH_BYTES: usize = 1 << 20;
const DAY_SECONDS: i64 = 86_400;

impl<W: Write> CsvWriter<W> {
    pub(crate) fn open(inner: W, schema: &SchemaRef) -> io::Result<Self> {
        let mut writer = Self { inner, buffer: BYTE_ORDER_MARK.to_vec() };
        for (at, field) in schema.fields().iter().enumerate() {
            if at > 0 {
                writer.buffer.push(b',');
            }
            cell(&mut writer.buffer, field.name());
        }
        writer.buffer.extend_from_slice(b"\r\n");
        writer.flush()?;
        Ok(writer)
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let mut columns = Vec::new();
        for array in batch.columns() {
            columns.push(Cells::of(array).ok_or(io::ErrorKind::InvalidData)?);
        }
        for row in 0..batch.num_rows() {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    self.buffer.push(b',');
                }
                column.write(row, &mut self.buffer)?;
            }
            self.buffer.extend_from_slice(b"\r\n");
            if self.buffer.len() >= FLUSH_BYTES {
                self.flush()?;
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl Cells {
    fn of(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8 | DataType::Utf8View | DataType::Dictionary(..) => {
                let codes = Codes::of(array, "").ok()?;
                let cells = (0..codes.distinct()).map(|at| {
                    let mut bytes = Vec::new();
                    cell(&mut bytes, codes.value(at));
                    bytes
                });
                let cells = cells.collect();
                Self::Text(codes, cells)
            }
            DataType::Date32 => Self::Day(array.as_primitive::<Date32Type>().clone()),
            DataType::Timestamp(..) => {
                let seconds = cast(array, &DataType::Timestamp(TimeUnit::Second, None)).ok()?;
                Self::Instant(seconds.as_primitive::<TimestampSecondType>().clone())
            }
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::Int64 => Self::Int64(array.as_primitive::<Int64Type>().clone()),
            other if other.is_integer() => {
                let whole = cast(array, &DataType::Int32).ok()?;
                Self::Int32(whole.as_primitive::<Int32Type>().clone())
            }
            _ => return None,
        })
    }

    fn write(&self, row: usize, out: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Int32(list) if list.is_valid(row) => write!(out, "{}", list.value(row)),
            Self::Int64(list) if list.is_valid(row) => write!(out, "{}", list.value(row)),
            Self::Float(list) if list.is_valid(row) => write!(out, "{}", list.value(row)),
            Self::Day(list) if list.is_valid(row) => {
                write!(out, "{}", Day::from_epoch_days(list.value(row)))
            }
            Self::Instant(list) if list.is_valid(row) => {
                let second = list.value(row);
                let days = i32::try_from(second.div_euclid(DAY_SECONDS)).unwrap_or_default();
                let rest = second.rem_euclid(DAY_SECONDS);
                let day = Day::from_epoch_days(days);
                let (hour, minute) = (rest / 3600, rest / 60 % 60);
                write!(out, "{day}T{hour:02}:{minute:02}:{:02}", rest % 60)
            }
            Self::Text(codes, cells) => {
                let at = codes.position(row);
                if at != NULL {
                    out.extend_from_slice(cells.get(at).map_or(&[], Vec::as_slice));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A text as its cell is written.
pub(crate) fn cell(out: &mut Vec<u8>, text: &str) {
    let guard = if guarded(text) { "'" } else { "" };
    let special = |byte: u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if !text.is_empty() && !text.bytes().any(special) {
        out.extend_from_slice(guard.as_bytes());
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard.as_bytes());
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn guarded(text: &str) -> bool {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'', '＝', '＋', '－', '＠']);
    risky && !plain(text)
}

/// A number, or signs alone.
fn plain(text: &str) -> bool {
    let signs = text.bytes().all(|byte| matches!(byte, b'+' | b'-'));
    let number =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.'))
            && text.parse::<f64>().is_ok();
    signs || number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        cell(&mut out, text);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_spreadsheet_runs_nothing_and_numbers_stay_numbers() {
        check("=1+1", "'=1+1");
        check("@sum", "'@sum");
        check("-cmd", "'-cmd");
        check("\tx", "'\tx");
        check("＝1", "'＝1");
        check("'x", "''x");
        check("-1.5", "-1.5");
        check("+", "+");
        check("2+", "2+");
        check("-1-1", "'-1-1");
        check("", "\"\"");
        check("a,b", "\"a,b\"");
        check("=\"x\"", "\"'=\"\"x\"\"\"");
        check("陰性", "陰性");
    }
}
