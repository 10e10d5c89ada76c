//! Pages of calls.

use accounts::Actor;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use kit::{Result, Role, id::PlaceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};

use crate::{
    call::{self, NewCall},
    model::{CallState, call as calls},
    pages::{place_typed, weekday_choices},
    queries,
};

/// Badge of a state.
pub fn badge(page: &Page, state: CallState) -> Cell {
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
        columns: list::columns(
            &page,
            &[
                ("", "muster-call"),
                ("", "muster-place"),
                ("day", "muster-first-day"),
                ("", "muster-last-day"),
                ("", "muster-people-per-day"),
                ("", "muster-state"),
            ],
        ),
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
            if let Some(state) = CallState::of(&state) {
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
