//! Objects of the spool as the files of a delivery: in the order of their names, each opened where it lies.

use std::borrow::Cow;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sudare_intake::{Files, OpenError};
use sudare_store::spool::{Spooled, Tray};

/// What stands where the folder that was given would stand.
const FOLDER: &str = "spool";

/// Objects of several trays, numbered by what they are, so that the same objects are the same delivery in whatever
/// order they came.
pub(crate) struct SpooledFiles {
    objects: Vec<(String, Arc<Tray>, Spooled)>,
    failed: Arc<AtomicBool>,
}

impl SpooledFiles {
    /// Takes objects, each with its tray.
    pub(crate) fn new(objects: Vec<(Arc<Tray>, Spooled)>) -> Self {
        // Named by a keyed digest of the object: a corrected one that is sent again takes the place of the earlier.
        let named = |(tray, object): (Arc<Tray>, Spooled)| {
            (format!("{FOLDER}/{}.dcm", object.object()), tray, object)
        };
        let mut objects: Vec<_> = objects.into_iter().map(named).collect();
        objects.sort_by(|left, right| left.0.cmp(&right.0));
        Self { objects, failed: Arc::default() }
    }

    /// Whether any of them could not be read: then what was received is not all that was acknowledged.
    pub(crate) fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    fn at(&self, file_no: u32) -> Option<&(String, Arc<Tray>, Spooled)> {
        self.objects.get(usize::try_from(file_no).ok()?)
    }
}

impl Files for SpooledFiles {
    fn count(&self) -> u32 {
        u32::try_from(self.objects.len()).unwrap_or(u32::MAX)
    }

    fn path(&self, file_no: u32) -> Cow<'_, str> {
        self.at(file_no).map_or("", |(path, ..)| path).into()
    }

    fn len(&self, file_no: u32) -> u64 {
        self.at(file_no).map_or(0, |(_, _, object)| object.length())
    }

    fn is_whole(&self) -> bool {
        true
    }

    fn open(&self, file_no: u32) -> Result<Box<dyn Read + Send>, OpenError> {
        self.open_at(file_no, 0)
    }

    fn open_at(&self, file_no: u32, byte: u64) -> Result<Box<dyn Read + Send>, OpenError> {
        let (_, tray, object) = self.at(file_no).ok_or(OpenError::Missing)?;
        if byte > object.length() {
            return Err(OpenError::Changed);
        }
        match tray.open(object, byte) {
            Ok(inner) => Ok(Box::new(Watched { inner, failed: Arc::clone(&self.failed) })),
            Err(error) => {
                self.failed.store(true, Ordering::Relaxed);
                Err(OpenError::Io(error.kind()))
            }
        }
    }
}

/// A reader that notes when it fails.
struct Watched<R> {
    inner: R,
    failed: Arc<AtomicBool>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into);
        if read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted) {
            self.failed.store(true, Ordering::Relaxed);
        }
        read
    }
}
