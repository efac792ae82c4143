//! What the book allows and refuses.

use sudare_ledger::book::Unlawful;
use sudare_ledger::entry::Entry;
use sudare_ledger::fsck::fsck;
use sudare_ledger::ledger::OpenError;
use sudare_ledger::ledger::read_book;
use sudare_ledger::level::{
    Anonymise, Anonymised, Check, Cleared, Deliver, Linked, Pseudonymised, Receive, Received,
    Register, Withdraw,
};
use sudare_ledger::log::AppendError;
use sudare_ledger::proof::verify_inclusion;
use sudare_ledger::read::prove;
use sudare_ledger::record::{Checked, Scope};
use sudare_ledger::storage::{MemoryStorage, StorageError};
use sudare_ledger::{Ledger, Parameters, Proof, Reason, WriteError};
use sudare_model::{LevelName, Rule, Track, Tracks};

use crate::thread::{
    NOW, anonymise, contents, digest, id, intake, link, permission, receive, register, screen,
    signer, supply, user, verdict, whole, withdrawal,
};

fn refused<T: std::fmt::Debug>(result: Result<T, WriteError>) -> Unlawful {
    match result.unwrap_err() {
        WriteError::Unlawful(unlawful) => unlawful,
        other => panic!("{other}"),
    }
}

fn withdraw(ledger: &Ledger, datasets: &[&str], scope: Scope) -> u64 {
    let pen = ledger.scribe::<Withdraw>();
    let open = pen.begin_act(Parameters::new(), NOW).unwrap();
    pen.complete(open, withdrawal(datasets, scope), NOW).unwrap()
}

fn fresh() -> (MemoryStorage, Ledger) {
    let storage = MemoryStorage::new();
    let ledger = Ledger::create(Box::new(storage.clone()), signer(), "0.1.0", NOW).unwrap();
    (storage, ledger)
}

#[test]
fn the_whole_thread_is_in_the_book_and_opens_again() {
    let storage = MemoryStorage::new();
    let ledger = whole(Box::new(storage.clone()), &mut 0).unwrap();
    let report = fsck(&storage, signer().verifier()).unwrap();
    assert_eq!(report.size, ledger.size());
    assert_eq!(report.unfinished, []);
    assert_eq!(report.datasets[&LevelName::Received], [id("received-1"), id("received-2")]);
    assert_eq!(report.datasets[&LevelName::Anonymised], [id("anonymised-1")]);
    assert_eq!((report.acts["pseudonymise"], report.acts["anonymise"]), (1, 1));
    assert_eq!(report.erased, [id("received-2")]);
    let size = ledger.size();
    drop(ledger);

    let ledger = Ledger::open(Box::new(storage.clone()), signer()).unwrap();
    assert_eq!(ledger.size(), size);
    let cleared = ledger.dataset::<Cleared>(&id("cleared-1")).unwrap();
    assert_eq!(cleared.contents(), &contents(90, Tracks::BOTH));
    assert_eq!(cleared.level(), LevelName::Cleared);
    assert_eq!(format!("{cleared:?}"), "Dataset<cleared>(cleared-1, entry 6)");
    assert!(matches!(
        ledger.dataset::<Linked>(&id("cleared-1")),
        Err(Unlawful::Level { is: LevelName::Cleared, needs: LevelName::Linked, .. })
    ));
    assert!(matches!(ledger.dataset::<Received>(&id("received-2")), Err(Unlawful::Erased { .. })));
    assert!(matches!(ledger.dataset::<Received>(&id("nothing")), Err(Unlawful::Unknown(_))));
    assert_eq!(ledger.usable::<Received>().len(), 1);
    assert_eq!(ledger.datasets(LevelName::Received).len(), 2);
    assert!(ledger.book().stale_since(&id("anonymised-1")).is_some());
    assert!(ledger.book().stale_since(&id("cleared-2")).is_none());
    assert_eq!(read_book(&storage, signer().verifier()).unwrap().size(), size);
}

