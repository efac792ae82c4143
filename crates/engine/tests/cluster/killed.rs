//! Executors that die in the middle of a query: it fails, or it was done already; it never gives wrong rows.

use crate::processes::{LOST_AFTER, Processes};
use crate::site::{Site, answer, counted, sorted};

const ROWS: usize = 60_000;
const GROUPS: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_right_or_there_are_none() {
    let names: Vec<String> = (0..GROUPS).map(|group| format!("{group:04}")).collect();
    let many: Vec<_> = (0..ROWS).map(|row| (names[row % GROUPS].as_str(), Some(1))).collect();
    let once: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
    let site = Site::new(&many, &once, 3_000).await;
    let plan = sorted(counted(site.joined(), &["subject"]), &["subject"]);
    let right: Vec<_> = names.iter().map(|name| format!("{name} {}", ROWS / GROUPS)).collect();
    let mut processes = Processes::start("warn", site.home());
    let cluster = processes.client(site.home());
    let start = std::time::Instant::now();
    assert_eq!(answer(&cluster, &plan).await.unwrap(), right);
    let undisturbed = start.elapsed();

    // One executor is killed at a moment that moves through a query's life; the other remains.
    let mut failed = 0;
    for part in 1..=6 {
        let killing = async {
            tokio::time::sleep(undisturbed * part / 7).await;
            processes.kill_executor(0)
        };
        let (rows, left_behind) = tokio::join!(answer(&cluster, &plan), killing);
        match rows {
            Ok(rows) => assert!(rows == right, "wrong rows: {} of them", rows.len()),
            Err(_) => failed += 1,
        }
        // The other answers alone, at the latest when the dead one is known to be dead.
        let alone = tokio::time::timeout(LOST_AFTER * 4, answer(&cluster, &plan));
        match alone.await.expect("a query outlived a dead executor") {
            Ok(rows) => assert!(rows == right, "wrong rows: {} of them", rows.len()),
            Err(_) => failed += 1,
        }
        processes.replace_executor(0, site.home());
        assert!(!left_behind.exists(), "the next executor left a dead one's rows");
    }
    println!("undisturbed {undisturbed:.1?}; {failed} of 12 queries failed around a kill");

    let left_behind = [0, 1].map(|executor| processes.kill_executor(executor));
    let nobody = tokio::time::timeout(LOST_AFTER * 4, answer(&cluster, &plan));
    assert!(nobody.await.expect("a query without executors never ends").is_err());
    for folder in left_behind {
        std::fs::remove_dir_all(folder).unwrap();
    }
}
