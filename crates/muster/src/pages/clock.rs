//! The call's clock as a page: it renews itself while people answer, assemble and arrive.

use std::fmt::Write as _;

use accounts::Actor;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use field::{Field, Status};
use kit::{
    Problem, Result, Role,
    id::{CallId, OrgId, RecordId},
};
use shell::{
    App, Form, Page,
    form::{Control, Typed},
    problem::Answer,
};

use crate::{
    body::{ARRIVED, Gathering, HEADS, HERE, MOST_BATCHES, MOST_PEOPLE},
    clock::{Point, Unit},
    gather,
    model::{CallState, call as calls},
    queries,
};

/// An organisation's line.
struct Line {
    name: String,
    unit: Unit,
}

/// The curve as a drawing.
struct Curve {
    /// Words for those who do not see it.
    label: String,
    /// Colour class and points of each line.
    lines: Vec<(&'static str, String)>,
    /// The line of what was asked for, from the top.
    asked: i64,
    top: i64,
    from: String,
    to: String,
}

#[derive(Template)]
#[template(path = "clock.html")]
struct ClockPage {
    page: Page,
    title: String,
    call: calls::Model,
    place: String,
    lines: Vec<Line>,
    sums: [(String, i64); 4],
    curve: Option<Curve>,
    forms: Vec<(String, Form)>,
    here: Option<OrgId>,
    error: Option<String>,
}

const WIDTH: i64 = 640;
const HEIGHT: i64 = 200;

/// Stairs from point to point: a number stands until it changes.
fn stairs(points: &[Point], (from, span): (i64, i64), top: i64, of: impl Fn(&Point) -> i64) -> String {
    let mut path = String::new();
    let mut before = HEIGHT;
    for point in points {
        let x = (point.at.millis() - from) * WIDTH / span;
        let y = HEIGHT - of(point) * HEIGHT / top;
        let _ = write!(path, "{x},{before} {x},{y} ");
        before = y;
    }
    let _ = write!(path, "{WIDTH},{before}");
    path
}

fn curve(page: &Page, points: &[Point], asked: i64, now: kit::Timestamp, live: bool) -> Option<Curve> {
    let (first, last) = (points.first()?, points.last()?);
    let end = if live { now.max(last.at) } else { last.at };
    let span = (end.millis() - first.at.millis()).max(60_000);
    let most = points
        .iter()
        .map(|p| p.pledged.max(p.assembled).max(p.arrived))
        .max()?;
    let top = most.max(asked).max(1);
    let time = (first.at.millis(), span);
    Some(Curve {
        label: page.t("clock-curve"),
        lines: vec![
            ("pledged", stairs(points, time, top, |p| p.pledged)),
            ("assembled", stairs(points, time, top, |p| p.assembled)),
            ("arrived", stairs(points, time, top, |p| p.arrived)),
        ],
        asked: HEIGHT - asked * HEIGHT / top,
        top,
        from: first.at.minute_text(),
        to: end.minute_text(),
    })
}

fn form(page: &Page, call: CallId, kind: &str, orgs: &[(String, String)]) -> Form {
    let submit = format!("clock-{kind}-now");
    Form::new(page, format!("/calls/{call}/gather"), &submit)
        .field(page, "kind", "clock-kind", Control::Hidden)
        .required(page, "org", "muster-org", Control::Select(orgs.to_vec()))
        .required(page, "batch", "clock-batch", Control::Number(1, MOST_BATCHES))
        .required(page, "people", "clock-people", Control::Number(0, MOST_PEOPLE))
        .fill(&Typed::default().set("kind", kind).set("batch", 1))
}

async fn draw(
    app: &App,
    actor: &Actor,
    page: Page,
    call: calls::Model,
    kept: (Option<String>, Option<(Typed, Vec<kit::FieldError>)>),
) -> Result<Response> {
    let db = app.store.read();
    let reader = actor.may(Role::READERS, &call.place_path);
    let mine = actor.orgs(&[Role::Coordinator, Role::TeamLeader]);
    let receives = gather::receives(actor, &call);
    let mut rows = queries::call_orgs(db, &call).await?;
    rows.retain(|row| reader || receives || mine.contains(&row.org_id));
    rows.retain(|row| row.sent_at.is_some());
    let names = people::queries::org_names(db, rows.iter().map(|row| row.org_id)).await?;
    rows.sort_by_key(|row| names.get(&row.org_id).cloned());
    let clock = gather::load(db, &call, &rows).await?;
    let open = matches!(call.state, CallState::Open | CallState::Closed);
    let choices = |keep: &dyn Fn(OrgId) -> bool| -> Vec<(String, String)> {
        rows.iter()
            .filter(|row| keep(row.org_id))
            .map(|row| {
                let name = names.get(&row.org_id).cloned().unwrap_or_default();
                (row.org_id.to_string(), name)
            })
            .collect()
    };
    let staff = actor.may(Role::STAFF, &call.place_path);
    let mut forms = Vec::new();
    let failed = kept.0.is_some() || kept.1.is_some();
    let kind = kept
        .1
        .as_ref()
        .map(|(typed, _)| typed.get("kind"))
        .unwrap_or_default();
    for (name, orgs) in [
        ("heads", choices(&|org| staff || mine.contains(&org))),
        ("arrived", choices(&|_| receives)),
    ] {
        if open && !orgs.is_empty() {
            let mut form = form(&page, call.id, name, &orgs);
            if let Some((typed, errors)) = kept.1.as_ref().filter(|_| kind == name) {
                form = form.fill(typed).errors(&page, errors);
            }
            forms.push((page.t(&format!("clock-{name}")), form));
        }
    }
    let asked = rows.iter().map(|row| row.asked).sum();
    let sum = |of: fn(&Unit) -> i64| clock.units.iter().map(of).sum::<i64>();
    let sums = [
        (page.t("muster-figure-asked"), asked),
        (
            page.t("muster-figure-pledged"),
            sum(|unit| unit.pledged.unwrap_or(0)),
        ),
        (page.t("clock-assembled"), sum(|unit| unit.assembled)),
        (page.t("clock-arrived"), sum(|unit| unit.arrived)),
    ];
    let own = queries::own_org(db, actor).await?;
    let here = own.filter(|org| open && rows.iter().any(|row| row.org_id == *org));
    let place = places::tree::load(db, call.place_id).await?;
    let live = call.state == CallState::Open && call.last_day >= app.now().day();
    let drawn = Page::draw(&ClockPage {
        title: page.t1("clock-title", "call", &call.title),
        place: places::tree::full_name(db, &place).await?,
        curve: curve(&page, &clock.curve, asked, app.now(), live),
        lines: clock
            .units
            .into_iter()
            .map(|unit| Line {
                name: names.get(&unit.org).cloned().unwrap_or_default(),
                unit,
            })
            .collect(),
        sums,
        forms,
        here,
        error: kept.0,
        call,
        page,
    })?;
    Ok(if failed { Page::again(drawn) } else { drawn })
}

/// The call as those see it who gather for it: also the staff of places inside the call's place.
async fn find(app: &App, actor: &Actor, id: CallId) -> Result<calls::Model> {
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    let db = app.store.read();
    match queries::call(db, actor, id).await {
        Ok(call) => Ok(call),
        Err(problem) if problem.code == kit::problem::code::NOT_FOUND => {
            let call = calls::Entity::find()
                .filter(calls::Column::Id.eq(id))
                .filter(calls::Column::State.ne(CallState::Draft))
                .one(db)
                .await?
                .ok_or_else(Problem::not_found)?;
            let own = queries::own_org(db, actor).await?;
            let called = queries::call_orgs(db, &call)
                .await?
                .iter()
                .any(|row| row.sent_at.is_some() && Some(row.org_id) == own);
            if gather::receives(actor, &call) || called {
                Ok(call)
            } else {
                Err(problem)
            }
        }
        Err(problem) => Err(problem),
    }
}

pub async fn show(State(app): State<App>, actor: Actor, page: Page, Path(id): Path<CallId>) -> Answer {
    let call = find(&app, &actor, id).await?;
    Ok(draw(&app, &actor, page, call, (None, None)).await?)
}

/// One record from the page: heads counted, people taken over, or "here".
pub async fn record(
    State(app): State<App>,
    Extension(field): Extension<Field>,
    actor: Actor,
    page: Page,
    Path(id): Path<CallId>,
    typed: Typed,
) -> Answer {
    let call = find(&app, &actor, id).await?;
    let mut check = typed.check();
    let org: OrgId = check.parse("org", "unknown");
    let kind = typed.get("kind");
    let (kind, batch, helper, people) = match kind.as_str() {
        "here" => (HERE, 1, actor.helper_id, None),
        kind => {
            let batch = check.number("batch", 1, MOST_BATCHES);
            let people = check.number("people", 0, MOST_PEOPLE);
            let kind = if kind == "arrived" { ARRIVED } else { HEADS };
            (kind, batch, None, Some(people))
        }
    };
    if let Err(errors) = check.done(()) {
        return Ok(draw(&app, &actor, page, call, (None, Some((typed, errors)))).await?);
    }
    let body = Gathering {
        call: id,
        org,
        batch,
        helper,
        people,
    };
    let outcome = field
        .record(&actor, RecordId::fresh(app.now()), kind, app.now(), None, &body)
        .await?;
    if matches!(outcome.status, Status::Rejected | Status::Conflict) {
        let why = page.t(&format!("record-{}", outcome.refusal.unwrap_or("malformed")));
        let error = page.t1("problem-not-recorded", "why", why);
        return Ok(draw(&app, &actor, page, call, (Some(error), None)).await?);
    }
    Ok(Redirect::to(&format!("/calls/{id}/clock?done=muster-recorded")).into_response())
}
