//! One-time links: how a new user, or one who has forgotten the password, gets in.

use std::time::Duration;

use kit::{Code, Problem, Result};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use shell::App;

use crate::{
    Actor,
    audit::{self, Entry},
    model::{
        ticket::{self, Kind},
        user,
    },
    session,
};

/// How long a link works.
pub const LASTS: Duration = Duration::from_hours(7 * 24);

/// The link was used, replaced by a newer one, or is too old.
pub const SPENT: Code = Code::new("link-spent", 410);
/// The user is disabled and gets no link.
pub const DISABLED: Code = Code::new("user-disabled", 409);

/// Makes a link for a user, in the transaction `tx`; an older one stops working. Returns its path,
/// `/welcome/…`, which is shown once and kept nowhere.
pub async fn renew(
    tx: &impl ConnectionTrait,
    app: &App,
    actor: &Actor,
    user: &user::Model,
) -> Result<String> {
    if user.disabled {
        return Err(Problem::new(DISABLED));
    }
    ticket::Entity::delete_many()
        .filter(ticket::Column::UserId.eq(user.id))
        .filter(ticket::Column::Kind.eq(Kind::Link))
        .exec(tx)
        .await?;
    let secret = session::issue(tx, app, user.id, Kind::Link, "", LASTS).await?;
    let entry = Entry {
        action: "link.create",
        subject: &user.name,
        community: None,
    };
    audit::note(tx, actor, app.now(), entry).await?;
    Ok(format!("/welcome/{secret}"))
}

/// The user whose link this is, if it still works. Looking does not use it up.
pub async fn holder(db: &impl ConnectionTrait, app: &App, secret: &str) -> Result<user::Model> {
    let spent = || Problem::new(SPENT);
    let ticket = ticket::Entity::find_by_id(app.cipher.hash(secret))
        .one(db)
        .await?
        .filter(|ticket| ticket.kind == Kind::Link && ticket.expires_at > app.now())
        .ok_or_else(spent)?;
    user::Entity::find_by_id(ticket.user_id)
        .one(db)
        .await?
        .filter(|user| !user.disabled)
        .ok_or_else(spent)
}

/// Uses a link up, in the transaction of what it is used for. Of two who try at once, one gets it.
pub async fn spend(tx: &impl ConnectionTrait, app: &App, secret: &str) -> Result<user::Model> {
    let user = holder(tx, app, secret).await?;
    let done = ticket::Entity::delete_many()
        .filter(ticket::Column::Hash.eq(app.cipher.hash(secret)))
        .filter(ticket::Column::Kind.eq(Kind::Link))
        .filter(ticket::Column::ExpiresAt.gt(app.now()))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 {
        Ok(user)
    } else {
        Err(Problem::new(SPENT))
    }
}
