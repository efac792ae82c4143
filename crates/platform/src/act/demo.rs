//! What a demo needs beside its region: two specifications, and who receives what.

use std::path::{Path, PathBuf};

use sudare_store::files;

use crate::error::{ActError, Doing as _};
use crate::site;

/// The datasets of a demo.
#[derive(Debug, Clone)]
pub struct DemoPlan {
    /// Specifications to build, in order.
    pub specs: Vec<PathBuf>,
    /// Dataset and user of each delivery, in order.
    pub deliveries: Vec<(String, String)>,
}

const COHORT_A: &str = r#"# An anonymised dataset: anyone under contract may have it (Act Art. 52; Reg. 18).
format = "sudare-dataset-1"
id = "cohort-a"
track = "anonymised"
project = "p4"

[anonymise]
quasi_identifiers = ["sex", "birth_year", "area"]
"#;

const COHORT_P: &str = r#"# A pseudonymised dataset: for certified users alone (Act Art. 57; Reg. 33).
format = "sudare-dataset-1"
id = "cohort-p"
track = "pseudonymised"
project = "p1"
"#;

/// Whether a demo may run in a home: one that is not there yet, or that a demo began. A demo applies a register of its
/// own and lives on a day of its own, which would spoil a site with real providers for good.
///
/// # Errors
/// [`ActError::Usage`] if the home holds a site that no demo made.
pub fn demo_may_use(home: &Path) -> Result<(), ActError> {
    // A demo writes its region before its keys.
    if site::exists(home) && !home.join("region/register.toml").exists() {
        let help = "holds a site that no demo made; a demo would replace its register, so name \
                    another folder";
        return Err(ActError::usage(format!("--home {}", home.display()), help));
    }
    Ok(())
}

/// Writes the specifications of a demo beside its region.
///
/// # Errors
/// [`ActError::Failed`] if they cannot be written.
pub fn demo_plan(region: &Path) -> Result<DemoPlan, ActError> {
    let mut specs = Vec::new();
    for (name, text) in [("cohort-a.toml", COHORT_A), ("cohort-p.toml", COHORT_P)] {
        let path = region.join(name);
        files::write_atomically(&path, text.as_bytes()).doing("writing a specification")?;
        specs.push(path);
    }
    let deliveries = [("cohort-a", "university-1"), ("cohort-p", "pharma-1")]
        .map(|(dataset, user)| (dataset.to_owned(), user.to_owned()))
        .to_vec();
    Ok(DemoPlan { specs, deliveries })
}
