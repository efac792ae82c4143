//! The files of a log of every size from 1 to 600.

use sudare_ledger::fsck::fsck;
use sudare_ledger::level::Check;
use sudare_ledger::record::Checked;
use sudare_ledger::storage::{MemoryStorage, ReadLog};
use sudare_ledger::tile::{bundle_path, tile_path, unbundled};
use sudare_ledger::{Ledger, Parameters};

use crate::thread::{NOW, digest, signer};

#[test]
fn tiles_and_bundles_lie_where_the_specification_says() {
    let storage = MemoryStorage::new();
    let ledger = Ledger::create(Box::new(storage.clone()), signer(), "0.1.0", NOW).unwrap();
    let pen = ledger.scribe::<Check>();
    for _ in 0..300 {
        look(&storage, ledger.size());
        let open = pen.begin_act(Parameters::new(), NOW).unwrap();
        look(&storage, ledger.size());
        pen.complete(open, Checked { dataset: None, fit: true, report: digest(1) }, NOW).unwrap();
    }
    look(&storage, ledger.size());
    assert_eq!(ledger.size(), 601);
    drop((pen, ledger));
    assert_eq!(Ledger::open(Box::new(storage), signer()).unwrap().size(), 601);
}

fn look(storage: &MemoryStorage, size: u64) {
    for number in 0..size.div_ceil(256) {
        let width = (size - 256 * number).min(256);
        let tile = storage.read(&tile_path(0, number, width)).unwrap().unwrap();
        assert_eq!(tile.len() as u64, 32 * width);
        let bundle = storage.read(&bundle_path(number, width)).unwrap().unwrap();
        assert_eq!(unbundled(&bundle).unwrap().len() as u64, width);
    }
    let above = size / 256;
    if above > 0 {
        let tile = storage.read(&tile_path(1, 0, above)).unwrap().unwrap();
        assert_eq!(tile.len() as u64, 32 * above);
    }
    assert_eq!(storage.read(&tile_path(1, 0, above + 1)).unwrap(), None);
    // A checkpoint, the full tiles with their bundles, and every width that the last ones had.
    let rest = size % 256;
    assert_eq!(storage.files().len() as u64, 1 + 2 * above + 2 * rest + above, "size {size}");
    if size.is_multiple_of(37) || rest < 3 {
        assert_eq!(fsck(storage, signer().verifier()).unwrap().size, size);
    }
}
