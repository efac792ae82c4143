//! A first look at each document: what it is and whose, so that contradictions are known before anything is read.
//!
//! Memory: 24 bytes for each person, and the first bytes of one document.

use std::collections::HashMap;
use std::io::Read;

use sudare_identity::Sex;
use sudare_model::Place;
use sudare_model::time::Day;

use super::person::Person;
use super::{DOCUMENT_MAX, Kind, UNIT_BYTES, codes};
use crate::findings;
use crate::patients::patient_hash;
use crate::plan::{Facts, FileNumbers, Planner, Span, WorkUnit};
use crate::xml::{Tree, root_name};

/// The person stands in the first part of a document.
const LOOK: u64 = 64 << 10;

/// What the documents of one number state, and whether all agree.
struct Stated {
    birth: Option<Day>,
    sex: Sex,
    agree: bool,
}

/// An index: its file, the folder it is about, and how many documents it states.
struct Index {
    file_no: u32,
    folder: String,
    total: u64,
}

/// Looks at the files and adds their units.
pub(super) fn plan(file_nos: &FileNumbers, planner: &mut Planner<'_>) {
    let files = planner.files;
    let mut stated: HashMap<u64, Stated> = HashMap::new();
    let mut indexes: Vec<Index> = Vec::new();
    let mut documents: HashMap<String, u64> = HashMap::new();
    let mut spans = Vec::new();
    let mut look = Look::default();
    for file_no in file_nos.iter() {
        let length = files.len(file_no);
        if length > DOCUMENT_MAX {
            planner.findings.add(&findings::TOO_LARGE, Place::file(file_no));
            continue;
        }
        let path = files.path(file_no);
        let folder = above(&path);
        match look.at(planner, file_no) {
            Some(Kind::Index) => {
                if let Some(total) = look.total() {
                    indexes.push(Index { file_no, folder: folder.to_owned(), total });
                }
            }
            Some(Kind::Document) => *documents.entry(above(folder).to_owned()).or_default() += 1,
            _ => {}
        }
        look.person(&mut stated);
        spans.push(Span { file_no, start: 0, end: length, first_record: 1, group: file_no });
    }
    for index in indexes {
        if documents.get(&index.folder).copied().unwrap_or_default() != index.total {
            planner.findings.add(&codes::COUNT, Place::file(index.file_no));
        }
    }
    let conflicts = stated.iter().filter(|(_, one)| !one.agree).map(|(hash, _)| *hash);
    add_units(spans, &Facts::of(conflicts.collect(), Vec::new()), planner);
}

fn add_units(spans: Vec<Span>, facts: &Facts, planner: &mut Planner<'_>) {
    let unit = |spans: Vec<Span>, bytes| WorkUnit {
        format: "checkup",
        spans: spans.into_iter().collect(),
        bytes,
        facts: facts.clone(),
    };
    let (mut open, mut bytes) = (Vec::new(), 0);
    for span in spans {
        bytes += span.end;
        open.push(span);
        if bytes >= UNIT_BYTES {
            planner.units.push(unit(std::mem::take(&mut open), bytes));
            bytes = 0;
        }
    }
    if !open.is_empty() {
        planner.units.push(unit(open, bytes));
    }
}

/// The folder of a path.
fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The first part of one document.
#[derive(Default)]
struct Look {
    tree: Tree,
    kind: Option<Kind>,
    number: String,
}

impl Look {
    /// What the document is. What cannot be read is left to the reader to report.
    fn at(&mut self, planner: &Planner<'_>, file_no: u32) -> Option<Kind> {
        self.kind = None;
        let mut head = Vec::new();
        planner.files.open(file_no).ok()?.take(LOOK).read_to_end(&mut head).ok()?;
        let kind = Kind::of_root(root_name(&head)?)?;
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
        let whole = match std::str::from_utf8(head) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
        };
        let until = match kind {
            Kind::Document => Some("recordTarget"),
            Kind::Claim => Some("subjectPerson"),
            Kind::Index | Kind::Summary => None,
        };
        self.tree.read(whole, until).ok()?;
        self.kind = Some(kind);
        self.kind
    }

    fn total(&self) -> Option<u64> {
        let total = self.tree.root()?.first(&["totalRecordCount"])?;
        total.attribute("value").parse().ok()
    }

    fn person(&mut self, stated: &mut HashMap<u64, Stated>) {
        let Some(root) = self.kind.and_then(|_| self.tree.root()) else { return };
        let Some(person) = self.kind.and_then(|kind| Person::read(root, kind)) else { return };
        if !person.is_somebody() {
            return;
        }
        person.patient_number(&mut self.number);
        let (birth, sex) = (person.birth, person.sex);
        let known = stated.entry(patient_hash(self.number.as_bytes())).or_insert(Stated {
            birth,
            sex,
            agree: true,
        });
        known.agree &= known.birth == birth && known.sex == sex;
    }
}
