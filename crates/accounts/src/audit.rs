//! The audit trail. An entry is written in the transaction of the change it tells of.

use kit::{Result, Timestamp, id::PlaceId};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use shell::App;

use crate::{Actor, model::audit};

/// What is to be noted.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// A stable word such as `call.create`; worded in the locale files as `audit-call-create`.
    pub action: &'static str,
    /// To what: a name or an id, never a telephone or identity number.
    pub subject: &'a str,
    /// The community it concerns, if one.
    pub community: Option<PlaceId>,
}

/// Notes that a list was taken away as a file: a transaction of its own.
pub async fn exported(app: &App, actor: &Actor, action: &'static str) -> Result<()> {
    let tx = app.store.begin().await?;
    let entry = Entry {
        action,
        subject: "",
        community: None,
    };
    note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Notes what the actor does, with `db` the transaction in which it is done.
pub async fn note(db: &impl ConnectionTrait, actor: &Actor, now: Timestamp, entry: Entry<'_>) -> Result<()> {
    audit::Entity::insert(audit::ActiveModel {
        community_id: Set(entry.community.unwrap_or_default()),
        id: Set(kit::id::fresh(now)),
        at: Set(now),
        user_id: Set(actor.user_id),
        user_name: Set(actor.name.clone()),
        action: Set(entry.action.to_owned()),
        subject: Set(entry.subject.chars().take(200).collect()),
        address: Set(actor.address.clone()),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}
