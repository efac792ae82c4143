//! `register apply`: providers, notices, notifications, publications, per-person notices, stop requests, users.
//!
//! A register that contradicts itself changes nothing. People are stored by their subject keys alone; their patient
//! numbers live as long as the row that brings them.

use std::io::{BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

use sudare_consent::document::Document;
use sudare_consent::lists::{self, ListError, RowProblem};
use sudare_consent::notice::{Method, NoticeTo};
use sudare_consent::stop::Requester;
use sudare_consent::{GateBuilder, ProviderGate, RuleSet};
use sudare_identity::{Revealing, SourcePatientId};
use sudare_ledger::Parameters;
use sudare_ledger::level::Register;
use sudare_ledger::record;
use sudare_model::time::{Day, Instant};
use sudare_model::{NoticeId, ProviderId, SubjectKey, Tracks};
use sudare_store::control::{Epoch, NoticeGiven, StopRequest};
use sudare_store::files::{self, Sha256};
use sudare_store::inbox::{Inbox, Limits};
use sudare_store::keys::{Purpose, SiteKeys};

use crate::answer::{Counts, RegisterApplied};
use crate::error::{ActError, Doing as _, Problem};
use crate::gate::subject_of;
use crate::site::Site;

/// Longest register document; lists of people are files beside it.
const DOCUMENT_BYTES_MAX: u64 = 64 << 20;
/// Row errors told one by one; the rest is a number.
const ROW_ERRORS_TOLD: usize = 100;
/// Stands for the requester where a list does not say who asked.
const UNSTATED: &str = "unstated";
/// Site value that holds the digest of the register whose entry is durable.
const APPLIED: &str = "register.applied";

/// Applies a register file. The same register twice changes nothing.
///
/// # Errors
/// [`ActError::Usage`] with every contradiction, each with its line; [`ActError::Failed`] if a list cannot be read or
/// the register cannot be stored.
pub fn register_apply(site: &mut Site, file: &Path) -> Result<RegisterApplied, ActError> {
    let shown = file.display().to_string();
    let text = files::read_text(file, DOCUMENT_BYTES_MAX)
        .map_err(|error| ActError::usage(&shown, error.to_string()))?;
    let rules = rules(site)?;
    let document =
        Document::read(&text, &rules).map_err(|refused| contradictions(&shown, &refused))?;
    no_notice_rewritten(site, &shown, &document)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut gathered = Gathered::new(site, folder);
    gathered.inline(&document);
    gathered.lists(&document)?;
    let digest = gathered.digest(&text);
    let mut counts = counts_of(&document);
    counts.insert("given".to_owned(), gathered.given.len() as u64);
    counts.insert("stops".to_owned(), gathered.stops.len() as u64);
    let (given, stops, row_errors) = (gathered.given, gathered.stops, gathered.row_errors);
    let applied =
        site.runtime.block_on(site.control.site(APPLIED)).doing("reading the register")?;
    let unchanged = applied.as_deref() == Some(digest.to_string().as_str());
    if !unchanged {
        store(site, &without_people(&text)?, digest, &counts, given, stops)?;
    }
    super::stop::heed(site)?;
    Ok(RegisterApplied {
        epoch: site.ledger.epoch(),
        unchanged,
        counts,
        row_errors: told(&row_errors),
        warnings: Vec::new(),
    })
}

/// A version of a notice is what people were told: it cannot come to mean something else (R-NOT-05).
fn no_notice_rewritten(site: &Site, file: &str, document: &Document) -> Result<(), ActError> {
    let Ok(before) = in_force(site) else { return Ok(()) };
    let rewritten = document
        .notices()
        .iter()
        .filter(|notice| before.notice(&notice.id).is_some_and(|told| told != *notice))
        .map(|notice| Problem {
            place: file.to_owned(),
            message: format!(
                "notice `{}` differs from the one people were given; write a new version under a \
                 new id [R-NOT-05, Act Art. 52(2), 57(2)]",
                notice.id
            ),
        })
        .collect::<Vec<_>>();
    if rewritten.is_empty() { Ok(()) } else { Err(ActError::Usage(rewritten)) }
}

/// The dated values in force today.
pub(crate) fn rules(site: &Site) -> Result<RuleSet, ActError> {
    RuleSet::in_force(site.clock.now().day_in_japan()).doing("reading the rule file")
}

fn contradictions(file: &str, refused: &sudare_consent::RegisterRefused) -> ActError {
    let one = |problem: &sudare_consent::Problem| Problem {
        place: format!("{file}:{}", problem.line),
        message: problem.to_string(),
    };
    ActError::Usage(refused.problems.iter().map(one).collect())
}

fn told(row_errors: &[RowProblem]) -> Vec<String> {
    let more = row_errors.len().saturating_sub(ROW_ERRORS_TOLD);
    let mut told: Vec<String> =
        row_errors.iter().take(ROW_ERRORS_TOLD).map(ToString::to_string).collect();
    if more > 0 {
        told.push(format!("and {more} more rows"));
    }
    told
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
    site: &Site,
    document: &str,
    digest: sudare_model::Digest,
    counts: &Counts,
    given: Vec<NoticeGiven>,
    stops: Vec<StopRequest>,
) -> Result<(), ActError> {
    let now = site.clock.now();
    let scribe = site.ledger.scribe::<Register>();
    let open = scribe.begin_act(Parameters::new(), now).doing("beginning the act")?;
    let epoch = Epoch {
        epoch: i64::try_from(open.index()).unwrap_or(i64::MAX),
        applied: now,
        digest,
        document: document.to_owned(),
    };
    super::stop::put_in_force(site, stops)?;
    site.runtime
        .block_on(site.control.apply_register(&epoch, given))
        .doing("storing the register")?;
    let record = record::Register { digest, counts: counts.clone() };
    scribe.complete(open, record, now).doing("recording the register")?;
    site.runtime
        .block_on(site.control.set_site(APPLIED, &digest.to_string()))
        .doing("marking the register")
}

/// Per-person rows of a register, keyed as they are read.
struct Gathered<'a> {
    site: &'a Site,
    folder: &'a Path,
    given: Vec<NoticeGiven>,
    stops: Vec<StopRequest>,
    row_errors: Vec<RowProblem>,
}

