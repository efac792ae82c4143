//! H: nursing needs, up to twenty values a line, day by day.

use super::codes;
use super::desk::{Desk, Rejected};
use super::record::Fields;
use super::stay::stay_key;

/// The column of value 0.
const VALUE: usize = 8;

impl<'b> Desk<'_, '_, 'b> {
    /// One line: each value is an observation with the code and its number, `ASS0013-3`.
    pub(super) fn nursing(&mut self, fields: &Fields<'b>) -> Result<(), Rejected> {
        let dates = [fields.get(3), fields.get(4)];
        if self.run.dates != Some(dates) {
            self.run.dates = Some(dates);
            self.second = self.day(fields, 3);
            self.first = self.day(fields, 4);
            self.visit = stay_key(fields.get(4));
            self.person(fields, None, "", usize::MAX)?;
        }
        let version = fields.get(7);
        if version.is_empty() || !version.iter().all(u8::is_ascii_digit) {
            self.add(&codes::VERSION, 7);
        }
        let code = fields.ascii(6);
        if !matches!(code, "ASS0013" | "ASS0021" | "TAR0010") {
            self.add(&codes::CODE, 6);
        }
        let day = self.day(fields, 5);
        for value in 1..=20 {
            let raw = fields.get(VALUE + value);
            if raw.is_empty() {
                continue;
            }
            self.put_code(code, value);
            if raw.is_ascii() {
                self.observation("DPC-H", day, raw, None);
            } else {
                self.decode(fields, VALUE + value);
                self.note(day);
            }
        }
        Ok(())
    }
}
