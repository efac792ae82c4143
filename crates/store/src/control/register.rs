//! The register's states, notices given and stop requests.

use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};
use sudare_model::time::{Day, Instant};
use sudare_model::{Digest, NoticeId, ProviderId, SubjectKey, Tracks};

use super::{Control, ControlError, Done, Epoch, NoticeGiven, StopRequest, sql};

/// Rows of one INSERT. SQLite looks parameters up one after the other, so that few rows at once are faster than many.
const NOTICE_ROWS: usize = 32;
const NOTICE_COLUMNS: usize = 6;
const NOTICE_HEAD: &str =
    "INSERT INTO notice_given (provider, notice, subject, day, method, recipient)";

impl Control {
    /// Adds a state of the register, and puts the notices given that came with it in the place of all earlier ones,
    /// all or nothing: a notice that is corrected away no longer admits anyone. Gives how many there are now.
    ///
    /// # Errors
    /// [`ControlError::Database`]; code 1555 or 23505 if the epoch is there already.
    pub async fn apply_register(
        &self,
        epoch: &Epoch,
        given: impl IntoIterator<Item = NoticeGiven> + Send,
    ) -> Done<u64> {
        let mut writing = self.writing().await?;
        sqlx::query(
            "INSERT INTO register_epoch (epoch, applied_unix, digest, document) \
             VALUES ($1, $2, $3, $4)",
        )
        .bind(epoch.epoch)
        .bind(epoch.applied.unix())
        .bind(epoch.digest.to_string())
        .bind(epoch.document.clone())
        .execute(&mut *writing)
        .await
        .map_err(ControlError::doing("adding a state of the register"))?;
        sqlx::query("DELETE FROM notice_given")
            .execute(&mut *writing)
            .await
            .map_err(ControlError::doing("replacing notices given"))?;
        let added = insert_notices(&mut writing, given.into_iter().collect()).await?;
        writing.commit().await.map_err(ControlError::doing("committing the register"))?;
        Ok(added)
    }

    /// Adds notices given, all or nothing. Gives how many were new.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn add_notices(&self, given: Vec<NoticeGiven>) -> Done<u64> {
        let mut writing = self.writing().await?;
        let added = insert_notices(&mut writing, given).await?;
        writing.commit().await.map_err(ControlError::doing("committing notices"))?;
        Ok(added)
    }

    /// The newest state of the register.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn latest_epoch(&self) -> Done<Option<Epoch>> {
        let reading = ControlError::doing("reading the register");
        let row = sqlx::query(
            "SELECT epoch, applied_unix, digest, document FROM register_epoch \
             ORDER BY epoch DESC LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(&reading)?;
        let read = |row: AnyRow| {
            let digest: String = row.try_get(2).map_err(&reading)?;
            Ok(Epoch {
                epoch: row.try_get(0).map_err(&reading)?,
                applied: Instant::from_unix(row.try_get(1).map_err(&reading)?),
                digest: Digest::parse(&digest)
                    .ok_or(ControlError::Row { table: "register_epoch" })?,
                document: row.try_get(3).map_err(&reading)?,
            })
        };
        row.map(read).transpose()
    }

    /// Gives the documents of all states of the register to `find`, the newest first, until it finds something.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn find_in_documents<T>(
        &self,
        find: &mut (dyn FnMut(&str) -> Option<T> + Send),
    ) -> Done<Option<T>> {
        let reading = ControlError::doing("reading the register");
        let mut rows = sqlx::query("SELECT document FROM register_epoch ORDER BY epoch DESC")
            .fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(&reading)? {
            let document: String = row.try_get(0).map_err(&reading)?;
            let found = find(&document);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Gives every notice given by a provider to `each`, as they come, in no order.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn each_notice(
        &self,
        provider: &ProviderId,
        each: &mut (dyn FnMut(NoticeGiven) + Send),
    ) -> Done<()> {
        let reading = ControlError::doing("reading notices given");
        let mut rows = sqlx::query(
            "SELECT notice, subject, day, method, recipient FROM notice_given WHERE provider = $1",
        )
        .bind(provider.as_str().to_owned())
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(&reading)? {
            let broken = ControlError::Row { table: "notice_given" };
            let notice: String = row.try_get(0).map_err(&reading)?;
            let Ok(notice) = NoticeId::parse(&notice) else { return Err(broken) };
            let Ok(day) = i32::try_from(row.try_get::<i64, _>(2).map_err(&reading)?) else {
                return Err(broken);
            };
            each(NoticeGiven {
                provider: provider.clone(),
                notice,
                subject: subject(&row, 1, "notice_given")?,
                day: Day::from_epoch_days(day),
                method: row.try_get(3).map_err(&reading)?,
                recipient: row.try_get(4).map_err(&reading)?,
            });
        }
        Ok(())
    }

    /// Adds stop requests, all or nothing; one whose id is there already stays as it is. Gives how many were new.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn add_stops(&self, stops: &[StopRequest]) -> Done<u64> {
        let adding = ControlError::doing("adding stop requests");
        let mut writing = self.writing().await?;
        let mut added = 0;
        for stop in stops {
            let done = sqlx::query(
                "INSERT INTO stop_request (id, provider, subject, tracks, received_unix, sequence, \
                 requester, effective_unix, receipt_delivered) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
            )
            .bind(stop.id.clone())
            .bind(stop.provider.as_str().to_owned())
            .bind(stop.subject.as_bytes().to_vec())
            .bind(i64::from(stop.tracks.byte()))
            .bind(stop.received.unix())
            .bind(stop.sequence)
            .bind(stop.requester.clone())
            .bind(stop.effective.unix())
            .bind(i64::from(stop.receipt_delivered))
            .execute(&mut *writing)
            .await
            .map_err(&adding)?;
            added += done.rows_affected();
        }
        writing.commit().await.map_err(&adding)?;
        Ok(added)
    }

    /// Notes that the receipt of a stop request was handed over. Gives whether there is such a request.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn deliver_receipt(&self, id: &str) -> Done<bool> {
        sqlx::query("UPDATE stop_request SET receipt_delivered = 1 WHERE id = $1")
            .bind(id.to_owned())
            .execute(&self.pool)
            .await
            .map(|done| done.rows_affected() > 0)
            .map_err(ControlError::doing("noting a receipt"))
    }

    /// Gives the stop requests of a provider, or of all, to `each` in the order received.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn each_stop(
        &self,
        provider: Option<&ProviderId>,
        each: &mut (dyn FnMut(StopRequest) + Send),
    ) -> Done<()> {
        let reading = ControlError::doing("reading stop requests");
        // The empty text is no provider's id, so it can stand for all.
        let mut rows = sqlx::query(
            "SELECT id, provider, subject, tracks, received_unix, sequence, requester, \
             effective_unix, receipt_delivered FROM stop_request \
             WHERE provider = $1 OR $2 = '' ORDER BY sequence, id",
        )
        .bind(provider.map_or_else(String::new, |id| id.as_str().to_owned()))
        .bind(provider.map_or_else(String::new, |id| id.as_str().to_owned()))
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(&reading)? {
            each(stop(&row)?);
        }
        Ok(())
    }

    /// All that decides admissions at one provider: notices given, then stop requests.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn admission_facts(
        &self,
        provider: &ProviderId,
        notice: &mut (dyn FnMut(NoticeGiven) + Send),
        stop: &mut (dyn FnMut(StopRequest) + Send),
    ) -> Done<()> {
        self.each_notice(provider, notice).await?;
        self.each_stop(Some(provider), stop).await
    }

    /// The number of the next stop request.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn next_stop_sequence(&self) -> Done<i64> {
        sqlx::query("SELECT COALESCE(MAX(sequence), 0) + 1 FROM stop_request")
            .fetch_one(&self.pool)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(ControlError::doing("counting stop requests"))
    }
}

