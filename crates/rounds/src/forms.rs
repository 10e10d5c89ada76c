//! Forms as they are kept: versions, so that an answer keeps the questions it was given to.

use accounts::{Actor, audit};
use kit::{Problem, Result, Role, id::FormId, problem::code};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use shell::App;

use crate::{
    form::Form,
    model::{form, round},
};

/// The questions of a version.
pub fn questions(row: &form::Model) -> Result<Form> {
    serde_json::from_str(&row.questions).map_err(Problem::internal)
}

/// The newest version of a form; else "not found".
pub async fn newest(db: &impl ConnectionTrait, id: FormId) -> Result<form::Model> {
    form::Entity::find()
        .filter(form::Column::Id.eq(id))
        .order_by_desc(form::Column::Version)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)
}

/// Whether the actor may change a form: who made its newest version, or an administrator.
pub fn may_change(actor: &Actor, row: &form::Model) -> bool {
    actor.has(&[Role::Administrator]) || (row.by.is_some() && row.by == actor.user_id)
}

/// The newest versions of all forms, by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<form::Model>> {
    let rows = form::Entity::find()
        .order_by_asc(form::Column::Name)
        .order_by_asc(form::Column::Id)
        .order_by_desc(form::Column::Version)
        .all(db)
        .await?;
    let mut seen = std::collections::HashSet::new();
    Ok(rows.into_iter().filter(|row| seen.insert(row.id)).collect())
}

/// What is asked on a round; none where nothing is.
pub async fn of(db: &impl ConnectionTrait, round: &round::Model) -> Result<Option<Form>> {
    let (Some(id), Some(version)) = (round.form_id, round.form_version) else {
        return Ok(None);
    };
    let row = form::Entity::find_by_id((id, version)).one(db).await?;
    row.as_ref().map(questions).transpose()
}

/// Keeps a form: a new one, or the newest version of `id` in its new shape. A version that a round asks stays as it is,
/// and a new one is made. The caller has checked the questions.
pub async fn save(app: &App, actor: &Actor, id: Option<FormId>, name: &str, form: &Form) -> Result<FormId> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let before = match id {
        Some(id) => Some(newest(&tx, id).await?),
        None => None,
    };
    if before.as_ref().is_some_and(|row| !may_change(actor, row)) {
        return Err(Problem::new(code::FORBIDDEN));
    }
    let used = match &before {
        Some(row) => {
            round::Entity::find()
                .filter(round::Column::FormId.eq(row.id))
                .filter(round::Column::FormVersion.eq(row.version))
                .count(&tx)
                .await?
                > 0
        }
        None => false,
    };
    let (id, version) = match &before {
        Some(row) => (row.id, if used { row.version + 1 } else { row.version }),
        None => (FormId::fresh(now), 1),
    };
    if before.is_some() && !used {
        form::Entity::delete_by_id((id, version)).exec(&tx).await?;
    }
    form::Entity::insert(form::ActiveModel {
        id: Set(id),
        version: Set(version),
        name: Set(name.to_owned()),
        questions: Set(serde_json::to_string(form).map_err(Problem::internal)?),
        by: Set(actor.user_id),
        at: Set(now),
    })
    .exec_without_returning(&tx)
    .await?;
    let entry = audit::Entry {
        action: "form.save",
        subject: name,
        community: None,
    };
    audit::note(&tx, actor, now, entry).await?;
    tx.commit().await?;
    Ok(id)
}
