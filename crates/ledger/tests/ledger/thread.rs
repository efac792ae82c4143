//! The whole thread on invented counts: two deliveries become an anonymised and a pseudonymised
//! dataset.

use std::collections::BTreeMap;

use sudare_ledger::ledger::OpenError;
use sudare_ledger::level::{
    Anonymise, Anonymised, Check, Cleared, Deliver, Erase, Grant, Link, Linked, Onward,
    Pseudonymise, Pseudonymised, Receive, Received, Register, Screen, Withdraw,
};
use sudare_ledger::record::{
    self, Cause, Checked, Erasure, Intake, LinkModel, OnwardSupply, Permission, Scope, Standing,
    Supply, Verdict, Withdrawal,
};
use sudare_ledger::storage::LogStorage;
use sudare_ledger::{Contents, Dataset, Ledger, Parameters, Signer, WriteError, commitment};
use sudare_model::time::{Day, Instant};
use sudare_model::{
    DataItem, DatasetId, DeliveryId, Digest, ProjectId, ProviderId, Track, Tracks, UserId,
};

pub(crate) const NOW: Instant = Instant::from_unix(1_720_000_000);

pub(crate) fn signer() -> Signer {
    Signer::from_seed("ledger.example", [7; 32].into()).unwrap()
}

pub(crate) fn id(text: &str) -> DatasetId {
    DatasetId::parse(text).unwrap()
}

pub(crate) fn contents(rows: u64, tracks: Tracks) -> Contents {
    Contents {
        manifest: commitment(b"salt", &rows.to_be_bytes()),
        rows: BTreeMap::from([("measurement".to_owned(), rows), ("person".to_owned(), 10)]),
        tracks,
    }
}

pub(crate) fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

pub(crate) fn intake(epoch: u64) -> Intake {
    Intake {
        epoch,
        delivery: DeliveryId::parse("d-1").unwrap(),
        provider: ProviderId::parse("hospital-1").unwrap(),
        files: 3,
        bytes: 12_345,
        findings: BTreeMap::from([("warning".to_owned(), 2)]),
        refused: BTreeMap::from([("R-OPT-06/anonymised".to_owned(), 1)]),
        units: Some(BTreeMap::from([("read".to_owned(), 9), ("refused".to_owned(), 1)])),
    }
}

pub(crate) fn standing(epoch: u64) -> Standing {
    Standing { epoch, rules: digest(1), rows_in: 10, rows_out: 9, refused: BTreeMap::new() }
}

pub(crate) fn model(epoch: u64) -> LinkModel {
    LinkModel {
        epoch,
        model: "exact 1".to_owned(),
        parameters: digest(2),
        subjects: 20,
        persons: 15,
        joined: BTreeMap::from([("insured-number".to_owned(), 5)]),
    }
}

pub(crate) fn verdict(epoch: u64, track: Track) -> Verdict {
    let project = Some(ProjectId::parse("p1").unwrap());
    Verdict {
        epoch,
        track,
        project,
        policy: digest(3),
        k: Some(10),
        risk_ppm: Some(100_000),
        removed: BTreeMap::from([("R-ANON-05".to_owned(), 3)]),
        cohort: None,
    }
}

pub(crate) fn user() -> UserId {
    UserId::parse("pharma-1").unwrap()
}

pub(crate) fn supply(dataset: &str, grant: u64) -> Supply {
    Supply {
        dataset: id(dataset),
        recipient: user(),
        identification: commitment(b"salt", "製薬 1".as_bytes()),
        project: ProjectId::parse("p1").unwrap(),
        date: Day::from_ymd(2024, 7, 3).unwrap(),
        items: vec![DataItem::Demographics, DataItem::Measurements],
        grant,
        package: digest(5),
    }
}

pub(crate) fn permission(dataset: &str, track: Track) -> Permission {
    Permission {
        user: user(),
        project: ProjectId::parse("p1").unwrap(),
        track,
        dataset: Some(id(dataset)),
        from: Day::from_ymd(2024, 7, 1).unwrap(),
        until: Day::from_ymd(2025, 6, 30).unwrap(),
        decision: digest(4),
    }
}

pub(crate) fn withdrawal(datasets: &[&str], scope: Scope) -> Withdrawal {
    Withdrawal {
        cause: Cause::StopRequest,
        scope,
        datasets: datasets.iter().map(|one| id(one)).collect(),
        requests: 1,
        commitment: commitment(b"salt", b"0000456"),
    }
}