#[test]
fn a_delivery_is_refused_after_a_withdrawal_of_anything_it_was_made_from() {
    let storage = MemoryStorage::new();
    let ledger = whole(Box::new(storage), &mut 0).unwrap();
    let pen = ledger.scribe::<Deliver>();
    let stale = ledger.dataset::<Pseudonymised>(&id("pseudonymised-1")).unwrap();
    let unlawful = refused(pen.begin(&stale, &user(), Parameters::new(), NOW));
    assert!(
        matches!(&unlawful, Unlawful::Stale { dataset, .. } if *dataset == id("pseudonymised-1"))
    );
    assert_eq!(unlawful.rule(), Some(Rule::WithdrawnSince));

    // A build that reads the register as it is now may go on, one that read it before may not.
    let linked = ledger.dataset::<Linked>(&id("linked-1")).unwrap();
    let before = linked.entry().min(2);
    assert!(matches!(
        refused(anonymise(&ledger, &linked, "anonymised-2", before)),
        Unlawful::Stale { .. }
    ));
    let made = anonymise(&ledger, &linked, "anonymised-3", ledger.epoch()).unwrap();
    let open = pen.begin(&made, &user(), Parameters::new(), NOW).unwrap();
    withdraw(&ledger, &["received-1"], Scope::Persons);
    let late = refused(pen.complete(open, supply("anonymised-3", 0), NOW));
    assert!(matches!(late, Unlawful::Stale { .. }));
}

#[test]
fn what_is_withdrawn_as_a_whole_is_gone_with_all_made_from_it() {
    let (_, ledger) = fresh();
    register(&ledger).unwrap();
    let received = receive(&ledger, "r").unwrap();
    let cleared = screen(&ledger, &received, "c").unwrap();
    let by = withdraw(&ledger, &["r"], Scope::Whole);
    assert_eq!(ledger.epoch(), by);
    let gone = Unlawful::Withdrawn { dataset: id("c"), by };
    assert_eq!(refused(link(&ledger, &[cleared], "l")), gone);
    assert_eq!(ledger.dataset::<Cleared>(&id("c")).unwrap_err(), gone);
    assert!(ledger.usable::<Cleared>().is_empty());
    assert_eq!(ledger.holding(&id("r")).unwrap().withdrawn, Some(by));
}

#[test]
fn the_book_refuses_what_does_not_fit() {
    let (_, ledger) = fresh();
    let epoch = register(&ledger).unwrap();
    let received = receive(&ledger, "r").unwrap();
    assert_eq!(refused(receive(&ledger, "r")), Unlawful::Made(id("r")));
    let pen = ledger.scribe::<Receive>();
    let open = pen.begin(id("r2"), Parameters::new(), NOW).unwrap();
    let making = Unlawful::Making { dataset: id("r2"), begun: open.index() };
    assert_eq!(refused(pen.begin(id("r2"), Parameters::new(), NOW)), making);
    let wrong = pen.promote(open, contents(1, Tracks::BOTH), intake(epoch + 1), NOW);
    assert_eq!(refused(wrong), Unlawful::Epoch(epoch + 1));
    let cleared = screen(&ledger, &received, "c").unwrap();
    assert_eq!(refused(link(&ledger, &[], "l")), Unlawful::Shape(sudare_ledger::entry::Act::Link));
    let linked = link(&ledger, &[cleared], "l").unwrap();

    let pen = ledger.scribe::<Anonymise>();
    let open = pen.begin(&linked, id("a"), Parameters::new(), NOW).unwrap();
    let mixed =
        pen.promote(open, contents(1, Tracks::BOTH), verdict(epoch, Track::Anonymised), NOW);
    let mixed = refused(mixed);
    assert_eq!((mixed.clone(), mixed.rule()), (Unlawful::Tracks(id("a")), Some(Rule::TracksMixed)));

    let pen = ledger.scribe::<Check>();
    let open = pen.begin_act(Parameters::new(), NOW).unwrap();
    let checked = Checked { dataset: Some(id("x")), fit: true, report: digest(0) };
    assert_eq!(refused(pen.complete(open, checked, NOW)), Unlawful::Unknown(id("x")));
}

