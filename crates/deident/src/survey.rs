//! The survey of a table: what is rare, what is extreme, and the account of rows left out.
//!
//! What it is for: deciding from all rows of a table which codes leave and within which bounds numbers leave
//! (R-ANON-04). What it is not for: changing rows. Invariant: a code is kept only if the threshold's number of
//! distinct persons of the dataset hold it; the result does not depend on the order of rows.
//! Start reading at [`Survey::add`].

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, FixedSizeBinaryArray, Float64Array, RecordBatch, UInt8Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use sudare_model::Track;
use sudare_store::compute::KernelError;

use crate::kernel::code::{Codes, KeptCodes, NULL, Pairs, parent};
use crate::kernel::gate::{COHORT_PERSON, WHY, Why, column};
use crate::kernel::release::Decisions;
use crate::policy::{Policy, TablePolicy, Treatment, system_of};

mod histogram;

use histogram::Histograms;

/// What became of the rows and values of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Rows by what the gate said, in the order of [`Why::ALL`].
    pub rows: [u64; Why::ALL.len()],
    /// Values there were in the rows that passed the gate, by stored column.
    pub filled: BTreeMap<String, u64>,
    /// Numbers moved to a bound, by stored column.
    pub clipped: BTreeMap<String, u64>,
}

impl Account {
    /// All rows read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.rows.iter().sum()
    }

    /// Rows of which the gate said this.
    #[must_use]
    pub fn of(&self, why: Why) -> u64 {
        self.rows.get(usize::from(why as u8)).copied().unwrap_or_default()
    }
}

/// A survey under way.
#[derive(Debug)]
pub struct Survey {
    rare: usize,
    quantile: f64,
    anonymised: bool,
    columns: Vec<&'static str>,
    codes: Vec<CodeSurvey>,
    numbers: Vec<NumberSurvey>,
    main: Option<(&'static str, &'static str)>,
    items: Names,
    account: Account,
}

/// Pairs of system and code, numbered as they come.
#[derive(Debug, Default)]
struct Names {
    known: HashMap<String, HashMap<String, u32>>,
    list: Vec<(String, String)>,
}

impl Names {
    fn number(&mut self, system: &str, code: &str) -> u32 {
        if let Some(found) = self.known.get(system).and_then(|codes| codes.get(code)) {
            return *found;
        }
        let number = u32::try_from(self.list.len()).unwrap_or_default();
        self.list.push((system.to_owned(), code.to_owned()));
        self.known.entry(system.to_owned()).or_default().insert(code.to_owned(), number);
        number
    }
}

#[derive(Debug)]
struct CodeSurvey {
    name: &'static str,
    system: Option<&'static str>,
    names: Names,
    holders: Vec<Holders>,
}

/// The persons who hold a code, until they are enough.
#[derive(Debug, Clone)]
enum Holders {
    Few(Vec<[u8; 16]>),
    Enough,
}

#[derive(Debug)]
struct NumberSurvey {
    name: &'static str,
    items: Histograms,
}

impl Survey {
    /// A survey of a table under a policy.
    #[must_use]
    pub fn new(policy: &Policy, table: &TablePolicy) -> Self {
        let with = |treatment: Treatment| {
            table.columns.iter().filter(move |column| column.treatment == treatment)
        };
        let codes = with(Treatment::RareCode).map(|column| CodeSurvey {
            name: column.source.name,
            system: system_of(table.table, column.source).map(|system| system.name),
            names: Names::default(),
            holders: Vec::new(),
        });
        let numbers = with(Treatment::Clip)
            .map(|column| NumberSurvey { name: column.source.name, items: Histograms::default() });
        Self {
            rare: usize::try_from(policy.spec.anonymise.rare_code_min_persons).unwrap_or(1),
            quantile: policy.spec.anonymise.outlier_quantile,
            anonymised: policy.spec.track == Track::Anonymised,
            columns: table
                .columns
                .iter()
                .filter(|column| column.treatment != Treatment::Withhold)
                .map(|column| column.source.name)
                .collect(),
            codes: codes.collect(),
            numbers: numbers.collect(),
            main: table.main_code().map(|(code, system)| (code.name, system.name)),
            items: Names::default(),
            account: Account::default(),
        }
    }

