//! Certificates, contracts and decisions, at the edges of their time.

use sudare_ledger::book::Granted;
use sudare_ledger::level::Pseudonymised;
use sudare_model::time::Instant;
use sudare_model::{DatasetId, Digest, ProjectId, Rule, Track};
use sudare_provision::{CertificateRecord, approve, certify, contracted};

use crate::site::{certificate, contract, day, decision, noon, project, user};

#[test]
fn a_certificate_holds_on_its_days_and_not_after_revocation() {
    let user = user("pharma-1", "age1x");
    let held = certificate(&user);
    let ask = |held: &CertificateRecord, now| certify(&user, Some(held), now).map_err(|no| no.rule);
    let first = Instant::start_of_day_in_japan(held.from);
    let after = Instant::start_of_day_in_japan(held.until.plus(1));
    assert!(ask(&held, first).is_ok());
    assert_eq!(
        ask(&held, Instant::from_unix(first.unix() - 1)).unwrap_err(),
        Rule::RecipientNotCertified
    );
    assert!(ask(&held, Instant::from_unix(after.unix() - 1)).is_ok());
    assert!(ask(&held, after).is_err());
    let noon = noon("2024-07-01");
    let revoked = CertificateRecord { revoked: Some(noon), ..held.clone() };
    assert!(ask(&revoked, Instant::from_unix(noon.unix() - 1)).is_ok());
    assert!(ask(&revoked, noon).is_err());
    let stranger = crate::site::user("pharma-2", "age1x");
    assert!(certify(&stranger, Some(&held), noon).is_err());
    let none = certify(&user, None, noon).unwrap_err();
    assert_eq!(none.rule, Rule::RecipientNotCertified);
    assert_eq!(none.to_string(), "the register in force has no certificate of `pharma-1`");
    let over = ask_why(&held, after);
    assert_eq!(over, "the certificate of `pharma-1` ended on 2025-05-31, begun on 2024-06-01");
    let revoked = ask_why(&revoked, noon);
    assert_eq!(revoked, "the certificate of `pharma-1` was revoked at 2024-07-01T12:00:00+09:00");
}

fn ask_why(held: &CertificateRecord, now: Instant) -> String {
    certify(&user("pharma-1", "age1x"), Some(held), now).unwrap_err().to_string()
}

#[test]
fn a_refusal_says_what_is_in_force_and_since_when() {
    let user = user("pharma-1", "age1x");
    let track = Track::Pseudonymised;
    let (held, approved) = (contract(&user, track), decision(&user, track));
    let now = noon("2024-07-01");
    let why = |contracts: &[_], decisions: &[_]| {
        let found = approve::<Pseudonymised>(&user.id, &project(), contracts, decisions, now);
        found.map(|_| ()).unwrap_err().to_string()
    };
    let of = "`pharma-1` for project `p1` on the pseudonymised track";
    let decisions = std::slice::from_ref(&approved);
    assert_eq!(why(&[], decisions), format!("the register in force has no contract with {of}"));
    let mut other = held.clone();
    other.project = ProjectId::parse("p2").unwrap();
    assert_eq!(
        why(&[other], decisions),
        format!(
            "the register in force has no contract with {of}; on that track it is under contract \
             for `p2`"
        )
    );
    let mut over = held.clone();
    over.until = day("2024-06-30");
    let ended = format!("the contract with {of} ended on 2024-06-30, begun on 2024-06-01");
    assert_eq!(why(&[over.clone()], decisions), ended);
    let mut next = held.clone();
    next.from = day("2024-08-01");
    let begins = format!("the contract with {of} begins on 2024-08-01, until 2025-05-31");
    assert_eq!(why(&[over, next], decisions), begins);
    let held = [held];
    assert_eq!(
        why(&held, &[]),
        format!(
            "the contract is in force until 2025-05-31, but the register in force has no review \
             decision on {of}"
        )
    );
    let mut later = approved.clone();
    later.approved = false;
    later.outcome = "conditional";
    later.date = day("2024-06-20");
    assert_eq!(
        why(&held, &[approved, later.clone()]),
        format!(
            "the review decision of 2024-06-20 on {of} is `conditional`, in place of the approval of \
             2024-06-15, and it counts from then on"
        )
    );
    later.date = day("2024-07-02");
    assert_eq!(
        why(&held, &[later]),
        format!("the review decision on {of} is of 2024-07-02, which is to come")
    );
}

