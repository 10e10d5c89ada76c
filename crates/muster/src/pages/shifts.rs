//! Pages of shifts.

use std::sync::Arc;

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status};
use kit::{
    Code, FieldError, Problem, Result, Role,
    id::{CallId, HelperId, PostId, RecordId, ShiftId},
};
use people::model::helper;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shell::{
    App, Cell, Form, ListQuery, Page, Row,
    form::{Control, Typed},
    list::{self, Column, Definition, Filter, Window},
    problem::Answer,
};

use crate::{
    activity, assign,
    body::{CHECK_IN, CHECK_OUT, CONFIRM, Presence, WORK, Work},
    model::{activity as activities, post, shift as shifts},
    pages::{posts::duty, weekday_choices},
    queries::{self, Name},
    shift::{self, NewShifts},
};

/// The record was not taken.
const NOT_RECORDED: Code = Code::new("not-recorded", 409);

pub async fn list(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let (when, free) = (query.filter("when"), query.filter("free"));
    let (post, call): (Option<PostId>, Option<CallId>) = (
        query.filter("post").parse().ok(),
        query.filter("call").parse().ok(),
    );
    let definition = Definition {
        path: "/shifts".into(),
        columns: vec![
            Column {
                sort: "start",
                label: page.t("muster-start"),
            },
            Column {
                sort: "",
                label: page.t("muster-end"),
            },
            Column {
                sort: "",
                label: page.t("muster-post"),
            },
            Column {
                sort: "",
                label: page.t("muster-place"),
            },
            Column {
                sort: "",
                label: page.t("muster-names"),
            },
            Column {
                sort: "",
                label: page.t("muster-state"),
            },
        ],
        filters: vec![
            Filter {
                name: "when",
                label: page.t("muster-when"),
                options: ["today", "coming", "past"]
                    .iter()
                    .map(|w| ((*w).to_owned(), page.t(&format!("muster-when-{w}"))))
                    .collect(),
            },
            Filter {
                name: "free",
                label: page.t("muster-free"),
                options: vec![("yes".into(), page.t("muster-free-only"))],
            },
        ],
        default_sort: "-start",
        search: String::new(),
        empty: page.t("muster-no-shifts"),
        export: "shifts".into(),
    };
    let words = page.clone();
    let org = queries::own_org(app.store.read(), &actor).await?;
    let rights = queries::shifts(&actor, org);
    let listed = list::answer(page.clone(), query, definition, |window: Window| {
        let (app, page, rights, when, free) = (
            app.clone(),
            words.clone(),
            rights.clone(),
            when.clone(),
            free.clone(),
        );
        async move {
            let now = app.now();
            let mut select = shifts::Entity::find().filter(rights);
            match when.as_str() {
                "today" => {
                    let day = now.day();
                    select = select
                        .filter(shifts::Column::StartsAt.lt(day.next().start()))
                        .filter(shifts::Column::EndsAt.gt(day.start()));
                }
                "coming" => select = select.filter(shifts::Column::StartsAt.gt(now)),
                "past" => select = select.filter(shifts::Column::StartsAt.lte(now)),
                _ => {}
            }
            if free == "yes" {
                let room = sea_orm::sea_query::Expr::col(shifts::Column::Filled);
                select = select.filter(sea_orm::ExprTrait::lt(
                    room,
                    sea_orm::sea_query::Expr::col(shifts::Column::Needed),
                ));
            }
            if let Some(post) = post {
                select = select.filter(shifts::Column::PostId.eq(post));
            }
            if let Some(call) = call {
                select = select.filter(shifts::Column::CallId.eq(call));
            }
            let rows = window
                .cut(select, shifts::Column::StartsAt, shifts::Column::Id)
                .all(app.store.read())
                .await?;
            draw_rows(&app, &page, rows).await
        }
    })
    .await?;
    let actions = if actor.has(Role::STAFF) {
        vec![("/shifts/new".into(), page.t("muster-new-shifts"))]
    } else {
        vec![]
    };
    Ok(listed.page(page.clone(), page.t("muster-shifts"), actions)?)
}

