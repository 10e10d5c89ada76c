//! Passes: the list, issuing them, printing their cards.

use accounts::Actor;
use axum::{
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    FieldError, Result, Role, Timestamp,
    id::{HouseholdId, PlaceId},
    problem::code,
    time,
};
use people::model::{household, resident};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
    sheet,
};
use store::Scope;

use super::asked_only;
use crate::{
    model::{PassKind, PassState, pass},
    pass::{
        issue::{self, Wish},
        print,
    },
};

const DAY: u64 = 24 * 3600;

/// Words and colour of where a pass stands now.
pub(super) fn state(page: &Page, row: &pass::Model, now: Timestamp) -> Cell {
    match row.state {
        PassState::Active if row.until_at <= now => Cell::Badge(page.t("pass-state-expired"), "secondary"),
        PassState::Active if row.from_at > now => Cell::Badge(page.t("pass-state-early"), "blue"),
        PassState::Active => Cell::Badge(page.t("pass-state-active"), "green"),
        PassState::Withdrawn => Cell::Badge(page.t("pass-state-withdrawn"), "red"),
        PassState::Replaced => Cell::Badge(page.t("pass-state-replaced"), "secondary"),
        PassState::Returned => Cell::Badge(page.t("pass-state-returned"), "secondary"),
    }
}

pub(super) fn kind(page: &Page, kind: PassKind) -> String {
    page.code("pass-kind", kind.name())
}

/// `GET /passes`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let options = |prefix: &str, values: &[&str]| {
        values
            .iter()
            .map(|value| ((*value).to_owned(), page.code(prefix, value)))
            .collect::<Vec<_>>()
    };
    let mut definition = Definition {
        path: "/passes".into(),
        columns: list::columns(
            &page,
            &[
                ("name", "pass-holder"),
                ("", "pass-number"),
                ("", "pass-kind"),
                ("", "gate-plate"),
                ("", "pass-until"),
                ("", "gate-state"),
            ],
        ),
        filters: vec![
            Filter {
                name: "kind",
                label: page.t("pass-kind"),
                options: options("pass-kind", &["resident", "vehicle", "visitor", "worker"]),
            },
            Filter {
                name: "state",
                label: page.t("gate-state"),
                options: options("pass-state", &["active", "withdrawn", "replaced", "returned"]),
            },
        ],
        default_sort: "name",
        search: page.t("pass-search"),
        empty: page.t("pass-none"),
        export: page.t("pass-title"),
    };
    definition
        .filters
        .extend(asked_only(&page, &query, "household", "pass-household"));
    let export = query.filter("format") == "xlsx";
    let (words, asked) = (page.clone(), query.clone());
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "pass.export").await?;
    }
    let actions = if actor.has(Role::STAFF) {
        vec![
            ("/passes/new".to_owned(), page.t("pass-new")),
            ("/passes/issue".to_owned(), page.t("pass-issue")),
            ("/passes/print".to_owned(), page.t("pass-print")),
        ]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("pass-title"), actions)?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, query: &ListQuery, window: Window) -> Result<Vec<Row>> {
    let now = app.now();
    let mut select = pass::Entity::find().filter(scope.community(pass::Column::CommunityId));
    if let Ok(kind) = PassKind::try_from_value(&query.filter("kind")) {
        select = select.filter(pass::Column::Kind.eq(kind));
    }
    if let Ok(state) = PassState::try_from_value(&query.filter("state")) {
        select = select.filter(pass::Column::State.eq(state));
    }
    if let Ok(household) = query.filter("household").parse::<HouseholdId>() {
        select = select.filter(pass::Column::HouseholdId.eq(household));
    }
    let q = window.q.trim();
    if !q.is_empty() {
        let begins = |column: pass::Column, text: &str| {
            Condition::all()
                .add(column.gte(text))
                .add(column.lt(format!("{text}\u{10FFFF}")))
        };
        let letters = q.to_ascii_lowercase();
        select = select.filter(
            Condition::any()
                .add(pass::Column::Number.eq(q.replace(' ', "")))
                .add(begins(pass::Column::Name, q))
                .add(begins(pass::Column::Pinyin, &letters))
                .add(begins(pass::Column::Initials, &letters))
                .add(begins(pass::Column::Plate, &issue::plate(q)).and(pass::Column::Plate.ne(""))),
        );
    }
    let found = window
        .cut(select, pass::Column::Pinyin, pass::Column::Id)
        .all(app.store.read())
        .await?;
    Ok(found
        .into_iter()
        .map(|row| Row {
            id: row.id.0,
            key: row.pinyin.clone().into(),
            href: Some(format!("/passes/{}", row.id)),
            cells: vec![
                issue::holder(&row).into(),
                row.number.clone().into(),
                kind(page, row.kind).into(),
                row.plate.clone().into(),
                row.until_at.minute_text().into(),
                state(page, &row, now),
            ],
        })
        .collect())
}

