//! `dataset build`: de-identify, measure, certify.
//!
//! In order: read the specification; begin in the ledger; decide the cohort without anyone who has asked to stop since;
//! write every table of the release; record in the ledger what was written; certify with the proof of that entry; and
//! only then give the release its name. A build that was killed is finished or done again by the same command.

use std::path::{Path, PathBuf};

use sudare_deident::spec::SpecError;
use sudare_deident::story::Input;
use sudare_deident::{Policy, Rules, Spec};
use sudare_ledger::level::{
    Anonymise, Anonymised, Cleared, Linked, Pseudonymise, Pseudonymised, Released, Step,
};
use sudare_ledger::{Contents, Dataset, Parameters, record};
use sudare_model::{DatasetId, LevelName, Track, Tracks};
use sudare_store::files;

use super::register;
use crate::answer::{BuildAnswer, Counts};
use crate::error::{ActError, At as _, Doing as _};
use crate::progress::Progress;
use crate::site::Site;

mod books;
mod door;
mod keys;
mod known;
mod release;
mod sources;
mod tables;

pub(crate) use release::Folder;
pub(crate) use sources::Sources;

/// Longest specification.
const SPEC_BYTES_MAX: u64 = 1 << 20;

/// Builds a dataset from its specification. With `dry_run` nothing is written. `rehearsal_seed` makes the random
/// choices of an anonymised dataset repeatable by whoever knows it, and is for invented people only.
///
/// # Errors
/// [`ActError::Usage`] if the specification does not read, names a project or recipient that the register does not
/// know, nothing is linked, or another dataset has the id;
/// [`ActError::Refused`] if the risk cannot be met or an identification code would leave.
pub fn build(
    site: &mut Site,
    spec: &Path,
    dry_run: bool,
    rehearsal_seed: Option<u64>,
    progress: &dyn Progress,
) -> Result<BuildAnswer, ActError> {
    let shown = spec.display().to_string();
    let text = files::read_text(spec, SPEC_BYTES_MAX).at(&shown)?;
    let rules = Rules::of_2024().doing("reading the rule file")?;
    let slip =
        |error: SpecError| ActError::usage(format!("{shown}:{}", error.line), error.to_string());
    let spec = Spec::parse(&text, &rules).map_err(slip)?;
    known::in_register(&spec, &register::in_force(site)?).map_err(slip)?;
    let linked = site.ledger.usable::<Linked>();
    let linked = linked
        .last()
        .ok_or_else(|| ActError::usage(&shown, "nothing is linked; run `sudare link`"))?;
    let newest = site.ledger.usable::<Cleared>().last().map(Dataset::entry);
    if newest > Some(linked.entry()) {
        let help = "deliveries came in since the last link; run `sudare link`";
        return Err(ActError::usage(&shown, help));
    }
    // Ages are counted on the day of the link, so that a later build of the same rows gives the same bytes.
    let day = site.ledger.holding(linked.id()).map_or_else(|| site.clock.now(), |one| one.at);
    let policy = Policy::new(spec, rules, day.day_in_japan());
    let wanted = Wanted { site, policy: &policy, linked, rehearsal_seed, progress };
    match policy.spec.track {
        Track::Anonymised => wanted.build::<Anonymise>(dry_run),
        Track::Pseudonymised => wanted.build::<Pseudonymise>(dry_run),
    }
}

/// A step that makes a release.
trait Releases: Step<From = Linked, Record = record::Verdict> {}
impl Releases for Anonymise {}
impl Releases for Pseudonymise {}

/// A dataset that is wanted.
struct Wanted<'a> {
    site: &'a Site,
    policy: &'a Policy,
    linked: &'a Dataset<Linked>,
    rehearsal_seed: Option<u64>,
    progress: &'a dyn Progress,
}

