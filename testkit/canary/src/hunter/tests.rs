//! What a hunt finds, and what it must not find.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use base64::engine::general_purpose::STANDARD;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::*;

const NAME: &str = "簾屋 籬太郎";

fn hunter() -> Hunter {
    let needle = |label: &str, text: &str| Needle { label: label.into(), text: text.into() };
    Hunter::new(&[needle("name", NAME), needle("phone", "090-0000-4711")]).unwrap()
}

/// The places at which a folder with this one file shows a needle.
fn places(file: &str, bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(file), bytes).unwrap();
    let account = hunter().folder(folder.path(), &[]).unwrap();
    assert_eq!(account.files, 1);
    let mut places: Vec<String> = account.sightings.into_iter().map(|s| s.place).collect();
    places.dedup();
    places
}

#[test]
fn a_clean_file_is_clean() {
    assert!(places("a.csv", "簾,屋,籬,太郎,090-0000-4712".as_bytes()).is_empty());
}

#[test]
fn plain_text_and_file_names_are_searched() {
    assert_eq!(places("a.csv", format!("1,{NAME},2").as_bytes()), ["a.csv"]);
    assert_eq!(places("090-0000-4711.txt", b"nothing"), ["090-0000-4711.txt > name"]);
}

#[test]
fn a_short_number_counts_as_a_whole_one_alone() {
    let birth = Needle { label: "birth".into(), text: "19310211".into() };
    let hunter = Hunter::new(&[birth]).unwrap();
    let found = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), text).unwrap();
        !hunter.folder(folder.path(), &[]).unwrap().sightings.is_empty()
    };
    assert!(found("x19310211y") && found("19310211") && found("１９３１０２１１"));
    assert!(!found("419310211") && !found("193102110"));
}

#[test]
fn what_is_compressed_is_opened() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(NAME.as_bytes()).unwrap();
    let zipped = gzip.finish().unwrap();
    assert_eq!(places("a.gz", &zipped), ["a.gz > decompressed"]);
    let twice = zstd::encode_all(zipped.as_slice(), 3).unwrap();
    assert_eq!(places("a.zst", &twice), ["a.zst > decompressed > decompressed"]);
    assert!(places("broken.gz", zipped.get(..9).unwrap()).is_empty());
}

#[test]
fn an_envelope_is_opened() {
    let statement = format!("{{\"a\":\"{}\"}}", NAME.escape_unicode()).repeat(4);
    let envelope = format!("{{\"payload\":\"{}\"}}", STANDARD.encode(STANDARD.encode(statement)));
    assert_eq!(places("a.json", envelope.as_bytes()), ["a.json > base64 > base64"]);
}

#[test]
fn parquet_pages_are_opened() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["a", NAME, "b"]));
    let batch = RecordBatch::try_from_iter([("x", values)]).unwrap();
    for dictionary in [false, true] {
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(dictionary)
            .set_statistics_enabled(parquet::file::properties::EnabledStatistics::None)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let found = places("a.parquet", &bytes);
        assert!(found.contains(&"a.parquet > Parquet page".into()), "{dictionary}: {found:?}");
    }
}

#[test]
fn a_needle_across_two_chunks_is_found() {
    let mut bytes = vec![b' '; CHUNK_BYTES - 5];
    bytes.extend_from_slice(NAME.as_bytes());
    assert_eq!(places("big.txt", &bytes), ["big.txt"]);
}

#[test]
fn a_spared_folder_is_not_entered_and_a_short_needle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("truth");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(inside.join("people.csv"), NAME).unwrap();
    assert_eq!(hunter().folder(folder.path(), &[]).unwrap().sightings.len(), 1);
    assert!(hunter().folder(folder.path(), &[&inside]).unwrap().sightings.is_empty());
    let short = Needle { label: "x".into(), text: "12345".into() };
    assert!(matches!(Hunter::new(&[short]), Err(HuntError::Short(_))));
}
