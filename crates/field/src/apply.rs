//! Applying: journal batches become rows and tallies, each exactly once.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use kit::{
    Day, Result,
    id::{BatchId, HelperId, OrgId, PlaceId, RecordId, ShiftId},
    problem::code,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, TransactionTrait,
};
use shell::App;
use store::bulk::{Insert, Type};
use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc, oneshot};

use crate::{
    issues::{self, Flag},
    journal,
    model::{applied, batch, void},
    projection::Registry,
    record::{Record, VOID, Void},
};

/// Records applied in one transaction at most.
const MOST: usize = 10_000;
/// How long after the last transaction batches are gathered for which nobody waits.
const GATHER: Duration = Duration::from_millis(20);
/// A batch that nobody has applied this long after it was taken is an orphan.
const ORPHAN: Duration = Duration::from_secs(30);

/// Communities are applied one transaction at a time, in so many groups.
const GROUPS: u128 = 64;
/// Added to the group's number, so that nothing else in the database takes the same advisory lock.
const LOCK: i64 = 0x6669_656c_6400;

/// Records that were taken in one transaction, on their way to the tables.
pub(crate) struct Batch {
    pub id: BatchId,
    pub records: Vec<Record>,
    pub waiting: Vec<oneshot::Sender<()>>,
    /// The room it takes up among those that wait.
    pub room: Option<OwnedSemaphorePermit>,
}

/// What applying records does beside the room's own tables.
#[derive(Debug, Default)]
pub struct Effects {
    tallies: BTreeMap<(PlaceId, Day, OrgId, HelperId, String), i64>,
    flags: Vec<Flag>,
    unflagged: Vec<(PlaceId, RecordId)>,
}

impl Effects {
    /// Adds to a tally; a negative quantity takes away.
    pub fn tally(
        &mut self,
        community: PlaceId,
        day: Day,
        org: OrgId,
        helper: HelperId,
        activity: &str,
        quantity: i64,
    ) {
        if quantity != 0 {
            *self
                .tallies
                .entry((community, day, org, helper, activity.to_owned()))
                .or_default() += quantity;
        }
    }

    /// Puts a record before staff.
    pub fn flag(&mut self, flag: Flag) {
        self.flags.push(flag);
    }

    /// Takes back open flags of a record: what came later explains it.
    pub fn unflag(&mut self, community: PlaceId, record: RecordId) {
        self.unflagged.push((community, record));
    }

    /// Writes them, within the transaction that wrote the room's tables.
    pub async fn write(self, tx: &DatabaseTransaction) -> Result<()> {
        // In the order of the key, so that two servers never wait for each other in a circle.
        let rows = self
            .tallies
            .into_iter()
            .filter(|(_, quantity)| *quantity != 0)
            .map(|((community, day, org, helper, activity), quantity)| {
                vec![
                    community.0.into(),
                    day.to_string().into(),
                    org.0.into(),
                    helper.0.into(),
                    activity.into(),
                    quantity.into(),
                ]
            })
            .collect();
        TALLY.run(tx, rows).await?;
        issues::withdraw(tx, &self.unflagged).await?;
        issues::write(tx, self.flags).await
    }
}

/// Waits until no other transaction changes what is derived in these communities, and keeps others waiting
/// until this one ends. Whoever derives from what is there must be alone: two servers that each see
/// only their own half would both be wrong. SQLite has one writer anyway.
pub async fn alone(tx: &DatabaseTransaction, communities: impl IntoIterator<Item = PlaceId>) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let groups: BTreeSet<i64> = communities
        .into_iter()
        .filter_map(|community| i64::try_from(community.0.as_u128() % GROUPS).ok())
        .map(|group| LOCK + group)
        .collect();
    // In order, so that two servers never wait for each other in a circle.
    let text =
        "SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest($1::bigint[]) AS k ORDER BY k) AS o";
    let groups: Vec<i64> = groups.into_iter().collect();
    tx.execute_raw(Statement::from_sql_and_values(
        DbBackend::Postgres,
        text,
        [groups.into()],
    ))
    .await?;
    Ok(())
}

