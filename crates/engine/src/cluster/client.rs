//! The client's side: [`Cluster`] plans a [`Plan`], hands it to the scheduler and reads the rows from the executors.
//!
//! Planning happens here because the client holds the vault; the scheduler gets a physical plan and never needs to
//! look into a file. Rows are read partition by partition in order, so a sorted result stays sorted, and each partition
//! is counted against what its executor reported: rows are whole or there is an error.

use std::net::SocketAddr;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use ballista_core::client::BallistaClient;
use ballista_core::extension::{BallistaConfigGrpcEndpoint, SessionConfigHelperExt};
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    CleanJobDataParams, ExecuteQueryParams, PartitionLocation, job_status,
};
use ballista_core::utils::{GrpcClientConfig, create_grpc_client_endpoint};
use ballista_core::version::insert_version_header;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::TryStreamExt;
use sudare_store::compute::{BatchStream, Compute, ComputeError, Plan};
use tonic::transport::Channel;

use super::session::{MESSAGE_BYTES_MAX, runtime, settings};
use super::{ClusterError, Holdings, Pass, kernel_error, loopback, statistics};
use crate::translate;

/// Tries to fetch a partition, and milliseconds between two.
const FETCH_TRIES: u8 = 3;
const FETCH_WAIT_MS: u64 = 500;

/// A cluster that computes plans.
#[derive(Debug)]
pub struct Cluster {
    scheduler: SocketAddr,
    pass: Pass,
    holdings: Holdings,
    runtime: Arc<RuntimeEnv>,
    partitions: usize,
}

impl Cluster {
    /// The cluster of the scheduler at this address. Opens no connection yet.
    ///
    /// `partitions` is into how many parts work is cut; the sum of all executors' cores or a few times that.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub fn at(
        scheduler: SocketAddr,
        pass: Pass,
        holdings: Holdings,
        partitions: usize,
    ) -> Result<Self, ClusterError> {
        let scheduler = loopback(scheduler)?;
        let runtime = runtime(Arc::clone(&holdings.vault), None)?;
        Ok(Self { scheduler, pass, holdings, runtime, partitions: partitions.max(1) })
    }

    fn session(&self) -> SessionContext {
        let config = settings(&self.pass).with_target_partitions(self.partitions);
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(Arc::clone(&self.runtime))
            .with_default_features()
            .build();
        SessionContext::new_with_state(state)
    }

    /// The bytes the scheduler gets for a plan, and the columns that come back.
    ///
    /// # Errors
    /// [`ComputeError`] if the plan does not fit its tables.
    pub async fn serialised(&self, plan: &Plan) -> Result<Vec<u8>, ComputeError> {
        encode(self.planned(&self.session(), plan).await?)
    }

    async fn planned(
        &self,
        session: &SessionContext,
        plan: &Plan,
    ) -> Result<Arc<dyn ExecutionPlan>, ComputeError> {
        let planned =
            translate::physical(session, &self.holdings.kernels, &self.holdings.keys, plan).await?;
        statistics::without(planned).map_err(|_| ComputeError::Engine { doing: "planning" })
    }

    async fn connect(&self) -> Result<SchedulerGrpcClient<Channel>, ComputeError> {
        let lost = |_| ComputeError::Engine { doing: "calling the scheduler" };
        let config = GrpcClientConfig::default();
        let endpoint =
            create_grpc_client_endpoint(format!("http://{}", self.scheduler), Some(&config))
                .map_err(lost)?;
        let endpoint = (self.pass.shown())(endpoint)
            .map_err(|_| ComputeError::Engine { doing: "calling the scheduler" })?;
        let channel = endpoint.connect().await.map_err(lost)?;
        Ok(SchedulerGrpcClient::new(channel)
            .max_encoding_message_size(MESSAGE_BYTES_MAX as usize)
            .max_decoding_message_size(MESSAGE_BYTES_MAX as usize))
    }
}

fn encode(plan: Arc<dyn ExecutionPlan>) -> Result<Vec<u8>, ComputeError> {
    let fail = |_| ComputeError::Engine { doing: "writing the plan down" };
    let codec = ballista_core::serde::BallistaPhysicalExtensionCodec::default();
    let mut bytes = Vec::new();
    PhysicalPlanNode::try_from_physical_plan(plan, &codec)
        .and_then(|node| node.try_encode(&mut bytes))
        .map_err(fail)?;
    Ok(bytes)
}

