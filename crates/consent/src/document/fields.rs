//! Reading TOML tables field by field, so that every contradiction of a register is found in one reading.
//!
//! Deriving the reader would stop at the first; a person who writes a register wants the whole list.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use sudare_model::Rule;
use sudare_model::nearest::nearest;
use sudare_model::time::{Day, Instant};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Problem, Written};

/// Where problems of one register are gathered.
pub(super) struct Report {
    line_starts: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    /// What is no contradiction and hardly meant.
    doubts: RefCell<Vec<Problem>>,
}

impl Report {
    pub(super) fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { line_starts, problems: RefCell::default(), doubts: RefCell::default() }
    }

    /// Adds a problem at a byte of the text.
    pub(super) fn add(&self, path: String, at: usize, rule: Option<Rule>, message: String) {
        let written = self.written(path, at);
        self.problems.borrow_mut().push(Problem { written, rule, message });
    }

    /// Where a byte of the text is.
    fn written(&self, path: String, at: usize) -> Written {
        Written { path, line: self.line_starts.partition_point(|start| *start <= at) }
    }

    /// All problems and all doubts, each in the order of their lines.
    pub(super) fn finish(self) -> (Vec<Problem>, Vec<Problem>) {
        let (mut problems, mut doubts) = (self.problems.into_inner(), self.doubts.into_inner());
        problems.sort_by_key(|problem| problem.written.line);
        doubts.sort_by_key(|doubt| doubt.written.line);
        (problems, doubts)
    }
}

/// A key that must be there and is not.
struct Missing {
    name: &'static str,
    rule: Option<Rule>,
    what: String,
}

/// One table of the register: fields are taken by name, and what was never taken is unknown.
///
/// What is missing is told last, so that one slip in a key is one problem and not two.
pub(super) struct Fields<'d> {
    table: &'d DeTable<'d>,
    report: &'d Report,
    path: String,
    at: usize,
    taken: RefCell<Vec<&'static str>>,
    missing: RefCell<Vec<Missing>>,
    sound: Cell<bool>,
}

impl<'d> Fields<'d> {
    pub(super) fn of(
        table: &'d DeTable<'d>,
        span: &Range<usize>,
        path: String,
        report: &'d Report,
    ) -> Self {
        let (taken, missing) = Default::default();
        Self { table, report, path, at: span.start, taken, missing, sound: Cell::new(true) }
    }

