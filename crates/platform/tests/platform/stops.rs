//! Refusals wait for nobody, are never lost and never counted twice.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use sudare_model::Rule;
use sudare_platform::act::{self, Pin, StopAsked, Which};
use sudare_platform::answer::StopAdded;
use sudare_platform::progress::{Progress, Quiet, Unit};
use sudare_platform::{ActError, Clock, Desk, Site};

use crate::region::{Region, copy, refused_by};

fn desk(home: &Path) -> Desk {
    Desk::open(home, Clock::demo_day()).unwrap()
}

fn ask(desk: &Desk, provider: &str, number: &str) -> Result<StopAdded, ActError> {
    let asked = StopAsked {
        provider,
        patient_number: number,
        track: None,
        requester: "subject",
        subject_dead: false,
    };
    act::stop_add(desk, &asked)
}

/// Provider and number of people of the region whom one provider alone knows, as they are in the truth: what others
/// sent of a person stays when one provider's is stopped.
fn numbers(region: &Region) -> Vec<(String, String)> {
    let people = fs::read_to_string(region.synth.out.join("truth/people.csv")).unwrap();
    let rows: Vec<Vec<&str>> =
        people.lines().skip(1).map(|line| line.split(',').take(3).collect()).collect();
    let once = rows.chunk_by(|a, b| a[0] == b[0]).filter(|rows| rows.len() == 1);
    once.map(|rows| (rows[0][1].to_owned(), rows[0][2].to_owned())).collect()
}

/// Asks for one after the other until somebody is asked for of whom something came in.
fn ask_for_somebody(desk: &Desk, numbers: &mut impl Iterator<Item = (String, String)>) {
    let known = numbers.any(|(provider, number)| {
        ask(desk, &provider, &number).is_ok_and(|taken| taken.known == Some(true))
    });
    assert!(known, "nothing of anybody came in");
}

fn letters(home: &Path) -> usize {
    fs::read_dir(home.join("letterbox")).map_or(0, Iterator::count)
}

/// How many stop requests the withdrawals in the ledger count.
fn recorded(home: &Path) -> usize {
    let listed = act::stop_list(&desk(home), None).unwrap();
    assert!(listed.iter().all(|row| row.state == "recorded"));
    let report = act::verify(&home.join("ledger"), Pin::default()).unwrap();
    assert!(report.unfinished.is_empty());
    listed.len()
}

#[test]
fn a_refusal_is_taken_while_another_act_has_the_site() {
    let region = Region::registered();
    let home = region.home();
    let before = recorded(&home);
    let site = region.open(&home);
    let desk = desk(&home);
    let taken = ask(&desk, "clinic-1", "no-such-number").unwrap();
    assert_eq!((taken.state.as_str(), taken.sequence, taken.known), ("waiting", None, Some(false)));
    assert!(taken.waits.is_some() && taken.effective.starts_with("2026-04-01T09:00:00"));
    let listed = act::stop_list(&desk, Some("clinic-1")).unwrap();
    let waiting: Vec<_> = listed.iter().filter(|row| row.state == "waiting").collect();
    assert_eq!((waiting.len(), waiting[0].request.as_str()), (1, taken.request.as_str()));
    // Its receipt can be handed over at once, and that it was is known later.
    let receipt = act::stop_receipt(&desk, Which::Request(&taken.request)).unwrap();
    assert!(receipt.text.contains("no-such-number") && receipt.sequence.is_none());
    // Asked twice within a second, it is one request.
    assert_eq!(ask(&desk, "clinic-1", "no-such-number").unwrap().request, taken.request);
    drop(site);
    assert_eq!(recorded(&home), before + 1);
    assert_eq!(letters(&home), 0);
    let now = act::stop_receipt(&desk, Which::Request(&taken.request)).unwrap();
    assert_eq!((now.text, now.sequence), (receipt.text, Some(before as u64 + 1)));
}

#[test]
fn an_act_that_has_the_site_heeds_what_came_in_before_it_ends() {
    let region = Region::registered();
    let mut site = region.open(&region.home());
    ask(&desk(&region.home()), "clinic-1", "no-such-number").unwrap();
    assert_eq!(letters(&region.home()), 1);
    let (provider, folder) = region.synth.deliveries.iter().next_back().unwrap();
    act::receive(&mut site, provider, std::slice::from_ref(folder), &Quiet).unwrap();
    assert_eq!(letters(&region.home()), 0);
    let listed = act::stop_list(&desk(&region.home()), None).unwrap();
    assert!(listed.iter().all(|row| row.state == "recorded"));
}

#[test]
fn a_kill_between_store_ledger_and_letterbox_counts_nothing_twice() {
    let region = Region::registered();
    let home = region.home();
    let before = recorded(&home);
    let site = region.open(&home);
    ask(&desk(&home), "clinic-1", "no-such-number").unwrap();
    let (letterbox, ledger) = (region.folder.path().join("l"), region.folder.path().join("g"));
    copy(&home.join("letterbox"), &letterbox);
    copy(&home.join("ledger"), &ledger);
    drop(site);
    assert_eq!(recorded(&home), before + 1);
    // Killed before the letter was taken out.
    copy(&letterbox, &home.join("letterbox"));
    let size = fs::read(home.join("ledger/checkpoint")).unwrap();
    assert_eq!(recorded(&home), before + 1);
    assert_eq!((letters(&home), fs::read(home.join("ledger/checkpoint")).unwrap()), (0, size));
    // Killed after the store had it and before the ledger did.
    fs::remove_dir_all(home.join("ledger")).unwrap();
    copy(&ledger, &home.join("ledger"));
    copy(&letterbox, &home.join("letterbox"));
    let old = fs::read(home.join("ledger/checkpoint")).unwrap();
    assert_eq!(recorded(&home), before + 1);
    assert_ne!(fs::read(home.join("ledger/checkpoint")).unwrap(), old);
    let again = fs::read(home.join("ledger/checkpoint")).unwrap();
    assert_eq!(recorded(&home), before + 1);
    assert_eq!(fs::read(home.join("ledger/checkpoint")).unwrap(), again);
}

