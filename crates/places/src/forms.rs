//! Forms: a new place, a change, who answers.

use accounts::Actor;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{FieldError, Problem, Result, Role, id::PlaceId, problem::code};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    create::{self, FLOORS_MOST, NAME_MOST, NewPlace},
    edit::{self, Change},
    model::{PlaceKind, place},
    pages::kind_name,
    responsibility::{self, Answerer, WORDS_MOST},
    tree,
};

/// The place, for one who may change it.
async fn mine(app: &App, actor: &Actor, id: PlaceId) -> Result<place::Model> {
    tree::find(app.store.read(), &actor.scope(Role::STAFF), id).await
}

/// Errors of fields go back into the form; everything else is a problem.
pub(crate) fn fields<T>(result: Result<T>) -> Result<Result<T, Vec<FieldError>>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(problem) if problem.code == code::INVALID => Ok(Err(problem.fields)),
        Err(problem) => Err(problem),
    }
}

fn back(id: PlaceId, done: &str) -> Response {
    Redirect::to(&format!("/places/{id}?done={done}")).into_response()
}

/// `GET /places/{id}/new`
pub async fn new(State(app): State<App>, page: Page, actor: Actor, Path(id): Path<PlaceId>) -> Answer {
    let parent = mine(&app, &actor, id).await?;
    let typed = Typed::default()
        .set(
            "kind",
            parent.kind.inside().first().map_or("", |kind| kind.name()),
        )
        .set("floors", 0);
    Ok(new_form(page, &parent, &typed, &[])?)
}

fn new_form(page: Page, parent: &place::Model, typed: &Typed, errors: &[FieldError]) -> Result<Response> {
    let inside = parent.kind.inside();
    if inside.is_empty() {
        return Err(Problem::not_found());
    }
    let floors = inside.iter().any(|kind| kind.has_floors());
    let kinds = inside
        .into_iter()
        .map(|kind| (kind.name().to_owned(), kind_name(&page, kind)))
        .collect();
    let mut form = Form::new(&page, format!("/places/{}/new", parent.id), "add")
        .required(&page, "kind", "places-kind", Control::Select(kinds))
        .required(&page, "name", "places-name", Control::Text);
    if floors {
        form = form
            .field(&page, "floors", "places-floors", Control::Number(0, FLOORS_MOST))
            .field(&page, "lift", "places-lift", Control::Check);
    }
    let title = page.t1("places-new-in", "place", &parent.name);
    form.cancel(&page, &format!("/places/{}", parent.id))
        .fill(typed)
        .errors(&page, errors)
        .answer(page, title)
}

/// `POST /places/{id}/new`
pub async fn create(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    Path(id): Path<PlaceId>,
    typed: Typed,
) -> Answer {
    let parent = mine(&app, &actor, id).await?;
    let mut check = typed.check();
    let kind = check.parse_optional::<PlaceKind>("kind", "invalid");
    if kind.is_none() && check.errors.is_empty() {
        check.error(FieldError::new("kind", "required"));
    }
    let new = NewPlace {
        parent: Some(id),
        kind: kind.unwrap_or(PlaceKind::Unit),
        name: check.text("name", NAME_MOST),
        floors: check.parse_optional("floors", "not-a-number").unwrap_or_default(),
        lift: typed.ticked("lift"),
    };
    let errors = match check.done(new) {
        Err(errors) => errors,
        Ok(new) => {
            let tx = app.store.begin().await?;
            let Err(errors) = fields(create::create(&tx, app.now(), &actor, new).await)? else {
                tx.commit().await?;
                return Ok(back(id, "place-created"));
            };
            errors
        }
    };
    Ok(new_form(page, &parent, &typed, &errors)?)
}

/// `GET /places/{id}/edit`
pub async fn edit(State(app): State<App>, page: Page, actor: Actor, Path(id): Path<PlaceId>) -> Answer {
    let place = mine(&app, &actor, id).await?;
    let typed = Typed::default()
        .set("name", &place.name)
        .set("floors", place.floors)
        .set("lift", place.lift);
    Ok(edit_form(page, &place, &typed, &[])?)
}

