//! One suite, run on SQLite always and on PostgreSQL where `SUDARE_TEST_POSTGRES` gives a URL.

use super::*;
use sudare_model::time::{Day, Instant};
use sudare_model::{
    DatasetId, DeliveryId, Digest, LevelName, NoticeId, ProviderId, SubjectKey, Track, Tracks,
};

fn provider(text: &str) -> ProviderId {
    ProviderId::parse(text).unwrap()
}

fn notice(number: u32) -> NoticeGiven {
    let mut subject = [0; 16];
    subject[..4].copy_from_slice(&number.to_be_bytes());
    NoticeGiven {
        provider: provider("h1"),
        notice: NoticeId::parse("h1-a-1").unwrap(),
        subject: SubjectKey::from_bytes(subject),
        day: Day::from_iso("2024-05-02").unwrap(),
        method: "handed".to_owned(),
        recipient: "subject".to_owned(),
    }
}

fn stop(id: &str, at: &str, sequence: i64) -> StopRequest {
    StopRequest {
        id: id.to_owned(),
        provider: provider(at),
        subject: SubjectKey::from_bytes([0xff; 16]),
        tracks: Tracks::only(Track::Pseudonymised),
        received: Instant::from_unix(1_717_377_300),
        sequence,
        requester: "subject".to_owned(),
        effective: Instant::from_unix(1_717_377_300),
        receipt_delivered: false,
    }
}

async fn notices(control: &Control, at: &str) -> Vec<NoticeGiven> {
    let mut found = Vec::new();
    control.each_notice(&provider(at), &mut |one| found.push(one)).await.unwrap();
    found.sort();
    found
}

async fn stops(control: &Control, at: Option<&str>) -> Vec<StopRequest> {
    let mut found = Vec::new();
    let at = at.map(provider);
    control.each_stop(at.as_ref(), &mut |one| found.push(one)).await.unwrap();
    found
}

/// The suite. `control` is empty; `again` opens the same store a second time.
async fn conforms(control: Control, again: impl AsyncFn() -> Control) {
    assert_eq!(control.site("name").await.unwrap(), None);
    control.set_site("name", "簾'; --").await.unwrap();
    control.set_site("name", "簾\"").await.unwrap();
    assert_eq!(again().await.site("name").await.unwrap().unwrap(), "簾\"");

    let digest = Digest::from_bytes([9; 32]);
    let epoch = |epoch| Epoch {
        epoch,
        applied: Instant::from_unix(1),
        digest,
        document: "format = 1\n".to_owned(),
    };
    assert_eq!(control.latest_epoch().await.unwrap(), None);
    // A register takes the place of the one before: of its notices none is left.
    let batch = |range: std::ops::Range<u32>| Ok::<_, ControlError>(range.map(notice).collect());
    assert_eq!(control.apply_register(&epoch(1), [batch(1200..1205)]).await.unwrap(), 5);
    let batches = [batch(0..700), batch(600..1203)];
    assert_eq!(control.apply_register(&epoch(2), batches).await.unwrap(), 1203);
    assert_eq!(control.notices_given().await.unwrap(), 1203);
    let twice = control.apply_register(&epoch(2), [batch(7777..7778)]).await;
    assert!(matches!(twice, Err(ControlError::Database { .. })));
    // A batch that fails undoes those before it, and the state of the register too.
    let broken = [batch(0..3), Err(ControlError::Address)];
    let broken = control.apply_register(&epoch(3), broken).await;
    assert!(matches!(broken, Err(ControlError::Address)));
    assert_eq!(control.latest_epoch().await.unwrap(), Some(epoch(2)));
    let found = notices(&again().await, "h1").await;
    assert_eq!(found, (0..1203).map(notice).collect::<Vec<_>>());
    assert_eq!(notices(&control, "h2").await, []);
    assert_eq!(control.add_notices(vec![notice(5)]).await.unwrap(), 0);

    assert_eq!(control.next_stop_sequence().await.unwrap(), 1);
    let two = [stop("s2", "h1", 2), stop("s1", "h2", 1)];
    assert_eq!(control.add_stops(&two).await.unwrap(), 2);
    assert_eq!(control.add_stops(&two).await.unwrap(), 0);
    assert_eq!(control.next_stop_sequence().await.unwrap(), 3);
    assert_eq!(stops(&control, None).await, [two[1].clone(), two[0].clone()]);
    assert!(control.deliver_receipt("s2").await.unwrap());
    assert!(!control.deliver_receipt("s9").await.unwrap());
    let delivered = StopRequest { receipt_delivered: true, ..two[0].clone() };
    assert_eq!(stops(&control, Some("h1")).await, [delivered]);
    files_conform(&control).await;
    progress_conforms(&control, digest).await;
    control.close().await;
}

