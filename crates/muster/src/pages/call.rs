//! The page of a call: whom it asks, what they pledged, what has come of it.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    FieldError, Result, Role,
    id::{CallId, OrgId},
};
use shell::{
    App, Cell, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    call,
    model::{CallState, call as calls},
    pages::calls::badge,
    queries::{self, Figures},
};

/// One organisation's line on a call's page.
struct OrgLine {
    id: OrgId,
    name: String,
    asked: i64,
    pledged: Option<i64>,
    note: String,
    answered: String,
    minutes: Option<i64>,
    own: bool,
}

#[derive(Template)]
#[template(path = "call.html")]
struct CallPage {
    page: Page,
    title: String,
    call: calls::Model,
    state: Cell,
    place: String,
    weekdays: String,
    skills: String,
    orgs: Vec<OrgLine>,
    numbers: Vec<(String, i64)>,
    figures: Figures,
    staff: bool,
    error: Option<String>,
    ask: Form,
    pledge: Option<Form>,
}

/// What to show beside the call itself: a sentence on top, or errors in one of its forms.
#[derive(Default)]
struct Mishap {
    error: Option<String>,
    ask: Option<(Typed, Vec<FieldError>)>,
    pledge: Option<(Typed, Vec<FieldError>)>,
}

async fn draw(app: &App, actor: &Actor, page: Page, call: calls::Model, mishap: Mishap) -> Result<Response> {
    let db = app.store.read();
    let staff = actor.may(Role::STAFF, &call.place_path);
    let failed = mishap.error.is_some() || mishap.ask.is_some() || mishap.pledge.is_some();
    let figures = queries::figures(db, call.id).await?;
    let orgs = org_lines(app, actor, &call).await?;
    let offers = if staff {
        people::queries::org_offers(db, actor).await?
    } else {
        vec![]
    };
    let place = places::tree::load(db, call.place_id).await?;
    let drawn = Page::draw(&CallPage {
        title: call.title.clone(),
        state: badge(&page, call.state),
        place: places::tree::full_name(db, &place).await?,
        weekdays: weekdays(&page, &call.weekdays),
        skills: people::skills::words(&page, &call.skills),
        numbers: numbers(&page, &orgs, &figures),
        ask: ask_form(&page, &call, offers, mishap.ask),
        pledge: pledge_form(&page, &call, &orgs, staff, mishap.pledge),
        orgs,
        figures,
        staff,
        error: mishap.error,
        call,
        page,
    })?;
    Ok(if failed { Page::again(drawn) } else { drawn })
}

/// The organisations that were asked, by name. An organisation sees its own line, not what others were asked.
async fn org_lines(app: &App, actor: &Actor, call: &calls::Model) -> Result<Vec<OrgLine>> {
    let db = app.store.read();
    let reader = actor.may(Role::READERS, &call.place_path);
    let own = actor.orgs(&[Role::Coordinator]);
    let mine = actor.orgs(&[Role::Coordinator, Role::TeamLeader]);
    let mut rows = queries::call_orgs(db, call).await?;
    rows.retain(|row| reader || mine.contains(&row.org_id));
    let names = people::queries::org_names(db, rows.iter().map(|row| row.org_id)).await?;
    let mut lines: Vec<OrgLine> = rows
        .into_iter()
        .map(|row| OrgLine {
            id: row.org_id,
            name: names.get(&row.org_id).cloned().unwrap_or_default(),
            asked: row.asked,
            pledged: row.pledged,
            note: row.note,
            answered: row
                .answered_at
                .map(kit::Timestamp::minute_text)
                .unwrap_or_default(),
            minutes: row
                .answered_at
                .zip(row.sent_at)
                .map(|(answered, sent)| answered.since(sent) / 60_000),
            own: own.contains(&row.org_id),
        })
        .collect();
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(lines)
}

/// Asks one more organisation, of those that are offered.
fn ask_form(
    page: &Page,
    call: &calls::Model,
    offers: Vec<String>,
    mishap: Option<(Typed, Vec<FieldError>)>,
) -> Form {
    let mut form = Form::new(page, format!("/calls/{}/ask", call.id), "muster-ask")
        .required(page, "org", "muster-org-typed", Control::Text)
        .required(page, "asked", "muster-asked-per-day", Control::Number(1, 100_000));
    if let Some(field) = form.fields.first_mut() {
        field.suggest = offers;
    }
    match mishap {
        Some((typed, errors)) => form.fill(&typed).errors(page, &errors),
        None => form,
    }
}

/// Answers an open call for an organisation: its own coordinator, or staff to whom it said so.
fn pledge_form(
    page: &Page,
    call: &calls::Model,
    orgs: &[OrgLine],
    staff: bool,
    mishap: Option<(Typed, Vec<FieldError>)>,
) -> Option<Form> {
    let answering: Vec<&OrgLine> = orgs.iter().filter(|org| org.own || staff).collect();
    let first = answering.first().filter(|_| call.state == CallState::Open)?;
    let typed = Typed::default().set("people", first.pledged.unwrap_or(first.asked));
    let choices = answering
        .iter()
        .map(|org| (org.id.to_string(), org.name.clone()))
        .collect();
    let form = Form::new(page, format!("/calls/{}/pledge", call.id), "muster-pledge")
        .required(page, "org", "muster-org", Control::Select(choices))
        .required(
            page,
            "people",
            "muster-pledged-per-day",
            Control::Number(0, 100_000),
        )
        .field(page, "note", "muster-note", Control::Text)
        .fill(&typed);
    Some(match mishap {
        Some((typed, errors)) => form.fill(&typed).errors(page, &errors),
        None => form,
    })
}

