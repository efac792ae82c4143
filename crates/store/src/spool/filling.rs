//! Filling a tray: one object after the other, each durable before it is acknowledged.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;

use age::stream::StreamWriter;
use sudare_model::Digest;

use super::{BYTES_AT_ONCE, DIGITS, SpoolError, Spooled, Tray, place_of};
use crate::files::{self, FileError, Sha256};
use crate::keys::{Purpose, SiteKeys};

/// A tray that is being filled. Dropped it stays where it is and is found at the next start.
#[derive(Debug)]
pub struct Filling {
    tray: Tray,
    keys: Arc<SiteKeys>,
    next: u32,
}

impl Filling {
    pub(super) const fn new(tray: Tray, keys: Arc<SiteKeys>) -> Self {
        Self { tray, keys, next: 0 }
    }

    /// How many objects were kept.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tray.objects.len()
    }

    /// Begins an object. What is written goes in sealed; dropped it is gone.
    ///
    /// # Errors
    /// [`SpoolError::File`].
    pub fn arrive(&mut self) -> Result<Arriving, SpoolError> {
        let number = self.next;
        self.next += 1;
        let path = self.tray.folder.join(format!(".{number:08}.part"));
        let made = files::create_private(&path).and_then(|file| {
            let out = BufWriter::with_capacity(BYTES_AT_ONCE, file);
            self.tray.key.seal(&place_of(&self.tray.place, number), out)
        });
        let writer = made.map_err(FileError::at(&path, "created"))?;
        Ok(Arriving { writer: Some(writer), path, number, hash: Sha256::new(), length: 0 })
    }

    /// Keeps an object under the name of what it is. When this returns, it is durable.
    ///
    /// # Errors
    /// [`SpoolError::File`]; the object is then not kept.
    pub fn keep(&mut self, mut arriving: Arriving, what: &[u8]) -> Result<(), SpoolError> {
        let token = |kind: &str, bytes: &[u8]| {
            let said = [b"spool\0", kind.as_bytes(), b"\0", bytes].concat();
            self.keys.digest(Purpose::Token, &said).to_string().chars().take(DIGITS).collect()
        };
        let content: Digest = std::mem::replace(&mut arriving.hash, Sha256::new()).finish();
        let object = Spooled {
            number: arriving.number,
            object: token("object", what),
            content: token("content", content.as_bytes()),
            length: arriving.length,
        };
        let path = self.tray.folder.join(object.name());
        let written = arriving.finish().and_then(|file| {
            file.sync_all()?;
            std::fs::rename(&arriving.path, &path)
        });
        written.map_err(FileError::at(&path, "written"))?;
        files::sync_dir(&self.tray.folder)?;
        self.tray.objects.push(object);
        Ok(())
    }

    /// Ends the filling; none if nothing was kept.
    #[must_use]
    pub fn close(self) -> Option<Tray> {
        if self.tray.objects.is_empty() {
            // What cannot be removed now is swept at the next start.
            let _ = self.tray.destroy();
            return None;
        }
        Some(self.tray)
    }
}

/// An object on its way in.
pub struct Arriving {
    writer: Option<StreamWriter<BufWriter<File>>>,
    path: PathBuf,
    number: u32,
    hash: Sha256,
    length: u64,
}

impl std::fmt::Debug for Arriving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arriving").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Arriving {
    /// Bytes written so far.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    fn finish(&mut self) -> io::Result<File> {
        let writer =
            self.writer.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

impl Write for Arriving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(writer) = &mut self.writer else {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        };
        let written = writer.write(bytes)?;
        self.hash.update(bytes.get(..written).unwrap_or_default());
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // Kept it has another name by now. What cannot be removed is swept at the next start.
        let _ = files::remove_file(&self.path);
    }
}