impl Wanted<'_> {
    fn build<S>(&self, dry_run: bool) -> Result<BuildAnswer, ActError>
    where
        S: Releases + for<'i> Step<Inputs<'i> = &'i Dataset<Linked>>,
        S::To: Released,
    {
        let (site, id) = (self.site, &self.policy.spec.id);
        let folder = Folder::of(site, id);
        if site.ledger.dataset::<S::To>(id).is_ok() {
            return self.built_before(&folder);
        }
        if site.knows(id) {
            let help = "another dataset has this id; a dataset is never changed, choose a new id";
            return Err(ActError::usage("id", help));
        }
        let sources = Sources::of(site, self.linked)?;
        let keys = keys::BuildKeys::new(site, self.policy, self.rehearsal_seed)?;
        let earlier = books::earlier(site, self.policy)?;
        let made = tables::Making {
            site,
            policy: self.policy,
            sources: &sources,
            earlier: &earlier,
            keys: &keys,
            progress: self.progress,
        };
        if dry_run {
            let risk = made.dry_run();
            sources.forget()?;
            return risk.map(|risk| self.foreseen(&risk));
        }
        let now = site.clock.now();
        let scribe = site.ledger.scribe::<S>();
        let named =
            Parameters::new().with("spec", self.policy.spec.digest).doing("naming the act")?;
        let open =
            scribe.begin(self.linked, id.clone(), named, now).doing("beginning the dataset")?;
        let mut draft = folder.draft()?;
        let door = door::door(site, self.linked)?;
        let written = made.write(&mut draft, &self.inputs(), &door);
        sources.forget()?;
        let written = written?;
        let contents = Contents {
            manifest: written.outputs.digest(),
            rows: written.rows.clone(),
            tracks: Tracks::only(<S::To as Released>::TRACK),
        };
        let verdict = written.verdict(self.policy);
        // The certificate as it will be, but for its place in the ledger: a process killed between entry and
        // certificate is finished from it.
        draft.pend(&written.statement)?;
        // The last look before the entry. What the documents say of the register must still be so.
        if sources.look_again(self.policy.spec.track)? != written.epoch {
            return Err(sources::stopped_meanwhile());
        }
        let dataset =
            scribe.promote(open, contents, verdict, now).doing("recording the dataset")?;
        folder.certify(site, dataset.entry())?;
        Ok(self.answer(&folder, &written.persons, &written.rows, written.k.clone(), false))
    }

    /// The same specification built before: finished if need be, and answered again.
    fn built_before(&self, folder: &Folder) -> Result<BuildAnswer, ActError> {
        let holding = self.site.ledger.holding(&self.policy.spec.id);
        let holding = holding.ok_or_else(|| ActError::usage("id", "is not in the ledger"))?;
        if !folder.is_certified() {
            folder.certify(self.site, holding.entry)?;
        }
        let statement = folder.statement()?;
        if statement.predicate.specification.sha256 != self.policy.spec.digest.to_string() {
            let help =
                "was built from another specification; a dataset is never changed, choose a new id";
            return Err(ActError::usage("id", help));
        }
        let risk = &statement.predicate.risk;
        let persons = Counts::from([
            ("in".to_owned(), risk.persons),
            ("suppressed".to_owned(), risk.suppressed),
            ("out".to_owned(), risk.persons.saturating_sub(risk.suppressed)),
        ]);
        let k = risk.k_required.map(|required| k_counts(required, risk.k_measured));
        Ok(self.answer(folder, &persons, &holding.contents.rows, k, true))
    }

    fn inputs(&self) -> Vec<Input> {
        let book = self.site.ledger.book();
        // A linkage may carry on an earlier one: the rows read are those of every delivery behind it.
        let cleared = book.made_from(self.linked.id(), LevelName::Cleared);
        let read = book.holding(self.linked.id()).into_iter().chain(cleared);
        read.map(|one| Input { name: one.dataset.to_string(), digest: one.contents.manifest })
            .collect()
    }

    fn foreseen(&self, risk: &sudare_deident::cohort::Risk) -> BuildAnswer {
        let k = self.policy.goal().map(|goal| k_counts(goal.k, risk.after.smallest));
        let folder = Folder::of(self.site, &self.policy.spec.id);
        let mut answer = self.answer(&folder, &tables::persons(risk), &Counts::new(), k, false);
        answer.certificate = PathBuf::new();
        answer
    }

    fn answer(
        &self,
        folder: &Folder,
        persons: &Counts,
        rows: &Counts,
        k: Option<Counts>,
        unchanged: bool,
    ) -> BuildAnswer {
        let track = self.policy.spec.track;
        BuildAnswer {
            dataset: self.policy.spec.id.to_string(),
            level: track.word().to_owned(),
            track: track.word().to_owned(),
            path: folder.path().to_path_buf(),
            certificate: folder.path().join(sudare_deident::certificate::CERTIFICATE),
            unchanged,
            stale: self.site.ledger.book().stale_since(&self.policy.spec.id).is_some(),
            rows: rows.clone(),
            persons: persons.clone(),
            k,
        }
    }
}

/// What is required and what was measured.
fn k_counts(required: u64, measured: u64) -> Counts {
    Counts::from([("k_required".to_owned(), required), ("k_measured".to_owned(), measured)])
}

/// The level that a release of a track has; used where a dataset is looked up by name alone.
pub(crate) fn released(site: &Site, id: &DatasetId) -> Option<Track> {
    if site.ledger.dataset::<Anonymised>(id).is_ok() {
        return Some(Track::Anonymised);
    }
    site.ledger.dataset::<Pseudonymised>(id).is_ok().then_some(Track::Pseudonymised)
}