/// The days of the week on which helpers are wanted, `1` for Monday.
fn weekdays(page: &Page, days: &str) -> String {
    if days == "1234567" {
        return page.t("muster-every-day");
    }
    let words: Vec<String> = days
        .chars()
        .map(|day| page.t(&format!("muster-weekday-{day}")))
        .collect();
    words.join(" ")
}

/// From what was asked to who came, a number each.
fn numbers(page: &Page, orgs: &[OrgLine], figures: &Figures) -> Vec<(String, i64)> {
    [
        ("muster-figure-asked", orgs.iter().map(|org| org.asked).sum()),
        (
            "muster-figure-pledged",
            orgs.iter().filter_map(|org| org.pledged).sum(),
        ),
        ("muster-figure-places", figures.places),
        ("muster-figure-names", figures.names),
        ("muster-figure-attended", figures.attended),
    ]
    .map(|(key, number)| (page.t(key), number))
    .to_vec()
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<CallId>) -> Answer {
    let call = queries::call(app.store.read(), &actor, id).await?;
    Ok(draw(&app, &actor, page, call, Mishap::default()).await?)
}

/// Back to the call after a step; a step that was not possible is told on its page.
async fn after(app: &App, actor: &Actor, page: Page, id: CallId, done: &str, step: Result<()>) -> Answer {
    match step {
        Ok(()) => Ok(Redirect::to(&format!("/calls/{id}?done={done}")).into_response()),
        Err(problem) if problem.code.status == 409 => {
            let call = queries::call(app.store.read(), actor, id).await?;
            let error = Some(super::sentence(&page, &problem));
            Ok(draw(
                app,
                actor,
                page,
                call,
                Mishap {
                    error,
                    ..Mishap::default()
                },
            )
            .await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The call, if the actor arranges the work at its place.
async fn own_call(app: &App, actor: &Actor, id: CallId) -> Result<calls::Model> {
    let call = queries::call(app.store.read(), actor, id).await?;
    actor.require(Role::STAFF, &call.place_path)?;
    Ok(call)
}

pub async fn ask(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<CallId>,
    typed: Typed,
) -> Answer {
    let call = own_call(&app, &actor, id).await?;
    let org = people::queries::org_typed(app.store.read(), &actor, &typed.get("org")).await?;
    let mut check = typed.check();
    let asked = check.number("asked", 1, 100_000);
    if !check.text("org", 100).is_empty() && org.is_none() {
        check.error(FieldError::new("org", "unknown"));
    }
    match (check.done(asked), org) {
        (Ok(asked), Some(org)) => {
            let step = call::ask(&app, &actor, &call, org.id, asked).await;
            after(&app, &actor, page, id, "muster-asked", step).await
        }
        (checked, _) => {
            let errors = checked.err().unwrap_or_default();
            let mishap = Mishap {
                ask: Some((typed, errors)),
                ..Mishap::default()
            };
            Ok(draw(&app, &actor, page, call, mishap).await?)
        }
    }
}

pub async fn send(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<CallId>) -> Answer {
    let call = own_call(&app, &actor, id).await?;
    let step = call::send(&app, &actor, &call).await;
    after(&app, &actor, page, id, "muster-sent", step).await
}

pub async fn close(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<CallId>) -> Answer {
    let call = own_call(&app, &actor, id).await?;
    let step = call::close(&app, &actor, &call).await;
    after(&app, &actor, page, id, "saved", step).await
}

pub async fn cancel(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<CallId>) -> Answer {
    let call = own_call(&app, &actor, id).await?;
    let step = call::cancel(&app, &actor, &call).await;
    after(&app, &actor, page, id, "saved", step).await
}

pub async fn pledge(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<CallId>,
    typed: Typed,
) -> Answer {
    let call = queries::call(app.store.read(), &actor, id).await?;
    let mut check = typed.check();
    let org: OrgId = check.parse("org", "unknown");
    let people = check.number("people", 0, 100_000);
    let note = check.optional("note", 300);
    let lines = queries::call_orgs(app.store.read(), &call).await?;
    let asked = lines
        .iter()
        .find(|line| line.org_id == org)
        .map(|line| line.asked);
    if let Some(asked) = asked.filter(|asked| people > *asked) {
        check.error(FieldError::new("people", "pledge-above").with("most", asked));
    }
    match check.done((org, people, note)) {
        Ok((org, people, note)) => {
            let own = actor.orgs(&[Role::Coordinator]).contains(&org);
            if !own {
                actor.require(Role::STAFF, &call.place_path)?;
            }
            let step = call::pledge(&app, &actor, &call, org, people, &note).await;
            after(&app, &actor, page, id, "muster-pledged", step).await
        }
        Err(errors) => {
            let mishap = Mishap {
                pledge: Some((typed, errors)),
                ..Mishap::default()
            };
            Ok(draw(&app, &actor, page, call, mishap).await?)
        }
    }
}