#[test]
fn a_supply_needs_the_grant_it_names() {
    let (_, ledger) = fresh();
    let epoch = register(&ledger).unwrap();
    let cleared = screen(&ledger, &receive(&ledger, "r").unwrap(), "c").unwrap();
    let linked = link(&ledger, &[cleared], "l").unwrap();
    let made = anonymise(&ledger, &linked, "a", epoch).unwrap();
    let grants = ledger.scribe::<sudare_ledger::level::Grant>();
    let open = grants.begin_act(Parameters::new(), NOW).unwrap();
    let other = grants.complete(open, permission("a", Track::Pseudonymised), NOW).unwrap();
    let pen = ledger.scribe::<Deliver>();
    let open = pen.begin(&made, &user(), Parameters::new(), NOW).unwrap();
    assert_eq!(refused(pen.complete(open, supply("a", other), NOW)), Unlawful::Grant(other));
    let open = pen.begin(&made, &user(), Parameters::new(), NOW).unwrap();
    let elsewhere = refused(pen.complete(open, supply("l", 0), NOW));
    assert_eq!(elsewhere, Unlawful::Shape(sudare_ledger::entry::Act::Deliver));
    assert_eq!(ledger.unfinished().len(), 2);
}

#[test]
fn an_abandoned_act_is_closed_and_its_dataset_may_be_begun_again() {
    let (_, ledger) = fresh();
    let pen = ledger.scribe::<Receive>();
    let reason = Reason::new("the disk was full").unwrap();
    let open = pen.begin(id("r"), Parameters::new(), NOW).unwrap();
    assert_eq!(open.dataset(), Some(&id("r")));
    pen.abandon(open, &reason, NOW).unwrap();
    let open = pen.begin(id("r"), Parameters::new(), NOW).unwrap();
    let begun = open.index();
    assert_eq!(ledger.unfinished()[0].index, begun);
    ledger.abandon(begun, &reason, NOW).unwrap();
    let late = refused(pen.promote(open, contents(1, Tracks::BOTH), intake(0), NOW));
    assert_eq!(late, Unlawful::NotOpen(begun));
    assert_eq!(refused(ledger.abandon(begun, &reason, NOW)), Unlawful::NotOpen(begun));
    assert!(receive(&ledger, "r").is_ok());
    assert!(Reason::new("病院").is_err());
}

#[test]
fn one_ledger_one_writer() {
    let (storage, ledger) = fresh();
    let again = || Ledger::open(Box::new(storage.clone()), signer());
    assert!(matches!(again(), Err(OpenError::Storage(StorageError::Locked))));
    drop(ledger);
    assert!(again().is_ok());
    let create = Ledger::create(Box::new(storage.clone()), signer(), "0.1.0", NOW);
    assert!(matches!(create, Err(OpenError::Exists)));
}

#[test]
fn a_proof_travels_and_proves_one_entry_alone() {
    let (storage, ledger) = fresh();
    register(&ledger).unwrap();
    let old = (ledger.size(), signer().verifier().open(&ledger.checkpoint()).unwrap().root);
    let received = receive(&ledger, "r").unwrap();
    let verifier = ledger.verifier();
    let entry = ledger.entry(received.entry()).unwrap();
    let proof = ledger.proof(received.entry()).unwrap();
    assert_eq!(prove(&storage, &verifier, received.entry()).unwrap(), proof);
    let text = proof.to_json().to_string();
    let read = Proof::from_json(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(read, proof);
    let checkpoint = verify_inclusion(&entry, &read, &verifier).unwrap();
    assert_eq!(checkpoint.size, ledger.size());
    let other = ledger.entry(0).unwrap();
    assert!(verify_inclusion(&other, &read, &verifier).is_err());
    let elsewhere = Proof { index: 0, ..read };
    assert!(verify_inclusion(&entry, &elsewhere, &verifier).is_err());
    assert!(Entry::decode(&entry).is_ok());

    let path = ledger.consistency(old.0).unwrap();
    let now = (checkpoint.size, checkpoint.root);
    assert!(sudare_ledger::proof::verify_consistency(old, now, &path).is_ok());
    assert!(ledger.proof(99).is_err() && ledger.entry(99).is_err());
}

#[test]
fn an_entry_that_is_too_long_is_refused_before_it_is_written() {
    let (storage, ledger) = fresh();
    let pen = ledger.scribe::<Register>();
    let open = pen.begin_act(Parameters::new(), NOW).unwrap();
    let counts = (0..5_000).map(|at| (format!("count-{at}"), at)).collect();
    let register = sudare_ledger::record::Register { digest: digest(1), counts };
    let long = pen.complete(open, register, NOW).unwrap_err();
    assert!(matches!(long, WriteError::Append(AppendError::Long(_))));
    assert!(receive(&ledger, "r").is_ok());
    assert!(fsck(&storage, signer().verifier()).is_ok());
    assert!(ledger.dataset::<Anonymised>(&id("r")).is_err());
}
