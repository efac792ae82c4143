//! From a list of files to units of work of bounded size, without opening more than is needed to tell formats apart.
//!
//! The units are independent: a thread pool may read them in any order, and the outcomes, taken in the order of the
//! units, are the same every time.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;

use sudare_model::{Finding, Place};

use crate::files::Files;
use crate::findings::{self, Findings};
use crate::formats::{self, Choice};
use crate::gate::Life;
use crate::masters::Masters;
use crate::outcome::Counts;

mod numbers;
mod span;

pub(crate) use numbers::FileNumbers;
pub use span::{Span, Spans};

/// How many bytes of a file are looked at to recognise its format.
pub const HEAD_BYTES: usize = 4096;

/// How much of a file is at hand while it is planned: longer than the longest line of any format.
pub(crate) const BLOCK_BYTES: usize = 1 << 20;

/// One unit of work: some spans of one format.
#[derive(Debug, Clone)]
pub struct WorkUnit {
    /// Name of the format.
    pub format: &'static str,
    /// What to read, in order.
    pub spans: Spans,
    /// Bytes in all.
    pub bytes: u64,
    /// What planning learnt that reading needs.
    pub(crate) facts: Facts,
}

/// What planning hands to reading of some patients, known by sorted hashes of their numbers. It is not printed and
/// lives no longer than the plan.
#[derive(Clone, Default)]
pub(crate) struct Facts {
    /// Whose records contradict each other.
    pub(crate) conflicts: Arc<[u64]>,
    /// Births and deaths that not every record of the patient states.
    pub(crate) lives: Arc<[(u64, Life)]>,
    /// Claim masters to resolve codes by.
    pub(crate) masters: Option<Arc<Masters>>,
    /// Whatever else a format learnt, as a type of its own.
    pub(crate) learnt: Option<Arc<dyn std::any::Any + Send + Sync>>,
}

impl Facts {
    /// Of whose records contradict each other, and of lives.
    pub(crate) fn of(mut conflicts: Vec<u64>, mut lives: Vec<(u64, Life)>) -> Self {
        conflicts.sort_unstable();
        lives.sort_unstable_by_key(|(patient, _)| *patient);
        Self { conflicts: conflicts.into(), lives: lives.into(), ..Self::default() }
    }

    /// Whether nothing needs to be said of anybody, so that no hash is needed.
    pub(crate) fn is_empty(&self) -> bool {
        self.conflicts.is_empty() && self.lives.is_empty()
    }

    /// Whether a patient's records contradict each other.
    pub(crate) fn conflict(&self, hash: u64) -> bool {
        self.conflicts.binary_search(&hash).is_ok()
    }

    /// What other records say of a patient's life.
    pub(crate) fn life(&self, hash: u64) -> Life {
        let found = self.lives.binary_search_by_key(&hash, |(patient, _)| *patient).ok();
        found.and_then(|at| self.lives.get(at)).map_or(Life::UNKNOWN, |(_, life)| *life)
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Facts({}, {})", self.conflicts.len(), self.lives.len())
    }
}

/// What there is to do, and what planning found.
#[derive(Debug, Clone, Default)]
pub struct WorkPlan {
    /// Units, in the order their outcomes belong.
    pub units: Vec<WorkUnit>,
    /// Findings about whole files.
    pub findings: Vec<Finding>,
    /// Files that were set aside whole: nothing of them is read.
    pub rejected: BTreeSet<u32>,
    /// Files that could not be read as they were listed.
    pub unread: BTreeSet<u32>,
    /// What planning counted: superseded and deleted files, files set aside, findings by code.
    pub counts: Counts,
}

impl WorkPlan {
    /// Whether a file is read in several spans, so that rows of it may be there before a fault of it is found.
    #[must_use]
    pub fn is_cut(&self, file_no: u32) -> bool {
        let spans = self.units.iter().flat_map(|unit| unit.spans.iter());
        spans.filter(|span| span.file_no == file_no).nth(1).is_some()
    }

    /// Whether there is anything to read whose codes claim masters name.
    #[must_use]
    pub fn asks_masters(&self) -> bool {
        let of = |unit: &WorkUnit| formats::ALL.iter().find(|format| format.name() == unit.format);
        self.units.iter().filter_map(of).any(|format| format.asks_masters())
    }

    /// Has names and units of claim codes resolved by masters, and codes they do not have found.
    pub fn resolve_with(&mut self, masters: &Arc<Masters>) {
        for unit in &mut self.units {
            unit.facts.masters = Some(Arc::clone(masters));
        }
    }

    /// Sets files aside that turned out to be torn while they were read: the plan goes on without them.
    pub fn set_aside(&mut self, torn: &[Finding]) {
        let mut files = BTreeSet::new();
        for one in torn.iter().filter(|one| files.insert(one.place.file_no)) {
            self.rejected.insert(one.place.file_no);
            self.unread.insert(one.place.file_no);
            self.findings.push(one.clone());
            *self.counts.findings.entry(one.code.code).or_default() += 1;
            self.counts.quarantined += 1;
        }
        for unit in &mut self.units {
            unit.spans = unit.spans.iter().filter(|span| !files.contains(&span.file_no)).collect();
            unit.bytes = unit.spans.iter().map(|span| span.end - span.start).sum();
        }
        self.units.retain(|unit| !unit.spans.is_empty());
    }
}

