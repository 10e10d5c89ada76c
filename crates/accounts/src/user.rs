//! Users: making, changing, disabling them; for the pages and for `fangxian user`.

use kit::{
    Code, Problem, Result, Role, Timestamp,
    id::{HelperId, OrgId, PlaceId, ShiftId, UserId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{App, form::Typed};

use crate::{
    Actor,
    audit::{self, Entry},
    grants::{self, MANAGERS, NewGrant},
    identity::{self, Phone},
    link,
    model::{grant, ticket, user},
    password, session,
};

/// Nobody disables the account with which it is done.
pub const OWN_ACCOUNT: Code = Code::new("own-account", 409);

/// The path of a role that reaches no place, only what bears the user's own name.
pub const NOWHERE: &str = "-/";

/// A new user to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Name, as from [`identity::name`].
    pub name: String,
    /// Telephone number in digits.
    pub phone: Option<String>,
    /// First role.
    pub grant: NewGrant,
}

/// Makes a user without a password and a one-time link, whose path is returned.
pub async fn invite(app: &App, actor: &Actor, new: NewUser) -> Result<(UserId, String)> {
    actor.require(MANAGERS, new.grant.path())?;
    let tx = app.store.begin().await?;
    let user = user::Model {
        id: UserId::fresh(app.now()),
        name: new.name.clone(),
        name_key: identity::key(&new.name),
        phone_sealed: None,
        phone_index: None,
        password: None,
        helper_id: None,
        disabled: false,
        created_at: app.now(),
    };
    let identity = identity::checked(&tx, app, &user, &new.name, &Phone::Set(new.phone)).await?;
    user::Entity::insert(user::ActiveModel {
        id: Set(user.id),
        password: Set(None),
        helper_id: Set(None),
        disabled: Set(false),
        created_at: Set(user.created_at),
        ..identity
    })
    .exec_without_returning(&tx)
    .await
    .map_err(identity::taken)?;
    note(&tx, app, actor, "user.create", &user.name).await?;
    grants::add(&tx, app, actor, &user, &new.grant).await?;
    let path = link::renew(&tx, app, actor, &user).await?;
    tx.commit().await?;
    Ok((user.id, path))
}

/// Gives a helper a user of their own (role helper at this place) and a one-time link with which they choose
/// a password; a helper who has one already gets a new link. The caller has checked that the actor may
/// change this helper. The name is made unique with the end of the telephone number when it is taken.
pub async fn invite_helper(
    app: &App,
    actor: &Actor,
    helper: HelperId,
    name: &str,
    phone: Option<String>,
    place: (Option<PlaceId>, &str),
) -> Result<String> {
    let tx = app.store.begin().await?;
    let known = user::Entity::find()
        .filter(user::Column::HelperId.eq(helper))
        .one(&tx)
        .await?;
    let user = if let Some(user) = known {
        user
    } else {
        let key = identity::key(name);
        let taken = user::Entity::find()
            .filter(user::Column::NameKey.eq(key))
            .one(&tx)
            .await?
            .is_some();
        let name = match (&phone, taken) {
            (Some(phone), true) => format!("{name}{}", &phone[phone.len().saturating_sub(4)..]),
            _ => name.to_owned(),
        };
        let user = user::Model {
            id: UserId::fresh(app.now()),
            name_key: identity::key(&name),
            name,
            phone_sealed: None,
            phone_index: None,
            password: None,
            helper_id: Some(helper),
            disabled: false,
            created_at: app.now(),
        };
        let identity = identity::checked(&tx, app, &user, &user.name, &Phone::Set(phone)).await?;
        user::Entity::insert(user::ActiveModel {
            id: Set(user.id),
            password: Set(None),
            helper_id: Set(Some(helper)),
            disabled: Set(false),
            created_at: Set(user.created_at),
            ..identity
        })
        .exec_without_returning(&tx)
        .await
        .map_err(identity::taken)?;
        note(&tx, app, actor, "user.create", &user.name).await?;
        grants::insert(&tx, app, user.id, Role::Helper, place.0, place.1, None).await?;
        user
    };
    let path = link::renew(&tx, app, actor, &user).await?;
    tx.commit().await?;
    Ok(path)
}

/// Gives whoever joins at the kerb a session of `lasts` without an account of their own making: a user without
/// name to sign in with and without password, bound to this helper. `None` when the helper has a password
/// already and must sign in with it. It reaches these shifts and nothing else, for a name and a telephone number are no
/// proof of who somebody is.
pub async fn join(
    tx: &impl ConnectionTrait,
    app: &App,
    helper: HelperId,
    name: &str,
    shifts: &[ShiftId],
    (label, lasts): (&str, std::time::Duration),
) -> Result<Option<String>> {
    let known = user::Entity::find()
        .filter(user::Column::HelperId.eq(helper))
        .one(tx)
        .await?;
    let id = match known {
        Some(user) if user.password.is_some() || user.disabled => return Ok(None),
        Some(user) => user.id,
        None => {
            let id = UserId::fresh(app.now());
            user::Entity::insert(user::ActiveModel {
                id: Set(id),
                name: Set(name.to_owned()),
                name_key: Set(format!("join-{id}")),
                phone_sealed: Set(None),
                phone_index: Set(None),
                password: Set(None),
                helper_id: Set(Some(helper)),
                disabled: Set(false),
                created_at: Set(app.now()),
            })
            .exec_without_returning(tx)
            .await?;
            grants::insert(tx, app, id, Role::Helper, None, NOWHERE, None).await?;
            id
        }
    };
    session::issue_for(tx, app, (id, Some(shifts)), ticket::Kind::Session, (label, lasts))
        .await
        .map(Some)
}

/// Notes what was done to a user, or what a user did to the own account.
pub(crate) async fn note(
    tx: &impl ConnectionTrait,
    app: &App,
    actor: &Actor,
    action: &'static str,
    subject: &str,
) -> Result<()> {
    let entry = Entry {
        action,
        subject,
        community: None,
    };
    audit::note(tx, actor, app.now(), entry).await
}

/// The user with this id and its grants, if the actor may see it: it has a role in the actor's places,
/// or none at all.
pub async fn visible(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: UserId,
) -> Result<(user::Model, Vec<grant::Model>)> {
    let user = user::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let held = grants::of(db, id).await?;
    let seen = held.is_empty() || held.iter().any(|g| actor.may(MANAGERS, &g.place_path));
    if seen {
        Ok((user, held))
    } else {
        Err(Problem::not_found())
    }
}

/// Whether the actor may change the account itself (name, number, link, disabling), which gives or takes
/// all its rights: only whoever could give all of them.
pub fn covers(actor: &Actor, held: &[grant::Model]) -> bool {
    held.iter().all(|g| actor.may(MANAGERS, &g.place_path))
}

/// Changes a user's name and number, disables or enables it. Disabling ends its sessions, tokens and links.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: UserId,
    name: &str,
    phone: &Phone,
    disabled: bool,
) -> Result<()> {
    let tx = app.store.begin().await?;
    let (user, held) = visible(&tx, actor, id).await?;
    if !covers(actor, &held) {
        return Err(Problem::forbidden());
    }
    let renamed = name != user.name || *phone != Phone::Keep;
    let mut new = identity::checked(&tx, app, &user, name, phone).await?;
    new.disabled = Set(disabled);
    if disabled && !user.disabled {
        if actor.user_id == Some(id) {
            return Err(Problem::new(OWN_ACCOUNT));
        }
        grants::keep_an_administrator(&tx, |grant| grant.user_id != id).await?;
        ticket::Entity::delete_many()
            .filter(ticket::Column::UserId.eq(id))
            .exec(&tx)
            .await?;
    }
    user::Entity::update_many()
        .set(new)
        .filter(user::Column::Id.eq(id))
        .exec(&tx)
        .await
        .map_err(identity::taken)?;
    if renamed {
        note(&tx, app, actor, "user.change", name).await?;
    }
    if disabled != user.disabled {
        let action = if disabled { "user.disable" } else { "user.enable" };
        note(&tx, app, actor, action, name).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes a new one-time link for a user; returns its path and the user's name.
pub async fn new_link(app: &App, actor: &Actor, id: UserId) -> Result<(String, String)> {
    let tx = app.store.begin().await?;
    let (user, held) = visible(&tx, actor, id).await?;
    if !covers(actor, &held) {
        return Err(Problem::forbidden());
    }
    let path = link::renew(&tx, app, actor, &user).await?;
    tx.commit().await?;
    Ok((path, user.name))
}

/// Makes a user from words, for the command line. `place` is an official code, an id or a path; none means
/// everywhere. Returns the one-time link's path.
pub async fn create(
    app: &App,
    actor: &Actor,
    name_typed: &str,
    phone_typed: Option<&str>,
    role: Role,
    place: Option<&str>,
    org_id: Option<OrgId>,
) -> Result<(UserId, String)> {
    let typed = Typed::default()
        .set("name", name_typed)
        .set("phone", phone_typed.unwrap_or_default());
    let mut check = typed.check();
    let name = identity::name(&mut check);
    let digits = check.phone("phone");
    let place = match grants::place(app.store.read(), actor, place.unwrap_or_default().trim()).await? {
        Ok(place) => place,
        Err(error) => {
            check.error(error);
            None
        }
    };
    check.done(()).map_err(Problem::invalid)?;
    let grant = NewGrant { role, place, org_id };
    let phone = (!digits.is_empty()).then_some(digits);
    invite(app, actor, NewUser { name, phone, grant }).await
}

/// Sets the password of the user with this name or number, and ends its sessions. For the command line.
pub async fn set_password(app: &App, actor: &Actor, name: &str, password: &str) -> Result<()> {
    let user = identity::find(app.store.read(), app, name)
        .await?
        .ok_or_else(Problem::not_found)?;
    let phone = match &user.phone_sealed {
        Some(sealed) => Some(app.cipher.decrypt(sealed)?),
        None => None,
    };
    if let Some(error) = password::fault(password, &user.name, phone.as_deref()) {
        return Err(Problem::invalid(vec![error]));
    }
    let hash = password::hash(password).await?;
    let tx = app.store.begin().await?;
    keep_password(&tx, user.id, hash).await?;
    session::end_all(&tx, user.id, None).await?;
    note(&tx, app, actor, "password.set", &user.name).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes a password's hash.
pub(crate) async fn keep_password(tx: &impl ConnectionTrait, id: UserId, hash: String) -> Result<()> {
    user::Entity::update_many()
        .set(user::ActiveModel {
            password: Set(Some(hash)),
            ..Default::default()
        })
        .filter(user::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Disables the user with this name or number. For the command line.
pub async fn disable(app: &App, actor: &Actor, name: &str) -> Result<()> {
    let user = identity::find(app.store.read(), app, name)
        .await?
        .ok_or_else(Problem::not_found)?;
    change(app, actor, user.id, &user.name, &Phone::Keep, true).await
}

/// A user in a list on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Id.
    pub id: UserId,
    /// Name.
    pub name: String,
    /// Roles held anywhere, without repeats.
    pub roles: Vec<Role>,
    /// Whether a password has been chosen.
    pub has_password: bool,
    /// May not sign in.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// All users by name.
pub async fn list(app: &App) -> Result<Vec<Summary>> {
    let db = app.store.read();
    let users = user::Entity::find()
        .order_by_asc(user::Column::NameKey)
        .all(db)
        .await?;
    let held = grant::Entity::find().all(db).await?;
    let mut roles = std::collections::HashMap::<UserId, std::collections::BTreeSet<Role>>::new();
    for grant in held {
        roles.entry(grant.user_id).or_default().insert(grant.role);
    }
    Ok(users
        .into_iter()
        .map(|user| Summary {
            id: user.id,
            roles: roles.remove(&user.id).unwrap_or_default().into_iter().collect(),
            has_password: user.password.is_some(),
            disabled: user.disabled,
            created_at: user.created_at,
            name: user.name,
        })
        .collect())
}
