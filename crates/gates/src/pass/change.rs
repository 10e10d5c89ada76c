//! What becomes of a pass: withdrawn, collected again, replaced. Each is possible only while it is in use.

use accounts::Actor;
use kit::{Code, Problem, Result, Role, Timestamp, id::PassId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};
use shell::App;
use store::Scope;

use crate::{
    model::{PassState, pass},
    pass::issue::{self, Wish},
};

/// The pass is not in use any more.
pub const PASS_ENDED: Code = Code::new("pass-ended", 409);

/// A pass in the scope; else the problem "not found".
pub async fn find(db: &impl ConnectionTrait, scope: &Scope, id: PassId) -> Result<pass::Model> {
    pass::Entity::find()
        .filter(pass::Column::Id.eq(id))
        .filter(scope.community(pass::Column::CommunityId))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Ends a pass that is in use. Whoever comes second is told so.
async fn end(
    tx: &impl ConnectionTrait,
    row: &pass::Model,
    state: PassState,
    why: &str,
    by: Option<PassId>,
    now: Timestamp,
) -> Result<()> {
    let changed = pass::Entity::update_many()
        .col_expr(pass::Column::State, Expr::value(state))
        .col_expr(pass::Column::Why, Expr::value(why))
        .col_expr(pass::Column::ReplacedBy, Expr::value(by.map(|id| id.0)))
        .col_expr(pass::Column::UpdatedAt, Expr::value(now.millis()))
        .filter(pass::Column::CommunityId.eq(row.community_id))
        .filter(pass::Column::Id.eq(row.id))
        .filter(pass::Column::State.eq(PassState::Active))
        .exec(tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(Problem::new(PASS_ENDED));
    }
    Ok(())
}

/// Takes a pass back (lost, misused, moved out), with the reason.
pub async fn withdraw(app: &App, actor: &Actor, id: PassId, why: &str) -> Result<()> {
    close(app, actor, id, PassState::Withdrawn, why, "pass.withdraw").await
}

/// Notes that the card was collected again.
pub async fn collect(app: &App, actor: &Actor, id: PassId) -> Result<()> {
    close(app, actor, id, PassState::Returned, "", "pass.collect").await
}

async fn close(
    app: &App,
    actor: &Actor,
    id: PassId,
    state: PassState,
    why: &str,
    action: &'static str,
) -> Result<()> {
    let tx = app.store.begin().await?;
    let row = find(&tx, &actor.scope(Role::STAFF), id).await?;
    end(&tx, &row, state, why, None, app.now()).await?;
    issue::note(app, actor, &tx, action, &row).await?;
    tx.commit().await?;
    Ok(())
}

/// Issues a new pass for one that is lost or worn; the old one counts no more.
pub async fn replace(app: &App, actor: &Actor, id: PassId, why: &str) -> Result<pass::Model> {
    let tx = app.store.begin().await?;
    let row = find(&tx, &actor.scope(Role::STAFF), id).await?;
    let now = app.now();
    let wish = Wish {
        community: row.community_id,
        kind: row.kind,
        resident: row.resident_id,
        household: row.household_id,
        name: row.name.clone(),
        phone: people::numbers::open(&app.cipher, row.phone_sealed.as_ref())?,
        plate: row.plate.clone(),
        purpose: row.purpose.clone(),
        from: row.from_at.max(now),
        until: row.until_at,
    };
    if wish.until <= wish.from {
        return Err(Problem::new(PASS_ENDED));
    }
    let new = issue::write(app, actor, &tx, &wish).await?;
    end(&tx, &row, PassState::Replaced, why, Some(new.id), now).await?;
    issue::note(app, actor, &tx, "pass.replace", &row).await?;
    tx.commit().await?;
    Ok(new)
}
