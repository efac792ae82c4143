//! A delivery's files as the readers see them, over the store's safe walk: what an archive holds stands in its place.
//! Objects that came over a network are read where they lie, sealed, in the spool.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use sudare_intake::archive::{Limits, SharedFiles, unpack};
use sudare_intake::{Files, OpenError, ReadError};
use sudare_model::finding::FindingCode;
use sudare_model::{Finding, Place};
use sudare_store::inbox::{EntryKind, Inbox, InboxError, Steady};

mod codes;
mod spooled;

pub(crate) use codes::ALL as WALK_CODES;
use codes::{EMPTY, LINK, SPECIAL, TOO_DEEP, TOO_LARGE, UNREADABLE};
pub(crate) use spooled::SpooledFiles;

/// The files given, numbered from 0 in path order, and what was refused, numbered behind them.
pub(crate) struct Opened {
    pub(crate) files: SharedFiles,
    /// What the walk and the archives refused, or that there was nothing to walk.
    pub(crate) refused: Vec<Finding>,
}

impl Opened {
    /// Takes a walk.
    pub(crate) fn new(inbox: Inbox) -> Self {
        let mut told: Vec<(u32, &'static FindingCode, String)> = inbox
            .others()
            .filter_map(|(at, entry)| {
                let path = String::from_utf8_lossy(entry.name()).into_owned();
                Some((at, why_not(entry.kind())?, path))
            })
            .collect();
        let others: Vec<u32> = (0..).zip(&told).map(|(before, (at, ..))| at - before).collect();
        let count = u32::try_from(inbox.count() - others.len()).unwrap_or(u32::MAX);
        if inbox.count() == 0 {
            told.push((0, &EMPTY, String::new()));
        }
        let finding = |file_no, code| Finding { code, place: Place::file(file_no) };
        let (findings, refused) =
            (count..).zip(told).map(|(no, (_, code, path))| (finding(no, code), path)).unzip();
        let plain = Plain { inbox, count, others, refused };
        let (files, refused) = unpack(Arc::new(plain), findings, Limits::DEFAULT);
        Self { files, refused }
    }

    /// Takes objects out of the spool. None of them is an archive.
    pub(crate) fn spooled(files: Arc<SpooledFiles>) -> Self {
        Self { files, refused: Vec::new() }
    }

    /// How many files were given: those that can be read, and those that were refused.
    pub(crate) fn given(&self) -> u64 {
        let refused = self.refused.iter().filter(|one| one.code.code != EMPTY.code).count();
        u64::from(self.files.count()) + refused as u64
    }
}

/// Why something that was found is no file of the delivery; `None` for a file.
fn why_not(kind: EntryKind) -> Option<&'static FindingCode> {
    match kind {
        EntryKind::File => None,
        EntryKind::Link => Some(&LINK),
        EntryKind::Special => Some(&SPECIAL),
        EntryKind::TooLarge => Some(&TOO_LARGE),
        EntryKind::TooDeep => Some(&TOO_DEEP),
        EntryKind::Unreadable => Some(&UNREADABLE),
    }
}

/// Some of the files, numbered anew; what was refused stays behind them.
pub(crate) struct Chosen {
    files: SharedFiles,
    /// The number of each in `files`.
    numbers: Vec<u32>,
    refused: Vec<Finding>,
    /// By how much less what was refused is numbered here than in `files`.
    fewer: u32,
}

impl Chosen {
    /// Takes the files of these numbers, which ascend.
    pub(crate) fn new(opened: Opened, numbers: Vec<u32>) -> Self {
        let Opened { files, mut refused } = opened;
        let fewer = files.count().saturating_sub(u32::try_from(numbers.len()).unwrap_or(u32::MAX));
        for one in &mut refused {
            one.place.file_no = one.place.file_no.saturating_sub(fewer);
        }
        Self { files, numbers, refused, fewer }
    }

    /// The paths of all files, chosen or not, each with its number here if it is chosen.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Option<u32>, Cow<'_, str>)> {
        let mut chosen = (0u32..).zip(&self.numbers).peekable();
        (0..self.files.count()).map(move |at| {
            let here = chosen.next_if(|(_, number)| **number == at);
            (here.map(|(file_no, _)| file_no), self.files.path(at))
        })
    }

    /// The paths of what was refused, each with its number.
    pub(crate) fn all_refused(&self) -> impl Iterator<Item = (u32, Cow<'_, str>)> {
        let numbers = self.refused.iter().map(|one| one.place.file_no);
        numbers.map(|number| (number, self.files.path(number.saturating_add(self.fewer))))
    }

    /// What the walk and the archives refused, or that there was nothing to walk.
    pub(crate) fn refused(&self) -> &[Finding] {
        &self.refused
    }

    fn number(&self, file_no: u32) -> Option<u32> {
        self.numbers.get(usize::try_from(file_no).ok()?).copied()
    }
}

