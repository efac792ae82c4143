//! The suite that the embedded engine passes, on the cluster; and who is not served at all.

use std::net::SocketAddr;

use futures::TryStreamExt;
use sudare_engine::cluster::{Cluster, ClusterError, Pass};
use sudare_store::compute::Compute;
use sudare_testkit::conformance::Bench;

use crate::processes::{self, Processes};

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_answers_as_the_oracle() {
    let bench = Bench::new().await.unwrap();
    let processes = Processes::start("warn", bench.home());
    let start = std::time::Instant::now();
    if let Err(error) = bench.conforms(&processes.client(bench.home())).await {
        panic!("{error}\n{}", processes.logs());
    }
    println!("{} plans in {:.1?}", bench.plans().len(), start.elapsed());

    let plan = bench.plans().first().unwrap();
    let stranger =
        processes.client_with(Pass::generate().unwrap(), processes::holdings(bench.home()));
    let refused = stranger.run(plan).await.err().unwrap();
    assert_eq!(refused.to_string(), "the engine failed while waiting for the scheduler");

    // A client that goes away in the middle harms nobody.
    for plan in bench.plans().iter().take(5) {
        let mut rows = processes.client(bench.home()).run(plan).await.unwrap();
        drop(rows.try_next().await);
    }
    assert!(processes.client(bench.home()).run(plan).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_another_machine_is_refused() {
    let bench = Bench::new().await.unwrap();
    let elsewhere: SocketAddr = "192.0.2.1:50050".parse().unwrap();
    let holdings = processes::holdings(bench.home());
    let refused = Cluster::at(elsewhere, Pass::generate().unwrap(), holdings, 1);
    assert!(matches!(refused, Err(ClusterError::NotLoopback(_))));
}
