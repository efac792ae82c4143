//! Handing over: the entry, the package, and what stops it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use sudare_ledger::level::{Deliver, Released, Withdraw, WithdrawGrant};
use sudare_ledger::record::{Cause, GrantWithdrawal, Scope, Withdrawal};
use sudare_ledger::{Dataset, Parameters};
use sudare_model::{DataItem, Digest, Rule, Track};
use sudare_provision::{
    DeliverError, Delivery, Grant, Handover, PackageError, PackageFile, UserRecord, approve,
    certify, contracted, deliver,
};

use crate::site::{Site, certificate, contract, decision, noon, project, site, user};

const FILES: [(&str, &str); 3] =
    [("person.parquet", "PAR1"), ("certificate.json", "{}"), ("tables/visit.csv", "a,b\n")];

fn file<'f>(path: &'static str, said: u64, bytes: &'static str) -> PackageFile<'f> {
    let open = move || Ok(Box::new(Cursor::new(bytes)) as Box<dyn Read>);
    PackageFile { path: path.to_owned(), size: said, open: Box::new(open) }
}

fn files<'f>() -> Vec<PackageFile<'f>> {
    FILES.iter().map(|(path, text)| file(path, text.len() as u64, text)).collect()
}

fn handover(files: Vec<PackageFile<'static>>) -> Handover<'static> {
    Handover { files, items: vec![DataItem::Visits], salt: b"salt", last_look: &|| Ok(()) }
}

/// Grants a dataset on record, and gives the evidence.
fn granted<L: Released>(site: &Site, what: &Dataset<L>, user: &UserRecord) -> Grant<L> {
    let (contracts, decisions) = ([contract(user, L::TRACK)], [decision(user, L::TRACK)]);
    let now = noon("2024-07-01");
    let approved = || approve::<L>(&user.id, &project(), &contracts, &decisions, now).unwrap();
    let digest = Digest::from_bytes([5; 32]);
    let permission = approved().permission(what.id().clone(), None, digest).unwrap();
    let pen = site.ledger.scribe::<sudare_ledger::level::Grant>();
    let open = pen.begin_act(Parameters::new(), now).unwrap();
    let entry = pen.complete(open, permission, now).unwrap();
    let grant = approved().granted(&site.ledger.grants(), what.id()).unwrap();
    assert_eq!(grant.entry(), entry);
    grant
}

fn send(
    site: &Site,
    user: &UserRecord,
    files: Vec<PackageFile<'static>>,
    out: &mut Vec<u8>,
) -> Result<Delivery, DeliverError> {
    let now = noon("2024-07-01");
    let certified = certify(user, Some(&certificate(user)), now).unwrap();
    let pen = site.ledger.scribe::<Deliver>();
    let what = &site.pseudonymised;
    deliver(certified, what, granted(site, what, user), handover(files), &pen, out, now)
}

fn unpack(package: &[u8], key: &age::x25519::Identity) -> BTreeMap<String, String> {
    let decryptor = age::Decryptor::new(package).unwrap();
    let plain = decryptor.decrypt(std::iter::once(key as &dyn age::Identity)).unwrap();
    let mut archive = tar::Archive::new(plain);
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!(
            (entry.header().uid().unwrap(), entry.header().mtime().unwrap()),
            (0, 315_532_800)
        );
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        found.insert(entry.path().unwrap().to_string_lossy().into_owned(), text);
    }
    found
}

#[test]
fn a_delivery_is_on_record_and_opens_for_its_recipient_alone() {
    let site = site();
    let key = age::x25519::Identity::generate();
    let user = user("pharma-1", &key.to_public().to_string());
    let mut out = Vec::new();
    let delivery = send(&site, &user, files(), &mut out).unwrap();
    assert_eq!(delivery.packed.bytes, out.len() as u64);
    assert_eq!(delivery.packed.files, 3);
    let found = unpack(&out, &key);
    for (path, text) in FILES {
        assert_eq!(found.get(&format!("p-1/{path}")).map(String::as_str), Some(text));
    }
    let other = age::x25519::Identity::generate();
    let decryptor = age::Decryptor::new(&out[..]).unwrap();
    assert!(decryptor.decrypt(std::iter::once(&other as &dyn age::Identity)).is_err());
    let entry = String::from_utf8(site.ledger.entry(delivery.entry).unwrap()).unwrap();
    assert!(entry.contains(&delivery.packed.package.to_string()) && entry.contains("pharma-1"));
    assert!(!entry.contains("製薬") && !entry.contains("大阪"));
    assert!(site.ledger.unfinished().is_empty());
    // The same release again: the same archive, another package.
    let mut again = Vec::new();
    let second = send(&site, &user, files(), &mut again).unwrap();
    assert_eq!(second.packed.archive, delivery.packed.archive);
    assert_ne!(second.packed.package, delivery.packed.package);
}

#[test]
fn anonymised_data_goes_to_a_contracted_user() {
    let site = site();
    let key = age::x25519::Identity::generate();
    let user = user("univ-1", &key.to_public().to_string());
    let now = noon("2024-07-01");
    let contracts = [contract(&user, Track::Anonymised)];
    let to = contracted(&user, &contracts, now).unwrap();
    let grant = granted(&site, &site.anonymised, &user);
    let entry = grant.entry();
    let pen = site.ledger.scribe::<Deliver>();
    let mut out = Vec::new();
    let given = handover(files());
    let delivery = deliver(to, &site.anonymised, grant, given, &pen, &mut out, now).unwrap();
    assert!(delivery.entry > entry);
    assert_eq!(unpack(&out, &key).len(), 3);
}

