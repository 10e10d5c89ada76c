//! The names that people have ticked are written: all that are still possible, in one transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use accounts::Actor;
use kit::{
    Code, Problem, Result, Timestamp,
    id::{HelperId, PlaceId, ShiftId},
};
use people::model::helper;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use shell::App;

use crate::{
    assign,
    model::{Source, assignment, shift},
    plan::{Pair, Rights},
};

/// The shift began while people looked at the proposal.
pub const BEGUN: Code = Code::new("roster-begun", 409);

/// Ids in one statement.
const STEP: usize = 500;

/// What became of the names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accepted {
    /// How many stand now.
    pub written: usize,
    /// What could not be written: beginning of the shift, name, code of the problem.
    pub refused: Vec<(Timestamp, String, &'static str)>,
}

/// Writes names on shifts the actor may arrange. Names that stand there already are passed over, so that a
/// form sent twice does no harm; shifts and helpers out of the actor's sight are as if they were not.
pub async fn accept(app: &App, actor: &Actor, names: &[Pair]) -> Result<Accepted> {
    let wanted: BTreeSet<Pair> = names.iter().copied().collect();
    let tx = app.store.begin().await?;
    // Everything that will be touched is held first, always in this order, so that two people who accept at
    // once wait for each other and never in a circle: helpers, shifts, communities.
    let helpers = helpers(&tx, actor, &wanted).await?;
    let shifts = shifts(&tx, &Rights::of(actor), &wanted).await?;
    let communities: BTreeSet<PlaceId> = shifts.values().map(|shift| shift.community_id).collect();
    field::apply::alone(&tx, communities).await?;
    let there = there(&tx, &shifts).await?;

    let mut accepted = Accepted::default();
    // In the order in which a form names them: whom people chose themselves comes before the proposal.
    let mut done: HashSet<Pair> = HashSet::new();
    for pair in names {
        let (Some(shift), Some(helper)) = (shifts.get(&pair.0), helpers.get(&pair.1)) else {
            continue;
        };
        if there.contains(pair) || !done.insert(*pair) {
            continue;
        }
        match put(&tx, app, actor, shift, helper).await {
            Ok(()) => accepted.written += 1,
            Err(problem) if problem.code.status == 409 => {
                let refused = (shift.starts_at, helper.name.clone(), problem.code.name);
                accepted.refused.push(refused);
            }
            Err(problem) => return Err(problem),
        }
    }
    tx.commit().await?;
    Ok(accepted)
}

/// One name, within a savepoint: what is refused leaves nothing behind.
async fn put(
    tx: &DatabaseTransaction,
    app: &App,
    actor: &Actor,
    shift: &shift::Model,
    helper: &helper::Model,
) -> Result<()> {
    if shift.starts_at <= app.now() {
        return Err(Problem::new(BEGUN));
    }
    let source = assign::source(actor, shift, helper)
        .filter(|source| *source != Source::Helper)
        .ok_or_else(|| Problem::new(assign::KEPT_FOR_OTHERS))?;
    let point = tx.begin().await?;
    assign::put(&point, app, actor, shift, helper, (false, source)).await?;
    point.commit().await?;
    Ok(())
}

/// The helpers among these whom the actor may see.
async fn helpers(
    tx: &DatabaseTransaction,
    actor: &Actor,
    wanted: &BTreeSet<Pair>,
) -> Result<HashMap<HelperId, helper::Model>> {
    let ids: BTreeSet<HelperId> = wanted.iter().map(|(_, helper)| *helper).collect();
    let ids: Vec<HelperId> = ids.into_iter().collect();
    let mut found = HashMap::new();
    for some in ids.chunks(STEP) {
        let rows = helper::Entity::find()
            .filter(helper::Column::Id.is_in(some.iter().copied()))
            .filter(people::helper_scope(actor))
            .order_by_asc(helper::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// The shifts among these that the actor may arrange.
async fn shifts(
    tx: &DatabaseTransaction,
    rights: &Rights,
    wanted: &BTreeSet<Pair>,
) -> Result<HashMap<ShiftId, shift::Model>> {
    let ids: BTreeSet<ShiftId> = wanted.iter().map(|(shift, _)| *shift).collect();
    let ids: Vec<ShiftId> = ids.into_iter().collect();
    let mut found = HashMap::new();
    for some in ids.chunks(STEP) {
        let rows = shift::Entity::find()
            .filter(shift::Column::Id.is_in(some.iter().copied()))
            .filter(rights.shifts())
            .order_by_asc(shift::Column::Id)
            .lock_exclusive()
            .all(tx)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// The names that stand on these shifts.
async fn there(tx: &DatabaseTransaction, shifts: &HashMap<ShiftId, shift::Model>) -> Result<HashSet<Pair>> {
    let ids: Vec<ShiftId> = shifts.keys().copied().collect();
    let communities: BTreeSet<PlaceId> = shifts.values().map(|shift| shift.community_id).collect();
    let mut found = HashSet::new();
    for some in ids.chunks(STEP) {
        let rows: Vec<Pair> = assignment::Entity::find()
            .select_only()
            .columns([assignment::Column::ShiftId, assignment::Column::HelperId])
            .filter(assignment::Column::CommunityId.is_in(communities.iter().copied()))
            .filter(assignment::Column::ShiftId.is_in(some.iter().copied()))
            .into_tuple()
            .all(tx)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
