//! `sudare demo`: exactly the commands a person would type, on an invented region, printed before each runs.
//!
//! Nothing here does anything that the commands do not: a demo killed and run again goes on because each command
//! does.

use std::path::Path;
use std::time::Instant;

use clap::Parser as _;
use serde::Serialize;
use sudare_platform::answer::{Counts, ReceiveAnswer, Refused, VerifyAnswer};
use sudare_platform::{ActError, Clock, act};

use super::Outcome;
use super::args::{Cli, DemoArgs};
use super::bars::Bars;
use super::run::{Answer, Held, perform};
use super::show::{account, print};

mod closing;

/// What `demo --json` ends with.
#[derive(Debug, Serialize)]
struct DemoAnswer {
    home: String,
    ledger: String,
    datasets: Vec<Made>,
    packages: Vec<String>,
    refused: Vec<Refused>,
    verified: Vec<String>,
    counts: Counts,
    seconds: f64,
    peak_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Made {
    path: String,
    level: String,
    track: String,
    certificate: String,
}

/// Runs the demo.
pub(crate) fn run(cli: &Cli, args: &DemoArgs) -> Outcome<()> {
    let started = Instant::now();
    act::demo_may_use(&cli.home)?;
    let (bars, held, tale) = (Bars::new(cli.json), Held::default(), DemoAnswer::new(&cli.home));
    let mut stage = Stage { cli, bars, held, tale };
    let region = cli.home.join("region");
    let region = region.to_string_lossy();
    let (persons, seed) = (args.persons.to_string(), args.seed.to_string());
    let synth = stage.act(&["synth", "--out", &region, "--persons", &persons, "--seed", &seed])?;
    let Answer::Synth(written) = synth else { return Err(unexpected("synth")) };
    let Answer::Init(site) = stage.act(&["init"])? else { return Err(unexpected("init")) };
    stage.act(&["register", "apply", &written.register.to_string_lossy()])?;
    for (provider, folder) in &written.deliveries {
        stage.act(&["receive", "--provider", provider, &folder.to_string_lossy()])?;
    }
    stage.act(&["link"])?;
    let plan = act::demo_plan(&cli.home.join("region"))?;
    for spec in &plan.specs {
        let spec = spec.to_string_lossy();
        stage.act(&["dataset", "build", &spec, "--rehearsal-seed", &seed])?;
    }
    for (dataset, user) in &plan.deliveries {
        stage.act(&["grant", "add", "--dataset", dataset, "--to", user])?;
        stage.act(&["deliver", "--dataset", dataset, "--to", user])?;
    }
    let folders: Vec<String> = stage.tale.datasets.iter().map(|made| made.path.clone()).collect();
    for folder in folders.iter().chain([&stage.tale.ledger.clone()]) {
        stage.act(&["verify", folder, "--key-fingerprint", &site.fingerprint])?;
    }
    let mut tale = stage.tale;
    tale.seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    tale.peak_bytes = peak_bytes();
    if cli.json {
        let line = serde_json::to_string(&tale).map_err(|source| ActError::Failed {
            doing: "writing the answer".to_owned(),
            source: source.into(),
        })?;
        return print(&line);
    }
    print(&closing::account(&tale, closing::reads_japanese()))
}

fn unexpected(command: &str) -> ActError {
    ActError::usage(command, "answered something else than was asked")
}

struct Stage<'a> {
    cli: &'a Cli,
    bars: Bars,
    /// The passphrase: every act opens the site, and a pipe gives it once.
    held: Held,
    tale: DemoAnswer,
}

