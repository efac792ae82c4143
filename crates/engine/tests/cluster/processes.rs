//! Starts and ends the processes of a cluster.
//!
//! A child reads its pass from its input and lives until that closes: no process outlives the tests, however they end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sudare_engine::cluster::executor::{self, ExecutorSettings};
use sudare_engine::cluster::scheduler::{self, SchedulerSettings};
use sudare_engine::cluster::{Cluster, Holdings, Pass, Scratch};
use sudare_store::keys::SiteKeys;
use sudare_store::vault::Vault;
use sudare_testkit::conformance::Bench;

const ROLE: &str = "SUDARE_TEST_ROLE";
const AT: &str = "SUDARE_TEST_AT";
const SCHEDULER: &str = "SUDARE_TEST_SCHEDULER";
const HOME: &str = "SUDARE_TEST_HOME";
const LEVEL: &str = "SUDARE_TEST_LEVEL";
/// What the scheduler's process prints before the number of its executors.
const COUNT: &str = "executors: ";
const START_LIMIT: Duration = Duration::from_secs(60);
pub(crate) const LOST_AFTER: Duration = Duration::from_secs(10);

/// A running cluster over the vault of a site.
pub(crate) struct Processes {
    scheduler: SocketAddr,
    pub(crate) pass: Pass,
    executors: Vec<Child>,
    logs: tempfile::TempDir,
    counts: Mutex<Receiver<usize>>,
    _scheduler: Leashed,
}

/// A child that is killed when dropped.
struct Leashed(Child);

impl Drop for Leashed {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // Their input closes; they empty their scratch folders and go.
        for executor in &mut self.executors {
            end(executor);
        }
    }
}

fn end(child: &mut Child) {
    drop(child.stdin.take());
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

impl Processes {
    /// Starts a scheduler and two executors over the site at `home`, and waits until both are known.
    pub(crate) fn start(level: &str, home: &Path) -> Self {
        let logs = tempfile::tempdir().unwrap();
        let pass = Pass::generate().unwrap();
        let at = free();
        let start = |role: &str, own: SocketAddr, log: &str| {
            let log = logs.path().join(log);
            spawn(role, own, at, home, &pass, level, &log)
        };
        let mut scheduler = start("scheduler", at, "scheduler.log");
        let counts = Mutex::new(counts(&mut scheduler));
        let executors = ["executor-1.log", "executor-2.log"];
        let executors = executors.map(|log| start("executor", free(), log)).into();
        let _scheduler = Leashed(scheduler);
        let this = Self { scheduler: at, pass, executors, logs, counts, _scheduler };
        this.wait_for(2);
        this
    }

    fn wait_for(&self, wanted: usize) {
        let start = Instant::now();
        while let Some(left) = START_LIMIT.checked_sub(start.elapsed()) {
            match self.counts.lock().unwrap().recv_timeout(left) {
                Ok(count) if count == wanted => return,
                Ok(_) => {}
                Err(_) => break,
            }
        }
        panic!("not {wanted} executors within {START_LIMIT:?}:\n{}", self.logs());
    }

    /// Kills an executor (SIGKILL). Where its shuffled rows were, and now are nobody's.
    pub(crate) fn kill_executor(&mut self, at: usize) -> PathBuf {
        self.executors[at].kill().unwrap();
        self.executors[at].wait().unwrap();
        self.scratches().swap_remove(at)
    }

    /// Waits until an executor's death is known, starts another in its place and waits until that is known.
    pub(crate) fn replace_executor(&mut self, at: usize, home: &Path) {
        self.wait_for(1);
        let log = self.logs.path().join(format!("executor-{}.log", at + 1));
        self.executors[at] =
            spawn("executor", free(), self.scheduler, home, &self.pass, "warn", &log);
        self.wait_for(2);
    }

    /// Where the executors put shuffled rows.
    pub(crate) fn scratches(&self) -> Vec<PathBuf> {
        let folder = |child: &Child| format!("/dev/shm/sudare-shuffle-{}", child.id()).into();
        self.executors.iter().map(folder).collect()
    }

    /// This process as the cluster's client.
    pub(crate) fn client(&self, home: &Path) -> Cluster {
        self.client_with(self.pass.clone(), holdings(home))
    }

    /// The same with another pass.
    pub(crate) fn client_with(&self, pass: Pass, holdings: Holdings) -> Cluster {
        Cluster::at(self.scheduler, pass, holdings, 4).unwrap()
    }

    /// All that the three processes printed.
    pub(crate) fn logs(&self) -> String {
        let logs = ["scheduler.log", "executor-1.log", "executor-2.log"];
        let read = |log| std::fs::read(self.logs.path().join(log)).unwrap();
        logs.map(|log| String::from_utf8_lossy(&read(log)).into_owned()).concat()
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn spawn(
    role: &str,
    own: SocketAddr,
    scheduler: SocketAddr,
    home: &Path,
    pass: &Pass,
    level: &str,
    log: &Path,
) -> Child {
    let log = std::fs::File::create(log).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process", "--ignored", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(AT, own.to_string())
        .env(SCHEDULER, scheduler.to_string())
        .env(HOME, home)
        .env(LEVEL, level)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    writeln!(child.stdin.as_mut().unwrap(), "{}", pass.text()).unwrap();
    child
}

fn counts(scheduler: &mut Child) -> Receiver<usize> {
    let lines = BufReader::new(scheduler.stdout.take().unwrap()).lines();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some((_, count)) = line.split_once(COUNT) {
                let _ = tell.send(count.trim().parse().unwrap());
            }
        }
    });
    told
}

/// What a process of the cluster holds: the site's vault and keys, and the bench's kernels.
pub(crate) fn holdings(home: &Path) -> Holdings {
    let keys = Arc::new(SiteKeys::open(home).unwrap());
    let vault = Vault::open(home, Arc::clone(&keys)).unwrap();
    Holdings { vault: vault.object_store(), kernels: Bench::kernels(), keys }
}

/// The body of a child process.
pub(crate) fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let set = |name| std::env::var(name).unwrap();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(tracing_subscriber::EnvFilter::new(set(LEVEL)))
        .with_writer(std::io::stderr)
        .init();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let pass = Pass::parse(&line).unwrap();
    let (leash, closed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        let _ = leash.send(());
    });
    let stop = async { drop(closed.await) };
    let (at, scheduler): (SocketAddr, SocketAddr) =
        (set(AT).parse().unwrap(), set(SCHEDULER).parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ended = if role == "scheduler" {
        let settings = SchedulerSettings { listen: at, pass, lost_after: LOST_AFTER };
        runtime.block_on(scheduler::serve(settings, |count| println!("{COUNT}{count}"), stop))
    } else {
        let settings = ExecutorSettings {
            listen: at,
            scheduler,
            pass,
            scratch: Scratch::in_memory(Path::new("/dev/shm")).unwrap(),
            cores: NonZeroUsize::new(2).unwrap(),
            memory_bytes: 256 << 20,
        };
        runtime.block_on(executor::serve(settings, holdings(Path::new(&set(HOME))), stop))
    };
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended.unwrap();
}
