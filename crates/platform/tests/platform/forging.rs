//! What somebody forges who lacks one key, or who has made a whole home of their own.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sudare_deident::certificate::{CERTIFICATE, pre_authentication};
use sudare_ledger::Signer;
use sudare_platform::act::{self, Pin};
use sudare_platform::answer::Trust;
use sudare_platform::progress::Quiet;
use sudare_platform::{ActError, Clock};
use sudare_store::keys::SiteKeys;

use crate::region::{Region, copy};

/// What was said of a fault: the message and its causes.
fn said(error: &ActError) -> String {
    format!("{error}; {}", error.causes().join("; "))
}

/// Changes the statement of a certificate and signs it anew with the site's key for certificates.
fn reseal(home: &Path, release: &Path, change: impl Fn(&mut Value)) {
    let file = release.join(CERTIFICATE);
    let mut envelope: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let mut statement: Value = serde_json::from_slice(&payload).unwrap();
    change(&mut statement);
    let typed: sudare_deident::certificate::Statement = serde_json::from_value(statement).unwrap();
    let payload = serde_json::to_vec(&typed).unwrap();
    let keys = SiteKeys::open(home).unwrap();
    let signer =
        Signer::from_seed("sudare.site.certificate", keys.certificate_seed().unwrap()).unwrap();
    let signature = signer.sign(&pre_authentication(&payload)).unwrap();
    envelope["payload"] = json!(STANDARD.encode(&payload));
    envelope["signatures"][0]["sig"] = json!(STANDARD.encode(signature));
    let typed: sudare_deident::certificate::Envelope = serde_json::from_value(envelope).unwrap();
    let mut bytes = serde_json::to_vec_pretty(&typed).unwrap();
    bytes.push(b'\n');
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_certificate_that_says_otherwise_than_its_entry_is_named() {
    let region = Region::new();
    let spec = region.spec("cohort", "anonymised");
    let path =
        act::build(&mut region.open(&region.home()), &spec, false, None, &Quiet).unwrap().path;
    let whole = fs::read(path.join(CERTIFICATE)).unwrap();
    let zeros = "0".repeat(64);
    let cases: [(&str, Value, &str); 8] = [
        ("/predicate/project", json!("p1"), "of the project the certificate says p1"),
        ("/predicate/register/epoch", json!(0), "of the register epoch the certificate says 0"),
        ("/predicate/specification/sha256", json!(zeros), "of the specification"),
        ("/predicate/dataset", json!("other"), "of the dataset the certificate says other"),
        ("/predicate/risk/suppressed", json!(1_000_000), "of the number of persons suppressed"),
        ("/predicate/risk/k_measured", json!(1_000), "the certificate says 1000"),
        ("/predicate/article", json!("Act Art. 57"), "article"),
        ("/predicate/outputs/sha256", json!(zeros), "list of files"),
    ];
    for (pointer, value, expected) in cases {
        reseal(&region.home(), &path, |statement| {
            *statement.pointer_mut(pointer).unwrap() = value.clone();
        });
        let fault = said(&act::verify(&path, Pin::default()).unwrap_err());
        assert!(fault.contains(expected), "{pointer}: {fault}");
        fs::write(path.join(CERTIFICATE), &whole).unwrap();
    }
    reseal(&region.home(), &path, |_| {});
    assert!(act::verify(&path, Pin::default()).is_ok(), "the forger's tools work");
}

#[test]
fn a_home_made_whole_by_a_forger_is_consistent_and_no_more() {
    let region = Region::new();
    let spec = region.spec("cohort", "anonymised");
    let path =
        act::build(&mut region.open(&region.home()), &spec, false, None, &Quiet).unwrap().path;
    let producer = region.folder.path().join("producer");
    let published = act::init(&producer, &Clock::demo_day()).unwrap().fingerprint;
    let producers = producer.join("ledger/verifier.key");
    let own = region.home().join("ledger/verifier.key");
    for forged in [path.clone(), region.home().join("ledger")] {
        let alone = act::verify(&forged, Pin::default()).unwrap();
        assert_eq!((alone.trust, alone.keys.names.len()), (Trust::Found, 2));
        let pinned = Pin { fingerprint: Some(&alone.keys.fingerprint), ..Pin::default() };
        assert_eq!(act::verify(&forged, pinned).unwrap().trust, Trust::Pinned);
        let pinned = Pin { key: Some(&own), fingerprint: None };
        assert_eq!(act::verify(&forged, pinned).unwrap().trust, Trust::Pinned);
        for key in [None, Some(own.as_path())] {
            let fault = act::verify(&forged, Pin { key, fingerprint: Some(&published) });
            let fault = said(&fault.unwrap_err());
            assert!(fault.contains(&published) && fault.contains("is pinned"), "{fault}");
        }
        let fault = act::verify(&forged, Pin { key: Some(&producers), fingerprint: None });
        let fault = said(&fault.unwrap_err());
        assert!(fault.contains(&published) && fault.contains("sign"), "{fault}");
    }
    let elsewhere = region.folder.path().join("elsewhere/a/b");
    copy(&path, &elsewhere);
    for fingerprint in [None, Some(published.as_str())] {
        let asked = act::verify(&elsewhere, Pin { key: None, fingerprint });
        assert!(matches!(asked, Err(ActError::Usage(_))), "no key lies beside it");
    }
}

#[test]
fn other_keys_beside_a_ledger_are_found_by_whoever_brings_the_right_ones() {
    let region = Region::registered();
    let ledger = region.home().join("ledger");
    let (beside, brought) = (ledger.join("verifier.key"), region.folder.path().join("keys"));
    fs::copy(&beside, &brought).unwrap();
    let pin = Pin { key: Some(&brought), fingerprint: None };
    act::verify(&ledger, pin).unwrap();
    // One key of two is enough for a ledger.
    let text = fs::read_to_string(&beside).unwrap();
    fs::write(&brought, format!("{}\n", text.lines().next().unwrap())).unwrap();
    act::verify(&ledger, pin).unwrap();
    fs::write(&brought, &text).unwrap();
    fs::write(&beside, text.replacen("site", "sitf", 1)).unwrap();
    let fault = said(&act::verify(&ledger, pin).unwrap_err());
    assert!(fault.contains("does not hold these keys"), "{fault}");
    fs::write(&brought, "").unwrap();
    assert!(matches!(act::verify(&ledger, pin), Err(ActError::Usage(_))));
}