#[test]
fn a_letter_that_does_not_open_opens_no_site() {
    let region = Region::registered();
    let home = region.home();
    let site = region.open(&home);
    ask(&desk(&home), "clinic-1", "no-such-number").unwrap();
    drop(site);
    let letter = fs::read_dir(home.join("letterbox")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&letter).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&letter, bytes).unwrap();
    assert!(Site::open(&home, Clock::demo_day()).is_err());
    // Another refusal is taken all the same.
    let taken = ask(&desk(&home), "clinic-1", "another").unwrap();
    assert!(taken.waits.unwrap().contains("does not open"));
}

/// Does something when a stage begins.
struct At<F: FnMut() + Send> {
    stage: &'static str,
    act: Mutex<F>,
}

impl<F: FnMut() + Send> Progress for At<F> {
    fn begin(&self, stage: &'static str, _total: Option<u64>, _unit: Unit) {
        if stage == self.stage {
            (self.act.lock().unwrap())();
        }
    }
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
}

#[test]
fn a_build_looks_again_before_it_records_and_a_delivery_before_it_supplies() {
    let region = Region::new();
    let home = region.home();
    let mut people = numbers(&region).into_iter();
    let spec = region.spec("meanwhile", "pseudonymised");
    // Of somebody of whom nothing came in: the build goes on, and what it made may be handed over.
    let stranger = At {
        stage: "de-identifying",
        act: Mutex::new(|| drop(ask(&desk(&home), "clinic-1", "no-such-number").unwrap())),
    };
    let mut site = region.open(&home);
    let first = act::build(&mut site, &spec, false, None, &stranger).unwrap();
    assert_eq!(letters(&home), 0);
    act::grant_add(&mut site, "meanwhile", "pharma-1", None).unwrap();
    act::deliver(&mut site, "meanwhile", "pharma-1", None).unwrap();
    // Of somebody whose rows it had read: nothing is released, and the same command leaves them out.
    let spec = region.spec("meanwhile-2", "pseudonymised");
    let somebody = At {
        stage: "de-identifying",
        act: Mutex::new(|| ask_for_somebody(&desk(&home), &mut people)),
    };
    let refused = act::build(&mut site, &spec, false, None, &somebody);
    assert_eq!(refused_by(&refused), Some(Rule::StopRequested));
    assert!(!home.join("releases/meanwhile-2").exists());
    drop(site);
    let mut site = region.open(&home);
    let second = act::build(&mut site, &spec, false, None, &Quiet).unwrap();
    assert!(second.persons["out"] < first.persons["out"]);
    act::grant_add(&mut site, "meanwhile-2", "pharma-1", None).unwrap();
    // What was refused for a withdrawal leaves no package, and the letter is heeded with the site open.
    ask_for_somebody(&desk(&home), &mut numbers(&region).into_iter().rev());
    let late = act::deliver(&mut site, "meanwhile-2", "pharma-1", None);
    assert_eq!(refused_by(&late), Some(Rule::WithdrawnSince));
    let packages = fs::read_dir(home.join("packages")).unwrap();
    assert_eq!(packages.count(), 1, "that of the first dataset alone");
}

#[test]
fn a_provider_of_an_earlier_register_may_be_named_and_a_stranger_may_not() {
    let region = Region::registered();
    let home = region.home();
    let register = &region.synth.register;
    let text = fs::read_to_string(register).unwrap();
    let mut table: toml::Table = text.parse().unwrap();
    for (kind, key) in [
        ("provider", "id"),
        ("notice", "provider"),
        ("notification", "provider"),
        ("publication", "provider"),
        ("stop_list", "provider"),
    ] {
        let rows = table.get_mut(kind).and_then(toml::Value::as_array_mut).unwrap();
        rows.retain(|row| row.get(key).and_then(toml::Value::as_str) != Some("clinic-1"));
    }
    let lists = table.get_mut("given_list").and_then(toml::Value::as_array_mut).unwrap();
    lists.retain(|row| !row.get("notice").unwrap().as_str().unwrap().starts_with("clinic-1-"));
    fs::write(register, toml::to_string(&table).unwrap()).unwrap();
    act::register_apply(&mut region.open(&home), register).unwrap();
    let desk = desk(&home);
    assert_eq!(ask(&desk, "clinic-1", "no-such-number").unwrap().state, "recorded");
    assert!(!act::stop_list(&desk, Some("clinic-1")).unwrap().is_empty());
    for strange in ["clinic-99", "a/b"] {
        assert!(matches!(ask(&desk, strange, "1"), Err(ActError::Usage(_))));
        assert!(matches!(act::stop_list(&desk, Some(strange)), Err(ActError::Usage(_))));
    }
}
