//! Logs that are well signed and tell an unlawful story: the writer's book and fsck must both
//! refuse, each by its own reading of the rules, and at the same entry.

use std::collections::BTreeMap;

use sudare_model::time::{Day, Instant};
use sudare_model::{DataItem, DeliveryId, ProjectId, ProviderId, Track, Tracks, UserId};

use super::*;
use crate::book::Book;
use crate::contents::Contents;
use crate::entry::{Begun, Done, Entry, Half, Made, Parameters, Reason};
use crate::log::Log;
use crate::note::Signer;
use crate::record::{
    Cause, Checked, Erasure, GrantWithdrawal, Intake, LinkModel, OnwardSupply, Permission, Record,
    Register, Scope, Site, Standing, Supply, Verdict, Withdrawal,
};
use crate::storage::MemoryStorage;

fn signer() -> Signer {
    Signer::from_seed("ledger.example", [7; 32].into()).unwrap()
}

fn digest() -> Digest {
    Digest::from_bytes([1; 32])
}

fn id(text: &str) -> DatasetId {
    DatasetId::parse(text).unwrap()
}

fn entry(act: Act, half: Half) -> Entry {
    Entry { at: Instant::from_unix(0), act, half }
}

fn site(name: &str) -> Entry {
    let site = Site { name: name.to_owned(), version: "0.1.0".to_owned() };
    entry(Act::Site, Half::Site(site))
}

fn begun(act: Act, dataset: Option<&str>, inputs: &[&str]) -> Entry {
    let mut parameters = Parameters::new();
    if act == Act::Deliver {
        parameters = parameters.with("recipient", "u").unwrap();
    }
    let inputs = inputs.iter().map(|input| id(input)).collect();
    entry(act, Half::Begun(Begun { dataset: dataset.map(id), inputs, parameters }))
}

fn made(act: Act, begun: u64, dataset: &str, tracks: Tracks, record: Record) -> Entry {
    let contents = Contents { manifest: digest(), rows: BTreeMap::new(), tracks };
    let made = Some(Made { dataset: id(dataset), contents });
    entry(act, Half::Done(Done { begun, made, record }))
}

fn done(act: Act, begun: u64, record: impl Into<Record>) -> Entry {
    entry(act, Half::Done(Done { begun, made: None, record: record.into() }))
}

fn intake(epoch: u64) -> Record {
    let delivery = DeliveryId::parse("d").unwrap();
    let provider = ProviderId::parse("h").unwrap();
    let (findings, refused) = (BTreeMap::new(), BTreeMap::new());
    Intake { epoch, delivery, provider, files: 1, bytes: 1, findings, refused, units: None }.into()
}

fn standing(epoch: u64) -> Record {
    Standing { epoch, rules: digest(), rows_in: 1, rows_out: 1, refused: BTreeMap::new() }.into()
}

fn model(epoch: u64) -> Record {
    let model = "exact 1".to_owned();
    let joined = BTreeMap::new();
    LinkModel { epoch, model, parameters: digest(), subjects: 1, persons: 1, joined }.into()
}

fn verdict(epoch: u64, track: Track) -> Record {
    let removed = BTreeMap::new();
    let (policy, project) = (digest(), None);
    Verdict { epoch, track, project, policy, k: None, risk_ppm: None, removed, cohort: None }.into()
}

fn withdrawal(dataset: &str, scope: Scope) -> Withdrawal {
    let datasets = vec![id(dataset)];
    Withdrawal { cause: Cause::Revocation, scope, datasets, requests: 0, commitment: digest() }
}

fn day(day: u32) -> Day {
    Day::from_ymd(2024, 7, day).unwrap()
}

fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn supply(dataset: &str, recipient: &str, grant: u64) -> Supply {
    Supply {
        dataset: id(dataset),
        recipient: user(recipient),
        identification: digest(),
        project: ProjectId::parse("p").unwrap(),
        date: day(3),
        items: vec![DataItem::Visits],
        grant,
        package: digest(),
    }
}

fn permission(dataset: Option<&str>, until: u32) -> Permission {
    Permission {
        user: user("u"),
        project: ProjectId::parse("p").unwrap(),
        track: Track::Anonymised,
        dataset: dataset.map(id),
        from: day(1),
        until: day(until),
        decision: digest(),
    }
}

const ANONYMISED: Tracks = Tracks::only(Track::Anonymised);

