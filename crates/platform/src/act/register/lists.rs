//! A register's rows of people: those written inline and those of its lists, surveyed and then streamed.
//!
//! Invariant: no list is whole in memory. What is held at once is one run of rows, each of some 30 bytes, sorted so
//! that the store's index grows in order.

use std::error::Error;
use std::io::{BufRead, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use sudare_consent::document::{Document, Written};
use sudare_consent::lists::{self, RowProblem};
use sudare_consent::notice::{Method, NoticeTo};
use sudare_consent::stop::Requester;
use sudare_identity::SourcePatientId;
use sudare_model::time::{Day, Instant};
use sudare_model::{Digest, NoticeId, ProviderId, SubjectKey, Tracks};
use sudare_store::control::{NoticeGiven, StopRequest};
use sudare_store::files::Sha256;
use sudare_store::inbox::{Inbox, Limits};

use super::{placed, stop_row};
use crate::error::{ActError, Problem};
use crate::gate::{subject_numbered, subject_of};
use crate::site::Site;

/// Row errors told one by one; the rest is a number.
const ROW_ERRORS_TOLD: usize = 100;
/// Stands for the requester where a list does not say who asked.
const UNSTATED: &str = "unstated";
/// Rows sorted at once: some 32 MiB.
const RUN_ROWS: usize = 1 << 20;
/// Rows given to the store at once.
const BATCH_ROWS: usize = 1 << 13;
/// Batches made ahead of the store.
const BATCHES_AHEAD: usize = 2;

/// Anything that stops the streaming.
type Stopped = Box<dyn Error + Send + Sync>;
/// Rows for the store, or why there are no more.
type Batch = Result<Vec<NoticeGiven>, Stopped>;

/// A register, and the folder in which its lists lie.
#[derive(Clone, Copy)]
pub(super) struct Lists<'a> {
    pub(super) site: &'a Site,
    /// The register's own file.
    pub(super) file: &'a Path,
    pub(super) document: &'a Document,
}

/// What a first reading of the lists finds.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) stops: Vec<StopRequest>,
    /// The same by where they are written: whom those of a provider stop. `None` is the register itself.
    pub(super) stopped_in: Vec<StopsIn>,
    pub(super) wrong: Wrong,
    /// Of the bytes of each list of notices, in order.
    given: Vec<Digest>,
    /// Of the bytes of each list of stops, in order.
    stopped: Vec<Digest>,
}

/// Whom the stop requests of one list, or of the register itself, are about.
pub(super) struct StopsIn {
    /// The list as the register names it; none for the register itself.
    pub(super) file: Option<String>,
    pub(super) provider: ProviderId,
    /// Once for each request.
    pub(super) subjects: Vec<SubjectKey>,
    /// How many of them are dated after now.
    pub(super) later: u64,
}

impl Survey {
    /// What is applied, in one digest: the document, and the bytes of its lists.
    pub(super) fn digest(&self, site: &Site, text: &str) -> Digest {
        let mut hash = Sha256::new();
        hash.update(site.commitment(text.as_bytes()).as_bytes());
        for list in self.given.iter().chain(&self.stopped) {
            hash.update(list.as_bytes());
        }
        site.commitment(hash.finish().as_bytes())
    }
}

/// Rows that could not be read.
#[derive(Default)]
pub(super) struct Wrong {
    first: Vec<String>,
    more: u64,
}

impl Wrong {
    fn add(&mut self, row: &RowProblem) {
        if self.first.len() < ROW_ERRORS_TOLD {
            self.first.push(row.to_string());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            self.first.push(format!("and {} more rows", self.more));
        }
        self.first
    }
}

/// A notice given to a person, without the notice's own name.
type Row = (SubjectKey, Day, Method, NoticeTo);

