//! Deliveries, datasets, what is linked, jobs: how far the site's work is.

use sqlx::Row;
use sqlx::any::AnyRow;
use sudare_model::time::Instant;
use sudare_model::{DatasetId, DeliveryId, Digest, LevelName, ProviderId};

use super::{Control, ControlError, DatasetRow, DeliveryRow, Done, JobRow, LinkRow};

impl Control {
    /// Writes a delivery, over an older state of it.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn put_delivery(&self, row: &DeliveryRow) -> Done<()> {
        sqlx::query(
            "INSERT INTO delivery (id, provider, digest, state, counts_json, datasets_json) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET \
             state = excluded.state, counts_json = excluded.counts_json, \
             datasets_json = excluded.datasets_json",
        )
        .bind(row.id.as_str().to_owned())
        .bind(row.provider.as_str().to_owned())
        .bind(row.digest.to_string())
        .bind(row.state.clone())
        .bind(row.counts_json.clone())
        .bind(row.datasets_json.clone())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(ControlError::doing("writing a delivery"))
    }

    /// All deliveries, by id.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn deliveries(&self) -> Done<Vec<DeliveryRow>> {
        let reading = ControlError::doing("reading deliveries");
        let rows = sqlx::query(
            "SELECT id, provider, digest, state, counts_json, datasets_json FROM delivery \
             ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(&reading)?;
        rows.iter().map(delivery).collect()
    }

    /// The delivery of this id.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn delivery(&self, id: &DeliveryId) -> Done<Option<DeliveryRow>> {
        let reading = ControlError::doing("reading a delivery");
        let row = sqlx::query(
            "SELECT id, provider, digest, state, counts_json, datasets_json FROM delivery \
             WHERE id = $1",
        )
        .bind(id.as_str().to_owned())
        .fetch_optional(&self.pool)
        .await
        .map_err(&reading)?;
        row.as_ref().map(delivery).transpose()
    }

    /// Writes a dataset, over an older state of it.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn put_dataset(&self, row: &DatasetRow) -> Done<()> {
        sqlx::query(
            "INSERT INTO dataset (id, level, state, spec_json, path) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (id) DO UPDATE SET level = excluded.level, state = excluded.state, \
             spec_json = excluded.spec_json, path = excluded.path",
        )
        .bind(row.id.as_str().to_owned())
        .bind(row.level.word())
        .bind(row.state.clone())
        .bind(row.spec_json.clone())
        .bind(row.path.clone())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(ControlError::doing("writing a dataset"))
    }

    /// All datasets, by id.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn datasets(&self) -> Done<Vec<DatasetRow>> {
        let reading = ControlError::doing("reading datasets");
        let rows = sqlx::query("SELECT id, level, state, spec_json, path FROM dataset ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .map_err(&reading)?;
        rows.iter().map(dataset).collect()
    }

    /// Notes cleared datasets as linked, over an older note, all or nothing.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn put_links(&self, rows: &[LinkRow]) -> Done<()> {
        let noting = ControlError::doing("noting what is linked");
        let mut writing = self.writing().await?;
        for row in rows {
            sqlx::query(
                "INSERT INTO link_state (dataset, linked, linked_unix) VALUES ($1, $2, $3) \
                 ON CONFLICT (dataset) DO UPDATE SET linked = excluded.linked, \
                 linked_unix = excluded.linked_unix",
            )
            .bind(row.dataset.as_str().to_owned())
            .bind(row.linked.as_str().to_owned())
            .bind(row.at.unix())
            .execute(&mut *writing)
            .await
            .map_err(&noting)?;
        }
        writing.commit().await.map_err(&noting)
    }

    /// What is linked, by cleared dataset.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn links(&self) -> Done<Vec<LinkRow>> {
        let reading = ControlError::doing("reading what is linked");
        let rows =
            sqlx::query("SELECT dataset, linked, linked_unix FROM link_state ORDER BY dataset")
                .fetch_all(&self.pool)
                .await
                .map_err(&reading)?;
        let link = |row: &AnyRow| {
            let id = |column| {
                let text: String = row.try_get(column).map_err(&reading)?;
                DatasetId::parse(&text).map_err(|_| ControlError::Row { table: "link_state" })
            };
            let at = Instant::from_unix(row.try_get(2).map_err(&reading)?);
            Ok(LinkRow { dataset: id(0)?, linked: id(1)?, at })
        };
        rows.iter().map(link).collect()
    }

    /// Writes a job, over an older state of it.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn put_job(&self, row: &JobRow) -> Done<()> {
        sqlx::query(
            "INSERT INTO job (id, verb, state, started_unix, finished_unix, detail_json) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET \
             state = excluded.state, finished_unix = excluded.finished_unix, \
             detail_json = excluded.detail_json",
        )
        .bind(row.id.clone())
        .bind(row.verb.clone())
        .bind(row.state.clone())
        .bind(row.started.unix())
        .bind(row.finished.map(Instant::unix))
        .bind(row.detail_json.clone())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(ControlError::doing("writing a job"))
    }

    /// All jobs in the order they began.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn jobs(&self) -> Done<Vec<JobRow>> {
        let reading = ControlError::doing("reading jobs");
        let rows = sqlx::query(
            "SELECT id, verb, state, started_unix, finished_unix, detail_json FROM job \
             ORDER BY started_unix, id",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(&reading)?;
        let job = |row: &AnyRow| {
            let finished: Option<i64> = row.try_get(4).map_err(&reading)?;
            Ok(JobRow {
                id: row.try_get(0).map_err(&reading)?,
                verb: row.try_get(1).map_err(&reading)?,
                state: row.try_get(2).map_err(&reading)?,
                started: Instant::from_unix(row.try_get(3).map_err(&reading)?),
                finished: finished.map(Instant::from_unix),
                detail_json: row.try_get(5).map_err(&reading)?,
            })
        };
        rows.iter().map(job).collect()
    }
}

fn delivery(row: &AnyRow) -> Done<DeliveryRow> {
    let reading = ControlError::doing("reading a delivery");
    let broken = || ControlError::Row { table: "delivery" };
    let text = |column: usize| row.try_get::<String, _>(column).map_err(&reading);
    Ok(DeliveryRow {
        id: DeliveryId::parse(&text(0)?).map_err(|_| broken())?,
        provider: ProviderId::parse(&text(1)?).map_err(|_| broken())?,
        digest: Digest::parse(&text(2)?).ok_or_else(broken)?,
        state: text(3)?,
        counts_json: text(4)?,
        datasets_json: text(5)?,
    })
}

fn dataset(row: &AnyRow) -> Done<DatasetRow> {
    let reading = ControlError::doing("reading a dataset");
    let broken = || ControlError::Row { table: "dataset" };
    let text = |column: usize| row.try_get::<String, _>(column).map_err(&reading);
    Ok(DatasetRow {
        id: DatasetId::parse(&text(0)?).map_err(|_| broken())?,
        level: LevelName::from_word(&text(1)?).ok_or_else(broken)?,
        state: text(2)?,
        spec_json: text(3)?,
        path: text(4)?,
    })
}
