//! From a list of files to units of work of bounded size, without opening more than is needed to tell formats apart.
//!
//! The units are independent: a thread pool may read them in any order, and the outcomes, taken in the order of the
//! units, are the same every time.

use std::io::Read;
use std::sync::Arc;

use sudare_model::{Finding, Place, ProviderId};

use crate::files::Files;
use crate::findings::{self, Findings};
use crate::formats::{self, Choice};
use crate::outcome::Counts;

/// How many bytes of a file are looked at to recognise its format.
pub const HEAD_BYTES: usize = 4096;

/// A part of a file that a unit reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Number of the file in the delivery.
    pub file_no: u32,
    /// First byte.
    pub start: u64,
    /// Byte behind the last.
    pub end: u64,
    /// Number of the first record in the span, from 1.
    pub first_record: u32,
    /// Spans of one patient share a group; a group never crosses units.
    pub group: u32,
}

/// One unit of work: some spans of one format.
#[derive(Debug, Clone)]
pub struct WorkUnit {
    /// Name of the format.
    pub format: &'static str,
    /// What to read, in order.
    pub spans: Vec<Span>,
    /// Bytes in all.
    pub bytes: u64,
    /// What planning learnt that reading needs.
    pub(crate) facts: Facts,
}

/// Sorted hashes that planning hands to reading, such as the patients whose records contradict each other. They are
/// made of patient numbers: they are not printed and live no longer than the plan.
#[derive(Clone, Default)]
pub(crate) struct Facts(pub(crate) Arc<[u64]>);

impl Facts {
    /// Whether a hash is among them.
    pub(crate) fn hold(&self, hash: u64) -> bool {
        self.0.binary_search(&hash).is_ok()
    }
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Facts({})", self.0.len())
    }
}

/// What there is to do, and what planning found.
#[derive(Debug, Clone, Default)]
pub struct WorkPlan {
    /// Units, in the order their outcomes belong.
    pub units: Vec<WorkUnit>,
    /// Findings about whole files.
    pub findings: Vec<Finding>,
    /// What planning counted: superseded and deleted files, files set aside, findings by code.
    pub counts: Counts,
}

/// A plan in the making, as a format sees it.
pub(crate) struct Planner<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) units: Vec<WorkUnit>,
    pub(crate) findings: Findings,
    pub(crate) counts: Counts,
}

/// Plans a delivery. The provider is part of the signature because a format may read files differently by who sent
/// them; today none does.
#[must_use]
pub fn plan(files: &dyn Files, _provider: &ProviderId, choice: Choice) -> WorkPlan {
    let mut planner = Planner {
        files,
        units: Vec::new(),
        findings: Findings::default(),
        counts: Counts::default(),
    };
    let mut chosen: Vec<Vec<u32>> = vec![Vec::new(); formats::ALL.len()];
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
    let (findings, by_code) = planner.findings.finish();
    planner.counts.quarantined += quarantined;
    planner.counts.findings = by_code;
    WorkPlan { units: planner.units, findings, counts: planner.counts }
}

/// The format of a file, by position in the list; a finding where there is none.
fn route(planner: &mut Planner<'_>, file_no: u32, choice: Choice) -> Option<usize> {
    let path = planner.files.path(file_no);
    if let Choice::Named(name) = choice {
        return formats::ALL.iter().position(|format| format.name() == name);
    }
    // A path that has a format's full shape spares opening the file twice; the reader looks at the content anyway.
    if let Some(at) = formats::ALL.iter().position(|format| format.owns_path(path)) {
        return Some(at);
    }
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let read = planner
        .files
        .open(file_no)
        .map_err(|_| ())
        .and_then(|file| file.take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(|_| ()));
    if read.is_err() {
        planner.findings.add(&findings::UNREADABLE, Place::file(file_no));
        return None;
    }
    let found = formats::ALL.iter().position(|format| format.recognises(&head, path));
    if found.is_none() {
        planner.findings.add(&findings::UNKNOWN, Place::file(file_no));
    }
    found
}
