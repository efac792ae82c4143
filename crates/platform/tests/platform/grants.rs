//! Who may have a dataset: between its build and its delivery stands a grant.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sudare_model::Rule;
use sudare_model::time::{Day, Instant};
use sudare_platform::act::{self, Pin};
use sudare_platform::progress::Quiet;
use sudare_platform::{ActError, Clock, Site};

use crate::region::{Region, refused_by};

/// A region with one dataset of each track.
fn built() -> Region {
    let region = Region::new();
    let mut site = region.open(&region.home());
    for (id, track) in [("cohort-a", "anonymised"), ("cohort-p", "pseudonymised")] {
        act::build(&mut site, &region.spec(id, track), false, None, &Quiet).unwrap();
    }
    drop(site);
    region
}

/// The site on another day.
fn on(region: &Region, day: &str) -> Site {
    let start = Instant::start_of_day_in_japan(Day::from_iso(day).unwrap());
    Site::open(&region.home(), Clock::Fixed(Instant::from_unix(start.unix() + 9 * 3600))).unwrap()
}

#[test]
fn nothing_is_delivered_without_a_grant_in_force() {
    let region = built();
    let mut site = region.open(&region.home());
    for (dataset, user) in [("cohort-a", "university-1"), ("cohort-p", "pharma-1")] {
        let ungranted = act::deliver(&mut site, dataset, user, None);
        assert_eq!(refused_by(&ungranted), Some(Rule::DecisionMissing), "{dataset}");
        let given = act::grant_add(&mut site, dataset, user, None).unwrap();
        assert!(!given.unchanged);
        let again = act::grant_add(&mut site, dataset, user, None).unwrap();
        assert_eq!((again.entry, again.unchanged), (given.entry, true));
        let handed = act::deliver(&mut site, dataset, user, None).unwrap();
        assert_eq!((handed.grant, handed.unchanged), (given.entry, false));
        assert!(act::deliver(&mut site, dataset, user, None).unwrap().unchanged);
    }
    let rows = act::grant_list(&site, None).unwrap();
    assert_eq!(rows.iter().map(|row| row.state.as_str()).collect::<Vec<_>>(), ["in force"; 2]);
    assert_eq!(act::grant_list(&site, Some("cohort-p")).unwrap().len(), 1);
    assert!(act::verify(&region.home().join("ledger"), Pin::default()).is_ok());
}

#[test]
fn pseudonymised_data_goes_to_a_live_certified_user_alone() {
    let region = built();
    let mut site = region.open(&region.home());
    for user in ["university-1", "lapsed-1"] {
        let granted = act::grant_add(&mut site, "cohort-p", user, None);
        assert_eq!(refused_by(&granted), Some(Rule::RecipientNotCertified), "{user}");
        let handed = act::deliver(&mut site, "cohort-p", user, None);
        assert_eq!(refused_by(&handed), Some(Rule::RecipientNotCertified), "{user}");
    }
    assert!(act::grant_list(&site, None).unwrap().is_empty());
}

#[test]
fn a_withdrawn_grant_hands_nothing_over_any_more() {
    let region = built();
    let mut site = region.open(&region.home());
    let given = act::grant_add(&mut site, "cohort-p", "pharma-1", None).unwrap();
    act::deliver(&mut site, "cohort-p", "pharma-1", None).unwrap();
    let ended = act::grant_withdraw(&mut site, given.entry).unwrap();
    assert!(!ended.unchanged && ended.entry > given.entry);
    let again = act::grant_withdraw(&mut site, given.entry).unwrap();
    assert_eq!((again.entry, again.unchanged), (ended.entry, true));
    let none = act::grant_withdraw(&mut site, ended.entry);
    assert!(matches!(none, Err(ActError::Usage(_))));
    // Also not what had been handed over before.
    let handed = act::deliver(&mut site, "cohort-p", "pharma-1", None);
    assert_eq!(refused_by(&handed), Some(Rule::DecisionMissing));
    assert_eq!(act::grant_list(&site, None).unwrap()[0].state, "withdrawn");
    let anew = act::grant_add(&mut site, "cohort-p", "pharma-1", None).unwrap();
    assert!(!anew.unchanged && anew.entry > ended.entry);
    assert!(act::deliver(&mut site, "cohort-p", "pharma-1", None).is_ok());
}

#[test]
fn a_grant_ends_on_its_day_and_never_outlasts_the_contract() {
    let region = built();
    let mut site = region.open(&region.home());
    let add = |site: &mut Site, until| act::grant_add(site, "cohort-p", "pharma-1", Some(until));
    for (until, place) in [("2026-03-31", "--until"), ("tomorrow", "--until")] {
        let said = add(&mut site, until).unwrap_err().to_string();
        assert!(said.contains(place), "{said}");
    }
    let beyond = add(&mut site, "2999-12-31");
    assert_eq!(refused_by(&beyond), Some(Rule::ContractMissing));
    let given = add(&mut site, "2026-04-30").unwrap();
    assert_eq!((given.from.as_str(), given.until.as_str()), ("2026-04-01", "2026-04-30"));
    assert!(add(&mut site, "2026-04-30").unwrap().unchanged);
    let other = add(&mut site, "2026-05-31").unwrap_err().to_string();
    assert!(other.contains(&format!("withdraw --entry {}", given.entry)), "{other}");
    drop(site);
    let mut last = on(&region, "2026-04-30");
    assert!(act::deliver(&mut last, "cohort-p", "pharma-1", None).is_ok());
    drop(last);
    let mut late = on(&region, "2026-05-01");
    let handed = act::deliver(&mut late, "cohort-p", "pharma-1", None);
    assert_eq!(refused_by(&handed), Some(Rule::DecisionMissing));
    assert_eq!(act::grant_list(&late, None).unwrap()[0].state, "expired");
}

