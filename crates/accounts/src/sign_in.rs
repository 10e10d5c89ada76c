//! Signing in and out.

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use kit::{FieldError, Problem, Result, Role, id::UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    http::local,
    problem::Answer,
};

use crate::{
    Actor, Sessions,
    actor::MaybeActor,
    address::Origin,
    audit::{self, Entry},
    demo, identity,
    model::{
        ticket::{self, Kind},
        user,
    },
    password,
    session::{self, COOKIE},
    throttle::Key,
    user as users,
};

/// Longest name or password that is looked at, in characters.
const MOST: usize = 200;

#[derive(askama::Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    title: String,
    form: Form,
    demo: Vec<DemoRole>,
}

struct DemoRole {
    role: Role,
    name: String,
    about: String,
}

/// `GET /sign-in`
pub async fn page(page: Page, MaybeActor(actor): MaybeActor, RawQuery(query): RawQuery) -> Answer {
    let typed = Typed::parse(&query.unwrap_or_default());
    if actor.is_some() {
        return Ok(Redirect::to(local(typed.raw("next"))).into_response());
    }
    let form = form(&page, &typed);
    Ok(draw(page, form, StatusCode::OK)?)
}

fn form(page: &Page, typed: &Typed) -> Form {
    Form::new(page, "/sign-in", "sign-in")
        .required(page, "name", "accounts-name-or-phone", Control::Text)
        .required(page, "password", "accounts-password", Control::Password)
        .field(page, "next", "accounts-next", Control::Hidden)
        .fill(typed)
}

fn draw(page: Page, form: Form, status: StatusCode) -> Result<Response> {
    let roles: &[Role] = if page.demo { &Role::ALL } else { &[] };
    let demo = roles
        .iter()
        .map(|role| DemoRole {
            role: *role,
            name: page.t(&format!("role-{role}")),
            about: page.t(&format!("role-{role}-about")),
        })
        .collect();
    let drawn = Page::draw(&SignInPage {
        title: page.t("sign-in"),
        page,
        form,
        demo,
    })?;
    Ok((status, drawn).into_response())
}

/// `POST /sign-in`. An unknown name, a wrong password and a disabled user get the same sentence after the
/// same time, so that nobody learns which names exist.
pub async fn submit(
    State(app): State<App>,
    page: Page,
    Extension(sessions): Extension<Sessions>,
    origin: Origin,
    jar: CookieJar,
    typed: Typed,
) -> Answer {
    let mut check = typed.check();
    let name = check.text("name", MOST);
    match typed.raw("password") {
        "" => check.error(FieldError::new("password", "required")),
        long if long.chars().count() > MOST => {
            check.error(FieldError::new("password", "too-long").with("most", MOST));
        }
        _ => {}
    }
    if let Err(errors) = check.done(()) {
        let form = form(&page, &typed).errors(&page, &errors);
        return Ok(draw(page, form, StatusCode::UNPROCESSABLE_ENTITY)?);
    }
    let found = identity::find(app.store.read(), &app, &name).await?;
    let keys = [
        Key::Account(found.as_ref().map_or_else(
            || kit::text::phone(&name).unwrap_or_else(|| identity::key(&name)),
            |user| user.id.to_string(),
        )),
        Key::address(&origin.address),
    ];
    if let Err(seconds) = sessions.throttle.attempt(app.now(), &keys) {
        let mut form = form(&page, &typed);
        form.error = Some(page.t1("accounts-wait", "seconds", seconds));
        return too_many(page, form, seconds);
    }
    let known = found.filter(|user| !user.disabled);
    let hash = known.as_ref().and_then(|user| user.password.as_deref());
    let right = password::verify(typed.raw("password"), hash).await?;
    if let Some(user) = known.as_ref().filter(|_| right) {
        let tx = app.store.begin().await?;
        let cookie = enter(&tx, &app, &origin, &jar, user.id).await?;
        tx.commit().await?;
        sessions.throttle.success(&keys);
        return Ok((jar.add(cookie), Redirect::to(local(typed.raw("next")))).into_response());
    }
    refused(&app, &origin, known.as_ref(), &name).await?;
    let mut form = form(&page, &typed);
    form.error = Some(page.t("accounts-wrong"));
    Ok(draw(page, form, StatusCode::UNPROCESSABLE_ENTITY)?)
}

