//! What a specification names and only the register knows: its project and its recipient.

use sudare_consent::document::Document;
use sudare_deident::Spec;
use sudare_deident::spec::{Registered, SpecError};
use sudare_model::{ProjectId, UserId};

/// Whether the register in force knows the project, and the recipient as one of its users.
///
/// # Errors
/// [`SpecError`] with the line of the key whose value the register does not have.
pub(super) fn in_register(spec: &Spec, document: &Document) -> Result<(), SpecError> {
    let of = pairs(document);
    if !of.iter().any(|(_, project)| **project == spec.project) {
        let why = format!(
            "no contract and no decision in the register in force names `{}`",
            spec.project
        );
        return Err(spec.unknown(Registered::Project, why));
    }
    let Some(recipient) = &spec.recipient else { return Ok(()) };
    if document.user(recipient).is_none() {
        let why = format!("the register in force has no user `{recipient}`");
        return Err(spec.unknown(Registered::Recipient, why));
    }
    if !of.contains(&(recipient, &spec.project)) {
        let why = format!(
            "no contract and no decision in the register in force gives `{recipient}` the project \
             `{}`",
            spec.project
        );
        return Err(spec.unknown(Registered::Recipient, why));
    }
    Ok(())
}

/// Users and their projects, in contracts and in decisions of the review.
fn pairs(document: &Document) -> Vec<(&UserId, &ProjectId)> {
    let contracts = document.contracts().iter().map(|one| (&one.user, &one.project));
    let decisions = document.decisions().iter().map(|one| (&one.user, &one.project));
    contracts.chain(decisions).collect()
}
