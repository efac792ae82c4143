//! What the columns of one table hold: from its headings and a mapping, or from its headings alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use sudare_model::finding::FindingCode;

use super::codes;
use super::mapping::{Item, Key, Mapping, Meaning};
use super::record::{Fields, Row, Rows};
use super::spelling::{fold, meaning};
use crate::plan::HEAD_BYTES;
use crate::shift_jis::Met;

/// No real heading is longer.
const HEADING_MAX: usize = 60;

/// Rows that may hold the headings: a title, a date and blank lines may stand above them.
const HEADINGS_WITHIN: usize = 6;
/// Cells that a row of headings has at least; a title has fewer.
const HEADINGS_MIN: usize = 3;

/// The row of headings of a table, and how the table is written.
pub(super) struct Headings {
    pub(super) utf8: bool,
    /// UTF-16, which is not read.
    pub(super) wide: bool,
    pub(super) separator: u8,
    pub(super) cells: Vec<String>,
    /// The number of the row, from 1.
    pub(super) row: u32,
    /// The byte behind the row.
    end: usize,
}

impl Headings {
    /// Looks at the beginning of a file; `None` where it is no table with headings.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = head {
            return Self::wide(head);
        }
        let utf8 = match std::str::from_utf8(head) {
            Ok(_) => true,
            // A character may be cut at the end.
            Err(error) => error.error_len().is_none(),
        };
        let separator = separator(head);
        let last = head.len() < HEAD_BYTES;
        let mut fields = Fields::default();
        let (mut row, mut above, mut found) = (1, 0, None);
        for one in Rows::new(head, separator, 1, last).take(HEADINGS_WITHIN) {
            fields.refill(one.bytes, separator);
            if one.broken || fields.holding() >= HEADINGS_MIN {
                found = Some(one);
                break;
            }
            (row, above) = (one.number + 1, one.end);
        }
        // Headings may be longer than what is looked at; what was cut is left out.
        let whole = found.is_some();
        let (bytes, end) = match found {
            Some(Row { bytes, end, broken: false, .. }) => (bytes, end),
            None if row as usize <= HEADINGS_WITHIN => {
                let rest = head.get(above..).unwrap_or_default();
                (rest.strip_prefix(b"\xef\xbb\xbf").unwrap_or(rest), head.len())
            }
            _ => return None,
        };
        fields.refill(bytes, separator);
        let count = if whole { fields.count() } else { fields.count().saturating_sub(1) };
        let mut cells = Vec::with_capacity(count);
        for at in 0..count {
            let mut cell = String::new();
            let met = fields.decode(at, utf8, &mut cell);
            if met.bad || met.control {
                return None;
            }
            cells.push(cell);
        }
        Some(Self { utf8, wide: false, separator, cells, row, end })
    }

    /// A table in UTF-16, if it speaks of a checkup.
    fn wide(head: &[u8]) -> Option<Self> {
        let encoding = match head {
            [0xff, ..] => encoding_rs::UTF_16LE,
            _ => encoding_rs::UTF_16BE,
        };
        let (text, _) = encoding.decode_with_bom_removal(head);
        let line = text.lines().next()?;
        let cells: Vec<String> =
            line.split([',', '\t']).map(|cell| cell.trim_matches('"').to_owned()).collect();
        let wide = Self { utf8: false, wide: true, separator: b',', cells, row: 1, end: 0 };
        wide.are_spelt().then_some(wide)
    }

    /// Bytes of the row behind the headings, as far as they are there.
    pub(super) fn first_row<'h>(&self, head: &'h [u8]) -> &'h [u8] {
        let rest = head.get(self.end..).unwrap_or_default();
        rest.get(..memchr::memchr(b'\n', rest).unwrap_or(rest.len())).unwrap_or_default()
    }

    /// Whether the spellings alone say enough: whose, when and at least one result.
    pub(super) fn are_spelt(&self) -> bool {
        let (mut patient, mut date, mut item) = (false, false, false);
        for cell in &self.cells {
            match meaning(cell) {
                Some(Meaning::Key(Key::Patient)) => patient = true,
                Some(Meaning::Key(Key::Date)) => date = true,
                Some(Meaning::Item(_)) => item = true,
                _ => {}
            }
        }
        patient && date && item
    }

    /// Whether the spellings speak of checkups: a day or a person, and at least two results.
    pub(super) fn speak(&self) -> bool {
        let (mut keys, mut items) = (0, 0);
        for cell in &self.cells {
            match meaning(cell) {
                Some(Meaning::Key(Key::Patient | Key::Date | Key::Birth)) => keys += 1,
                Some(Meaning::Item(_)) => items += 1,
                _ => {}
            }
        }
        keys > 0 && items > 1
    }

    /// Whether they could be headings, so that a mapping may know them: three or more, each once, none of them a
    /// number or a long text.
    pub(super) fn are_plausible(&self) -> bool {
        let filled: Vec<&str> =
            self.cells.iter().map(String::as_str).filter(|one| !one.is_empty()).collect();
        let heading = |cell: &&str| {
            let number = |one: char| {
                crate::text::digit(one).is_some() || matches!(one, '.' | '-' | '/' | ' ' | '+')
            };
            cell.chars().count() <= HEADING_MAX && !cell.chars().all(number)
        };
        let different: BTreeSet<&str> = filled.iter().copied().collect();
        filled.len() >= 3 && filled.iter().all(heading) && different.len() * 2 > filled.len()
    }

    /// How many headings a mapping knows; `None` where those of patient and date are not among them.
    pub(super) fn fit(&self, mapping: &Mapping) -> Option<usize> {
        let folded: BTreeSet<String> = self.cells.iter().map(|cell| fold(cell)).collect();
        let has = |key| mapping.heading(key).is_some_and(|heading| folded.contains(heading));
        let both = has(Key::Patient) && has(Key::Date);
        both.then(|| folded.iter().filter(|one| mapping.headings.contains_key(*one)).count())
    }
}

