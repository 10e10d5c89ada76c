//! Pages of passes: the list, issuing, one pass and what becomes of it, cards to print.

use accounts::Actor;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    FieldError, Problem, Result, Role, Timestamp,
    id::{HouseholdId, PassId, PlaceId},
    problem::code,
};
use people::model::{household, resident};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Column, Definition, Filter, Window},
    problem::Answer,
    sheet,
};
use store::Scope;

use super::{exported, moment, place_typed, typed_moment};
use crate::{
    model::{PassKind, PassState, pass, passage},
    pass::{
        change,
        issue::{self, Wish},
        print,
    },
    queries,
};

/// Passages shown of one pass.
const LAST: u64 = 30;
const DAY: u64 = 24 * 3600;

/// Words and colour of where a pass stands now.
fn state(page: &Page, row: &pass::Model, now: Timestamp) -> Cell {
    match row.state {
        PassState::Active if row.until_at <= now => Cell::Badge(page.t("pass-state-expired"), "secondary"),
        PassState::Active if row.from_at > now => Cell::Badge(page.t("pass-state-early"), "blue"),
        PassState::Active => Cell::Badge(page.t("pass-state-active"), "green"),
        PassState::Withdrawn => Cell::Badge(page.t("pass-state-withdrawn"), "red"),
        PassState::Replaced => Cell::Badge(page.t("pass-state-replaced"), "secondary"),
        PassState::Returned => Cell::Badge(page.t("pass-state-returned"), "secondary"),
    }
}