async fn insert_notices(
    writing: &mut Transaction<'_, Any>,
    mut given: Vec<NoticeGiven>,
) -> Done<u64> {
    // In the order of the key the index grows at its end; in any other it is read back page by page.
    given.sort_unstable();
    let adding = ControlError::doing("adding notices given");
    let mut added = 0;
    for rows in given.chunks(NOTICE_ROWS) {
        let mut query = sqlx::query(sql(insert_sql(NOTICE_HEAD, rows.len(), NOTICE_COLUMNS)));
        for row in rows {
            query = query
                .bind(row.provider.as_str().to_owned())
                .bind(row.notice.as_str().to_owned())
                .bind(row.subject.as_bytes().to_vec())
                .bind(i64::from(row.day.epoch_days()))
                .bind(row.method.clone())
                .bind(row.recipient.clone());
        }
        added += query.execute(&mut **writing).await.map_err(&adding)?.rows_affected();
    }
    Ok(added)
}

/// `head`, then so many rows of numbered parameters; rows that are there already stay as they are.
pub(super) fn insert_sql(head: &str, rows: usize, columns: usize) -> String {
    let mut text = format!("{head} VALUES ");
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            text.push_str(if column == 1 { "$" } else { ", $" });
            text.push_str(&(row * columns + column).to_string());
        }
        text.push(')');
    }
    text.push_str(" ON CONFLICT DO NOTHING");
    text
}

fn subject(row: &AnyRow, column: usize, table: &'static str) -> Done<SubjectKey> {
    let bytes: Vec<u8> = row.try_get(column).map_err(ControlError::doing("reading a subject"))?;
    <[u8; 16]>::try_from(bytes).map(SubjectKey::from_bytes).map_err(|_| ControlError::Row { table })
}

fn stop(row: &AnyRow) -> Done<StopRequest> {
    let reading = ControlError::doing("reading stop requests");
    let broken = || ControlError::Row { table: "stop_request" };
    let provider: String = row.try_get(1).map_err(&reading)?;
    let tracks: i64 = row.try_get(3).map_err(&reading)?;
    Ok(StopRequest {
        id: row.try_get(0).map_err(&reading)?,
        provider: ProviderId::parse(&provider).map_err(|_| broken())?,
        subject: subject(row, 2, "stop_request")?,
        tracks: u8::try_from(tracks).map(Tracks::from_byte).map_err(|_| broken())?,
        received: Instant::from_unix(row.try_get(4).map_err(&reading)?),
        sequence: row.try_get(5).map_err(&reading)?,
        requester: row.try_get(6).map_err(&reading)?,
        effective: Instant::from_unix(row.try_get(7).map_err(&reading)?),
        receipt_delivered: row.try_get::<i64, _>(8).map_err(&reading)? != 0,
    })
}