/// What stands more often in the first line that has enough of either to be one of headings.
fn separator(head: &[u8]) -> u8 {
    let lines = head.split(|byte| *byte == b'\n').take(HEADINGS_WITHIN);
    let mut counts = lines.map(|line| {
        let count = |byte| memchr::memchr_iter(byte, line).count();
        (count(b'\t'), count(b','))
    });
    let enough = counts.find(|(tabs, commas)| tabs.max(commas) + 1 >= HEADINGS_MIN);
    if enough.is_some_and(|(tabs, commas)| tabs > commas) { b'\t' } else { b',' }
}

/// What the columns of a table hold.
pub(super) struct Layout {
    pub(super) utf8: bool,
    pub(super) separator: u8,
    /// The number of the row of headings.
    pub(super) headings: u32,
    /// How many columns there are.
    pub(super) count: usize,
    keys: [Option<usize>; Key::ALL.len()],
    pub(super) items: Vec<(usize, Item)>,
    /// Columns that are not read and whose heading speaks of an individual number.
    pub(super) suspects: Vec<usize>,
    /// Words for sexes and for no value; empty without a mapping.
    pub(super) mapping: Arc<Mapping>,
}

impl Layout {
    /// Gives every column its meaning, by a mapping or by spelling. `report` takes findings with the column from 1.
    pub(super) fn new(
        headings: &Headings,
        mapping: Option<&Arc<Mapping>>,
        mut report: impl FnMut(&'static FindingCode, u16),
    ) -> Self {
        let mut layout = Self {
            utf8: headings.utf8,
            separator: headings.separator,
            headings: headings.row,
            count: headings.cells.len(),
            keys: [None; Key::ALL.len()],
            items: Vec::new(),
            suspects: Vec::new(),
            mapping: mapping.map(Arc::clone).unwrap_or_default(),
        };
        let mut met = BTreeSet::new();
        for (at, cell) in headings.cells.iter().enumerate() {
            let column = u16::try_from(at + 1).unwrap_or(u16::MAX);
            let folded = fold(cell);
            let found = match mapping {
                Some(mapping) => mapping.headings.get(&folded).map(|(meaning, _)| meaning.clone()),
                None => meaning(cell),
            };
            if folded.is_empty() || !met.insert(folded.clone()) {
                report(&codes::HEADING, column);
                continue;
            }
            match found {
                Some(Meaning::Key(key)) => match layout.keys.get_mut(key as usize) {
                    Some(slot @ None) => *slot = Some(at),
                    // Spelt another way, it stands there twice.
                    _ => report(&codes::HEADING, column),
                },
                Some(Meaning::Item(item)) => layout.items.push((at, item)),
                Some(Meaning::Ignored) => layout.suspect(at, &folded),
                None => {
                    layout.suspect(at, &folded);
                    report(&codes::COLUMN, column);
                }
            }
        }
        layout
    }

    fn suspect(&mut self, at: usize, folded: &str) {
        if folded.contains("個人番号") || folded.contains("マイナンバー") {
            self.suspects.push(at);
        }
    }

    /// The column of a key.
    pub(super) fn column(&self, key: Key) -> Option<usize> {
        self.keys.get(key as usize).copied().flatten()
    }

    /// Decodes what a row says for a key into a cleared buffer; empty where there is no such column.
    pub(super) fn text(&self, fields: &Fields<'_>, key: Key, into: &mut String) -> Met {
        match self.column(key) {
            Some(at) => fields.decode(at, self.utf8, into),
            None => {
                into.clear();
                Met::default()
            }
        }
    }

    /// Whether a row has the columns that the headings promise; empty ones behind them do not count.
    pub(super) fn fits(&self, fields: &Fields<'_>) -> bool {
        let count = fields.count();
        count == self.count || count > self.count && fields.filled() <= self.count
    }
}
