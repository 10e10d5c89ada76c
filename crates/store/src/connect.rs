//! Connecting.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kit::{Problem, Result};
use parking_lot::Mutex;
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{Appender, Store};

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
const PRAGMAS: [(&str, &str); 4] = [
    ("cache_size", "-8192"),
    ("temp_store", "memory"),
    ("mmap_size", "268435456"),
    ("wal_autocheckpoint", "4000"),
];
const READERS: u32 = 6;
const POSTGRES_CONNECTIONS: u32 = 20;
/// Transactions that may append to the journal at once on PostgreSQL, each on a connection of its own.
pub const APPENDERS: u32 = 2;

pub(crate) async fn open(location: &Location) -> Result<Store> {
    fs::create_dir_all(&location.data)
        .map_err(|e| Problem::unavailable(format!("cannot create {}: {e}", location.data.display())))?;
    if let Some(url) = &location.database {
        let pool = Database::connect(postgres(url, POSTGRES_CONNECTIONS)?).await?;
        let mut appenders = postgres(url, APPENDERS)?;
        // A command that takes no record needs none of them.
        appenders.min_connections(0).connect_lazy(true);
        return Ok(Store {
            writer: pool.clone(),
            reader: pool.clone(),
            appender: Appender::Postgres(Database::connect(appenders).await?),
            journal: pool,
        });
    }
    let main = location.data.join("fangxian.db");
    let journal = location.data.join("journal.db");
    Ok(Store {
        writer: sqlite(&main, 1).await?,
        reader: sqlite(&main, READERS).await?,
        journal: sqlite(&journal, 2).await?,
        appender: Appender::Sqlite(Arc::new(Mutex::new(Some(appender(&journal)?)))),
    })
}

fn postgres(url: &str, connections: u32) -> Result<ConnectOptions> {
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        return Err(Problem::unavailable(
            "the database URL must begin with postgres://",
        ));
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(connections.min(2))
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .set_application_name("fangxian");
    Ok(options)
}

async fn sqlite(file: &Path, connections: u32) -> Result<DatabaseConnection> {
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
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .foreign_keys(true)
        .statement_cache_capacity(200);
    PRAGMAS
        .into_iter()
        .fold(options, |options, (name, value)| options.pragma(name, value))
}

/// The same for the connection that appends to the journal.
fn appender(file: &Path) -> Result<rusqlite::Connection> {
    let open = || {
        let connection = rusqlite::Connection::open(file)?;
        connection.busy_timeout(BUSY)?;
        for (name, value) in [("journal_mode", "wal"), ("synchronous", "full")]
            .into_iter()
            .chain(PRAGMAS)
        {
            connection.pragma_update(None, name, value)?;
        }
        Ok(connection)
    };
    open().map_err(|error: rusqlite::Error| Problem::unavailable(format!("{}: {error}", file.display())))
}
