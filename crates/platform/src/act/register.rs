//! `register apply`: providers, notices, notifications, publications, per-person notices, stop requests, users.
//!
//! A register that contradicts itself changes nothing. People are stored by their subject keys alone; their patient
//! numbers live as long as the row that brings them.

use std::fmt::Display;
use std::path::Path;

use sudare_consent::document::{Document, Written};
use sudare_consent::notice::{Method, NoticeTo};
use sudare_consent::{GateBuilder, ProviderGate, RuleSet};
use sudare_ledger::Parameters;
use sudare_ledger::level::Register;
use sudare_ledger::record;
use sudare_model::time::Instant;
use sudare_model::{Digest, ProviderId, SubjectKey, Tracks};
use sudare_store::control::{Epoch, StopRequest};
use sudare_store::files::{self, FileError};
use sudare_store::keys::{Purpose, SiteKeys};

use crate::answer::{Counts, RegisterApplied};
use crate::error::{ActError, At as _, Doing as _, Problem};
use crate::site::Site;

mod lists;
mod warnings;

use lists::{Lists, Survey};

/// Longest register document; lists of people are files beside it.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// Site value that holds the digest of the register whose entry is durable.
const APPLIED: &str = "register.applied";

/// Applies a register file. The same register twice changes nothing.
///
/// Its lists are read twice, first to find what is wrong and then, row by row, into the store: a list is never whole
/// in memory, and one that changes between the two readings undoes the act.
///
/// # Errors
/// [`ActError::Usage`] with every contradiction, each with its line; [`ActError::Failed`] if the register cannot be
/// stored.
pub fn register_apply(site: &mut Site, file: &Path) -> Result<RegisterApplied, ActError> {
    let shown = file.display().to_string();
    let text = text_of(file, &shown)?;
    let rules = rules(site)?;
    let document =
        Document::read(&text, &rules).map_err(|refused| contradictions(&shown, &refused))?;
    no_notice_rewritten(site, &shown, &document)?;
    let lists = Lists { site, file, document: &document };
    let survey = lists.survey()?;
    let digest = survey.digest(site, &text);
    let applied =
        site.runtime.block_on(site.control.site(APPLIED)).doing("reading the register")?;
    let unchanged = applied.as_deref() == Some(digest.to_string().as_str());
    let mut counts = counts_of(&document);
    counts.insert("stops".to_owned(), survey.stops.len() as u64);
    if unchanged {
        let given = site.runtime.block_on(site.control.notices_given());
        counts.insert("given".to_owned(), given.doing("counting notices")?);
    } else {
        store(&lists, &without_people(&text)?, digest, &mut counts, &survey)?;
    }
    super::stop::heed(site)?;
    Ok(RegisterApplied {
        epoch: site.ledger.epoch(),
        unchanged,
        counts,
        warnings: warnings::warnings(site, &shown, &document, &survey)?,
        row_errors: survey.wrong.told(),
    })
}

/// The text of a register; where it is none, the line of the first byte that does not fit.
fn text_of(file: &Path, shown: &str) -> Result<String, ActError> {
    let read = files::read_text(file, DOCUMENT_BYTES_MAX);
    let Err(FileError::NotText { byte, .. }) = read else { return read.at(shown) };
    let bytes = files::read_bytes(file, DOCUMENT_BYTES_MAX).at(shown)?;
    let line = 1 + bytes.iter().take(byte).filter(|one| **one == b'\n').count();
    let what = "is not UTF-8 text from this line on; save the register as UTF-8";
    Err(ActError::usage(format!("{shown}:{line}"), what))
}

/// A version of a notice is what people were told: it cannot come to mean something else (R-NOT-05).
fn no_notice_rewritten(site: &Site, file: &str, document: &Document) -> Result<(), ActError> {
    let Ok(before) = in_force(site) else { return Ok(()) };
    let rewritten = document
        .notices()
        .iter()
        .filter(|notice| before.notice(&notice.id).is_some_and(|told| told != *notice))
        .map(|notice| {
            let message = "differs from the notice of this id that people were given; write a \
                           new version under a new id [R-NOT-05, Act Art. 52(2), 57(2)]";
            match document.notice_written(&notice.id) {
                Some(written) => placed(file, written, message),
                None => Problem { place: file.to_owned(), message: message.to_owned() },
            }
        })
        .collect::<Vec<_>>();
    if rewritten.is_empty() { Ok(()) } else { Err(ActError::Usage(rewritten)) }
}

/// The dated values in force today.
pub(crate) fn rules(site: &Site) -> Result<RuleSet, ActError> {
    RuleSet::in_force(site.clock.now().day_in_japan()).doing("reading the rule file")
}

/// A problem at a place of the register: `file:line: key: what is wrong; what was expected`.
fn placed(file: &str, written: &Written, message: impl Display) -> Problem {
    let Written { path, line } = written;
    Problem { place: format!("{file}:{line}"), message: format!("{path}: {message}") }
}