#[async_trait::async_trait]
impl Compute for Cluster {
    async fn run(&self, plan: &Plan) -> Result<BatchStream, ComputeError> {
        let session = self.session();
        let bytes = encode(self.planned(&session, plan).await?)?;
        let id = session.session_id();
        let query = ExecuteQueryParams {
            query: Some(Query::PhysicalPlan(bytes)),
            settings: session.copied_config().to_key_value_pairs(),
            operation_id: id.clone(),
            session_id: id,
        };
        let mut scheduler = self.connect().await?;
        let (job, partitions) = submit(&mut scheduler, query).await?;
        let endpoint = Arc::new(BallistaConfigGrpcEndpoint::new(self.pass.shown()));
        let reading =
            Reading { scheduler, job, endpoint, ahead: partitions.into_iter(), open: None };
        Ok(Box::pin(futures::stream::try_unfold(reading, Reading::next)))
    }
}

/// Hands a plan over and waits until the job has ended: its id, and where its rows are.
async fn submit(
    scheduler: &mut SchedulerGrpcClient<Channel>,
    query: ExecuteQueryParams,
) -> Result<(String, Vec<PartitionLocation>), ComputeError> {
    let lost = |_| ComputeError::Engine { doing: "waiting for the scheduler" };
    let mut request = tonic::Request::new(query);
    insert_version_header(request.metadata_mut());
    let mut states = scheduler.execute_query_push(request).await.map_err(lost)?.into_inner();
    while let Some(state) = states.message().await.map_err(lost)? {
        let Some(state) = state.status else { continue };
        match state.status {
            Some(job_status::Status::Successful(done)) => {
                return Ok((state.job_id, done.partition_location));
            }
            Some(job_status::Status::Failed(failed)) => {
                return Err(kernel_error::read(&failed.error));
            }
            _ => {}
        }
    }
    Err(ComputeError::Engine { doing: "waiting for the scheduler" })
}

/// The rows of a job that has ended, partition by partition.
struct Reading {
    scheduler: SchedulerGrpcClient<Channel>,
    job: String,
    endpoint: Arc<BallistaConfigGrpcEndpoint>,
    ahead: std::vec::IntoIter<PartitionLocation>,
    open: Option<Partition>,
}

/// A partition being read, and how many of the rows its executor reported are still to come.
struct Partition {
    rows: SendableRecordBatchStream,
    left: Option<u64>,
}

impl Reading {
    async fn next(mut self) -> Result<Option<(RecordBatch, Self)>, ComputeError> {
        let lost = |_| ComputeError::Engine { doing: "reading rows from an executor" };
        loop {
            if let Some(partition) = &mut self.open {
                match partition.rows.try_next().await.map_err(lost)? {
                    Some(batch) => {
                        partition.count(&batch)?;
                        return Ok(Some((batch, self)));
                    }
                    None => partition.ended()?,
                }
            }
            match self.ahead.next() {
                Some(place) => self.open = Some(open(place, &self.endpoint).await?),
                None => {
                    // All is read: the executors may forget it. If this call is lost they do so later.
                    let done = CleanJobDataParams {
                        job_id: self.job.clone(),
                        ..CleanJobDataParams::default()
                    };
                    if self.scheduler.clean_job_data(done).await.is_err() {
                        tracing::warn!("the scheduler was not told that the rows are read");
                    }
                    return Ok(None);
                }
            }
        }
    }
}

impl Partition {
    fn count(&mut self, batch: &RecordBatch) -> Result<(), ComputeError> {
        let Some(left) = &mut self.left else { return Ok(()) };
        *left = left
            .checked_sub(batch.num_rows() as u64)
            .ok_or(ComputeError::Engine { doing: "counting the rows of a partition" })?;
        Ok(())
    }

    fn ended(&self) -> Result<(), ComputeError> {
        match self.left {
            None | Some(0) => Ok(()),
            Some(_) => Err(ComputeError::Engine { doing: "counting the rows of a partition" }),
        }
    }
}

async fn open(
    place: PartitionLocation,
    endpoint: &Arc<BallistaConfigGrpcEndpoint>,
) -> Result<Partition, ComputeError> {
    let fail = || ComputeError::Engine { doing: "reading rows from an executor" };
    let layout = place.layout();
    let executor = place.executor_meta.ok_or_else(fail)?;
    let partition = place.partition_id.ok_or_else(fail)?.into();
    let port = u16::try_from(executor.port).map_err(|_| fail())?;
    let left = place.partition_stats.and_then(|stats| u64::try_from(stats.num_rows).ok());
    let mut client = BallistaClient::try_new(
        &executor.host,
        port,
        MESSAGE_BYTES_MAX as usize,
        false,
        Some(Arc::clone(endpoint)),
        FETCH_TRIES,
        FETCH_WAIT_MS,
        0,
        0,
    )
    .await
    .map_err(|_| fail())?;
    // Blocks of the executor's file as they are: the other way of fetching would unpack dictionaries.
    let rows = client
        .fetch_partition(&executor.id, &partition, place.file_id, layout, false)
        .await
        .map_err(|_| fail())?;
    Ok(Partition { rows, left })
}
