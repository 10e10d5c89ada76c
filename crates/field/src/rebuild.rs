//! Making everything derived again, from the journal.

use std::collections::BTreeMap;

use kit::{
    Result,
    id::{BatchId, HelperId, OrgId, PlaceId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shell::App;

use crate::{
    apply,
    journal::record,
    model::{applied, batch, issue, journal, tally, void},
    projection::Registry,
};

/// Records replayed at a time.
const STEP: u64 = 10_000;

/// Empties all derived tables and replays the journal, oldest first, in one transaction: whoever reads
/// meanwhile sees the state before. No other server may be taking records. `progress` is told how many
/// records have been replayed. Returns that number.
pub async fn rebuild(app: &App, registry: &Registry, progress: impl Fn(u64)) -> Result<u64> {
    let tx = app.store.begin().await?;
    let replayed = replay(app, registry, &tx, progress).await?;
    note_all_applied(app, &tx).await?;
    tx.commit().await?;
    Ok(replayed)
}

/// A tally that is not what the journal adds up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The tally's key, with its quantity as it stands; 0 when there is none.
    pub tally: tally::Model,
    /// What the journal adds up to.
    pub replayed: i64,
}

/// Replays the journal beside the tables and compares the tallies; changes nothing. Pages go on as
/// before, applying waits.
pub async fn verify(app: &App, registry: &Registry, progress: impl Fn(u64)) -> Result<Vec<Difference>> {
    let tx = app.store.begin().await?;
    let before = tallies(&tx).await?;
    replay(app, registry, &tx, progress).await?;
    let mut after = tallies(&tx).await?;
    tx.rollback().await?;
    let mut found = Vec::new();
    for (key, row) in before {
        let replayed = after.remove(&key).map_or(0, |row| row.quantity);
        if replayed != row.quantity {
            found.push(Difference { tally: row, replayed });
        }
    }
    found.extend(
        after
            .into_values()
            .filter(|row| row.quantity != 0)
            .map(|row| Difference { replayed: row.quantity, tally: tally::Model { quantity: 0, ..row } }),
    );
    Ok(found)
}

type Key = (PlaceId, kit::Day, OrgId, HelperId, String);

async fn tallies(tx: &DatabaseTransaction) -> Result<BTreeMap<Key, tally::Model>> {
    let rows = tally::Entity::find().all(tx).await?;
    let key = |row: &tally::Model| (row.community_id, row.day, row.org_id, row.helper_id, row.activity.clone());
    Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
}

/// Empties everything derived and applies the whole journal, within a transaction.
async fn replay(
    app: &App,
    registry: &Registry,
    tx: &DatabaseTransaction,
    progress: impl Fn(u64),
) -> Result<u64> {
    for projection in registry.all() {
        projection.clear(tx).await?;
    }
    tally::Entity::delete_many().exec(tx).await?;
    void::Entity::delete_many().exec(tx).await?;
    issue::Entity::delete_many()
        .filter(issue::Column::Open.eq(true))
        .filter(issue::Column::Rejected.eq(false))
        .exec(tx)
        .await?;

    let mut after: Option<(BatchId, i64)> = None;
    let mut replayed = 0;
    loop {
        let mut select = journal::Entity::find();
        if let Some((batch, position)) = after {
            select = select.filter(
                Condition::any().add(journal::Column::BatchId.gt(batch)).add(
                    Condition::all()
                        .add(journal::Column::BatchId.eq(batch))
                        .add(journal::Column::Position.gt(position)),
                ),
            );
        }
        let rows = select
            .order_by_asc(journal::Column::BatchId)
            .order_by_asc(journal::Column::Position)
            .limit(STEP)
            .all(app.store.journal())
            .await?;
        let Some(last) = rows.last() else { break };
        after = Some((last.batch_id, last.position));
        let full = rows.len() as u64 == STEP;
        replayed += rows.len() as u64;
        apply::project(app, registry, tx, rows.into_iter().map(record).collect()).await?;
        progress(replayed);
        if !full {
            break;
        }
    }
    Ok(replayed)
}

/// Everything in the journal has been applied, also what nobody had noted.
async fn note_all_applied(app: &App, tx: &DatabaseTransaction) -> Result<()> {
    let batches: Vec<BatchId> = batch::Entity::find()
        .select_only()
        .column(batch::Column::Id)
        .into_tuple()
        .all(app.store.journal())
        .await?;
    applied::Entity::delete_many().exec(tx).await?;
    let now = app.now();
    for some in batches.chunks(5_000) {
        applied::Entity::insert_many(some.iter().map(|id| applied::ActiveModel {
            batch_id: Set(*id),
            applied_at: Set(now),
        }))
        .exec_without_returning(tx)
        .await?;
    }
    Ok(())
}
