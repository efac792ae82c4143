//! How good a delivery is, beside those before it: `quality.json` of the answer.

use std::path::{Path, PathBuf};

use sudare_intake::quality::{Conformance, EARLIER_MAX, FORMAT, Measure, Quality};
use sudare_model::DeliveryId;
use sudare_store::files;

use super::Door;
use super::keeping::Kept;
use crate::answer::ReceiveAnswer;
use crate::error::{ActError, Doing as _};

/// Name of the file in the answer's folder.
const FILE: &str = "quality.json";
/// Larger files are not ours; thirteen tables of seven formats over a hundred years stay below.
const BYTES_MAX: u64 = 16 << 20;

/// What was measured of the delivery, beside the newest ones before.
pub(super) fn of(
    door: &Door<'_>,
    kept: &mut Kept,
    answer: &ReceiveAnswer,
) -> Result<Quality, ActError> {
    let findings = answer.brought.findings.iter();
    let findings = findings.map(|one| (one.severity.as_str(), one.code.as_str(), one.count));
    let conformance = Conformance::of(answer.brought.records, findings);
    let read = answer.brought.files.get("read").copied().unwrap_or_default();
    let amended = kept.replacing + door.arrived.screened_again;
    let measure = std::mem::replace(&mut kept.measure, Measure::new(door.received_on()?));
    let ids = (&door.provider, &door.delivery);
    let quality = Quality::new(ids, measure, conformance, amended * 2 > read);
    Ok(quality.beside(&earlier(door)))
}

/// The newest deliveries of the provider that were measured. One whose file is gone or cannot be read is passed over:
/// nothing but a comparison hangs on it.
fn earlier(door: &Door<'_>) -> Vec<Quality> {
    let folder = door.site.home.join("answers").join(door.provider.as_str());
    let read = |delivery: &DeliveryId| {
        let bytes =
            files::read_bytes(&folder.join(delivery.as_str()).join(FILE), BYTES_MAX).ok()?;
        let quality: Quality = serde_json::from_slice(&bytes).ok()?;
        (quality.format == FORMAT && quality.delivery == delivery.as_str()).then_some(quality)
    };
    let before = door.arrived.earlier.iter().rev().filter(|one| **one != door.delivery);
    before.filter_map(read).take(EARLIER_MAX).collect()
}

/// Writes the file and says where it is.
pub(super) fn write(folder: &Path, quality: &Quality) -> Result<PathBuf, ActError> {
    let doing = "writing the quality of the delivery";
    let path = folder.join(FILE);
    let json = serde_json::to_vec_pretty(quality).doing(doing)?;
    files::write_atomically(&path, &json).doing(doing)?;
    Ok(path)
}