async fn draw_rows(app: &App, page: &Page, rows: Vec<shifts::Model>) -> Result<Vec<Row>> {
    let db = app.store.read();
    let posts = queries::posts_of(db, rows.iter().map(|row| row.post_id)).await?;
    let places = queries::spots(db, posts.values()).await?;
    let now = app.now();
    Ok(rows
        .into_iter()
        .map(|row| {
            let post = posts.get(&row.post_id);
            let place = places.get(&row.post_id).cloned().unwrap_or_default();
            let state = match () {
                () if row.cancelled => Cell::Badge(page.t("muster-shift-cancelled"), "red"),
                () if row.ends_at <= now => Cell::Badge(page.t("muster-shift-over"), "secondary"),
                () if row.starts_at <= now => Cell::Badge(page.t("muster-shift-now"), "green"),
                () if row.filled < row.needed => Cell::Badge(page.t("muster-shift-free"), "yellow"),
                () => Cell::Badge(page.t("muster-shift-full"), "blue"),
            };
            Row {
                id: row.id.0,
                key: row.starts_at.into(),
                href: Some(format!("/shifts/{}", row.id)),
                cells: vec![
                    row.starts_at.minute_text().into(),
                    row.ends_at.minute_text().into(),
                    post.map(|post| post.name.clone()).unwrap_or_default().into(),
                    place.into(),
                    format!("{} / {}", row.filled, row.needed).into(),
                    state,
                ],
            }
        })
        .collect())
}

async fn new_form(app: &App, actor: &Actor, page: &Page) -> Result<Form> {
    let db = app.store.read();
    let posts = queries::posts(db, &actor.scope(Role::STAFF), 300).await?;
    let places = places::tree::names(db, posts.iter().map(|post| post.community_id)).await?;
    let choices = posts
        .into_iter()
        .map(|post| {
            let place = places.get(&post.community_id).cloned().unwrap_or_default();
            (post.id.to_string(), format!("{place} · {}", post.name))
        })
        .collect();
    let mut form = Form::new(page, "/shifts/new", "muster-make-shifts")
        .required(page, "posts", "muster-posts", Control::Checks(choices))
        .required(page, "first_day", "muster-first-day", Control::Date)
        .required(page, "last_day", "muster-last-day", Control::Date)
        .required(
            page,
            "weekdays",
            "muster-weekdays",
            Control::Checks(weekday_choices(page)),
        )
        .required(page, "hours", "muster-hours", Control::Text)
        .required(page, "needed", "muster-needed", Control::Number(1, 500))
        .field(page, "group", "muster-group", Control::Number(1, 50))
        .field(page, "org_name", "muster-org-kept", Control::Text)
        .field(page, "call", "muster-call", Control::Hidden)
        .cancel(page, "/shifts");
    for field in &mut form.fields {
        match field.name.as_str() {
            "hours" => {
                field.suggest = vec![
                    "08:00-20:00, 20:00-08:00".into(),
                    "00:00-08:00, 08:00-16:00, 16:00-24:00".into(),
                    "08:00-12:00, 12:00-18:00, 18:00-22:00".into(),
                ];
            }
            "org_name" => field.suggest = people::queries::org_offers(db, actor).await?,
            _ => {}
        }
    }
    Ok(form)
}

pub async fn new(State(app): State<App>, actor: Actor, page: Page, query: ListQuery) -> Answer {
    let today = app.now().day();
    let mut typed = Typed::default()
        .set("first_day", today)
        .set("last_day", today)
        .set("weekdays", "1,2,3,4,5,6,7")
        .set("hours", "08:00-20:00")
        .set("needed", 4);
    if let Ok(call) = query.filter("call").parse::<CallId>() {
        let call = queries::call(app.store.read(), &actor, call).await?;
        typed = typed
            .set("call", call.id)
            .set("first_day", call.first_day)
            .set("last_day", call.last_day)
            .set(
                "weekdays",
                call.weekdays
                    .chars()
                    .map(String::from)
                    .collect::<Vec<_>>()
                    .join(","),
            )
            .set("hours", format!("{}-{}", call.from_time, call.to_time))
            .set("needed", call.people_per_day.min(500));
    }
    let title = page.t("muster-new-shifts");
    Ok(new_form(&app, &actor, &page)
        .await?
        .fill(&typed)
        .answer(page, title)?)
}

pub async fn create(State(app): State<App>, actor: Actor, page: Page, typed: Typed) -> Answer {
    let name = typed.get("org_name");
    let org = people::queries::org_typed(app.store.read(), &actor, &name).await?;
    let mut errors = Vec::new();
    if !name.is_empty() && org.is_none() {
        errors.push(FieldError::new("org_name", "unknown"));
    }
    match NewShifts::read(&typed) {
        Ok(mut new) if errors.is_empty() => {
            new.org = org.map(|org| org.id);
            if let Some(call) = new.call {
                queries::call(app.store.read(), &actor, call).await?;
            }
            shift::create(&app, &actor, &new).await?;
            let to = match new.call {
                Some(call) => format!("/calls/{call}?done=muster-shifts-made"),
                None => "/shifts?done=muster-shifts-made".to_owned(),
            };
            Ok(Redirect::to(&to).into_response())
        }
        read => {
            errors.extend(read.err().unwrap_or_default());
            let title = page.t("muster-new-shifts");
            let form = new_form(&app, &actor, &page).await?;
            Ok(form.fill(&typed).errors(&page, &errors).answer(page, title)?)
        }
    }
}

