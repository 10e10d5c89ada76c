//! The list of users, and making a new one.

use std::collections::HashMap;

use axum::{Extension, extract::State};
use kit::{
    Problem, Result, Role, Timestamp,
    id::{OrgId, UserId},
    problem::code,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, LikeExpr, Query, SelectStatement},
};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Check, Control, Typed},
    list::{self, Definition, Filter, Key, Window},
    problem::Answer,
};
use store::Scope;

use crate::{
    Actor, Sessions,
    grants::{self, MANAGERS, NewGrant},
    identity, link,
    model::{audit, grant, user},
    roles,
    token::SecretPage,
    user::{self as users, NewUser},
};

/// `GET /users`
pub async fn list(State(app): State<App>, page: Page, actor: Actor, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/users".to_owned(),
        columns: list::columns(
            &page,
            &[
                ("name", "accounts-name"),
                ("", "accounts-roles"),
                ("", "accounts-state"),
                ("", "accounts-last-active"),
                ("created", "accounts-created"),
            ],
        ),
        filters: vec![
            Filter {
                name: "role",
                label: page.t("accounts-role"),
                options: role_options(&page),
            },
            Filter {
                name: "state",
                label: page.t("accounts-state"),
                options: ["active", "invited", "disabled"]
                    .map(|state| (state.to_owned(), page.t(&format!("accounts-state-{state}"))))
                    .into(),
            },
        ],
        default_sort: "name",
        search: page.t("accounts-search-users"),
        empty: page.t("accounts-no-users"),
        export: page.t("accounts-users"),
    };
    let wanted = seen(&actor.scope(MANAGERS)).add(filters(&query));
    let listed = shell::list::answer(page.clone(), query, definition, |window| {
        load(&app, &page, wanted.clone(), window)
    })
    .await?;
    let title = page.t("accounts-users");
    let new = ("/users/new".to_owned(), page.t("accounts-user-new"));
    Ok(listed.page(page, title, vec![new])?)
}

/// The roles as choices of a form or filter.
pub(crate) fn role_options(page: &Page) -> Vec<(String, String)> {
    Role::ALL
        .map(|role| (role.to_string(), page.t(&format!("role-{role}"))))
        .into()
}

/// Users with a role in the scope, or with none at all.
fn seen(scope: &Scope) -> Condition {
    if *scope == Scope::Everything {
        return Condition::all();
    }
    Condition::all().add(
        Condition::any()
            .add(user::Column::Id.in_subquery(holders(scope.path(grant::Column::PlacePath))))
            .add(user::Column::Id.not_in_subquery(holders(Condition::all()))),
    )
}

fn holders(condition: Condition) -> SelectStatement {
    Query::select()
        .column(grant::Column::UserId)
        .from(grant::Entity)
        .cond_where(condition)
        .to_owned()
}

fn filters(query: &ListQuery) -> Condition {
    let mut all = Condition::all();
    if let Ok(role) = query.filter("role").parse::<Role>() {
        let with = Condition::all().add(grant::Column::Role.eq(role));
        all = all.add(user::Column::Id.in_subquery(holders(with)));
    }
    match query.filter("state").as_str() {
        "active" => all
            .add(user::Column::Disabled.eq(false))
            .add(user::Column::Password.is_not_null()),
        "invited" => all
            .add(user::Column::Disabled.eq(false))
            .add(user::Column::Password.is_null()),
        "disabled" => all.add(user::Column::Disabled.eq(true)),
        _ => all,
    }
}

/// Texts that begin with these words.
pub(crate) fn begins_with(words: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(words.len() + 1);
    for c in words.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    LikeExpr::new(pattern + "%").escape('\\')
}

async fn load(app: &App, page: &Page, wanted: Condition, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let mut select = user::Entity::find().filter(wanted);
    if !window.q.is_empty() {
        select = select.filter(user::Column::NameKey.like(begins_with(&identity::key(&window.q))));
    }
    let by_time = window.sort == "created";
    let sort = if by_time {
        user::Column::CreatedAt
    } else {
        user::Column::NameKey
    };
    let found = window.cut(select, sort, user::Column::Id).all(db).await?;
    let ids: Vec<UserId> = found.iter().map(|user| user.id).collect();
    let held = grant::Entity::find()
        .filter(grant::Column::UserId.is_in(ids.clone()))
        .all(db)
        .await?;
    let mut words = HashMap::<UserId, Vec<String>>::new();
    for role in roles::held(db, page, &held).await {
        words.entry(role.user_id).or_default().push(role.sentence());
    }
    let active = last_active(db, ids).await?;
    Ok(found
        .into_iter()
        .map(|user| Row {
            id: user.id.0,
            key: if by_time {
                Key::from(user.created_at)
            } else {
                Key::from(user.name_key.as_str())
            },
            href: Some(format!("/users/{}", user.id)),
            cells: vec![
                Cell::Text(user.name.clone()),
                Cell::Text(words.remove(&user.id).unwrap_or_default().join("; ")),
                state(page, &user),
                Cell::Text(
                    active
                        .get(&user.id)
                        .map(|at| at.minute_text())
                        .unwrap_or_default(),
                ),
                Cell::Text(user.created_at.minute_text()),
            ],
        })
        .collect())
}

