//! `truth/expect.json`: totals that tests check the whole thread against.

use std::fmt::Write as _;

use crate::chunk::Tally;
use crate::period::Period;
use crate::register::{LACKING, STANDINGS, WAITING_DAYS};
use crate::site::Sites;
use crate::{Region, Summary};

const FACTS: &[&str] = &[
    "visit",
    "diagnosis",
    "drug",
    "lab",
    "procedure",
    "order",
    "allergy",
    "device",
    "death",
    "observation",
    "image",
    "note",
];
const MESSAGES: &[&str] = &[
    "ADT-00", "ADT-12", "ADT-22", "ADT-52", "ADT-61", "PPR-01", "OMP-01", "OMP-02", "OML-11",
    "OMG-01", "OMG-11",
];
const MESSY: &[&str] =
    &["empty", "not_hl7", "pid_mismatch", "birth_conflict", "wrong_folder", "bare_segments"];

fn sum(tally: &Tally, words: &[&str]) -> u64 {
    tally.iter().filter(|(key, _)| words.contains(&key.1)).map(|(_, count)| count).sum()
}

/// The counts a caller is told.
pub(crate) fn summary(tally: &Tally, sites: &Sites, persons: u64, households: u64) -> Summary {
    let delivering = sites.all.iter().map(|one| one.id.clone()).collect();
    Summary {
        persons,
        households,
        delivering,
        patients: sum(tally, &["persons"]),
        storage_files: sum(tally, &["files"]),
        receipts: sum(tally, &["receipts"]),
        facts: sum(tally, FACTS),
    }
}

fn group(out: &mut String, tally: &Tally, at: usize, name: &str, words: &[&'static str]) {
    let list: Vec<String> = words
        .iter()
        .map(|word| format!("\"{word}\": {}", tally.get(&(at, *word)).copied().unwrap_or_default()))
        .collect();
    let _ = write!(out, ",\n      \"{name}\": {{ {} }}", list.join(", "));
}

/// The document.
///
/// `consent` counts persons by standing. Refused on both tracks: `never_notified` (R-NOT-02), `waiting` (R-NOT-03)
/// and `stop_both` (R-OPT-06); on one: `anonymised_only`, `stop_anonymised`, `stop_pseudonymised`;
/// `first_version_only` lacks the items named in `first_version_lacks`; `guardian_not_notified` is refused on both
/// tracks where the notice was given before 16 (R-NOT-07). Whoever died before the day of notice is refused whatever
/// the standing (R-NOT-09).
pub(crate) fn expect(
    region: &Region,
    period: &Period,
    sites: &Sites,
    tally: &Tally,
    summary: &Summary,
) -> String {
    let mut out = format!(
        "{{\n  \"format\": \"sudare-expect-1\",\n  \"seed\": {},\n  \"persons\": {},\n  \"households\": {},\n  \
         \"as_of\": \"{}\",\n  \"from\": \"{}\",\n  \"to\": \"{}\",\n  \"patients\": {},\n  \
         \"storage_files\": {},\n  \"receipts\": {},\n  \"facts\": {},\n  \"waiting_days\": {},\n  \
         \"first_version_lacks\": [\"{}\"],\n  \"providers\": {{",
        region.seed,
        summary.persons,
        summary.households,
        period.as_of,
        period.start,
        period.end,
        summary.patients,
        summary.storage_files,
        summary.receipts,
        summary.facts,
        WAITING_DAYS,
        LACKING.join("\", \""),
    );
    for (at, provider) in sites.all.iter().enumerate() {
        let count = |word| tally.get(&(at, word)).copied().unwrap_or_default();
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}\n    \"{}\": {{\n      \"persons\": {},\n      \"receipts\": {},\n      \
             \"storage_files\": {}",
            provider.id,
            count("persons"),
            count("receipts"),
            count("files"),
        );
        group(&mut out, tally, at, "facts", FACTS);
        group(&mut out, tally, at, "messages", MESSAGES);
        group(&mut out, tally, at, "messy", MESSY);
        group(&mut out, tally, at, "consent", &STANDINGS);
        out.push_str("\n    }");
    }
    out.push_str("\n  }\n}\n");
    out
}
