//! Nouns anyone may say: ids, code systems, time, schemas of the clinical tables, levels' names.
//!
//! What it is for: the words that every crate shares. What it is not for: anything that names a person (that is
//! `sudare-identity`) and any input or output.
//!
//! Invariant: this crate depends on nothing of the workspace and does no I/O.
//! Start reading at [`level`] (the flow), then [`table`] (the clinical tables).

pub mod admission;
pub mod code;
pub mod digest;
pub mod finding;
pub mod id;
pub mod item;
pub mod level;
pub mod nearest;
pub mod place;
pub mod rule;
pub mod table;
pub mod time;
pub mod track;

pub use admission::{Admission, Refusal};
pub use digest::Digest;
pub use finding::{Finding, Severity};
pub use id::{DatasetId, DeliveryId, NoticeId, ProjectId, ProviderId, SubjectKey, UserId};
pub use item::DataItem;
pub use level::{LevelName, Verb};
pub use place::Place;
pub use rule::Rule;
pub use track::{Track, Tracks};
