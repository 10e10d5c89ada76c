//! The gate book: every passage, who recorded it, what was seen; voiding one with a reason.

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status, record::Void};
use kit::{
    Day, FieldError, Problem, Result, Role,
    id::{HouseholdId, PlaceId, RecordId},
};
use people::model::resident;
use places::place;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Expr,
};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Definition, Filter, Window},
    problem::Answer,
};
use store::Scope;

use super::{asked_only, days, degrees, reason, short};
use crate::{
    gate, inside,
    model::{alarm_note, passage},
    queries,
};

/// Residents whom a searched name may mean.
const NAMESAKES: u64 = 200;
/// Gates offered as a filter.
const GATES: u64 = 100;

fn definition(page: &Page, gates: Vec<(String, String)>) -> Definition {
    let filter = |name, key: &str, options: &[(&str, &str)]| Filter {
        name,
        label: page.t(key),
        options: options
            .iter()
            .map(|(value, key)| ((*value).to_owned(), page.t(key)))
            .collect(),
    };
    Definition {
        path: "/passages".into(),
        columns: list::columns(
            page,
            &[
                ("at", "gate-time"),
                ("", "gate-gate"),
                ("", "gate-way"),
                ("", "gate-who"),
                ("", "gate-visiting"),
                ("", "gate-plate"),
                ("", "gate-temperature"),
                ("", "gate-why"),
            ],
        ),
        filters: vec![
            Filter {
                name: "gate",
                label: page.t("gate-gate"),
                options: gates,
            },
            Filter {
                name: "day",
                label: page.t("gate-day"),
                options: days(page),
            },
            filter("way", "gate-way", &[("in", "gate-in"), ("out", "gate-out")]),
            filter(
                "what",
                "gate-what",
                &[
                    ("stopped", "gate-stopped"),
                    ("hot", "gate-hot"),
                    ("outside", "gate-outside"),
                ],
            ),
        ],
        default_sort: "-at",
        search: page.t("gate-search"),
        empty: page.t("gate-nothing"),
        export: page.t("gate-book"),
    }
}

/// `GET /passages`
pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let db = app.store.read();
    let scope = actor.scope(Role::READERS);
    let places = gate::all(db, &scope, GATES).await?;
    let names = places::tree::full_names(db, &places).await?;
    let gates = places
        .iter()
        .map(|place| {
            let name = names.get(&place.id).map(|name| short(name)).unwrap_or_default();
            (place.id.to_string(), name)
        })
        .collect();
    let export = query.filter("format") == "xlsx";
    let mut definition = definition(&page, gates);
    definition
        .filters
        .extend(asked_only(&page, &query, "household", "pass-household"));
    let words = page.clone();
    let asked = query.clone();
    let listed = list::answer(page.clone(), query, definition, |window| {
        rows(&app, &words, &scope, &asked, window)
    })
    .await?;
    if export {
        accounts::audit::exported(&app, &actor, "gate.export").await?;
    }
    Ok(listed.page(page.clone(), page.t("gate-book"), vec![])?)
}

async fn rows(app: &App, page: &Page, scope: &Scope, query: &ListQuery, window: Window) -> Result<Vec<Row>> {
    let db = app.store.read();
    let mut select = passage::Entity::find().filter(scope.community(passage::Column::CommunityId));
    if let Ok(gate) = query.filter("gate").parse::<PlaceId>() {
        select = select.filter(passage::Column::GateId.eq(gate));
    }
    if let Ok(household) = query.filter("household").parse::<HouseholdId>() {
        select = select.filter(passage::Column::HouseholdId.eq(household));
    }
    if let Ok(day) = query.filter("day").parse::<Day>() {
        select = select
            .filter(passage::Column::At.gte(day.start()))
            .filter(passage::Column::At.lt(day.next().start()));
    }
    // The conditions are those of the partial indexes, word for word.
    for (name, value, condition) in [
        ("way", "in", "inward"),
        ("way", "out", "NOT inward"),
        ("what", "stopped", "NOT go"),
        ("what", "hot", "hot"),
        ("what", "outside", "outsider AND inward AND go"),
    ] {
        if query.filter(name) == value {
            select = select.filter(Expr::cust(condition));
        }
    }
    let select = searched(app, scope, select, &window.q).await?;
    let found = window
        .cut(select, passage::Column::At, passage::Column::Id)
        .all(db)
        .await?;
    let gates = places::tree::names(db, found.iter().map(|row| row.gate_id)).await?;
    Ok(found
        .into_iter()
        .map(|row| {
            let gate = gates.get(&row.gate_id).cloned().unwrap_or_default();
            draw(page, row, gate)
        })
        .collect())
}