/// What is known of who sent the files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    /// The codes under which it claims (医療機関コード), of 7 digits, or of 10 with prefecture and points table before
    /// them. Empty where none is known, or where its files hold the claims of many.
    pub claims_codes: &'a [String],
}

impl Sender<'_> {
    /// Nothing known.
    pub const UNKNOWN: Self = Self { claims_codes: &[] };
}

/// A plan in the making, as a format sees it.
pub(crate) struct Planner<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) sender: Sender<'a>,
    pub(crate) units: Vec<WorkUnit>,
    pub(crate) findings: Findings,
    pub(crate) counts: Counts,
}

impl Planner<'_> {
    /// Adds spans that are read alone, each as a unit.
    pub(crate) fn add_each(&mut self, format: &'static str, spans: Vec<Span>, facts: &Facts) {
        self.units.extend(spans.into_iter().map(|span| WorkUnit {
            format,
            bytes: span.end - span.start,
            spans: [span].into_iter().collect(),
            facts: facts.clone(),
        }));
    }

    /// The first bytes of a file, to a limit; `None`, with a finding, where it cannot be read.
    pub(crate) fn head(&mut self, file_no: u32, limit: u64) -> Option<Vec<u8>> {
        let mut head = Vec::new();
        let read = self.files.read_at(file_no, 0, limit, &mut head).map_err(findings::unloaded);
        read.map_err(|code| self.findings.add(code, Place::file(file_no))).ok()?;
        Some(head)
    }

    /// Goes through a file by blocks. `take` gets the bytes at hand and whether they are the last, and gives how many
    /// it is done with; the others come again with the next ones, of which `least` are asked for at least. `None`
    /// where `take` gives that or, with a finding, where the file cannot be read. Memory: a block, and what is left.
    pub(crate) fn blocks(
        &mut self,
        file_no: u32,
        least: usize,
        mut take: impl FnMut(&mut Self, &[u8], bool) -> Option<usize>,
    ) -> Option<()> {
        let place = || Place::file(file_no);
        let opened = self.files.open(file_no).map_err(findings::unopened);
        let mut reader = opened.map_err(|code| self.findings.add(code, place())).ok()?;
        let mut block = Vec::with_capacity(BLOCK_BYTES + least.min(BLOCK_BYTES));
        loop {
            let wanted = BLOCK_BYTES.saturating_sub(block.len()).max(least) as u64;
            let read = reader.by_ref().take(wanted).read_to_end(&mut block);
            let read = read.map_err(|error| findings::unread(&error));
            let read = read.map_err(|code| self.findings.add(code, place())).ok()?;
            let done = take(self, &block, read == 0)?;
            if read == 0 {
                return Some(());
            }
            block.drain(..done);
        }
    }
}

/// Plans a delivery. Files that name another institution than their sender are set aside.
#[must_use]
pub fn plan(files: &dyn Files, sender: &Sender<'_>, choice: Choice) -> WorkPlan {
    let mut planner = Planner {
        files,
        sender: *sender,
        units: Vec::new(),
        findings: Findings::default(),
        counts: Counts::default(),
    };
    let mut chosen = vec![FileNumbers::default(); formats::ALL.len()];
    for file_no in 0..files.count() {
        if files.len(file_no) == 0 {
            planner.findings.add(&findings::EMPTY, Place::file(file_no));
            continue;
        }
        match route(&mut planner, file_no, choice) {
            Some(at) => chosen.get_mut(at).into_iter().for_each(|list| list.push(file_no)),
            None => continue,
        }
    }
    for (format, list) in formats::ALL.iter().zip(chosen) {
        if !list.is_empty() {
            format.plan(&list, &mut planner);
        }
    }
    let quarantined = planner.findings.quarantined();
    let rejected = std::mem::take(&mut planner.findings.files);
    let unread = std::mem::take(&mut planner.findings.unread);
    let (findings, by_code) = planner.findings.finish();
    planner.counts.quarantined += quarantined;
    planner.counts.findings = by_code;
    WorkPlan { units: planner.units, findings, rejected, unread, counts: planner.counts }
}

/// The format of a file, by position in the list; a finding where there is none.
fn route(planner: &mut Planner<'_>, file_no: u32, choice: Choice) -> Option<usize> {
    let files = planner.files;
    let path = &*files.path(file_no);
    if let Choice::Named(name) = choice {
        return formats::ALL.iter().position(|format| format.name() == name);
    }
    // A path that has a format's full shape spares opening the file twice; the reader looks at the content anyway.
    if let Some(at) = formats::ALL.iter().position(|format| format.owns_path(path)) {
        return Some(at);
    }
    let head = planner.head(file_no, HEAD_BYTES as u64)?;
    let found = formats::ALL.iter().position(|format| format.recognises(&head, path));
    if found.is_none() {
        planner.findings.add(&findings::UNKNOWN, Place::file(file_no));
    }
    found
}
