//! Files inside files: what a zip or a gzip holds, as files of the delivery like all others.
//!
//! What it is for: [`unpack`] puts the members of each archive in its place, so that formats, custody and findings
//! know files only. What it is not for: writing anything to a disk, or trusting what an archive says of itself.
//!
//! Invariants: an archive is known by its first bytes, not its name; members keep the archive's place in the order of
//! files and are named `ARCHIVE/MEMBER`; nothing is unpacked beyond [`Limits`]; what a member holds is given only up to
//! the length that was listed, and its checksum is checked where it ends. A name in an archive is a label, never a
//! path that is opened.
//!
//! Source: APPNOTE 6.3.10 (zip), RFC 1952 (gzip). Start at [`unpack`].

use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;

use sudare_model::finding::FindingCode;
use sudare_model::{Finding, Place};

use crate::files::{Files, OpenError, ReadError};
use crate::findings::codes;
use crate::formats;

mod gzip;
mod window;
mod zip;

#[cfg(test)]
mod tests;

use window::{Source, Windows};

codes! {
    BROKEN = "ARCHIVE-BROKEN", Quarantine,
        "the archive cannot be unpacked: it is cut, damaged or contradicts itself; send it again",
        "圧縮ファイルが途中で切れている、壊れている、または内容が矛盾しているため展開できない。再提出すること";
    ENCRYPTED = "ARCHIVE-ENCRYPTED", Quarantine,
        "a file in the archive is protected by a password; send it without one over a protected line",
        "圧縮ファイル内のファイルにパスワードが設定されている。保護された経路でパスワードなしで提出すること";
    METHOD = "ARCHIVE-METHOD", Quarantine,
        "a file in the archive is compressed by another method than deflate; pack it again as a \
         plain zip",
        "圧縮方式が deflate ではないため展開できない。通常の zip で圧縮し直すこと";
    NAME = "ARCHIVE-NAME", Quarantine,
        "a name in the archive leads out of it, is a link or repeats another; pack it again",
        "圧縮ファイル内の名前が外部を指す、リンクである、または重複している。圧縮し直すこと";
    LIMIT = "ARCHIVE-LIMIT", Quarantine,
        "the archive unpacks to more than is allowed (bytes, files, ratio or archives within \
         archives); send smaller or plain files",
        "展開後の容量・ファイル数・圧縮率・入れ子の深さが上限を超える。分割するか、圧縮せずに提出すること";
}

/// What an archive may unpack to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Members of all archives of a delivery.
    pub members_max: u64,
    /// Bytes of all members of a delivery.
    pub bytes_max: u64,
    /// Bytes out for each byte in, of a member of more than 1 MiB. Deflate cannot exceed 1,032.
    pub ratio_max: u64,
    /// Archives within archives.
    pub depth_max: u32,
}

impl Limits {
    /// 4 million members, 1 TiB, 200 to 1, three deep.
    pub const DEFAULT: Self =
        Self { members_max: 4_000_000, bytes_max: 1 << 40, ratio_max: 200, depth_max: 3 };

    /// Members up to this size may have any ratio.
    const SMALL: u64 = 1 << 20;

    /// Bytes of a path, archives' names among them.
    const PATH_MAX: usize = 1024;
    /// Entries that any delivery may have, and bytes of it that allow one more: an entry takes some 100 in an archive,
    /// but far fewer where a directory of equal names is packed in another archive.
    const ENTRIES: (u64, u64) = (1 << 16, 32);

    const fn allows_ratio(&self, packed: u64, length: u64) -> bool {
        length <= Self::SMALL || length / self.ratio_max <= packed
    }
}

/// What is left of the limits.
struct Budget {
    limits: Limits,
    members: u64,
    bytes: u64,
    /// Entries of archives that may still be looked at, refused ones among them.
    entries: u64,
}

impl Budget {
    fn of(limits: Limits, files: &dyn Files) -> Self {
        let bytes: u64 = (0..files.count()).map(|file_no| files.len(file_no)).sum();
        let (any, bytes_each) = Limits::ENTRIES;
        Self { limits, members: 0, bytes: 0, entries: any + bytes / bytes_each }
    }

    /// Takes an entry; `false` if there are more than a delivery of its size can have.
    const fn look(&mut self) -> bool {
        let some = self.entries > 0;
        self.entries = self.entries.saturating_sub(1);
        some
    }

    /// Takes a member; `false` if it does not fit.
    const fn take(&mut self, packed: u64, length: u64) -> bool {
        if !self.limits.allows_ratio(packed, length)
            || self.members >= self.limits.members_max
            || self.bytes.saturating_add(length) > self.limits.bytes_max
        {
            return false;
        }
        self.members += 1;
        self.bytes += length;
        true
    }
}

/// Files that several threads may read.
pub type SharedFiles = Arc<dyn Files + Send + Sync>;