#[derive(Template)]
#[template(path = "shift.html")]
struct ShiftPage {
    page: Page,
    title: String,
    shift: shifts::Model,
    post: post::Model,
    duty: String,
    place: String,
    org: String,
    names: Vec<Line>,
    activities: Vec<activities::Model>,
    assign: Option<Form>,
    take: bool,
    staff: bool,
    records: bool,
    over: bool,
    error: Option<String>,
}

/// A name with what its viewer may do with it.
struct Line {
    name: Name,
    org: String,
    records: bool,
    confirms: bool,
    withdraws: bool,
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    (shift, post): (shifts::Model, post::Model),
    error: Option<String>,
    typed: Option<Typed>,
) -> Result<Response> {
    let db = app.store.read();
    let staff = actor.may(Role::STAFF, &shift.place_path);
    let mut names = queries::names(db, std::slice::from_ref(&shift))
        .await?
        .remove(&shift.id)
        .unwrap_or_default();
    let own_orgs = actor.orgs(&[Role::Coordinator]);
    let leads = names
        .iter()
        .any(|name| name.leader && actor.helper_id == Some(name.helper));
    let reads = actor.may(Role::READERS, &shift.place_path);
    // Whoever neither reads nor leads here sees themselves and their organisation's people.
    names.retain(|name| {
        reads
            || leads
            || actor.helper_id == Some(name.helper)
            || name.org.is_some_and(|org| own_orgs.contains(&org))
    });
    let orgs =
        people::queries::org_names(db, names.iter().filter_map(|name| name.org).chain(shift.org_id)).await?;
    let own = names
        .iter()
        .any(|name| name.rostered && actor.helper_id == Some(name.helper));
    let org = shift
        .org_id
        .and_then(|org| orgs.get(&org).cloned())
        .unwrap_or_default();
    let lines: Vec<Line> = names
        .into_iter()
        .map(|name| {
            let coordinated = name.org.is_some_and(|org| own_orgs.contains(&org));
            let self_ = actor.helper_id == Some(name.helper);
            Line {
                org: name
                    .org
                    .and_then(|org| orgs.get(&org).cloned())
                    .unwrap_or_default(),
                records: staff || leads || coordinated || self_,
                confirms: (staff || leads) && name.flags.iter().any(|flag| flag == "forgotten-check-out"),
                withdraws: name.rostered && name.in_at.is_none() && (staff || coordinated || self_),
                name,
            }
        })
        .collect();
    let over = shift.cancelled || shift.ends_at <= app.now();
    let may_assign = staff || !own_orgs.is_empty();
    let mut form = Form::new(&page, format!("/shifts/{}/assign", shift.id), "muster-assign")
        .required(&page, "helper", "muster-helper-typed", Control::Text)
        .field(&page, "leader", "muster-leader", Control::Check);
    if let Some(typed) = &typed {
        form = form.fill(typed);
    }
    let place = places::tree::load(db, post.place_id).await?;
    let place = places::tree::full_name(db, &place).await?;
    let take = !own && !over && actor.helper_id.is_some() && shift.filled < shift.needed;
    let failed = error.is_some();
    let drawn = Page::draw(&ShiftPage {
        title: format!("{} · {}", post.name, shift.starts_at.minute_text()),
        duty: duty(&page, post.duty),
        place,
        org,
        records: lines.iter().any(|line| line.records),
        names: lines,
        activities: activity::all(db)
            .await?
            .into_iter()
            .filter(|row| row.active)
            .collect(),
        assign: (may_assign && !shift.cancelled).then_some(form),
        take,
        staff,
        over,
        error,
        shift,
        post,
        page,
    })?;
    let status = if failed {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, drawn).into_response())
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<ShiftId>) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    Ok(draw(&app, &actor, page, found, None, None).await?)
}

/// The helper a form names: an id, a telephone number, or a name that only one of those the actor sees has.
async fn helper_typed(app: &App, actor: &Actor, text: &str) -> Result<Option<helper::Model>> {
    let db = app.store.read();
    let seen = helper::Entity::find().filter(people::scope::helper_scope(actor));
    let found = if let Ok(id) = text.parse::<HelperId>() {
        seen.filter(helper::Column::Id.eq(id))
    } else if let Some(digits) = kit::text::phone(text) {
        seen.filter(helper::Column::PhoneIndex.eq(app.cipher.index(&digits)))
    } else {
        seen.filter(helper::Column::Name.eq(text))
    };
    let found = found.filter(helper::Column::Active.eq(true)).all(db).await?;
    Ok(if found.len() == 1 {
        found.into_iter().next()
    } else {
        None
    })
}

