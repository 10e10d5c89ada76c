//! The demonstration's users, one for each role.

use kit::{
    Problem, Result, Role,
    id::{HelperId, UserId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};
use shell::App;

use crate::{
    Grant, grants,
    model::{grant, user},
};

/// The key of the demonstration's user for a role.
pub fn key(role: Role) -> String {
    format!("demo-{role}")
}

/// Makes the demonstration's user for a role, or gives the one there is these grants and this helper.
/// It has no password; the sign-in page of a demonstration opens it by a tap.
pub async fn demo_user(
    db: &impl ConnectionTrait,
    app: &App,
    role: Role,
    name: &str,
    all: &[Grant],
    helper_id: Option<HelperId>,
) -> Result<UserId> {
    let fresh = user::ActiveModel {
        id: Set(UserId::fresh(app.now())),
        name: Set(name.to_owned()),
        name_key: Set(key(role)),
        phone_sealed: Set(None),
        phone_index: Set(None),
        password: Set(None),
        helper_id: Set(helper_id),
        disabled: Set(false),
        created_at: Set(app.now()),
    };
    let known = OnConflict::column(user::Column::NameKey)
        .update_columns([user::Column::Name, user::Column::HelperId, user::Column::Disabled])
        .to_owned();
    user::Entity::insert(fresh)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    let user = user::Entity::find()
        .filter(user::Column::NameKey.eq(key(role)))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    grant::Entity::delete_many()
        .filter(grant::Column::UserId.eq(user.id))
        .exec(db)
        .await?;
    for g in all {
        grants::insert(db, app, user.id, g.role, g.place_id, &g.place_path, g.org_id).await?;
    }
    Ok(user.id)
}

/// Makes somebody of the demonstration's story; no button opens them, and they have no password.
pub async fn story_user(
    db: &impl ConnectionTrait,
    app: &App,
    id: UserId,
    name: &str,
    all: &[Grant],
) -> Result<()> {
    let fresh = user::ActiveModel {
        id: Set(id),
        name: Set(name.to_owned()),
        name_key: Set(name.to_lowercase()),
        phone_sealed: Set(None),
        phone_index: Set(None),
        password: Set(None),
        helper_id: Set(None),
        disabled: Set(false),
        created_at: Set(app.now()),
    };
    user::Entity::insert(fresh).exec_without_returning(db).await?;
    for g in all {
        grants::insert(db, app, id, g.role, g.place_id, &g.place_path, g.org_id).await?;
    }
    Ok(())
}
