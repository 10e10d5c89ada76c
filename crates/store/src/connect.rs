//! Connecting.

use std::{fs, path::PathBuf, time::Duration};

use kit::{Problem, Result};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::Store;

/// Where the database is.
#[derive(Debug, Clone)]
pub struct Location {
    /// Directory of the deployment: SQLite files and the key.
    pub data: PathBuf,
    /// A PostgreSQL URL, or `None` for SQLite in `data`.
    pub database: Option<String>,
}

/// Which of a store's databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Everything but the journal.
    Main,
    /// The journal.
    Journal,
}

/// How long a statement waits for another process (`fangxian report` beside a server) to finish writing.
const BUSY: Duration = Duration::from_secs(15);
const READERS: u32 = 6;
const POSTGRES_CONNECTIONS: u32 = 20;

pub(crate) async fn open(location: &Location) -> Result<Store> {
    fs::create_dir_all(&location.data)
        .map_err(|e| Problem::unavailable(format!("cannot create {}: {e}", location.data.display())))?;
    if let Some(url) = &location.database {
        let pool = postgres(url).await?;
        return Ok(Store {
            writer: pool.clone(),
            reader: pool.clone(),
            journal: pool,
        });
    }
    let main = location.data.join("fangxian.db");
    Ok(Store {
        writer: sqlite(&main, 1).await?,
        reader: sqlite(&main, READERS).await?,
        journal: sqlite(&location.data.join("journal.db"), 2).await?,
    })
}

async fn postgres(url: &str) -> Result<DatabaseConnection> {
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(Problem::unavailable(
            "the database URL must begin with postgres://",
        ));
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(POSTGRES_CONNECTIONS)
        .min_connections(2)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .set_application_name("fangxian");
    Ok(Database::connect(options).await?)
}

async fn sqlite(file: &std::path::Path, connections: u32) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", file.display()));
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(Duration::from_secs(300))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(pragmas);
    Ok(Database::connect(options).await?)
}

/// Write-ahead log with full synchronisation: a committed transaction survives a power cut.
fn pragmas(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .statement_cache_capacity(200)
        .pragma("cache_size", "-8192")
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "268435456")
        .pragma("wal_autocheckpoint", "4000")
}
