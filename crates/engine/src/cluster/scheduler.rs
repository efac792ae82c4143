//! The scheduler's process: cuts plans into stages and hands out tasks.
//!
//! It holds its state in memory alone, reads no file, knows no kernel and serves no pages. Start at [`serve`].

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_scheduler::cluster::{BallistaCluster, ClusterState};
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;

use super::codec::ByName;
use super::losses::Losses;
use super::session::{MESSAGE_BYTES_MAX, blind_sessions, settings};
use super::{ClusterError, Pass, loopback};

/// Seconds the last stage's rows of a job stay with the executors if its client does not say it has read them.
const RESULT_SECONDS: u64 = 3600;
/// Seconds a finished job's plan and counts stay in memory.
const STATE_SECONDS: u64 = 60;
/// How often the number of executors is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// How a scheduler runs.
#[derive(Debug, Clone)]
pub struct SchedulerSettings {
    /// Where it listens; loopback.
    pub listen: SocketAddr,
    /// The cluster's secret.
    pub pass: Pass,
    /// An executor silent for so long is taken for dead and running jobs end. At least 10 s: a busy executor speaks
    /// every 5 s.
    pub lost_after: Duration,
}

/// Serves until `stop` is ready. Calls `executors` with the number of executors whenever it changes.
///
/// # Errors
/// [`ClusterError`].
pub async fn serve(
    settings: SchedulerSettings,
    executors: impl FnMut(usize),
    stop: impl Future<Output = ()>,
) -> Result<(), ClusterError> {
    let at = loopback(settings.listen)?;
    let listener = tokio::net::TcpListener::bind(at)
        .await
        .map_err(|source| ClusterError::Listen { at, source })?;
    let config = config(&settings)?;
    let cluster = BallistaCluster::new_from_config(&config)
        .await
        .map_err(|_| ClusterError::Engine("making the scheduler's state"))?;
    let state = cluster.cluster_state();
    let server = Arc::new(OnceLock::new());
    let cluster = Losses::over(&cluster, Arc::clone(&server));
    let scheduler =
        create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config))
            .await
            .map_err(|_| ClusterError::Engine("starting the scheduler"))?;
    server.set(scheduler.clone()).map_err(|_| ClusterError::Engine("starting the scheduler"))?;
    let calls = SchedulerGrpcServer::new(scheduler)
        .max_encoding_message_size(MESSAGE_BYTES_MAX as usize)
        .max_decoding_message_size(MESSAGE_BYTES_MAX as usize);
    let pass = settings.pass.clone();
    let guarded = InterceptedService::new(calls, move |request| pass.admit(request));
    let serving = Server::builder()
        .add_service(guarded)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), stop);
    tokio::select! {
        ended = serving => ended.map_err(|_| ClusterError::Engine("serving as scheduler")),
        never = watch(state, executors) => never,
    }
}

async fn watch(
    state: Arc<dyn ClusterState>,
    mut executors: impl FnMut(usize),
) -> Result<(), ClusterError> {
    let mut known = 0;
    loop {
        let now = state.registered_executor_metadata().await.len();
        if now != known {
            known = now;
            executors(now);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn config(from: &SchedulerSettings) -> Result<SchedulerConfig, ClusterError> {
    let pass = from.pass.clone();
    let lost_after = from.lost_after.as_secs().max(10);
    Ok(SchedulerConfig {
        external_host: from.listen.ip().to_string(),
        bind_host: from.listen.ip().to_string(),
        bind_port: from.listen.port(),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        finished_job_data_clean_up_interval_seconds: RESULT_SECONDS,
        finished_job_state_clean_up_interval_seconds: STATE_SECONDS,
        executor_timeout_seconds: lost_after,
        expire_dead_executor_interval_seconds: 2,
        no_executors_grace_period_seconds: lost_after,
        grpc_server_max_decoding_message_size: MESSAGE_BYTES_MAX,
        grpc_server_max_encoding_message_size: MESSAGE_BYTES_MAX,
        grpc_client_max_message_size: MESSAGE_BYTES_MAX,
        // A task runs once: see `losses`.
        task_max_failures: 1,
        stage_max_failures: 1,
        override_config_producer: Some(Arc::new(move || settings(&pass))),
        override_session_builder: Some(blind_sessions()?),
        override_physical_codec: Some(Arc::new(ByName::unknown())),
        event_log_dir: None,
        ..SchedulerConfig::default()
    })
}
