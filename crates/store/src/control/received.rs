//! Files received before: which file was where, by keyed digests of provider and content, and of provider and logical
//! name.
//!
//! A row is written before the ledger records its delivery, so that nothing recorded is ever unknown here. Whoever
//! reads must ask the ledger whether the delivery of a row came to be; rows of one that did not mean nothing.

use futures::TryStreamExt;
use sqlx::Row;
use sqlx::any::AnyRow;
use sudare_model::{DeliveryId, Digest, ProviderId};

use super::register::insert_sql;
use super::{Control, ControlError, Done, ReceivedFile, sql};

/// Rows of one INSERT: few, as for notices.
const ROWS_AT_ONCE: usize = 64;
const HEAD: &str =
    "INSERT INTO received_file (provider, token, delivery, file_no, slot, file_version)";
const COLUMNS: usize = 6;
const TABLE: &str = "received_file";

impl Control {
    /// Every file of a provider, in no order; one row in memory at a time.
    ///
    /// # Errors
    /// [`ControlError::Database`], [`ControlError::Row`].
    pub async fn each_received_file(
        &self,
        provider: &ProviderId,
        each: &mut (dyn FnMut(ReceivedFile) + Send),
    ) -> Done<()> {
        let reading = ControlError::doing("reading the files received before");
        let mut rows = sqlx::query(
            "SELECT token, delivery, file_no, slot, file_version FROM received_file \
             WHERE provider = $1",
        )
        .bind(provider.as_str().to_owned())
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await.map_err(&reading)? {
            each(received_file(&row)?);
        }
        Ok(())
    }

    /// Notes the files of a delivery, all or nothing; those noted before stay as they are.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn add_received_files(
        &self,
        provider: &ProviderId,
        files: &[ReceivedFile],
    ) -> Done<()> {
        let adding = ControlError::doing("noting files received");
        let mut writing = self.writing().await?;
        for some in files.chunks(ROWS_AT_ONCE) {
            let mut query = sqlx::query(sql(insert_sql(HEAD, some.len(), COLUMNS)));
            for file in some {
                query = query
                    .bind(provider.as_str().to_owned())
                    .bind(file.token.as_bytes().to_vec())
                    .bind(file.delivery.as_str().to_owned())
                    .bind(file.file_no.map_or(NOWHERE, i64::from))
                    .bind(file.slot.as_bytes().to_vec())
                    .bind(file.version);
            }
            query.execute(&mut *writing).await.map_err(&adding)?;
        }
        writing.commit().await.map_err(&adding)
    }
}

/// The number of a file whose number nobody noted.
const NOWHERE: i64 = -1;

fn received_file(row: &AnyRow) -> Done<ReceivedFile> {
    let reading = ControlError::doing("reading a file received before");
    let digest = |column: usize| -> Done<Digest> {
        let bytes: Vec<u8> = row.try_get(column).map_err(&reading)?;
        let bytes = <[u8; 32]>::try_from(bytes.as_slice());
        bytes.map(Digest::from_bytes).map_err(|_| ControlError::Row { table: TABLE })
    };
    let delivery: String = row.try_get(1).map_err(&reading)?;
    let file_no: i64 = row.try_get(2).map_err(&reading)?;
    Ok(ReceivedFile {
        token: digest(0)?,
        delivery: DeliveryId::parse(&delivery).map_err(|_| ControlError::Row { table: TABLE })?,
        file_no: u32::try_from(file_no).ok(),
        slot: digest(3)?,
        version: row.try_get(4).map_err(&reading)?,
    })
}
