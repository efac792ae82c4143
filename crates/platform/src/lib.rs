//! Composition: configuration, jobs; one function for each act a person can do.
//!
//! What it is for: holding the ledger, the stores and the keys of a [`Site`], and giving each stage the scribes and
//! vaults it needs. What it is not for: argv, HTTP, HTML (that is `app`), or any rule of law (that is the stages').
//!
//! Invariant: an act is begun in the ledger before anything is written and done before it is answered; an act that
//! was killed is abandoned when the site opens next, and doing it again gives what it would have given.
//! Start reading at [`act`].

pub mod act;
pub mod answer;
mod clock;
mod error;
mod gate;
mod inbox;
pub mod progress;
mod reading;
mod replaced;
mod site;

pub use clock::Clock;
pub use error::{ActError, Problem};
pub use site::{Desk, Site, passphrase_in};
pub use sudare_model::Rule;
pub use sudare_store::keys::Passphrase;