fn contradictions(file: &str, refused: &sudare_consent::RegisterRefused) -> ActError {
    let one = |problem: &sudare_consent::Problem| Problem {
        place: format!("{file}:{}", problem.written.line),
        message: problem.to_string(),
    };
    ActError::Usage(refused.problems.iter().map(one).collect())
}

fn counts_of(document: &Document) -> Counts {
    let count = |name: &str, length: usize| (name.to_owned(), length as u64);
    Counts::from([
        count("providers", document.providers().len()),
        count("notices", document.notices().len()),
        count("notifications", document.notifications().len()),
        count("publications", document.publications().len()),
        count("users", document.users().len()),
        count("contracts", document.contracts().len()),
        count("decisions", document.decisions().len()),
    ])
}

/// The document as it is kept: without the rows that hold patient numbers.
fn without_people(text: &str) -> Result<String, ActError> {
    let mut table: toml::Table = text.parse().doing("reading the register again")?;
    for list in ["given", "stop", "given_list", "stop_list"] {
        table.remove(list);
    }
    toml::to_string(&table).doing("writing the register")
}

fn store(
    lists: &Lists<'_>,
    document: &str,
    digest: Digest,
    counts: &mut Counts,
    survey: &Survey,
) -> Result<(), ActError> {
    let site = lists.site;
    let now = site.clock.now();
    let scribe = site.ledger.scribe::<Register>();
    let open = scribe.begin_act(Parameters::new(), now).doing("beginning the act")?;
    let epoch = Epoch {
        epoch: i64::try_from(open.index()).unwrap_or(i64::MAX),
        applied: now,
        digest,
        document: document.to_owned(),
    };
    super::stop::put_in_force(site, survey.stops.clone())?;
    let given = lists
        .stream(survey, |rows| site.runtime.block_on(site.control.apply_register(&epoch, rows)));
    counts.insert("given".to_owned(), given.doing("storing the register")?);
    let record = record::Register { digest, counts: counts.clone() };
    scribe.complete(open, record, now).doing("recording the register")?;
    site.runtime
        .block_on(site.control.set_site(APPLIED, &digest.to_string()))
        .doing("marking the register")
}

/// A stop request as stored. Its id is a keyed digest of what it says, so the same request twice is one.
pub(crate) fn stop_row(
    keys: &SiteKeys,
    now: Instant,
    provider: &ProviderId,
    subject: SubjectKey,
    tracks: Tracks,
    received: Instant,
    requester: &str,
) -> StopRequest {
    let mut said = subject.as_bytes().to_vec();
    said.extend(received.unix().to_be_bytes());
    said.push(tracks.byte());
    StopRequest {
        id: keys.digest(Purpose::Request, &said).to_string(),
        provider: provider.clone(),
        subject,
        tracks,
        received,
        sequence: 0,
        requester: requester.to_owned(),
        // What a register dates after today is asked today: a stop request only ever shrinks what is received.
        effective: Instant::from_unix(received.unix().min(now.unix())),
        receipt_delivered: false,
    }
}

/// The register in force, as last applied.
pub(crate) fn in_force(site: &Site) -> Result<Document, ActError> {
    let epoch = site.runtime.block_on(site.control.latest_epoch()).doing("reading the register")?;
    let epoch = epoch.ok_or_else(|| {
        ActError::usage("register", "no register has been applied; run `sudare register apply`")
    })?;
    let applied =
        site.runtime.block_on(site.control.site(APPLIED)).doing("reading the register")?;
    if applied != Some(epoch.digest.to_string()) {
        let help = "was not applied to its end; run `sudare register apply` again";
        return Err(ActError::usage("register", help));
    }
    Document::read(&epoch.document, &rules(site)?).doing("reading the register in force")
}

/// The gate of one provider, with every notice and stop request known today.
pub(crate) fn gate(
    site: &Site,
    document: &Document,
    provider: &ProviderId,
) -> Result<ProviderGate, ActError> {
    let rules = rules(site)?;
    let mut builder = GateBuilder::new(document, provider, &rules);
    let mut stops: Vec<StopRequest> = Vec::new();
    site.runtime
        .block_on(site.control.admission_facts(
            provider,
            &mut |given| {
                let (method, to) =
                    (Method::from_word(&given.method), NoticeTo::from_word(&given.recipient));
                // What does not read back does not admit.
                if let (Some(method), Some(to)) = (method, to) {
                    builder.given(&given.notice, given.subject, given.day, method, to);
                }
            },
            &mut |stop| stops.push(stop),
        ))
        .doing("reading notices and stop requests")?;
    for stop in stops {
        // In force is in force, whatever the clock says.
        builder.stop(stop.subject, stop.tracks, Instant::from_unix(i64::MIN));
    }
    Ok(builder.build())
}
