//! Nouns that name a person: patient numbers, names, birth dates, insurance, contact.
//!
//! What it is for: carrying identity from the door (`sudare-intake`) to linkage, and nowhere else. What it is not
//! for: content, datasets, the ledger: `model`, `ledger`, `store`, `engine` and `provision` cannot reach this crate
//! at any distance (tidy: edges).
//!
//! Invariant: nothing here prints itself. No type has `Display` or `Serialize`; `Debug` shows the type and nothing
//! else; memory is overwritten when a value is dropped. Reading the inner value is a method named `reveal`, and tidy
//! lists the files that may call it.

pub mod id;
pub mod record;
pub mod table;
pub mod text;

pub use id::{PersonId, SourcePatientId};
pub use record::{Identity, Sex};
pub use text::{Revealing, half_width};
