//! One user: name, number, roles, link, disabling.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Problem, Result, Role, id::UserId, problem::code};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};
use uuid::Uuid;

use crate::{
    Actor, Sessions,
    grants::{self, MANAGERS},
    identity,
    model::user,
    roles, user as users,
    user_list::{checked_grant, grant_fields, show_link},
};

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    page: Page,
    title: String,
    id: UserId,
    disabled: bool,
    invited: bool,
    /// Grants, each with whether it can be taken away by the one who looks.
    held: Vec<(roles::Held, bool)>,
    /// None when the one who looks may not change the account itself.
    account: Option<Form>,
    grant: Form,
}

/// Which of the page's forms came back with errors.
enum Back<'a> {
    No,
    Account(&'a Typed, &'a [FieldError]),
    Grant(&'a Typed, &'a [FieldError]),
}

/// `GET /users/{id}`
pub async fn page(State(app): State<App>, page: Page, actor: Actor, Path(id): Path<UserId>) -> Answer {
    Ok(draw(&app, page, &actor, id, Back::No).await?)
}

async fn draw(app: &App, page: Page, actor: &Actor, id: UserId, back: Back<'_>) -> Result<Response> {
    let db = app.store.read();
    let (user, held) = users::visible(db, actor, id).await?;
    let mut account = account_form(&page, id).fill(&stored(app, &user)?);
    let role = Typed::default().set("role", Role::CommunityWorker);
    let form = Form::new(&page, format!("/users/{id}/grants"), "accounts-grant-add");
    let mut grant = grant_fields(form, &page).fill(&role);
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match back {
        Back::No => status = StatusCode::OK,
        Back::Account(typed, errors) => account = account.fill(typed).errors(&page, errors),
        Back::Grant(typed, errors) => grant = grant.fill(typed).errors(&page, errors),
    }
    let lines = roles::held(db, &page, &held).await;
    let drawn = Page::draw(&UserPage {
        title: user.name.clone(),
        id,
        disabled: user.disabled,
        invited: user.password.is_none(),
        held: lines
            .into_iter()
            .map(|line| {
                let mine = actor.may(MANAGERS, &line.path);
                (line, mine)
            })
            .collect(),
        account: users::covers(actor, &held).then_some(account),
        grant,
        page,
    })?;
    Ok((status, drawn).into_response())
}

fn stored(app: &App, user: &user::Model) -> Result<Typed> {
    Ok(Typed::default()
        .set("name", &user.name)
        .set("phone", identity::masked_phone(app, user)?)
        .set("disabled", if user.disabled { "on" } else { "" }))
}

fn account_form(page: &Page, id: UserId) -> Form {
    Form::new(page, format!("/users/{id}"), "save")
        .required(page, "name", "accounts-name", Control::Text)
        .field(page, "phone", "accounts-phone", Control::Phone)
        .field(page, "disabled", "accounts-disabled", Control::Check)
}

/// `POST /users/{id}`
pub async fn save(
    State(app): State<App>,
    page: Page,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    Path(id): Path<UserId>,
    typed: Typed,
) -> Answer {
    let (user, _) = users::visible(app.store.read(), &actor, id).await?;
    let mut check = typed.check();
    // The demonstration's names and others that were made elsewhere may stay as they are.
    let name = if typed.get("name") == user.name {
        user.name.clone()
    } else {
        identity::name(&mut check)
    };
    let phone = identity::phone(&mut check, &typed, &identity::masked_phone(&app, &user)?);
    let done = match check.done(()) {
        Ok(()) => users::change(&app, &actor, id, &name, &phone, typed.ticked("disabled")).await,
        Err(errors) => Err(Problem::invalid(errors)),
    };
    match done {
        Ok(()) => {
            sessions.forget();
            Ok(Redirect::to(&format!("/users/{id}?done=saved")).into_response())
        }
        Err(problem) if problem.code == code::INVALID => {
            Ok(draw(&app, page, &actor, id, Back::Account(&typed, &problem.fields)).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// `POST /users/{id}/grants`
pub async fn add_grant(
    State(app): State<App>,
    page: Page,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    Path(id): Path<UserId>,
    typed: Typed,
) -> Answer {
    let (user, _) = users::visible(app.store.read(), &actor, id).await?;
    let mut check = typed.check();
    let grant = checked_grant(&app, &actor, &mut check).await?;
    let done = match (check.done(()), grant) {
        (Ok(()), Some(grant)) => {
            let tx = app.store.begin().await?;
            match grants::add(&tx, &app, &actor, &user, &grant).await {
                Ok(()) => Ok(tx.commit().await?),
                Err(problem) => Err(problem),
            }
        }
        (Ok(()), None) => Err(Problem::new(code::INVALID)),
        (Err(errors), _) => Err(Problem::invalid(errors)),
    };
    match done {
        Ok(()) => {
            sessions.forget();
            Ok(Redirect::to(&format!("/users/{id}?done=saved")).into_response())
        }
        Err(problem) if problem.code == code::INVALID => {
            Ok(draw(&app, page, &actor, id, Back::Grant(&typed, &problem.fields)).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// `POST /users/{id}/grants/{grant}/remove`
pub async fn remove_grant(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    Path((id, grant)): Path<(UserId, Uuid)>,
) -> Answer {
    grants::remove(&app, &actor, id, grant).await?;
    sessions.forget();
    // Who took away the last role within one's places does not see the user any more.
    let still = users::visible(app.store.read(), &actor, id).await.is_ok();
    let to = if still {
        format!("/users/{id}?done=removed")
    } else {
        "/users?done=removed".to_owned()
    };
    Ok(Redirect::to(&to).into_response())
}

/// `POST /users/{id}/link`: the answer shows the link, this once.
pub async fn new_link(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    headers: HeaderMap,
    Path(id): Path<UserId>,
) -> Answer {
    let (path, name) = users::new_link(&app, &actor, id).await?;
    show_link(&app, page, &headers, &name, &path, id)
}
