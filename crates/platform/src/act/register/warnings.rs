//! What `register apply` took and whoever wrote the register hardly meant.
//!
//! Invariant: a warning says where and how many, never a patient's number.

use std::collections::{BTreeMap, HashMap, HashSet};

use sudare_consent::document::Document;
use sudare_model::{ProviderId, SubjectKey};
use sudare_store::control::NoticeGiven;

use super::lists::{StopsIn, Survey};
use super::placed;
use crate::error::{ActError, Doing as _};
use crate::site::Site;

/// The warnings of a register that is stored: its doubts, stop requests dated after now, and those that meet nobody.
pub(super) fn warnings(
    site: &Site,
    shown: &str,
    document: &Document,
    survey: &Survey,
) -> Result<Vec<String>, ActError> {
    let doubts = document.doubts(site.clock.now());
    let mut warnings: Vec<String> =
        doubts.iter().map(|one| placed(shown, &one.written, &one.message).to_string()).collect();
    let unmet = unmet(site, survey)?;
    // Those written in the register itself are one list for each provider.
    let mut told: BTreeMap<(Option<&str>, &ProviderId), (u64, u64, u64)> = BTreeMap::new();
    for StopsIn { file, provider, subjects, later } in &survey.stopped_in {
        let (all, nobody, future) = told.entry((file.as_deref(), provider)).or_default();
        let missing =
            |subject: &&SubjectKey| unmet.get(provider).is_some_and(|one| one.contains(subject));
        *all += subjects.len() as u64;
        *nobody += subjects.iter().filter(missing).count() as u64;
        *future += later;
    }
    for ((file, provider), (all, nobody, future)) in told {
        let place =
            file.map_or_else(|| format!("{shown}: [[stop]]"), |file| format!("{shown}: `{file}`"));
        if nobody > 0 {
            warnings.push(format!(
                "{place}: {nobody} of {all} stop requests name a patient to whom no notice of \
                 `{provider}` is registered; they are in force, but check the numbers for lost \
                 zeros and other slips"
            ));
        }
        if future > 0 {
            warnings.push(format!(
                "{place}: {future} of {all} stop requests are dated in the future; they are in \
                 force from now on"
            ));
        }
    }
    Ok(warnings)
}

/// Who is stopped and was given no notice. Nobody without one is received, so a stop that meets nobody here meets
/// nobody at all, or one of whom nothing will come.
fn unmet(
    site: &Site,
    survey: &Survey,
) -> Result<HashMap<ProviderId, HashSet<SubjectKey>>, ActError> {
    let mut unmet: HashMap<ProviderId, HashSet<SubjectKey>> = HashMap::new();
    for one in &survey.stopped_in {
        unmet.entry(one.provider.clone()).or_default().extend(&one.subjects);
    }
    for (provider, subjects) in &mut unmet {
        let mut met = |given: NoticeGiven| {
            subjects.remove(&given.subject);
        };
        let read = site.runtime.block_on(site.control.each_notice(provider, &mut met));
        read.doing("looking for whom stops are about")?;
    }
    Ok(unmet)
}
