//! The mapping a clerk writes: which heading of a table means what. TOML, checked whole: every fault is told with its
//! line, and with the word that is meant where one is spelt alike.
//!
//! ```toml
//! format = "sudare-municipal-1"
//!
//! [columns]
//! patient = "宛名番号"
//! date = "受診年月日"
//!
//! [[item]]
//! column = "中性脂肪"
//! code = "3F015000002327101"
//! unit = "mg/dL"
//! ```

use std::collections::BTreeMap;

use sudare_identity::Sex;
use sudare_model::code::CodeSystem;
use sudare_model::finding::FindingCode;
use sudare_model::nearest::nearest;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::codes;
use super::layout::Headings;
use super::spelling::fold;

/// What the first key of a mapping says.
pub const FORMAT: &str = "sudare-municipal-1";
/// A longer heading is no code; nor is a longer code.
const CODE_MAX: usize = 60;

macro_rules! keys {
    ($($(#[$doc:meta])* $key:ident = $word:literal;)*) => {
        /// What a column says besides results.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Key { $($(#[$doc])* $key),* }

        impl Key {
            pub(super) const ALL: &[Self] = &[$(Self::$key),*];

            /// The word for it in a mapping.
            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$key => $word),* }
            }
        }
    };
}

keys! {
    /// The municipality's number of the person.
    Patient = "patient";
    /// The day of the checkup.
    Date = "date";
    Birth = "birth";
    Sex = "sex";
    Name = "name";
    Kana = "kana";
    Postal = "postal";
    Address = "address";
    Phone = "phone";
    Insurer = "insurer";
    Symbol = "symbol";
    Number = "number";
    Branch = "branch";
    /// Which checkup it was.
    Program = "program";
}

/// What kind of result a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number: a measurement.
    Number,
    /// A sign or word, as of a test strip: a measurement.
    Mark,
    /// A coded answer or judgement: an observation.
    Answer,
    /// Words: a note.
    Text,
    /// A date: an observation.
    Date,
}

const KINDS: [(&str, Kind); 5] = [
    ("number", Kind::Number),
    ("mark", Kind::Mark),
    ("answer", Kind::Answer),
    ("text", Kind::Text),
    ("date", Kind::Date),
];
const SEXES: [(&str, Sex); 4] = [
    ("male", Sex::Male),
    ("female", Sex::Female),
    ("other", Sex::Other),
    ("unknown", Sex::Unknown),
];

/// A column of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) code: String,
    pub(super) system: &'static str,
    /// The heading.
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) ucum: String,
    pub(super) kind: Kind,
}

/// What a heading means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    Key(Key),
    Item(Item),
    /// Nothing that is to be read.
    Ignored,
}

/// A mapping without faults.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapping {
    /// By folded heading: what it means, and the line that says so.
    pub(super) headings: BTreeMap<String, (Meaning, u32)>,
    /// Words for the sexes, folded.
    pub(super) sexes: BTreeMap<String, Sex>,
    /// Words for "no value", folded.
    pub(super) none: Vec<String>,
    /// Which checkup it is where no column says so.
    pub(super) program: String,
}

impl Mapping {
    /// The heading of a key, folded.
    pub(super) fn heading(&self, key: Key) -> Option<&str> {
        let mut all = self.headings.iter();
        all.find(|(_, (meaning, _))| *meaning == Meaning::Key(key)).map(|(heading, _)| &**heading)
    }
}

/// A fault of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub code: &'static FindingCode,
    /// Line, from 1.
    pub line: u32,
    /// The key that is wrong or missing, or that is meant by one spelt alike.
    pub key: Option<&'static str>,
    /// The fault in words, with what to write instead.
    pub says: String,
}

/// Whether a file is a mapping: it names a format of ours.
pub(super) fn is_one(head: &[u8]) -> bool {
    head.split(|byte| *byte == b'\n').any(|line| {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        line.starts_with(b"format") && memchr::memmem::find(line, b"sudare-municipal").is_some()
    })
}

/// What a mapping without faults says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// How many headings it gives a meaning.
    pub headings: usize,
    /// Columns of the table, from 1, that it gives none.
    pub unmapped: Vec<u16>,
}