async fn files_conform(control: &Control) {
    let file = |number: u32, delivery: &str| {
        let mut token = [0; 32];
        token[..4].copy_from_slice(&number.to_be_bytes());
        ReceivedFile {
            token: Digest::from_bytes(token),
            slot: Digest::from_bytes([7; 32]),
            version: i64::from(number) << 33,
            delivery: DeliveryId::parse(delivery).unwrap(),
            file_no: (number > 0).then_some(number),
        }
    };
    let files: Vec<_> = (0..130).map(|number| file(number, "d1")).collect();
    control.add_received_files(&provider("h1"), &files).await.unwrap();
    // Twice is once; the same file in another delivery is another row.
    control.add_received_files(&provider("h1"), &files[..2]).await.unwrap();
    control.add_received_files(&provider("h1"), &[file(1, "d2")]).await.unwrap();
    control.add_received_files(&provider("h2"), &[file(1, "d3")]).await.unwrap();
    let mut found = Vec::new();
    control.each_received_file(&provider("h1"), &mut |one| found.push(one)).await.unwrap();
    found.sort_by_key(|one| (one.delivery.to_string(), one.token));
    assert_eq!(found, [files, vec![file(1, "d2")]].concat());
}

#[tokio::test]
async fn files_of_the_first_version_are_known_and_have_no_place() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("control.db");
    let control = Control::open_file(&path).await.unwrap();
    for statement in [
        "DROP TABLE received_file",
        "CREATE TABLE received_file (provider TEXT NOT NULL, token BLOB NOT NULL, \
         delivery TEXT NOT NULL, PRIMARY KEY (provider, token)) WITHOUT ROWID",
        "DELETE FROM migration WHERE version > 1",
    ] {
        sqlx::query(statement).execute(&control.pool).await.unwrap();
    }
    sqlx::query("INSERT INTO received_file VALUES ('h1', $1, 'd1')")
        .bind(vec![5u8; 32])
        .execute(&control.pool)
        .await
        .unwrap();
    control.close().await;
    let control = Control::open_file(&path).await.unwrap();
    let mut found = Vec::new();
    control.each_received_file(&provider("h1"), &mut |one| found.push(one)).await.unwrap();
    let token = Digest::from_bytes([5; 32]);
    let delivery = DeliveryId::parse("d1").unwrap();
    assert_eq!(found, [ReceivedFile { token, slot: token, version: 0, delivery, file_no: None }]);
}

