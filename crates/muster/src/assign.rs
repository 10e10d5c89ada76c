//! Names on shifts: a wish, answered yes or no by one conditional write. A shift is never overbooked.

use accounts::{Actor, audit};
use kit::{Code, Problem, Result, Role, id::HelperId};
use people::model::helper;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, JoinType, QueryFilter,
    QuerySelect,
    sea_query::{Expr, OnConflict},
};
use shell::App;

use crate::{
    loops,
    model::{Source, assignment, shift},
    projection,
};

/// All places are taken.
pub const SHIFT_FULL: Code = Code::new("shift-full", 409);
/// The name stands on this shift already.
pub const ALREADY_THERE: Code = Code::new("already-on-shift", 409);
/// The helper is on another shift at that time.
pub const ELSEWHERE: Code = Code::new("helper-elsewhere", 409);
/// The shift is over or has been called off.
pub const SHIFT_OVER: Code = Code::new("shift-over", 409);
/// The shift is kept for another organisation.
pub const KEPT_FOR_OTHERS: Code = Code::new("shift-kept", 409);
/// The helper's accident cover ends before the shift.
pub const NOT_COVERED: Code = Code::new("helper-not-covered", 409);
/// The helper does not help any more.
pub const NOT_ACTIVE: Code = Code::new("helper-not-active", 409);

/// How the actor may put this helper on this shift, if at all.
pub fn source(actor: &Actor, shift: &shift::Model, helper: &helper::Model) -> Option<Source> {
    if actor.may(Role::STAFF, &shift.place_path) {
        return Some(Source::Committee);
    }
    let coordinates = helper
        .org_id
        .is_some_and(|org| actor.orgs(&[Role::Coordinator]).contains(&org));
    if coordinates && (actor.may(&[Role::Coordinator], &shift.place_path) || shift.org_id == helper.org_id) {
        return Some(Source::Org);
    }
    let own = actor.helper_id == Some(helper.id);
    let here = actor.may(&[Role::Helper, Role::TeamLeader], &shift.place_path)
        || (shift.org_id.is_some() && shift.org_id == helper.org_id);
    (own && here).then_some(Source::Helper)
}