fn kind(page: &Page, kind: PassKind) -> String {
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
    let definition = Definition {
        path: "/passes".into(),
        columns: [
            ("name", "pass-holder"),
            ("", "pass-number"),
            ("", "pass-kind"),
            ("", "gate-plate"),
            ("", "pass-until"),
            ("", "gate-state"),
        ]
        .into_iter()
        .map(|(sort, key)| Column {
            sort,
            label: page.t(key),
        })
        .collect(),
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
    let export = query.filter("format") == "xlsx";
    let (words, asked) = (page.clone(), query.clone());
    let scope = actor.scope(Role::READERS);
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        exported(&app, &actor, "pass.export").await?;
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
        .set("from", typed_moment(page.now))
        .set("until", typed_moment(page.now.day().next().start()));
    let title = page.t("pass-new");
    Ok(form(&page).fill(&typed).answer(page, title)?)
}

/// The community of a place that a form names, among those where the actor works.
async fn community(app: &App, actor: &Actor, text: &str) -> Result<Result<Option<PlaceId>, &'static str>> {
    let found = place_typed(app.store.read(), &actor.scope(Role::STAFF), text).await?;
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
    let (from, until) = (moment(&check.text("from", 40)), moment(&check.text("until", 40)));
    for (name, at) in [("from", from), ("until", until)] {
        if at.is_none() && !typed.get(name).is_empty() {
            check.error(FieldError::new(name, "date"));
        }
    }
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
        from: from.unwrap_or_default(),
        until: until.unwrap_or_default(),
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
    let place = place_typed(app.store.read(), &actor.scope(Role::STAFF), &typed.get("place")).await?;
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
    let place = place_typed(app.store.read(), &actor.scope(Role::STAFF), &typed.get("place")).await?;
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
    exported(&app, &actor, "pass.print").await?;
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

fn file(page: &Page, pdf: Vec<u8>) -> Response {
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

struct Passed {
    id: kit::id::RecordId,
    at: Timestamp,
    inward: bool,
    go: bool,
    gate: String,
    again: bool,
}

#[derive(Template)]
#[template(path = "pass.html")]
struct PassPage {
    page: Page,
    title: String,
    row: pass::Model,
    state: (String, String),
    kind: String,
    qr: String,
    holders_page: String,
    passed: Vec<Passed>,
    again: usize,
    forms: Vec<(String, Form)>,
}

fn close_forms(page: &Page, row: &pass::Model) -> Vec<(String, Form)> {
    let with_reason = |action: &str| {
        Form::new(
            page,
            format!("/passes/{}/{action}", row.id),
            &format!("pass-{action}"),
        )
        .required(page, "why", "pass-why", Control::Text)
    };
    vec![
        (page.t("pass-replace-title"), with_reason("replace")),
        (page.t("pass-withdraw-title"), with_reason("withdraw")),
        (
            page.t("pass-collect-title"),
            Form::new(page, format!("/passes/{}/collect", row.id), "pass-collect"),
        ),
    ]
}

/// `GET /passes/{id}`
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<PassId>) -> Answer {
    let db = app.store.read();
    let row = change::find(db, &actor.scope(Role::READERS), id).await?;
    let place = places::tree::load(db, row.community_id).await?;
    let staff = actor.may(Role::STAFF, &place.path);
    let last = passage::Entity::find()
        .filter(passage::Column::PassId.eq(id))
        .order_by_desc(passage::Column::At)
        .limit(LAST)
        .all(db)
        .await?;
    let gates = places::tree::names(db, last.iter().map(|row| row.gate_id)).await?;
    let again = queries::again(&last);
    let active = row.state == PassState::Active;
    let Cell::Badge(words, colour) = state(&page, &row, app.now()) else {
        return Err(Problem::internal("a state without words").into());
    };
    Ok(Page::draw(&PassPage {
        title: issue::holder(&row).to_owned(),
        state: (words, colour.to_owned()),
        kind: kind(&page, row.kind),
        qr: if active && staff {
            svg(&print::picture(&issue::signed(&app, &row).await?)?)
        } else {
            String::new()
        },
        holders_page: if active && staff {
            format!("/my-pass/{}", app.cipher.decrypt(&row.secret_sealed)?)
        } else {
            String::new()
        },
        again: again.iter().filter(|is| **is).count(),
        passed: last
            .into_iter()
            .zip(again)
            .map(|(row, again)| Passed {
                id: row.id,
                at: row.at,
                inward: row.inward,
                go: row.go,
                gate: gates.get(&row.gate_id).cloned().unwrap_or_default(),
                again,
            })
            .collect(),
        forms: if active && staff {
            close_forms(&page, &row)
        } else {
            vec![]
        },
        row,
        page,
    })?)
}

/// A picture without its declaration, to stand in a page.
pub fn svg(picture: &str) -> String {
    picture
        .split_once("?>")
        .map_or_else(|| picture.to_owned(), |(_, svg)| svg.to_owned())
}

/// `GET /passes/{id}/card.pdf`
pub async fn card(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<PassId>) -> Answer {
    let row = change::find(app.store.read(), &actor.scope(Role::STAFF), id).await?;
    if row.state != PassState::Active {
        return Err(Problem::new(change::PASS_ENDED).into());
    }
    exported(&app, &actor, "pass.print").await?;
    Ok(file(&page, print::cards(&app, &page, &[row]).await?))
}

/// `POST /passes/{id}/withdraw`
pub async fn withdraw(State(app): State<App>, actor: Actor, Path(id): Path<PassId>, typed: Typed) -> Answer {
    let why = why(&typed)?;
    change::withdraw(&app, &actor, id, &why).await?;
    Ok(Redirect::to(&format!("/passes/{id}?done=saved")).into_response())
}

/// `POST /passes/{id}/collect`
pub async fn collect(State(app): State<App>, actor: Actor, Path(id): Path<PassId>) -> Answer {
    change::collect(&app, &actor, id).await?;
    Ok(Redirect::to(&format!("/passes/{id}?done=saved")).into_response())
}

/// `POST /passes/{id}/replace`
pub async fn replace(State(app): State<App>, actor: Actor, Path(id): Path<PassId>, typed: Typed) -> Answer {
    let why = why(&typed)?;
    let new = change::replace(&app, &actor, id, &why).await?;
    Ok(Redirect::to(&format!("/passes/{}?done=saved", new.id)).into_response())
}

fn why(typed: &Typed) -> Result<String> {
    let mut check = typed.check();
    let why = check.text("why", 100);
    check.done(why).map_err(Problem::invalid)
}
