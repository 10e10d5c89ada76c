//! Invitations on the page of a shift: making, showing and withdrawing them; a team's list.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect},
};
use kit::{Problem, Result, Role, id::ShiftId};
use sea_orm::ConnectionTrait;
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    invitation::{self, HOURS, MOST, New},
    join,
    model::{invitation as invitations, post, shift as shifts},
    pages::shift::Kept,
    queries,
};

/// A shift to which the actor may invite: staff of the place, or whoever leads there.
async fn invitable(
    db: &impl ConnectionTrait,
    actor: &Actor,
    id: ShiftId,
) -> Result<(shifts::Model, post::Model)> {
    let found = queries::shift(db, actor, id).await?;
    if invites(db, actor, &found.0).await? {
        Ok(found)
    } else {
        Err(Problem::forbidden())
    }
}

/// Whether the actor may invite to this shift.
pub async fn invites(db: &impl ConnectionTrait, actor: &Actor, shift: &shifts::Model) -> Result<bool> {
    if actor.may(Role::STAFF, &shift.place_path) {
        return Ok(true);
    }
    let names = queries::names(db, std::slice::from_ref(shift)).await?;
    Ok(names
        .get(&shift.id)
        .is_some_and(|names| queries::leads(actor, names)))
}

/// The form for a new invitation.
pub fn form(page: &Page, shift: &shifts::Model) -> Form {
    let free = (shift.needed - shift.filled).clamp(1, MOST);
    Form::new(page, format!("/shifts/{}/invitations", shift.id), "join-make")
        .required(page, "most", "join-most", Control::Number(1, MOST))
        .required(page, "hours", "join-hours", Control::Number(1, HOURS))
        .field(page, "every_shift", "join-every-shift", Control::Check)
        .fill(&Typed::default().set("most", free).set("hours", 12))
}

/// The form for a team's list.
pub fn team_form(page: &Page, shift: &shifts::Model) -> Form {
    Form::new(page, format!("/shifts/{}/team", shift.id), "join-team").required(
        page,
        "list",
        "join-list",
        Control::Area,
    )
}

pub async fn create(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let (shift, post) = invitable(app.store.read(), &actor, id).await?;
    match New::read(&typed) {
        Ok(new) => {
            let code = invitation::create(&app, &actor, (&shift, &post), &new).await?;
            let to = format!("/shifts/{id}/invitations/{code}?done=join-made");
            Ok(Redirect::to(&to).into_response())
        }
        Err(errors) => {
            let form = form(&page, &shift).fill(&typed).errors(&page, &errors);
            let kept = Kept {
                invite: Some(form),
                ..Kept::default()
            };
            Ok(super::shift::draw(&app, &actor, page, (shift, post), kept).await?)
        }
    }
}

pub async fn team(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let (shift, post) = invitable(app.store.read(), &actor, id).await?;
    let list = typed.raw("list");
    if list.trim().is_empty() {
        let errors = [kit::FieldError::new("list", "required")];
        let form = team_form(&page, &shift).fill(&typed).errors(&page, &errors);
        let kept = Kept {
            team: Some(form),
            ..Kept::default()
        };
        return Ok(super::shift::draw(&app, &actor, page, (shift, post), kept).await?);
    }
    let listed = join::team(&app, &actor, &shift, list).await?;
    if listed.left.is_empty() {
        return Ok(Redirect::to(&format!("/shifts/{id}?done=join-team-in")).into_response());
    }
    // The lines that do not fit come back, to be mended; each with its reason.
    let reasons: Vec<String> = listed
        .left
        .iter()
        .map(|(line, code)| format!("{line}: {}", page.t(&format!("problem-{code}"))))
        .collect();
    let lines: Vec<&str> = listed.left.iter().map(|(line, _)| line.as_str()).collect();
    let mut form = team_form(&page, &shift).fill(&Typed::default().set("list", lines.join("\n")));
    form.error = Some(page.tn(
        "join-team-left",
        &[
            ("joined", listed.joined.to_string()),
            ("left", reasons.join(" / ")),
        ],
    ));
    let kept = Kept {
        team: Some(form),
        ..Kept::default()
    };
    let (shift, post) = queries::shift(app.store.read(), &actor, id).await?;
    Ok(super::shift::draw(&app, &actor, page, (shift, post), kept).await?)
}

async fn standing(app: &App, actor: &Actor, (id, code): (ShiftId, String)) -> Result<invitations::Model> {
    let db = app.store.read();
    let (shift, _) = invitable(db, actor, id).await?;
    invitation::standing(db, &shift, app.now())
        .await?
        .into_iter()
        .find(|one| one.code == code)
        .ok_or_else(Problem::not_found)
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    page: Page,
    title: String,
    place: String,
    hours: String,
    picture: String,
    address: String,
    code: String,
    raw: String,
    until: String,
    used: i64,
    most: i64,
    shift: ShiftId,
}

/// The poster: the code as a picture and in large letters, to be shown or pinned up.
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    headers: HeaderMap,
    Path((id, code)): Path<(ShiftId, String)>,
) -> Answer {
    let found = standing(&app, &actor, (id, code)).await?;
    let db = app.store.read();
    let (shift, post) = queries::shift(db, &actor, id).await?;
    let place = places::tree::load(db, post.place_id).await?;
    let host = headers
        .get("host")
        .and_then(|v| v.to_str().ok())
        .unwrap_or("localhost");
    let scheme = if app.secure { "https" } else { "http" };
    let hours = if found.shift_id.is_some() {
        format!(
            "{} – {}",
            shift.starts_at.minute_text(),
            shift.ends_at.clock_text()
        )
    } else {
        page.t("join-every-shift")
    };
    Ok(Page::draw(&InvitationPage {
        title: post.name,
        place: places::tree::full_name(db, &place).await?,
        hours,
        picture: invitation::picture(&format!("{scheme}://{host}/join/{}", found.code))?,
        address: format!("{host}/join"),
        code: invitation::shown(&found.code),
        raw: found.code,
        until: found.expires_at.minute_text(),
        used: found.used,
        most: found.most,
        shift: id,
        page,
    })?)
}

pub async fn withdraw(
    State(app): State<App>,
    actor: Actor,
    Path((id, code)): Path<(ShiftId, String)>,
) -> Answer {
    let found = standing(&app, &actor, (id, code)).await?;
    invitation::withdraw(&app, &actor, &found).await?;
    Ok(Redirect::to(&format!("/shifts/{id}?done=join-withdrawn")).into_response())
}
