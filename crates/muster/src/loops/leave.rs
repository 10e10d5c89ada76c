//! People leave a loop that goes on.

use accounts::Actor;
use kit::{
    FieldError, Problem, Result,
    id::{HelperId, LoopEntryId},
    problem::code,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, sea_query::Expr};
use shell::App;

use super::{
    elsewhere, hold_helpers,
    manage::inside,
    model::{closed_loop, loop_member},
    note,
    rules::Span,
    state::Open,
};
use crate::model::shift;

/// Lets people out; before the day of the planned end a reason is needed. Their names are taken off the later
/// shifts of the loop, on which nobody from outside may stand.
pub async fn leave(
    app: &App,
    actor: &Actor,
    row: &closed_loop::Model,
    (entries, reason): (&[LoopEntryId], &str),
) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let open = Open::hold(&tx, (row.community_id, row.id)).await?;
    let mut leaving = inside(&tx, row).await?;
    leaving.retain(|one| entries.contains(&one.entry_id));
    let mut errors = open
        .reason(now, reason)
        .err()
        .map_or(vec![], |problem| problem.fields);
    if entries.is_empty() {
        errors.push(FieldError::new("who", "required"));
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    if leaving.len() != entries.len() {
        return Err(Problem::new(code::CONFLICT));
    }
    let ids: Vec<HelperId> = leaving.iter().map(|one| one.helper_id).collect();
    let helpers = hold_helpers(&tx, ids.iter().copied()).await?;
    for one in &leaving {
        // Who was to go in later has not been inside.
        let left = now.max(one.entered_at);
        loop_member::Entity::update_many()
            .col_expr(loop_member::Column::LeftAt, Expr::value(left.millis()))
            .col_expr(loop_member::Column::LeaveReason, Expr::value(reason))
            .filter(loop_member::Column::CommunityId.eq(row.community_id))
            .filter(loop_member::Column::LoopId.eq(row.id))
            .filter(loop_member::Column::EntryId.eq(one.entry_id))
            .filter(loop_member::Column::LeftAt.is_null())
            .exec(&tx)
            .await?;
    }
    let rest = Span {
        from: now,
        until: open.get().span().until,
    };
    let here = Condition::all()
        .add(shift::Column::PostId.eq(row.post_id))
        .add(shift::Column::StartsAt.gt(now));
    let later = elsewhere::names(&tx, &ids, rest, now, here).await?;
    elsewhere::take_off(&tx, app, actor, &later).await?;
    let names: Vec<&str> = helpers.iter().map(|helper| helper.name.as_str()).collect();
    let mut subject = names.join("、");
    if !reason.is_empty() {
        subject = format!("{subject} ({reason})");
    }
    note(&tx, actor, now, "loop.leave", (row, &subject)).await?;
    tx.commit().await?;
    Ok(())
}