/// Twelve lawful entries: `r`, `c`, `l`, `a` are made by 4, 6, 8 and 10; 2 is a register; 11 begins
/// a delivery of `a`.
fn lawful() -> Vec<Entry> {
    let register = Register { digest: digest(), counts: BTreeMap::new() };
    vec![
        site("ledger.example"),
        begun(Act::Register, None, &[]),
        done(Act::Register, 1, register),
        begun(Act::Receive, Some("r"), &[]),
        made(Act::Receive, 3, "r", Tracks::BOTH, intake(2)),
        begun(Act::Screen, Some("c"), &["r"]),
        made(Act::Screen, 5, "c", Tracks::BOTH, standing(2)),
        begun(Act::Link, Some("l"), &["c"]),
        made(Act::Link, 7, "l", Tracks::BOTH, model(2)),
        begun(Act::Anonymise, Some("a"), &["l"]),
        made(Act::Anonymise, 9, "a", ANONYMISED, verdict(2, Track::Anonymised)),
        begun(Act::Deliver, None, &["a"]),
    ]
}

/// Signs the entries whatever they say, and asks both readings.
fn both(entries: &[Entry]) -> (Option<u64>, Result<FsckReport, Fault>) {
    let storage = MemoryStorage::new();
    let mut log = Log::create(Box::new(storage.clone()), signer()).unwrap().unwrap();
    let mut book = Book::default();
    let mut refused = None;
    for (index, entry) in (0..).zip(entries) {
        log.append(&entry.encode()).unwrap();
        if refused.is_none() {
            match book.admit(entry) {
                Ok(()) => book.enter(entry.clone()),
                Err(_) => refused = Some(index),
            }
        }
    }
    (refused, fsck(&storage, signer().verifier()))
}

/// The lawful story with more told, the last of it unlawful.
fn check(more: Vec<Entry>, breach: Breach) {
    let mut entries = lawful();
    entries.extend(more);
    refuses(&entries, breach);
}

fn refuses(entries: &[Entry], breach: Breach) {
    let last = entries.len() as u64 - 1;
    let (refused, report) = both(entries);
    let fault = report.unwrap_err();
    assert_eq!((fault.entry, &fault.wrong), (Some(last), &Wrong::Story(breach)), "{fault}");
    assert_eq!(refused, Some(last), "the book, where fsck says: {fault}");
    assert!(fault.file.starts_with("tile/entries/000.p/"));
}

#[test]
fn a_lawful_story_is_told() {
    let (refused, report) = both(&lawful());
    let report = report.unwrap();
    assert_eq!((refused, report.size), (None, 12));
    assert_eq!(report.unfinished, [(11, Act::Deliver, None)]);
    assert_eq!(report.datasets[&LevelName::Linked], [id("l")]);
    assert!(report.withdrawn.is_empty() && report.erased.is_empty());
}

#[test]
fn the_site_comes_first_and_once() {
    refuses(&[begun(Act::Register, None, &[])], Breach::Site);
    check(vec![site("ledger.example")], Breach::Site);
    let (_, report) = both(&[site("another.example")]);
    assert_eq!(report.unwrap_err().wrong, Wrong::Story(Breach::Site));
}

#[test]
fn a_second_half_needs_its_first() {
    let report = Checked { dataset: None, fit: true, report: digest() };
    let abandoned =
        |act, begun| entry(act, Half::Abandoned { begun, reason: Reason::new("why").unwrap() });
    check(vec![done(Act::Check, 99, report.clone())], Breach::Begun);
    check(vec![done(Act::Check, 11, report.clone())], Breach::Begun);
    check(vec![abandoned(Act::Register, 1)], Breach::Begun);
    check(vec![abandoned(Act::Deliver, 11), abandoned(Act::Deliver, 11)], Breach::Begun);
    let once = done(Act::Check, 12, report);
    check(vec![begun(Act::Check, None, &[]), once.clone(), once], Breach::Begun);
}

#[test]
fn a_dataset_is_made_once_and_as_begun() {
    check(vec![begun(Act::Receive, Some("r"), &[])], Breach::Made);
    check(vec![begun(Act::Receive, None, &[])], Breach::Made);
    check(vec![begun(Act::Check, Some("x"), &[])], Breach::Made);
    let twice = begun(Act::Receive, Some("x"), &[]);
    check(vec![twice.clone(), twice.clone()], Breach::Made);
    check(vec![twice, made(Act::Receive, 12, "y", Tracks::BOTH, intake(2))], Breach::Made);
}

#[test]
fn levels_step_as_the_law_says() {
    for (act, input) in [
        (Act::Link, "r"),
        (Act::Screen, "c"),
        (Act::Anonymise, "c"),
        (Act::Pseudonymise, "a"),
        (Act::Anonymise, "nothing"),
    ] {
        check(vec![begun(act, Some("x"), &[input])], Breach::Input);
    }
    check(vec![begun(Act::Deliver, None, &["l"])], Breach::Input);
    check(vec![begun(Act::Screen, Some("x"), &["r", "r"])], Breach::Input);
    check(vec![begun(Act::Link, Some("x"), &[])], Breach::Input);
    check(vec![begun(Act::Check, None, &["r"])], Breach::Input);
}

