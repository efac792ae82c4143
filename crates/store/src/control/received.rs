//! Files received before, by a keyed digest of provider, path and content.

use std::collections::HashSet;

use futures::TryStreamExt;
use sqlx::Row;
use sudare_model::{DeliveryId, Digest, ProviderId};

use super::register::insert_sql;
use super::{Control, ControlError, Done, sql};

/// Rows of one INSERT: few, as for notices.
const ROWS_AT_ONCE: usize = 64;
const HEAD: &str = "INSERT INTO received_file (provider, token, delivery)";
const COLUMNS: usize = 3;

impl Control {
    /// The tokens of all files received from a provider: 32 bytes each in memory.
    ///
    /// # Errors
    /// [`ControlError::Database`], [`ControlError::Row`].
    pub async fn received_files(&self, provider: &ProviderId) -> Done<HashSet<Digest>> {
        let reading = ControlError::doing("reading the files received before");
        let mut rows = sqlx::query("SELECT token FROM received_file WHERE provider = $1")
            .bind(provider.as_str().to_owned())
            .fetch(&self.pool);
        let mut tokens = HashSet::new();
        while let Some(row) = rows.try_next().await.map_err(&reading)? {
            let token: Vec<u8> = row.try_get(0).map_err(&reading)?;
            let token = <[u8; 32]>::try_from(token.as_slice())
                .map_err(|_| ControlError::Row { table: "received_file" })?;
            tokens.insert(Digest::from_bytes(token));
        }
        Ok(tokens)
    }

    /// The delivery that brought a file, if one did.
    ///
    /// # Errors
    /// [`ControlError::Database`], [`ControlError::Row`].
    pub async fn delivery_of_file(
        &self,
        provider: &ProviderId,
        token: &Digest,
    ) -> Done<Option<DeliveryId>> {
        let reading = ControlError::doing("reading which delivery brought a file");
        let sql = "SELECT delivery FROM received_file WHERE provider = $1 AND token = $2";
        let row = sqlx::query(sql)
            .bind(provider.as_str().to_owned())
            .bind(token.as_bytes().to_vec())
            .fetch_optional(&self.pool)
            .await
            .map_err(&reading)?;
        let Some(row) = row else { return Ok(None) };
        let text: String = row.try_get(0).map_err(&reading)?;
        let broken = |_| ControlError::Row { table: "received_file" };
        DeliveryId::parse(&text).map(Some).map_err(broken)
    }

    /// Notes files as received, all or nothing; those noted before stay as they are.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn add_received_files(
        &self,
        provider: &ProviderId,
        delivery: &DeliveryId,
        tokens: &[Digest],
    ) -> Done<()> {
        let adding = ControlError::doing("noting files received");
        let mut writing = self.writing().await?;
        for some in tokens.chunks(ROWS_AT_ONCE) {
            let mut query = sqlx::query(sql(insert_sql(HEAD, some.len(), COLUMNS)));
            for token in some {
                query = query
                    .bind(provider.as_str().to_owned())
                    .bind(token.as_bytes().to_vec())
                    .bind(delivery.as_str().to_owned());
            }
            query.execute(&mut *writing).await.map_err(&adding)?;
        }
        writing.commit().await.map_err(&adding)
    }
}
