//! The page of one helper on one shift: everything recorded, and its correction.

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use field::Field;
use kit::{
    Problem, Result, Role, Timestamp,
    id::{HelperId, RecordId, ShiftId},
};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    activity,
    body::{WORK, Work},
    correct::{self, Times, Traced},
    model::{post, shift as shifts},
    queries::{self, Name},
};

#[derive(Template)]
#[template(path = "attendance.html")]
struct AttendancePage {
    page: Page,
    title: String,
    shift: shifts::Model,
    post: String,
    name: Name,
    lines: Vec<Line>,
    corrects: bool,
    form: Option<Form>,
    error: Option<String>,
}

/// A record in words.
struct Line {
    id: RecordId,
    what: String,
    at: Timestamp,
    received_at: Timestamp,
    by: String,
    voided: Option<String>,
    open: bool,
}

/// An attendance as its viewer may see it.
struct Found {
    shift: shifts::Model,
    post: post::Model,
    name: Name,
    corrects: bool,
}

async fn find(app: &App, actor: &Actor, (id, helper): (ShiftId, HelperId)) -> Result<Found> {
    let db = app.store.read();
    let (shift, post) = queries::shift(db, actor, id).await?;
    let names = queries::names(db, std::slice::from_ref(&shift))
        .await?
        .remove(&id)
        .unwrap_or_default();
    let leads = queries::leads(actor, &names);
    let name = names
        .into_iter()
        .find(|name| name.helper == helper)
        .filter(|name| leads || queries::sees(actor, &shift, name))
        .ok_or_else(Problem::not_found)?;
    Ok(Found {
        corrects: leads || actor.may(Role::STAFF, &shift.place_path),
        shift,
        post,
        name,
    })
}

fn form(page: &Page, found: &Found) -> Form {
    let action = format!("/shifts/{}/helpers/{}/times", found.shift.id, found.name.helper);
    Form::new(page, action, "muster-set-times")
        .field(page, "in_at", "muster-in", Control::DateTime)
        .field(page, "out_at", "muster-out", Control::DateTime)
        .required(page, "reason", "muster-reason", Control::Text)
}

/// A moment as the form's control wants it.
fn input(at: Option<Timestamp>) -> String {
    at.map(|at| at.civil().strftime("%Y-%m-%dT%H:%M").to_string())
        .unwrap_or_default()
}

async fn draw(
    app: &App,
    page: Page,
    found: Found,
    form: Option<Form>,
    failed: Option<(Option<RecordId>, String)>,
) -> Result<Response> {
    let activities = activity::all(app.store.read()).await?;
    let what = |traced: &Traced| {
        let record = &traced.record;
        let kind = page.t(&format!("record-kind-{}", record.kind.replace('.', "-")));
        match record.body::<Work>() {
            Ok(body) if record.kind == WORK => {
                let activity = activities.iter().find(|row| row.code == body.activity);
                let words = activity.map_or(body.activity.as_str(), |row| page.pick(&row.zh, &row.en));
                format!("{words} {}", body.quantity)
            }
            _ => kind,
        }
    };
    let open = failed.as_ref().and_then(|(record, _)| *record);
    let lines = correct::trace(app, &found.shift, found.name.helper)
        .await?
        .iter()
        .map(|traced| Line {
            id: traced.record.id,
            what: what(traced),
            at: traced.record.at,
            received_at: traced.record.received_at,
            by: traced
                .by
                .clone()
                .unwrap_or_else(|| page.t("muster-record-by-system")),
            voided: traced.voided.clone(),
            open: open == Some(traced.record.id),
        })
        .collect();
    let wrong = failed.is_some() || form.is_some();
    let form = form.or_else(|| {
        let typed = Typed::default()
            .set("in_at", input(found.name.in_at))
            .set("out_at", input(found.name.out_at));
        found.corrects.then(|| self::form(&page, &found).fill(&typed))
    });
    let drawn = Page::draw(&AttendancePage {
        title: found.name.name.clone(),
        post: found.post.name,
        shift: found.shift,
        name: found.name,
        lines,
        corrects: found.corrects,
        form,
        error: failed.map(|(_, words)| words),
        page,
    })?;
    Ok(if wrong { Page::again(drawn) } else { drawn })
}

pub async fn show(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<(ShiftId, HelperId)>,
) -> Answer {
    let found = find(&app, &actor, id).await?;
    Ok(draw(&app, page, found, None, None).await?)
}

pub async fn times(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<(ShiftId, HelperId)>,
    typed: Typed,
) -> Answer {
    let found = find(&app, &actor, id).await?;
    if !found.corrects {
        return Err(Problem::forbidden().into());
    }
    match Times::read(&typed, &found.shift, app.now()) {
        Ok(times) => {
            let refused = correct::times(&app, &field, &actor, &found.shift, id.1, &times).await?;
            answer(&app, page, found, id, refused, None).await
        }
        Err(errors) => {
            let form = form(&page, &found).fill(&typed).errors(&page, &errors);
            Ok(draw(&app, page, found, Some(form), None).await?)
        }
    }
}

pub async fn void(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<(ShiftId, HelperId)>,
    typed: Typed,
) -> Answer {
    let found = find(&app, &actor, id).await?;
    if !found.corrects {
        return Err(Problem::forbidden().into());
    }
    let mut check = typed.check();
    let record: RecordId = check.parse("record", "unknown");
    let reason = check.text("reason", 500);
    let Ok(reason) = check.done(reason) else {
        let words = page.t("muster-void-needs-reason");
        return Ok(draw(&app, page, found, None, Some((Some(record), words))).await?);
    };
    // Only what this page shows: a record of this shift and helper.
    let trace = correct::trace(&app, &found.shift, id.1).await?;
    if !trace.iter().any(|traced| traced.record.id == record) {
        return Err(Problem::not_found().into());
    }
    let refused = correct::one(&app, &field, &actor, &found.shift, record, &reason).await?;
    answer(&app, page, found, id, refused, Some(record)).await
}

async fn answer(
    app: &App,
    page: Page,
    found: Found,
    (shift, helper): (ShiftId, HelperId),
    refused: Option<&'static str>,
    record: Option<RecordId>,
) -> Answer {
    if let Some(why) = refused {
        let why = page.t(&format!("record-{why}"));
        let words = page.t1("problem-not-recorded", "why", why);
        return Ok(draw(app, page, found, None, Some((record, words))).await?);
    }
    let to = format!("/shifts/{shift}/helpers/{helper}?done=muster-corrected");
    Ok(Redirect::to(&to).into_response())
}
