//! The settings that client, scheduler and executors must share.

use std::path::Path;
use std::sync::Arc;

use ballista_core::extension::SessionConfigExt;
use ballista_scheduler::SessionBuilder;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::SessionConfig;
use object_store::ObjectStore;
use object_store::memory::InMemory;
use url::Url;

use super::{ClusterError, Pass};

/// Bytes of the largest message between two processes: a plan of some ten thousand files, or one batch.
pub(super) const MESSAGE_BYTES_MAX: u32 = 64 << 20;

/// Settings of a session. They travel with each plan; the pass does not.
pub(super) fn settings(pass: &Pass) -> SessionConfig {
    let mut config = SessionConfig::new_with_ballista()
        .with_information_schema(false)
        // Statistics of a file hold its smallest and largest value of each column: they would enter the plan.
        .with_collect_statistics(false)
        .with_ballista_grpc_client_max_message_size(MESSAGE_BYTES_MAX as usize)
        .with_ballista_override_create_grpc_client_endpoint(pass.shown());
    // DataFusion 55.2 loses the table of a column here (kernel upon kernel upon join) and fails to plan.
    config.options_mut().optimizer.enable_leaf_expression_pushdown = false;
    config
}

/// A runtime with this store behind `vault://`, which spills only into `spill` (nowhere, if there is none).
pub(super) fn runtime(
    vault: Arc<dyn ObjectStore>,
    spill: Option<&Path>,
) -> Result<Arc<RuntimeEnv>, ClusterError> {
    let spilling = match spill {
        Some(folder) => DiskManagerMode::Directories(vec![folder.into()]),
        None => DiskManagerMode::Disabled,
    };
    let runtime = RuntimeEnvBuilder::new()
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(spilling))
        .build_arc()
        .map_err(|_| ClusterError::Engine("making a runtime"))?;
    let address = Url::parse("vault:///").map_err(|_| ClusterError::Engine("naming the vault"))?;
    runtime.register_object_store(&address, vault);
    Ok(runtime)
}

/// Makes the scheduler's sessions. A scan cannot be decoded without a store behind its address, so there is one, and it
/// is empty.
pub(super) fn blind_sessions() -> Result<SessionBuilder, ClusterError> {
    let runtime = runtime(Arc::new(InMemory::new()), None)?;
    Ok(Arc::new(move |config| {
        Ok(SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .with_runtime_env(Arc::clone(&runtime))
            .build())
    }))
}
