//! List files of per-person notices and stop requests: CSV, streamed row by row.
//!
//! What provider's tools write is read as it is: LF, CRLF or CR, with or without a byte order mark, UTF-8 or
//! Shift_JIS, columns in any order. A row that cannot be read is a [`RowProblem`] and the rest goes on.
//!
//! Invariant: what is doubtful never admits. A notice with any doubtful field does not count; a stop whose patient
//! can be read counts even where its date or tracks cannot, from the beginning of time and on both tracks.

use std::borrow::Cow;
use std::io::BufRead;

use csv::{ByteRecord, Reader, ReaderBuilder};
use encoding_rs::SHIFT_JIS;
use sudare_identity::half_width;
use sudare_model::nearest::nearest;
use sudare_model::time::{Day, Instant};
use sudare_model::{Track, Tracks};

use crate::notice::{Method, NoticeTo};
use crate::stop::Requester;

/// Something wrong in one row of a list. It says where, never what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` line {line}, column `{column}`: {message}")]
pub struct RowProblem {
    /// The list, as the register names it.
    pub file: String,
    /// Line, from 1.
    pub line: u64,
    /// The column.
    pub column: &'static str,
    /// What was expected.
    pub message: String,
}

/// Why a list could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file cannot be opened or read.
    #[error("`{file}` cannot be read")]
    Read {
        /// The list, as the register names it.
        file: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A quote is left open, so the rows behind it cannot be told apart.
    #[error("`{file}` line {line}: a quote is left open; close it or take it out")]
    OpenQuote {
        /// The list, as the register names it.
        file: String,
        /// Line of the row, from 1.
        line: u64,
    },
    /// Nothing is in it, not even the first line.
    #[error("`{file}` is empty; a list has at least a first line that names its columns")]
    Empty {
        /// The list, as the register names it.
        file: String,
    },
    /// It is text of two bytes a character.
    #[error("`{file}` is UTF-16; write it as UTF-8 or Shift_JIS")]
    Utf16 {
        /// The list, as the register names it.
        file: String,
    },
    /// It is separated by something else than commas.
    #[error("`{file}` is separated by {by}; write commas")]
    Separated {
        /// The list, as the register names it.
        file: String,
        /// What its first line has instead.
        by: &'static str,
    },
    /// A column is missing, so no row means anything.
    #[error("`{file}` has no column `{column}` in its first line")]
    Column {
        /// The list, as the register names it.
        file: String,
        /// The column.
        column: &'static str,
    },
}

/// A row of a list of notices. The patient number lives as long as the row.
#[derive(Clone, Copy)]
pub struct GivenRow<'r> {
    /// Patient number at the notice's provider.
    pub patient: &'r str,
    /// Day of notice.
    pub date: Day,
    /// How.
    pub method: Method,
    /// To whom.
    pub to: NoticeTo,
}

/// A row of a list of stop requests. The patient number lives as long as the row.
#[derive(Clone, Copy)]
pub struct StopRow<'r> {
    /// Patient number at the list's provider.
    pub patient: &'r str,
    /// Tracks to stop, never none.
    pub tracks: Tracks,
    /// From when.
    pub received: Instant,
    /// Who asked; `None` where the list does not say it in a word that is known.
    pub requester: Option<Requester>,
}

/// Before every instant that a register can write.
const ALWAYS: Instant = Instant::from_unix(i64::MIN);

