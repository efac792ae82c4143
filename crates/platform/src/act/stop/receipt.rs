//! The receipt of a stop request (Act Art. 53(1)): kept sealed, opened to be handed over.

use std::path::PathBuf;

use sudare_consent::receipt::{Form, Language, Receipt, ReceiptFields};
use sudare_consent::stop::{Requester, StopInForce};
use sudare_identity::{Revealing, SourcePatientId};
use sudare_store::control::StopRequest;
use sudare_store::files;

use super::force::listed;
use super::request_name;
use crate::answer::StopReceipt;
use crate::error::{ActError, Doing as _};
use crate::site::{self, Desk};

/// Longest receipt, both languages.
const RECEIPT_BYTES_MAX: u64 = 1 << 20;

/// Which stop request is meant.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// That of this number in the register.
    Number(u64),
    /// That of this name, which it has before it has a number.
    Request(&'a str),
}

/// Opens the receipt of a stop request, to be handed over. Waits for nobody.
///
/// # Errors
/// [`ActError::Usage`] if there is no such request; [`ActError::Failed`] if its receipt cannot be opened: requests
/// that came with a register were answered by their provider.
pub fn stop_receipt(desk: &Desk, which: Which<'_>) -> Result<StopReceipt, ActError> {
    let found = |row: &StopRequest| match which {
        Which::Number(number) => u64::try_from(row.sequence) == Ok(number),
        Which::Request(name) => request_name(row) == name,
    };
    let letters = desk.letterbox.letters().doing("reading the letterbox")?;
    let stored = listed(&desk.runtime, &desk.control, None)?.into_iter().find(|row| found(row));
    let waiting = letters.into_iter().find(|row| matches!(which, Which::Request(_)) && found(row));
    let place = match which {
        Which::Number(_) => "--number",
        Which::Request(_) => "--request",
    };
    let row = stored.as_ref().or(waiting.as_ref());
    let row = row.ok_or_else(|| ActError::usage(place, "there is no such stop request"))?;
    if !self::place(desk, row).0.exists() {
        let help = "came with a register or a list, for which no receipt is made here; `stop add` \
                    makes one";
        return Err(ActError::usage(place, help));
    }
    let text = open(desk, row)?;
    if stored.is_some() {
        let noted = desk.runtime.block_on(desk.control.deliver_receipt(&row.id));
        noted.doing("noting the receipt")?;
    } else {
        // Whoever puts the request in force notes it then.
        let handed = StopRequest { receipt_delivered: true, ..row.clone() };
        desk.letterbox.put(&handed).doing("noting the receipt")?;
    }
    let sequence = stored.and_then(|row| u64::try_from(row.sequence).ok());
    Ok(StopReceipt { sequence, text })
}

fn open(desk: &Desk, row: &StopRequest) -> Result<String, ActError> {
    let (path, owner) = place(desk, row);
    let doing = "opening the receipt";
    let sealed = files::read_bytes(&path, RECEIPT_BYTES_MAX).doing(doing)?;
    let key = desk.keys.data_key(&owner).doing(doing)?;
    let bytes = key.open_bytes(&owner, &sealed).doing(doing)?;
    String::from_utf8(bytes).doing(doing)
}

/// Where a receipt lies, and whose key seals it.
fn place(desk: &Desk, row: &StopRequest) -> (PathBuf, String) {
    let name = request_name(row);
    (desk.home.join("receipts").join(format!("{name}.age")), format!("receipt/{name}"))
}

/// Writes the receipt and keeps a sealed copy for three years (R-OPT-05); gives its place. It names the patient by
/// number, so whoever hands it over opens it there.
pub(super) fn keep(
    desk: &Desk,
    row: &StopRequest,
    stop: &StopInForce,
    provider: String,
    patient: &SourcePatientId,
) -> Result<PathBuf, ActError> {
    let receipt = Receipt::new(ReceiptFields {
        provider,
        requester: Revealing::new(Requester::japanese(stop.requester).to_owned()),
        identification: patient.number().clone(),
        relation: stop.requester,
        tracks: stop.tracks,
        received: row.received,
        stopped: row.received,
        delivered: row.received,
        form: Form::Paper,
    })
    .doing("writing the receipt")?;
    site::folder(&desk.home.join("receipts"))?;
    let (path, owner) = place(desk, row);
    let key = match desk.keys.data_key(&owner) {
        Ok(key) => key,
        Err(_) => desk.keys.create_data_key(&owner).doing("making a key for the receipt")?,
    };
    let texts = [Language::Japanese, Language::English].map(|language| receipt.text(language));
    let pieces = texts.iter().map(|text| text.reveal().as_bytes());
    let sealed = key.seal_bytes(&owner, pieces).doing("sealing the receipt")?;
    files::write_atomically(&path, &sealed).doing("keeping the receipt")?;
    Ok(path)
}
