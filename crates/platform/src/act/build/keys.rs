//! The keys of a build: those of the site, and for an anonymised dataset one that lives as long as the build.
//!
//! Guarantee: the key from which an anonymised dataset's ids and date shifts are made is never written (R-ANON-03); it
//! is overwritten when the build ends.

use std::fmt;
use std::sync::Arc;

use sudare_deident::Policy;
use sudare_model::Track;
use sudare_store::compute::KeyRing;
use sudare_store::keys::{Purpose, SiteKeys};
use zeroize::Zeroizing;

use crate::error::{ActError, Doing as _};
use crate::site::Site;

/// The id under which plans know the key of the build.
const BUILD_KEY_ID: &str = "build";

/// The keys of one build.
#[derive(Clone)]
pub(crate) struct BuildKeys {
    site: Arc<SiteKeys>,
    build: Arc<Zeroizing<[u8; 32]>>,
    id: String,
}

impl fmt::Debug for BuildKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BuildKeys(..)")
    }
}

impl BuildKeys {
    /// The keys for a policy. A rehearsal seed, with the specification and the site's own key, makes the key of the
    /// build again; without one it is random.
    pub(super) fn new(site: &Site, policy: &Policy, seed: Option<u64>) -> Result<Self, ActError> {
        let mut build = Zeroizing::new([0u8; 32]);
        match seed {
            Some(seed) => {
                let said = format!("rehearsal {seed} {}", policy.spec.digest);
                *build = *site.keys.digest(Purpose::Rehearsal, said.as_bytes()).as_bytes();
            }
            None => aws_lc_rs::rand::fill(build.as_mut_slice())
                .map_err(|_| std::io::Error::other("no randomness"))
                .doing("making the key of the build")?,
        }
        let id = match policy.spec.track {
            Track::Anonymised => BUILD_KEY_ID.to_owned(),
            Track::Pseudonymised => {
                site.keys.project_key(&policy.spec.project).doing("reading the project's key")?
            }
        };
        Ok(Self { site: Arc::clone(&site.keys), build: Arc::new(build), id })
    }

    /// The id of the key by which this build names people.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl KeyRing for BuildKeys {
    fn with_key(&self, id: &str, use_key: &mut dyn FnMut(&[u8])) -> Option<()> {
        if id == BUILD_KEY_ID {
            use_key(self.build.as_slice());
            return Some(());
        }
        self.site.with_key(id, use_key)
    }
}
