//! Values and keys are found in no plan and no log of the cluster; shuffled rows are gone when it ends.

use std::path::Path;
use std::time::{Duration, Instant};

use sudare_store::compute::KeyRing;

use crate::processes::Processes;
use crate::site::{Site, answer, counted, mapped, sorted};

const NUMBER: i64 = 730_911_555_203;
const TEXT: &str = "canary-row-山田太郎-81c2";

fn holds(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}

fn assert_silent(place: &str, bytes: &[u8], key: &[u8]) {
    // Whole, and as what is left of a value that was cut or escaped.
    for needle in [TEXT, "canary-row", "山田太郎", "-81c2", "730911555203"] {
        assert!(!holds(bytes, needle.as_bytes()), "{place} holds {needle}");
        let listed = needle.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
        assert!(!holds(bytes, listed.as_bytes()), "{place} holds the bytes of {needle}");
    }
    assert!(!holds(bytes, &NUMBER.to_le_bytes()), "{place} holds a number's bytes");
    assert!(!holds(bytes, key), "{place} holds a key");
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!holds(bytes, hex.as_bytes()), "{place} holds a key in hexadecimal");
}

fn files_in(folder: &Path) -> usize {
    let entries =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_in(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_value_and_no_key_leaves_the_executors() {
    let rows = [(TEXT, Some(NUMBER)), ("x", None), (TEXT, Some(2)), ("y", Some(NUMBER))];
    let site = Site::new(&rows, &rows, 1).await;
    let processes = Processes::start("trace", site.home());
    let cluster = processes.client(site.home());
    let mut key = Vec::new();
    site.keys.with_key("project/bench", &mut |bytes| key = bytes.to_vec()).unwrap();

    // All verbs at once; every column is joined, mapped, grouped and sorted by.
    let plan = mapped(site.joined(), "bench_keyed", "a");
    let plan = sorted(counted(plan, &["subject", "keyed"]), &["subject", "keyed"]);
    let bytes = cluster.serialised(&plan).await.unwrap();
    assert!(holds(&bytes, b"bench_keyed") && holds(&bytes, b"subject"), "an unlikely plan");
    assert_silent("the plan", &bytes, &key);
    let shift = i64::from(key[0]);
    let right = [
        format!("{TEXT} {} 2", 2 + shift),
        format!("{TEXT} {} 2", NUMBER + shift),
        "x null 1".to_owned(),
        format!("y {} 1", NUMBER + shift),
    ];
    assert_eq!(answer(&cluster, &plan).await.unwrap(), right);

    // A failing kernel tells its name and the key's id, and that is all that is told.
    let failing = mapped(site.left(), "bench_failing", "project/absent");
    let error = answer(&cluster, &failing).await.unwrap_err();
    assert_eq!(error.to_string(), "kernel `bench_failing` failed");

    // What was read is forgotten soon, not only at the end.
    let scratches = processes.scratches();
    let start = Instant::now();
    while scratches.iter().any(|folder| files_in(folder) > 0) {
        assert!(start.elapsed() < Duration::from_secs(20), "shuffled rows stay");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(scratches.iter().all(|folder| folder.exists()));

    let logs = processes.logs();
    assert!(logs.contains("TRACE") && logs.contains("bench_keyed"), "the logs are not complete");
    assert!(!logs.contains(processes.pass.text()), "a log holds the pass");
    assert_silent("a log", logs.as_bytes(), &key);
    drop(processes);
    assert!(!scratches.iter().any(|folder| folder.exists()), "shuffled rows stay");
}
