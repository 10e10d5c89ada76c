//! Migrations: every room hands in its own, the server runs them all, in the order of the rooms.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, DynIden, Statement, TransactionTrait,
    sea_query::{Alias, ColumnDef, Index, IntoIden},
};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf, SchemaManager};

use crate::{Store, Which};

/// The migrations of one room.
pub type Room = fn() -> Vec<Box<dyn MigrationTrait>>;

/// All migrations of a program, room after room, for one of the two databases.
#[derive(Debug, Clone)]
pub struct Migrations {
    /// Which database they belong to.
    pub which: Which,
    /// The rooms, lowest first.
    pub rooms: Vec<Room>,
}

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        self.rooms.iter().flat_map(|room| room()).collect()
    }

    fn migration_table_name(&self) -> DynIden {
        match self.which {
            Which::Main => "migrations",
            Which::Journal => "journal_migrations",
        }
        .into_iden()
    }
}

/// Any number will do, as long as nothing else in the database takes the same advisory lock.
const LOCK: i64 = 0x6661_6e67;

impl Migrations {
    /// Brings the database to the newest shape. Several servers starting at once wait for one another.
    pub async fn run(&self, store: &Store) -> kit::Result<()> {
        let connection = match self.which {
            Which::Main => &store.writer,
            Which::Journal => &store.journal,
        };
        if store.backend() == DbBackend::Postgres {
            let lock = connection.begin().await?;
            lock.execute_raw(Statement::from_string(
                DbBackend::Postgres,
                format!("SELECT pg_advisory_xact_lock({LOCK})"),
            ))
            .await?;
            self.up(connection, None).await?;
            lock.commit().await?;
        } else {
            self.up(connection, None).await?;
        }
        Ok(())
    }

    /// How many migrations are still to be run.
    pub async fn pending(&self, store: &Store) -> kit::Result<usize> {
        let connection = match self.which {
            Which::Main => &store.writer,
            Which::Journal => &store.journal,
        };
        Ok(self.get_pending_migrations(connection).await?.len())
    }
}

/// A text that is compared byte by byte on both engines: its beginning is a range of an index. Not null.
pub fn word(m: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column
        .custom(crate::path_type(m.get_database_backend()))
        .not_null();
    column
}

/// Creates plain indexes: name, table, columns.
pub async fn indexes(m: &SchemaManager<'_>, all: &[(&str, &str, &[&str])]) -> Result<(), DbErr> {
    for (name, table, columns) in all {
        let mut index = Index::create();
        index.name(*name).table(Alias::new(*table));
        for column in *columns {
            index.col(Alias::new(*column));
        }
        m.create_index(index.take()).await?;
    }
    Ok(())
}
