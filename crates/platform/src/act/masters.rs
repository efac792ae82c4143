//! `masters`: the official claim masters of a site, by which `receive` gives claim codes their names and units of the
//! day of care.
//!
//! They are public and lie as they came, in `HOME/masters`, numbered in the order they were added and named by what
//! they hold; an edition adds versions of codes and takes none away. The ledger's entry of a delivery says by which
//! masters its claims were read. Nothing is added of a folder in which one file is no master.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sudare_intake::{MasterKind, Masters};
use sudare_model::Digest;
use sudare_store::files::{self, Sha256};
use sudare_store::inbox::{Inbox, Limits};

use crate::answer::{Counts, MastersAnswer};
use crate::error::{ActError, Doing as _};
use crate::inbox::Opened;
use crate::site::Site;

/// No claim master is larger: the largest published has about 10 MB.
const MASTER_MAX: u64 = 256 << 20;

/// Adds the claim masters of a folder to the site's. Those it has are not added again.
///
/// # Errors
/// [`ActError::Usage`] if the folder holds no master, or a file that is none: nothing is added then;
/// [`ActError::Failed`] if one cannot be stored.
pub fn masters_add(site: &mut Site, folder: &Path) -> Result<MastersAnswer, ActError> {
    let given = given("FOLDER", folder)?;
    let known = stored(site)?;
    let home = home(site);
    files::create_private_dir(&home).doing("making the folder of the masters")?;
    let next = known.last().map_or(1, |last| last.number + 1);
    let is_new = |bytes: &&Vec<u8>| {
        let digest = Sha256::of(bytes);
        known.iter().all(|one| one.digest != digest)
    };
    let mut added = 0;
    for (number, bytes) in (next..).zip(given.files.iter().filter(is_new)) {
        let path = home.join(Stored { number, digest: Sha256::of(bytes) }.to_string());
        files::write_atomically(&path, bytes).doing("storing a master")?;
        added += 1;
    }
    let answer = masters_list(site)?;
    Ok(MastersAnswer { added, ..answer })
}

/// The claim masters of the site.
///
/// # Errors
/// [`ActError::Failed`] if one cannot be read or is not what was added.
pub fn masters_list(site: &Site) -> Result<MastersAnswer, ActError> {
    let of_site = in_force(site)?;
    let codes = of_site.as_ref().map(|one| {
        let counted = |kind: MasterKind| (kind.word().to_owned(), one.masters.count(kind) as u64);
        MasterKind::ALL.into_iter().map(counted).collect::<Counts>()
    });
    Ok(MastersAnswer {
        files: stored(site)?.len() as u64,
        added: 0,
        codes: codes.unwrap_or_default(),
        digest: of_site.map(|one| one.digest.to_string()),
    })
}

/// The masters of a site, and what they are known by.
pub(super) struct InForce {
    pub(super) masters: Masters,
    /// SHA-256 of the digests of the files, in their order.
    pub(super) digest: Digest,
}

/// The masters by which a site reads claims; `None` where none were added.
pub(super) fn in_force(site: &Site) -> Result<Option<InForce>, ActError> {
    let stored = stored(site)?;
    if stored.is_empty() {
        return Ok(None);
    }
    let (mut whole, mut all) = (Sha256::new(), Vec::new());
    for one in stored {
        let path = home(site).join(one.to_string());
        let bytes = files::read_bytes(&path, MASTER_MAX).doing("reading a master")?;
        if Sha256::of(&bytes) != one.digest {
            let text = format!("`{}` is not the master that was added", path.display());
            return Err(std::io::Error::other(text)).doing("reading a master");
        }
        whole.update(one.digest.as_bytes());
        all.push(bytes);
    }
    let masters = Masters::read(all.iter().map(Vec::as_slice)).doing("reading the masters")?;
    Ok(Some(InForce { masters, digest: whole.finish() }))
}

/// A master as it lies in a site: its number, and the SHA-256 of what it holds.
struct Stored {
    number: u32,
    digest: Digest,
}

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}-{}.csv", self.number, self.digest)
    }
}

impl Stored {
    fn of(name: &str) -> Option<Self> {
        let (number, digest) = name.strip_suffix(".csv")?.split_once('-')?;
        Some(Self { number: number.parse().ok()?, digest: Digest::parse(digest)? })
    }
}

/// The masters of a site, in the order they were added.
fn stored(site: &Site) -> Result<Vec<Stored>, ActError> {
    let home = home(site);
    if !home.exists() {
        return Ok(Vec::new());
    }
    let names = files::names_in(&home).doing("listing the masters")?;
    let mut found: Vec<_> = names.iter().filter_map(|name| Stored::of(name)).collect();
    found.sort_unstable_by_key(|one| one.number);
    Ok(found)
}

fn home(site: &Site) -> PathBuf {
    site.home.join("masters")
}

/// Masters of a folder that someone named.
pub(super) struct Given {
    pub(super) masters: Masters,
    files: Vec<Vec<u8>>,
}

/// The claim masters of a folder: its tables (`csv`, `txt`), in the order of their names; a licence is none.
pub(super) fn given(argument: &str, folder: &Path) -> Result<Given, ActError> {
    let wrong = |says: String| ActError::usage(argument, says);
    let inbox =
        Inbox::walk(&[folder.to_path_buf()], &Limits::DEFAULT).map_err(|e| wrong(e.to_string()))?;
    let opened = Opened::new(inbox);
    let (mut files, mut names) = (Vec::new(), Vec::new());
    for file_no in 0..opened.files.count() {
        let path = opened.files.path(file_no);
        let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if !(name.ends_with(".csv") || name.ends_with(".txt")) || name.starts_with("license") {
            continue;
        }
        let unread = |says: &str| wrong(format!("`{path}` {says}"));
        let file = opened.files.open(file_no).map_err(|_| unread("cannot be opened"))?;
        let mut bytes = Vec::new();
        let read = file.take(MASTER_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|_| unread("cannot be read"))?;
        if bytes.len() as u64 > MASTER_MAX {
            return Err(unread("is larger than any claim master (256 MiB)"));
        }
        files.push(bytes);
        names.push(path);
    }
    let masters = Masters::read(files.iter().map(Vec::as_slice)).map_err(|error| {
        wrong(format!("`{}`, {error}", names.get(error.file()).map_or("", |name| &**name)))
    })?;
    if masters.is_empty() {
        return Err(wrong(format!("`{}` holds no claim master", folder.display())));
    }
    Ok(Given { masters, files })
}
