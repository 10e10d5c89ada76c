//! Closed loops: a post whose people stay on site for weeks and do not go home. Only those inside are put on
//! its shifts, and they on no other; their beds, meals, tests, rest and supplies are kept with it.
//!
//! Locks are taken in one order, so that nobody waits in a circle: post, loop, helpers, shifts, tallies.

pub mod elsewhere;
pub mod enter;
pub mod leave;
pub mod manage;
pub mod migration;
pub mod model;
pub mod rules;
pub mod state;
pub mod stays;
pub mod supply;
pub mod test;
pub mod view;

use accounts::{Actor, audit};
use kit::{
    Code, Problem, Result, Timestamp,
    id::{HelperId, LoopId},
};
use people::model::helper;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use store::Scope;

use self::model::closed_loop;

/// The post is in a closed loop at that time, and the helper is not inside.
pub const CLOSED_LOOP: Code = Code::new("closed-loop", 409);
/// The helper is inside a closed loop at another post at that time.
pub const HELPER_IN_LOOP: Code = Code::new("helper-in-loop", 409);
/// The loop is over.
pub const LOOP_OVER: Code = Code::new("loop-over", 409);
/// The post is not manned any more.
pub const POST_CLOSED: Code = Code::new("loop-post-closed", 409);
/// The post has another loop in these days.
pub const POST_TAKEN: Code = Code::new("loop-post-taken", 409);
/// Not so many beds are free.
pub const BEDS_FULL: Code = Code::new("loop-beds-full", 409);
/// Somebody is in a closed loop already, this or another one, in that time.
pub const TWICE: Code = Code::new("loop-twice", 409);
/// Somebody's name stands on shifts of other posts during the stay.
pub const NAMES_ELSEWHERE: Code = Code::new("loop-names-elsewhere", 409);
/// Somebody's name stands on shifts outside the actor's places during the stay.
pub const OUTSIDE: Code = Code::new("loop-outside", 409);
/// Somebody is checked in at another post and has not checked out.
pub const ON_DUTY: Code = Code::new("loop-on-duty", 409);

/// A loop in a scope; else the problem "not found".
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, id: LoopId) -> Result<closed_loop::Model> {
    closed_loop::Entity::find()
        .filter(closed_loop::Column::Id.eq(id))
        .filter(scope.path(closed_loop::Column::PlacePath))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Holds helpers until the transaction ends: nobody else puts them on a shift or into a loop meanwhile.
pub(crate) async fn hold_helpers(
    tx: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = HelperId>,
) -> Result<Vec<helper::Model>> {
    Ok(helper::Entity::find()
        .filter(helper::Column::Id.is_in(ids))
        .order_by_asc(helper::Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?)
}

/// An entry of the audit trail about a loop.
pub(crate) async fn note(
    tx: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    (closed_loop, subject): (&closed_loop::Model, &str),
) -> Result<()> {
    let subject = if subject.is_empty() {
        closed_loop.name.clone()
    } else {
        format!("{}: {subject}", closed_loop.name)
    };
    let entry = audit::Entry {
        action,
        subject: &subject,
        community: Some(closed_loop.community_id),
    };
    audit::note(tx, actor, now, entry).await
}
