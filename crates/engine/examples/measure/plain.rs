//! The same rows in plain Parquet files: what encryption at rest is measured against.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use arrow::record_batch::RecordBatch;
use datafusion::prelude::{ParquetReadOptions, SessionContext};
use futures::TryStreamExt;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Done, rows, tell};

pub(super) async fn measure(count: usize) -> Done<()> {
    let folder = tempfile::tempdir()?;
    let whole: Vec<RecordBatch> = rows::batches(count).collect::<Done<_>>()?;
    let paths = ["0", "1"].map(|part| folder.path().join(format!("{part}.parquet")));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let halves = whole.chunks(whole.len().div_ceil(2)).zip(&paths);
        let writers: Vec<_> =
            halves.map(|(half, path)| scope.spawn(move || write(path, half))).collect();
        writers.into_iter().try_for_each(|writer| writer.join().map_err(|_| "a writer died")?)
    })?;
    let mut bytes = 0;
    for path in &paths {
        bytes += path.metadata()?.len();
    }
    drop(whole);
    tell("plain: write, two threads", count, bytes, start.elapsed().as_secs_f64())?;
    for _ in 0..2 {
        let start = Instant::now();
        let found = scan(&paths).await?;
        tell("plain: scan", found, bytes, start.elapsed().as_secs_f64())?;
    }
    Ok(())
}

fn write(path: &Path, batches: &[RecordBatch]) -> Done<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(128 * 1024));
    let out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut writer = ArrowWriter::try_new(out, rows::schema(), Some(properties.build()))?;
    for batch in batches {
        writer.write(batch)?;
    }
    let mut out = writer.into_inner()?;
    out.flush()?;
    Ok(out.get_ref().sync_data()?)
}

async fn scan(paths: &[std::path::PathBuf]) -> Done<usize> {
    let session = SessionContext::new();
    let schema = rows::schema();
    let options = ParquetReadOptions::default().schema(&schema);
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let frame = session.read_parquet(paths, options).await?;
    let mut stream = frame.execute_stream().await?;
    let mut found = 0;
    while let Some(batch) = stream.try_next().await? {
        found += batch.num_rows();
    }
    Ok(found)
}