#[test]
fn what_does_not_hold_any_more_is_refused_at_the_door() {
    let site = site();
    let key = age::x25519::Identity::generate();
    let user = user("pharma-1", &key.to_public().to_string());
    let pen = site.ledger.scribe::<Deliver>();
    let what = &site.pseudonymised;
    let (early, late) = (noon("2024-07-01"), noon("2025-06-01"));
    let certified = |user: &UserRecord| certify(user, Some(&certificate(user)), early).unwrap();
    let grants = [(); 3].map(|()| granted(&site, what, &user));
    let entries = site.ledger.size();
    let [one, other, last] = grants;
    let ask = |to, grant, now| {
        let refused = deliver(to, what, grant, handover(files()), &pen, std::io::sink(), now);
        refused.unwrap_err().rule()
    };
    assert_eq!(ask(certified(&user), one, late), Some(Rule::RecipientNotCertified));
    // Evidence of one user and the grant of another do not add up.
    let stranger = crate::site::user("pharma-2", &key.to_public().to_string());
    assert_eq!(ask(certified(&stranger), other, early), Some(Rule::DecisionMissing));
    assert_eq!(site.ledger.size(), entries, "nothing was written");
    // A grant that was withdrawn after its evidence was made: the ledger refuses.
    let end = site.ledger.scribe::<WithdrawGrant>();
    let open = end.begin_act(Parameters::new(), early).unwrap();
    end.complete(open, GrantWithdrawal { grant: last.entry() }, early).unwrap();
    assert_eq!(ask(certified(&user), last, early), Some(Rule::DecisionMissing));
}

#[test]
fn a_withdrawal_since_stops_the_delivery() {
    let site = site();
    let key = age::x25519::Identity::generate();
    let user = user("pharma-1", &key.to_public().to_string());
    let now = noon("2024-07-01");
    let pen = site.ledger.scribe::<Withdraw>();
    let open = pen.begin_act(Parameters::new(), now).unwrap();
    let withdrawal = Withdrawal {
        cause: Cause::StopRequest,
        scope: Scope::Persons,
        datasets: vec![site.pseudonymised.id().clone()],
        requests: 1,
        commitment: Digest::from_bytes([6; 32]),
    };
    pen.complete(open, withdrawal, now).unwrap();
    let mut out = Vec::new();
    let refused = send(&site, &user, files(), &mut out).unwrap_err();
    assert_eq!(refused.rule(), Some(Rule::WithdrawnSince));
    assert!(out.is_empty());
}

#[test]
fn a_package_that_cannot_be_made_is_abandoned_on_record() {
    let site = site();
    let key = age::x25519::Identity::generate();
    let good = user("pharma-1", &key.to_public().to_string());
    let bad = user("pharma-1", "age1notakey");
    let mut out = Vec::new();
    let refused = send(&site, &bad, files(), &mut out).unwrap_err();
    assert!(matches!(refused, DeliverError::Package(PackageError::Recipient)));
    for (path, said, bytes) in [
        ("../x", 1, "x"),
        ("/etc/x", 1, "x"),
        ("a//b", 1, "x"),
        ("grown", 1, "xy"),
        ("cut", 3, "xy"),
    ] {
        let mut out = Vec::new();
        let refused = send(&site, &good, vec![file(path, said, bytes)], &mut out).unwrap_err();
        let named = match refused {
            DeliverError::Package(PackageError::Path { path } | PackageError::Changed { path }) => {
                path
            }
            other => panic!("{other}"),
        };
        assert_eq!(named, path);
    }
    let twice = vec![file("x", 1, "x"), file("x", 1, "x")];
    assert!(send(&site, &good, twice, &mut Vec::new()).is_err());
    assert!(site.ledger.unfinished().is_empty());
}

#[test]
fn what_comes_in_while_a_package_is_made_stops_its_delivery() {
    let site = site();
    let key = age::x25519::Identity::generate();
    let user = user("pharma-1", &key.to_public().to_string());
    let now = noon("2024-07-01");
    let withdraw = || {
        let pen = site.ledger.scribe::<Withdraw>();
        let open = pen.begin_act(Parameters::new(), now).map_err(std::io::Error::other)?;
        let record = Withdrawal {
            cause: Cause::StopRequest,
            scope: Scope::Persons,
            datasets: vec![site.pseudonymised.id().clone()],
            requests: 1,
            commitment: Digest::from_bytes([1; 32]),
        };
        pen.complete(open, record, now).map(drop).map_err(std::io::Error::other)
    };
    let unreadable = || Err(std::io::Error::other("unreadable"));
    let what = &site.pseudonymised;
    let deliver_with = |last_look: &dyn Fn() -> std::io::Result<()>| {
        let certified = certify(&user, Some(&certificate(&user)), now).unwrap();
        let pen = site.ledger.scribe::<Deliver>();
        let items = vec![DataItem::Visits];
        let handover = Handover { files: files(), items, salt: b"salt", last_look };
        deliver(certified, what, granted(&site, what, &user), handover, &pen, Vec::new(), now)
    };
    let refused = deliver_with(&unreadable).unwrap_err();
    assert!(matches!(refused, DeliverError::LastLook(_)) && refused.rule().is_none());
    assert!(site.ledger.unfinished().is_empty());
    let refused = deliver_with(&withdraw).unwrap_err();
    assert_eq!(refused.rule(), Some(Rule::WithdrawnSince));
    assert_eq!(site.ledger.stop_requests(), 1);
}
