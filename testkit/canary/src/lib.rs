//! The canary hunter: looks for planted strings in every byte that a run leaves behind.
//!
//! A region is seeded with strings that occur nowhere else, one in each identifying field. After the whole pipeline has
//! run, none of them may be found outside the encrypted identity store: not in an output, a log, a report, a ledger
//! byte, a temporary file, a query plan or a file's name. [`spelling`] writes a needle in every way software is known
//! to write text; [`hunter`] searches files and looks into what is compressed.
//!
//! What it cannot see: text cut in two by a page of a database or by delta encoding, pictures of text, and a digest
//! made with a key. The last is allowed; the others are why it is one wall of several.
//!
//! Invariant: a needle that is there in one of the listed spellings is found, and it takes one pass over the bytes.

pub mod hunter;
pub mod spelling;

pub use hunter::{Account, HuntError, Hunter, Sighting};
pub use spelling::{Needle, Spelling};
