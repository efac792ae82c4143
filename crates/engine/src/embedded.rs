//! `Compute` in this process.
//!
//! Memory is bounded: a plan that needs more than [`Limits::memory_bytes`] for its joins, sorts and groups fails with a
//! message that says so. It does not spill: a spill file would hold rows in clear on a disk. (A cluster spills to
//! memory file systems only; see its decision record.)
//!
//! Start at [`Embedded::new`].

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::StreamExt;
use object_store::ObjectStore;
use sudare_store::compute::{BatchStream, Compute, ComputeError, KernelRegistry, KeyRing, Plan};
use url::Url;

use crate::failure::running;
use crate::translate;

/// Rows of a batch.
const BATCH_ROWS: usize = 8192;

/// What one computation may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that joins, sorts and groups may hold. Batches on their way are beside it: some 100 MiB.
    pub memory_bytes: usize,
    /// Parts computed at the same time.
    pub partitions: NonZeroUsize,
}

impl Limits {
    /// So much memory, and one part for each core.
    #[must_use]
    pub fn of_machine(memory_bytes: usize) -> Self {
        let partitions = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { memory_bytes, partitions }
    }
}

/// The embedded engine.
#[derive(Clone)]
pub struct Embedded {
    session: SessionContext,
    kernels: KernelRegistry,
    keys: Arc<dyn KeyRing>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("kernels", &self.kernels).finish_non_exhaustive()
    }
}

impl Embedded {
    /// An engine that reads `vault://` through this object store and knows these kernels.
    ///
    /// # Errors
    /// [`ComputeError::Engine`] if DataFusion does not start.
    pub fn new(
        vault: Arc<dyn ObjectStore>,
        kernels: KernelRegistry,
        keys: Arc<dyn KeyRing>,
        limits: Limits,
    ) -> Result<Self, ComputeError> {
        let starting = |_| ComputeError::Engine { doing: "starting" };
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(limits.memory_bytes)))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
            )
            .build_arc()
            .map_err(starting)?;
        let address =
            Url::parse("vault:///").map_err(|_| ComputeError::Engine { doing: "starting" })?;
        runtime.register_object_store(&address, vault);
        let session = SessionContext::new_with_config_rt(settings(limits), runtime);
        Ok(Self { session, kernels, keys })
    }
}

fn settings(limits: Limits) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.partitions.get())
        .with_batch_size(BATCH_ROWS)
        // They choose the smaller side of a join to hold in memory. A cluster turns them off: statistics quote
        // values, and its plans travel.
        .with_collect_statistics(true)
        .with_information_schema(false);
    // Sorting in memory alone: nothing to reserve for a merge of spilled runs.
    config.options_mut().execution.sort_spill_reservation_bytes = 0;
    translate::required(config)
}

#[async_trait::async_trait]
impl Compute for Embedded {
    async fn run(&self, plan: &Plan) -> Result<BatchStream, ComputeError> {
        let physical = translate::physical(&self.session, &self.kernels, &self.keys, plan).await?;
        let stream = execute_stream(physical, self.session.task_ctx()).map_err(running)?;
        Ok(stream.map(|batch| batch.map_err(running)).boxed())
    }
}