#[test]
fn an_approval_needs_a_contract_and_the_latest_decision() {
    let user = user("pharma-1", "age1x");
    let track = Track::Pseudonymised;
    let (held, approved) = (contract(&user, track), decision(&user, track));
    let now = noon("2024-07-01");
    let ask = |contracts: &[_], decisions: &[_]| {
        let found = approve::<Pseudonymised>(&user.id, &project(), contracts, decisions, now);
        found.map(|_| ()).map_err(|no| no.rule)
    };
    let (contracts, decisions) = ([held.clone()], [approved.clone()]);
    assert_eq!(ask(&contracts, &decisions), Ok(()));
    assert_eq!(ask(&[], &decisions), Err(Rule::ContractMissing));
    assert_eq!(ask(&contracts, &[]), Err(Rule::DecisionMissing));
    assert_eq!(ask(&[contract(&user, Track::Anonymised)], &decisions), Err(Rule::ContractMissing));
    assert_eq!(ask(&contracts, &[decision(&user, Track::Anonymised)]), Err(Rule::DecisionMissing));
    let mut over = held;
    over.until = day("2024-06-30");
    assert_eq!(ask(&[over], &decisions), Err(Rule::ContractMissing));
    let mut later = approved.clone();
    later.approved = false;
    assert_eq!(ask(&contracts, &[later.clone(), approved.clone()]), Err(Rule::DecisionMissing));
    later.date = day("2024-06-20");
    assert_eq!(ask(&contracts, &[approved.clone(), later.clone()]), Err(Rule::DecisionMissing));
    later.date = day("2024-07-02");
    assert_eq!(ask(&contracts, &[approved, later]), Ok(()));
}

#[test]
fn a_grant_holds_on_its_days_for_its_dataset_until_withdrawn() {
    let user = user("pharma-1", "age1x");
    let track = Track::Pseudonymised;
    let (contracts, decisions) = ([contract(&user, track)], [decision(&user, track)]);
    let approved = |on: &str| {
        let now = noon(on);
        approve::<Pseudonymised>(&user.id, &project(), &contracts, &decisions, now).unwrap()
    };
    let (this, other) = (DatasetId::parse("p-1").unwrap(), DatasetId::parse("p-2").unwrap());
    let decision = Digest::from_bytes([5; 32]);
    let beyond = contracts[0].until.plus(1);
    let refused = approved("2024-07-01").permission(this.clone(), Some(beyond), decision);
    let refused = refused.unwrap_err();
    assert_eq!(refused.rule, Rule::ContractMissing);
    assert!(
        refused.to_string().ends_with("until 2025-05-31, and no grant outlasts it"),
        "{refused}"
    );
    let until = Some(day("2024-07-31"));
    let permission = approved("2024-07-01").permission(this.clone(), until, decision).unwrap();
    assert_eq!((permission.from, permission.until), (day("2024-07-01"), day("2024-07-31")));
    let grants = [Granted { entry: 7, permission, withdrawn: None }];
    let ask = |on: &str, grants: &[Granted], dataset: &DatasetId| {
        approved(on).granted(grants, dataset).map(|grant| grant.entry()).map_err(|no| no.rule)
    };
    for (on, dataset, expected) in [
        ("2024-07-01", &this, Ok(7)),
        ("2024-07-31", &this, Ok(7)),
        ("2024-08-01", &this, Err(Rule::DecisionMissing)),
        ("2024-06-30", &this, Err(Rule::DecisionMissing)),
        ("2024-07-01", &other, Err(Rule::DecisionMissing)),
    ] {
        assert_eq!(ask(on, &grants, dataset), expected, "{on} {dataset}");
    }
    let withdrawn = [Granted { withdrawn: Some(9), ..grants[0].clone() }];
    assert_eq!(ask("2024-07-01", &withdrawn, &this), Err(Rule::DecisionMissing));
    assert_eq!(ask("2024-07-01", &[], &this), Err(Rule::DecisionMissing));
    let why = |on: &str, grants: &[Granted]| {
        approved(on).granted(grants, &this).map(|_| ()).unwrap_err().to_string()
    };
    let holds = "contract and review decision are in force, but";
    let ended = "the grant of entry 7 ended on 2024-07-31, begun on 2024-07-01";
    assert_eq!(why("2024-08-01", &grants), ended);
    assert_eq!(
        why("2024-07-01", &withdrawn),
        format!("{holds} the grant of entry 7 was withdrawn by entry 9")
    );
    assert_eq!(
        why("2024-07-01", &[]),
        format!("{holds} no grant of `p-1` to `pharma-1` is recorded")
    );
}

#[test]
fn a_contract_for_the_other_track_is_none() {
    let user = user("univ-1", "age1x");
    let now = noon("2024-07-01");
    assert!(contracted(&user, &[contract(&user, Track::Anonymised)], now).is_ok());
    let other = contracted(&user, &[contract(&user, Track::Pseudonymised)], now);
    assert_eq!(other.unwrap_err().rule, Rule::ContractMissing);
}
