//! Who holds a code: persons counted until they are enough.

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use sudare_store::compute::KernelError;

use crate::kernel::code::{Codes, KeptCodes, NULL, Pairs, Verdict, parent};

/// Stands for no code.
pub(crate) const NONE: u32 = u32::MAX - 1;

/// Pairs of system and code, numbered as they come.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: HashMap<String, HashMap<String, u32>>,
    pub(crate) list: Vec<(String, String)>,
}

impl Names {
    pub(crate) fn number(&mut self, system: &str, code: &str) -> u32 {
        if let Some(found) = self.known.get(system).and_then(|codes| codes.get(code)) {
            return *found;
        }
        let number = u32::try_from(self.list.len()).unwrap_or_default();
        self.list.push((system.to_owned(), code.to_owned()));
        self.known.entry(system.to_owned()).or_default().insert(code.to_owned(), number);
        number
    }
}

/// The codes of a column and who holds them.
#[derive(Debug)]
pub(crate) struct CodeSurvey {
    pub(crate) name: &'static str,
    system: Option<&'static str>,
    names: Names,
    holders: Vec<Holders>,
}

/// The persons who hold a code, until they are enough.
#[derive(Clone)]
enum Holders {
    Few(Vec<[u8; 16]>),
    Enough,
}

impl std::fmt::Debug for Holders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Holders(..)")
    }
}

impl CodeSurvey {
    pub(crate) fn new(name: &'static str, system: Option<&'static str>) -> Self {
        Self { name, system, names: Names::default(), holders: Vec::new() }
    }

    /// The number of the code in each of these rows, [`NONE`] where there is none.
    pub(crate) fn numbers(
        &mut self,
        batch: &RecordBatch,
        rows: &[usize],
    ) -> Result<Vec<u32>, KernelError> {
        let codes = Codes::named(batch, self.name)?;
        let systems = self.system.map(|name| Codes::named(batch, name)).transpose()?;
        let mut pairs = Pairs::new(systems.as_ref().map_or(0, Codes::distinct), codes.distinct());
        let names = &mut self.names;
        let numbers = rows.iter().map(|row| {
            let code = codes.position(*row);
            if code == NULL {
                return NONE;
            }
            let system = systems.as_ref().map_or(NULL, |systems| systems.position(*row));
            pairs.number(system, code, || {
                let word = systems.as_ref().map_or("", |systems| systems.value(system));
                names.number(word, codes.value(code))
            })
        });
        let numbers = numbers.collect();
        self.holders.resize(self.names.list.len(), Holders::Few(Vec::new()));
        Ok(numbers)
    }

    /// Whether enough persons are known to hold the code.
    pub(crate) fn enough(&self, code: u32) -> bool {
        matches!(self.holder(code), Some(Holders::Enough))
    }

    fn holder(&self, code: u32) -> Option<&Holders> {
        self.holders.get(usize::try_from(code).ok()?)
    }

    /// One more person holds the code.
    pub(crate) fn add(&mut self, code: u32, person: &[u8], rare: usize) {
        let at = usize::try_from(code).unwrap_or(usize::MAX);
        if let Some(holders) = self.holders.get_mut(at) {
            holders.add(person, rare);
        }
    }

    /// Whether a row with this code leaves on its account.
    pub(crate) fn leaves(&self, code: u32, kept: &KeptCodes) -> bool {
        let named = usize::try_from(code).ok().and_then(|at| self.names.list.get(at));
        named.is_some_and(|(system, code)| kept.judge(self.name, system, code) != Verdict::Empty)
    }

    /// Keeps what enough persons hold; rare members of an ICD-10 category stand under it if
    /// together they, with those of the category itself, are enough: the count is of persons who
    /// would be released under that label.
    pub(crate) fn decide(&self, rare: usize) -> KeptCodes {
        let mut kept = KeptCodes::default();
        let mut rest: BTreeMap<(&str, &str), Vec<[u8; 16]>> = BTreeMap::new();
        for ((system, code), holders) in self.names.list.iter().zip(&self.holders) {
            let up = parent(system, self.name, code);
            match holders {
                Holders::Enough => {
                    if up == Some(code.as_str()) {
                        kept.parents.entry(system.clone()).or_default().insert(code.clone());
                    }
                    kept.kept.entry(system.clone()).or_default().insert(code.clone());
                }
                Holders::Few(persons) => {
                    if let Some(up) = up {
                        rest.entry((system, up)).or_default().extend(persons);
                    }
                }
            }
        }
        for ((system, up), mut persons) in rest {
            persons.sort_unstable();
            persons.dedup();
            if persons.len() >= rare {
                kept.parents.entry(system.to_owned()).or_default().insert(up.to_owned());
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