fn too_many(page: Page, form: Form, seconds: u32) -> Answer {
    let mut response = draw(page, form, StatusCode::TOO_MANY_REQUESTS)?;
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

/// Notes a failed try. What was typed as a name is often a password or a number, so of a name that nobody
/// has only the first character is kept.
async fn refused(app: &App, origin: &Origin, known: Option<&user::Model>, typed: &str) -> Result<()> {
    let name = known.map_or_else(|| kit::mask::name(typed), |user| user.name.clone());
    let nobody = Actor {
        user_id: None,
        name: name.chars().take(40).collect(),
        helper_id: None,
        grants: vec![],
        only: None,
        address: origin.address.clone(),
    };
    let entry = Entry {
        action: "session.refused",
        subject: &nobody.name,
        community: None,
    };
    audit::note(app.store.write(), &nobody, app.now(), entry).await
}

/// Starts a session for a user and notes it, in the transaction `tx`; the browser's session before it ends.
pub(crate) async fn enter(
    tx: &impl ConnectionTrait,
    app: &App,
    origin: &Origin,
    jar: &CookieJar,
    id: UserId,
) -> Result<Cookie<'static>> {
    let actor = session::by_user(tx, id).await?.ok_or_else(Problem::not_found)?;
    let actor = Actor {
        address: origin.address.clone(),
        ..actor
    };
    if let Some(before) = jar.get(COOKIE) {
        end(tx, app, before.value()).await?;
    }
    let secret = session::start(tx, app, id, &origin.browser).await?;
    users::note(tx, app, &actor, "session.sign-in", &actor.name).await?;
    Ok(session::cookie(app, secret))
}

/// Ends the session with this secret.
async fn end(db: &impl ConnectionTrait, app: &App, secret: &str) -> Result<()> {
    ticket::Entity::delete_many()
        .filter(ticket::Column::Hash.eq(app.cipher.hash(secret)))
        .filter(ticket::Column::Kind.eq(Kind::Session))
        .exec(db)
        .await?;
    Ok(())
}

/// `POST /sign-out`. Works for everybody, so that a browser with an old cookie gets rid of it.
pub async fn sign_out(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    MaybeActor(actor): MaybeActor,
    jar: CookieJar,
) -> Answer {
    if let Some(cookie) = jar.get(COOKIE) {
        let tx = app.store.begin().await?;
        end(&tx, &app, cookie.value()).await?;
        if let Some(actor) = actor {
            users::note(&tx, &app, &actor, "session.sign-out", &actor.name).await?;
        }
        tx.commit().await?;
        sessions.forget();
    }
    Ok((without_cookie(jar), Redirect::to("/sign-in")).into_response())
}

/// Tells the browser to drop its session cookie.
pub(crate) fn without_cookie(jar: CookieJar) -> CookieJar {
    jar.remove(Cookie::build(COOKIE).path("/"))
}

/// `POST /demo/sign-in`: in a demonstration only, signs in as the user made for a role.
pub async fn demo(State(app): State<App>, origin: Origin, jar: CookieJar, typed: Typed) -> Answer {
    let role: Option<Role> = typed.get("role").parse().ok();
    let Some(role) = role.filter(|_| app.demo) else {
        return Err(Problem::not_found().into());
    };
    let user = user::Entity::find()
        .filter(user::Column::NameKey.eq(demo::key(role)))
        .filter(user::Column::Disabled.eq(false))
        .order_by_asc(user::Column::CreatedAt)
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    let tx = app.store.begin().await?;
    let cookie = enter(&tx, &app, &origin, &jar, user.id).await?;
    tx.commit().await?;
    Ok((jar.add(cookie), Redirect::to(local(typed.raw("next")))).into_response())
}
