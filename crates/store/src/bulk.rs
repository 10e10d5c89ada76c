//! Many rows in one statement: arrays with UNNEST on PostgreSQL, long VALUES lists on SQLite.

use std::{collections::HashMap, sync::LazyLock};

use parking_lot::Mutex;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value, sea_query::ArrayType};

/// The type of a column, as far as bulk writes must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `uuid`, not null.
    Uuid,
    /// `uuid`, null allowed.
    UuidOrNull,
    /// `bigint`, not null.
    Int,
    /// `bigint`, null allowed.
    IntOrNull,
    /// `text`, not null.
    Text,
    /// `text`, null allowed; an empty text is kept as null.
    TextOrNull,
    /// `bytea`/`blob`; empty is kept as null.
    BytesOrNull,
    /// `boolean`, not null.
    Bool,
}

/// A prepared way of writing rows of one shape.
#[derive(Debug, Clone, Copy)]
pub struct Insert {
    /// Table name.
    pub table: &'static str,
    /// Column names and types, in the order of a row's values.
    pub columns: &'static [(&'static str, Type)],
    /// What follows the rows: `ON CONFLICT ...` or nothing. The same words must suit both engines.
    pub suffix: &'static str,
}

/// Rows in one statement on SQLite.
const SIZES: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 96, 128, MOST_ROWS];
const MOST_ROWS: usize = 256;

impl Insert {
    /// Writes all rows; returns how many were written (conflicts that do nothing are not counted).
    pub async fn run(&self, db: &impl ConnectionTrait, rows: Vec<Vec<Value>>) -> Result<u64, DbErr> {
        if rows.is_empty() {
            return Ok(0);
        }
        match db.get_database_backend() {
            DbBackend::Postgres => self.unnest(db, rows).await,
            _ => self.values(db, rows).await,
        }
    }

    async fn unnest(&self, db: &impl ConnectionTrait, rows: Vec<Vec<Value>>) -> Result<u64, DbErr> {
        let (sql, values) = self.arrays(rows);
        let done = db
            .execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values))
            .await?;
        Ok(done.rows_affected())
    }

    /// The statement and its values for PostgreSQL, one array a column; for statements that do more than insert.
    pub fn arrays(&self, rows: Vec<Vec<Value>>) -> (String, Vec<Value>) {
        let mut columns: Vec<Vec<Value>> = self
            .columns
            .iter()
            .map(|_| Vec::with_capacity(rows.len()))
            .collect();
        for row in rows {
            for ((column, value), (_, ty)) in columns.iter_mut().zip(row).zip(self.columns) {
                column.push(ty.without_null(value));
            }
        }
        let names = self.names();
        let arrays = (1..=self.columns.len())
            .zip(self.columns)
            .map(|(i, (_, ty))| format!("${i}::{}[]", ty.postgres()))
            .collect::<Vec<_>>()
            .join(", ");
        let picks = self
            .columns
            .iter()
            .map(|(name, ty)| ty.pick(name))
            .collect::<Vec<_>>()
            .join(", ");
        let sql = format!(
            "INSERT INTO {} ({names}) SELECT {picks} FROM UNNEST({arrays}) AS r({names}) {}",
            self.table, self.suffix
        );
        let values = columns
            .into_iter()
            .zip(self.columns)
            .map(|(column, (_, ty))| Value::Array(ty.array(), Some(Box::new(column))))
            .collect();
        (sql, values)
    }

    async fn values(&self, db: &impl ConnectionTrait, rows: Vec<Vec<Value>>) -> Result<u64, DbErr> {
        // SQLite takes 32,766 values in a statement.
        let most = (32_000 / self.columns.len()).min(MOST_ROWS);
        let mut written = 0;
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let taken = rows.len().min(most);
            // Few sizes, so that few distinct statements are prepared and kept; what is left over is
            // filled with rows of nulls, which the statement drops. One statement is one trip to the
            // thread that owns the connection, and trips are what small batches cost.
            let size = SIZES.into_iter().find(|size| *size >= taken).unwrap_or(taken);
            let mut values: Vec<Value> = Vec::with_capacity(size * self.columns.len());
            values.extend(rows.by_ref().take(taken).flatten());
            values.resize(size * self.columns.len(), Value::BigInt(None));
            let sql = self.lines(size);
            let done = db
                .execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values))
                .await?;
            written += done.rows_affected();
        }
        Ok(written)
    }

    /// The statement for one row on SQLite.
    pub fn line(&self) -> String {
        self.lines(1)
    }

    /// The statement for so many rows on SQLite; made once, because for many rows it is long.
    fn lines(&self, size: usize) -> String {
        static MADE: LazyLock<Mutex<HashMap<(&str, &str, usize), String>>> = LazyLock::new(Mutex::default);
        let make = || {
            let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
            let lines = vec![row; size].join(", ");
            let (table, names, suffix) = (self.table, self.names(), self.suffix);
            // The first column of every table written in bulk is part of its key and never null.
            if size == 1 {
                format!("INSERT INTO {table} ({names}) VALUES {lines} {suffix}")
            } else {
                format!(
                    "INSERT INTO {table} ({names}) SELECT * FROM (VALUES {lines}) \
                     WHERE column1 IS NOT NULL {suffix}"
                )
            }
        };
        MADE.lock()
            .entry((self.table, self.suffix, size))
            .or_insert_with(make)
            .clone()
    }

    fn names(&self) -> String {
        self.columns
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Type {
    const fn postgres(self) -> &'static str {
        match self {
            Self::Uuid | Self::UuidOrNull => "uuid",
            Self::Int | Self::IntOrNull => "bigint",
            Self::Text | Self::TextOrNull => "text",
            Self::BytesOrNull => "bytea",
            Self::Bool => "boolean",
        }
    }

    const fn array(self) -> ArrayType {
        match self {
            Self::Uuid | Self::UuidOrNull => ArrayType::Uuid,
            Self::Int | Self::IntOrNull => ArrayType::BigInt,
            Self::Text | Self::TextOrNull => ArrayType::String,
            Self::BytesOrNull => ArrayType::Bytes,
            Self::Bool => ArrayType::Bool,
        }
    }

    /// The driver's arrays hold no nulls; a stand-in travels and is turned back by [`Type::pick`].
    fn without_null(self, value: Value) -> Value {
        match (self, value) {
            (Self::UuidOrNull, Value::Uuid(None)) => Value::Uuid(Some(uuid::Uuid::max())),
            (Self::IntOrNull, Value::BigInt(None)) => Value::BigInt(Some(i64::MIN)),
            (Self::TextOrNull, Value::String(None)) => Value::String(Some(String::new())),
            (Self::BytesOrNull, Value::Bytes(None)) => Value::Bytes(Some(Vec::new())),
            (_, value) => value,
        }
    }

    fn pick(self, name: &str) -> String {
        match self {
            Self::UuidOrNull => format!("NULLIF(r.{name}, '{}'::uuid)", uuid::Uuid::max()),
            Self::IntOrNull => format!("NULLIF(r.{name}, {})", i64::MIN),
            Self::TextOrNull => format!("NULLIF(r.{name}, '')"),
            Self::BytesOrNull => format!("NULLIF(r.{name}, ''::bytea)"),
            Self::Uuid | Self::Int | Self::Text | Self::Bool => format!("r.{name}"),
        }
    }
}
