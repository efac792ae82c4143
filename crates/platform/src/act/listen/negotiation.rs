//! Whether an association is taken, and which of the contexts it proposes (PS3.8 section 9.3, PS3.7 annex D).

use dicom_ul::pdu::{
    AssociationAC, AssociationRJ, AssociationRJResult, AssociationRJServiceProviderASCEReason,
    AssociationRJServiceProviderPresentationReason, AssociationRJServiceUserReason,
    AssociationRJSource, AssociationRQ, PresentationContextProposed, PresentationContextResult,
    PresentationContextResultReason as Reason, UserVariableItem,
};
use sudare_intake::dimse::{
    IMPLEMENTATION_CLASS, IMPLEMENTATION_VERSION, STORAGE, TRANSFER_SYNTAX, Uid, VERIFICATION,
};

use super::wire::PDU_BYTES_MAX;

/// The one application context of DICOM.
const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";
/// Transfer syntaxes that leave the pixels elsewhere (JPIP), are streams (SMPTE ST 2110) or no data sets at all.
const ELSEWHERE: [&str; 6] = ["4.94", "4.95", "4.204", "4.205", "6.", "7."];

/// Who listens and whom it listens to.
#[derive(Debug)]
pub(super) struct House<'a> {
    pub(super) ae_title: &'a str,
    /// Who may call; anybody where it is empty.
    pub(super) calling: &'a [String],
    /// Whether there is no room for another association.
    pub(super) full: bool,
}

/// A context that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) id: u8,
    /// The SOP class of its objects; none for C-ECHO.
    pub(super) class: Option<Uid>,
    pub(super) syntax: Uid,
}

/// Takes an association or says why not.
pub(super) fn negotiate(
    request: &AssociationRQ,
    house: &House<'_>,
) -> Result<(AssociationAC, Vec<Context>), AssociationRJ> {
    use AssociationRJServiceUserReason as User;
    if request.protocol_version & 1 == 0 {
        let reason = AssociationRJServiceProviderASCEReason::ProtocolVersionNotSupported;
        return Err(permanent(AssociationRJSource::ServiceProviderASCE(reason)));
    }
    let user = |reason| permanent(AssociationRJSource::ServiceUser(reason));
    if unpadded(&request.application_context_name) != APPLICATION_CONTEXT {
        return Err(user(User::ApplicationContextNameNotSupported));
    }
    if unpadded(&request.called_ae_title) != house.ae_title {
        return Err(user(User::CalledAETitleNotRecognized));
    }
    let caller = unpadded(&request.calling_ae_title);
    if !house.calling.is_empty() && !house.calling.iter().any(|known| known == caller) {
        return Err(user(User::CallingAETitleNotRecognized));
    }
    if house.full {
        let reason = AssociationRJServiceProviderPresentationReason::LocalLimitExceeded;
        return Err(AssociationRJ {
            result: AssociationRJResult::Transient,
            source: AssociationRJSource::ServiceProviderPresentation(reason),
        });
    }
    let mut accepted: Vec<Context> = Vec::new();
    let answers = request.presentation_contexts.iter().map(|proposed| {
        let (reason, context) = consider(proposed, &accepted);
        let syntax = context.as_ref().map_or(TRANSFER_SYNTAX, |one| one.syntax.as_str());
        let transfer_syntax = syntax.to_owned();
        accepted.extend(context);
        PresentationContextResult { id: proposed.id, reason, transfer_syntax }
    });
    let answers = answers.collect();
    let answer = AssociationAC {
        protocol_version: 1,
        calling_ae_title: request.calling_ae_title.clone(),
        called_ae_title: request.called_ae_title.clone(),
        application_context_name: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: answers,
        user_variables: vec![
            UserVariableItem::MaxLength(PDU_BYTES_MAX),
            UserVariableItem::ImplementationClassUID(IMPLEMENTATION_CLASS.to_owned()),
            UserVariableItem::ImplementationVersionName(IMPLEMENTATION_VERSION.to_owned()),
        ],
    };
    Ok((answer, accepted))
}

const fn permanent(source: AssociationRJSource) -> AssociationRJ {
    AssociationRJ { result: AssociationRJResult::Permanent, source }
}

/// Text of a fixed width, without what fills it.
pub(super) fn unpadded(text: &str) -> &str {
    text.trim_matches([' ', '\0'])
}