fn state(page: &Page, user: &user::Model) -> Cell {
    let (key, colour) = if user.disabled {
        ("accounts-state-disabled", "secondary")
    } else if user.password.is_none() {
        ("accounts-state-invited", "yellow")
    } else {
        ("accounts-state-active", "green")
    };
    Cell::Badge(page.t(key), colour)
}

/// When each user last did something that the audit trail noted. One look into an index for each.
async fn last_active(db: &impl ConnectionTrait, ids: Vec<UserId>) -> Result<HashMap<UserId, Timestamp>> {
    let newest = Query::select()
        .expr(Expr::col((audit::Entity, audit::Column::At)).max())
        .from(audit::Entity)
        .and_where(Expr::col((audit::Entity, audit::Column::UserId)).equals((user::Entity, user::Column::Id)))
        .to_owned();
    let select = Query::select()
        .column((user::Entity, user::Column::Id))
        .expr_as(Expr::from(newest), "newest")
        .from(user::Entity)
        .and_where(Expr::col((user::Entity, user::Column::Id)).is_in(ids))
        .to_owned();
    let mut active = HashMap::new();
    for row in db.query_all(&select).await? {
        if let Some(at) = row.try_get::<Option<i64>>("", "newest")? {
            active.insert(UserId(row.try_get("", "id")?), Timestamp::from_millis(at));
        }
    }
    Ok(active)
}

/// The fields `role`, `place`, `org` of a grant to be given.
pub(crate) fn grant_fields(form: Form, page: &Page) -> Form {
    form.required(page, "role", "accounts-role", Control::Select(role_options(page)))
        .field(page, "place", "accounts-place", Control::Text)
        .field(page, "org", "accounts-org", Control::Text)
}

/// Checks [`grant_fields`]. `None` when something is wrong with them.
pub(crate) async fn checked_grant(
    app: &App,
    actor: &Actor,
    check: &mut Check<'_>,
) -> Result<Option<NewGrant>> {
    let role = check.parse_optional::<Role>("role", "invalid");
    if role.is_none() && check.errors.iter().all(|e| e.field != "role") {
        check.error(kit::FieldError::new("role", "required"));
    }
    let org_id = check.parse_optional::<OrgId>("org", "unknown");
    let typed = check.optional("place", 100);
    if check.errors.iter().any(|e| e.field == "place") {
        return Ok(None);
    }
    match (grants::place(app.store.read(), actor, &typed).await?, role) {
        (Ok(place), Some(role)) => Ok(Some(NewGrant { role, place, org_id })),
        (Ok(_), None) => Ok(None),
        (Err(error), _) => {
            check.error(error);
            Ok(None)
        }
    }
}

fn form(page: &Page, typed: &Typed) -> Form {
    let form = Form::new(page, "/users/new", "accounts-user-create")
        .required(page, "name", "accounts-name", Control::Text)
        .field(page, "phone", "accounts-phone", Control::Phone);
    grant_fields(form, page).cancel(page, "/users").fill(typed)
}

/// `GET /users/new`
pub async fn new(page: Page) -> Answer {
    let typed = Typed::default().set("role", Role::CommunityWorker);
    let title = page.t("accounts-user-new");
    Ok(form(&page, &typed).answer(page, title)?)
}

/// `POST /users/new`: the answer shows the new user's one-time link, this once.
pub async fn create(
    State(app): State<App>,
    page: Page,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    headers: axum::http::HeaderMap,
    typed: Typed,
) -> Answer {
    let mut check = typed.check();
    let name = identity::name(&mut check);
    let digits = check.phone("phone");
    let grant = checked_grant(&app, &actor, &mut check).await?;
    let made = match (check.done(()), grant) {
        (Ok(()), Some(grant)) => {
            let phone = (!digits.is_empty()).then_some(digits);
            let new = NewUser {
                name: name.clone(),
                phone,
                grant,
            };
            users::invite(&app, &actor, new).await
        }
        (Ok(()), None) => Err(Problem::new(code::INVALID)),
        (Err(errors), _) => Err(Problem::invalid(errors)),
    };
    match made {
        Ok((id, path)) => {
            sessions.forget();
            show_link(&app, page, &headers, &name, &path, id)
        }
        Err(problem) if problem.code == code::INVALID => {
            let title = page.t("accounts-user-new");
            let form = form(&page, &typed).errors(&page, &problem.fields);
            Ok(form.answer(page, title)?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The page that shows a one-time link, once, as an address to be passed on.
pub(crate) fn show_link(
    app: &App,
    page: Page,
    headers: &axum::http::HeaderMap,
    name: &str,
    path: &str,
    id: UserId,
) -> Answer {
    let host = headers.get("host").and_then(|v| v.to_str().ok());
    let secret = match (host, app.secure) {
        (Some(host), true) => format!("https://{host}{path}"),
        (Some(host), false) => format!("http://{host}{path}"),
        (None, _) => path.to_owned(),
    };
    let until = (app.now() + link::LASTS).minute_text();
    Ok(Page::draw(&SecretPage {
        title: page.t1("accounts-link-made", "name", name),
        about: page.t1("accounts-link-made-about", "until", until),
        secret,
        back: format!("/users/{id}"),
        page,
    })?)
}
