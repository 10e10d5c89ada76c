//! The public page on which whoever has a code joins a shift.

use accounts::{Actor, Sessions, actor::MaybeActor, address::Origin, session, throttle::Key};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use kit::{Code, Problem, Result};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    invitation,
    join::{self, Walker},
    model::{invitation as invitations, post},
    pages::posts::duty,
};

/// Somebody tries codes.
const TOO_MANY: Code = Code::new("too-many-tries", 429);

/// Where one would stand.
struct Spot {
    post: String,
    duty: String,
    place: String,
    hours: String,
    names: String,
}

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    page: Page,
    title: String,
    spot: Option<Spot>,
    form: Option<Form>,
    error: Option<String>,
}

fn draw(
    page: Page,
    spot: Option<Spot>,
    form: Option<Form>,
    (status, error): (StatusCode, Option<String>),
) -> Result<Response> {
    let drawn = Page::draw(&JoinPage {
        title: page.t("join-title"),
        page,
        spot,
        form,
        error,
    })?;
    Ok((status, drawn).into_response())
}

fn code_form(page: &Page, code: &str) -> Form {
    Form::new(page, "/join", "join-next")
        .required(page, "code", "join-code", Control::Text)
        .fill(&Typed::default().set("code", code))
}

fn form(page: &Page, code: &str) -> Form {
    Form::new(page, format!("/join/{code}"), "join-now")
        .required(page, "name", "join-name", Control::Text)
        .required(page, "phone", "join-phone", Control::Phone)
        .required(page, "rules", "join-agree-rules", Control::Check)
        .required(page, "cover", "join-agree-cover", Control::Check)
}

/// `GET /join`: the code, for those whose camera does not read pictures.
pub async fn ask(page: Page) -> Answer {
    let form = code_form(&page, "");
    Ok(draw(page, None, Some(form), (StatusCode::OK, None))?)
}

/// `POST /join`: on to the code's own page.
pub async fn go(page: Page, typed: Typed) -> Answer {
    let code = invitation::tidy(&typed.get("code"));
    if code.is_empty() {
        let errors = [kit::FieldError::new("code", "required")];
        let form = code_form(&page, "").fill(&typed).errors(&page, &errors);
        return Ok(draw(
            page,
            None,
            Some(form),
            (StatusCode::UNPROCESSABLE_ENTITY, None),
        )?);
    }
    Ok(Redirect::to(&format!("/join/{code}")).into_response())
}

/// The invitation, or the page that says why there is none.
async fn find(
    app: &App,
    page: &Page,
    sessions: &Sessions,
    origin: &Origin,
    code: &str,
) -> Result<std::result::Result<invitations::Model, Response>> {
    match invitation::by_code(app.store.read(), code, app.now()).await {
        Ok(found) => Ok(Ok(found)),
        Err(problem) if problem.code == invitation::UNKNOWN => {
            // Whoever mistypes tries again; whoever tries codes waits longer each time.
            let key = Key::address(&format!("join {}", origin.address));
            if let Err(seconds) = sessions.throttle.attempt(app.now(), &[key]) {
                return Err(Problem {
                    retry_after: Some(seconds),
                    ..Problem::new(TOO_MANY)
                });
            }
            refuse(page, code, &problem).map(Err)
        }
        Err(problem) if problem.code == invitation::ENDED => refuse(page, code, &problem).map(Err),
        Err(problem) => Err(problem),
    }
}

fn refuse(page: &Page, code: &str, problem: &Problem) -> Result<Response> {
    let status = StatusCode::from_u16(problem.code.status).unwrap_or(StatusCode::CONFLICT);
    let error = Some(super::sentence(page, problem));
    draw(page.clone(), None, Some(code_form(page, code)), (status, error))
}

async fn spot(app: &App, page: &Page, found: &invitations::Model) -> Result<Spot> {
    use sea_orm::EntityTrait;
    let db = app.store.read();
    let shift = invitation::shift_for(db, found, app.now()).await?;
    let post = post::Entity::find_by_id((shift.community_id, shift.post_id))
        .one(db)
        .await?
        .ok_or_else(Problem::not_found)?;
    let place = places::tree::load(db, post.place_id).await?;
    Ok(Spot {
        duty: duty(page, post.duty),
        place: places::tree::full_name(db, &place).await?,
        hours: format!(
            "{} – {}",
            shift.starts_at.minute_text(),
            shift.ends_at.clock_text()
        ),
        names: format!("{} / {}", shift.filled, shift.needed),
        post: post.name,
    })
}

/// `GET /join/{code}`
pub async fn show(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    MaybeActor(actor): MaybeActor,
    origin: Origin,
    page: Page,
    Path(code): Path<String>,
) -> Answer {
    let found = match find(&app, &page, &sessions, &origin, &code).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let spot = match spot(&app, &page, &found).await {
        Ok(spot) => spot,
        Err(problem) if problem.code.status == 409 => return Ok(refuse(&page, &found.code, &problem)?),
        Err(problem) => return Err(problem.into()),
    };
    let form = match &actor {
        Some(actor) if known(actor) => own_form(&page, actor, &found.code),
        _ => form(&page, &found.code),
    };
    Ok(draw(page, Some(spot), Some(form), (StatusCode::OK, None))?)
}

/// Whether the actor is a helper by more than a code: whoever came in by one says again who they are and that they are
/// covered.
fn known(actor: &Actor) -> bool {
    actor.helper_id.is_some() && actor.only.is_none()
}

/// For somebody who is signed in: one button.
fn own_form(page: &Page, actor: &Actor, code: &str) -> Form {
    let mut form = Form::new(page, format!("/join/{code}"), "join-now");
    form.submit = page.t1("join-as", "name", &actor.name);
    form
}

/// `POST /join/{code}`
#[allow(clippy::too_many_arguments, reason = "each is one thing the request carries")]
pub async fn join(
    State(app): State<App>,
    Extension(sessions): Extension<Sessions>,
    MaybeActor(actor): MaybeActor,
    origin: Origin,
    jar: CookieJar,
    page: Page,
    Path(code): Path<String>,
    typed: Typed,
) -> Answer {
    let found = match find(&app, &page, &sessions, &origin, &code).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    let signed_in = actor.as_ref().filter(|actor| known(actor));
    let joined = if let Some(actor) = &signed_in {
        join::join_signed_in(&app, actor, &found).await.map(|_| jar)
    } else {
        match Walker::read(&typed) {
            Ok(walker) => join::join(&app, (&origin.address, actor.as_deref()), &found, &walker)
                .await
                .map(|(_, secret)| jar.add(session::cookie(&app, secret))),
            Err(errors) => Err(Problem::invalid(errors)),
        }
    };
    let problem = match joined {
        Ok(jar) => return Ok((jar, Redirect::to("/field")).into_response()),
        Err(problem) if matches!(problem.code.status, 409 | 422) => problem,
        Err(problem) => return Err(problem.into()),
    };
    let form = match &signed_in {
        Some(actor) => own_form(&page, actor, &found.code),
        None => form(&page, &found.code)
            .fill(&typed)
            .errors(&page, &problem.fields),
    };
    let error = problem
        .fields
        .is_empty()
        .then(|| super::sentence(&page, &problem));
    let spot = spot(&app, &page, &found).await.ok();
    Ok(draw(
        page,
        spot,
        Some(form),
        (StatusCode::UNPROCESSABLE_ENTITY, error),
    )?)
}