#[test]
fn a_package_writes_over_no_file_of_the_user() {
    let region = built();
    let mut site = region.open(&region.home());
    act::grant_add(&mut site, "cohort-a", "university-1", None).unwrap();
    let folder = region.folder.path().join("out");
    fs::create_dir(&folder).unwrap();
    let out = folder.join("cohort.age");
    fs::write(folder.join("cohort.part"), b"mine").unwrap();
    fs::write(&out, b"mine").unwrap();
    let taken = act::deliver(&mut site, "cohort-a", "university-1", Some(&out));
    assert!(matches!(taken, Err(ActError::Usage(_))));
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    fs::remove_file(&out).unwrap();
    // What a killed delivery left is of no use, and goes.
    fs::write(folder.join(".cohort.age.1-1.new"), b"half").unwrap();
    let handed = act::deliver(&mut site, "cohort-a", "university-1", Some(&out)).unwrap();
    assert_eq!(fs::read(folder.join("cohort.part")).unwrap(), b"mine");
    let mut names: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["cohort.age", "cohort.part"]);
    // Killed between the entry and the name: the same package gets its name.
    fs::rename(&out, folder.join(".cohort.age.9-9.new")).unwrap();
    let again = act::deliver(&mut site, "cohort-a", "university-1", Some(&out)).unwrap();
    assert_eq!((again.unchanged, again.entry), (true, handed.entry));
    assert!(out.exists());
}

#[test]
fn what_leaves_is_what_was_certified() {
    let region = built();
    let mut site = region.open(&region.home());
    act::grant_add(&mut site, "cohort-a", "university-1", None).unwrap();
    let file = region.home().join("releases/cohort-a/person.csv");
    let mut bytes = fs::read(&file).unwrap();
    bytes.push(b'x');
    fs::write(&file, bytes).unwrap();
    let size = fs::read(region.home().join("ledger/checkpoint")).unwrap();
    let error = act::deliver(&mut site, "cohort-a", "university-1", None).unwrap_err();
    assert!(error.causes().join(" ").contains("person.csv"), "{error}");
    assert_eq!(fs::read(region.home().join("ledger/checkpoint")).unwrap(), size);
    assert_eq!(fs::read_dir(region.home().join("packages")).unwrap().count(), 0);
}

#[test]
fn nobody_but_its_owner_may_look_into_a_home() {
    let region = built();
    let mut site = region.open(&region.home());
    act::grant_add(&mut site, "cohort-p", "pharma-1", None).unwrap();
    act::deliver(&mut site, "cohort-p", "pharma-1", None).unwrap();
    // Whoever made the home's own folder: what stands in it is closed to others.
    for entry in fs::read_dir(region.home()).unwrap() {
        private(&entry.unwrap().path());
    }
    let releases = region.home().join("releases");
    for folder in [releases.join("cohort-a"), releases.join("cohort-p"), releases] {
        private(&folder);
        fs::read_dir(folder).unwrap().for_each(|entry| private(&entry.unwrap().path()));
    }
}

/// No right of group or others.
fn private(path: &Path) {
    let mode = fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
}

/// The same register with a change, applied on the day of the demo.
fn changed(region: &Region, name: &str, change: impl Fn(&str) -> String) {
    let before = fs::read_to_string(&region.synth.register).unwrap();
    let after = change(&before);
    assert_ne!(before, after, "nothing was changed");
    // Beside its lists, under a name of its own: the region is shared.
    let path = region.synth.register.with_file_name(format!("{name}.toml"));
    fs::write(&path, after).unwrap();
    act::register_apply(&mut region.open(&region.home()), &path).unwrap();
}

/// What `deliver` and `grant add` say of the pseudonymised dataset, which is one thing where a rule refuses both.
fn said(region: &Region, rule: Rule) -> String {
    let mut site = region.open(&region.home());
    let handed = act::deliver(&mut site, "cohort-p", "pharma-1", None);
    assert_eq!(refused_by(&handed), Some(rule));
    let added = act::grant_add(&mut site, "cohort-p", "pharma-1", None);
    let (handed, added) = (handed.unwrap_err().to_string(), added.unwrap_err().to_string());
    assert_eq!(handed, added);
    let named = format!("{} ({}): ", rule.id(), rule.article());
    assert!(handed.starts_with(&named) && handed.matches(rule.id()).count() == 1, "{handed}");
    handed
}

