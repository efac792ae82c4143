//! Rows of the control store as values. What a word in them means is its writer's business.

use sudare_model::time::{Day, Instant};
use sudare_model::{
    DatasetId, DeliveryId, Digest, LevelName, NoticeId, ProviderId, SubjectKey, Tracks,
};

/// A state of the register: the whole document as applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// 1, 2, 3 …
    pub epoch: i64,
    /// When it was applied.
    pub applied: Instant,
    /// SHA-256 of the document and its list files, as the writer defines it.
    pub digest: Digest,
    /// The document, without lists of persons.
    pub document: String,
}

/// A notice given to one patient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeGiven {
    /// Who gave it.
    pub provider: ProviderId,
    /// Which.
    pub notice: NoticeId,
    /// To whom.
    pub subject: SubjectKey,
    /// When.
    pub day: Day,
    /// How: `handed`, `posted`, …
    pub method: String,
    /// `subject` or `guardian`.
    pub recipient: String,
}

/// A stop request of one patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopRequest {
    /// Its id.
    pub id: String,
    /// At which provider.
    pub provider: ProviderId,
    /// Whose.
    pub subject: SubjectKey,
    /// Which tracks it stops.
    pub tracks: Tracks,
    /// When it was received.
    pub received: Instant,
    /// Its place among all stop requests of the site.
    pub sequence: i64,
    /// Who asked.
    pub requester: String,
    /// From when it is obeyed.
    pub effective: Instant,
    /// Whether the receipt was handed over.
    pub receipt_delivered: bool,
}

/// A delivery of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its id.
    pub id: DeliveryId,
    /// Who sent it.
    pub provider: ProviderId,
    /// Digest of what it brought.
    pub digest: Digest,
    /// How far it is.
    pub state: String,
    /// Counts, JSON.
    pub counts_json: String,
    /// Datasets made of it, JSON.
    pub datasets_json: String,
}

/// A file of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReceivedFile {
    /// What it is: a keyed digest of provider, path and content.
    pub token: Digest,
    /// What it is a version of: a keyed digest of provider and logical name.
    pub slot: Digest,
    /// Which version: a later one takes the place of an earlier one.
    pub version: i64,
    /// The delivery that brought it.
    pub delivery: DeliveryId,
    /// Its number there; absent where a site noted it before numbers were kept.
    pub file_no: Option<u32>,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRow {
    /// Its id.
    pub id: DatasetId,
    /// Its level.
    pub level: LevelName,
    /// How far it is.
    pub state: String,
    /// What it was made to, JSON; empty where there is no specification.
    pub spec_json: String,
    /// Folder of a release inside the home; empty for a vault.
    pub path: String,
}

/// A cleared dataset that has been linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// The cleared dataset.
    pub dataset: DatasetId,
    /// The linked dataset it went into.
    pub linked: DatasetId,
    /// When.
    pub at: Instant,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its id.
    pub id: String,
    /// What is done.
    pub verb: String,
    /// How far it is.
    pub state: String,
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub finished: Option<Instant>,
    /// More, JSON.
    pub detail_json: String,
}
