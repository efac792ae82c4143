//! A site in memory with one dataset at each released level.

use std::collections::BTreeMap;

use sudare_ledger::level::{
    Anonymise, Anonymised, Dataset, Link, Linked, Pseudonymise, Pseudonymised, Receive, Released,
    Screen, Step,
};
use sudare_ledger::record::{Intake, LinkModel, Standing, Verdict};
use sudare_ledger::storage::MemoryStorage;
use sudare_ledger::{Contents, Ledger, Parameters, Signer};
use sudare_model::time::{Day, Instant};
use sudare_model::{DatasetId, DeliveryId, Digest, ProjectId, ProviderId, Track, Tracks, UserId};
use sudare_provision::{CertificateRecord, ContractRecord, DecisionRecord, UserRecord};
use zeroize::Zeroizing;

pub(crate) struct Site {
    pub(crate) ledger: Ledger,
    pub(crate) anonymised: Dataset<Anonymised>,
    pub(crate) pseudonymised: Dataset<Pseudonymised>,
}

pub(crate) fn day(text: &str) -> Day {
    Day::from_iso(text).unwrap()
}

/// Noon in Japan.
pub(crate) fn noon(text: &str) -> Instant {
    Instant::from_unix(Instant::start_of_day_in_japan(day(text)).unix() + 12 * 3600)
}

fn contents() -> Contents {
    Contents {
        manifest: Digest::from_bytes([7; 32]),
        rows: BTreeMap::from([("person".to_owned(), 3)]),
        tracks: Tracks::BOTH,
    }
}

fn dataset_id(text: &str) -> DatasetId {
    DatasetId::parse(text).unwrap()
}

pub(crate) fn site() -> Site {
    let now = noon("2024-06-30");
    let signer = Signer::from_seed("sudare.example/log", Zeroizing::new([1; 32])).unwrap();
    let ledger = Ledger::create(Box::new(MemoryStorage::new()), signer, "0.1.0", now).unwrap();
    let epoch = ledger.epoch();
    let pen = ledger.scribe::<Receive>();
    let open = pen.begin(dataset_id("r-1"), Parameters::new(), now).unwrap();
    let intake = Intake {
        epoch,
        delivery: DeliveryId::parse("d-1").unwrap(),
        provider: ProviderId::parse("hospital-1").unwrap(),
        files: 1,
        bytes: 1,
        findings: BTreeMap::new(),
        refused: BTreeMap::new(),
        units: None,
    };
    let received = pen.promote(open, contents(), intake, now).unwrap();
    let pen = ledger.scribe::<Screen>();
    let open = pen.begin(&received, dataset_id("c-1"), Parameters::new(), now).unwrap();
    let standing = Standing {
        epoch,
        rules: Digest::from_bytes([2; 32]),
        rows_in: 3,
        rows_out: 3,
        refused: BTreeMap::new(),
    };
    let cleared = pen.promote(open, contents(), standing, now).unwrap();
    let pen = ledger.scribe::<Link>();
    let open = pen.begin(&[cleared], dataset_id("l-1"), Parameters::new(), now).unwrap();
    let model = LinkModel {
        epoch,
        model: "deterministic-1".to_owned(),
        parameters: Digest::from_bytes([3; 32]),
        subjects: 3,
        persons: 2,
        joined: BTreeMap::new(),
    };
    let linked = pen.promote(open, contents(), model, now).unwrap();
    let anonymised = made::<Anonymise>(&ledger, &linked, "a-1", now);
    let pseudonymised = made::<Pseudonymise>(&ledger, &linked, "p-1", now);
    Site { ledger, anonymised, pseudonymised }
}

fn made<S>(ledger: &Ledger, linked: &Dataset<Linked>, id: &str, now: Instant) -> Dataset<S::To>
where
    S: for<'a> Step<From = Linked, Inputs<'a> = &'a Dataset<Linked>, Record = Verdict>,
    S::To: Released,
{
    let pen = ledger.scribe::<S>();
    let open = pen.begin(linked, dataset_id(id), Parameters::new(), now).unwrap();
    let verdict = Verdict {
        epoch: ledger.epoch(),
        track: <S::To as Released>::TRACK,
        project: None,
        policy: Digest::from_bytes([4; 32]),
        k: None,
        risk_ppm: None,
        removed: BTreeMap::new(),
        cohort: None,
    };
    let tracks = Tracks::only(<S::To as Released>::TRACK);
    pen.promote(open, Contents { tracks, ..contents() }, verdict, now).unwrap()
}

pub(crate) fn project() -> ProjectId {
    ProjectId::parse("p1").unwrap()
}

pub(crate) fn user(id: &str, recipient: &str) -> UserRecord {
    UserRecord {
        id: UserId::parse(id).unwrap(),
        name: "製薬".to_owned(),
        address: "大阪市".to_owned(),
        recipient: recipient.to_owned(),
    }
}

pub(crate) fn certificate(user: &UserRecord) -> CertificateRecord {
    CertificateRecord {
        user: user.id.clone(),
        from: day("2024-06-01"),
        until: day("2025-05-31"),
        revoked: None,
    }
}

pub(crate) fn contract(user: &UserRecord, track: Track) -> ContractRecord {
    ContractRecord {
        user: user.id.clone(),
        project: project(),
        track,
        from: day("2024-06-01"),
        until: day("2025-05-31"),
    }
}

pub(crate) fn decision(user: &UserRecord, track: Track) -> DecisionRecord {
    DecisionRecord {
        user: user.id.clone(),
        project: project(),
        track,
        date: day("2024-06-15"),
        approved: true,
        outcome: "approved",
    }
}