fn edit_form(page: Page, place: &place::Model, typed: &Typed, errors: &[FieldError]) -> Result<Response> {
    if place.code.is_some() {
        return Err(Problem::new(edit::OFFICIAL));
    }
    let mut form = Form::new(&page, format!("/places/{}/edit", place.id), "save").required(
        &page,
        "name",
        "places-name",
        Control::Text,
    );
    if place.kind.has_floors() {
        form = form
            .field(&page, "floors", "places-floors", Control::Number(0, FLOORS_MOST))
            .field(&page, "lift", "places-lift", Control::Check);
    }
    let title = page.t1("places-edit-of", "place", &place.name);
    form.cancel(&page, &format!("/places/{}", place.id))
        .fill(typed)
        .errors(&page, errors)
        .answer(page, title)
}

/// `POST /places/{id}/edit`
pub async fn save(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    Path(id): Path<PlaceId>,
    typed: Typed,
) -> Answer {
    let place = mine(&app, &actor, id).await?;
    let mut check = typed.check();
    let change = Change {
        name: check.text("name", NAME_MOST),
        floors: check.parse_optional("floors", "not-a-number").unwrap_or_default(),
        lift: typed.ticked("lift"),
    };
    let errors = match check.done(change) {
        Err(errors) => errors,
        Ok(change) => {
            let tx = app.store.begin().await?;
            let Err(errors) = fields(edit::edit(&tx, app.now(), &actor, id, change).await)? else {
                tx.commit().await?;
                return Ok(back(id, "saved"));
            };
            errors
        }
    };
    Ok(edit_form(page, &place, &typed, &errors)?)
}

/// `GET /places/{id}/responsibility`
pub async fn answerer(State(app): State<App>, page: Page, actor: Actor, Path(id): Path<PlaceId>) -> Answer {
    let place = mine(&app, &actor, id).await?;
    let typed = match responsibility::of(app.store.read(), &place).await? {
        None => Typed::default().set("since", app.now().day()),
        Some(answer) => Typed::default()
            .set("unit", answer.unit)
            .set("person", answer.person)
            .set("since", answer.since),
    };
    Ok(answer_form(page, &place, &typed, &[])?)
}

fn answer_form(page: Page, place: &place::Model, typed: &Typed, errors: &[FieldError]) -> Result<Response> {
    let title = page.t1("places-answer-for", "place", &place.name);
    Form::new(&page, format!("/places/{}/responsibility", place.id), "save")
        .required(&page, "unit", "places-answer-unit", Control::Text)
        .required(&page, "person", "places-answer-person", Control::Text)
        .field(&page, "phone", "places-answer-phone", Control::Phone)
        .required(&page, "since", "places-answer-since", Control::Date)
        .cancel(&page, &format!("/places/{}", place.id))
        .fill(typed)
        .errors(&page, errors)
        .answer(page, title)
}

/// `POST /places/{id}/responsibility`
pub async fn set_answerer(
    State(app): State<App>,
    page: Page,
    actor: Actor,
    Path(id): Path<PlaceId>,
    typed: Typed,
) -> Answer {
    let place = mine(&app, &actor, id).await?;
    let mut check = typed.check();
    let answerer = Answerer {
        unit: check.text("unit", WORDS_MOST),
        person: check.text("person", WORDS_MOST),
        phone: check.phone("phone"),
        since: check.parse("since", "date"),
    };
    let errors = match check.done(answerer) {
        Err(errors) => errors,
        Ok(answerer) => {
            let tx = app.store.begin().await?;
            let set = responsibility::set(&tx, app.now(), &actor, &app.cipher, id, answerer).await;
            let Err(errors) = fields(set)? else {
                tx.commit().await?;
                return Ok(back(id, "saved"));
            };
            errors
        }
    };
    Ok(answer_form(page, &place, &typed, &errors)?)
}

/// `POST /places/{id}/responsibility/remove`
pub async fn remove_answerer(State(app): State<App>, actor: Actor, Path(id): Path<PlaceId>) -> Answer {
    let tx = app.store.begin().await?;
    responsibility::remove(&tx, app.now(), &actor, id).await?;
    tx.commit().await?;
    Ok(back(id, "removed"))
}