impl Files for Chosen {
    fn count(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(u32::MAX)
    }

    fn path(&self, file_no: u32) -> Cow<'_, str> {
        self.number(file_no).map_or(Cow::Borrowed(""), |number| self.files.path(number))
    }

    fn len(&self, file_no: u32) -> u64 {
        self.number(file_no).map_or(0, |number| self.files.len(number))
    }

    fn is_whole(&self) -> bool {
        self.files.is_whole()
    }

    fn open(&self, file_no: u32) -> Result<Box<dyn Read + Send>, OpenError> {
        self.files.open(self.number(file_no).ok_or(OpenError::Missing)?)
    }

    fn open_at(&self, file_no: u32, byte: u64) -> Result<Box<dyn Read + Send>, OpenError> {
        self.files.open_at(self.number(file_no).ok_or(OpenError::Missing)?, byte)
    }

    fn read_at(
        &self,
        file_no: u32,
        byte: u64,
        most: u64,
        into: &mut Vec<u8>,
    ) -> Result<usize, ReadError> {
        self.files.read_at(self.number(file_no).ok_or(OpenError::Missing)?, byte, most, into)
    }
}

/// The regular files of a walk.
struct Plain {
    inbox: Inbox,
    count: u32,
    /// Of each thing of the walk that is no file, in order, how many files come before it.
    others: Vec<u32>,
    /// Paths of what the walk refused, numbered behind the files.
    refused: Vec<String>,
}

impl Plain {
    fn steady(&self, file_no: u32) -> Result<Steady, InboxError> {
        let walked = self.walked(file_no).ok_or(InboxError::NotAFile { file_no })?;
        self.inbox.open(walked)
    }

    /// The number of a file in the walk.
    fn walked(&self, file_no: u32) -> Option<u32> {
        let before = self.others.partition_point(|before| *before <= file_no);
        (file_no < self.count)
            .then(|| file_no.saturating_add(u32::try_from(before).unwrap_or(u32::MAX)))
    }
}

impl Files for Plain {
    fn count(&self) -> u32 {
        self.count
    }

    fn path(&self, file_no: u32) -> Cow<'_, str> {
        if let Some(entry) = self.walked(file_no).and_then(|walked| self.inbox.entry(walked)) {
            // What is not UTF-8 becomes U+FFFD.
            return String::from_utf8_lossy(entry.name()).into_owned().into();
        }
        let at = file_no.checked_sub(self.count).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.refused.get(at)).map_or("", String::as_str).into()
    }

    fn len(&self, file_no: u32) -> u64 {
        let entry = self.walked(file_no).and_then(|walked| self.inbox.entry(walked));
        entry.map_or(0, |entry| entry.length())
    }

    fn is_whole(&self) -> bool {
        self.inbox.is_whole()
    }

    fn open(&self, file_no: u32) -> Result<Box<dyn Read + Send>, OpenError> {
        Ok(Box::new(self.steady(file_no).map_err(|error| told(&error))?))
    }

    fn open_at(&self, file_no: u32, byte: u64) -> Result<Box<dyn Read + Send>, OpenError> {
        let steady = self.steady(file_no).map_err(|error| told(&error))?;
        if byte > steady.length() {
            return Err(OpenError::Changed);
        }
        if byte == 0 {
            return Ok(Box::new(steady));
        }
        Ok(Box::new(From { steady, at: byte }))
    }
}

/// A file read from a byte on, by ranges.
struct From {
    steady: Steady,
    at: u64,
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let rest = self.steady.length().saturating_sub(self.at);
        let length = usize::try_from(rest).unwrap_or(usize::MAX).min(into.len());
        let changed = |_| std::io::Error::from(std::io::ErrorKind::InvalidData);
        let bytes = self.steady.range(self.at, length).map_err(changed)?;
        if let Some(target) = into.get_mut(..length) {
            target.copy_from_slice(&bytes);
        }
        self.at += length as u64;
        if length == 0 {
            self.steady.check().map_err(changed)?;
        }
        Ok(length)
    }
}

fn told(error: &InboxError) -> OpenError {
    match error {
        InboxError::NotAFile { .. } => OpenError::NotAFile,
        InboxError::Changed { .. } => OpenError::Changed,
        InboxError::Io { source, .. } | InboxError::Given { source, .. } => {
            OpenError::Io(source.kind())
        }
        _ => OpenError::Missing,
    }
}

/// The name of what lies below the one folder that was walked, without that folder's own name.
pub(crate) fn below(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name);
    text.split_once('/').map(|(_folder, rest)| rest.to_owned()).unwrap_or_default()
}