async fn own_helper(app: &App, actor: &Actor) -> Result<Option<helper::Model>> {
    let Some(id) = actor.helper_id else {
        return Ok(None);
    };
    Ok(helper::Entity::find_by_id(id).one(app.store.read()).await?)
}

pub async fn assign(
    State(app): State<App>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    let text = typed.get("helper");
    let helper = if text == "me" {
        own_helper(&app, &actor).await?
    } else {
        helper_typed(&app, &actor, &text).await?
    };
    let Some(helper) = helper else {
        let error = Some(page.t("muster-helper-unknown"));
        return Ok(draw(&app, &actor, page, found, error, Some(typed)).await?);
    };
    match assign::assign(&app, &actor, &found.0, &helper, typed.ticked("leader")).await {
        Ok(()) => Ok(Redirect::to(&format!("/shifts/{id}?done=muster-assigned")).into_response()),
        Err(problem) if problem.code.status == 409 => {
            let error = Some(super::sentence(&page, &problem));
            Ok(draw(&app, &actor, page, found, error, Some(typed)).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}

pub async fn withdraw(State(app): State<App>, actor: Actor, Path(id): Path<ShiftId>, typed: Typed) -> Answer {
    let (shift, _) = queries::shift(app.store.read(), &actor, id).await?;
    let helper: HelperId = typed.get("helper").parse().map_err(|_| Problem::not_found())?;
    let helper = helper::Entity::find_by_id(helper)
        .one(app.store.read())
        .await?
        .ok_or_else(Problem::not_found)?;
    assign::withdraw(&app, &actor, &shift, &helper).await?;
    Ok(Redirect::to(&format!("/shifts/{id}?done=removed")).into_response())
}

pub async fn cancel(State(app): State<App>, actor: Actor, Path(id): Path<ShiftId>) -> Answer {
    let (shift, _) = queries::shift(app.store.read(), &actor, id).await?;
    actor.require(Role::STAFF, &shift.place_path)?;
    shift::cancel(&app, &actor, &shift).await?;
    Ok(Redirect::to(&format!("/shifts/{id}?done=saved")).into_response())
}

/// Check-in, check-out, confirmation and work counts without a phone's queue: the page itself sends the record.
/// The form carries the record's id, so that a form sent twice makes one record.
pub async fn record(
    State(app): State<App>,
    Extension(field): Extension<Arc<Field>>,
    actor: Actor,
    page: Page,
    Path(id): Path<ShiftId>,
    typed: Typed,
) -> Answer {
    let found = queries::shift(app.store.read(), &actor, id).await?;
    let helper: HelperId = typed.get("helper").parse().map_err(|_| Problem::not_found())?;
    let (kind, body) = match typed.get("kind").as_str() {
        "in" => (CHECK_IN, serde_json::to_value(Presence { helper, place: None })),
        "out" => (CHECK_OUT, serde_json::to_value(Presence { helper, place: None })),
        "confirm" => (CONFIRM, serde_json::to_value(Presence { helper, place: None })),
        _ => {
            let quantity = typed.get("quantity").parse().unwrap_or(0);
            (
                WORK,
                serde_json::to_value(Work {
                    helper,
                    activity: typed.get("activity"),
                    quantity,
                }),
            )
        }
    };
    let now = app.now();
    let raw = serde_json::value::to_raw_value(&serde_json::json!({
        "id": typed.get("id").parse().unwrap_or_else(|_| RecordId::fresh(now)),
        "kind": kind,
        "at": now,
        "shift": id,
        "body": body.map_err(Problem::internal)?,
    }))
    .map_err(Problem::internal)?;
    let outcome = field.submit(&actor, &[raw.as_ref()], true).await?;
    match outcome.first() {
        Some(outcome) if matches!(outcome.status, Status::Rejected) => {
            let why = page.t(&format!("record-{}", outcome.refusal.unwrap_or("malformed")));
            let error = Some(page.t1("problem-not-recorded", "why", why));
            Ok(draw(&app, &actor, page, found, error, None).await?)
        }
        Some(_) => Ok(Redirect::to(&format!("/shifts/{id}?done=muster-recorded")).into_response()),
        None => Err(Problem::new(NOT_RECORDED).into()),
    }
}

/// The id of the record that a drawn form will make.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
pub fn record_id(now: &kit::Timestamp) -> RecordId {
    RecordId::fresh(*now)
}
