use super::*;
use crate::schema::arrow_schema;
use arrow::array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int64Array, StringArray, UInt8Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use object_store::{GetRange, ObjectStoreExt, PutMode};
use sudare_model::table::Table;

const CLEARED: Shelf = Shelf::Content(LevelName::Cleared);

fn site() -> (tempfile::TempDir, Vault) {
    let home = tempfile::tempdir().unwrap();
    let keys = Arc::new(SiteKeys::create(home.path()).unwrap());
    let vault = Vault::open(home.path(), keys).unwrap();
    (home, vault)
}

fn reopened(home: &tempfile::TempDir) -> Vault {
    Vault::open(home.path(), Arc::new(SiteKeys::open(home.path()).unwrap())).unwrap()
}

fn id(text: &str) -> DatasetId {
    DatasetId::parse(text).unwrap()
}

fn small() -> (SchemaRef, RecordBatch) {
    let code = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let schema = Arc::new(Schema::new(vec![
        Field::new("subject", DataType::FixedSizeBinary(16), false),
        Field::new("code", code, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("number", DataType::Int64, true),
        Field::new("tracks", DataType::UInt8, false),
    ]));
    let subjects = [[1u8; 16], [2; 16], [3; 16]];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(FixedSizeBinaryArray::try_from_iter(subjects.iter()).unwrap()),
        Arc::new(
            [Some("E11"), None, Some("E11")].into_iter().collect::<DictionaryArray<Int32Type>>(),
        ),
        Arc::new(StringArray::from(vec![Some("CANARY-IN-CLEAR"), Some(""), None])),
        Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])),
        Arc::new(UInt8Array::from(vec![1, 2, 3])),
    ];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    (schema, batch)
}

async fn committed(vault: &Vault, dataset: &str) -> Manifest {
    let (schema, batch) = small();
    let draft = vault.create(CLEARED, &id(dataset)).unwrap();
    draft.append("one", &schema, [Ok::<_, VaultError>(batch.clone()), Ok(batch.clone())]).unwrap();
    draft.append("one", &schema, [Ok::<_, VaultError>(batch)]).unwrap();
    draft.append("none", &schema, std::iter::empty::<Result<_, VaultError>>()).unwrap();
    draft.commit().await.unwrap()
}

#[tokio::test]
async fn a_dataset_reads_back_as_written() {
    let (home, vault) = site();
    let manifest = committed(&vault, "d1").await;
    assert_eq!(manifest.rows(), [("none".to_owned(), 0), ("one".to_owned(), 9)]);
    let vault = reopened(&home);
    assert_eq!(vault.verify(CLEARED, &id("d1")).unwrap(), manifest);
    let table = vault.table(CLEARED, &id("d1"), "one").await.unwrap();
    let (schema, batch) = small();
    assert_eq!(table.schema, schema);
    assert_eq!(table.files.len(), 2);
    let read: Vec<_> = vault.read(&table).map(Result::unwrap).collect();
    assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 9);
    assert_eq!(read[1], batch);
    let none = vault.table(CLEARED, &id("d1"), "none").await.unwrap();
    assert_eq!(none.schema, schema);
    assert_eq!(vault.read(&none).count(), 0);
    assert!(matches!(
        vault.table(CLEARED, &id("d1"), "other").await,
        Err(VaultError::Absent { .. })
    ));
}

#[tokio::test]
async fn every_clinical_schema_reads_back_equal() {
    let (_home, vault) = site();
    let draft = vault.create(CLEARED, &id("d1")).unwrap();
    let tables = || sudare_model::table::CLINICAL.iter();
    let schema = |table: &Table| arrow_schema(table);
    for table in tables() {
        let nothing = std::iter::empty::<Result<_, VaultError>>();
        draft.append(table.name, &schema(table), nothing).unwrap();
    }
    draft.commit().await.unwrap();
    for table in tables() {
        let read = vault.table(CLEARED, &id("d1"), table.name).await.unwrap();
        assert_eq!(read.schema, schema(table), "{}", table.name);
    }
}

#[tokio::test]
async fn nothing_lies_in_clear() {
    let (home, vault) = site();
    committed(&vault, "d1").await;
    for entry in walkdir::WalkDir::new(home.path()) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() && entry.file_name() != "site.age" {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(bytes.is_empty() || bytes.starts_with(b"age-encryption.org/v1\n"));
            for word in ["CANARY", "PAR1", "numRecords", "subject"] {
                assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()));
            }
        }
    }
}

#[tokio::test]
async fn a_draft_is_invisible_and_swept() {
    let (home, vault) = site();
    let (schema, batch) = small();
    let draft = vault.create(CLEARED, &id("d1")).unwrap();
    draft.append("one", &schema, [Ok::<_, VaultError>(batch)]).unwrap();
    assert!(matches!(vault.create(CLEARED, &id("d1")), Err(VaultError::Busy { .. })));
    assert_eq!(reopened(&home).datasets(CLEARED).unwrap(), []);
    assert!(home.path().join("vault/cleared/d1").exists(), "a live draft is not swept");
    // As a kill does: nothing is dropped, and the operating system lets go of the lock.
    drop(draft.into_lock_as_if_killed());
    let vault = reopened(&home);
    assert!(!home.path().join("vault/cleared/d1").exists());
    assert!(!home.path().join("keys/data/cleared/d1.age").exists());
    committed(&vault, "d1").await;
    assert_eq!(vault.datasets(CLEARED).unwrap(), [id("d1")]);
    assert!(matches!(vault.create(CLEARED, &id("d1")), Err(VaultError::Exists { .. })));
}

