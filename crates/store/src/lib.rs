//! The database: connect, migrate, transactions, scoped queries, bulk writes, encryption at rest.
//!
//! SQLite (a directory) and PostgreSQL (a URL) go through the same code. On SQLite one connection
//! writes and several read, and the journal of the way in is a file of its own, so that taking a
//! record never waits for a page or for applying; on PostgreSQL all of them are one pool. Whoever appends
//! to the journal has connections of its own on both ([`Appender`]).

pub mod bulk;
pub mod cipher;
mod connect;
pub mod migrate;
pub mod scope;
#[cfg(feature = "testing")]
pub mod testing;

use std::sync::Arc;

use kit::Result;
use parking_lot::Mutex;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

pub use cipher::Cipher;
pub use connect::{APPENDERS, Location, Which};
pub use migrate::Migrations;
pub use scope::Scope;

/// Column type of a path: compared byte by byte on both engines (SQLite does so by default), so that a
/// subtree is a range of the index.
pub fn path_type(engine: DbBackend) -> &'static str {
    if engine == DbBackend::Postgres {
        "text COLLATE \"C\""
    } else {
        "text"
    }
}

/// The open database.
#[derive(Debug, Clone)]
pub struct Store {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    journal: DatabaseConnection,
    appender: Appender,
}

/// The connection of the one who appends to the journal.
#[derive(Debug, Clone)]
pub enum Appender {
    /// A connection of its own, for a thread of its own: on the way of every record, what a driver between threads costs
    /// is most of what a small transaction costs. `None` once closed.
    Sqlite(Arc<Mutex<Option<rusqlite::Connection>>>),
    /// As many connections as [`APPENDERS`], of which no page takes one.
    Postgres(DatabaseConnection),
}

impl Store {
    /// Opens the database at `location`, creating the directory and files where SQLite is meant.
    pub async fn open(location: &Location) -> Result<Self> {
        connect::open(location).await
    }

    /// For reads. Sees everything committed so far.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For single writes; on SQLite all writes of this process queue here.
    pub fn write(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// The journal's database: its own file on SQLite, the same database on PostgreSQL.
    pub fn journal(&self) -> &DatabaseConnection {
        &self.journal
    }

    /// A transaction that may write. On SQLite it holds the write lock from its start, so it never
    /// fails half-way because somebody else wrote.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// The journal's database, for the one who appends to it.
    pub fn appender(&self) -> &Appender {
        &self.appender
    }

    /// Which engine this is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Whether the database answers, for `/readyz`.
    pub async fn ping(&self) -> Result<()> {
        self.reader.ping().await?;
        self.journal.ping().await?;
        Ok(())
    }

    /// Closes all connections; what was committed is on disk.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        self.journal.close().await?;
        match self.appender {
            Appender::Sqlite(connection) => drop(connection.lock().take()),
            Appender::Postgres(pool) => pool.close().await?,
        }
        self.writer.close().await?;
        Ok(())
    }
}
