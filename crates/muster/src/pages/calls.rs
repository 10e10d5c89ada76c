//! Pages of calls.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    FieldError, Result, Role,
    id::{CallId, OrgId, PlaceId},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Column, Definition, Filter, Window},
    problem::Answer,
};

use crate::{
    call::{self, NewCall},
    model::{CallState, call as calls},
    pages::{place_typed, weekday_choices},
    queries::{self, Figures},
};

/// Badge of a state.
fn badge(page: &Page, state: CallState) -> Cell {
    let (key, colour) = match state {
        CallState::Draft => ("muster-call-draft", "secondary"),
        CallState::Open => ("muster-call-open", "green"),
        CallState::Closed => ("muster-call-closed", "blue"),
        CallState::Cancelled => ("muster-call-cancelled", "red"),
    };
    Cell::Badge(page.t(key), colour)
}

pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let state = query.filter("state");
    let definition = Definition {
        path: "/calls".into(),
        columns: vec![
            Column {
                sort: "",
                label: page.t("muster-call"),
            },
            Column {
                sort: "",
                label: page.t("muster-place"),
            },
            Column {
                sort: "day",
                label: page.t("muster-first-day"),
            },
            Column {
                sort: "",
                label: page.t("muster-last-day"),
            },
            Column {
                sort: "",
                label: page.t("muster-people-per-day"),
            },
            Column {
                sort: "",
                label: page.t("muster-state"),
            },
        ],
        filters: vec![Filter {
            name: "state",
            label: page.t("muster-state"),
            options: ["draft", "open", "closed", "cancelled"]
                .iter()
                .map(|s| ((*s).to_owned(), page.t(&format!("muster-call-{s}"))))
                .collect(),
        }],
        default_sort: "-day",
        search: page.t("muster-search-calls"),
        empty: page.t("muster-no-calls"),
        export: "calls".into(),
    };
    let words = page.clone();
    let rights = queries::calls(&actor);
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page, rights, state) = (app.clone(), words.clone(), rights.clone(), state.clone());
        async move {
            let mut select = calls::Entity::find().filter(rights);
            if let Ok(state) = <CallState as sea_orm::ActiveEnum>::try_from_value(&state) {
                select = select.filter(calls::Column::State.eq(state));
            }
            if !window.q.is_empty() {
                select = select
                    .filter(calls::Column::Title.gte(window.q.as_str()))
                    .filter(calls::Column::Title.lt(format!("{}\u{10FFFF}", window.q)));
            }
            let rows = window
                .cut(select, calls::Column::FirstDay, calls::Column::Id)
                .all(app.store.read())
                .await?;
            let places = places::tree::names(app.store.read(), rows.iter().map(|row| row.place_id)).await?;
            Ok(rows
                .into_iter()
                .map(|row| Row {
                    id: row.id.0,
                    key: row.first_day.to_string().into(),
                    href: Some(format!("/calls/{}", row.id)),
                    cells: vec![
                        row.title.into(),
                        places.get(&row.place_id).cloned().unwrap_or_default().into(),
                        row.first_day.to_string().into(),
                        row.last_day.to_string().into(),
                        Cell::int(row.people_per_day),
                        badge(&page, row.state),
                    ],
                })
                .collect())
        }
    })
    .await?;
    let actions = if actor.has(Role::STAFF) {
        vec![("/calls/new".into(), page.t("muster-new-call"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("muster-calls"), actions)?)
}

fn new_form(page: &Page, places: Vec<String>) -> Form {
    let mut form = Form::new(page, "/calls/new", "muster-save-draft")
        .required(page, "title", "muster-call-title", Control::Text)
        .required(page, "place", "muster-place-typed", Control::Text)
        .field(page, "purpose", "muster-purpose", Control::Area)
        .required(page, "first_day", "muster-first-day", Control::Date)
        .required(page, "last_day", "muster-last-day", Control::Date)
        .required(
            page,
            "weekdays",
            "muster-weekdays",
            Control::Checks(weekday_choices(page)),
        )
        .required(page, "from_time", "muster-from-time", Control::Time)
        .required(page, "to_time", "muster-to-time", Control::Time)
        .required(
            page,
            "people_per_day",
            "muster-people-per-day",
            Control::Number(1, 100_000),
        )
        .field(
            page,
            "skills",
            "muster-skills",
            Control::Checks(people::skills::choices(page)),
        )
        .field(page, "answer_by", "muster-answer-by", Control::DateTime)
        .cancel(page, "/calls");
    if let Some(place) = form.fields.iter_mut().find(|field| field.name == "place") {
        place.suggest = places;
    }
    form
}

/// Places that the form suggests: those at which the actor holds a role.
async fn own_places(app: &App, actor: &Actor) -> Result<Vec<String>> {
    let ids: Vec<PlaceId> = actor
        .grants
        .iter()
        .filter(|g| Role::STAFF.contains(&g.role))
        .filter_map(|g| g.place_id)
        .collect();
    let mut names: Vec<String> = places::tree::names(app.store.read(), ids)
        .await?
        .into_values()
        .collect();
    names.sort();
    Ok(names)
}

pub async fn new(State(app): State<App>, actor: Actor, page: Page) -> Answer {
    let places = own_places(&app, &actor).await?;
    let today = app.now().day();
    let typed = Typed::default()
        .set("first_day", today)
        .set("last_day", today)
        .set("weekdays", "1,2,3,4,5,6,7")
        .set("from_time", "08:00")
        .set("to_time", "20:00")
        .set("place", places.first().cloned().unwrap_or_default());
    let title = page.t("muster-new-call");
    Ok(new_form(&page, places).fill(&typed).answer(page, title)?)
}

pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let scope = actor.scope(Role::STAFF);
    let place = place_typed(app.store.read(), &scope, &typed.get("place")).await?;
    match NewCall::read(&typed, place) {
        Ok(new) => {
            let id = call::create(&app, &actor, new).await?;
            Ok(Redirect::to(&format!("/calls/{id}?done=saved")).into_response())
        }
        Err(errors) => {
            let places = own_places(&app, &actor).await?;
            let title = page.t("muster-new-call");
            Ok(new_form(&page, places)
                .fill(&typed)
                .errors(&page, &errors)
                .answer(page, title)?)
        }
    }
}

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
    let reader = actor.may(Role::READERS, &call.place_path);
    let own = actor.orgs(&[Role::Coordinator]);
    let mine = actor.orgs(&[Role::Coordinator, Role::TeamLeader]);
    let mut rows = queries::call_orgs(db, &call).await?;
    // An organisation sees its own line, not what others were asked.
    rows.retain(|row| reader || mine.contains(&row.org_id));
    let names = people::queries::org_names(db, rows.iter().map(|row| row.org_id)).await?;
    let figures = queries::figures(db, call.id).await?;
    let mut orgs: Vec<OrgLine> = rows
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
    orgs.sort_by(|a, b| a.name.cmp(&b.name));

    let mut ask = Form::new(&page, format!("/calls/{}/ask", call.id), "muster-ask")
        .required(&page, "org", "muster-org-typed", Control::Text)
        .required(
            &page,
            "asked",
            "muster-asked-per-day",
            Control::Number(1, 100_000),
        );
    if staff && let Some(field) = ask.fields.first_mut() {
        field.suggest = people::queries::org_offers(db, actor).await?;
    }
    if let Some((typed, errors)) = &mishap.ask {
        ask = ask.fill(typed).errors(&page, errors);
    }
    let answering: Vec<(String, String)> = orgs
        .iter()
        .filter(|org| org.own || staff)
        .map(|org| (org.id.to_string(), org.name.clone()))
        .collect();
    let pledge = (call.state == CallState::Open && !answering.is_empty()).then(|| {
        let first = orgs
            .iter()
            .find(|org| org.own || staff)
            .map_or(0, |org| org.pledged.unwrap_or(org.asked));
        let typed = Typed::default().set("people", first);
        let form = Form::new(&page, format!("/calls/{}/pledge", call.id), "muster-pledge")
            .required(&page, "org", "muster-org", Control::Select(answering))
            .required(
                &page,
                "people",
                "muster-pledged-per-day",
                Control::Number(0, 100_000),
            )
            .field(&page, "note", "muster-note", Control::Text)
            .fill(&typed);
        match &mishap.pledge {
            Some((typed, errors)) => form.fill(typed).errors(&page, errors),
            None => form,
        }
    });
    let place = places::tree::load(db, call.place_id).await?;
    let place = places::tree::full_name(db, &place).await?;
    let failed = mishap.error.is_some() || mishap.ask.is_some() || mishap.pledge.is_some();
    let weekdays = if call.weekdays == "1234567" {
        page.t("muster-every-day")
    } else {
        call.weekdays
            .chars()
            .map(|day| page.t(&format!("muster-weekday-{day}")))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let numbers = [
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
    .to_vec();
    let drawn = Page::draw(&CallPage {
        title: call.title.clone(),
        state: badge(&page, call.state),
        place,
        weekdays,
        skills: people::skills::words(&page, &call.skills),
        numbers,
        orgs,
        figures,
        staff,
        error: mishap.error,
        ask,
        pledge,
        call,
        page,
    })?;
    let status = if failed {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, drawn).into_response())
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