fn form(page: &Page) -> Form {
    let kinds = [PassKind::Visitor, PassKind::Worker, PassKind::Vehicle]
        .into_iter()
        .map(|of| (of.name().to_owned(), kind(page, of)))
        .collect();
    Form::new(page, "/passes/new", "pass-issue-one")
        .required(page, "kind", "pass-kind", Control::Select(kinds))
        .required(page, "place", "gate-community", Control::Text)
        .field(page, "name", "pass-name", Control::Text)
        .field(page, "plate", "gate-plate", Control::Text)
        .field(page, "phone", "gate-phone", Control::Phone)
        .field(page, "purpose", "pass-purpose", Control::Text)
        .required(page, "from", "pass-from", Control::DateTime)
        .required(page, "until", "pass-until", Control::DateTime)
        .cancel(page, "/passes")
}

/// `GET /passes/new`
pub async fn new(page: Page, query: ListQuery) -> Answer {
    let typed = Typed::default()
        .set("kind", "visitor")
        .set("place", query.filter("place"))
        .set("from", time::Typed(page.now))
        .set("until", time::Typed(page.now.day().next().start()));
    let title = page.t("pass-new");
    Ok(form(&page).fill(&typed).answer(page, title)?)
}

/// The community of a place that a form names, among those where the actor works.
async fn community(app: &App, actor: &Actor, text: &str) -> Result<Result<Option<PlaceId>, &'static str>> {
    let found = places::typed::place(app.store.read(), &actor.scope(Role::STAFF), text).await?;
    Ok(found.and_then(|place| match place {
        // A pass counts at the gates of one community; a whole sub-district has none.
        Some(place) if place.kind < places::PlaceKind::Community => Err("pass-not-community"),
        place => Ok(place.map(|place| place.community_id)),
    }))
}

/// `POST /passes/new`
pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let place = community(&app, &actor, &typed.get("place")).await?;
    let mut check = typed.check();
    let of = PassKind::try_from_value(&typed.get("kind"))
        .ok()
        .filter(|of| *of != PassKind::Resident);
    if of.is_none() {
        check.error(FieldError::new("kind", "invalid"));
    }
    let from = check.parse::<time::Typed>("from", "date").0;
    let until = check.parse::<time::Typed>("until", "date").0;
    if !check.text("place", 100).is_empty() && !matches!(place, Ok(Some(_))) {
        check.error(FieldError::new("place", place.err().unwrap_or("unknown")));
    }
    let wish = Wish {
        community: place.ok().flatten().unwrap_or_default(),
        kind: of.unwrap_or(PassKind::Visitor),
        resident: None,
        household: None,
        name: check.optional("name", 40),
        phone: check.phone("phone"),
        plate: check.optional("plate", 12),
        purpose: check.optional("purpose", 60),
        from,
        until,
    };
    let errors = match check.done(()) {
        Ok(()) => match issue::issue(&app, &actor, &wish).await {
            Ok(row) => return Ok(Redirect::to(&format!("/passes/{}?done=saved", row.id)).into_response()),
            Err(problem) if problem.code == code::INVALID => problem.fields,
            Err(problem) => return Err(problem.into()),
        },
        Err(errors) => errors,
    };
    let title = page.t("pass-new");
    Ok(form(&page)
        .fill(&typed)
        .errors(&page, &errors)
        .answer(page, title)?)
}

fn issue_form(page: &Page) -> Form {
    Form::new(page, "/passes/issue", "pass-issue")
        .required(page, "place", "pass-issue-place", Control::Text)
        .required(page, "days", "pass-days", Control::Number(1, 400))
        .cancel(page, "/passes")
}

/// `GET /passes/issue`: a pass to every resident of a place who has none.
pub async fn ask_issue(page: Page, query: ListQuery) -> Answer {
    let typed = Typed::default()
        .set("place", query.filter("place"))
        .set("days", 180);
    let title = page.t("pass-issue");
    Ok(issue_form(&page).fill(&typed).answer(page, title)?)
}

/// Those who live in a place at or below a community.
async fn residents_of(app: &App, place: &places::place::Model) -> Result<Vec<resident::Model>> {
    let db = app.store.read();
    let homes: std::collections::HashSet<HouseholdId> = household::Entity::find()
        .select_only()
        .column(household::Column::Id)
        .filter(household::Column::CommunityId.eq(place.community_id))
        .filter(store::scope::under(&place.path).path(household::Column::PlacePath))
        .into_tuple::<HouseholdId>()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let rows = resident::Entity::find()
        .filter(resident::Column::CommunityId.eq(place.community_id))
        .order_by_asc(resident::Column::Pinyin)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| homes.contains(&row.household_id))
        .collect())
}

