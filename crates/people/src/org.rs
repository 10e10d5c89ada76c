//! Organisations are entered and changed.

use accounts::{Actor, audit};
use kit::{Problem, Result, Role, Timestamp, id::OrgId};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, SqlErr, Statement,
};
use shell::{App, form::Typed};

use crate::{
    model::org,
    numbers::{self, Number},
    queries,
    scope::org_rights,
    view::field,
};

/// Characters of a name at most.
pub const NAME: usize = 60;

/// What is known of an organisation.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Name, unique.
    pub name: String,
    /// Name or id of the organisation it belongs to; empty for none.
    pub parent: String,
    /// Whom to call.
    pub contact: String,
    /// Their telephone number.
    pub phone: Number,
}

impl Input {
    /// From the form.
    pub fn typed(typed: &Typed) -> Result<Self> {
        let mut check = typed.check();
        let input = Self {
            name: check.text("name", NAME),
            parent: check.optional("parent", NAME),
            contact: check.optional("contact", NAME),
            phone: numbers::phone(typed, &mut check),
        };
        check.done(input).map_err(Problem::invalid)
    }
}

/// Enters an organisation. For those who arrange the work.
pub async fn create(app: &App, actor: &Actor, input: &Input) -> Result<OrgId> {
    if !actor.has(Role::STAFF) {
        return Err(Problem::forbidden());
    }
    let now = app.now();
    let tx = app.store.begin().await?;
    let parent = parent(&tx, actor, &input.parent).await?;
    let number = input.phone.seal(&app.cipher)?.unwrap_or_default();
    let id = OrgId::fresh(now);
    insert(&tx, now, id, &input.name, parent.as_ref(), |row| {
        row.contact = Set(input.contact.clone());
        row.phone_sealed = Set(number.sealed);
    })
    .await?;
    note(&tx, actor, now, "org.create", &input.name).await?;
    tx.commit().await?;
    Ok(id)
}

/// Writes a new organisation of which only the name must be known; used by imports too.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    now: Timestamp,
    id: OrgId,
    name: &str,
    parent: Option<&org::Model>,
    more: impl FnOnce(&mut org::ActiveModel),
) -> Result<()> {
    let spelling = places::pinyin::of(name);
    let mut row = org::ActiveModel {
        id: Set(id),
        parent_id: Set(parent.map(|p| p.id)),
        name: Set(name.to_owned()),
        path: Set(format!("{}{}", parent.map_or("", |p| &p.path), step(id))),
        pinyin: Set(spelling.full),
        initials: Set(spelling.initials),
        contact: Set(String::new()),
        phone_sealed: Set(None),
        created_at: Set(now),
    };
    more(&mut row);
    org::Entity::insert(row)
        .exec_without_returning(db)
        .await
        .map_err(taken)?;
    Ok(())
}

/// Changes an organisation. A coordinator cannot move it to another parent.
pub async fn edit(app: &App, actor: &Actor, id: OrgId, input: &Input) -> Result<()> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let before = editable(&tx, actor, id).await?;
    let moved = if actor.has(Role::STAFF) {
        move_to(&before, parent(&tx, actor, &input.parent).await?)?
    } else {
        None
    };
    let number = input.phone.seal(&app.cipher)?;
    let spelling = places::pinyin::of(&input.name);
    let (parent_id, path) = match &moved {
        Some((parent_id, path)) => (Set(*parent_id), Set(path.clone())),
        None => (NotSet, NotSet),
    };
    org::Entity::update(org::ActiveModel {
        id: Set(id),
        parent_id,
        path,
        name: Set(input.name.clone()),
        pinyin: Set(spelling.full),
        initials: Set(spelling.initials),
        contact: Set(input.contact.clone()),
        phone_sealed: number.map_or(NotSet, |n| Set(n.sealed)),
        created_at: NotSet,
    })
    .exec_without_returning(&tx)
    .await
    .map_err(taken)?;
    if let Some((_, path)) = &moved {
        carry_along(&tx, &before.path, path).await?;
    }
    note(&tx, actor, now, "org.edit", &input.name).await?;
    tx.commit().await?;
    Ok(())
}

/// The organisation, if the actor may change it.
pub(crate) async fn editable(db: &impl ConnectionTrait, actor: &Actor, id: OrgId) -> Result<org::Model> {
    org::Entity::find_by_id(id)
        .filter(org_rights(actor))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

async fn parent(db: &impl ConnectionTrait, actor: &Actor, text: &str) -> Result<Option<org::Model>> {
    if text.is_empty() {
        return Ok(None);
    }
    match queries::org_typed(db, actor, text).await? {
        Some(parent) => Ok(Some(parent)),
        None => Err(field("parent", "unknown")),
    }
}

/// The new parent and path when they differ. Nothing can be moved below itself.
fn move_to(it: &org::Model, parent: Option<org::Model>) -> Result<Option<(Option<OrgId>, String)>> {
    let to = parent.as_ref().map(|p| p.id);
    if to == it.parent_id {
        return Ok(None);
    }
    let root = parent.map_or_else(String::new, |p| p.path);
    if root.starts_with(&it.path) {
        return Err(field("parent", "people-inside-itself"));
    }
    Ok(Some((to, format!("{root}{}", step(it.id)))))
}

/// Gives all organisations below the one that moved their new paths.
async fn carry_along(db: &impl ConnectionTrait, from: &str, to: &str) -> Result<()> {
    let tail = i64::try_from(from.chars().count() + 1).unwrap_or(i64::MAX);
    db.execute_raw(Statement::from_sql_and_values(
        db.get_database_backend(),
        "UPDATE orgs SET path = CAST($1 AS text) || substr(path, CAST($2 AS integer)) WHERE path > $3 AND path < $4",
        [to.into(), tail.into(), from.into(), format!("{from}~").into()],
    ))
    .await?;
    Ok(())
}

/// The step of the path that is this organisation's.
fn step(id: OrgId) -> String {
    store::scope::path_step(id.0.into())
}

/// The name is unique in the database; two who enter the same at once are told so.
fn taken(error: sea_orm::DbErr) -> Problem {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => field("name", "taken"),
        _ => error.into(),
    }
}

async fn note(
    db: &impl ConnectionTrait,
    actor: &Actor,
    now: Timestamp,
    action: &'static str,
    subject: &str,
) -> Result<()> {
    let entry = audit::Entry {
        action,
        subject,
        community: None,
    };
    audit::note(db, actor, now, entry).await
}

/// How many helpers each organisation has, not counting those below it.
pub(crate) async fn sizes(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = OrgId>,
) -> Result<std::collections::HashMap<OrgId, i64>> {
    use sea_orm::QuerySelect;
    let rows: Vec<(OrgId, i64)> = crate::model::helper::Entity::find()
        .select_only()
        .column(crate::model::helper::Column::OrgId)
        .column_as(crate::model::helper::Column::Id.count(), "n")
        .filter(crate::model::helper::Column::OrgId.is_in(ids))
        .group_by(crate::model::helper::Column::OrgId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
