//! The control store: what the site knows of itself. SQLite (WAL, full sync) by default, PostgreSQL by configuration.
//!
//! What it is for: the register, notices given, stop requests, deliveries, datasets, jobs. What it is not for: a
//! patient's clinical facts or name; people stand here by [`SubjectKey`](sudare_model::SubjectKey) alone.
//!
//! One SQL for both databases, `$1` parameters, no nulls but where a thing has not happened yet. Errors drop the
//! database's own text, since it may quote a value. Start at [`Control::open`].

use std::path::Path;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Row};

mod migration;
mod progress;
mod received;
mod register;
mod row;

pub use row::{
    DatasetRow, DeliveryRow, Epoch, JobRow, LinkRow, NoticeGiven, ReceivedFile, StopRequest,
};

/// Which database it is, where the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Sqlite,
    Postgres,
}

/// Why the control store could not do its work. Holds no value of a row.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The database failed. Its code is SQLSTATE or SQLite's extended code, empty where it gave none.
    #[error("the control store failed while {doing} (code `{code}`)")]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The database's code.
        code: String,
    },
    /// The store was written by a newer version.
    #[error("the control store is of version {found}; this program knows up to {known}")]
    Newer {
        /// Version found.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// A row does not hold what its column promises.
    #[error("table `{table}` of the control store holds a row that does not read")]
    Row {
        /// The table.
        table: &'static str,
    },
    /// The address is neither a SQLite file nor a PostgreSQL URL.
    #[error("the control store's address begins with `sqlite:` or `postgres:`")]
    Address,
}

impl ControlError {
    /// For `map_err`.
    fn doing(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |error| {
            let code = match &error {
                sqlx::Error::Database(inner) => {
                    inner.code().map(std::borrow::Cow::into_owned).unwrap_or_default()
                }
                sqlx::Error::PoolTimedOut => "pool".to_owned(),
                sqlx::Error::Io(_) => "io".to_owned(),
                sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "decode".to_owned(),
                _ => String::new(),
            };
            Self::Database { doing, code }
        }
    }
}

type Done<T> = Result<T, ControlError>;

/// An open control store. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Control {
    pool: AnyPool,
    flavour: Flavour,
}

impl Control {
    /// Opens the SQLite file of a home, making it if it is not there.
    ///
    /// SQLite gives its journal and its shared memory the mode of the file: 0600.
    ///
    /// # Errors
    /// [`ControlError`].
    pub async fn open_file(path: &Path) -> Done<Self> {
        let private = crate::files::keep_private(path).map_err(sqlx::Error::Io);
        private.map_err(ControlError::doing("opening"))?;
        let address = url::Url::from_file_path(path).map_err(|()| ControlError::Address)?;
        // `file:///a/b` becomes `sqlite:///a/b`, percent-encoding kept.
        let tail = address.as_str().strip_prefix("file:").ok_or(ControlError::Address)?;
        Self::open(&format!("sqlite:{tail}?mode=rwc")).await
    }

    /// Opens a control store by its address, `sqlite:…` or `postgres:…`, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ControlError::Address`], [`ControlError::Newer`], [`ControlError::Database`].
    pub async fn open(address: &str) -> Done<Self> {
        let flavour = match address.split_once(':') {
            Some(("sqlite", _)) => Flavour::Sqlite,
            Some(("postgres" | "postgresql", _)) => Flavour::Postgres,
            _ => return Err(ControlError::Address),
        };
        sqlx::any::install_default_drivers();
        let opening = ControlError::doing("opening");
        let options: AnyConnectOptions = address.parse().map_err(&opening)?;
        let pool = AnyPoolOptions::new()
            .max_connections(4)
            .after_connect(move |connection, _| {
                Box::pin(async move { tune(flavour, connection).await })
            })
            .connect_with(options)
            .await
            .map_err(&opening)?;
        let control = Self { pool, flavour };
        migration::run(&control).await?;
        Ok(control)
    }

    /// Closes all connections, so that the file can be copied or removed.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Begins a transaction that will write.
    async fn writing(&self) -> Done<sqlx::Transaction<'static, sqlx::Any>> {
        // SQLite must take the write lock at once: a reader that turns writer cannot wait for another.
        let begin = match self.flavour {
            Flavour::Sqlite => "BEGIN IMMEDIATE",
            Flavour::Postgres => "BEGIN",
        };
        self.pool.begin_with(begin).await.map_err(ControlError::doing("beginning"))
    }

    /// Sets a value of the site itself, such as its name.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn set_site(&self, key: &str, value: &str) -> Done<()> {
        sqlx::query(
            "INSERT INTO site (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute(&self.pool)
        .await
        .map(drop)
        .map_err(ControlError::doing("writing a value of the site"))
    }

    /// A value of the site itself.
    ///
    /// # Errors
    /// [`ControlError::Database`].
    pub async fn site(&self, key: &str) -> Done<Option<String>> {
        let reading = ControlError::doing("reading a value of the site");
        let row = sqlx::query("SELECT value FROM site WHERE name = $1")
            .bind(key.to_owned())
            .fetch_optional(&self.pool)
            .await
            .map_err(&reading)?;
        row.map(|row| row.try_get(0).map_err(&reading)).transpose()
    }
}

async fn tune(flavour: Flavour, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let settings: &[&'static str] = match flavour {
        // An acknowledged write survives a loss of power; readers do not wait for the writer.
        Flavour::Sqlite => &[
            "PRAGMA busy_timeout = 30000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            // 64 MiB of pages: the index of a million notices stays at hand.
            "PRAGMA cache_size = -65536",
            // Sorting and temporary indexes stay in memory: no file beside the home.
            "PRAGMA temp_store = MEMORY",
            "PRAGMA secure_delete = ON",
        ],
        Flavour::Postgres => &["SET synchronous_commit = on"],
    };
    for setting in settings {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

/// SQL put together here from constants.
fn sql(text: String) -> AssertSqlSafe<String> {
    AssertSqlSafe(text)
}

#[cfg(test)]
mod tests;
