//! `Compute` on a Ballista cluster: one scheduler, some executors, each a process of its own.
//!
//! What it is for: the plans of [`sudare_store::compute`] on more than one process. What it is not for: machines that
//! do not trust their network (all addresses must be loopback, see [`ClusterError::NotLoopback`]), and choosing keys or
//! kernels: whoever starts an executor hands over a [`Holdings`].
//!
//! Invariants, each with a test in `tests/cluster`:
//! - **The scheduler holds nothing.** It gets a physical plan with column names, file URLs and kernel calls; no key, no
//!   value of a row (column statistics are taken out), no way to read the vault. It shows no pages.
//! - **Shuffled rows lie in memory.** Executors keep them in a [`Scratch`] folder on `tmpfs`, emptied at the end.
//! - **Rows are right or there are none.** A job whose executor is lost ends with an error (`losses.rs` says why).
//! - **Nobody is served without the [`Pass`].** Scheduler and executors ask for it at every call.
//!
//! Start reading at [`client`], then [`executor`] and [`scheduler`]. Decision record: `docs/decisions/0004-cluster.md`.

pub mod client;
mod codec;
pub mod executor;
mod kernel_error;
mod losses;
mod pass;
pub mod scheduler;
mod scratch;
mod session;
mod statistics;

use std::net::SocketAddr;
use std::sync::Arc;

use object_store::ObjectStore;
use sudare_store::compute::{KernelRegistry, KeyRing};

pub use client::Cluster;
pub use pass::{Pass, PassError};
pub use scratch::{Scratch, ScratchError};

/// What a process must hold to plan (client) or to compute (executor). Never sent anywhere.
#[derive(Debug, Clone)]
pub struct Holdings {
    /// The object store behind `vault://`. It decrypts, so it holds the data keys.
    pub vault: Arc<dyn ObjectStore>,
    /// The kernels known here.
    pub kernels: KernelRegistry,
    /// The keys kernels ask for. A client that only plans may hold none.
    pub keys: Arc<dyn KeyRing>,
}

/// Why a process of the cluster could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// An address other machines could reach: the cluster speaks in the clear.
    #[error(
        "{0} is not a loopback address; the cluster speaks in the clear and stays on one machine"
    )]
    NotLoopback(SocketAddr),
    /// An address could not be bound.
    #[error("could not listen on {at}")]
    Listen {
        /// The address.
        at: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The engine failed. Its own text may quote values and is left out.
    #[error("the engine failed while {0}")]
    Engine(&'static str),
}

/// Refuses an address that other machines could reach.
fn loopback(at: SocketAddr) -> Result<SocketAddr, ClusterError> {
    if at.ip().is_loopback() { Ok(at) } else { Err(ClusterError::NotLoopback(at)) }
}