/// Checks a mapping, and whether the table that begins with `table` has its headings.
///
/// # Errors
/// Every fault, in the order of lines. The only words of the table in one are a heading spelt like one of the mapping.
pub fn check(mapping: &[u8], table: Option<&[u8]>) -> Result<Sound, Vec<Fault>> {
    let mapping = read(&decode(mapping))?;
    let headings = mapping.headings.len();
    let Some(table) = table else { return Ok(Sound { headings, unmapped: Vec::new() }) };
    let Some(found) = Headings::of(table).filter(|found| !found.wide) else {
        let says = "the table does not begin with headings in UTF-8 or Shift_JIS".to_owned();
        return Err(vec![Fault { code: &codes::UNMAPPED, line: 1, key: None, says }]);
    };
    let folded: Vec<String> = found.cells.iter().map(|cell| fold(cell)).collect();
    let mut faults = Vec::new();
    for (heading, (meant, line)) in &mapping.headings {
        if folded.contains(heading) {
            continue;
        }
        let free = |one: &&String| !one.is_empty() && !mapping.headings.contains_key(*one);
        let near = nearest(heading, folded.iter().filter(free).map(String::as_str));
        let holds = |one: &&String| one.contains(heading) || heading.contains(one.as_str());
        let near = near.or_else(|| folded.iter().filter(free).find(holds).map(String::as_str));
        let spelt = |cell: &String| super::spelling::meaning(cell).as_ref() == Some(meant);
        let column = match near {
            Some(near) => folded.iter().position(|one| one == near),
            None => found.cells.iter().position(spelt),
        };
        let hint = match column.and_then(|at| Some((at + 1, found.cells.get(at)?))) {
            Some((column, cell)) => format!("; did you mean `{cell}` (column {column})?"),
            None => String::new(),
        };
        let says = format!("the table has no heading `{heading}`{hint}");
        faults.push(Fault { code: &codes::MAP_COLUMN, line: *line, key: None, says });
    }
    faults.sort_by_key(|fault| fault.line);
    if !faults.is_empty() {
        return Err(faults);
    }
    let unmapped = (1..).zip(&folded).filter(|(_, one)| !mapping.headings.contains_key(*one));
    Ok(Sound { headings, unmapped: unmapped.map(|(column, _)| column).collect() })
}

/// The text of a mapping; a clerk's editor may save in Shift_JIS.
pub(super) fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => encoding_rs::SHIFT_JIS.decode(bytes).0,
    }
}

/// Reads a mapping, or tells every fault of it in the order of lines.
pub(super) fn read(text: &str) -> Result<Mapping, Vec<Fault>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
    let mut reader = Reader { ends, faults: Vec::new(), mapping: Mapping::default() };
    let (table, broken) = DeTable::parse_recoverable(text);
    for error in &broken {
        let at = error.span().map_or(0, |span| span.start);
        reader.fault(&codes::MAP_SYNTAX, at, None, format!("cannot be read: {}", error.message()));
    }
    if broken.is_empty() {
        reader.root(table.get_ref());
    }
    let Reader { mut faults, mapping, .. } = reader;
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(mapping) } else { Err(faults) }
}

const ROOT: [&str; 7] = ["format", "program", "ignore", "none", "columns", "sex", "item"];
const ITEM: [&str; 6] = ["column", "code", "system", "unit", "ucum", "kind"];

struct Reader {
    /// Where lines end.
    ends: Vec<usize>,
    faults: Vec<Fault>,
    mapping: Mapping,
}

impl Reader {
    fn line(&self, at: usize) -> u32 {
        let before = self.ends.partition_point(|end| *end < at);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }

    fn fault(
        &mut self,
        code: &'static FindingCode,
        at: usize,
        key: Option<&'static str>,
        says: String,
    ) {
        let line = self.line(at);
        self.faults.push(Fault { code, line, key, says });
    }

