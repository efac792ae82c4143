//! The tables, version by version. A released version is never edited; a change is a new one.

use sqlx::Row;

use super::{Control, ControlError, Done, Flavour, sql};

/// `{bytes}` is the database's type for bytes, `{clustered}` what keeps a table in the order of its key where the
/// database knows such a thing; all else is the same SQL.
const VERSIONS: &[&[&str]] = &[FIRST, FILES_HAVE_PLACES];

const FIRST: &[&str] = &[
    "CREATE TABLE site (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE register_epoch (epoch BIGINT NOT NULL PRIMARY KEY, applied_unix BIGINT NOT NULL, \
     digest TEXT NOT NULL, document TEXT NOT NULL)",
    "CREATE TABLE notice_given (provider TEXT NOT NULL, notice TEXT NOT NULL, \
     subject {bytes} NOT NULL, day BIGINT NOT NULL, method TEXT NOT NULL, \
     recipient TEXT NOT NULL, PRIMARY KEY (provider, notice, subject, day, method, recipient)) \
     {clustered}",
    "CREATE TABLE stop_request (id TEXT NOT NULL PRIMARY KEY, provider TEXT NOT NULL, \
     subject {bytes} NOT NULL, tracks BIGINT NOT NULL, received_unix BIGINT NOT NULL, \
     sequence BIGINT NOT NULL, requester TEXT NOT NULL, effective_unix BIGINT NOT NULL, \
     receipt_delivered BIGINT NOT NULL)",
    "CREATE INDEX stop_request_subject ON stop_request (provider, subject)",
    "CREATE TABLE delivery (id TEXT NOT NULL PRIMARY KEY, provider TEXT NOT NULL, \
     digest TEXT NOT NULL, state TEXT NOT NULL, counts_json TEXT NOT NULL, \
     datasets_json TEXT NOT NULL)",
    "CREATE INDEX delivery_digest ON delivery (provider, digest)",
    "CREATE TABLE dataset (id TEXT NOT NULL PRIMARY KEY, level TEXT NOT NULL, \
     state TEXT NOT NULL, spec_json TEXT NOT NULL, path TEXT NOT NULL)",
    "CREATE TABLE link_state (dataset TEXT NOT NULL PRIMARY KEY, linked TEXT NOT NULL, \
     linked_unix BIGINT NOT NULL)",
    "CREATE TABLE job (id TEXT NOT NULL PRIMARY KEY, verb TEXT NOT NULL, state TEXT NOT NULL, \
     started_unix BIGINT NOT NULL, finished_unix BIGINT, detail_json TEXT NOT NULL)",
    "CREATE TABLE received_file (provider TEXT NOT NULL, token {bytes} NOT NULL, \
     delivery TEXT NOT NULL, PRIMARY KEY (provider, token)) \
     {clustered}",
];

/// A file received before knows its number and what it is a version of. Of one noted by the first version neither is
/// known: it is recognised when it comes again, and nothing takes its place.
const FILES_HAVE_PLACES: &[&str] = &[
    "ALTER TABLE received_file RENAME TO received_file_1",
    "CREATE TABLE received_file (provider TEXT NOT NULL, token {bytes} NOT NULL, \
     delivery TEXT NOT NULL, file_no BIGINT NOT NULL, slot {bytes} NOT NULL, \
     file_version BIGINT NOT NULL, PRIMARY KEY (provider, token, delivery)) {clustered}",
    "INSERT INTO received_file (provider, token, delivery, file_no, slot, file_version) \
     SELECT provider, token, delivery, -1, token, 0 FROM received_file_1",
    "DROP TABLE received_file_1",
];

/// Brings the tables up to date, all versions in one transaction.
pub(super) async fn run(control: &Control) -> Done<()> {
    let known = i64::try_from(VERSIONS.len()).unwrap_or(i64::MAX);
    // Tables that are up to date are only looked at: an opening must not wait for whoever is writing. A store without
    // tables, or one that cannot be read, is seen to below.
    let newest = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM migration");
    let found = newest.fetch_one(&control.pool).await.and_then(|row| row.try_get::<i64, _>(0));
    if found.is_ok_and(|found| found == known) {
        return Ok(());
    }
    let migrating = ControlError::doing("bringing its tables up to date");
    let mut writing = control.writing().await?;
    if control.flavour == Flavour::Postgres {
        // Two processes that open a new store at once: the second waits, then finds the tables.
        sqlx::query("SELECT pg_advisory_xact_lock(7368755)")
            .execute(&mut *writing)
            .await
            .map_err(&migrating)?;
    }
    sqlx::query("CREATE TABLE IF NOT EXISTS migration (version BIGINT NOT NULL PRIMARY KEY)")
        .execute(&mut *writing)
        .await
        .map_err(&migrating)?;
    let found: i64 = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM migration")
        .fetch_one(&mut *writing)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(&migrating)?;
    if found > known {
        return Err(ControlError::Newer { found, known });
    }
    let (bytes, clustered) = match control.flavour {
        Flavour::Sqlite => ("BLOB", "WITHOUT ROWID"),
        Flavour::Postgres => ("BYTEA", ""),
    };
    for (version, statements) in (1i64..).zip(VERSIONS).filter(|(version, _)| *version > found) {
        for statement in *statements {
            sqlx::query(sql(statement.replace("{bytes}", bytes).replace("{clustered}", clustered)))
                .execute(&mut *writing)
                .await
                .map_err(&migrating)?;
        }
        sqlx::query("INSERT INTO migration (version) VALUES ($1)")
            .bind(version)
            .execute(&mut *writing)
            .await
            .map_err(&migrating)?;
    }
    writing.commit().await.map_err(&migrating)
}
