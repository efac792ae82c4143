//! Linking goes on from the last linkage: the ledger is told of what came since.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sudare_deident::certificate::{CERTIFICATE, Envelope, Statement};
use sudare_ledger::Verifier;
use sudare_ledger::ledger::read_book;
use sudare_model::DatasetId;
use sudare_platform::act::{self, Pin};
use sudare_platform::progress::Quiet;
use sudare_platform::{Clock, Site};
use sudare_store::log_files::LogFiles;

use crate::region::Region;

/// What the ledger says a linked dataset was made from.
fn inputs(home: &Path, linked: &str) -> Vec<String> {
    let folder = home.join("ledger");
    let keys = fs::read_to_string(folder.join("verifier.key")).unwrap();
    let verifier = Verifier::parse(keys.lines().next().unwrap()).unwrap();
    let book = read_book(&LogFiles::new(&folder), &verifier).unwrap();
    let holding = book.holding(&DatasetId::parse(linked).unwrap()).unwrap();
    holding.inputs.iter().map(ToString::to_string).collect()
}

/// The datasets that a certificate says were read.
fn certified_inputs(release: &Path) -> Vec<String> {
    let bytes = fs::read(release.join(CERTIFICATE)).unwrap();
    let envelope: Envelope = serde_json::from_slice(&bytes).unwrap();
    let payload = STANDARD.decode(envelope.payload).unwrap();
    let statement: Statement = serde_json::from_slice(&payload).unwrap();
    statement.predicate.inputs.into_iter().map(|input| input.name).collect()
}

#[test]
fn a_link_names_the_former_one_and_what_came_since() {
    let region = Region::empty();
    let mut site = Site::open(&region.home(), Clock::demo_day()).unwrap();
    act::register_apply(&mut site, &region.synth.register).unwrap();
    let mut last: Option<(String, u64)> = None;
    for (provider, folder) in &region.synth.deliveries {
        act::receive(&mut site, provider, std::slice::from_ref(folder), &Quiet).unwrap();
        let linked = act::link(&mut site, &Quiet).unwrap();
        assert!(!linked.unchanged);
        assert!(act::link(&mut site, &Quiet).unwrap().unchanged);
        if let Some((former, subjects)) = last.take() {
            let inputs = inputs(&region.home(), &linked.dataset);
            assert_eq!((inputs.len(), &inputs[0]), (2, &former));
            assert!(linked.subjects > subjects, "what was linked before is still in it");
        }
        last = Some((linked.dataset, linked.subjects));
    }
    // A dataset names, and is made of, every delivery behind the chain.
    let spec = region.spec("cohort", "pseudonymised");
    let built = act::build(&mut site, &spec, false, None, &Quiet).unwrap();
    let told = certified_inputs(&built.path);
    assert_eq!(told.len(), 1 + region.synth.deliveries.len(), "{told:?}");
    assert!(told.iter().filter(|name| name.starts_with("c-")).count() + 1 == told.len());
    assert_eq!(built.persons["out"], {
        let whole = Region::new();
        let spec = whole.spec("cohort", "pseudonymised");
        let mut site = whole.open(&whole.home());
        act::build(&mut site, &spec, false, None, &Quiet).unwrap().persons["out"]
    });
    assert!(act::verify(&built.path, Pin::default()).is_ok());
    assert!(act::verify(&region.home().join("ledger"), Pin::default()).is_ok());
}
