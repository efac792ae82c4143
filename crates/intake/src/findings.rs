//! Collecting findings, and the codes that any format may use.
//!
//! A finding says where and what kind, never what the value was. Each format lists its own codes as constants; a
//! code never changes its meaning.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;

use sudare_model::finding::FindingCode;
use sudare_model::{Finding, Place, Severity};

use crate::files::{OpenError, ReadError};

/// How many findings of one code are listed one by one in a unit or a plan; the others are counted.
pub const LISTED_MAX: u64 = 1000;

macro_rules! codes {
    ($($name:ident = $code:literal, $severity:ident, $english:literal, $japanese:literal;)*) => {
        $(
            #[doc = $english]
            pub static $name: sudare_model::finding::FindingCode =
                sudare_model::finding::FindingCode {
                    code: $code,
                    severity: sudare_model::Severity::$severity,
                    english: $english,
                    japanese: $japanese,
                };
        )*
        /// Every code declared here.
        pub static ALL: &[&sudare_model::finding::FindingCode] = &[$(&$name),*];
    };
}

pub(crate) use codes;

codes! {
    EMPTY = "FILE-EMPTY", Warning,
        "the file holds no byte; send it again or leave it out",
        "ファイルが空である。再提出するか、提出対象から除くこと";
    UNKNOWN = "FILE-UNKNOWN", Quarantine,
        "the file is of no known format and was set aside; check what was sent",
        "形式が判別できないため保留した。提出物を確認すること";
    UNREADABLE = "FILE-UNREADABLE", Quarantine,
        "the file could not be opened or read to its end: a folder in its place, a link out of \
         the delivery, or a \
         fault of the medium; send it again",
        "ファイルを開けない、または最後まで読めない（フォルダ、提出範囲外へのリンク、媒体不良など）。再提出すること";
    CHANGED = "FILE-CHANGED", Quarantine,
        "the file grew or shrank while it was read and was set aside; deliver files that are no \
         longer written",
        "読み取り中にファイルの大きさが変わったため保留した。書き込み中でないファイルを提出すること";
    TOO_LARGE = "FILE-TOO-LARGE", Quarantine,
        "the file or one patient's part of it is larger than any real one and was set aside",
        "ファイルまたは1患者分が想定を超えて大きいため保留した";
    MY_NUMBER = "ID-MY-NUMBER", Quarantine,
        "a field for another number holds 12 digits with the check digit of an individual \
         number (My Number); the \
         unit was rejected and nothing of it is kept; individual numbers must never be sent",
        "個人番号（マイナンバー）とみられる12桁の番号があるため受領を拒否し、保存もしない。個人番号は提出してはならない";
}

/// The finding for a file that cannot be opened.
pub(crate) const fn unopened(error: OpenError) -> &'static FindingCode {
    match error {
        OpenError::Changed => &CHANGED,
        _ => &UNREADABLE,
    }
}

/// The finding for a file that cannot be read to its end: whoever opened it says by the kind of error that it is no
/// longer what was listed.
pub(crate) fn unread(error: &std::io::Error) -> &'static FindingCode {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => &CHANGED,
        _ => &UNREADABLE,
    }
}

/// The finding for bytes that cannot be read, whether or not the file can be opened.
pub(crate) fn unloaded(error: ReadError) -> &'static FindingCode {
    match error {
        ReadError::Open(error) => unopened(error),
        ReadError::Read(error) => unread(&error),
    }
}

/// Findings of one plan or one unit.
#[derive(Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    counts: BTreeMap<&'static str, u64>,
    quarantined: u64,
    /// Files set aside whole, and those among them that could not be read as they were listed.
    pub(crate) files: BTreeSet<u32>,
    pub(crate) unread: BTreeSet<u32>,
}

impl Findings {
    /// Adds one.
    pub(crate) fn add(&mut self, code: &'static FindingCode, place: Place) {
        let count = self.counts.entry(code.code).or_default();
        *count += 1;
        if code.severity == Severity::Quarantine {
            self.quarantined += 1;
            if place.record == 0 && place.byte.is_none() {
                self.files.insert(place.file_no);
            }
            if code.code == CHANGED.code || code.code == UNREADABLE.code {
                self.unread.insert(place.file_no);
            }
        }
        if *count <= LISTED_MAX {
            self.list.push(Finding { code, place });
        }
    }

    /// How many there are, listed or not.
    pub(crate) fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many of them quarantine.
    pub(crate) const fn quarantined(&self) -> u64 {
        self.quarantined
    }

    /// The list and the counts.
    pub(crate) fn finish(self) -> (Vec<Finding>, BTreeMap<&'static str, u64>) {
        (self.list, self.counts)
    }
}