/// Streams a list of notices. Returns how many rows were given to `each`. A row dated before `begins`, the day from
/// which the notice is handed out, is wrong.
///
/// # Errors
/// [`ListError`] if the file cannot be read or lacks a column; wrong rows go to `wrong` instead.
pub fn read_given(
    file: &str,
    source: &mut dyn BufRead,
    begins: Day,
    each: &mut dyn FnMut(GivenRow<'_>),
    wrong: &mut dyn FnMut(RowProblem),
) -> Result<u64, ListError> {
    const COLUMNS: [&str; 4] = ["patient", "date", "method", "recipient"];
    let mut rows = Rows::open(file, source, COLUMNS, 3)?;
    let mut count = 0;
    while rows.next()? {
        let [patient, date, method, to] = rows.texts();
        let read = day(&date);
        let day = read.filter(|day| *day >= begins);
        let patient = rows.number(&patient, wrong);
        let known = Method::from_word(&method);
        let receiver =
            if to.is_empty() { Some(NoticeTo::Subject) } else { NoticeTo::from_word(&to) };
        if patient.is_empty() {
            wrong(rows.problem(0, "no patient number".to_owned()));
        }
        if day.is_none() {
            let what = match read {
                Some(_) => format!("expected a date from {begins} on, the notice's own"),
                None => no_day(&date).to_owned(),
            };
            wrong(rows.problem(1, what));
        }
        if known.is_none() {
            let words = Method::ALL.iter().map(|one| one.word());
            wrong(rows.problem(2, hint(&method, words)));
        }
        if receiver.is_none() {
            wrong(rows.problem(3, hint(&to, NoticeTo::ALL.iter().map(|one| one.word()))));
        }
        if let (false, Some(date), Some(method), Some(to)) =
            (patient.is_empty(), day, known, receiver)
        {
            each(GivenRow { patient: &patient, date, method, to });
            count += 1;
        }
    }
    Ok(count)
}

/// Streams a list of stop requests. Returns how many rows were given to `each`.
///
/// # Errors
/// [`ListError`] if the file cannot be read or lacks a column; wrong rows go to `wrong` as well as, where the patient
/// can be read, to `each`.
pub fn read_stops(
    file: &str,
    source: &mut dyn BufRead,
    each: &mut dyn FnMut(StopRow<'_>),
    wrong: &mut dyn FnMut(RowProblem),
) -> Result<u64, ListError> {
    const COLUMNS: [&str; 4] = ["patient", "tracks", "received", "requester"];
    // A list without its last columns still says who asked to stop.
    let mut rows = Rows::open(file, source, COLUMNS, 1)?;
    let mut count = 0;
    while rows.next()? {
        let [patient, tracks, received, requester] = rows.texts();
        if patient.is_empty() {
            wrong(rows.problem(0, "no patient number".to_owned()));
            continue;
        }
        let patient = rows.number(&patient, wrong);
        let tracks = tracks_of(&tracks).unwrap_or_else(|| {
            wrong(rows.problem(1, "expected `a`, `p`, `ap` or nothing; taken as both".to_owned()));
            Tracks::BOTH
        });
        let received = instant(&received).unwrap_or_else(|| {
            let what = match received.split(['T', ' ']).next() {
                Some(date) if !date.is_empty() && day(date).is_none() => no_day(date),
                _ => "expected a time such as 2024-06-03T10:15:00+09:00",
            };
            wrong(rows.problem(2, format!("{what}; taken as always")));
            ALWAYS
        });
        let asker = Requester::read(&requester);
        if !requester.is_empty() && asker.is_none() {
            let words = Requester::ALL.iter().map(|one| one.word());
            wrong(rows.problem(3, hint(&requester, words)));
        }
        each(StopRow { patient: &patient, tracks, received, requester: asker });
        count += 1;
    }
    Ok(count)
}

/// Why a text is no day.
fn no_day(written: &str) -> &'static str {
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let marks = written.bytes().filter(|byte| matches!(byte, b'-' | b'/')).count();
    if digits == 8 && (written.len(), marks) == (8 + marks, marks) && matches!(marks, 0 | 2) {
        "there is no such day"
    } else {
        "expected a date, written YYYY-MM-DD"
    }
}

/// Never repeats what was written: where columns are shifted, it is a patient's.
fn hint(written: &str, words: impl Iterator<Item = &'static str> + Clone) -> String {
    match nearest(written, words.clone()) {
        Some(near) => format!("unknown word; did you mean `{near}`?"),
        None => format!("unknown word; known are: {}", words.collect::<Vec<_>>().join(", ")),
    }
}

struct Rows<'s, const N: usize> {
    file: &'s str,
    reader: Reader<&'s mut dyn BufRead>,
    columns: [&'static str; N],
    at: [Option<usize>; N],
    record: ByteRecord,
}

impl<'s, const N: usize> Rows<'s, N> {
    fn open(
        file: &'s str,
        source: &'s mut dyn BufRead,
        columns: [&'static str; N],
        needed: usize,
    ) -> Result<Self, ListError> {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
        let mut record = ByteRecord::new();
        read(file, &mut reader, &mut record)?;
        if record.is_empty() {
            return Err(ListError::Empty { file: file.to_owned() });
        }
        let first = record.as_slice();
        if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") || first.contains(&0) {
            return Err(ListError::Utf16 { file: file.to_owned() });
        }
        let header: Vec<String> = record.iter().map(|name| text(name).to_lowercase()).collect();
        let at = columns.map(|column| header.iter().position(|name| name == column));
        for (column, found) in columns.iter().zip(at).take(needed) {
            if found.is_none() {
                let others = [(b';', "`;`"), (b'\t', "tabs"), (b'|', "`|`")];
                let other = others.iter().find(|(mark, _)| first.contains(mark));
                if let Some((_, by)) = other.filter(|_| header.len() == 1) {
                    return Err(ListError::Separated { file: file.to_owned(), by });
                }
                return Err(ListError::Column { file: file.to_owned(), column });
            }
        }
        Ok(Self { file, reader, columns, at, record })
    }

    fn next(&mut self) -> Result<bool, ListError> {
        let found = read(self.file, &mut self.reader, &mut self.record)?;
        // No field of these lists has a line end: one in it is a quote left open, which swallows the rows behind it,
        // and a stop request among them would be lost without a word.
        if self.record.iter().any(|field| field.contains(&b'\n') || field.contains(&b'\r')) {
            let line = self.record.position().map_or(0, csv::Position::line);
            return Err(ListError::OpenQuote { file: self.file.to_owned(), line });
        }
        Ok(found)
    }

    fn texts(&self) -> [Cow<'_, str>; N] {
        self.at.map(|at| text(at.and_then(|at| self.record.get(at)).unwrap_or_default()))
    }

    /// A patient number as the readers will have it: a spreadsheet's mark for text (`'`) left out, full-width digits
    /// and letters as half-width ones. Either is told.
    fn number<'t>(&self, written: &'t str, wrong: &mut dyn FnMut(RowProblem)) -> Cow<'t, str> {
        let bare = written.strip_prefix('\'').filter(|rest| !rest.is_empty());
        if bare.is_some() {
            wrong(self.problem(0, "begins with `'`; taken without it".to_owned()));
        }
        let number = half_width(bare.unwrap_or(written));
        if matches!(number, Cow::Owned(_)) {
            let what = "full-width digits or letters; taken as half-width ones";
            wrong(self.problem(0, what.to_owned()));
        }
        number
    }

    fn problem(&self, column: usize, message: String) -> RowProblem {
        RowProblem {
            file: self.file.to_owned(),
            line: self.record.position().map_or(0, csv::Position::line),
            column: self.columns.get(column).copied().unwrap_or_default(),
            message,
        }
    }
}

