//! One's own account: who am I, password, sessions, tokens.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use kit::{FieldError, Problem, Result, id::UserId, problem::code};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};
use uuid::Uuid;

use crate::{
    Actor, Sessions, identity,
    model::{
        ticket::{self, Kind},
        user,
    },
    password, roles, session, sign_in,
    throttle::Key,
    token, user as users,
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    title: String,
    phone: String,
    roles: Vec<roles::Held>,
    sessions: Vec<Line>,
    tokens: Vec<Line>,
    password: Form,
    token: Form,
}

/// A session or token in a table.
struct Line {
    id: Uuid,
    label: String,
    created: String,
    expires: String,
    here: bool,
}

/// Which of the page's forms came back with errors.
pub(crate) enum Back<'a> {
    /// None.
    No,
    /// Changing the password.
    Password(&'a [FieldError]),
    /// Making a token.
    Token(&'a Typed, &'a [FieldError]),
}

/// The user who is signed in.
pub(crate) fn own(actor: &Actor) -> Result<UserId> {
    actor.user_id.ok_or_else(|| Problem::new(code::SIGNED_OUT))
}

/// `GET /account`
pub async fn page(State(app): State<App>, page: Page, actor: Actor, headers: HeaderMap) -> Answer {
    Ok(draw(&app, page, &actor, &headers, Back::No).await?)
}

pub(crate) async fn draw(
    app: &App,
    page: Page,
    actor: &Actor,
    headers: &HeaderMap,
    back: Back<'_>,
) -> Result<Response> {
    let db = app.store.read();
    let id = own(actor)?;
    let user = user::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let tickets = ticket::Entity::find()
        .filter(ticket::Column::UserId.eq(id))
        .filter(ticket::Column::ExpiresAt.gt(app.now()))
        .order_by_desc(ticket::Column::CreatedAt)
        .all(db)
        .await?;
    let here = session::secret(headers).map(|secret| app.cipher.hash(&secret));
    let lines = |kind| {
        let own = tickets.iter().filter(move |ticket| ticket.kind == kind);
        own.map(|ticket| Line {
            id: ticket.id,
            label: ticket.label.clone(),
            created: ticket.created_at.minute_text(),
            expires: ticket.expires_at.minute_text(),
            here: Some(&ticket.hash) == here.as_ref(),
        })
        .collect()
    };
    let (mut password, mut token) = (password_form(&page), token::form(&page));
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    match back {
        Back::No => status = StatusCode::OK,
        Back::Password(errors) => password = password.errors(&page, errors),
        Back::Token(typed, errors) => token = token.fill(typed).errors(&page, errors),
    }
    let drawn = Page::draw(&AccountPage {
        title: page.t("accounts-account"),
        phone: identity::masked_phone(app, &user)?,
        roles: roles::held(db, &page, &crate::grants::of(db, id).await?).await,
        sessions: lines(Kind::Session),
        tokens: lines(Kind::Token),
        password,
        token,
        page,
    })?;
    Ok((status, drawn).into_response())
}

fn password_form(page: &Page) -> Form {
    Form::new(page, "/account/password", "accounts-change-password")
        .required(page, "password", "accounts-current-password", Control::Password)
        .required(page, "new_password", "accounts-new-password", Control::Password)
        .required(page, "again", "accounts-again", Control::Password)
}

/// `POST /account/password`: needs the present password, and ends all other sessions.
pub async fn change_password(
    State(app): State<App>,
    page: Page,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    headers: HeaderMap,
    typed: Typed,
) -> Answer {
    let id = own(&actor)?;
    let user = user::Entity::find_by_id(id)
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    let phone = match &user.phone_sealed {
        Some(sealed) => Some(app.cipher.decrypt(sealed)?),
        None => None,
    };
    let mut check = typed.check();
    let present = typed.raw("password");
    if present.is_empty() {
        check.error(FieldError::new("password", "required"));
    }
    let chosen = password::typed_twice(&mut check, &typed, &user.name, phone.as_deref());
    if let Err(errors) = check.done(()) {
        return Ok(draw(&app, page, &actor, &headers, Back::Password(&errors)).await?);
    }
    // Whoever finds an open browser must not guess here without end either.
    let key = [Key::Account(id.to_string())];
    if let Err(seconds) = sessions.throttle.attempt(app.now(), &key) {
        let problem = Problem {
            retry_after: Some(seconds),
            ..Problem::new(code::TOO_MANY)
        };
        return Err(problem.into());
    }
    if !password::verify(present, user.password.as_deref()).await? {
        let errors = [FieldError::new("password", "wrong-password")];
        return Ok(draw(&app, page, &actor, &headers, Back::Password(&errors)).await?);
    }
    sessions.throttle.success(&key);
    let hash = password::hash(&chosen).await?;
    let here = session::secret(&headers).map(|secret| app.cipher.hash(&secret));
    let tx = app.store.begin().await?;
    users::keep_password(&tx, id, hash).await?;
    session::end_all(&tx, id, here).await?;
    users::note(&tx, &app, &actor, "password.change", &actor.name).await?;
    tx.commit().await?;
    sessions.forget();
    Ok(Redirect::to("/account?done=password-changed").into_response())
}

/// `POST /account/sign-out-everywhere`: ends all sessions, this one too. Tokens stay.
pub async fn sign_out_everywhere(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    jar: CookieJar,
) -> Answer {
    let tx = app.store.begin().await?;
    session::end_all(&tx, own(&actor)?, None).await?;
    users::note(&tx, &app, &actor, "session.sign-out-everywhere", &actor.name).await?;
    tx.commit().await?;
    sessions.forget();
    let jar = sign_in::without_cookie(jar);
    Ok((jar, Redirect::to("/sign-in?done=signed-out-everywhere")).into_response())
}

/// `POST /account/tokens/{id}/revoke`
pub async fn revoke_token(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Answer {
    token::revoke(&app, &actor, id).await?;
    sessions.forget();
    Ok(Redirect::to("/account?done=token-revoked").into_response())
}
