//! The first administrator.

use kit::{Result, Role, id::UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};
use shell::App;

use crate::{
    Actor, demo, grants, link,
    model::{grant, user},
};

/// Name of the first administrator until somebody chooses another.
const NAME: &str = "admin";

/// The path of a one-time link (`/welcome/…`, for seven days) with which the first administrator gets in,
/// or `None` when an administrator of everything has a password already. To be called, and its answer
/// printed, at each start: a link that nobody used is replaced by a new one.
///
/// Where there is no user at all, the first administrator is made here.
pub async fn first_link(app: &App) -> Result<Option<String>> {
    let tx = app.store.begin().await?;
    if user::Entity::find().one(&tx).await?.is_none() {
        make_admin(&tx, app).await?;
    }
    let Some(admin) = waiting(&tx).await? else {
        return Ok(None);
    };
    let path = link::renew(&tx, app, &Actor::command_line(), &admin).await?;
    tx.commit().await?;
    Ok(Some(path))
}

async fn make_admin(tx: &impl ConnectionTrait, app: &App) -> Result<()> {
    let id = UserId::fresh(app.now());
    let made = user::Entity::insert(user::ActiveModel {
        id: Set(id),
        name: Set(NAME.to_owned()),
        name_key: Set(NAME.to_owned()),
        phone_sealed: Set(None),
        phone_index: Set(None),
        password: Set(None),
        helper_id: Set(None),
        disabled: Set(false),
        created_at: Set(app.now()),
    })
    // Another server that starts at the same moment may have been quicker.
    .on_conflict(OnConflict::column(user::Column::NameKey).do_nothing().to_owned())
    .exec_without_returning(tx)
    .await?;
    if made == 1 {
        grants::insert(tx, app, id, Role::Administrator, None, "", None).await?;
    }
    Ok(())
}

/// The oldest enabled administrator of everything, if none of them has a password yet. The users of a
/// demonstration never have one and do not count.
async fn waiting(tx: &impl ConnectionTrait) -> Result<Option<user::Model>> {
    let holders: Vec<UserId> = grant::Entity::find()
        .select_only()
        .column(grant::Column::UserId)
        .filter(grant::Column::Role.eq(Role::Administrator))
        .filter(grant::Column::PlacePath.eq(""))
        .into_tuple()
        .all(tx)
        .await?;
    let all = user::Entity::find()
        .filter(user::Column::Id.is_in(holders))
        .filter(user::Column::Disabled.eq(false))
        .filter(user::Column::NameKey.ne(demo::key(Role::Administrator)))
        .order_by_asc(user::Column::CreatedAt)
        .order_by_asc(user::Column::Id)
        .all(tx)
        .await?;
    if all.iter().any(|user| user.password.is_some()) {
        return Ok(None);
    }
    Ok(all.into_iter().next())
}