    /// Takes rows of [`crate::plan::survey`].
    ///
    /// # Errors
    /// [`KernelError`] if a column is missing or of another type.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), KernelError> {
        let why: &UInt8Array = column(batch, WHY)?;
        let stays: Vec<usize> = (0..batch.num_rows()).filter(|row| why.value(*row) == 0).collect();
        for why in why.values() {
            if let Some(count) = self.account.rows.get_mut(usize::from(*why)) {
                *count += 1;
            }
        }
        for name in &self.columns {
            let array = batch
                .column_by_name(name)
                .ok_or_else(|| KernelError::Column((*name).to_owned()))?;
            let filled = stays.iter().filter(|row| array.is_valid(**row)).count();
            *self.account.filled.entry((*name).to_owned()).or_default() +=
                u64::try_from(filled).unwrap_or_default();
        }
        if !self.anonymised {
            return Ok(());
        }
        let persons: &FixedSizeBinaryArray = column(batch, COHORT_PERSON)?;
        for survey in &mut self.codes {
            survey.add(batch, persons, &stays, self.rare)?;
        }
        self.numbers_of(batch, &stays)
    }

    fn numbers_of(&mut self, batch: &RecordBatch, stays: &[usize]) -> Result<(), KernelError> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        let items: Vec<u32> = match self.main {
            None => {
                let one = self.items.number("", "");
                vec![one; stays.len()]
            }
            Some((code, system)) => {
                let (codes, systems) = (Codes::named(batch, code)?, Codes::named(batch, system)?);
                let mut pairs = Pairs::new(systems.distinct(), codes.distinct());
                let names = &mut self.items;
                let number = |row: &usize| {
                    let (s, c) = (systems.position(*row), codes.position(*row));
                    pairs.number(s, c, || names.number(systems.value(s), codes.value(c)))
                };
                stays.iter().map(number).collect()
            }
        };
        for survey in &mut self.numbers {
            let fail = || KernelError::Column(survey.name.to_owned());
            let array = batch.column_by_name(survey.name).ok_or_else(fail)?;
            let numbers = cast(array, &DataType::Float64).map_err(|_| fail())?;
            let numbers: &Float64Array = numbers.as_any().downcast_ref().ok_or_else(fail)?;
            for (row, item) in stays.iter().zip(&items) {
                if numbers.is_valid(*row) && numbers.value(*row).is_finite() {
                    survey.items.add(*item, numbers.value(*row));
                }
            }
        }
        Ok(())
    }

    /// What leaves, and the account.
    #[must_use]
    pub fn decide(mut self) -> (Decisions, Account) {
        let mut decisions = Decisions::default();
        for survey in self.codes {
            decisions.codes.insert(survey.name.to_owned(), survey.decide(self.rare));
        }
        let tail = u64::try_from(self.rare).unwrap_or(1);
        for survey in &self.numbers {
            let by_system = decisions.bounds.entry(survey.name.to_owned()).or_default();
            let mut clipped = 0;
            for (item, bounds) in survey.items.bounds(self.quantile, tail) {
                let at = usize::try_from(item).unwrap_or(usize::MAX);
                if let Some((system, code)) = self.items.list.get(at) {
                    let codes = by_system.entry(system.clone()).or_default();
                    codes.insert(code.clone(), [bounds.low, bounds.high]);
                    clipped += bounds.beyond;
                }
            }
            self.account.clipped.insert(survey.name.to_owned(), clipped);
        }
        let main = self.main.and_then(|(code, _)| decisions.codes.get(code));
        if let Some(kept) = main {
            // No bounds of a code that does not leave as it is: the parameters name only what many persons share.
            for systems in decisions.bounds.values_mut() {
                for (system, codes) in systems.iter_mut() {
                    let known = kept.kept.get(system);
                    codes.retain(|code, _| {
                        code.is_empty() || known.is_some_and(|known| known.contains(code))
                    });
                }
            }
        }
        (decisions, self.account)
    }
}

impl CodeSurvey {
    fn add(
        &mut self,
        batch: &RecordBatch,
        persons: &FixedSizeBinaryArray,
        stays: &[usize],
        rare: usize,
    ) -> Result<(), KernelError> {
        let codes = Codes::named(batch, self.name)?;
        let systems = self.system.map(|name| Codes::named(batch, name)).transpose()?;
        let mut pairs = Pairs::new(systems.as_ref().map_or(0, Codes::distinct), codes.distinct());
        let names = &mut self.names;
        for row in stays {
            let code = codes.position(*row);
            if code == NULL {
                continue;
            }
            let system = systems.as_ref().map_or(NULL, |systems| systems.position(*row));
            let number = pairs.number(system, code, || {
                let word = systems.as_ref().map_or("", |systems| systems.value(system));
                names.number(word, codes.value(code))
            });
            let at = usize::try_from(number).unwrap_or_default();
            if self.holders.len() <= at {
                self.holders.resize(at + 1, Holders::Few(Vec::new()));
            }
            if let Some(holders) = self.holders.get_mut(at) {
                holders.add(persons.value(*row), rare);
            }
        }
        Ok(())
    }

    /// Keeps what enough persons hold; rare members of an ICD-10 category stand under it if together they, with
    /// those of the category itself, are enough: the count is of persons who would be released under that label.
    fn decide(self, rare: usize) -> KeptCodes {
        let mut kept = KeptCodes::default();
        let mut rest: BTreeMap<(String, String), Vec<[u8; 16]>> = BTreeMap::new();
        for ((system, code), holders) in self.names.list.into_iter().zip(self.holders) {
            match holders {
                Holders::Enough => {
                    if parent(&system, self.name, &code) == Some(code.as_str()) {
                        kept.parents.entry(system.clone()).or_default().insert(code.clone());
                    }
                    kept.kept.entry(system).or_default().insert(code);
                }
                Holders::Few(persons) => {
                    if let Some(up) = parent(&system, self.name, &code) {
                        rest.entry((system.clone(), up.to_owned())).or_default().extend(persons);
                    }
                }
            }
        }
        for ((system, up), mut persons) in rest {
            persons.sort_unstable();
            persons.dedup();
            if persons.len() >= rare {
                kept.parents.entry(system).or_default().insert(up);
            }
        }
        kept
    }
}

impl Holders {
    fn add(&mut self, person: &[u8], rare: usize) {
        let Self::Few(persons) = self else { return };
        if persons.iter().any(|known| known.as_slice() == person) {
            return;
        }
        if let Ok(person) = <[u8; 16]>::try_from(person) {
            persons.push(person);
        }
        if persons.len() >= rare {
            *self = Self::Enough;
        }
    }
}