/// By name (of a resident or somebody from outside), plate, or whole telephone number.
async fn searched(
    app: &App,
    scope: &Scope,
    select: Select<passage::Entity>,
    q: &str,
) -> Result<Select<passage::Entity>> {
    if q.is_empty() {
        return Ok(select);
    }
    let until = format!("{q}\u{10FFFF}");
    let mut any = Condition::any();
    if let Some(phone) = kit::text::phone(q) {
        any = any.add(passage::Column::PhoneIndex.eq(app.cipher.index(&phone)));
    }
    let residents: Vec<kit::id::ResidentId> = resident::Entity::find()
        .select_only()
        .column(resident::Column::Id)
        .filter(scope.community(resident::Column::CommunityId))
        .filter(resident::Column::Name.gte(q))
        .filter(resident::Column::Name.lt(until.as_str()))
        .order_by_asc(resident::Column::Name)
        .limit(NAMESAKES)
        .into_tuple()
        .all(app.store.read())
        .await?;
    if !residents.is_empty() {
        any = any.add(passage::Column::ResidentId.is_in(residents));
    }
    any = any.add(
        Condition::all()
            .add(Expr::cust("outsider"))
            .add(passage::Column::Name.gte(q))
            .add(passage::Column::Name.lt(until)),
    );
    let plate = crate::pass::issue::plate(q);
    if !plate.is_empty() {
        any = any.add(
            Condition::all()
                .add(Expr::cust("plate <> ''"))
                .add(passage::Column::Plate.gte(plate.as_str()))
                .add(passage::Column::Plate.lt(format!("{plate}\u{10FFFF}"))),
        );
    }
    Ok(select.filter(any))
}

fn way(page: &Page, row: &passage::Model) -> Cell {
    match (row.go, row.inward) {
        (false, _) => Cell::Badge(page.t("gate-stopped"), "red"),
        (true, true) => Cell::Badge(page.t("gate-in"), "green"),
        (true, false) => Cell::Badge(page.t("gate-out"), "blue"),
    }
}

fn draw(page: &Page, row: passage::Model, gate: String) -> Row {
    let why = [reason(page, &row.reason), row.despite.clone()]
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" · ");
    Row {
        id: row.id.0,
        key: row.at.into(),
        href: Some(format!("/passages/{}", row.id)),
        cells: vec![
            row.at.minute_text().into(),
            gate.into(),
            way(page, &row),
            row.name.into(),
            row.visiting.into(),
            row.plate.into(),
            if row.hot {
                Cell::Badge(degrees(row.temperature), "red")
            } else {
                degrees(row.temperature).into()
            },
            why.into(),
        ],
    }
}

#[derive(Template)]
#[template(path = "passage.html")]
struct PassagePage {
    page: Page,
    title: String,
    facts: Vec<(String, String, Option<String>)>,
    marks: Vec<String>,
    forms: Vec<(String, Form)>,
}

async fn find(app: &App, actor: &Actor, id: RecordId, roles: &[Role]) -> Result<passage::Model> {
    passage::Entity::find()
        .filter(passage::Column::Id.eq(id))
        .filter(actor.scope(roles).community(passage::Column::CommunityId))
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)
}

/// `GET /passages/{id}`
pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<RecordId>) -> Answer {
    let row = find(&app, &actor, id, Role::READERS).await?;
    Ok(drawn(&app, &actor, page, row, None).await?)
}

fn void_form(page: &Page, id: RecordId) -> Form {
    Form::new(page, format!("/passages/{id}/void"), "gate-void")
        .field(page, "id", "gate-void", Control::Hidden)
        .required(page, "reason", "gate-void-reason", Control::Text)
}

async fn drawn(
    app: &App,
    actor: &Actor,
    page: Page,
    row: passage::Model,
    again: Option<Form>,
) -> Result<Response> {
    let gate = places::tree::load(app.store.read(), row.gate_id).await?;
    let mut forms = Vec::new();
    if actor.may(Role::STAFF, &gate.path) {
        let typed = Typed::default().set("id", RecordId::fresh(app.now()));
        let form = again.unwrap_or_else(|| void_form(&page, row.id).fill(&typed));
        forms.push((page.t("gate-void-title"), form));
    }
    Page::draw(&PassagePage {
        facts: facts(app, &page, &row, &gate).await?,
        marks: marks(app, &page, &row).await?,
        title: if row.name.is_empty() {
            page.t("gate-passage")
        } else {
            row.name
        },
        page,
        forms,
    })
}

