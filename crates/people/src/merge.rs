//! Two entries of one resident become one. Helpers are not merged: their shifts, hours and counts
//! belong to rooms above and would have to move with them; suspected ones are listed only.

use accounts::Actor;
use kit::{Problem, Result, Role, id::ResidentId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::Expr,
};
use shell::App;

use crate::{
    household::{NEEDS, note},
    model::{helper, resident},
    queries, standing,
    view::field,
};

/// Joins the facts of `gone` to those of `kept` and removes `gone`: what `kept` lacks is taken over,
/// special needs of both are kept, and the helper that `gone` was is now the one that `kept` is.
pub async fn residents(app: &App, actor: &Actor, kept: ResidentId, gone: ResidentId) -> Result<()> {
    if kept == gone {
        return Err(field("with", "invalid"));
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    let scope = actor.scope(Role::STAFF);
    let kept = queries::resident(&tx, &scope, kept).await?;
    let gone = queries::resident(&tx, &scope, gone).await?;
    let subject = format!("{}: {} ← {}", kept.name, kept.id, gone.id);
    let (kept_community, gone_community) = (kept.community_id, gone.community_id);
    move_helper(&tx, &kept, &gone).await?;
    standing::follow(&tx, now, &kept, &gone).await?;
    resident::Entity::delete_by_id((gone.community_id, gone.id))
        .exec(&tx)
        .await?;
    resident::Entity::update(joined(kept, gone)?)
        .exec_without_returning(&tx)
        .await?;
    note(&tx, actor, now, "resident.merge", &subject, kept_community).await?;
    if gone_community != kept_community {
        note(&tx, actor, now, "resident.merge", &subject, gone_community).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn joined(kept: resident::Model, gone: resident::Model) -> Result<resident::ActiveModel> {
    let needs = match (kept.needs.as_str(), gone.needs.as_str()) {
        (one, other) if other.is_empty() || one == other => one.to_owned(),
        ("", other) => other.to_owned(),
        (one, other) => format!("{one}; {other}"),
    };
    if needs.chars().count() > NEEDS {
        return Err(Problem::invalid(vec![
            kit::FieldError::new("needs", "too-long").with("most", NEEDS),
        ]));
    }
    let phone_from = if kept.phone_index.is_some() {
        (kept.phone_sealed, kept.phone_index)
    } else {
        (gone.phone_sealed, gone.phone_index)
    };
    let identity_from = if kept.identity_index.is_some() {
        (kept.identity_sealed, kept.identity_index)
    } else {
        (gone.identity_sealed, gone.identity_index)
    };
    Ok(resident::ActiveModel {
        community_id: Set(kept.community_id),
        id: Set(kept.id),
        household_id: NotSet,
        name: NotSet,
        pinyin: NotSet,
        initials: NotSet,
        phone_sealed: Set(phone_from.0),
        phone_index: Set(phone_from.1),
        identity_sealed: Set(identity_from.0),
        identity_index: Set(identity_from.1),
        language: Set(if kept.language.is_empty() {
            gone.language
        } else {
            kept.language
        }),
        lives_alone: NotSet,
        cannot_shop: Set(kept.cannot_shop || gone.cannot_shop),
        needs: Set(needs),
        created_at: NotSet,
        born: Set(if kept.born == 0 { gone.born } else { kept.born }),
        doses: Set(kept.doses.max(gone.doses)),
    })
}

/// A helper may be one resident only; when both entries are helpers, the second loses its link and stays
/// a helper, to be looked at by hand.
async fn move_helper(
    tx: &impl ConnectionTrait,
    kept: &resident::Model,
    gone: &resident::Model,
) -> Result<()> {
    let to = match crate::helper::of_resident(tx, kept.id).await? {
        Some(_) => None,
        None => Some(kept.id),
    };
    helper::Entity::update_many()
        .col_expr(helper::Column::ResidentId, Expr::value(to))
        .filter(helper::Column::ResidentId.eq(gone.id))
        .exec(tx)
        .await?;
    Ok(())
}