const TALLY: Insert = Insert {
    table: "tallies",
    columns: &[
        ("community_id", Type::Uuid),
        ("day", Type::Text),
        ("org_id", Type::Uuid),
        ("helper_id", Type::Uuid),
        ("activity", Type::Text),
        ("quantity", Type::Int),
    ],
    suffix: "ON CONFLICT (community_id, day, org_id, helper_id, activity) \
             DO UPDATE SET quantity = tallies.quantity + excluded.quantity",
};

const APPLIED: Insert = Insert {
    table: "field_applied",
    columns: &[("batch_id", Type::Uuid), ("applied_at", Type::Int)],
    suffix: "ON CONFLICT DO NOTHING",
};

const VOIDS: Insert = Insert {
    table: "field_voids",
    columns: &[
        ("community_id", Type::Uuid),
        ("record_id", Type::Uuid),
        ("by_record", Type::Uuid),
        ("shift_id", Type::UuidOrNull),
        ("reason", Type::Text),
    ],
    suffix: "ON CONFLICT DO NOTHING",
};

/// How many records wait to be applied, and a bell that rings when some have been.
#[derive(Debug, Default)]
pub struct Progress {
    waiting: AtomicI64,
    bell: Notify,
}

impl Progress {
    /// Records taken and not yet applied by this server.
    pub fn waiting(&self) -> i64 {
        self.waiting.load(Ordering::SeqCst)
    }

    pub(crate) fn add(&self, records: usize) {
        self.waiting
            .fetch_add(i64::try_from(records).unwrap_or(0), Ordering::SeqCst);
    }

