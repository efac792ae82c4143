//! The encrypting object store: plaintext to whoever reads and writes through it, sealed files on disk.
//!
//! A location is `<shelf>/<dataset>/…`; its first two segments name the data key, the whole of it is the place the
//! file is bound to. Sizes and ranges are those of the content. Writing rules (create or overwrite, staged upload)
//! are the local file system's own, since what goes down is one sealed file for each object.
//!
//! What it is not for: `fsync`. A draft is made durable as a whole when it is committed.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use age::stream::StreamWriter;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyMode, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result, UploadPart,
};

use super::sealed::{SealedFile, content_length};
use crate::keys::SiteKeys;
use crate::seal::DataKey;

const STORE: &str = "vault";

/// The vault as an object store. See the module.
#[derive(Debug, Clone)]
pub(crate) struct VaultStore {
    inner: Arc<LocalFileSystem>,
    keys: Arc<SiteKeys>,
}

impl fmt::Display for VaultStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("vault")
    }
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Generic { store: STORE, source: source.into() }
}

fn io_failed(location: &Path, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => {
            Error::NotFound { path: location.to_string(), source: source.into() }
        }
        _ => failed(source),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

impl VaultStore {
    /// A store over the folder, which must be there.
    pub(crate) fn new(root: &std::path::Path, keys: Arc<SiteKeys>) -> Result<Self> {
        Ok(Self { inner: Arc::new(LocalFileSystem::new_with_prefix(root)?), keys })
    }

    fn key(&self, location: &Path) -> Result<Arc<DataKey>> {
        let mut parts = location.parts();
        let (Some(shelf), Some(dataset)) = (parts.next(), parts.next()) else {
            return Err(failed("a location in a vault begins with shelf and dataset"));
        };
        self.keys.data_key(&format!("{}/{}", shelf.as_ref(), dataset.as_ref())).map_err(failed)
    }

    fn file(&self, location: &Path) -> Result<PathBuf> {
        self.inner.path_to_filesystem(location)
    }

    /// The sealed file at a location.
    pub(crate) fn sealed(&self, location: &Path) -> Result<SealedFile> {
        let (path, key) = (self.file(location)?, self.key(location)?);
        SealedFile::open(path, location.to_string(), key)
            .map_err(|error| io_failed(location, error))
    }

    async fn ranges(&self, location: &Path, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
        let (this, location) = (self.clone(), location.clone());
        blocking(move || {
            let sealed = this.sealed(&location)?;
            sealed.ranges(&ranges).map_err(|error| io_failed(&location, error))
        })
        .await
    }

    /// The same facts with the length of the content.
    async fn in_clear(self, mut meta: ObjectMeta) -> Result<ObjectMeta> {
        let path = self.file(&meta.location)?;
        blocking(move || {
            meta.size = content_length(&path).map_err(|error| io_failed(&meta.location, error))?;
            Ok(meta)
        })
        .await
    }
}

#[async_trait::async_trait]
impl ObjectStore for VaultStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let key = self.key(location)?;
        let sealed = key
            .seal_bytes(location.as_ref(), payload.iter().map(|piece| piece.as_ref()))
            .map_err(failed)?;
        self.inner.put_opts(location, sealed.into(), opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let sink = Sink::default();
        let writer = self.key(location)?.seal(location.as_ref(), sink.clone()).map_err(failed)?;
        let inner = self.inner.put_multipart_opts(location, opts).await?;
        Ok(Box::new(SealedUpload { inner, sink, writer: Some(writer) }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let meta = self.inner.head(location).await?;
        options.check_preconditions(&meta)?;
        let meta = self.clone().in_clear(meta).await?;
        let range = match &options.range {
            Some(range) => range.as_range(meta.size).map_err(failed)?,
            None => 0..meta.size,
        };
        let bytes = if options.head {
            Vec::new()
        } else {
            self.ranges(location, vec![range.clone()]).await?
        };
        let payload = GetResultPayload::Stream(stream::iter(bytes).map(Ok).boxed());
        Ok(GetResult { payload, meta, range, attributes: object_store::Attributes::new() })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.ranges(location, ranges.to_vec()).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let this = self.clone();
        self.inner.list(prefix).and_then(move |meta| this.clone().in_clear(meta)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.inner.list_with_delimiter(prefix).await?;
        for meta in &mut listed.objects {
            *meta = self.clone().in_clear(meta.clone()).await?;
        }
        Ok(listed)
    }

    /// A sealed file is bound to its place, so a copy is read and sealed again.
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let bytes = self.get(from).await?.bytes().await?;
        let mode = match options.mode {
            CopyMode::Overwrite => PutMode::Overwrite,
            CopyMode::Create => PutMode::Create,
        };
        self.put_opts(to, bytes.into(), PutOptions { mode, ..PutOptions::default() })
            .await
            .map(drop)
    }
}

/// Where ciphertext collects between parts.
#[derive(Debug, Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An upload whose parts are sealed in the order they are put.
struct SealedUpload {
    inner: Box<dyn MultipartUpload>,
    sink: Sink,
    writer: Option<StreamWriter<Sink>>,
}

impl fmt::Debug for SealedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedUpload(..)")
    }
}

#[async_trait::async_trait]
impl MultipartUpload for SealedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let Some(writer) = &mut self.writer else {
            return futures::future::ready(Err(failed("the upload is complete"))).boxed();
        };
        for piece in &data {
            if let Err(error) = io::Write::write_all(writer, piece) {
                return futures::future::ready(Err(failed(error))).boxed();
            }
        }
        match self.sink.take() {
            sealed if sealed.is_empty() => futures::future::ready(Ok(())).boxed(),
            sealed => self.inner.put_part(sealed.into()),
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let writer = self.writer.take().ok_or_else(|| failed("the upload is complete"))?;
        writer.finish().map_err(failed)?;
        let sealed = self.sink.take();
        self.inner.put_part(sealed.into()).await?;
        self.inner.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}