/// The files of a delivery with the members of archives in place of the archives, and the findings of both: those
/// given (which are about `files`) with their numbers as they are now. What was refused is numbered behind the rest.
#[must_use]
pub fn unpack(
    files: SharedFiles,
    findings: Vec<Finding>,
    limits: Limits,
) -> (SharedFiles, Vec<Finding>) {
    let mut budget = Budget::of(limits, &*files);
    let (mut files, mut findings) = (files, findings);
    for depth in 0..=limits.depth_max {
        let kinds: Vec<Option<Kind>> =
            (0..files.count()).map(|file_no| Kind::of(&*files, file_no)).collect();
        if kinds.iter().all(Option::is_none) {
            break;
        }
        let mut layer = Listing::default();
        for (file_no, kind) in (0..).zip(kinds) {
            match kind {
                None => layer.members.push(Member::Below(file_no)),
                Some(_) if depth == limits.depth_max => {
                    layer.refuse(files.path(file_no).into_owned(), &LIMIT);
                }
                Some(Kind::Zip) => zip::list(&*files, file_no, &mut layer, &mut budget),
                Some(Kind::Gzip) => gzip::list(&*files, file_no, &mut layer, &mut budget),
            }
        }
        (files, findings) = layer.over(files, findings);
    }
    (files, findings)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Zip,
    Gzip,
}

impl Kind {
    fn of(files: &dyn Files, file_no: u32) -> Option<Self> {
        // A path that has a format's full shape is no archive, and need not be opened to know.
        let path = files.path(file_no);
        if formats::ALL.iter().any(|format| format.owns_path(&path)) {
            return None;
        }
        let mut head = Vec::with_capacity(4);
        files.open(file_no).ok()?.take(4).read_to_end(&mut head).ok()?;
        match head.as_slice() {
            // A first member, or the end of an empty archive.
            b"PK\x03\x04" | b"PK\x05\x06" => Some(Self::Zip),
            [0x1f, 0x8b, 8, _] => Some(Self::Gzip),
            _ => None,
        }
    }
}

/// One layer of unpacking in the making.
#[derive(Default)]
struct Listing {
    members: Vec<Member>,
    refused: Vec<(String, &'static FindingCode)>,
}

enum Member {
    /// A file of the layer below, as it is.
    Below(u32),
    /// Decoded out of one.
    Packed(Box<Packed>),
}

struct Packed {
    path: String,
    length: u64,
    source: Source,
}

impl Listing {
    fn add(&mut self, path: String, length: u64, source: Source) {
        self.members.push(Member::Packed(Box::new(Packed { path, length, source })));
    }

    fn refuse(&mut self, path: String, code: &'static FindingCode) {
        self.refused.push((path, code));
    }

    /// The layer, over the files it was listed from.
    fn over(self, below: SharedFiles, findings: Vec<Finding>) -> (SharedFiles, Vec<Finding>) {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let count = number(self.members.len());
        let behind = count.saturating_add(number(self.refused.len()));
        let mut paths: Vec<String> = Vec::new();
        let mut all = Vec::new();
        for (file_no, (path, code)) in (count..).zip(self.refused) {
            paths.push(path);
            all.push(Finding { code, place: Place::file(file_no) });
        }
        // Until now only refused things have findings, and those stand behind the files.
        for mut one in findings {
            let old = one.place.file_no;
            one.place.file_no = behind.saturating_add(old.saturating_sub(below.count()));
            paths.push(below.path(old).into_owned());
            all.push(one);
        }
        let files =
            Unpacked { below, members: self.members, refused: paths, windows: Windows::default() };
        (Arc::new(files), all)
    }
}

/// A layer of unpacked files.
struct Unpacked {
    below: SharedFiles,
    members: Vec<Member>,
    /// Paths of what was refused, numbered behind the members.
    refused: Vec<String>,
    windows: Windows,
}

impl Unpacked {
    fn member(&self, file_no: u32) -> Option<&Member> {
        self.members.get(usize::try_from(file_no).ok()?)
    }
}

impl Files for Unpacked {
    fn count(&self) -> u32 {
        u32::try_from(self.members.len()).unwrap_or(u32::MAX)
    }

    fn path(&self, file_no: u32) -> Cow<'_, str> {
        let refused = || self.refused.get(usize::try_from(file_no - self.count()).ok()?);
        match self.member(file_no) {
            Some(Member::Below(below)) => self.below.path(*below),
            Some(Member::Packed(member)) => member.path.as_str().into(),
            None => refused().map_or("", String::as_str).into(),
        }
    }

    fn len(&self, file_no: u32) -> u64 {
        match self.member(file_no) {
            Some(Member::Below(below)) => self.below.len(*below),
            Some(Member::Packed(member)) => member.length,
            None => 0,
        }
    }

    fn is_whole(&self) -> bool {
        self.below.is_whole()
    }

    fn open(&self, file_no: u32) -> Result<Box<dyn Read + Send>, OpenError> {
        self.open_at(file_no, 0)
    }

    fn open_at(&self, file_no: u32, byte: u64) -> Result<Box<dyn Read + Send>, OpenError> {
        match self.member(file_no).ok_or(OpenError::Missing)? {
            Member::Below(below) => self.below.open_at(*below, byte),
            Member::Packed(member) if byte > member.length => Err(OpenError::Changed),
            Member::Packed(member) => {
                let Packed { source, length, .. } = **member;
                Ok(Box::new(self.windows.open(file_no, &self.below, source, length, byte)))
            }
        }
    }

    fn read_at(
        &self,
        file_no: u32,
        byte: u64,
        most: u64,
        into: &mut Vec<u8>,
    ) -> Result<usize, ReadError> {
        match self.member(file_no) {
            Some(Member::Below(below)) => self.below.read_at(*below, byte, most, into),
            _ => Ok(self.open_at(file_no, byte)?.take(most).read_to_end(into)?),
        }
    }
}

/// An archive that is not what it says. Of no kind that would mean that the file changed while it was read.
fn broken() -> io::Error {
    io::Error::other("the archive is damaged")
}
