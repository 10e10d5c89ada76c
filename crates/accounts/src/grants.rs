//! Giving and taking roles.

use kit::{
    Code, FieldError, Problem, Result, Role,
    id::{OrgId, PlaceId, UserId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use shell::App;
use uuid::Uuid;

use crate::{
    Actor,
    audit::{self, Entry},
    model::{grant, user},
    names::{self, Place},
};

/// Without this administrator nobody could set the system up any more.
pub const LAST_ADMINISTRATOR: Code = Code::new("last-administrator", 409);

/// Those who manage users.
pub const MANAGERS: &[Role] = &[Role::Administrator];

/// A role to give.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// What.
    pub role: Role,
    /// Where; none for the whole deployment.
    pub place: Option<Place>,
    /// Of which organisation.
    pub org_id: Option<OrgId>,
}

impl NewGrant {
    /// The path of its place; empty for the whole deployment.
    pub fn path(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.path)
    }
}

/// The place that was typed (official code, id or path; empty is everywhere), if the actor may give roles
/// there. What lies outside the actor's places does not exist.
pub async fn place(
    db: &impl ConnectionTrait,
    actor: &Actor,
    typed: &str,
) -> Result<Result<Option<Place>, FieldError>> {
    if typed.is_empty() {
        return Ok(if actor.may(MANAGERS, "") {
            Ok(None)
        } else {
            Err(FieldError::new("place", "required"))
        });
    }
    let found = names::place(db, typed).await?;
    Ok(match found.filter(|place| actor.may(MANAGERS, &place.path)) {
        Some(place) => Ok(Some(place)),
        None => Err(FieldError::new("place", "unknown")),
    })
}

/// All grants of a user.
pub async fn of(db: &impl ConnectionTrait, user_id: UserId) -> Result<Vec<grant::Model>> {
    Ok(grant::Entity::find()
        .filter(grant::Column::UserId.eq(user_id))
        .all(db)
        .await?)
}

/// Gives a role, in the transaction `tx`.
pub async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    actor: &Actor,
    user: &user::Model,
    new: &NewGrant,
) -> Result<()> {
    actor.require(MANAGERS, new.path())?;
    let place_id = new.place.as_ref().map(|place| place.id);
    let held = of(tx, user.id).await?;
    if held
        .iter()
        .any(|g| g.role == new.role && g.place_id == place_id && g.org_id == new.org_id)
    {
        return Err(Problem::invalid(vec![FieldError::new("role", "taken")]));
    }
    insert(tx, app, user.id, new.role, place_id, new.path(), new.org_id).await?;
    let place = new.place.as_ref().map_or("*", |place| &place.name);
    let subject = format!("{}: {} @ {place}", user.name, new.role);
    let entry = Entry {
        action: "grant.add",
        subject: &subject,
        community: new.place.as_ref().map(|place| place.community_id),
    };
    audit::note(tx, actor, app.now(), entry).await
}

/// Writes a grant, without questions.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    app: &App,
    user_id: UserId,
    role: Role,
    place_id: Option<PlaceId>,
    path: &str,
    org_id: Option<OrgId>,
) -> Result<()> {
    grant::Entity::insert(grant::ActiveModel {
        id: Set(kit::id::fresh(app.now())),
        user_id: Set(user_id),
        role: Set(role),
        place_id: Set(place_id),
        place_path: Set(path.to_owned()),
        org_id: Set(org_id),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Takes a role from a user.
pub async fn remove(app: &App, actor: &Actor, user_id: UserId, id: Uuid) -> Result<()> {
    let tx = app.store.begin().await?;
    let grant = grant::Entity::find_by_id(id)
        .one(&tx)
        .await?
        .filter(|grant| grant.user_id == user_id)
        .ok_or_else(Problem::not_found)?;
    actor.require(MANAGERS, &grant.place_path)?;
    keep_an_administrator(&tx, |other| other.id != id).await?;
    grant::Entity::delete_by_id(id).exec(&tx).await?;
    let user = user::Entity::find_by_id(user_id).one(&tx).await?;
    let place = match grant.place_id {
        Some(place) => names::place(&tx, &place.to_string()).await?,
        None => None,
    };
    let subject = format!(
        "{}: {} @ {}",
        user.map(|user| user.name).unwrap_or_default(),
        grant.role,
        place.as_ref().map_or("*", |place| &place.name)
    );
    let entry = Entry {
        action: "grant.remove",
        subject: &subject,
        community: place.map(|place| place.community_id),
    };
    audit::note(&tx, actor, app.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// A problem unless an enabled user with an administrator's role on everything is left among the grants
/// that stay. Holds these grants until the end of `tx`, so that two administrators cannot remove one
/// another at the same moment.
pub(crate) async fn keep_an_administrator(
    tx: &impl ConnectionTrait,
    stays: impl Fn(&grant::Model) -> bool,
) -> Result<()> {
    let all = grant::Entity::find()
        .filter(grant::Column::Role.eq(Role::Administrator))
        .filter(grant::Column::PlacePath.eq(""))
        .lock_exclusive()
        .all(tx)
        .await?;
    let left: Vec<UserId> = all.iter().filter(|g| stays(g)).map(|g| g.user_id).collect();
    if left.len() == all.len() {
        return Ok(());
    }
    let one = user::Entity::find()
        .filter(user::Column::Id.is_in(left))
        .filter(user::Column::Disabled.eq(false))
        .one(tx)
        .await?;
    match one {
        Some(_) => Ok(()),
        None => Err(Problem::new(LAST_ADMINISTRATOR)),
    }
}
