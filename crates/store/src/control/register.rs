//! The register's states, notices given and stop requests.

use std::fmt::Write as _;

use futures::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};
use sudare_model::time::{Day, Instant};
use sudare_model::{Digest, NoticeId, ProviderId, SubjectKey, Tracks};

use super::{Control, ControlError, Done, Epoch, Flavour, NoticeGiven, StopRequest, sql};

/// Rows of one INSERT of SQLite, which looks parameters up one after the other: few rows at once are faster than many.
const NOTICE_ROWS: usize = 32;
const NOTICE_COLUMNS: usize = 6;
const NOTICE_HEAD: &str =
    "INSERT INTO notice_given (provider, notice, subject, day, method, recipient)";
/// One statement of PostgreSQL for any number of rows: each column is one text, its values parted by commas, which
/// neither an id nor a word of the register holds.
const NOTICE_COLUMNWISE: &str = "INSERT INTO notice_given \
     (provider, notice, subject, day, method, recipient) \
     SELECT p, n, decode(s, 'hex'), d::bigint, m, r FROM unnest(string_to_array($1, ','), \
     string_to_array($2, ','), string_to_array($3, ','), string_to_array($4, ','), \
     string_to_array($5, ','), string_to_array($6, ',')) AS given (p, n, s, d, m, r) \
     ON CONFLICT DO NOTHING";
/// Rows of one such statement: some hundred kilobytes.
const NOTICE_ROWS_COLUMNWISE: usize = 4096;

impl Control {
    /// Adds a state of the register, and puts the notices given that came with it in the place of all earlier ones,
    /// all or nothing: a notice that is corrected away no longer admits anyone. Gives how many there are now.
    ///
    /// They come batch by batch; a batch that is an error undoes everything. Batches that come in the order of the
    /// key are fastest.
    ///
    /// # Errors
    /// The batch's own error; [`ControlError::Database`], with code 1555 or 23505 if the epoch is there already.
    pub async fn apply_register<E: From<ControlError>>(
        &self,
        epoch: &Epoch,
        given: impl IntoIterator<Item = Result<Vec<NoticeGiven>, E>>,
    ) -> Result<u64, E> {
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
        let mut added = 0;
        for batch in given {
            added += self.insert_notices(&mut writing, batch?).await?;
        }
        writing.commit().await.map_err(ControlError::doing("committing the register"))?;
        Ok(added)
    }

    /// How many notices given there are.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn notices_given(&self) -> Done<u64> {
        let counting = ControlError::doing("counting notices given");
        let count: i64 = sqlx::query("SELECT COUNT(*) FROM notice_given")
            .fetch_one(&self.pool)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(counting)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Adds notices given, all or nothing. Gives how many were new.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn add_notices(&self, given: Vec<NoticeGiven>) -> Done<u64> {
        let mut writing = self.writing().await?;
        let added = self.insert_notices(&mut writing, given).await?;
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

impl Control {
    async fn insert_notices(
        &self,
        writing: &mut Transaction<'_, Any>,
        mut given: Vec<NoticeGiven>,
    ) -> Done<u64> {
        // In the order of the key the index grows at its end; in any other it is read back page by page.
        given.sort_unstable();
        let mut added = 0;
        match self.flavour {
            Flavour::Sqlite => {
                for rows in given.chunks(NOTICE_ROWS) {
                    added += insert_rows(writing, rows).await?;
                }
            }
            Flavour::Postgres => {
                for rows in given.chunks(NOTICE_ROWS_COLUMNWISE) {
                    added += insert_columns(writing, rows).await?;
                }
            }
        }
        Ok(added)
    }
}

async fn insert_rows(writing: &mut Transaction<'_, Any>, rows: &[NoticeGiven]) -> Done<u64> {
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
    let done = query.execute(&mut **writing).await;
    done.map(|done| done.rows_affected()).map_err(ControlError::doing("adding notices given"))
}

async fn insert_columns(writing: &mut Transaction<'_, Any>, rows: &[NoticeGiven]) -> Done<u64> {
    let column = |write: &dyn Fn(&mut String, &NoticeGiven)| {
        let mut text = String::new();
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            write(&mut text, row);
        }
        text
    };
    let done = sqlx::query(NOTICE_COLUMNWISE)
        .bind(column(&|text, row| text.push_str(row.provider.as_str())))
        .bind(column(&|text, row| text.push_str(row.notice.as_str())))
        .bind(column(&|text, row| hex(text, row.subject.as_bytes())))
        .bind(column(&|text, row| text.push_str(&row.day.epoch_days().to_string())))
        .bind(column(&|text, row| text.push_str(&row.method)))
        .bind(column(&|text, row| text.push_str(&row.recipient)))
        .execute(&mut **writing)
        .await;
    done.map(|done| done.rows_affected()).map_err(ControlError::doing("adding notices given"))
}

fn hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a text cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
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
