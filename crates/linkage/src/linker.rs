//! Statements in, persons out.

use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use sudare_model::time::Day;

use crate::block::Nodes;
use crate::cluster::{self, Conflict};
use crate::columns::{Texts, dates, key, keys};
use crate::compare::Rule;
use crate::people::{self, Merge, PersonMap, Split};
use crate::statement::{Reducer, Statement, Written};

/// Why linkage cannot go on. It names columns and never values.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// A column of the identity table is missing.
    #[error("the identity table has no column `{column}`")]
    Column {
        /// Which.
        column: &'static str,
    },
    /// A column has another type than the identity table's.
    #[error("column `{column}` has an unexpected type")]
    Type {
        /// Which.
        column: &'static str,
    },
    /// A key column has a null.
    #[error("column `{column}` has a row without a value")]
    Null {
        /// Which.
        column: &'static str,
    },
    /// More statements than node numbers.
    #[error("more than 4 thousand million statements")]
    TooMany,
    /// The map cannot be built.
    #[error("the map of persons cannot be built")]
    Map(#[from] ArrowError),
}

/// What linkage did, for the ledger: counts and words, nothing of anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkEvidence {
    /// Name and version of the rules.
    pub model: &'static str,
    /// Each rule's word and how many joins it made (two clusters became one), the strongest first. Joins undone by a
    /// contradiction are counted.
    pub rules: Vec<(&'static str, u64)>,
    /// Rows read.
    pub rows: u64,
    /// Distinct statements among them.
    pub statements: u64,
    /// Patients at one provider.
    pub subjects: u64,
    /// Persons.
    pub persons: u64,
    /// Persons who have more than one subject.
    pub persons_linked: u64,
    /// Persons not known before.
    pub persons_new: u64,
    /// Subjects without any key, who can link to nobody.
    pub subjects_without_key: u64,
    /// Insurer numbers with a wrong length or check digit, taken as missing.
    pub insurer_numbers_rejected: u64,
    /// Conflicts left for review.
    pub conflicts: u64,
    /// Persons joined since the previous map.
    pub merges: u64,
    /// Persons parted since the previous map.
    pub splits: u64,
}

/// The answer.
pub struct Linked {
    /// Subject to person: columns `subject` and `person`, 16 bytes each, sorted by subject.
    pub map: RecordBatch,
    /// What was done.
    pub evidence: LinkEvidence,
    /// What was left apart, for review.
    pub conflicts: Vec<Conflict>,
    /// Persons joined since the previous map.
    pub merges: Vec<Merge>,
    /// Persons parted since the previous map.
    pub splits: Vec<Split>,
}

/// Gathers statements, then decides. Needs every statement that still counts, each time: who was linked before is
/// told by the previous map, why is not.
pub struct Linker<'p> {
    previous: Option<&'p PersonMap>,
    reducer: Reducer,
    statements: Vec<Statement>,
    rows: u64,
}

impl<'p> Linker<'p> {
    /// A linker that keeps the persons of a previous map.
    #[must_use]
    pub fn new(previous: Option<&'p PersonMap>) -> Self {
        Self { previous, reducer: Reducer::new(), statements: Vec::new(), rows: 0 }
    }

    /// Takes rows of the identity table (`sudare_identity::table`). Texts are folded, hashed and forgotten.
    ///
    /// # Errors
    /// [`LinkError`] if a column is missing, has another type, or a row has no subject.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), LinkError> {
        let subjects = keys(batch, "subject")?;
        let births = dates(batch, "birth_date")?;
        let text = |name| Texts::of(batch, name);
        let (kanji, kana, sex) = (text("name_kanji")?, text("name_kana")?, text("sex")?);
        let (postal, address, phone) = (text("postal_code")?, text("address")?, text("phone")?);
        let (insurer, symbol) = (text("insurer_number")?, text("insurance_symbol")?);
        let (number, branch) = (text("insurance_number")?, text("insurance_branch")?);
        self.statements.reserve(batch.num_rows());
        for row in 0..batch.num_rows() {
            let subject = key(subjects, row).ok_or(LinkError::Null { column: "subject" })?;
            let born = arrow::array::Array::is_valid(births, row).then(|| births.value(row));
            let written = Written {
                kanji: kanji.get(row),
                kana: kana.get(row),
                birth: born.map(Day::from_epoch_days),
                sex: sex.get(row),
                postal_code: postal.get(row),
                address: address.get(row),
                phone: phone.get(row),
                insurer: insurer.get(row),
                symbol: symbol.get(row),
                number: number.get(row),
                branch: branch.get(row),
            };
            self.statements.push(self.reducer.reduce(subject, &written));
            self.rows += 1;
        }
        Ok(())
    }

    /// Decides who is who. `mint` gives 16 random bytes for each person not known before, called in the order of the
    /// persons' smallest subject keys.
    ///
    /// # Errors
    /// [`LinkError::TooMany`] beyond 2³² statements; [`LinkError::Map`] never in practice.
    pub fn finish(mut self, mint: &mut dyn FnMut() -> [u8; 16]) -> Result<Linked, LinkError> {
        self.statements.sort_unstable();
        self.statements.dedup();
        if u32::try_from(self.statements.len()).is_err() {
            return Err(LinkError::TooMany);
        }
        let nodes = Nodes::of(&self.statements);
        let clusters = cluster::cluster(&nodes);
        let nobody = PersonMap::default();
        let previous = self.previous.unwrap_or(&nobody);
        let assigned = people::assign(&nodes, &clusters, previous, mint);
        let map = people::map(&nodes, &clusters, &assigned.people)?;
        let has_key = |node: u32| {
            nodes.said(node).iter().any(|one| Rule::ALL.iter().any(|rule| rule.key(one).is_some()))
        };
        let without = (0..nodes.count()).filter(|node| !has_key(*node)).count();
        let linked = clusters.groups().filter(|group| group.len() > 1).count();
        let evidence = LinkEvidence {
            model: "deterministic-1",
            rules: Rule::ALL.iter().map(|rule| rule.word()).zip(clusters.joined).collect(),
            rows: self.rows,
            statements: wide(self.statements.len()),
            subjects: wide(nodes.starts.len()),
            persons: wide(assigned.people.len()),
            persons_linked: wide(linked),
            persons_new: assigned.minted,
            subjects_without_key: wide(without),
            insurer_numbers_rejected: self.reducer.rejected_insurers(),
            conflicts: wide(clusters.conflicts.len()),
            merges: wide(assigned.merges.len()),
            splits: wide(assigned.splits.len()),
        };
        Ok(Linked {
            map,
            evidence,
            conflicts: clusters.conflicts,
            merges: assigned.merges,
            splits: assigned.splits,
        })
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