#[test]
fn a_linkage_may_carry_on_an_earlier_one() {
    check(vec![begun(Act::Link, Some("l2"), &["l"])], Breach::Input);
    check(vec![begun(Act::Link, Some("l2"), &["c", "l"])], Breach::Input);
    check(vec![begun(Act::Link, Some("l2"), &["l", "r"])], Breach::Input);
    let persons = withdrawal("c", Scope::Persons);
    let carried_on = vec![
        begun(Act::Link, Some("l2"), &["l", "c"]),
        made(Act::Link, 12, "l2", Tracks::BOTH, model(2)),
        begun(Act::Withdraw, None, &[]),
        done(Act::Withdraw, 14, persons),
        begun(Act::Anonymise, Some("b"), &["l2"]),
    ];
    let late = made(Act::Anonymise, 16, "b", ANONYMISED, verdict(2, Track::Anonymised));
    let (refused, report) = both(&[lawful(), carried_on.clone()].concat());
    assert_eq!((refused, report.is_ok()), (None, true));
    check([carried_on, vec![late]].concat(), Breach::Stale);
}

#[test]
fn what_is_gone_is_not_read() {
    let erasure =
        Erasure { dataset: id("r"), date: day(3), items: vec![], method: "key-destroyed".into() };
    let erased = vec![begun(Act::Erase, None, &[]), done(Act::Erase, 12, erasure.clone())];
    let with = |mut before: Vec<Entry>, last: Entry| {
        before.push(last);
        before
    };
    check(with(erased.clone(), begun(Act::Screen, Some("x"), &["r"])), Breach::Gone);
    let again = vec![begun(Act::Erase, None, &[]), done(Act::Erase, 14, erasure)];
    check([erased, again].concat(), Breach::Dataset);
    let whole = withdrawal("r", Scope::Whole);
    let withdrawn = vec![begun(Act::Withdraw, None, &[]), done(Act::Withdraw, 12, whole)];
    let (_, report) = both(&[lawful(), withdrawn.clone()].concat());
    assert_eq!(report.unwrap().withdrawn, [id("r"), id("c"), id("l"), id("a")]);
    check(with(withdrawn, done(Act::Deliver, 11, supply("a", "u", 0))), Breach::Gone);
}

#[test]
fn a_withdrawal_after_the_register_state_relied_on_refuses() {
    let persons = withdrawal("c", Scope::Persons);
    let withdrawn = [begun(Act::Withdraw, None, &[]), done(Act::Withdraw, 12, persons)];
    let then = |more: &[Entry]| [&withdrawn, more].concat();
    check(then(&[done(Act::Deliver, 11, supply("a", "u", 0))]), Breach::Stale);
    check(then(&[begun(Act::Deliver, None, &["a"])]), Breach::Stale);
    let again = |epoch| {
        let evidence = verdict(epoch, Track::Anonymised);
        let first = begun(Act::Anonymise, Some("b"), &["l"]);
        then(&[first, made(Act::Anonymise, 14, "b", ANONYMISED, evidence)])
    };
    check(again(2), Breach::Stale);
    let (refused, report) = both(&[lawful(), again(13)].concat());
    assert_eq!((refused, report.is_ok()), (None, true));
}

#[test]
fn evidence_names_a_state_of_the_register() {
    let first = begun(Act::Screen, Some("x"), &["r"]);
    for epoch in [1, 4, 99] {
        let second = made(Act::Screen, 12, "x", Tracks::BOTH, standing(epoch));
        check(vec![first.clone(), second], Breach::Epoch);
    }
}

#[test]
fn tracks_do_not_mix() {
    let first = |act| begun(act, Some("x"), &["l"]);
    let second = |act, tracks, track| made(act, 12, "x", tracks, verdict(2, track));
    let other = Tracks::only(Track::Pseudonymised);
    for (act, tracks, track) in [
        (Act::Anonymise, Tracks::BOTH, Track::Anonymised),
        (Act::Anonymise, Tracks::NONE, Track::Anonymised),
        (Act::Anonymise, other, Track::Pseudonymised),
        (Act::Pseudonymise, ANONYMISED, Track::Anonymised),
        (Act::Pseudonymise, ANONYMISED, Track::Pseudonymised),
    ] {
        check(vec![first(act), second(act, tracks, track)], Breach::Tracks);
    }
    // Nothing of the track was received.
    let mut narrow = lawful();
    narrow[8] = made(Act::Link, 7, "l", other, model(2));
    narrow.truncate(11);
    refuses(&narrow, Breach::Tracks);
}

