//! A linkage of more deliveries than one entry can name.

use sudare_ledger::fsck::fsck;
use sudare_ledger::level::{Link, Linked, Withdraw};
use sudare_ledger::record::Scope;
use sudare_ledger::scribe::INPUTS_MAX;
use sudare_ledger::storage::MemoryStorage;
use sudare_ledger::{Dataset, Ledger, Parameters};
use sudare_model::{LevelName, Tracks};

use crate::thread::{
    NOW, anonymise, contents, id, link, model, receive, register, screen, signer, withdrawal,
};

#[test]
fn a_linkage_of_more_than_three_thousand_deliveries_is_carried_on() {
    const MANY: usize = 3_100;
    let storage = MemoryStorage::new();
    let ledger = Ledger::create(Box::new(storage.clone()), signer(), "0.1.0", NOW).unwrap();
    register(&ledger).unwrap();
    let mut cleared = Vec::new();
    for number in 0..MANY {
        // Ids as long as ids may be.
        let received = receive(&ledger, &format!("r-{number:062}")).unwrap();
        cleared.push(screen(&ledger, &received, &format!("c-{number:062}")).unwrap());
    }
    assert!(link(&ledger, &cleared, "too-many").is_err(), "no entry holds so many ids");
    let pen = ledger.scribe::<Link>();
    let mut linked: Option<Dataset<Linked>> = None;
    for (at, part) in cleared.chunks(INPUTS_MAX).enumerate() {
        let name = id(&format!("l-{at:062}"));
        let open = match &linked {
            None => pen.begin(part, name, Parameters::new(), NOW),
            Some(earlier) => pen.begin_since(earlier, part, name, Parameters::new(), NOW),
        };
        let made =
            pen.promote(open.unwrap(), contents(20, Tracks::BOTH), model(ledger.epoch()), NOW);
        linked = Some(made.unwrap());
    }
    let linked = linked.unwrap();
    let from = ledger.made_from(linked.id(), LevelName::Cleared);
    assert!(from.iter().map(|one| &one.dataset).eq(cleared.iter().map(Dataset::id)));
    assert_eq!(
        ledger.made_from(linked.id(), LevelName::Linked).len(),
        MANY.div_ceil(INPUTS_MAX) - 1
    );
    // A withdrawal at the beginning of the chain reaches its end.
    let released = anonymise(&ledger, &linked, "a", ledger.epoch()).unwrap();
    let pen = ledger.scribe::<Withdraw>();
    let open = pen.begin_act(Parameters::new(), NOW).unwrap();
    let first = format!("l-{:062}", 0);
    let by = pen.complete(open, withdrawal(&[&first], Scope::Persons), NOW).unwrap();
    assert_eq!(ledger.book().stale_since(released.id()), Some(by));
    let report = fsck(&storage, signer().verifier()).unwrap();
    assert_eq!(report.datasets[&LevelName::Cleared].len(), MANY);
}