fn consider(
    proposed: &PresentationContextProposed,
    accepted: &[Context],
) -> (Reason, Option<Context>) {
    let id = proposed.id;
    if id.is_multiple_of(2) || accepted.iter().any(|one| one.id == id) {
        return (Reason::NoReason, None);
    }
    let Some(class) = Uid::parse(proposed.abstract_syntax.as_bytes()) else {
        return (Reason::AbstractSyntaxNotSupported, None);
    };
    let class = match class.as_str() {
        VERIFICATION => None,
        text if text.starts_with(STORAGE) => Some(class),
        _ => return (Reason::AbstractSyntaxNotSupported, None),
    };
    // The first that is proposed: an object is kept as it comes, so there is none to prefer.
    let syntaxes = proposed.transfer_syntaxes.iter();
    let syntax = syntaxes.filter_map(|text| Uid::parse(text.as_bytes())).find(is_kept);
    match syntax {
        Some(syntax) => (Reason::Acceptance, Some(Context { id, class, syntax })),
        None => (Reason::TransferSyntaxesNotSupported, None),
    }
}

/// Whether objects in this transfer syntax are kept: the standard's own, with their pixels.
fn is_kept(syntax: &Uid) -> bool {
    match syntax.as_str().strip_prefix(TRANSFER_SYNTAX) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('.').is_some_and(|rest| {
            !ELSEWHERE.iter().any(|one| rest == *one || one.ends_with('.') && rest.starts_with(one))
        }),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
    const EXPLICIT: &str = "1.2.840.10008.1.2.1";

    fn request(contexts: &[(u8, &str, &[&str])]) -> AssociationRQ {
        let context = |(id, class, syntaxes): &(u8, &str, &[&str])| PresentationContextProposed {
            id: *id,
            abstract_syntax: (*class).to_owned(),
            transfer_syntaxes: syntaxes.iter().map(|one| (*one).to_owned()).collect(),
        };
        AssociationRQ {
            protocol_version: 1,
            calling_ae_title: "CT1 ".to_owned(),
            called_ae_title: "SUDARE".to_owned(),
            application_context_name: APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: contexts.iter().map(context).collect(),
            user_variables: Vec::new(),
        }
    }

    fn house<'a>(calling: &'a [String], full: bool) -> House<'a> {
        House { ae_title: "SUDARE", calling, full }
    }

    #[test]
    fn storage_of_the_standard_is_accepted_and_private_is_not() {
        let request = request(&[
            (1, VERIFICATION, &[TRANSFER_SYNTAX]),
            (3, CT, &["1.2.840.113619.5.2", "1.2.840.10008.1.2.4.70\0", EXPLICIT]),
            (5, "1.2.840.10008.5.1.4.1.2.2.1", &[EXPLICIT]),
            (7, "1.3.12.2.1107.5.9.1", &[EXPLICIT]),
            (9, CT, &["1.2.840.113619.5.2", "1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.7.1"]),
            (10, CT, &[EXPLICIT]),
            (3, CT, &[EXPLICIT]),
        ]);
        let (answer, accepted) = negotiate(&request, &house(&[], false)).unwrap();
        let reasons: Vec<u8> =
            answer.presentation_contexts.iter().map(|one| one.reason.clone() as u8).collect();
        assert_eq!(reasons, [0, 0, 3, 3, 4, 2, 2]);
        let kept: Vec<_> = accepted.iter().map(|one| (one.id, one.class.is_some())).collect();
        assert_eq!(kept, [(1, false), (3, true)]);
        assert_eq!(accepted[1].syntax.as_str(), "1.2.840.10008.1.2.4.70");
    }

    #[test]
    fn who_calls_and_who_is_called_must_be_known() {
        let good = request(&[]);
        let known = ["CT1".to_owned()];
        assert!(negotiate(&good, &house(&known, false)).is_ok());
        let reason = |request: &AssociationRQ, calling: &[String], full| {
            negotiate(request, &house(calling, full)).unwrap_err().source.to_string()
        };
        let other = ["CT2".to_owned()];
        assert_eq!(reason(&good, &other, false), "calling AE title not recognized");
        assert_eq!(reason(&good, &known, true), "local limit exceeded");
        let called = AssociationRQ { called_ae_title: "OTHER".to_owned(), ..good.clone() };
        assert_eq!(reason(&called, &known, false), "called AE title not recognized");
        let version = AssociationRQ { protocol_version: 2, ..good.clone() };
        assert_eq!(reason(&version, &known, false), "protocol version not supported");
        let context = AssociationRQ { application_context_name: "1.2".to_owned(), ..good };
        let said = reason(&context, &known, false);
        assert_eq!(said, "application context name not supported");
    }
}
