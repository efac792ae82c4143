//! The package: one tar archive of a release's files, encrypted to the recipient's key as it is written.
//!
//! The archive holds nothing of the machine it was made on: files in path order, one owner, one mode, one time. The
//! same release gives the same archive; the encryption around it is fresh each time.

use std::io::{self, Read, Write};
use std::str::FromStr;

use age::x25519::Recipient;
use age::{EncryptError, Encryptor};
use aws_lc_rs::digest::{Context, SHA256};
use sudare_model::Digest;

/// Time of every file: 1980-01-01T00:00:00Z, the earliest that all archive tools accept.
const TIME: u64 = 315_532_800;
/// Read by everyone, written by the owner.
const MODE: u32 = 0o644;

/// Opens a file when its turn comes.
pub type Open<'f> = Box<dyn FnOnce() -> io::Result<Box<dyn Read + 'f>> + 'f>;

/// A file of a release.
pub struct PackageFile<'f> {
    /// Path inside the release: relative, `/` between parts.
    pub path: String,
    /// Bytes it has.
    pub size: u64,
    /// Opens it.
    pub open: Open<'f>,
}

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The recipient is no key.
    #[error("the recipient is not a public key of the `age` format")]
    Recipient,
    /// A path that would unpack outside its folder, or twice.
    #[error("`{path}` cannot be a path inside a package")]
    Path {
        /// The path in the release.
        path: String,
    },
    /// A file does not have the size it was said to have.
    #[error("`{path}` changed while it was packed")]
    Changed {
        /// The path in the release.
        path: String,
    },
    /// Encryption could not begin.
    #[error("the package cannot be encrypted")]
    Encrypt(#[from] EncryptError),
    /// Reading a file or writing the package failed.
    #[error("the package cannot be written")]
    Write(#[from] io::Error),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// SHA-256 of the package as delivered.
    pub package: Digest,
    /// Bytes of the package.
    pub bytes: u64,
    /// SHA-256 of the archive inside; equal for equal releases.
    pub archive: Digest,
    /// Files in it.
    pub files: u64,
}

/// A new key pair for a recipient who has none yet, as texts of the `age` format.
pub struct KeyPair {
    /// The public half, `age1…`, for the register.
    pub recipient: String,
    /// The secret half, for the recipient alone.
    pub identity: zeroize::Zeroizing<String>,
}

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyPair({})", self.recipient)
    }
}

/// Makes a key pair.
#[must_use]
pub fn key_pair() -> KeyPair {
    let identity = age::x25519::Identity::generate();
    let text = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    KeyPair {
        recipient: identity.to_public().to_string(),
        identity: zeroize::Zeroizing::new(format!("{text}\n")),
    }
}

/// Writes the package. `root` is the folder in which everything unpacks.
///
/// # Errors
/// [`PackageError`]; what was written so far is of no use then.
pub fn pack<W: Write>(
    root: &str,
    mut files: Vec<PackageFile<'_>>,
    recipient: &str,
    out: W,
) -> Result<Packed, PackageError> {
    let key = Recipient::from_str(recipient).map_err(|_why| PackageError::Recipient)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    if let Some(path) = unfit(root, &files) {
        return Err(PackageError::Path { path });
    }
    let encryptor = Encryptor::with_recipients(std::iter::once(&key as &dyn age::Recipient))?;
    let encrypted = encryptor.wrap_output(Digesting::new(out))?;
    let mut archive = tar::Builder::new(Digesting::new(encrypted));
    let mut count = 0;
    for file in files {
        append(&mut archive, root, file)?;
        count += 1;
    }
    let (archive, encrypted) = archive.into_inner()?.finish();
    let (package, mut out) = encrypted.finish()?.finish();
    out.flush()?;
    Ok(Packed { package: package.0, bytes: package.1, archive: archive.0, files: count })
}

/// The first path that is no plain relative path, or stands twice.
fn unfit(root: &str, files: &[PackageFile<'_>]) -> Option<String> {
    let plain = |path: &str| {
        !path.contains(['\\', '\0', ':'])
            && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
    };
    if !plain(root) {
        return Some(root.to_owned());
    }
    let twice = files.windows(2).find_map(|pair| match pair {
        [one, other] if one.path == other.path => Some(&one.path),
        _ => None,
    });
    twice.or_else(|| files.iter().map(|file| &file.path).find(|path| !plain(path))).cloned()
}

fn append<W: Write>(
    archive: &mut tar::Builder<W>,
    root: &str,
    file: PackageFile<'_>,
) -> Result<(), PackageError> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(file.size);
    header.set_mode(MODE);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(TIME);
    let mut source = Exact { source: (file.open)()?, left: file.size, grew: false };
    archive.append_data(&mut header, format!("{root}/{}", file.path), &mut source)?;
    if source.left > 0 || source.has_more()? {
        return Err(PackageError::Changed { path: file.path });
    }
    Ok(())
}

/// Reads no more than was announced, so that the archive's frame stays whole.
struct Exact<R> {
    source: R,
    left: u64,
    grew: bool,
}

impl<R: Read> Exact<R> {
    fn has_more(&mut self) -> io::Result<bool> {
        self.grew = self.source.read(&mut [0])? > 0;
        Ok(self.grew)
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(part) = buffer.get_mut(..most) else { return Ok(0) };
        let read = self.source.read(part)?;
        self.left -= u64::try_from(read).unwrap_or_default();
        Ok(read)
    }
}

/// Passes bytes on and digests them.
struct Digesting<W> {
    inner: W,
    context: Context,
    bytes: u64,
}

impl<W: Write> Digesting<W> {
    fn new(inner: W) -> Self {
        Self { inner, context: Context::new(&SHA256), bytes: 0 }
    }

    fn finish(self) -> ((Digest, u64), W) {
        let digest = self.context.finish();
        let bytes = <[u8; 32]>::try_from(digest.as_ref()).unwrap_or_default();
        ((Digest::from_bytes(bytes), self.bytes), self.inner)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.context.update(buffer.get(..written).unwrap_or(buffer));
        self.bytes += u64::try_from(written).unwrap_or_default();
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