    /// Tells keys of a table that are none.
    fn known(&mut self, table: &DeTable<'_>, known: &[&'static str]) {
        for (key, _) in table {
            let written = key.get_ref();
            if known.contains(&&**written) {
                continue;
            }
            let meant = nearest(written, known.iter().copied());
            let hint = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the keys are {}", known.join(", ")),
            };
            let says = format!("there is no key `{written}`; {hint}");
            // The text of `known` is static, that of the nearest is one of them.
            let meant = known.iter().copied().find(|one| Some(*one) == meant);
            self.fault(&codes::MAP_KEY, key.span().start, meant, says);
        }
    }

    /// A text that is not empty; `None`, with a fault, where it is another thing.
    fn text(&mut self, value: &Spanned<DeValue<'_>>, key: &'static str) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            _ => {
                let says = format!("`{key}` takes a text in quotes");
                self.fault(&codes::MAP_VALUE, value.span().start, Some(key), says);
                None
            }
        }
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>, key: &'static str) -> Vec<(String, usize)> {
        let DeValue::Array(list) = value.get_ref() else {
            let says = format!("`{key}` takes a list, such as [\"備考\", \"入力者\"]");
            self.fault(&codes::MAP_VALUE, value.span().start, Some(key), says);
            return Vec::new();
        };
        let each = list.iter().filter_map(|one| {
            let at = one.span().start;
            self.text(one, key).map(|text| (text, at))
        });
        each.collect()
    }

    /// One of a list of words.
    fn word<T: Copy>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let written = self.text(value, key)?;
        if let Some((_, found)) = words.iter().find(|(word, _)| *word == written) {
            return Some(*found);
        }
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let hint = match nearest(&written, all.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("it is one of {}", all.join(", ")),
        };
        let says = format!("`{key}` is no `{written}`; {hint}");
        self.fault(&codes::MAP_VALUE, value.span().start, Some(key), says);
        None
    }

    /// Gives a heading its meaning.
    fn means(&mut self, heading: &str, meaning: Meaning, at: usize) {
        let line = self.line(at);
        if let Some((_, first)) = self.mapping.headings.get(&fold(heading)) {
            let says = format!("the heading `{heading}` has a meaning already, in line {first}");
            return self.fault(&codes::MAP_TWICE, at, None, says);
        }
        self.mapping.headings.insert(fold(heading), (meaning, line));
    }

    fn root(&mut self, root: &DeTable<'_>) {
        self.known(root, &ROOT);
        let get = |key: &str| root.iter().find(|(one, _)| one.get_ref() == key);
        let at = |key: &str| get(key).map_or(0, |(one, _)| one.span().start);
        match get("format").map(|(_, value)| value) {
            Some(value) if matches!(value.get_ref(), DeValue::String(one) if one == FORMAT) => {}
            _ => {
                let says = format!("the format must be \"{FORMAT}\"");
                self.fault(&codes::MAP_VALUE, at("format"), Some("format"), says);
            }
        }
        if let Some((_, value)) = get("program") {
            self.mapping.program = self.text(value, "program").unwrap_or_default();
        }
        if let Some((_, value)) = get("none") {
            let words = self.texts(value, "none");
            self.mapping.none = words.iter().map(|(word, _)| fold(word)).collect();
        }
        match get("columns").map(|(key, value)| (key.span().start, value.get_ref())) {
            Some((at, DeValue::Table(columns))) => self.columns(columns, at),
            _ => {
                let says = "there must be a section [columns] that names `patient` and `date`";
                self.fault(&codes::MAP_MISSING, at("columns"), Some("columns"), says.to_owned());
            }
        }
        match get("sex").map(|(_, value)| value.get_ref()) {
            Some(DeValue::Table(words)) => self.sexes(words),
            Some(_) => {
                let says = "[sex] holds lines such as \"男性\" = \"male\"".to_owned();
                self.fault(&codes::MAP_VALUE, at("sex"), Some("sex"), says);
            }
            None => {}
        }
        match get("item").map(|(_, value)| value.get_ref()) {
            Some(DeValue::Array(items)) => self.items(items),
            Some(_) => {
                let says = "each result stands under a line [[item]] of its own".to_owned();
                self.fault(&codes::MAP_VALUE, at("item"), Some("item"), says);
            }
            None => {
                let says = "there must be at least one [[item]]".to_owned();
                self.fault(&codes::MAP_MISSING, 0, Some("item"), says);
            }
        }
        if let Some((_, value)) = get("ignore") {
            for (heading, at) in self.texts(value, "ignore") {
                self.means(&heading, Meaning::Ignored, at);
            }
        }
    }

    fn columns(&mut self, columns: &DeTable<'_>, section: usize) {
        let words: Vec<&'static str> = Key::ALL.iter().map(|key| key.word()).collect();
        self.known(columns, &words);
        for key in Key::ALL {
            let found = columns.iter().find(|(one, _)| one.get_ref() == key.word());
            if let Some((written, value)) = found {
                if let Some(heading) = self.text(value, key.word()) {
                    self.means(&heading, Meaning::Key(*key), written.span().start);
                }
                continue;
            }
            // A key that is spelt wrongly was told already.
            let slip = |one: &str| nearest(one, [key.word()]).is_some() && !words.contains(&one);
            let misspelt = columns.iter().any(|(one, _)| slip(one.get_ref()));
            if matches!(key, Key::Patient | Key::Date) && !misspelt {
                let word = key.word();
                let says = format!("[columns] must say which heading is `{word}`");
                self.fault(&codes::MAP_MISSING, section, Some(word), says);
            }
        }
    }

    fn sexes(&mut self, words: &DeTable<'_>) {
        for (written, value) in words {
            if let Some(sex) = self.word(value, "sex", &SEXES) {
                self.mapping.sexes.insert(fold(written.get_ref()), sex);
            }
        }
    }

    fn items(&mut self, items: &DeArray<'_>) {
        for item in items.iter() {
            let DeValue::Table(table) = item.get_ref() else {
                let says = "each result stands under a line [[item]] of its own".to_owned();
                self.fault(&codes::MAP_VALUE, item.span().start, Some("item"), says);
                continue;
            };
            self.item(table, item.span().start);
        }
    }

    fn item(&mut self, table: &DeTable<'_>, at: usize) {
        self.known(table, &ITEM);
        let get = |key: &str| table.iter().find(|(one, _)| one.get_ref() == key);
        let Some((written, value)) = get("column") else {
            let slip = |one: &str| nearest(one, ["column"]).is_some();
            if !table.iter().any(|(one, _)| slip(one.get_ref())) {
                let says = "an [[item]] must name its `column`".to_owned();
                self.fault(&codes::MAP_MISSING, at, Some("column"), says);
            }
            return;
        };
        let Some(heading) = self.text(value, "column") else { return };
        let mut optional = |key| get(key).and_then(|(_, value)| self.text(value, key));
        let (code, unit, own) = (optional("code"), optional("unit"), optional("ucum"));
        let kind = match get("kind") {
            Some((_, value)) => self.word(value, "kind", &KINDS),
            None => Some(Kind::Number),
        };
        if let (Some(_), Some((unit, _))) = (kind.filter(|one| *one != Kind::Number), get("unit")) {
            let says = "only a number has a unit".to_owned();
            self.fault(&codes::MAP_VALUE, unit.span().start, Some("unit"), says);
        }
        let systems: Vec<_> =
            CodeSystem::ALL.iter().map(|system| (system.word(), system.word())).collect();
        let system = match (get("system"), code.as_deref().map_or(0, str::len)) {
            (Some((_, value)), _) => self.word(value, "system", &systems),
            (None, 17) => Some(CodeSystem::Jlac10.word()),
            (None, _) => Some(CodeSystem::Local.word()),
        };
        let code = code.unwrap_or_else(|| heading.clone());
        let jlac10 = system == Some(CodeSystem::Jlac10.word());
        let wrong = match code.chars().count() {
            length if jlac10 && length != 17 => Some("a JLAC10 code has 17 characters"),
            length if length > CODE_MAX => Some("a code has at most 60 characters"),
            _ => None,
        };
        if let Some(says) = wrong {
            let at = get("code").map_or(at, |(key, _)| key.span().start);
            self.fault(&codes::MAP_VALUE, at, Some("code"), says.to_owned());
        }
        let (Some(kind), Some(system)) = (kind, system) else { return };
        let unit = unit.unwrap_or_default();
        let ucum = own.unwrap_or_else(|| crate::ucum::of(&unit).to_owned());
        let item = Item { code, system, name: heading.clone(), unit, ucum, kind };
        self.means(&heading, Meaning::Item(item), written.span().start);
    }
}