#[tokio::test]
async fn an_unfinished_writer_stops_the_commit_and_the_draft_goes() {
    let (home, vault) = site();
    let (schema, _) = small();
    let draft = vault.create(CLEARED, &id("d1")).unwrap();
    drop(draft.writer("one", &schema).unwrap());
    let other = Arc::new(Schema::empty());
    assert!(matches!(draft.writer("one", &other), Err(VaultError::SchemaDiffers { .. })));
    assert!(matches!(draft.writer("../x", &schema), Err(VaultError::Name { .. })));
    assert!(matches!(draft.commit().await, Err(VaultError::Unfinished { writers: 1 })));
    assert!(!home.path().join("vault/cleared/d1").exists());
}

#[tokio::test]
async fn an_erased_dataset_is_gone_and_a_backup_does_not_open() {
    let (home, vault) = site();
    committed(&vault, "d1").await;
    committed(&vault, "d2").await;
    let folder = home.path().join("vault/cleared/d1");
    let backup = home.path().join("backup");
    std::fs::rename(&folder, &backup).unwrap();
    vault.erase(CLEARED, &id("d1")).unwrap();
    vault.erase(CLEARED, &id("d1")).unwrap();
    std::fs::rename(&backup, &folder).unwrap();
    let gone = vault.manifest(CLEARED, &id("d1"));
    assert!(matches!(gone, Err(VaultError::Key(KeyError::Gone { .. }))));
    let vault = reopened(&home);
    assert!(!folder.exists(), "what has no key is swept");
    vault.verify(CLEARED, &id("d2")).unwrap();
}

#[tokio::test]
async fn a_file_moved_inside_its_dataset_is_told() {
    let (home, vault) = site();
    committed(&vault, "d1").await;
    let at = |name: &str| home.path().join("vault/cleared/d1/one").join(name);
    let (first, second) = (at("part-00000.parquet"), at("part-00001.parquet"));
    std::fs::copy(&second, &first).unwrap();
    let altered = vault.verify(CLEARED, &id("d1")).unwrap_err();
    assert_eq!(
        altered.to_string(),
        "`cleared/d1/one/part-00000.parquet` is not what was committed"
    );
    let table = vault.table(CLEARED, &id("d1"), "one").await;
    assert!(matches!(table, Err(VaultError::Parquet)));
}

#[tokio::test]
async fn the_object_store_gives_clear_sizes_and_ranges() {
    let (_home, vault) = site();
    vault.keys.create_data_key("cleared/d1").unwrap();
    let store = vault.object_store();
    let (here, there) = (Location::from("cleared/d1/t/x"), Location::from("cleared/d1/t/y"));
    let content: Vec<u8> = (0..200_000u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    store.put(&here, content.clone().into()).await.unwrap();
    assert_eq!(store.head(&here).await.unwrap().size, 200_000);
    assert_eq!(store.get(&here).await.unwrap().bytes().await.unwrap(), content);
    for range in [0..1, 65_503..65_505, 65_536..131_072, 199_999..200_000] {
        let read = store.get_range(&here, range.clone()).await.unwrap();
        let (start, end) = (usize::try_from(range.start), usize::try_from(range.end));
        assert_eq!(read, content[start.unwrap()..end.unwrap()]);
    }
    let suffix = object_store::GetOptions {
        range: Some(GetRange::Suffix(8)),
        ..object_store::GetOptions::default()
    };
    let read = store.get_opts(&here, suffix).await.unwrap().bytes().await.unwrap();
    assert_eq!(read, content[199_992..]);
    let create = store.put_opts(&here, "x".into(), PutMode::Create.into()).await;
    assert!(matches!(create, Err(object_store::Error::AlreadyExists { .. })));
    store.copy(&here, &there).await.unwrap();
    assert_eq!(store.get(&there).await.unwrap().bytes().await.unwrap(), content);
    store.delete(&there).await.unwrap();
    let mut upload = store.put_multipart(&there).await.unwrap();
    for part in content.chunks(70_000) {
        upload.put_part(part.to_vec().into()).await.unwrap();
    }
    upload.complete().await.unwrap();
    assert_eq!(store.get(&there).await.unwrap().bytes().await.unwrap(), content);
    use futures::TryStreamExt;
    let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
    assert_eq!(listed.iter().map(|one| one.size).collect::<Vec<_>>(), [200_000; 2]);
    let absent = store.head(&Location::from("cleared/d1/t/z")).await;
    assert!(matches!(absent, Err(object_store::Error::NotFound { .. })));
}

#[test]
fn two_threads_write_one_table() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (_home, vault) = site();
    let (schema, batch) = small();
    let draft = vault.create(CLEARED, &id("d1")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut writer = draft.writer("one", &schema).unwrap();
                (0..100).for_each(|_| writer.write(&batch).unwrap());
                writer.finish().unwrap();
            });
        }
    });
    let manifest = runtime.block_on(draft.commit()).unwrap();
    assert_eq!(manifest.rows(), [("one".to_owned(), 600)]);
    let table = runtime.block_on(vault.table(CLEARED, &id("d1"), "one")).unwrap();
    assert_eq!(vault.read(&table).map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 600);
}
