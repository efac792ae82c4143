//! Records of a claim file: fixed numbers of commas, CRLF.

/// A record being written: every record has a fixed number of columns, empty ones at the end too.
pub(super) struct Line<'a> {
    out: &'a mut Vec<u8>,
    at: usize,
    columns: usize,
}

impl<'a> Line<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, name: &str, columns: usize) -> Self {
        out.extend_from_slice(name.as_bytes());
        Self { out, at: 1, columns }
    }

    /// The rest of a record whose first columns somebody else writes.
    pub(super) const fn rest(out: &'a mut Vec<u8>, at: usize, columns: usize) -> Self {
        Self { out, at, columns }
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.out.push(b',');
        super::push(self.out, text);
        self.at += 1;
        self
    }

    /// Empty columns up to this one.
    pub(super) fn skip_to(&mut self, column: usize) -> &mut Self {
        while self.at < column {
            self.out.push(b',');
            self.at += 1;
        }
        self
    }

    /// 31 columns, 1 on the days of the mask.
    pub(super) fn days(&mut self, mask: u32) -> &mut Self {
        for day in 0..31 {
            self.out.push(b',');
            if mask & (1 << day) != 0 {
                self.out.push(b'1');
            }
            self.at += 1;
        }
        self
    }

    pub(super) fn end(&mut self) {
        let columns = self.columns;
        self.skip_to(columns);
        self.out.extend_from_slice(b"\r\n");
    }
}

/// Spaces on the left up to a width, as 6-digit insurer numbers stand in 8 columns.
pub(super) fn pad_left(text: &str, width: usize) -> String {
    format!("{text:>width$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_all_its_commas() {
        let mut out = Vec::new();
        Line::new(&mut out, "HO", 15).text(&pad_left("138057", 8)).text("１２").end();
        let commas = out.iter().filter(|byte| **byte == b',').count();
        assert_eq!(commas, 14);
        assert!(out.starts_with(b"HO,  138057,") && out.ends_with(b"\r\n"));
    }
}
