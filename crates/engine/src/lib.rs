//! How data is computed: DataFusion in this process, and Ballista under the feature `cluster`.
//!
//! What it is for: answering the plans of [`sudare_store::compute`]. What it is not for: deciding what to compute, and
//! opening files or keys (it is given an object store and a key ring). No other crate names DataFusion or Ballista.
//!
//! Invariant: the plain oracle, the embedded engine and the cluster answer every plan alike; one suite in `testkit`
//! holds that. Start reading at [`embedded`].

#[cfg(feature = "cluster")]
pub mod cluster;
pub mod embedded;
mod failure;
mod kernel;
mod translate;

pub use embedded::{Embedded, Limits};