/// What is known of a passage: the words for it, the value, where it leads.
async fn facts(
    app: &App,
    page: &Page,
    row: &passage::Model,
    gate: &place::Model,
) -> Result<Vec<(String, String, Option<String>)>> {
    let db = app.store.read();
    let by = accounts::names::names(db, "users", row.sender.iter().map(|id| id.0).collect()).await;
    let recorder = row.sender.and_then(|id| by.get(&id.0).cloned());
    let phone = people::numbers::masked_phone(&app.cipher, row.phone_sealed.as_ref());
    let companions = (row.companions > 0).then(|| row.companions.to_string());
    let always = |key: &str, value: String| Some((page.t(key), value, None));
    let link = |key: &str, value: String, href: String| Some((page.t(key), value, Some(href)));
    let known = |key: &str, value: String| (!value.is_empty()).then(|| (page.t(key), value, None));
    let facts = [
        always("gate-time", row.at.minute_text()),
        link(
            "gate-gate",
            places::tree::full_name(db, gate).await?,
            format!("/gates/{}", gate.id),
        ),
        always("gate-way", way(page, row).text()),
        always("gate-found-by", page.code("gate-by", &row.found_by)),
        match row.resident_id {
            Some(resident) => link("gate-who", row.name.clone(), format!("/residents/{resident}")),
            None => always("gate-who", row.name.clone()),
        },
        row.pass_id
            .and_then(|pass| link("gate-pass", page.t("gate-pass-open"), format!("/passes/{pass}"))),
        row.visit_id.and_then(|visit| {
            link(
                "gate-came-in",
                page.t("gate-came-in-open"),
                format!("/passages/{visit}"),
            )
        }),
        known("gate-visiting", row.visiting.clone()),
        known("gate-from", row.origin.clone()),
        known("gate-plate", row.plate.clone()),
        known("gate-phone", phone),
        known("gate-temperature", degrees(row.temperature)),
        known("gate-why", reason(page, &row.reason)),
        known("gate-despite", row.despite.clone()),
        known("gate-health", seen(page, "gate-health", &row.health)),
        known("gate-travel", seen(page, "gate-travel", &row.travel)),
        known("gate-mask", seen(page, "gate-truth", &row.mask)),
        known("gate-boot", seen(page, "gate-truth", &row.boot)),
        known("gate-companions", companions.unwrap_or_default()),
        always("gate-recorded-by", recorder.unwrap_or_default()),
        always("gate-received", row.received_at.minute_text()),
    ];
    Ok(facts.into_iter().flatten().collect())
}

/// What staff should notice about a passage.
async fn marks(app: &App, page: &Page, row: &passage::Model) -> Result<Vec<String>> {
    let db = app.store.read();
    let mut marks = Vec::new();
    if let Some(pass) = row.pass_id {
        let of_pass = passage::Entity::find()
            .filter(passage::Column::PassId.eq(pass))
            .filter(passage::Column::At.lte(row.at))
            .order_by_desc(passage::Column::At)
            .limit(5)
            .all(db)
            .await?;
        if queries::again(&of_pass).first() == Some(&true) {
            marks.push(page.t("gate-again"));
        }
    }
    if row.outsider && inside::is_inside(app, row.community_id, row.id, app.now()).await? {
        marks.push(page.t("gate-still-inside"));
    }
    if let Some(note) = alarm_note::Entity::find_by_id((row.community_id, row.id))
        .one(db)
        .await?
    {
        marks.push(page.t1("gate-alarm-was", "note", note.note));
    }
    Ok(marks)
}

fn seen(page: &Page, prefix: &str, code: &str) -> String {
    if code.is_empty() {
        String::new()
    } else {
        page.code(prefix, code)
    }
}

/// `POST /passages/{id}/void`: a new record that voids this one, with the reason.
pub async fn void(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<RecordId>,
    typed: Typed,
) -> Answer {
    let row = find(&app, &actor, id, Role::STAFF).await?;
    let mut check = typed.check();
    let reason = check.text("reason", 200);
    let errors = match check.done(reason) {
        Ok(reason) => {
            let body = Void {
                record: id,
                reason,
                place: row.shift_id.is_none().then_some(row.gate_id),
            };
            let record = typed
                .get("id")
                .parse()
                .unwrap_or_else(|_| RecordId::fresh(app.now()));
            let outcome = field
                .record(
                    &actor,
                    record,
                    field::record::VOID,
                    app.now(),
                    row.shift_id,
                    &body,
                )
                .await?;
            if !matches!(outcome.status, Status::Rejected | Status::Conflict) {
                return Ok(Redirect::to("/passages?done=gate-voided").into_response());
            }
            vec![FieldError::new("reason", "gate-not-voided")]
        }
        Err(errors) => errors,
    };
    let form = void_form(&page, id).fill(&typed).errors(&page, &errors);
    let drawn = drawn(&app, &actor, page, row, Some(form)).await?;
    Ok(Page::again(drawn))
}
