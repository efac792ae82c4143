//! Who is who: a person for each cluster, the same as last time wherever the clusters allow it.
//!
//! A person goes where most of their subjects went; a cluster that several persons came to keeps the one who brought
//! most. Ties go to the smaller key. What was joined or parted is said, so that nothing changes hands in silence.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryBuilder};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use sudare_identity::PersonId;

use crate::block::Nodes;
use crate::cluster::Clusters;
use crate::columns;
use crate::linker::LinkError;

/// Column names of the map, in stored order: both 16 bytes, none null, rows sorted by subject.
pub const MAP_COLUMNS: [&str; 2] = ["subject", "person"];

/// The schema of the map.
#[must_use]
pub fn map_schema() -> Schema {
    Schema::new(
        MAP_COLUMNS
            .map(|name| Field::new(name, DataType::FixedSizeBinary(16), false))
            .into_iter()
            .collect::<Vec<_>>(),
    )
}

/// Who was who, as linked before.
#[derive(Default)]
pub struct PersonMap {
    rows: Vec<([u8; 16], [u8; 16])>,
}

/// Why a map cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum PersonMapError {
    /// The columns are not those of a map.
    #[error(transparent)]
    Columns(#[from] LinkError),
    /// One subject has two persons.
    #[error("the map gives one subject two persons")]
    Ambiguous,
}

impl PersonMap {
    /// Reads a stored map, batch by batch, in any order.
    ///
    /// # Errors
    /// [`PersonMapError`] if a batch lacks the columns or a subject has two persons.
    pub fn read<'b>(
        batches: impl IntoIterator<Item = &'b RecordBatch>,
    ) -> Result<Self, PersonMapError> {
        let mut rows = Vec::new();
        for batch in batches {
            let [subject, person] = MAP_COLUMNS;
            let subjects = columns::keys(batch, subject)?;
            let persons = columns::keys(batch, person)?;
            for row in 0..batch.num_rows() {
                let pair = columns::key(subjects, row).zip(columns::key(persons, row));
                rows.push(pair.ok_or(LinkError::Null { column: person })?);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        let ambiguous = |pair: &[([u8; 16], [u8; 16])]| match pair {
            [one, other] => one.0 == other.0,
            _ => false,
        };
        if rows.windows(2).any(ambiguous) {
            return Err(PersonMapError::Ambiguous);
        }
        Ok(Self { rows })
    }

    /// How many subjects it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn rows(&self) -> &[([u8; 16], [u8; 16])] {
        &self.rows
    }
}

/// Two persons turned out to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Merge {
    /// Who is no more.
    pub from: PersonId,
    /// Who they are.
    pub into: PersonId,
}

/// One person turned out to be two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Split {
    /// Who they were.
    pub from: PersonId,
    /// Who some of their subjects are now.
    pub into: PersonId,
}

/// A person of each cluster, in the order of the clusters, and what changed.
pub(crate) struct Assigned {
    pub(crate) people: Vec<[u8; 16]>,
    pub(crate) minted: u64,
    pub(crate) merges: Vec<Merge>,
    pub(crate) splits: Vec<Split>,
}

/// How many subjects of one former person came to one cluster.
#[derive(Clone, Copy)]
struct Claim {
    person: [u8; 16],
    cluster: u32,
    subjects: u32,
}

pub(crate) fn assign(
    nodes: &Nodes<'_>,
    clusters: &Clusters,
    previous: &PersonMap,
    mint: &mut dyn FnMut() -> [u8; 16],
) -> Assigned {
    let claims = claims(nodes, clusters, previous);
    // Where each former person goes: most subjects, then the first cluster.
    let mut heirs: Vec<Claim> = Vec::new();
    for group in claims.chunk_by(|one, other| one.person == other.person) {
        let most = |claim: &&Claim| (claim.subjects, std::cmp::Reverse(claim.cluster));
        heirs.extend(group.iter().max_by_key(most));
    }
    heirs.sort_unstable_by_key(|claim| {
        (claim.cluster, std::cmp::Reverse(claim.subjects), claim.person)
    });
    let mut assigned =
        Assigned { people: Vec::new(), minted: 0, merges: Vec::new(), splits: Vec::new() };
    assigned.people.reserve(clusters.starts.len());
    let mut heirs = heirs.into_iter().peekable();
    for cluster in (0u32..).take(clusters.starts.len()) {
        let here = |claim: &Claim| claim.cluster == cluster;
        let person = heirs.next_if(here).map(|claim| claim.person);
        let person = person.unwrap_or_else(|| {
            assigned.minted += 1;
            mint()
        });
        while let Some(other) = heirs.next_if(here) {
            let (from, into) = (PersonId::mint(other.person), PersonId::mint(person));
            assigned.merges.push(Merge { from, into });
        }
        assigned.people.push(person);
    }
    for group in claims.chunk_by(|one, other| one.person == other.person) {
        let most = |claim: &&Claim| (claim.subjects, std::cmp::Reverse(claim.cluster));
        let home = group.iter().max_by_key(most).map(|claim| claim.cluster);
        for claim in group.iter().filter(|claim| Some(claim.cluster) != home) {
            if let Some(into) = assigned.people.get(claim.cluster as usize) {
                let (from, into) = (PersonId::mint(claim.person), PersonId::mint(*into));
                assigned.splits.push(Split { from, into });
            }
        }
    }
    assigned
}

/// Claims sorted by person and cluster.
fn claims(nodes: &Nodes<'_>, clusters: &Clusters, previous: &PersonMap) -> Vec<Claim> {
    if previous.is_empty() {
        return Vec::new();
    }
    let mut claims = Vec::new();
    for (cluster, group) in (0u32..).zip(clusters.groups()) {
        for node in group {
            let Some(said) = nodes.said(*node).first() else { continue };
            let rows = previous.rows();
            let found = rows.binary_search_by_key(&said.subject, |(subject, _)| *subject);
            if let Some((_, person)) = found.ok().and_then(|at| rows.get(at)) {
                claims.push(Claim { person: *person, cluster, subjects: 1 });
            }
        }
    }
    claims.sort_unstable_by_key(|claim| (claim.person, claim.cluster));
    claims.dedup_by(|later, kept| {
        let same = later.person == kept.person && later.cluster == kept.cluster;
        if same {
            kept.subjects += later.subjects;
        }
        same
    });
    claims
}

/// The map as it is stored: sorted by subject, since nodes are.
pub(crate) fn map(
    nodes: &Nodes<'_>,
    clusters: &Clusters,
    people: &[[u8; 16]],
) -> Result<RecordBatch, ArrowError> {
    let mut person_of = vec![[0; 16]; nodes.starts.len()];
    for (group, person) in clusters.groups().zip(people) {
        for node in group {
            if let Some(slot) = person_of.get_mut(*node as usize) {
                *slot = *person;
            }
        }
    }
    let mut subjects = FixedSizeBinaryBuilder::with_capacity(person_of.len(), 16);
    let mut persons = FixedSizeBinaryBuilder::with_capacity(person_of.len(), 16);
    for (node, person) in (0..).zip(&person_of) {
        if let Some(said) = nodes.said(node).first() {
            subjects.append_value(said.subject)?;
            persons.append_value(person)?;
        }
    }
    let columns: Vec<ArrayRef> = vec![Arc::new(subjects.finish()), Arc::new(persons.finish())];
    RecordBatch::try_new(Arc::new(map_schema()), columns)
}