#[test]
fn a_refusal_says_what_is_in_force_and_what_is_not() {
    let region = built();
    let given =
        act::grant_add(&mut region.open(&region.home()), "cohort-p", "pharma-1", None).unwrap();
    let ended = act::grant_withdraw(&mut region.open(&region.home()), given.entry).unwrap();
    let handed =
        act::deliver(&mut region.open(&region.home()), "cohort-p", "pharma-1", None).unwrap_err();
    let told = format!(
        "R-SUPA-01 (Reg. 5(vii)): no approval in force covers this supply; contract and review \
         decision are in force, but the grant of entry {} was withdrawn by entry {} on 2026-04-01",
        given.entry, ended.entry
    );
    assert!(handed.to_string().starts_with(&told), "{handed}");
    let of = "`pharma-1` for project `p1` on the pseudonymised track";
    let decision = |outcome: &str, date: &str| {
        format!(
            "\n[[decision]]\nuser = \"pharma-1\"\nproject = \"p1\"\n\
             track = \"pseudonymised\"\ndate = {date}\noutcome = \"{outcome}\"\n"
        )
    };
    changed(&region, "declined", |text| format!("{text}{}", decision("rejected", "2026-03-15")));
    let declined = said(&region, Rule::DecisionMissing);
    let told = format!("the review decision of 2026-03-15 on {of} is `rejected`, in place of");
    assert!(declined.contains(&told), "{declined}");
    // Its contract for this project over, and none at all.
    let contract = "project = \"p1\"\ntrack = \"pseudonymised\"\nfrom = ";
    let over = |text: &str| {
        let (before, after) = text.split_once(contract).unwrap();
        let (from, rest) = after.split_once("\nuntil = ").unwrap();
        let (_, rest) = rest.split_once('\n').unwrap();
        format!("{before}{contract}{from}\nuntil = 2026-03-31\n{rest}")
    };
    changed(&region, "over", over);
    let over = said(&region, Rule::ContractMissing);
    assert!(over.contains(&format!("; the contract with {of} ended on 2026-03-31")), "{over}");
    let renamed = contract.replace("p1", "p9");
    changed(&region, "none", |text| text.replacen(contract, &renamed, 1));
    let none = said(&region, Rule::ContractMissing);
    assert!(none.contains(&format!("no contract with {of}; on that track")), "{none}");
    assert!(none.contains("`p9`"), "{none}");
    // Certified no more, and to visit only.
    changed(&region, "two", |text| text.replacen("type = \"I\"", "type = \"II\"", 1));
    let two = said(&region, Rule::RecipientNotCertified);
    assert!(two.contains("may be handed to it; `pharma-1` is certified as Type II"), "{two}");
}

#[test]
fn a_stop_request_since_is_told_with_both_days() {
    let region = built();
    act::grant_add(&mut region.open(&region.home()), "cohort-p", "pharma-1", None).unwrap();
    let desk = sudare_platform::Desk::open(&region.home(), Clock::demo_day()).unwrap();
    let asked = act::StopAsked {
        provider: "hospital-1",
        patient_number: "4711",
        track: None,
        requester: "subject",
        subject_dead: false,
    };
    let taken = act::stop_add(&desk, &asked).unwrap();
    let stale = said(&region, Rule::WithdrawnSince);
    assert!(stale.contains("; `cohort-p` was made on 2026-04-01 (entry "), "{stale}");
    let by = format!("came into force on 2026-04-01 (entry {})", taken.epoch.unwrap());
    assert!(stale.contains(&by), "{stale}");
}

#[test]
fn a_package_for_an_earlier_key_is_no_delivery_to_the_key_of_today() {
    let region = built();
    act::grant_add(&mut region.open(&region.home()), "cohort-p", "pharma-1", None).unwrap();
    let deliver = || act::deliver(&mut region.open(&region.home()), "cohort-p", "pharma-1", None);
    let first = deliver().unwrap();
    assert!(deliver().unwrap().unchanged);
    let of = |text: &str, user: &str| {
        let (_, after) = text.split_once(&format!("id = \"{user}\"\nrecipient = \"")).unwrap();
        after.split('"').next().unwrap().to_owned()
    };
    changed(&region, "key", |text| {
        text.replacen(&of(text, "pharma-1"), &of(text, "university-1"), 1)
    });
    let said = deliver().unwrap_err();
    assert!(matches!(said, ActError::Usage(_)), "{said}");
    let said = said.to_string();
    let told = format!("is the package of ledger entry {}, made for an earlier key", first.entry);
    assert!(said.contains(&told) && said.contains("cohort-p-pharma-1.age"), "{said}");
    // Moved away, another is made for the key of today, and is a supply of its own.
    fs::rename(&first.package, first.package.with_extension("old")).unwrap();
    let second = deliver().unwrap();
    assert!(!second.unchanged && second.entry > first.entry && second.sha256 != first.sha256);
    assert!(deliver().unwrap().unchanged);
    assert!(act::verify(&region.home().join("ledger"), Pin::default()).is_ok());
}