async fn progress_conforms(control: &Control, digest: Digest) {
    let mut delivery = DeliveryRow {
        id: DeliveryId::parse("d1").unwrap(),
        provider: provider("h1"),
        digest,
        state: "reading".to_owned(),
        counts_json: "{}".to_owned(),
        datasets_json: "[]".to_owned(),
    };
    control.put_delivery(&delivery).await.unwrap();
    delivery.state = "done".to_owned();
    control.put_delivery(&delivery).await.unwrap();
    assert_eq!(control.deliveries().await.unwrap(), [delivery.clone()]);
    assert_eq!(control.delivery(&delivery.id).await.unwrap(), Some(delivery));
    assert_eq!(control.delivery(&DeliveryId::parse("d2").unwrap()).await.unwrap(), None);

    let dataset = DatasetRow {
        id: DatasetId::parse("x1").unwrap(),
        level: LevelName::Cleared,
        state: "live".to_owned(),
        spec_json: String::new(),
        path: String::new(),
    };
    control.put_dataset(&dataset).await.unwrap();
    assert_eq!(control.datasets().await.unwrap(), std::slice::from_ref(&dataset));

    let link = LinkRow {
        dataset: dataset.id.clone(),
        linked: DatasetId::parse("x2").unwrap(),
        at: Instant::from_unix(5),
    };
    control.put_links(std::slice::from_ref(&link)).await.unwrap();
    control.put_links(std::slice::from_ref(&link)).await.unwrap();
    assert_eq!(control.links().await.unwrap(), [link]);

    let mut job = JobRow {
        id: "j1".to_owned(),
        verb: "receive".to_owned(),
        state: "running".to_owned(),
        started: Instant::from_unix(5),
        finished: None,
        detail_json: "{}".to_owned(),
    };
    control.put_job(&job).await.unwrap();
    assert_eq!(control.jobs().await.unwrap(), [job.clone()]);
    job.finished = Some(Instant::from_unix(6));
    control.put_job(&job).await.unwrap();
    assert_eq!(control.jobs().await.unwrap(), [job]);
}

#[tokio::test]
async fn sqlite_conforms() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("control 1.db");
    let control = Control::open_file(&path).await.unwrap();
    conforms(control, async || Control::open_file(&path).await.unwrap()).await;
}

#[tokio::test]
async fn postgres_conforms() {
    let Ok(url) = std::env::var("SUDARE_TEST_POSTGRES") else {
        println!("skipped: SUDARE_TEST_POSTGRES gives no PostgreSQL");
        return;
    };
    // A schema of its own for each run: nothing of another run is seen, and nothing of the database is touched.
    let schema = format!("sudare_test_{}", std::process::id());
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&url).await.unwrap();
    for statement in
        [format!("DROP SCHEMA IF EXISTS {schema} CASCADE"), format!("CREATE SCHEMA {schema}")]
    {
        sqlx::query(sql(statement)).execute(&pool).await.unwrap();
    }
    let joint = if url.contains('?') { '&' } else { '?' };
    let inside = format!("{url}{joint}options[search_path]={schema}");
    let control = Control::open(&inside).await.unwrap();
    conforms(control, async || Control::open(&inside).await.unwrap()).await;
    sqlx::query(sql(format!("DROP SCHEMA {schema} CASCADE"))).execute(&pool).await.unwrap();
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("control.db");
    let control = Control::open_file(&path).await.unwrap();
    sqlx::query("INSERT INTO migration (version) VALUES (99)")
        .execute(&control.pool)
        .await
        .unwrap();
    let refused = Control::open_file(&path).await.unwrap_err();
    assert!(matches!(refused, ControlError::Newer { found: 99, known: 2 }));
    assert!(matches!(Control::open("mysql://x").await, Err(ControlError::Address)));
}

#[tokio::test]
async fn sqlite_is_durable_by_setting() {
    let home = tempfile::tempdir().unwrap();
    let control = Control::open_file(&home.path().join("control.db")).await.unwrap();
    let mode: String = sqlx::query("PRAGMA journal_mode")
        .fetch_one(&control.pool)
        .await
        .and_then(|row| row.try_get(0))
        .unwrap();
    let synchronous: i64 = sqlx::query("PRAGMA synchronous")
        .fetch_one(&control.pool)
        .await
        .and_then(|row| row.try_get(0))
        .unwrap();
    assert_eq!((mode.as_str(), synchronous), ("wal", 2));
}