/// Puts a name on a shift.
pub async fn assign(
    app: &App,
    actor: &Actor,
    shift: &shift::Model,
    helper: &helper::Model,
    leader: bool,
) -> Result<()> {
    let Some(source) = source(actor, shift, helper) else {
        return Err(Problem::forbidden());
    };
    let tx = app.store.begin().await?;
    put(
        &tx,
        app,
        actor,
        shift,
        helper,
        (leader && source != Source::Helper, source),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Puts a name on a shift within a transaction; the caller has asked for the right.
pub(crate) async fn put(
    tx: &DatabaseTransaction,
    app: &App,
    actor: &Actor,
    shift: &shift::Model,
    helper: &helper::Model,
    (leader, source): (bool, Source),
) -> Result<()> {
    check(shift, helper, source)?;
    // The helper before all, so that nobody takes them into a closed loop meanwhile.
    loops::hold_helpers(tx, [helper.id]).await?;
    // Then the place: whoever gets it holds the row until the name is written.
    take_place(tx, shift, 1).await?;
    if overlapping(tx, shift, helper.id).await? {
        return Err(Problem::new(ELSEWHERE));
    }
    loops::stays::admit(tx, shift, helper.id).await?;
    let written = assignment::Entity::insert(assignment::ActiveModel {
        community_id: Set(shift.community_id),
        shift_id: Set(shift.id),
        helper_id: Set(helper.id),
        day: Set(shift.day),
        org_id: Set(helper.org_id),
        leader: Set(leader),
        source: Set(source),
        by: Set(actor.user_id),
        at: Set(app.now()),
    })
    .on_conflict(OnConflict::new().do_nothing().to_owned())
    .exec_without_returning(tx)
    .await?;
    if written == 0 {
        return Err(Problem::new(ALREADY_THERE));
    }
    projection::again(tx, shift, helper.id).await?;
    let entry = audit::Entry {
        action: "shift.assign",
        subject: &helper.name,
        community: Some(shift.community_id),
    };
    audit::note(tx, actor, app.now(), entry).await
}

/// What speaks against this name on this shift, whoever asks.
fn check(shift: &shift::Model, helper: &helper::Model, source: Source) -> Result<()> {
    if shift.cancelled {
        return Err(Problem::new(SHIFT_OVER));
    }
    if !helper.active {
        return Err(Problem::new(NOT_ACTIVE));
    }
    if shift.org_id.is_some()
        && shift.org_id != helper.org_id
        && !matches!(source, Source::Committee | Source::Invitation)
    {
        return Err(Problem::new(KEPT_FOR_OTHERS));
    }
    if helper.cover_until.is_some_and(|until| until < shift.day) {
        return Err(Problem::new(NOT_COVERED));
    }
    Ok(())
}

/// Takes places while there are enough, in one conditional write.
async fn take_place(tx: &impl ConnectionTrait, shift: &shift::Model, places: i64) -> Result<()> {
    let taken = shift::Entity::update_many()
        .col_expr(
            shift::Column::Filled,
            Expr::col(shift::Column::Filled).add(places),
        )
        .filter(shift::Column::CommunityId.eq(shift.community_id))
        .filter(shift::Column::Id.eq(shift.id))
        .filter(shift::Column::Cancelled.eq(false))
        .filter(
            Expr::col(shift::Column::Filled)
                .add(places)
                .lte(Expr::col(shift::Column::Needed)),
        )
        .exec(tx)
        .await?;
    if taken.rows_affected == 0 {
        Err(Problem::new(SHIFT_FULL))
    } else {
        Ok(())
    }
}

/// Whether the helper's name stands on this shift.
pub(crate) async fn stands(
    tx: &impl ConnectionTrait,
    shift: &shift::Model,
    helper: HelperId,
) -> Result<bool> {
    let found = assignment::Entity::find_by_id((shift.community_id, shift.id, helper))
        .one(tx)
        .await?;
    Ok(found.is_some())
}

/// Whether the helper stands on another shift that overlaps this one.
async fn overlapping(tx: &impl ConnectionTrait, shift: &shift::Model, helper: HelperId) -> Result<bool> {
    let other = assignment::Entity::find()
        .filter(assignment::Column::HelperId.eq(helper))
        .filter(assignment::Column::ShiftId.ne(shift.id))
        .join(
            JoinType::InnerJoin,
            assignment::Entity::belongs_to(shift::Entity)
                .from((assignment::Column::CommunityId, assignment::Column::ShiftId))
                .to((shift::Column::CommunityId, shift::Column::Id))
                .into(),
        )
        .filter(shift::Column::Cancelled.eq(false))
        .filter(shift::Column::StartsAt.lt(shift.ends_at))
        .filter(shift::Column::EndsAt.gt(shift.starts_at))
        .one(tx)
        .await?;
    Ok(other.is_some())
}

/// Takes a name off a shift; what was recorded there stays.
pub async fn withdraw(app: &App, actor: &Actor, shift: &shift::Model, helper: &helper::Model) -> Result<()> {
    if source(actor, shift, helper).is_none() {
        return Err(Problem::forbidden());
    }
    let tx = app.store.begin().await?;
    take_off(&tx, shift, helper.id).await?;
    let entry = audit::Entry {
        action: "shift.withdraw",
        subject: &helper.name,
        community: Some(shift.community_id),
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a name off a shift within a transaction; the caller has asked for the right.
pub(crate) async fn take_off(tx: &DatabaseTransaction, shift: &shift::Model, helper: HelperId) -> Result<()> {
    if !clear(tx, shift, helper).await? {
        return Err(Problem::not_found());
    }
    projection::again(tx, shift, helper).await
}

/// Removes a name and gives its place back; false when it does not stand there. What is derived from it is for the
/// caller to derive again ([`projection::again`]).
pub(crate) async fn clear(tx: &DatabaseTransaction, shift: &shift::Model, helper: HelperId) -> Result<bool> {
    let gone = assignment::Entity::delete_many()
        .filter(assignment::Column::CommunityId.eq(shift.community_id))
        .filter(assignment::Column::ShiftId.eq(shift.id))
        .filter(assignment::Column::HelperId.eq(helper))
        .exec(tx)
        .await?;
    if gone.rows_affected == 0 {
        return Ok(false);
    }
    shift::Entity::update_many()
        .col_expr(shift::Column::Filled, Expr::col(shift::Column::Filled).sub(1))
        .filter(shift::Column::CommunityId.eq(shift.community_id))
        .filter(shift::Column::Id.eq(shift.id))
        .exec(tx)
        .await?;
    Ok(true)
}
