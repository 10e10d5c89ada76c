//! Making everything derived again, from the journal.

use kit::{Result, id::BatchId};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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
    for projection in registry.all() {
        projection.clear(&tx).await?;
    }
    tally::Entity::delete_many().exec(&tx).await?;
    void::Entity::delete_many().exec(&tx).await?;
    issue::Entity::delete_many()
        .filter(issue::Column::Open.eq(true))
        .filter(issue::Column::Rejected.eq(false))
        .exec(&tx)
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
        apply::project(app, registry, &tx, rows.into_iter().map(record).collect()).await?;
        progress(replayed);
        if !full {
            break;
        }
    }

    // Everything in the journal has now been applied, also what nobody had noted.
    let batches: Vec<BatchId> = batch::Entity::find()
        .select_only()
        .column(batch::Column::Id)
        .into_tuple()
        .all(app.store.journal())
        .await?;
    applied::Entity::delete_many().exec(&tx).await?;
    let now = app.now();
    for some in batches.chunks(5_000) {
        applied::Entity::insert_many(some.iter().map(|id| applied::ActiveModel {
            batch_id: Set(*id),
            applied_at: Set(now),
        }))
        .exec_without_returning(&tx)
        .await?;
    }
    tx.commit().await?;
    Ok(replayed)
}