#[test]
fn a_supply_is_as_begun_and_granted() {
    check(vec![done(Act::Deliver, 11, supply("l", "u", 0))], Breach::Supply);
    check(vec![done(Act::Deliver, 11, supply("a", "v", 0))], Breach::Supply);
    check(vec![done(Act::Deliver, 11, supply("a", "u", 10))], Breach::Supply);
    let granted = |permission: Permission| {
        vec![
            begun(Act::Grant, None, &[]),
            done(Act::Grant, 12, permission),
            done(Act::Deliver, 11, supply("a", "u", 13)),
        ]
    };
    check(granted(permission(Some("l"), 31)), Breach::Supply);
    check(granted(permission(None, 2)), Breach::Supply);
    check(granted(Permission { user: user("v"), ..permission(None, 31) }), Breach::Supply);
    let other = Track::Pseudonymised;
    check(granted(Permission { track: other, ..permission(None, 31) }), Breach::Supply);
    let (refused, report) = both(&[lawful(), granted(permission(Some("a"), 31))].concat());
    assert_eq!((refused, report.unwrap().unfinished), (None, vec![]));
}

#[test]
fn a_grant_is_withdrawn_once_and_supplies_nothing_after() {
    let end = |at| {
        vec![
            begun(Act::WithdrawGrant, None, &[]),
            done(Act::WithdrawGrant, at, GrantWithdrawal { grant: 13 }),
        ]
    };
    let granted =
        vec![begun(Act::Grant, None, &[]), done(Act::Grant, 12, permission(Some("a"), 31))];
    let supplied = vec![done(Act::Deliver, 11, supply("a", "u", 13))];
    check([granted.clone(), end(14), supplied.clone()].concat(), Breach::Supply);
    check([granted.clone(), end(14), end(16)].concat(), Breach::Grant);
    check(end(12), Breach::Grant);
    let (refused, report) = both(&[lawful(), granted, supplied, end(15)].concat());
    assert_eq!((refused, report.is_ok()), (None, true), "what was handed over stays so");
}

#[test]
fn an_act_counts_once_and_a_stop_request_is_no_grant_withdrawn() {
    let stops =
        Withdrawal { cause: Cause::StopRequest, requests: 3, ..withdrawal("l", Scope::Persons) };
    let reason = Reason::new("why").unwrap();
    let more = vec![
        begun(Act::Grant, None, &[]),
        done(Act::Grant, 12, permission(Some("a"), 31)),
        done(Act::Deliver, 11, supply("a", "u", 13)),
        begun(Act::WithdrawGrant, None, &[]),
        done(Act::WithdrawGrant, 15, GrantWithdrawal { grant: 13 }),
        begun(Act::Withdraw, None, &[]),
        done(Act::Withdraw, 17, stops),
        begun(Act::Withdraw, None, &[]),
        done(Act::Withdraw, 19, withdrawal("a", Scope::Whole)),
        begun(Act::Register, None, &[]),
        entry(Act::Register, Half::Abandoned { begun: 21, reason }),
    ];
    let (refused, report) = both(&[lawful(), more].concat());
    let report = report.unwrap();
    let told = BTreeMap::from([
        ("anonymise", 1),
        ("deliver", 1),
        ("grant", 1),
        ("grant withdrawn", 1),
        ("link", 1),
        ("receive", 1),
        ("register", 1),
        ("revocation", 1),
        ("screen", 1),
        ("stop request", 3),
    ]);
    assert_eq!((refused, report.acts, report.abandoned), (None, told, 1));
}

#[test]
fn records_name_datasets_that_are_there() {
    let acts: [(Act, Record); 4] = [
        (Act::Check, Checked { dataset: Some(id("x")), fit: true, report: digest() }.into()),
        (Act::Withdraw, withdrawal("x", Scope::Persons).into()),
        (Act::Grant, permission(Some("x"), 3).into()),
        (
            Act::Onward,
            OnwardSupply {
                dataset: id("x"),
                supplier: user("u"),
                recipient: user("v"),
                date: day(3),
                items: vec![],
            }
            .into(),
        ),
    ];
    for (act, record) in acts {
        check(vec![begun(act, None, &[]), done(act, 12, record)], Breach::Dataset);
    }
}

#[test]
fn a_signed_entry_that_cannot_be_read_is_named() {
    let storage = MemoryStorage::new();
    let mut log = Log::create(Box::new(storage.clone()), signer()).unwrap().unwrap();
    log.append(&site("ledger.example").encode()).unwrap();
    log.append(b"{}").unwrap();
    let fault = fsck(&storage, signer().verifier()).unwrap_err();
    assert_eq!((fault.entry, fault.wrong), (Some(1), Wrong::Encoding(EntryError::Field("v"))));
}
