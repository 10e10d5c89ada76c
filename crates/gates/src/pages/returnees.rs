//! Those who have come back from elsewhere: the list of a day, for the report upwards; registering one at the desk.

use accounts::Actor;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect},
};
use field::{Field, Status};
use kit::{Day, FieldError, Result, Role, id::RecordId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use super::{days, degrees};
use crate::{
    body::{RETURNEE, Returnee},
    model::returnee,
};

/// `GET /returnees`; today's when no day is asked for.
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let definition = Definition {
        path: "/returnees".into(),
        columns: list::columns(
            &page,
            &[
                ("at", "gate-time"),
                ("", "gate-who"),
                ("", "gate-phone"),
                ("", "gate-from"),
                ("", "gate-arrived"),
                ("", "gate-staying"),
                ("", "gate-gate"),
                ("", "gate-health"),
                ("", "gate-travel"),
                ("", "gate-temperature"),
            ],
        ),
        filters: vec![Filter {
            name: "day",
            label: page.t("gate-day"),
            options: days(&page),
        }],
        default_sort: "-at",
        search: String::new(),
        empty: page.t("gate-returnees-none"),
        export: page.t("gate-returnees"),
    };
    let export = query.filter("format") == "xlsx";
    let (words, asked) = (page.clone(), query.filter("day"));
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "gate.returnees-export").await?;
    }
    let actions = if actor.has(Role::STAFF) {
        vec![("/returnees/new".to_owned(), page.t("gate-returnee-new"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("gate-returnees"), actions)?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, day: &str, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let mut select = returnee::Entity::find().filter(scope.community(returnee::Column::CommunityId));
    if let Ok(day) = day.parse::<Day>() {
        select = select
            .filter(returnee::Column::At.gte(day.start()))
            .filter(returnee::Column::At.lt(day.next().start()));
    }
    let found = window
        .cut(select, returnee::Column::At, returnee::Column::Id)
        .all(db)
        .await?;
    let gates = places::tree::names(db, found.iter().map(|row| row.gate_id)).await?;
    let code = |prefix: &str, code: &str| {
        if code.is_empty() {
            Cell::Text(String::new())
        } else {
            let colour = match code {
                "red" | "marked" => "red",
                "yellow" => "yellow",
                "none" => "secondary",
                _ => "green",
            };
            Cell::Badge(page.code(prefix, code), colour)
        }
    };
    Ok(found
        .into_iter()
        .map(|row| Row {
            id: row.id.0,
            key: row.at.into(),
            href: None,
            cells: vec![
                row.at.minute_text().into(),
                row.name.into(),
                people::numbers::masked_phone(&app.cipher, row.phone_sealed.as_ref()).into(),
                row.origin.into(),
                row.arrived.to_string().into(),
                row.staying.into(),
                gates.get(&row.gate_id).cloned().unwrap_or_default().into(),
                code("gate-health", &row.health),
                code("gate-travel", &row.travel),
                degrees(row.temperature).into(),
            ],
        })
        .collect())
}

fn form(page: &Page) -> Form {
    Form::new(page, "/returnees/new", "gate-register")
        .field(page, "id", "gate-register", Control::Hidden)
        .required(page, "place", "gate-community", Control::Text)
        .required(page, "name", "gate-who", Control::Text)
        .required(page, "phone", "gate-phone", Control::Phone)
        .field(page, "identity", "gate-identity", Control::Text)
        .required(page, "from", "gate-from", Control::Text)
        .required(page, "arrived", "gate-arrived", Control::Date)
        .required(page, "staying", "gate-staying", Control::Text)
        .cancel(page, "/returnees")
}

/// `GET /returnees/new`
pub async fn new(page: Page) -> Answer {
    let typed = Typed::default()
        .set("id", RecordId::fresh(page.now))
        .set("arrived", page.now.day());
    let title = page.t("gate-returnee-new");
    Ok(form(&page).fill(&typed).answer(page, title)?)
}

/// `POST /returnees/new`: the same record as a phone makes at a gate.
pub async fn create(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    typed: Typed,
) -> Answer {
    let place =
        places::typed::place(app.store.read(), &actor.scope(Role::STAFF), &typed.get("place")).await?;
    let mut check = typed.check();
    let body = Returnee {
        gate: place
            .as_ref()
            .ok()
            .and_then(|place| place.as_ref())
            .map(|place| place.id)
            .unwrap_or_default(),
        name: check.text("name", 40),
        phone: check.phone("phone"),
        identity: check.optional("identity", 20),
        from: check.text("from", 60),
        arrived: check.parse("arrived", "date"),
        staying: check.text("staying", 60),
        household: None,
        resident: None,
        health: String::new(),
        travel: String::new(),
        temperature: None,
        passage: None,
    };
    if typed.get("phone").is_empty() {
        check.error(FieldError::new("phone", "required"));
    }
    if !body.identity.is_empty() && people::numbers::identity(&body.identity).is_none() {
        check.error(FieldError::new("identity", "people-identity"));
    }
    if !check.text("place", 100).is_empty() && !matches!(place, Ok(Some(_))) {
        check.error(FieldError::new("place", place.err().unwrap_or("unknown")));
    }
    let errors = match check.done(()) {
        Ok(()) => {
            let id = typed
                .get("id")
                .parse()
                .unwrap_or_else(|_| RecordId::fresh(app.now()));
            let outcome = field.record(&actor, id, RETURNEE, app.now(), None, &body).await?;
            if !matches!(outcome.status, Status::Rejected) {
                return Ok(Redirect::to("/returnees?done=saved").into_response());
            }
            vec![FieldError::new("place", "unknown")]
        }
        Err(errors) => errors,
    };
    let title = page.t("gate-returnee-new");
    Ok(form(&page)
        .fill(&typed)
        .errors(&page, &errors)
        .answer(page, title)?)
}
