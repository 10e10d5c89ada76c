//! The journal: append-only, no index but its primary key.

use std::collections::HashMap;

use kit::{
    Problem, Result, Timestamp,
    id::{BatchId, PlaceId, RecordId},
};
use parking_lot::Mutex;
use rusqlite::{TransactionBehavior, params};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, Value,
};
use shell::App;
use store::{
    Appender, Cipher, Store,
    bulk::{Insert, Type},
};

use crate::{
    model::journal,
    private,
    record::{Record, Status},
};

const INSERT: Insert = Insert {
    table: "journal",
    columns: &[
        ("community_id", Type::Uuid),
        ("id", Type::Uuid),
        ("batch_id", Type::Uuid),
        ("position", Type::Int),
        ("kind", Type::Text),
        ("at", Type::Int),
        ("received_at", Type::Int),
        ("sender", Type::UuidOrNull),
        ("shift_id", Type::UuidOrNull),
        ("hash", Type::BytesOrNull),
        ("body", Type::Text),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// A record about to be written, with the hash of its content.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The record.
    pub record: Record,
    /// [`crate::Envelope::hash`].
    pub hash: [u8; 16],
}

/// What one transaction took.
#[derive(Debug)]
pub struct Written {
    /// Its batch.
    pub batch: BatchId,
    /// One status per entry: accepted, duplicate or conflict.
    pub statuses: Vec<Status>,
}

/// Writes entries in one transaction. When this returns, all that is `Accepted` is on disk.
pub async fn write(store: &Store, now: Timestamp, entries: &[Entry]) -> Result<Written> {
    let batch = BatchId::fresh(now);
    let mut statuses = vec![Status::Accepted; entries.len()];

    // Repeats within the batch: the first one goes in.
    let mut firsts: HashMap<(PlaceId, RecordId), usize> = HashMap::with_capacity(entries.len());
    let mut fresh: Vec<usize> = Vec::with_capacity(entries.len());
    for (i, entry) in entries.iter().enumerate() {
        let first = *firsts
            .entry((entry.record.community, entry.record.id))
            .or_insert(i);
        if first == i {
            fresh.push(i);
        } else {
            statuses[i] = same(&entries[first].hash, &entry.hash);
        }
    }

    let written = match store.appender() {
        Appender::Sqlite(connection) => {
            append(connection, batch, now, fresh.iter().map(|i| (*i, &entries[*i])))?
        }
        Appender::Postgres(pool) => {
            let rows = fresh.iter().map(|i| row(&entries[*i], batch, *i)).collect();
            insert(pool, batch, now, rows).await?
        }
    };
    if written < fresh.len() as u64 {
        let there = existing(store.journal(), fresh.iter().map(|i| &entries[*i].record)).await?;
        for i in fresh {
            let entry = &entries[i];
            if let Some((owner, hash)) = there.get(&(entry.record.community, entry.record.id))
                && *owner != batch
            {
                statuses[i] = same(hash, &entry.hash);
            }
        }
        // A repeat within the batch of something that was here before.
        for (i, entry) in entries.iter().enumerate() {
            let first = firsts[&(entry.record.community, entry.record.id)];
            if first != i
                && statuses[i] == Status::Duplicate
                && let Some((owner, hash)) = there.get(&(entry.record.community, entry.record.id))
                && *owner != batch
            {
                statuses[i] = same(hash, &entry.hash);
            }
        }
    }
    Ok(Written { batch, statuses })
}

/// Writes the rows and their batch, or neither, and returns when they are on disk; how many were not here before.
async fn insert(
    pool: &DatabaseConnection,
    batch: BatchId,
    now: Timestamp,
    rows: Vec<Vec<Value>>,
) -> Result<u64> {
    // One statement is a transaction of its own, and one trip instead of four.
    let (sql, mut values) = INSERT.arrays(rows);
    let n = values.len();
    let sql = format!(
        "WITH taken AS ({sql} RETURNING 1), noted AS (INSERT INTO journal_batches (id, taken_at, records) \
         SELECT ${}, ${}, count(*) FROM taken HAVING count(*) > 0) SELECT count(*) AS n FROM taken",
        n + 1,
        n + 2
    );
    values.extend([batch.0.into(), now.millis().into()]);
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
    let answer = pool.query_one_raw(statement).await?;
    let written: i64 = answer.map_or(Ok(0), |row| row.try_get("", "n"))?;
    Ok(u64::try_from(written).unwrap_or(0))
}

/// As [`insert`], on SQLite: row by row, which without a driver between threads is the quickest. Blocks.
fn append<'a>(
    connection: &Mutex<Option<rusqlite::Connection>>,
    batch: BatchId,
    now: Timestamp,
    rows: impl Iterator<Item = (usize, &'a Entry)>,
) -> Result<u64> {
    let mut connection = connection.lock();
    let connection = connection
        .as_mut()
        .ok_or_else(|| Problem::unavailable("the journal is closed"))?;
    let append = || {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut written = 0;
        {
            let mut insert = tx.prepare_cached(&INSERT.line())?;
            for (position, Entry { record, hash }) in rows {
                written += insert.execute(params![
                    record.community.0.as_bytes(),
                    record.id.0.as_bytes(),
                    batch.0.as_bytes(),
                    i64::try_from(position).unwrap_or(0),
                    record.kind,
                    record.at.millis(),
                    record.received_at.millis(),
                    record.sender.as_ref().map(|id| id.0.as_bytes()),
                    record.shift.as_ref().map(|id| id.0.as_bytes()),
                    hash,
                    record.kept(),
                ])?;
            }
        }
        if written > 0 {
            tx.prepare_cached("INSERT INTO journal_batches (id, taken_at, records) VALUES (?, ?, ?)")?
                .execute(params![
                    batch.0.as_bytes(),
                    now.millis(),
                    i64::try_from(written).unwrap_or(i64::MAX)
                ])?;
        }
        tx.commit()?;
        Ok(written as u64)
    };
    append().map_err(|error: rusqlite::Error| Problem::unavailable(error.to_string()))
}

fn same(there: &[u8], here: &[u8]) -> Status {
    if there == here {
        Status::Duplicate
    } else {
        Status::Conflict
    }
}

fn row(entry: &Entry, batch: BatchId, position: usize) -> Vec<Value> {
    let record = &entry.record;
    vec![
        record.community.0.into(),
        record.id.0.into(),
        batch.0.into(),
        i64::try_from(position).unwrap_or(0).into(),
        record.kind.clone().into(),
        record.at.millis().into(),
        record.received_at.millis().into(),
        record.sender.map(|id| id.0).into(),
        record.shift.map(|id| id.0).into(),
        entry.hash.to_vec().into(),
        record.kept().into(),
    ]
}

async fn existing(
    db: &impl ConnectionTrait,
    records: impl Iterator<Item = &Record>,
) -> Result<HashMap<(PlaceId, RecordId), (BatchId, Vec<u8>)>> {
    let mut by_community: HashMap<PlaceId, Vec<RecordId>> = HashMap::new();
    for record in records {
        by_community.entry(record.community).or_default().push(record.id);
    }
    let mut found = HashMap::new();
    for (community, ids) in by_community {
        for some in ids.chunks(5_000) {
            let rows: Vec<(RecordId, BatchId, Vec<u8>)> = journal::Entity::find()
                .select_only()
                .columns([
                    journal::Column::Id,
                    journal::Column::BatchId,
                    journal::Column::Hash,
                ])
                .filter(journal::Column::CommunityId.eq(community))
                .filter(journal::Column::Id.is_in(some.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            found.extend(
                rows.into_iter()
                    .map(|(id, batch, hash)| ((community, id), (batch, hash))),
            );
        }
    }
    Ok(found)
}

/// One record of the journal.
pub async fn find(app: &App, community: PlaceId, id: RecordId) -> Result<Option<Record>> {
    let row = journal::Entity::find_by_id((community, id))
        .one(app.store.journal())
        .await?;
    row.map(|row| record(&app.cipher, row)).transpose()
}

/// Some records of the journal, by their ids.
pub async fn some(app: &App, community: PlaceId, ids: &[RecordId]) -> Result<Vec<Record>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(5_000) {
        let rows = journal::Entity::find()
            .filter(journal::Column::CommunityId.eq(community))
            .filter(journal::Column::Id.is_in(some.iter().copied()))
            .all(app.store.journal())
            .await?;
        for row in rows {
            found.push(record(&app.cipher, row)?);
        }
    }
    Ok(found)
}

/// The records of one batch, in order. Reads the whole journal; for what a dead server left behind.
pub async fn batch(app: &App, batch: BatchId) -> Result<Vec<Record>> {
    let rows = journal::Entity::find()
        .filter(journal::Column::BatchId.eq(batch))
        .order_by_asc(journal::Column::Position)
        .all(app.store.journal())
        .await?;
    rows.into_iter().map(|row| record(&app.cipher, row)).collect()
}

/// A row as a record.
pub fn record(cipher: &Cipher, row: journal::Model) -> Result<Record> {
    let body = private::open(cipher, &row.body)?;
    Ok(Record {
        id: row.id,
        community: row.community_id,
        kind: row.kind,
        at: row.at,
        received_at: row.received_at,
        sender: row.sender,
        shift: row.shift_id,
        sealed: (body != row.body).then_some(row.body),
        body,
        voided: false,
    })
}