impl<'a> Gathered<'a> {
    const fn new(site: &'a Site, folder: &'a Path) -> Self {
        Self { site, folder, given: Vec::new(), stops: Vec::new(), row_errors: Vec::new() }
    }

    fn subject(&self, provider: &ProviderId, patient: &str) -> SubjectKey {
        self.site.keys.subject_key(provider, patient.as_bytes())
    }

    fn patient(&self, provider: &ProviderId, number: &Revealing) -> SubjectKey {
        let patient = SourcePatientId::new(provider.clone(), number.clone());
        subject_of(&self.site.keys, &patient)
    }

    fn inline(&mut self, document: &Document) {
        for one in document.given() {
            if let Some(notice) = document.notice(&one.notice) {
                let subject = self.patient(&notice.provider, &one.patient);
                self.given.push(row(
                    &notice.provider,
                    &one.notice,
                    subject,
                    one.date,
                    one.method,
                    one.to,
                ));
            }
        }
        for one in document.stops() {
            let subject = self.patient(&one.provider, &one.patient);
            let stop = stop_row(
                &self.site.keys,
                self.site.clock.now(),
                &one.provider,
                subject,
                one.tracks,
                one.received,
                one.requester.word(),
            );
            self.stops.push(stop);
        }
    }

    fn lists(&mut self, document: &Document) -> Result<(), ActError> {
        for list in document.given_lists() {
            let Some(notice) = document.notice(&list.notice) else { continue };
            let mut source = self.open(&list.file)?;
            let (mut rows, mut wrong) = (Vec::new(), Vec::new());
            lists::read_given(
                &list.file,
                &mut source,
                notice.date,
                &mut |one| {
                    let subject = self.subject(&notice.provider, one.patient);
                    rows.push(row(
                        &notice.provider,
                        &list.notice,
                        subject,
                        one.date,
                        one.method,
                        one.to,
                    ));
                },
                &mut |problem| wrong.push(problem),
            )
            .map_err(|error| list_error(&error))?;
            self.given.append(&mut rows);
            self.row_errors.append(&mut wrong);
        }
        for list in document.stop_lists() {
            let mut source = self.open(&list.file)?;
            let (mut rows, mut wrong) = (Vec::new(), Vec::new());
            lists::read_stops(
                &list.file,
                &mut source,
                &mut |one| {
                    let subject = self.subject(&list.provider, one.patient);
                    rows.push(stop_row(
                        &self.site.keys,
                        self.site.clock.now(),
                        &list.provider,
                        subject,
                        one.tracks,
                        one.received,
                        one.requester.map_or(UNSTATED, Requester::word),
                    ));
                },
                &mut |problem| wrong.push(problem),
            )
            .map_err(|error| list_error(&error))?;
            self.stops.append(&mut rows);
            self.row_errors.append(&mut wrong);
        }
        Ok(())
    }

    /// Opens a list beside the register; a list lies below the register's folder.
    fn open(&self, file: &str) -> Result<impl BufRead + use<>, ActError> {
        let relative = PathBuf::from(file);
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain {
            return Err(ActError::usage(file, "a list lies below the register's folder"));
        }
        let path = self.folder.join(&relative);
        let inbox = Inbox::walk(&[path], &Limits::DEFAULT)
            .map_err(|error| ActError::usage(file, error.to_string()))?;
        let steady = inbox.open(0).map_err(|error| ActError::usage(file, error.to_string()))?;
        Ok(BufReader::with_capacity(1 << 20, steady))
    }

    /// What was applied, in one digest: the document, and the keyed rows of its lists.
    fn digest(&mut self, text: &str) -> sudare_model::Digest {
        self.given.sort_unstable();
        self.given.dedup();
        self.stops.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        self.stops.dedup_by(|one, other| one.id == other.id);
        let mut hash = Sha256::new();
        hash.update(self.site.commitment(text.as_bytes()).as_bytes());
        for one in &self.given {
            hash.update(one.notice.as_str().as_bytes());
            hash.update(one.subject.as_bytes());
            hash.update(&one.day.epoch_days().to_be_bytes());
            hash.update(one.recipient.as_bytes());
            hash.update(one.method.as_bytes());
        }
        for one in &self.stops {
            hash.update(one.id.as_bytes());
        }
        self.site.commitment(hash.finish().as_bytes())
    }
}

/// A list that does not read is something a person wrote.
fn list_error(error: &ListError) -> ActError {
    ActError::usage("register list", error.to_string())
}

fn row(
    provider: &ProviderId,
    notice: &NoticeId,
    subject: SubjectKey,
    day: Day,
    method: Method,
    to: NoticeTo,
) -> NoticeGiven {
    NoticeGiven {
        provider: provider.clone(),
        notice: notice.clone(),
        subject,
        day,
        method: method.word().to_owned(),
        recipient: to.word().to_owned(),
    }
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
