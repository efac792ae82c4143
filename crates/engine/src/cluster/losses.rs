//! What becomes of running jobs when an executor is lost: they end.
//!
//! Ballista 55 would run a lost executor's tasks again and go on. Tried with executors killed in the middle of a join
//! and a count, it then counted some partitions twice and called the job a success: wrong rows. So nothing is repaired
//! here. Before the loss of an executor is made known to the scheduler, every job that has not ended is cancelled; both
//! go through one queue, in this order. Its client gets an error and asks again. (The other way a loss shows, a
//! partition that cannot be fetched, ends a job by the limits on failures in [`super::scheduler`].)

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use ballista_core::JobId;
use ballista_core::error::Result;
use ballista_core::serde::protobuf::{ExecutorHeartbeat, job_status};
use ballista_core::serde::scheduler::{ExecutorData, ExecutorMetadata};
use ballista_scheduler::cluster::{
    BallistaCluster, BoundTask, ClusterState, ClusterStateEventStream, ExecutorSlot, JobState,
};
use ballista_scheduler::config::TaskDistributionPolicy;
use ballista_scheduler::scheduler_server::SchedulerServer;
use ballista_scheduler::state::task_manager::JobInfoCache;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};

/// The scheduler as it is used here.
pub(super) type Server = SchedulerServer<LogicalPlanNode, PhysicalPlanNode>;

/// A cluster's state that ends jobs before it forgets an executor.
pub(super) struct Losses {
    state: Arc<dyn ClusterState>,
    jobs: Arc<dyn JobState>,
    server: Arc<OnceLock<Server>>,
}

impl Losses {
    /// The same cluster, with jobs ended through the server that will be set.
    pub(super) fn over(
        cluster: &BallistaCluster,
        server: Arc<OnceLock<Server>>,
    ) -> BallistaCluster {
        let jobs = cluster.job_state();
        let losses = Self { state: cluster.cluster_state(), jobs: Arc::clone(&jobs), server };
        BallistaCluster::new(Arc::new(losses), jobs)
    }

    async fn end_jobs(&self) -> Result<()> {
        let Some(server) = self.server.get() else { return Ok(()) };
        for job in self.jobs.get_all_jobs().await? {
            let status = self.jobs.get_job_status(&job).await?.and_then(|status| status.status);
            let ended = matches!(
                status,
                Some(job_status::Status::Successful(_) | job_status::Status::Failed(_))
            );
            if !ended {
                server.cancel_job(job).await?;
            }
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl ClusterState for Losses {
    async fn remove_executor(&self, executor_id: &str) -> Result<()> {
        while self.end_jobs().await.is_err() {
            // To go on would risk wrong rows; the scheduler's queue is full or closing.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        self.state.remove_executor(executor_id).await
    }

    async fn init(&self) -> Result<()> {
        self.state.init().await
    }

    async fn bind_schedulable_tasks(
        &self,
        distribution: TaskDistributionPolicy,
        active_jobs: Arc<HashMap<JobId, JobInfoCache>>,
        executors: Option<HashSet<String>>,
    ) -> Result<Vec<BoundTask>> {
        self.state.bind_schedulable_tasks(distribution, active_jobs, executors).await
    }

    async fn unbind_tasks(&self, executor_slots: Vec<ExecutorSlot>) -> Result<()> {
        self.state.unbind_tasks(executor_slots).await
    }

    async fn register_executor(
        &self,
        metadata: ExecutorMetadata,
        spec: ExecutorData,
    ) -> Result<()> {
        self.state.register_executor(metadata, spec).await
    }

    async fn save_executor_metadata(&self, metadata: ExecutorMetadata) -> Result<()> {
        self.state.save_executor_metadata(metadata).await
    }

    async fn get_executor_metadata(&self, executor_id: &str) -> Result<ExecutorMetadata> {
        self.state.get_executor_metadata(executor_id).await
    }

    async fn registered_executor_metadata(&self) -> Vec<ExecutorMetadata> {
        self.state.registered_executor_metadata().await
    }

    async fn save_executor_heartbeat(&self, heartbeat: ExecutorHeartbeat) -> Result<()> {
        self.state.save_executor_heartbeat(heartbeat).await
    }

    fn executor_heartbeats(&self) -> HashMap<String, ExecutorHeartbeat> {
        self.state.executor_heartbeats()
    }

    fn get_executor_heartbeat(&self, executor_id: &str) -> Option<ExecutorHeartbeat> {
        self.state.get_executor_heartbeat(executor_id)
    }

    async fn cluster_state_events(&self) -> Result<ClusterStateEventStream> {
        self.state.cluster_state_events().await
    }
}
