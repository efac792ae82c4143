//! `synth`: an invented region, and what a demo needs beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sudare_store::files;
use sudare_synth::CanaryPrefix;

use crate::answer::{Counts, SynthAnswer};
use crate::error::{ActError, Doing as _};
use crate::progress::{Progress, Unit};
use crate::site;

/// Marks a region that was written to its end, and what it was asked to be.
const DONE: &str = "region.json";
/// Letters of the strings planted for leak tests.
const CANARY: &str = "KAN";
/// Longest register of a region.
const REGISTER_BYTES_MAX: u64 = 64 << 20;

/// Writes a region. The same region already there is left as it is; a half-written one is written again.
///
/// # Errors
/// [`ActError::Usage`] if another region is there; [`ActError::Failed`] if it cannot be written.
pub fn synth(
    out: &Path,
    persons: u64,
    seed: u64,
    canary: bool,
    progress: &dyn Progress,
) -> Result<SynthAnswer, ActError> {
    let out = site::absolute(out)?;
    let wanted = serde_json::json!({ "persons": persons, "seed": seed, "canary": canary });
    let mark = out.join(DONE);
    let there = files::read_text(&mark, 1 << 20).ok();
    let there: Option<serde_json::Value> = there.and_then(|text| serde_json::from_str(&text).ok());
    let counts = match &there {
        Some(known) if known.get("region") == Some(&wanted) => known.get("counts").cloned(),
        Some(_) => {
            let help = "another region is here already; choose another folder";
            return Err(ActError::usage("--out", help));
        }
        None => None,
    };
    let existed = counts.is_some();
    let counts: Counts = match counts.and_then(|value| serde_json::from_value(value).ok()) {
        Some(counts) => counts,
        None => {
            if !files::names_in(&out).doing("looking at the folder")?.is_empty() {
                let help = "something else is here; choose an empty folder or a new one";
                return Err(ActError::usage("--out", help));
            }
            // Written under a name of its own and renamed last: a half-written region is never taken for a whole one,
            // and nobody's folder is cleared.
            let begun = beside(&out);
            files::remove_tree(&begun).doing("clearing a half-written region")?;
            let counts = write(&begun, persons, seed, canary, progress)?;
            let text = serde_json::json!({ "region": wanted, "counts": counts }).to_string();
            files::write_atomically(&begun.join(DONE), text.as_bytes())
                .doing("marking the region")?;
            files::rename_durably(&begun, &out).doing("naming the region")?;
            counts
        }
    };
    let mut deliveries = BTreeMap::new();
    let folder = out.join("deliveries");
    for provider in files::names_in(&folder).doing("listing the deliveries")? {
        deliveries.insert(provider.clone(), folder.join(provider));
    }
    Ok(SynthAnswer { register: out.join("register.toml"), deliveries, counts, existed, out })
}

/// Where a region is written before it has its name.
fn beside(out: &Path) -> PathBuf {
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    out.with_file_name(format!(".{name}.sudare-region"))
}

fn write(
    out: &Path,
    persons: u64,
    seed: u64,
    canary: bool,
    progress: &dyn Progress,
) -> Result<Counts, ActError> {
    let mut region = sudare_synth::Region::new(persons, seed);
    region.canary = if canary { CanaryPrefix::new(CANARY) } else { None };
    progress.begin("inventing", Some(persons), Unit::Persons);
    let told = AtomicU64::new(0);
    let summary = sudare_synth::write(&region, out, &|step| {
        progress.advance(step.done.saturating_sub(told.swap(step.done, Ordering::Relaxed)));
    })
    .doing("inventing a region")?;
    progress.end();
    recipients(out)?;
    let counts = [
        ("persons", summary.persons),
        ("households", summary.households),
        ("patients", summary.patients),
        ("storage_files", summary.storage_files),
        ("claims", summary.receipts),
    ];
    Ok(counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect())
}

/// Gives the region's users keys for packages: the secret halves lie in `users/`, for trying out what arrives.
fn recipients(out: &Path) -> Result<(), ActError> {
    let doing = "giving the users keys";
    let register = out.join("register.toml");
    let mut text = files::read_text(&register, REGISTER_BYTES_MAX).doing(doing)?;
    site::folder(&out.join("users"))?;
    for user in ["pharma-1", "university-1"] {
        let pair = sudare_provision::package::key_pair();
        let line = format!("id = \"{user}\"\n");
        let with_key = format!("{line}recipient = \"{}\"\n", pair.recipient);
        text = text.replacen(&line, &with_key, 1);
        let secret = out.join("users").join(format!("{user}.agekey"));
        files::write_atomically(&secret, pair.identity.as_bytes()).doing(doing)?;
    }
    files::write_atomically(&register, text.as_bytes()).doing(doing)
}
