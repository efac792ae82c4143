//! Files of the storage: names, folders, encoding.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use sudare_model::time::Day;

use super::message::Head;
use crate::charset::push_iso2022jp;
use crate::dicom::{Study, archive};
use crate::period::digits;
use crate::site::Provider;

/// A file or folder of the storage could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write a file of the storage of `{provider}`")]
pub(crate) struct StoreError {
    pub(crate) provider: String,
    #[source]
    pub(crate) source: io::Error,
}

/// コンディションフラグ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Deleted,
    Valid,
    Superseded,
}

impl Flag {
    const fn digit(self) -> char {
        match self {
            Self::Deleted => '0',
            Self::Valid => '1',
            Self::Superseded => '2',
        }
    }
}

/// What a file is called.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    /// データ種別, part of the name.
    pub(super) kind: &'static str,
    /// The folder, where it is not the type's.
    pub(super) folder: &'static str,
    date: Option<Day>,
    order: &'a str,
    time: String,
    department: &'a str,
    flag: Flag,
}

const NO_ORDER: &str = "999999999999999";

impl<'a> Entry<'a> {
    /// A file without a date of care or order.
    pub(super) fn fixed(kind: &'static str, head: &Head<'a>) -> Self {
        let time = format!("{}{:03}", head.stamp(), head.milli);
        let (department, flag) = (head.department, Flag::Valid);
        Self { kind, folder: kind, date: None, order: NO_ORDER, time, department, flag }
    }

    /// A file of a day of care.
    pub(super) fn dated(kind: &'static str, head: &Head<'a>, day: Day, order: &'a str) -> Self {
        Self { date: Some(day), order, ..Self::fixed(kind, head) }
    }

    pub(super) const fn flagged(mut self, flag: Flag) -> Self {
        self.flag = flag;
        self
    }

    pub(super) const fn misplaced(mut self, folder: &'static str) -> Self {
        self.folder = folder;
        self
    }
}

/// A patient's folder within a storage.
fn below(number: &str) -> String {
    let part = |from: usize, to: usize| number.get(from..to).unwrap_or("000");
    format!("{}/{}/{number}", part(0, 3), part(3, 6))
}

/// The storage of one patient.
pub(super) struct Store<'a> {
    provider: &'a Provider,
    number: String,
    out: PathBuf,
    /// The patient's folder on disk, and as written in the truth.
    root: PathBuf,
    shown: String,
    made: BTreeSet<String>,
}

impl<'a> Store<'a> {
    /// The patient's folder below `out`, the region's folder; made with the first file.
    pub(super) fn new(out: &Path, provider: &'a Provider, number: &str) -> Self {
        let shown = format!("deliveries/{}/ssmix2/{}", provider.id, below(number));
        let root = out.join(&shown);
        let made = BTreeSet::new();
        Self { provider, number: number.to_owned(), out: out.to_owned(), root, shown, made }
    }

    /// Writes a document of the extended storage (formats.md 7.1): a folder named as a file of the storage is, with a
    /// type of three components, and the document in it.
    /// Returns its path below the region's folder.
    pub(super) fn document(&self, entry: &Entry<'_>, text: &str) -> Result<String, StoreError> {
        let date = entry.date.map_or_else(|| "-".to_owned(), digits);
        let name = self.name(entry, &date);
        let folder = format!(
            "deliveries/{}/ssmix2ext/{}/{date}/{}/{name}",
            self.provider.id,
            below(&self.number),
            entry.folder
        );
        let file = format!("{folder}/main_document.xml");
        std::fs::create_dir_all(self.out.join(folder))
            .and_then(|()| std::fs::write(self.out.join(&file), text))
            .map_err(|source| self.error(source))?;
        Ok(file)
    }

    fn name(&self, entry: &Entry<'_>, date: &str) -> String {
        format!(
            "{}_{date}_{}_{}_{}_{}_{}",
            self.number,
            entry.kind,
            entry.order,
            entry.time,
            entry.department,
            entry.flag.digit()
        )
    }

    fn error(&self, source: io::Error) -> StoreError {
        StoreError { provider: self.provider.id.clone(), source }
    }

    /// Encodes and writes a message; returns its path below the region's folder.
    pub(super) fn write(&mut self, entry: &Entry<'_>, text: &str) -> Result<String, StoreError> {
        let mut bytes = Vec::with_capacity(text.len() + 256);
        if self.provider.habits.line_feed {
            push_iso2022jp(&mut bytes, &text.replace('\r', "\n"));
        } else {
            push_iso2022jp(&mut bytes, text);
        }
        self.write_bytes(entry, &bytes)
    }

    /// Writes the objects of a study beside the storage; returns the path of the first below the region's folder.
    pub(super) fn archive(&self, study: &Study<'_>, folder: &str) -> Result<String, StoreError> {
        let folder = format!("deliveries/{}/{folder}", self.provider.id);
        archive(study, &self.out, &folder).map_err(|source| self.error(source))
    }

    /// Writes bytes as they are.
    pub(super) fn write_bytes(
        &mut self,
        entry: &Entry<'_>,
        bytes: &[u8],
    ) -> Result<String, StoreError> {
        let date = entry.date.map_or_else(|| "-".to_owned(), digits);
        let folder = format!("{date}/{}", entry.folder);
        if self.made.insert(folder.clone()) {
            std::fs::create_dir_all(self.root.join(&folder))
                .map_err(|source| self.error(source))?;
        }
        let name = self.name(entry, &date);
        let path = format!("{folder}/{name}");
        std::fs::write(self.root.join(&path), bytes).map_err(|source| self.error(source))?;
        Ok(format!("{}/{path}", self.shown))
    }
}