fn read(
    file: &str,
    reader: &mut Reader<&mut dyn BufRead>,
    record: &mut ByteRecord,
) -> Result<bool, ListError> {
    // Flexible byte records leave nothing to fail but the source itself.
    reader.read_byte_record(record).map_err(|error| {
        let source = match error.into_kind() {
            csv::ErrorKind::Io(source) => source,
            _ => std::io::ErrorKind::InvalidData.into(),
        };
        ListError::Read { file: file.to_owned(), source }
    })
}

/// UTF-8, else Shift_JIS; neither hides a comma or a quote inside a character.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => SHIFT_JIS.decode_without_bom_handling(bytes).0,
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// `2024-05-02`, `2024/05/02` or `20240502`.
fn day(text: &str) -> Option<Day> {
    match text.as_bytes() {
        [a, b, c, d, b'/', m, n, b'/', x, y] => Day::from_digits(&[*a, *b, *c, *d, *m, *n, *x, *y]),
        bytes if bytes.len() == 8 => Day::from_digits(bytes),
        _ => Day::from_iso(text),
    }
}

/// A date (its first instant, the strictest reading), or a date and time with or without an offset.
fn instant(text: &str) -> Option<Instant> {
    let Some((date, time)) = text.split_once(['T', ' ']) else {
        return day(text).map(Instant::start_of_day_in_japan);
    };
    let midnight = Instant::start_of_day_in_japan(day(date)?).unix();
    let (clock, shift) = match time.split_once(['+', 'Z', '-']) {
        None => (time, 0),
        Some((clock, "")) if time.ends_with('Z') => (clock, 9 * 3600),
        Some((clock, offset)) => {
            let minutes = minutes(offset)?;
            let east = if time.contains('-') { -minutes } else { minutes };
            (clock, 9 * 3600 - east * 60)
        }
    };
    let (clock, second) = match clock.get(..5).zip(clock.get(5..)) {
        Some((clock, "")) => (clock, 0),
        Some((clock, rest)) => {
            let whole = rest.strip_prefix(':')?.split('.').next()?;
            (clock, whole.parse::<i64>().ok().filter(|second| (0..=60).contains(second))?)
        }
        None => return None,
    };
    Some(Instant::from_unix(midnight + minutes(clock)? * 60 + second + shift))
}

/// `hh:mm` as minutes.
fn minutes(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: u8| text.parse::<u8>().ok().filter(|one| *one < below);
    Some(i64::from(number(hour, 24)?) * 60 + i64::from(number(minute, 60)?))
}

/// `a`, `p`, `ap`; nothing is both.
fn tracks_of(text: &str) -> Option<Tracks> {
    match text.to_ascii_lowercase().as_str() {
        "" | "ap" | "pa" => Some(Tracks::BOTH),
        "a" | "anonymised" => Some(Tracks::only(Track::Anonymised)),
        "p" | "pseudonymised" => Some(Tracks::only(Track::Pseudonymised)),
        _ => None,
    }
}
