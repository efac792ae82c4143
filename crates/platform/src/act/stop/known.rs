//! What a site knows of a provider and of a patient when a stop request is made.

use arrow::array::{Array as _, FixedSizeBinaryArray};
use sudare_identity::table::IDENTITY;
use sudare_model::{ProviderId, SubjectKey};
use sudare_store::vault::{Shelf, Vault, VaultError};

use crate::error::{ActError, Doing as _};
use crate::site::Desk;

/// The name of a provider as the newest state of the register that knew it gives it; `None` if none ever did. Nobody
/// delivers who was never in the register.
pub(super) fn provider(desk: &Desk, id: &ProviderId) -> Result<Option<String>, ActError> {
    let mut find = |document: &str| name_in(document, id.as_str());
    let found = desk.runtime.block_on(desk.control.find_in_documents(&mut find));
    found.doing("looking for the provider")
}

/// Read without the rules of today: what an earlier state says holds also where it would no longer be accepted.
fn name_in(document: &str, id: &str) -> Option<String> {
    let table: toml::Table = document.parse().ok()?;
    let mut providers = table.get("provider")?.as_array()?.iter();
    let found = providers.find(|one| one.get("id").and_then(toml::Value::as_str) == Some(id))?;
    let name = found.get("name").and_then(toml::Value::as_str).unwrap_or(id);
    Some(name.to_owned())
}

/// Whether anything of a patient was ever received and is still here: whether any delivery's identities name them.
/// Reads one column of each and needs no lock.
pub(super) fn patient(desk: &Desk, subject: SubjectKey) -> Result<bool, ActError> {
    let doing = "looking for the patient";
    let vault = Vault::look(&desk.home, desk.keys.clone()).doing(doing)?;
    for dataset in vault.datasets(Shelf::Identity).doing(doing)? {
        let table = match desk.runtime.block_on(vault.table(Shelf::Identity, &dataset, IDENTITY)) {
            // Nobody was admitted.
            Err(VaultError::Absent { .. }) => continue,
            table => table.doing(doing)?,
        };
        for batch in vault.read_column(&table, "subject") {
            let batch = batch.doing(doing)?;
            let column = batch.column_by_name("subject");
            let column = column.and_then(|one| one.as_any().downcast_ref::<FixedSizeBinaryArray>());
            let mut subjects = column.into_iter().flat_map(FixedSizeBinaryArray::iter).flatten();
            if subjects.any(|one| one == subject.as_bytes()) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_found_in_a_state_that_no_longer_reads_as_a_register() {
        let old = "format = \"sudare-register-0\"\n[[provider]]\nid = \"h1\"\nname = \"一\"\n[[provider]]\nid = \"h2\"\n";
        assert_eq!(name_in(old, "h1").as_deref(), Some("一"));
        assert_eq!(name_in(old, "h2").as_deref(), Some("h2"));
        assert_eq!(name_in(old, "h"), None);
        assert_eq!(name_in("", "h1"), None);
    }
}
