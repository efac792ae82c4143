//! Where an executor puts rows between two stages.
//!
//! Ballista writes shuffled rows as plain Arrow files and offers no hook to encrypt them. So they go to memory: a
//! folder of the executor's own on `tmpfs`, for its owner alone, emptied when the executor ends; what a killed
//! executor left there is emptied by the next that starts. A disk is taken only when an operator says so in as many
//! words ([`Scratch::on_unprotected_disk`]), because its file system is encrypted, or the rows are invented.

use std::path::{Path, PathBuf};

use sudare_store::files;

/// Name of the folder of one executor, before its process id.
const PREFIX: &str = "sudare-shuffle-";
/// More than a table of mounts ever has.
const MOUNTS_BYTES_MAX: u64 = 4 << 20;

/// A folder for shuffled rows. Removed with all in it when dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
}

/// Why there is no place for shuffled rows.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The folder lies on a disk.
    #[error("{} does not lie in memory (tmpfs); shuffled rows would be written to a disk in the clear", .0.display())]
    NotInMemory(PathBuf),
    /// The table of mounts could not be read, so nothing is known about the folder.
    #[error("the table of mounts could not be read")]
    Mounts(#[source] files::FileError),
    /// The folder could not be made.
    #[error("the folder for shuffled rows could not be made")]
    Make(#[source] files::FileError),
    /// The folder above could not be listed.
    #[error("the folder for shuffled rows could not be looked at")]
    Sweep(#[source] files::FileError),
    /// There is no such folder.
    #[error("{} is no folder", .0.display())]
    Absent(PathBuf),
}

impl Scratch {
    /// A folder in memory under `parent`, such as `/dev/shm`.
    ///
    /// # Errors
    /// [`ScratchError`], above all [`ScratchError::NotInMemory`].
    pub fn in_memory(parent: &Path) -> Result<Self, ScratchError> {
        let parent = canonical(parent)?;
        let mounts = files::read_text(Path::new("/proc/self/mountinfo"), MOUNTS_BYTES_MAX)
            .map_err(ScratchError::Mounts)?;
        match file_system(&mounts, &parent) {
            Some("tmpfs" | "ramfs") => Self::make(&parent),
            _ => Err(ScratchError::NotInMemory(parent)),
        }
    }

    /// A folder under `parent` wherever it lies: rows will be written to it in the clear.
    ///
    /// # Errors
    /// [`ScratchError`].
    pub fn on_unprotected_disk(parent: &Path) -> Result<Self, ScratchError> {
        Self::make(&canonical(parent)?)
    }

    fn make(parent: &Path) -> Result<Self, ScratchError> {
        sweep(parent)?;
        let folder = parent.join(format!("{PREFIX}{}", std::process::id()));
        files::create_private_dir(&folder).map_err(ScratchError::Make)?;
        Ok(Self { folder })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = files::remove_tree(&self.folder) {
            tracing::error!(%error, "shuffled rows were left behind");
        }
    }
}

fn canonical(path: &Path) -> Result<PathBuf, ScratchError> {
    path.canonicalize().map_err(|_| ScratchError::Absent(path.into()))
}

/// Removes the folders of executors that are no more. A process id that was given to another process keeps a folder
/// until that one ends.
fn sweep(parent: &Path) -> Result<(), ScratchError> {
    for name in files::names_in(parent).map_err(ScratchError::Sweep)? {
        let Some(owner) = name.strip_prefix(PREFIX) else { continue };
        let dead = owner.parse().is_ok_and(|id: u32| {
            id == std::process::id() || !Path::new("/proc").join(id.to_string()).exists()
        });
        if dead && let Err(error) = files::remove_tree(&parent.join(&name)) {
            // Another account's: its mode keeps us out, and its owner's next executor sweeps it.
            tracing::warn!(%error, "old shuffled rows stay");
        }
    }
    Ok(())
}

/// The kind of file system a canonical path lies on, by the table of `/proc/self/mountinfo` (see proc(5)): the last
/// mount with the longest mount point above the path.
fn file_system<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (left.split(' ').nth(4), right.split(' ').next()) else {
            continue;
        };
        let point = Path::new(point);
        let depth = point.components().count();
        if path.starts_with(point) && best.is_none_or(|(deepest, _)| depth >= deepest) {
            best = Some((depth, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw
31 22 0:27 / /tmp rw - tmpfs tmpfs rw
32 31 8:2 / /tmp/disk rw - xfs /dev/sdb rw
";

    #[test]
    fn the_deepest_mount_decides() {
        let kind = |path: &str| file_system(MOUNTS, Path::new(path));
        assert_eq!(kind("/dev/shm/a"), Some("tmpfs"));
        assert_eq!(kind("/tmp/disk/a"), Some("xfs"));
        assert_eq!(kind("/tmp/diskette"), Some("tmpfs"));
        assert_eq!(kind("/home"), Some("ext4"));
    }

    #[test]
    fn a_folder_on_a_disk_is_refused_unless_asked_for() {
        let parent = Path::new(env!("CARGO_MANIFEST_DIR"));
        let refused = Scratch::in_memory(parent);
        assert!(matches!(refused, Err(ScratchError::NotInMemory(_))), "{refused:?}");
    }

    #[test]
    fn a_folder_goes_with_its_owner_and_leftovers_go_first() {
        let parent = tempfile::tempdir().unwrap();
        // No process has this id: the largest Linux gives is 4194304.
        let leftover = parent.path().join(format!("{PREFIX}4194305"));
        std::fs::create_dir(&leftover).unwrap();
        let scratch = Scratch::on_unprotected_disk(parent.path()).unwrap();
        assert!(!leftover.exists());
        std::fs::write(scratch.folder().join("rows"), b"x").unwrap();
        let folder = scratch.folder().to_owned();
        drop(scratch);
        assert!(!folder.exists());
    }
}