    pub(crate) fn done(&self, records: usize) {
        if records == 0 {
            return;
        }
        self.waiting
            .fetch_sub(i64::try_from(records).unwrap_or(0), Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    /// Returns when nothing waits.
    pub async fn settled(&self) {
        loop {
            let rung = self.bell.notified();
            if self.waiting() <= 0 {
                return;
            }
            rung.await;
        }
    }
}

/// Applies batches until the queue is closed and empty.
pub(crate) async fn run(
    app: App,
    registry: Registry,
    mut queue: mpsc::UnboundedReceiver<Batch>,
    progress: Arc<Progress>,
) {
    let mut last = tokio::time::Instant::now();
    while let Some(first) = queue.recv().await {
        let mut records = first.records.len();
        let mut batches = vec![first];
        // Many small batches cost no more than one: unless somebody waits, more are gathered for a moment. What comes after a
        // pause is applied at once, so that the page which is looked at next shows it.
        let gathered = last + GATHER;
        while records < MOST {
            let waited_for = batches.iter().any(|batch| !batch.waiting.is_empty());
            let more = if waited_for {
                queue.try_recv().ok()
            } else {
                tokio::time::timeout_at(gathered, queue.recv())
                    .await
                    .ok()
                    .flatten()
            };
            let Some(batch) = more else { break };
            records += batch.records.len();
            batches.push(batch);
        }
        until_applied(&app, &registry, &mut batches).await;
        last = tokio::time::Instant::now();
        for Batch { waiting, room, .. } in batches {
            drop(room);
            for waiting in waiting {
                let _ = waiting.send(());
            }
        }
        progress.done(records);
        metrics::counter!("fangxian_records_applied_total").increment(records as u64);
        metrics::gauge!("fangxian_records_waiting")
            .set(f64::from(i32::try_from(progress.waiting()).unwrap_or(i32::MAX)));
    }
}

/// Tries until it is done: what was accepted may wait, but is never given up.
async fn until_applied(app: &App, registry: &Registry, batches: &mut [Batch]) {
    let mut pause = Duration::from_millis(50);
    loop {
        match apply(app, registry, batches).await {
            Ok(()) => return,
            Err(problem) if problem.code == code::UNAVAILABLE => {
                tracing::warn!(error = %problem, "store is away; applying waits");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Err(problem) => {
                tracing::error!(error = %problem, "a batch could not be applied as a whole; going record by record");
                for one in batches.iter_mut() {
                    if let Err(problem) = singly(app, registry, one).await {
                        tracing::error!(error = %problem, batch = %one.id, "batch waits for the next look-around");
                    }
                }
                return;
            }
        }
    }
}

/// Applies batches in one transaction; batches that somebody else has applied are left out.
async fn apply(app: &App, registry: &Registry, batches: &mut [Batch]) -> Result<()> {
    let tx = app.store.begin().await?;
    let now = app.now().millis();
    let mut mine: Vec<&mut Batch> = batches
        .iter_mut()
        .filter(|batch| !batch.records.is_empty())
        .collect();
    let rows = mine
        .iter()
        .map(|batch| vec![batch.id.0.into(), now.into()])
        .collect();
    if APPLIED.run(&tx, rows).await? < mine.len() as u64 {
        // Somebody was quicker with one of them: start again with the others.
        tx.rollback().await?;
        let done: HashSet<BatchId> = applied::Entity::find()
            .filter(applied::Column::BatchId.is_in(mine.iter().map(|batch| batch.id)))
            .all(app.store.write())
            .await?
            .into_iter()
            .map(|row| row.batch_id)
            .collect();
        mine.retain(|batch| !done.contains(&batch.id));
        for batch in mine {
            Box::pin(apply_one(app, registry, batch)).await?;
        }
        return Ok(());
    }
    let records = mine.into_iter().flat_map(|batch| &mut batch.records).collect();
    project(app, registry, &tx, records).await?;
    tx.commit().await?;
    Ok(())
}

async fn apply_one(app: &App, registry: &Registry, batch: &mut Batch) -> Result<()> {
    let tx = app.store.begin().await?;
    let row = vec![batch.id.0.into(), app.now().millis().into()];
    if APPLIED.run(&tx, vec![row]).await? == 0 {
        tx.rollback().await?;
        return Ok(());
    }
    project(app, registry, &tx, batch.records.iter_mut().collect()).await?;
    tx.commit().await?;
    Ok(())
}

/// Applies a batch record by record; one that cannot be applied is flagged instead of holding up the rest.
async fn singly(app: &App, registry: &Registry, batch: &mut Batch) -> Result<()> {
    let tx = app.store.begin().await?;
    let row = vec![batch.id.0.into(), app.now().millis().into()];
    if APPLIED.run(&tx, vec![row]).await? == 0 {
        tx.rollback().await?;
        return Ok(());
    }
    for record in &mut batch.records {
        let inner = tx.begin().await?;
        match project(app, registry, &inner, vec![&mut *record]).await {
            Ok(()) => inner.commit().await?,
            Err(problem) => {
                inner.rollback().await?;
                tracing::error!(error = %problem, record = %record.id, "record flagged: it could not be applied");
                issues::write(&tx, vec![Flag::of(record, "apply-failed", None)]).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Writes records into the tables of their rooms, then the voids among them, then tallies and flags.
pub(crate) async fn project(
    app: &App,
    registry: &Registry,
    tx: &DatabaseTransaction,
    mut records: Vec<&mut Record>,
) -> Result<()> {
    let mut effects = Effects::default();
    alone(tx, records.iter().map(|record| record.community)).await?;
    mark_voided(tx, &mut records).await?;
    let (voids, facts): (Vec<&Record>, Vec<&Record>) = records
        .into_iter()
        .map(|record| &*record)
        .partition(|record| record.kind == VOID);
    let mut by_room: HashMap<usize, Vec<&Record>> = HashMap::new();
    for record in facts {
        if let Some(room) = registry.index(&record.kind) {
            by_room.entry(room).or_default().push(record);
        }
    }
    for (room, projection) in registry.all().iter().enumerate() {
        if let Some(records) = by_room.get(&room) {
            projection.apply(tx, records, &mut effects).await?;
        }
    }
    for record in voids {
        apply_void(app, registry, tx, record, &mut effects).await?;
    }
    effects.write(tx).await
}

/// Marks records that a void has overtaken.
async fn mark_voided(tx: &DatabaseTransaction, records: &mut [&mut Record]) -> Result<()> {
    if void::Entity::find().one(tx).await?.is_none() {
        // Also where an earlier try found some.
        for record in records {
            record.voided = false;
        }
        return Ok(());
    }
    for some in records.chunks_mut(5_000) {
        let voided: HashSet<(PlaceId, RecordId, Option<ShiftId>)> = void::Entity::find()
            .filter(void::Column::RecordId.is_in(some.iter().map(|record| record.id)))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| (row.community_id, row.record_id, row.shift_id))
            .collect();
        for record in some {
            record.voided = voided.contains(&(record.community, record.id, record.shift));
        }
    }
    Ok(())
}

async fn apply_void(
    app: &App,
    registry: &Registry,
    tx: &DatabaseTransaction,
    record: &Record,
    effects: &mut Effects,
) -> Result<()> {
    let body: Void = record.body()?;
    let target = journal::find(app, record.community, body.record).await?;
    if target
        .as_ref()
        .is_some_and(|target| target.shift != record.shift || target.kind == VOID)
    {
        // The right to void was asked for another shift than the record's.
        effects.flag(Flag::of(record, "void-elsewhere", None));
        return Ok(());
    }
    let row = vec![
        record.community.0.into(),
        body.record.0.into(),
        record.id.0.into(),
        record.shift.map(|id| id.0).into(),
        body.reason.into(),
    ];
    if VOIDS.run(tx, vec![row]).await? == 0 {
        return Ok(());
    }
    let Some(target) = target else {
        // The void has overtaken its record; [`mark_voided`] will find it.
        return Ok(());
    };
    if let Some(room) = registry.index(&target.kind) {
        registry.all()[room].void(tx, &target, effects).await?;
    }
    effects.unflag(target.community, target.id);
    Ok(())
}

/// Batches that were taken and never applied, oldest first; `all` of them or only those old enough that
/// no living server can still have them in its queue.
pub async fn orphans(app: &App, all: bool) -> Result<Vec<BatchId>> {
    let done: HashSet<BatchId> = applied::Entity::find()
        .all(app.store.read())
        .await?
        .into_iter()
        .map(|row| row.batch_id)
        .collect();
    let mut taken = batch::Entity::find().select_only().column(batch::Column::Id);
    if !all {
        taken = taken.filter(batch::Column::TakenAt.lt(app.now().minus(ORPHAN)));
    }
    let taken: Vec<BatchId> = taken
        .order_by_asc(batch::Column::Id)
        .into_tuple()
        .all(app.store.journal())
        .await?;
    Ok(taken.into_iter().filter(|id| !done.contains(id)).collect())
}

/// Applies what a dead server left behind. Returns how many batches.
pub async fn adopt(app: &App, registry: &Registry, all: bool) -> Result<usize> {
    let found = orphans(app, all).await?;
    for id in &found {
        let records = journal::batch(app, *id).await?;
        let mut batches = [Batch {
            id: *id,
            records,
            waiting: Vec::new(),
            room: None,
        }];
        until_applied(app, registry, &mut batches).await;
        tracing::info!(batch = %id, "applied a batch that was left behind");
    }
    Ok(found.len())
}

/// Forgets the book-keeping of batches applied long ago; the journal itself is not touched.
pub async fn prune(app: &App) -> Result<()> {
    let old = app.now().minus(Duration::from_secs(600));
    let done: Vec<BatchId> = applied::Entity::find()
        .select_only()
        .column(applied::Column::BatchId)
        .filter(applied::Column::AppliedAt.lt(old))
        .into_tuple()
        .all(app.store.read())
        .await?;
    for some in done.chunks(5_000) {
        // First the batch, then the note that it was applied: the other way round it would be applied again.
        batch::Entity::delete_many()
            .filter(batch::Column::Id.is_in(some.iter().copied()))
            .exec(app.store.journal())
            .await?;
        applied::Entity::delete_many()
            .filter(applied::Column::BatchId.is_in(some.iter().copied()))
            .exec(app.store.write())
            .await?;
    }
    Ok(())
}