/// `POST /passes/issue`: sent twice, the second finds everybody with a pass.
pub async fn issue_all(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let place =
        places::typed::place(app.store.read(), &actor.scope(Role::STAFF), &typed.get("place")).await?;
    let mut check = typed.check();
    let days = check.number("days", 1, 400);
    if !check.text("place", 100).is_empty() {
        match &place {
            Ok(Some(place)) if place.kind >= places::PlaceKind::Community => {}
            Ok(Some(_)) => check.error(FieldError::new("place", "pass-not-community")),
            other => check.error(FieldError::new(
                "place",
                other.as_ref().err().copied().unwrap_or("unknown"),
            )),
        }
    }
    match (check.done(()), place) {
        (Ok(()), Ok(Some(place))) => {
            let residents = residents_of(&app, &place).await?;
            let now = app.now();
            let span = std::time::Duration::from_secs(u64::try_from(days).unwrap_or(1) * DAY);
            let from = now.day().start();
            let issued = issue::to_residents(&app, &actor, &residents, from, from + span).await?;
            let done = if issued.is_empty() {
                "pass-issued-none"
            } else {
                "pass-issued"
            };
            Ok(Redirect::to(&format!("/passes/print?place={}&done={done}", place.id)).into_response())
        }
        (checked, _) => {
            let errors = checked.err().unwrap_or_default();
            let title = page.t("pass-issue");
            Ok(issue_form(&page)
                .fill(&typed)
                .errors(&page, &errors)
                .answer(page, title)?)
        }
    }
}

fn print_form(page: &Page) -> Form {
    Form::new(page, "/passes/print", "pass-print")
        .required(page, "place", "pass-print-place", Control::Text)
        .cancel(page, "/passes")
}

/// `GET /passes/print`
pub async fn ask_print(page: Page, query: ListQuery) -> Answer {
    let typed = Typed::default().set("place", query.filter("place"));
    let title = page.t("pass-print");
    Ok(print_form(&page).fill(&typed).answer(page, title)?)
}

/// `POST /passes/print`: the cards of a place, eight to a sheet.
pub async fn print(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let place =
        places::typed::place(app.store.read(), &actor.scope(Role::STAFF), &typed.get("place")).await?;
    let mut check = typed.check();
    let named = !check.text("place", 100).is_empty();
    let mut passes = Vec::new();
    match &place {
        Ok(Some(place)) if place.kind >= places::PlaceKind::Community => {
            passes = of_place(&app, place).await?;
            if passes.is_empty() {
                check.error(FieldError::new("place", "pass-nothing-to-print"));
            }
        }
        Ok(Some(_)) => check.error(FieldError::new("place", "pass-not-community")),
        other if named => check.error(FieldError::new(
            "place",
            other.as_ref().err().copied().unwrap_or("unknown"),
        )),
        _ => {}
    }
    if let Err(errors) = check.done(()) {
        let title = page.t("pass-print");
        return Ok(print_form(&page)
            .fill(&typed)
            .errors(&page, &errors)
            .answer(page, title)?);
    }
    accounts::audit::exported(&app, &actor, "pass.print").await?;
    Ok(file(&page, print::cards(&app, &page, &passes).await?))
}

/// Passes in use of those who live in a place; of a whole community those of cars, visitors and workers too.
async fn of_place(app: &App, place: &places::place::Model) -> Result<Vec<pass::Model>> {
    let residents: std::collections::HashSet<_> = residents_of(app, place)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let whole = place.kind == places::PlaceKind::Community;
    let rows = pass::Entity::find()
        .filter(pass::Column::CommunityId.eq(place.community_id))
        .filter(pass::Column::State.eq(PassState::Active))
        .filter(pass::Column::UntilAt.gt(app.now()))
        .order_by_asc(pass::Column::HouseholdId)
        .order_by_asc(pass::Column::Pinyin)
        .all(app.store.read())
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.resident_id.map_or(whole, |id| residents.contains(&id)))
        .take(print::MOST)
        .collect())
}

pub(super) fn file(page: &Page, pdf: Vec<u8>) -> Response {
    let name = sheet::attachment(&format!("{}.pdf", page.t("pass-title")));
    (
        [
            (CONTENT_TYPE, "application/pdf".to_owned()),
            (CONTENT_DISPOSITION, name),
        ],
        pdf,
    )
        .into_response()
}
