//! An executor's process: runs tasks over the vault with the kernels and keys it was given.
//!
//! It asks the scheduler for tasks (nothing can push one to it) and serves the rows of its finished stages to whoever
//! shows the pass. It ends on SIGTERM, SIGINT, or when the scheduler says so, and then empties its [`Scratch`].
//! Start at [`serve`].

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::BallistaError;
use ballista_executor::ArrowFlightServerProvider;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_executor::flight_service::BallistaFlightService;
use tokio::runtime::Handle;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;

use super::codec::ByName;
use super::session::{MESSAGE_BYTES_MAX, runtime, settings};
use super::{ClusterError, Holdings, Pass, Scratch, loopback};

/// How an executor runs.
#[derive(Debug)]
pub struct ExecutorSettings {
    /// Where it serves rows; loopback, the port not 0.
    pub listen: SocketAddr,
    /// The scheduler; loopback.
    pub scheduler: SocketAddr,
    /// The cluster's secret.
    pub pass: Pass,
    /// Where shuffled and spilled rows go.
    pub scratch: Scratch,
    /// Partitions computed at a time.
    pub cores: NonZeroUsize,
    /// Bytes all tasks together may hold before they spill into the scratch folder.
    pub memory_bytes: u64,
}

/// Serves until `stop` is ready, a signal comes, or the scheduler says so.
///
/// A signal lets running tasks end; `stop` does not.
///
/// # Errors
/// [`ClusterError`].
pub async fn serve(
    with: ExecutorSettings,
    holdings: Holdings,
    stop: impl Future<Output = ()>,
) -> Result<(), ClusterError> {
    let ExecutorSettings { listen, scheduler, pass, scratch, cores, memory_bytes } = with;
    let (listen, scheduler) = (loopback(listen)?, loopback(scheduler)?);
    let base = runtime(Arc::clone(&holdings.vault), Some(scratch.folder()))?;
    let shown = pass.shown();
    let config = ExecutorProcessConfig {
        bind_host: listen.ip().to_string(),
        external_host: Some(listen.ip().to_string()),
        port: listen.port(),
        scheduler_host: scheduler.ip().to_string(),
        scheduler_port: scheduler.port(),
        scheduler_connect_timeout_seconds: 20,
        vcores: cores.get(),
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir: Some(scratch.folder().display().to_string()),
        // The first look of this loop comes at once; its end empties the folder.
        job_data_clean_up_interval_seconds: 600,
        grpc_max_decoding_message_size: MESSAGE_BYTES_MAX,
        grpc_max_encoding_message_size: MESSAGE_BYTES_MAX,
        memory_pool_size: Some(memory_bytes),
        override_physical_codec: Some(Arc::new(ByName::held(&holdings))),
        override_runtime_producer: Some(Arc::new(move |_| Ok(Arc::clone(&base)))),
        override_arrow_flight_service: Some(rows(&pass)),
        override_create_grpc_client_endpoint: Some(shown),
        override_config_producer: Some(Arc::new(move || settings(&pass))),
        ..ExecutorProcessConfig::default()
    };
    let ended = tokio::select! {
        ended = start_executor_process(Arc::new(config)) => ended,
        () = stop => Ok(()),
    };
    drop(scratch);
    ended.map_err(|_| ClusterError::Engine("serving as executor"))
}

/// Ballista's server of shuffled rows, behind the pass.
fn rows(pass: &Pass) -> Arc<ArrowFlightServerProvider> {
    let pass = pass.clone();
    Arc::new(move |folder, at, mut stop, _| {
        let pass = pass.clone();
        let rows = FlightServiceServer::new(BallistaFlightService::new(folder))
            .max_decoding_message_size(MESSAGE_BYTES_MAX as usize)
            .max_encoding_message_size(MESSAGE_BYTES_MAX as usize);
        let guarded = InterceptedService::new(rows, move |request| pass.admit(request));
        // The hook wants the handle of a task, so it is started here, on the runtime of whoever called `serve`.
        Handle::current().spawn(async move {
            let serving = Server::builder().add_service(guarded);
            serving.serve_with_shutdown(at, stop.recv()).await.map_err(BallistaError::TonicError)
        })
    })
}
