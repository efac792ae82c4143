//! The survey of a table: what is rare, what is extreme, and the account of rows left out.
//!
//! What it is for: deciding from all rows of a table which codes leave and within which bounds
//! numbers leave (R-ANON-04). What it is not for: changing rows. Invariant: a code is kept only if
//! the threshold's number of distinct persons of the dataset hold it; the result does not depend on
//! the order of rows. Start reading at [`Survey::add`].

use std::collections::{BTreeMap, HashSet};

use arrow::array::{Array, FixedSizeBinaryArray, Float64Array, RecordBatch, UInt8Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use sudare_model::Track;
use sudare_store::compute::KernelError;

use crate::kernel::code::{Codes, KeptCodes, Pairs};
use crate::kernel::gate::{COHORT_PERSON, WHY, Why, column, keys};
use crate::kernel::release::{Decisions, SECOND_CODE};
use crate::policy::{Policy, TablePolicy, Treatment, system_of};

mod histogram;
mod holders;

use histogram::Histograms;
use holders::{CodeSurvey, NONE, Names};

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
    /// The codes that keep a row: the main code, and the ICD-10 code beside it. Empty where rows
    /// stand alone.
    leaders: Vec<CodeSurvey>,
    codes: Vec<CodeSurvey>,
    pending: HashSet<Pending>,
    numbers: Vec<NumberSurvey>,
    main: Option<(&'static str, &'static str)>,
    items: Names,
    account: Account,
}

/// A code seen in a row of which it is not known yet whether it leaves with its main code.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Pending {
    leaders: [u32; 2],
    column: usize,
    code: u32,
    person: [u8; 16],
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending(..)")
    }
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
        let leads = |name: &str| {
            let main = table.main_code().is_some_and(|(code, _)| code.name == name);
            table.stands_on_code() && (main || name == SECOND_CODE)
        };
        let (leaders, codes) = with(Treatment::RareCode)
            .map(|column| {
                let system = system_of(table.table, column.source).map(|system| system.name);
                CodeSurvey::new(column.source.name, system)
            })
            .partition(|survey: &CodeSurvey| leads(survey.name));
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
            leaders,
            codes,
            pending: HashSet::new(),
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
        let why: UInt8Array = column(batch, WHY, &DataType::UInt8)?;
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
        let persons = keys(batch, COHORT_PERSON)?;
        self.codes_of(batch, &persons, &stays)?;
        self.numbers_of(batch, &stays)
    }

    /// Counts holders over the rows that will leave. A row leaves if one of its leaders does; while
    /// that is not known its other codes wait.
    fn codes_of(
        &mut self,
        batch: &RecordBatch,
        persons: &FixedSizeBinaryArray,
        stays: &[usize],
    ) -> Result<(), KernelError> {
        let mut led: Vec<[u32; 2]> = vec![[NONE; 2]; stays.len()];
        for (at, leader) in self.leaders.iter_mut().enumerate() {
            for ((row, slots), code) in
                stays.iter().zip(&mut led).zip(leader.numbers(batch, stays)?)
            {
                leader.add(code, persons.value(*row), self.rare);
                if let Some(slot) = slots.get_mut(at) {
                    *slot = code;
                }
            }
        }
        let alone = self.leaders.is_empty();
        for (column, survey) in self.codes.iter_mut().enumerate() {
            let codes = survey.numbers(batch, stays)?;
            for ((row, leaders), code) in stays.iter().zip(&led).zip(codes) {
                if code == NONE || survey.enough(code) {
                    continue;
                }
                let known = |(leader, code): (&CodeSurvey, &u32)| leader.enough(*code);
                // The first leader is the main code; a row without one stands.
                let leaves = alone
                    || leaders.first() == Some(&NONE)
                    || self.leaders.iter().zip(leaders).any(known);
                if leaves {
                    survey.add(code, persons.value(*row), self.rare);
                } else if let Ok(person) = persons.value(*row).try_into() {
                    self.pending.insert(Pending { leaders: *leaders, column, code, person });
                }
            }
        }
        Ok(())
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
        let kept: Vec<KeptCodes> =
            self.leaders.iter().map(|leader| leader.decide(self.rare)).collect();
        for pending in &self.pending {
            let leaders = self.leaders.iter().zip(&kept).zip(pending.leaders);
            let mut leaves = leaders.map(|((leader, kept), code)| leader.leaves(code, kept));
            if leaves.any(|leaves| leaves)
                && let Some(survey) = self.codes.get_mut(pending.column)
            {
                survey.add(pending.code, &pending.person, self.rare);
            }
        }
        for (leader, kept) in self.leaders.iter().zip(kept) {
            decisions.codes.insert(leader.name.to_owned(), kept);
        }
        for survey in &self.codes {
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
            // No bounds of a code that does not leave as it is: the parameters name only what many
            // persons share.
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