/// Why the thread was cut.
#[derive(Debug)]
pub(crate) enum Cut {
    Open(#[expect(dead_code, reason = "shown when a test fails")] OpenError),
    Write(#[expect(dead_code, reason = "shown when a test fails")] WriteError),
}

impl From<OpenError> for Cut {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<WriteError> for Cut {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

pub(crate) fn register(ledger: &Ledger) -> Result<u64, WriteError> {
    let pen = ledger.scribe::<Register>();
    let open = pen.begin_act(Parameters::new(), NOW)?;
    let counts = BTreeMap::from([("stops".to_owned(), 4)]);
    pen.complete(open, record::Register { digest: digest(9), counts }, NOW)
}

pub(crate) fn receive(ledger: &Ledger, name: &str) -> Result<Dataset<Received>, WriteError> {
    let pen = ledger.scribe::<Receive>();
    let parameters = Parameters::new().with("provider", "hospital-1")?;
    let open = pen.begin(id(name), parameters, NOW)?;
    pen.promote(open, contents(100, Tracks::BOTH), intake(ledger.epoch()), NOW)
}

pub(crate) fn screen(
    ledger: &Ledger,
    from: &Dataset<Received>,
    name: &str,
) -> Result<Dataset<Cleared>, WriteError> {
    let pen = ledger.scribe::<Screen>();
    let open = pen.begin(from, id(name), Parameters::new(), NOW)?;
    pen.promote(open, contents(90, Tracks::BOTH), standing(ledger.epoch()), NOW)
}

pub(crate) fn link(
    ledger: &Ledger,
    from: &[Dataset<Cleared>],
    name: &str,
) -> Result<Dataset<Linked>, WriteError> {
    let pen = ledger.scribe::<Link>();
    let open = pen.begin(from, id(name), Parameters::new(), NOW)?;
    pen.promote(open, contents(20, Tracks::BOTH), model(ledger.epoch()), NOW)
}

pub(crate) fn anonymise(
    ledger: &Ledger,
    from: &Dataset<Linked>,
    name: &str,
    epoch: u64,
) -> Result<Dataset<Anonymised>, WriteError> {
    let pen = ledger.scribe::<Anonymise>();
    let open = pen.begin(from, id(name), Parameters::new().with("k", 10)?, NOW)?;
    let tracks = Tracks::only(Track::Anonymised);
    pen.promote(open, contents(80, tracks), verdict(epoch, Track::Anonymised), NOW)
}

pub(crate) fn pseudonymise(
    ledger: &Ledger,
    from: &Dataset<Linked>,
    name: &str,
) -> Result<Dataset<Pseudonymised>, WriteError> {
    let pen = ledger.scribe::<Pseudonymise>();
    let open = pen.begin(from, id(name), Parameters::new(), NOW)?;
    let tracks = Tracks::only(Track::Pseudonymised);
    pen.promote(open, contents(85, tracks), verdict(ledger.epoch(), Track::Pseudonymised), NOW)
}

/// From an empty storage to a delivery, a withdrawal and an erasure; `acknowledged` counts the
/// entries told of.
pub(crate) fn whole(storage: Box<dyn LogStorage>, acknowledged: &mut u64) -> Result<Ledger, Cut> {
    let ledger = Ledger::create(storage, signer(), "0.1.0", NOW)?;
    let told = |acknowledged: &mut u64| *acknowledged = ledger.size();
    told(acknowledged);
    register(&ledger)?;
    let mut cleared = Vec::new();
    for number in 1..=2 {
        let received = receive(&ledger, &format!("received-{number}"))?;
        told(acknowledged);
        cleared.push(screen(&ledger, &received, &format!("cleared-{number}"))?);
        told(acknowledged);
    }
    let linked = link(&ledger, &cleared, "linked-1")?;
    told(acknowledged);
    let anonymised = anonymise(&ledger, &linked, "anonymised-1", ledger.epoch())?;
    told(acknowledged);
    pseudonymise(&ledger, &linked, "pseudonymised-1")?;
    told(acknowledged);
    let pen = ledger.scribe::<Grant>();
    let open = pen.begin_act(Parameters::new(), NOW)?;
    let grant = pen.complete(open, permission("anonymised-1", Track::Anonymised), NOW)?;
    told(acknowledged);
    let pen = ledger.scribe::<Deliver>();
    let open = pen.begin(&anonymised, &user(), Parameters::new(), NOW)?;
    told(acknowledged);
    pen.complete(open, supply("anonymised-1", grant), NOW)?;
    told(acknowledged);
    afterwards(&ledger)?;
    told(acknowledged);
    Ok(ledger)
}

fn afterwards(ledger: &Ledger) -> Result<(), WriteError> {
    let pen = ledger.scribe::<Onward>();
    let open = pen.begin_act(Parameters::new(), NOW)?;
    let onward = OnwardSupply {
        dataset: id("anonymised-1"),
        supplier: user(),
        recipient: UserId::parse("pharma-2").unwrap(),
        date: Day::from_ymd(2024, 8, 1).unwrap(),
        items: vec![DataItem::Demographics],
    };
    pen.complete(open, onward, NOW)?;
    let pen = ledger.scribe::<Check>();
    let open = pen.begin_act(Parameters::new(), NOW)?;
    pen.complete(open, Checked { dataset: None, fit: true, report: digest(6) }, NOW)?;
    let pen = ledger.scribe::<Withdraw>();
    let open = pen.begin_act(Parameters::new(), NOW)?;
    pen.complete(open, withdrawal(&["cleared-1"], Scope::Persons), NOW)?;
    let pen = ledger.scribe::<Erase>();
    let open = pen.begin_act(Parameters::new(), NOW)?;
    let erasure = Erasure {
        dataset: id("received-2"),
        date: Day::from_ymd(2024, 9, 1).unwrap(),
        items: DataItem::ALL.to_vec(),
        method: "key-destroyed".to_owned(),
    };
    pen.complete(open, erasure, NOW)?;
    Ok(())
}