    /// Whether a key is written.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.iter().any(|(key, _)| key.get_ref() == name)
    }

    /// Whether a section is not written, and one that may be meant for it is.
    pub(super) fn misspelt(&self, name: &'static str) -> bool {
        !self.has(name)
            && self.table.iter().any(|(key, _)| nearest(key.get_ref(), [name]).is_some())
    }

    /// Where a key is written.
    pub(super) fn written(&self, name: &str) -> Written {
        self.report.written(self.path_of(name), self.offset(name))
    }

    /// `notice[2].items`; at the top of the file the key alone.
    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// What was written, for a message; not where it may be a patient's number in the wrong place.
    pub(super) fn quoted(&self, written: &str) -> String {
        if self.has("patient") { String::new() } else { format!(" `{written}`") }
    }

    fn find(&self, name: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.taken.borrow_mut().push(name);
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    fn offset(&self, name: &str) -> usize {
        let found = self.table.iter().find(|(key, _)| key.get_ref() == name);
        found.map_or(self.at, |(key, _)| key.span().start)
    }

    /// A problem of a field, citing the rule it would break.
    pub(super) fn refuse(&self, name: &str, rule: Option<Rule>, message: impl Into<String>) {
        self.refuse_at(name, self.offset(name), rule, message.into());
    }

    /// Something that is no contradiction and hardly meant.
    pub(super) fn doubt(&self, name: &str, message: &str) {
        let (written, message) = (self.written(name), message.to_owned());
        self.report.doubts.borrow_mut().push(Problem { written, rule: None, message });
    }

    fn refuse_at(&self, name: &str, at: usize, rule: Option<Rule>, message: String) {
        self.sound.set(false);
        self.report.add(self.path_of(name), at, rule, message);
    }

    /// A field is missing; a slip in its key may turn out to be the reason.
    pub(super) fn lacks(&self, name: &'static str, rule: Option<Rule>, what: impl Into<String>) {
        self.sound.set(false);
        self.missing.borrow_mut().push(Missing { name, rule, what: what.into() });
    }

    fn wrong<T>(&self, name: &'static str, wanted: &str) -> Option<T> {
        self.refuse(name, None, format!("expected {wanted}"));
        None
    }

    /// A field that must be there; `what` says what is missing where it is not.
    fn must(&self, name: &'static str, rule: Option<Rule>, what: &str) -> Option<&'d DeValue<'d>> {
        let found = self.find(name).map(Spanned::get_ref);
        if found.is_none() {
            self.lacks(name, rule, what);
        }
        found
    }

    /// Text that is not empty.
    pub(super) fn text(
        &self,
        name: &'static str,
        rule: Option<Rule>,
        what: &str,
    ) -> Option<&'d str> {
        match self.must(name, rule, what)? {
            DeValue::String(text) if text.trim().is_empty() => {
                self.refuse(name, rule, format!("empty: {what}"));
                None
            }
            DeValue::String(text) => Some(text),
            _ => self.wrong(name, "a text in quotes"),
        }
    }

    /// Text that may be absent.
    pub(super) fn optional_text(&self, name: &'static str) -> Option<&'d str> {
        match self.find(name)?.get_ref() {
            DeValue::String(text) => Some(text),
            _ => self.wrong(name, "a text in quotes"),
        }
    }

    /// One text, or a list of texts; none where the field is absent.
    pub(super) fn text_or_texts(&self, name: &'static str) -> Vec<&'d str> {
        fn text<'d>(one: &'d DeValue<'d>) -> Option<&'d str> {
            if let DeValue::String(text) = one { Some(text) } else { None }
        }
        let texts = match self.find(name).map(Spanned::get_ref) {
            None => Some(Vec::new()),
            Some(DeValue::Array(list)) => list.iter().map(|one| text(one.get_ref())).collect(),
            Some(one) => text(one).map(|text| vec![text]),
        };
        texts.or_else(|| self.wrong(name, "a text in quotes")).unwrap_or_default()
    }

    /// A word of a closed list.
    pub(super) fn word<T>(
        &self,
        name: &'static str,
        what: &str,
        known: &[&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let written = self.text(name, None, what)?;
        self.read_word(name, self.offset(name), written, known, read)
    }

    /// A word of a closed list that may be absent.
    pub(super) fn optional_word<T>(
        &self,
        name: &'static str,
        known: &[&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.read_word(name, self.offset(name), self.optional_text(name)?, known, read)
    }

    fn read_word<T>(
        &self,
        name: &'static str,
        at: usize,
        written: &str,
        known: &[&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let found = read(written);
        if found.is_none() {
            let hint = match nearest(written, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected one of {}", known.join(", ")),
            };
            let message = format!("unknown word{}; {hint}", self.quoted(written));
            self.refuse_at(name, at, None, message);
        }
        found
    }

    /// A list of words of a closed list; `None` where the field is absent.
    pub(super) fn words<T>(
        &self,
        name: &'static str,
        known: &[&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        let wanted = "a list of words, such as [\"";
        let wanted = format!("{wanted}{}\"]", known.first().copied().unwrap_or_default());
        let DeValue::Array(list) = self.find(name)?.get_ref() else {
            return self.wrong(name, &wanted);
        };
        let mut words = Vec::with_capacity(list.len());
        for one in list.iter() {
            let at = one.span().start;
            match one.get_ref() {
                DeValue::String(text) => words.extend(self.read_word(name, at, text, known, &read)),
                _ => return self.wrong(name, &wanted),
            }
        }
        Some(words)
    }

    /// A list of words of a closed list that names at least one.
    pub(super) fn some_words<T>(
        &self,
        name: &'static str,
        rule: Option<Rule>,
        what: &str,
        known: &[&'static str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        if !self.has(name) {
            self.lacks(name, rule, what);
        }
        let words = self.words(name, known, read)?;
        if words.is_empty() && self.sound.get() {
            self.refuse(name, rule, format!("empty: {what}"));
        }
        Some(words)
    }

    /// Something read from text by a parser of the model, such as an id.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &'static str,
        what: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let written = self.text(name, None, what)?;
        parse(written).map_err(|error| self.refuse(name, None, error.to_string())).ok()
    }

    /// A civil date.
    pub(super) fn day(&self, name: &'static str, rule: Option<Rule>, what: &str) -> Option<Day> {
        match self.must(name, rule, what)? {
            DeValue::Datetime(written) if written.time.is_none() => {
                written.date.and_then(day_of).or_else(|| self.wrong(name, "a date"))
            }
            _ => self.wrong(name, "a date such as 2024-04-15, without quotes"),
        }
    }

    /// An instant; without an offset it is Japan time.
    pub(super) fn instant(&self, name: &'static str, what: &str) -> Option<Instant> {
        let wanted = "a time such as 2024-06-03T10:15:00+09:00, without quotes";
        match self.must(name, None, what)? {
            DeValue::Datetime(written) => instant_of(written).or_else(|| self.wrong(name, wanted)),
            _ => self.wrong(name, wanted),
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &self,
        name: &'static str,
        rule: Option<Rule>,
        what: &str,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let wanted = format!("a whole number from {} to {}", bounds.start(), bounds.end());
        match self.must(name, rule, what)? {
            DeValue::Integer(written) => u32::from_str_radix(written.as_str(), written.radix())
                .ok()
                .filter(|number| bounds.contains(number))
                .or_else(|| self.wrong(name, &wanted)),
            _ => self.wrong(name, &wanted),
        }
    }

    /// True or false.
    pub(super) fn flag(&self, name: &'static str, rule: Option<Rule>, what: &str) -> Option<bool> {
        match self.must(name, rule, what)? {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.wrong(name, "true or false"),
        }
    }

    /// A table within this one; `None` where absent.
    pub(super) fn inner(&self, name: &'static str) -> Option<Self> {
        let value = self.find(name)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(Fields::of(table, &value.span(), self.path_of(name), self.report))
            }
            _ => self.wrong(name, "a table, such as { key = value }"),
        }
    }

    /// The tables of a list such as `[[notice]]`.
    pub(super) fn list(&self, name: &'static str) -> Vec<Self> {
        let Some(value) = self.find(name) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            self.refuse(name, None, format!("expected a list of tables, written `[[{name}]]`"));
            return Vec::new();
        };
        let read = |(at, one): (usize, &'d Spanned<DeValue<'d>>)| match one.get_ref() {
            DeValue::Table(table) => {
                Some(Fields::of(table, &one.span(), format!("{name}[{}]", at + 1), self.report))
            }
            _ => self.wrong(name, "a list of tables"),
        };
        list.iter().enumerate().filter_map(read).collect()
    }

    /// Reports fields that nobody asked for and those that nobody wrote, and says whether nothing was wrong with this
    /// table.
    pub(super) fn finish(&self) -> bool {
        let taken = self.taken.take();
        let mut missing = self.missing.take();
        for (key, _) in self.table {
            let written: &str = key.get_ref();
            if taken.contains(&written) {
                continue;
            }
            // A slip is most likely in a key that is missing, and is then the whole of the trouble.
            let meant = nearest(written, missing.iter().map(|one| one.name));
            let meant = meant.or_else(|| nearest(written, taken.iter().copied()));
            missing.retain(|one| Some(one.name) != meant);
            let hint = meant.map_or_else(
                || format!("; known here are {}", taken.join(", ")),
                |near| format!("; did you mean `{near}`?"),
            );
            self.refuse(written, None, format!("unknown key `{written}`{hint}"));
        }
        for Missing { name, rule, what } in missing {
            self.refuse(name, rule, format!("missing: {what}"));
        }
        self.sound.get()
    }
}

fn day_of(date: toml::value::Date) -> Option<Day> {
    Day::from_ymd(i32::from(date.year), u32::from(date.month), u32::from(date.day))
}

fn instant_of(written: &toml::value::Datetime) -> Option<Instant> {
    const JAPAN_MINUTES: i64 = 9 * 60;
    let day = day_of(written.date?)?;
    let time = written.time?;
    let minutes = match written.offset {
        None => JAPAN_MINUTES,
        Some(toml::value::Offset::Z) => 0,
        Some(toml::value::Offset::Custom { minutes }) => i64::from(minutes),
    };
    let seconds = i64::from(time.hour) * 3600
        + i64::from(time.minute) * 60
        + time.second.map_or(0, i64::from);
    Some(Instant::from_unix(i64::from(day.epoch_days()) * 86_400 + seconds - minutes * 60))
}
