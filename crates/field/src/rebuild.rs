//! Making everything derived again, from the journal.

use std::collections::{BTreeMap, HashSet};

use kit::{
    Result,
    id::{BatchId, HelperId, OrgId, PlaceId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use shell::App;

use crate::{
    apply,
    journal::record,
    model::{applied, batch, issue, journal, tally, void},
    projection::Registry,
    record::Record,
};

/// Records replayed at a time.
const STEP: u64 = 10_000;

/// Empties all derived tables and replays the journal, oldest first, in one transaction: whoever reads
/// meanwhile sees the state before. No other server may be taking records. `progress` is told how many
/// records have been replayed. Returns that number.
pub async fn rebuild(app: &App, registry: &Registry, progress: impl Fn(u64)) -> Result<u64> {
    let tx = app.store.begin().await?;
    let replayed = replay(app, registry, &tx, |_| true, progress).await?;
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

/// Replays what has been applied beside the tables and compares the tallies; changes nothing. Pages and
/// taking go on as before, applying waits.
pub async fn verify(app: &App, registry: &Registry, progress: impl Fn(u64)) -> Result<Vec<Difference>> {
    let tx = app.store.begin().await?;
    let before = tallies(&tx).await?;
    let applied = Applied::read(app, &tx).await?;
    replay(app, registry, &tx, |batch| applied.holds(batch), progress).await?;
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
            .map(|row| Difference {
                replayed: row.quantity,
                tally: tally::Model { quantity: 0, ..row },
            }),
    );
    Ok(found)
}

/// Which batches are in the tables at the moment of a transaction.
struct Applied {
    taken: HashSet<BatchId>,
    done: HashSet<BatchId>,
    /// Batches with ids before this, and without book-keeping, were applied long ago.
    old: BatchId,
}

impl Applied {
    async fn read(app: &App, tx: &DatabaseTransaction) -> Result<Self> {
        let done = applied::Entity::find()
            .all(tx)
            .await?
            .into_iter()
            .map(|row| row.batch_id)
            .collect();
        let taken = batch::Entity::find()
            .all(app.store.journal())
            .await?
            .into_iter()
            .map(|row| row.id)
            .collect();
        let old = BatchId::fresh(app.now().minus(std::time::Duration::from_secs(300)));
        Ok(Self { taken, done, old })
    }

    fn holds(&self, batch: BatchId) -> bool {
        self.done.contains(&batch) || (!self.taken.contains(&batch) && batch < self.old)
    }
}

type Key = (PlaceId, kit::Day, OrgId, HelperId, String);

async fn tallies(tx: &DatabaseTransaction) -> Result<BTreeMap<Key, tally::Model>> {
    let rows = tally::Entity::find().all(tx).await?;
    let key = |row: &tally::Model| {
        (
            row.community_id,
            row.day,
            row.org_id,
            row.helper_id,
            row.activity.clone(),
        )
    };
    Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
}

/// Empties everything derived and applies the whole journal, within a transaction.
async fn replay(
    app: &App,
    registry: &Registry,
    tx: &DatabaseTransaction,
    counts: impl Fn(BatchId) -> bool,
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
        let mut records: Vec<Record> = rows
            .into_iter()
            .filter(|row| counts(row.batch_id))
            .map(|row| record(&app.cipher, row))
            .collect::<Result<_>>()?;
        apply::project(app, registry, tx, records.iter_mut().collect()).await?;
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