impl Lists<'_> {
    /// Reads every list once and keeps what is small: stops, wrong rows, digests.
    pub(super) fn survey(&self) -> Result<Survey, ActError> {
        let mut survey = Survey::default();
        let mut problems = Vec::new();
        for list in self.document.given_lists() {
            let begins = self.document.notice(&list.notice).map(|notice| notice.date);
            let begins = begins.unwrap_or(Day::from_epoch_days(0));
            let wrong = &mut survey.wrong;
            let read = self.read(&list.file, &mut |source| {
                let wrong = &mut |row: RowProblem| wrong.add(&row);
                lists::read_given(&list.file, source, begins, &mut |_row| {}, wrong)
            });
            match read {
                Ok(digest) => survey.given.push(digest),
                Err(why) => problems.push(self.unread(&list.written, &list.file, why.as_ref())),
            }
        }
        self.inline_stops(&mut survey);
        let now = self.site.clock.now();
        for list in self.document.stop_lists() {
            let (stops, wrong) = (&mut survey.stops, &mut survey.wrong);
            let (mut subjects, mut later) = (Vec::new(), 0);
            let read = self.read(&list.file, &mut |source| {
                let each = &mut |row: lists::StopRow<'_>| {
                    let subject = self.subject(&list.provider, row.patient);
                    subjects.push(subject);
                    later += u64::from(row.received > now);
                    let asker = row.requester.map_or(UNSTATED, Requester::word);
                    stops.push(self.stop(&list.provider, subject, row.tracks, row.received, asker));
                };
                lists::read_stops(&list.file, source, each, &mut |row| wrong.add(&row))
            });
            match read {
                Ok(digest) => survey.stopped.push(digest),
                Err(why) => problems.push(self.unread(&list.written, &list.file, why.as_ref())),
            }
            let (file, provider) = (Some(list.file.clone()), list.provider.clone());
            survey.stopped_in.push(StopsIn { file, provider, subjects, later });
        }
        survey.stops.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        survey.stops.dedup_by(|one, other| one.id == other.id);
        if problems.is_empty() { Ok(survey) } else { Err(ActError::Usage(problems)) }
    }

    /// Reads the notices again and hands them to the store, batch by batch; the reader works ahead of the store.
    pub(super) fn stream<T>(
        &self,
        survey: &Survey,
        store: impl FnOnce(BatchesOf) -> Result<T, Stopped>,
    ) -> Result<T, Stopped> {
        let (send, receive) = sync_channel(BATCHES_AHEAD);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if let Err(why) = self.send(survey, &send) {
                    // Where the store has stopped listening it says why itself.
                    let _gone = send.send(Err(why));
                }
            });
            store(BatchesOf(receive))
        })
    }

    fn send(&self, survey: &Survey, send: &SyncSender<Batch>) -> Result<(), Stopped> {
        for one in self.document.given() {
            if let Some(notice) = self.document.notice(&one.notice) {
                let patient = SourcePatientId::new(notice.provider.clone(), one.patient.clone());
                let subject = subject_of(&self.site.keys, &patient);
                let mut run = vec![(subject, one.date, one.method, one.to)];
                send_run(send, &notice.provider, &notice.id, &mut run)?;
            }
        }
        for (list, surveyed) in self.document.given_lists().iter().zip(&survey.given) {
            let Some(notice) = self.document.notice(&list.notice) else { continue };
            let mut run: Vec<Row> = Vec::new();
            let mut sent = Ok(());
            let read = self.read(&list.file, &mut |source| {
                let each = &mut |row: lists::GivenRow<'_>| {
                    let subject = self.subject(&notice.provider, row.patient);
                    run.push((subject, row.date, row.method, row.to));
                    if run.len() == RUN_ROWS && sent.is_ok() {
                        sent = send_run(send, &notice.provider, &notice.id, &mut run);
                    }
                    run.truncate(RUN_ROWS - 1);
                };
                lists::read_given(&list.file, source, notice.date, each, &mut |_told| {})
            });
            sent?;
            if read? != *surveyed {
                return Err(
                    format!("`{}` changed while it was read; run it again", list.file).into()
                );
            }
            send_run(send, &notice.provider, &notice.id, &mut run)?;
        }
        Ok(())
    }

    fn subject(&self, provider: &ProviderId, patient: &str) -> SubjectKey {
        subject_numbered(&self.site.keys, provider, patient)
    }

    fn stop(
        &self,
        provider: &ProviderId,
        subject: SubjectKey,
        tracks: Tracks,
        received: Instant,
        requester: &str,
    ) -> StopRequest {
        let (keys, now) = (&self.site.keys, self.site.clock.now());
        stop_row(keys, now, provider, subject, tracks, received, requester)
    }

    fn inline_stops(&self, survey: &mut Survey) {
        for one in self.document.stops() {
            let patient = SourcePatientId::new(one.provider.clone(), one.patient.clone());
            let subject = subject_of(&self.site.keys, &patient);
            let word = one.requester.word();
            let stop = self.stop(&one.provider, subject, one.tracks, one.received, word);
            survey.stops.push(stop);
            let provider = one.provider.clone();
            survey.stopped_in.push(StopsIn {
                file: None,
                provider,
                subjects: vec![subject],
                later: 0,
            });
        }
    }

    /// Reads a list to its end and gives the digest of its bytes.
    fn read<E: Error + Send + Sync + 'static>(
        &self,
        file: &str,
        read: &mut dyn FnMut(&mut dyn BufRead) -> Result<u64, E>,
    ) -> Result<Digest, Stopped> {
        let mut source = BufReader::with_capacity(1 << 20, self.open(file)?);
        read(&mut source)?;
        Ok(source.into_inner().hash.finish())
    }

    /// Opens a list beside the register; a list lies below the register's folder.
    fn open(&self, file: &str) -> Result<Hashed<impl Read + use<>>, Stopped> {
        let relative = PathBuf::from(file);
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err("a list lies below the register's folder".into());
        }
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let inbox = Inbox::walk(&[folder.join(&relative)], &Limits::DEFAULT)?;
        Ok(Hashed { source: inbox.open(0)?, hash: Sha256::new() })
    }

    /// A list that does not read is something a person wrote: told where the register names it.
    fn unread(&self, written: &Written, file: &str, why: &(dyn Error + 'static)) -> Problem {
        let mut message = why.to_string();
        let mut cause = why.source();
        while let Some(inner) = cause {
            message = format!("{message}: {inner}");
            cause = inner.source();
        }
        if !message.contains(file) {
            message = format!("`{file}`: {message}");
        }
        placed(&self.file.display().to_string(), written, message)
    }
}

/// Sorts a run and sends it in batches; the run is empty afterwards.
fn send_run(
    send: &SyncSender<Batch>,
    provider: &ProviderId,
    notice: &NoticeId,
    run: &mut Vec<Row>,
) -> Result<(), Stopped> {
    run.sort_unstable();
    for rows in run.chunks(BATCH_ROWS) {
        let row = |(subject, day, method, to): &Row| NoticeGiven {
            provider: provider.clone(),
            notice: notice.clone(),
            subject: *subject,
            day: *day,
            method: method.word().to_owned(),
            recipient: to.word().to_owned(),
        };
        send.send(Ok(rows.iter().map(row).collect()))?;
    }
    run.clear();
    Ok(())
}

/// The batches as they come.
pub(super) struct BatchesOf(Receiver<Batch>);

impl Iterator for BatchesOf {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        self.0.recv().ok()
    }
}

/// Bytes, and the digest of those read so far.
struct Hashed<R> {
    source: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.source.read(into)?;
        self.hash.update(into.get(..length).unwrap_or_default());
        Ok(length)
    }
}