impl Stage<'_> {
    /// Prints one command, runs it, keeps its answer.
    fn act(&mut self, words: &[&str]) -> Outcome<Answer> {
        let home = self.cli.home.to_string_lossy();
        let passphrase = self.cli.passphrase_file.as_deref().map(Path::to_string_lossy);
        let mut line: Vec<&str> = vec!["sudare"];
        line.extend(words);
        // A synth and a verify need no site; the others name the demo's own.
        if !matches!(words.first(), Some(&("synth" | "verify"))) {
            line.extend(["--home", &home]);
            if let Some(file) = &passphrase {
                line.extend(["--passphrase-file", file]);
            }
        }
        if !self.cli.json {
            print(&format!("\n$ {}", line.join(" ")))?;
        }
        let cli =
            Cli::try_parse_from(&line).map_err(|_| unexpected(words.first().unwrap_or(&"")))?;
        let answer = perform(&cli, Clock::demo_day(), &self.bars, &self.held)?;
        if !self.cli.json {
            print(account(&answer).trim_end())?;
        }
        self.tale.keep(&answer);
        Ok(answer)
    }
}

impl DemoAnswer {
    fn new(home: &Path) -> Self {
        Self {
            home: home.display().to_string(),
            ledger: home.join("ledger").display().to_string(),
            datasets: Vec::new(),
            packages: Vec::new(),
            refused: Vec::new(),
            verified: Vec::new(),
            counts: Counts::new(),
            seconds: 0.0,
            peak_bytes: 0,
        }
    }

    fn add(&mut self, name: &str, count: u64) {
        *self.counts.entry(name.to_owned()).or_default() += count;
    }

    fn keep(&mut self, answer: &Answer) {
        match answer {
            Answer::Synth(it) => {
                for (name, count) in &it.counts {
                    self.add(&format!("region.{name}"), *count);
                }
            }
            Answer::Receive(it) => self.received(it),
            Answer::Link(it) => {
                self.add("link.subjects", it.subjects);
                self.add("link.persons", it.persons);
            }
            Answer::Build(it) => {
                for (name, count) in it.persons.iter().chain(it.k.iter().flatten()) {
                    self.add(&format!("{}.{name}", it.level), *count);
                }
                self.add(&format!("{}.rows", it.level), it.rows.values().sum());
                self.datasets.push(Made {
                    path: it.path.display().to_string(),
                    level: it.level.clone(),
                    track: it.track.clone(),
                    certificate: it.certificate.display().to_string(),
                });
            }
            Answer::Deliver(it) => self.packages.push(it.package.display().to_string()),
            Answer::Verify(VerifyAnswer { path, .. }) => {
                self.verified.push(path.display().to_string())
            }
            Answer::Init(_)
            | Answer::Wrapped(_)
            | Answer::Register(_)
            | Answer::StopAdd(_)
            | Answer::StopReceipt(_)
            | Answer::StopList(_)
            | Answer::Masters(_)
            | Answer::Listen(_)
            | Answer::GrantAdd(_)
            | Answer::GrantList(_)
            | Answer::GrantWithdraw(_)
            | Answer::Parse(_)
            | Answer::Mapping(_) => {}
        }
    }

    /// What came in: now, or before, where a demo goes on that had received it already.
    fn received(&mut self, it: &ReceiveAnswer) {
        let came = it.before.as_deref().map_or(&it.brought, |before| &before.brought);
        self.add("receive.bytes", came.bytes);
        self.add("receive.records", came.records);
        self.add("receive.rows", came.rows.values().sum());
        self.add("receive.findings", came.findings.iter().map(|one| one.count).sum());
        for (of, counts) in [("files", &came.files), ("units", &came.units)] {
            for (name, count) in counts {
                self.add(&format!("{of}.{name}"), *count);
            }
        }
        self.refuse(&came.refused);
    }

    fn refuse(&mut self, refused: &[Refused]) {
        for one in refused {
            match self.refused.iter_mut().find(|it| it.rule == one.rule && it.track == one.track) {
                Some(known) => known.units += one.units,
                None => self.refused.push(one.clone()),
            }
        }
    }
}

/// The most memory this process has held, in bytes; 0 where the system does not tell.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes * 1024)
}
